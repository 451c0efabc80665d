-- Lists of a unit, a handler or a reporter hold only cases that have one: a move on PostgreSQL writes every
-- index anew in which the case stands, and most cases have no handler, and none has a unit before its dispatch.
DROP INDEX cases_work_unit;
DROP INDEX cases_work_handler;
DROP INDEX cases_new_unit;
DROP INDEX cases_new_reporter;
CREATE INDEX cases_work_unit ON cases (region, unit, act_by, id) WHERE open AND unit IS NOT NULL;
CREATE INDEX cases_work_handler ON cases (region, handler, act_by, id) WHERE open AND handler IS NOT NULL;
CREATE INDEX cases_new_unit ON cases (region, unit, reported_at, id) WHERE unit IS NOT NULL;
CREATE INDEX cases_new_reporter ON cases (region, reporter, reported_at, id) WHERE reporter IS NOT NULL;
