-- The posture score of each unit, once a day. The row holds what was observed, so that it can be computed again and
-- every lost point be explained later.
CREATE TABLE posture (
    hospital TEXT NOT NULL,
    -- Days since 1970-01-01 in the region's calendar.
    day      BIGINT NOT NULL,
    formula  TEXT NOT NULL,
    -- Tenths: computed, and as shown.
    points   BIGINT NOT NULL,
    shown    BIGINT NOT NULL,
    -- Among units of one grade.
    place    BIGINT NOT NULL,
    peers    BIGINT NOT NULL,
    -- JSON of the inputs.
    inputs   TEXT NOT NULL,
    PRIMARY KEY (hospital, day)
);
