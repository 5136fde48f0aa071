-- A unit disputes one row of its score: an analyst says how it was counted, another person decides. The score stays a
-- function of what was observed; the dispute stands beside it.
CREATE TABLE posture_dispute (
    id          BIGINT PRIMARY KEY,
    hospital    TEXT NOT NULL,
    -- Of the formula, e.g. 'exposure.critical'; the version of it, and the points that were lost then, in tenths.
    item        TEXT NOT NULL,
    formula     TEXT NOT NULL,
    points      BIGINT NOT NULL,
    text        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    account_id  BIGINT NOT NULL,
    account     TEXT NOT NULL,
    answer      TEXT NOT NULL,
    answered_at BIGINT,
    answered_id BIGINT,
    answered_by TEXT NOT NULL,
    -- NULL while it is open.
    is_right    INTEGER,
    opinion     TEXT NOT NULL,
    decided_at  BIGINT,
    decided_by  TEXT NOT NULL,
    revision    BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    changed_by  TEXT NOT NULL
);
CREATE UNIQUE INDEX posture_dispute_open ON posture_dispute (hospital, item) WHERE decided_at IS NULL;
CREATE INDEX posture_dispute_unit ON posture_dispute (hospital, id);
