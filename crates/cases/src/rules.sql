-- The whole loop: clocks that stop and go on, requests, joint cases, links, alarms.
ALTER TABLE cases ADD COLUMN firm {int} NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN time_limit TEXT;
ALTER TABLE cases ADD COLUMN rules {int} NOT NULL DEFAULT 1;
ALTER TABLE cases ADD COLUMN checker {uuid};
ALTER TABLE cases ADD COLUMN asks {int} NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN sent_back {bool} NOT NULL DEFAULT FALSE;
ALTER TABLE cases ADD COLUMN urged {bool} NOT NULL DEFAULT FALSE;
ALTER TABLE cases ADD COLUMN provisional {bool} NOT NULL DEFAULT FALSE;
ALTER TABLE cases ADD COLUMN alarm_at {int};
ALTER TABLE cases ADD COLUMN clocks TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN side TEXT NOT NULL DEFAULT '';
UPDATE cases SET firm = version, time_limit = CAST(limit_hours AS TEXT) || 'h';
ALTER TABLE cases DROP COLUMN limit_hours;
-- What the system has to do by the clock.
CREATE INDEX cases_alarm ON cases (region, alarm_at) WHERE alarm_at IS NOT NULL;
-- What waits for a decision; small, because most cases wait for none.
CREATE INDEX cases_asks ON cases (region, asks, act_by, id) WHERE asks <> 0;
CREATE INDEX cases_sent_back ON cases (region, act_by, id) WHERE sent_back;
CREATE INDEX cases_urged ON cases (region, act_by, id) WHERE urged;
CREATE INDEX cases_checker ON cases (region, checker, act_by, id) WHERE checker IS NOT NULL;
CREATE INDEX cases_provisional ON cases (region, id) WHERE provisional;

-- Units concerned with a case besides the one that has it: those that assist, and the one still answerable.
CREATE TABLE case_parties (
  region {int} NOT NULL,
  case_id {uuid} NOT NULL,
  unit {uuid} NOT NULL,
  part TEXT NOT NULL,
  waits {bool} NOT NULL,
  PRIMARY KEY (region, case_id, unit)
) {rows};
CREATE INDEX case_parties_unit ON case_parties (region, unit, waits, case_id);

-- Merged into, or a duplicate of, another case.
CREATE TABLE case_links (
  region {int} NOT NULL,
  case_id {uuid} NOT NULL,
  kind TEXT NOT NULL,
  other {uuid} NOT NULL,
  PRIMARY KEY (region, case_id, kind)
) {rows};
CREATE INDEX case_links_other ON case_links (region, other);

-- Who has declared a conflict with a unit: never told who complained about it, and takes no decision on it.
CREATE TABLE conflicts (
  region {int} NOT NULL,
  account {uuid} NOT NULL,
  unit {uuid} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (region, account, unit)
) {rows};

-- What rulings say about who answers for what where, until the map of duties takes it up.
CREATE TABLE duty_proposals (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  case_id {uuid} NOT NULL,
  item {int} NOT NULL,
  grid {int},
  unit {uuid} NOT NULL,
  account {uuid},
  at {int} NOT NULL,
  PRIMARY KEY (region, id)
) {rows};

-- Rows of the first version are written anew from their events, by a job.
INSERT INTO jobs (region, id, kind, key, payload, run_at, attempts, dead)
  SELECT code, {nil}, 'cases.refold', 'cases', '{}', 0, 0, FALSE FROM regions;
