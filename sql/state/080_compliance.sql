-- What a unit or one of its systems is said to fulfil. A row is one version of one item: a change ends it and begins
-- the next, so that what was recorded at any time can be asked. Times are microseconds since the epoch.

CREATE TABLE compliance (
    id        BIGINT PRIMARY KEY,
    hospital  TEXT NOT NULL,
    -- Empty for the unit as a whole.
    system    TEXT NOT NULL,
    -- Of the file case/compliance.toml.
    item      TEXT NOT NULL,
    -- As the paper says it: the key of a choice, a number, a date, a text.
    value     TEXT NOT NULL,
    -- The day of the paper, YYYY-MM-DD.
    as_of     TEXT NOT NULL,
    -- By what it is known: a report's number, a letter.
    evidence  TEXT NOT NULL,
    since     BIGINT NOT NULL,
    since_by  TEXT NOT NULL,
    -- NULL while it is in force.
    until     BIGINT,
    until_by  TEXT
);

CREATE UNIQUE INDEX compliance_in_force ON compliance (hospital, system, item) WHERE until IS NULL;
CREATE INDEX compliance_history ON compliance (hospital, since);
