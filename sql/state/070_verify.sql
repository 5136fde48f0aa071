-- What a problem was found by, beside an alert: by it the check that fits is chosen. And what a check by machine
-- rests on.

ALTER TABLE case_row ADD COLUMN finding_id BIGINT REFERENCES finding (id);

-- rule, scan, port, none; empty where a person judged.
ALTER TABLE case_check ADD COLUMN kind TEXT NOT NULL DEFAULT '';
-- JSON: what was asked, over which time, how far it reached, and what was counted.
ALTER TABLE case_check ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
