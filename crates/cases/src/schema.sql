-- The present state of each case: the fold of its events.
CREATE TABLE cases (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  number TEXT NOT NULL,
  stage {int} NOT NULL,
  round {int} NOT NULL,
  version {int} NOT NULL,
  urgent {bool} NOT NULL,
  channel TEXT NOT NULL,
  item {int},
  limit_hours {int},
  grid {int},
  lon {real},
  lat {real},
  unit {uuid},
  handler {uuid},
  handled_by {uuid},
  verified {bool} NOT NULL,
  reporter {uuid},
  reported_at {int} NOT NULL,
  seen_at {int},
  filed_at {int},
  dispatched_at {int},
  accepted_at {int},
  submitted_at {int},
  closed_at {int},
  case_due {int},
  unit_due {int},
  act_by {int} NOT NULL,
  updated_at {int} NOT NULL,
  open {bool} NOT NULL,
  PRIMARY KEY (region, id)
) {rows};
CREATE UNIQUE INDEX cases_number ON cases (region, number);
-- Worklists: open cases in the order in which they have to be acted on, for each way of being answerable.
CREATE INDEX cases_work ON cases (region, act_by, id) WHERE open;
CREATE INDEX cases_work_stage ON cases (region, stage, act_by, id) WHERE open;
CREATE INDEX cases_work_unit ON cases (region, unit, act_by, id) WHERE open;
CREATE INDEX cases_work_handler ON cases (region, handler, act_by, id) WHERE open;
CREATE INDEX cases_work_grid ON cases (region, grid, act_by, id) WHERE open;
-- The whole record, newest first.
CREATE INDEX cases_new ON cases (region, reported_at, id);
CREATE INDEX cases_new_unit ON cases (region, unit, reported_at, id);
CREATE INDEX cases_new_reporter ON cases (region, reporter, reported_at, id);

CREATE TABLE case_texts (
  region {int} NOT NULL,
  case_id {uuid} NOT NULL,
  title TEXT NOT NULL,
  place TEXT,
  text TEXT NOT NULL,
  PRIMARY KEY (region, case_id)
) {rows};

CREATE TABLE case_notes (
  region {int} NOT NULL,
  case_id {uuid} NOT NULL,
  n {int} NOT NULL,
  note TEXT NOT NULL,
  clause TEXT,
  PRIMARY KEY (region, case_id, n)
) {rows};

CREATE TABLE contacts (
  region {int} NOT NULL,
  case_id {uuid} NOT NULL,
  telephone {bytes} NOT NULL,
  telephone_index {bytes} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (region, case_id)
) {rows};

-- Who looked at a reporter's telephone number, when and for what: shown to the reporter.
CREATE TABLE contact_reads (
  region {int} NOT NULL,
  case_id {uuid} NOT NULL,
  at {int} NOT NULL,
  account {uuid} NOT NULL,
  purpose TEXT NOT NULL,
  {serial}
) {rows};
CREATE INDEX contact_reads_case ON contact_reads (region, case_id);

-- Case numbers are leased in blocks, so that no write waits for a counter.
CREATE TABLE number_blocks (
  region {int} NOT NULL PRIMARY KEY,
  next {int} NOT NULL
) {rows};

CREATE TABLE tracking_codes (
  code {bytes} NOT NULL PRIMARY KEY,
  region {int} NOT NULL,
  case_id {uuid} NOT NULL
) {clustered};
