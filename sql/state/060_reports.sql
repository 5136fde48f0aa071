-- Reports as they were issued. The model is what every file of a report is rendered from; a row never changes, and
-- a report that is issued again is a new version.
CREATE TABLE report (
    id             INTEGER PRIMARY KEY,
    -- weekly
    kind           TEXT NOT NULL,
    -- 2026-W47
    period         TEXT NOT NULL,
    -- leader, superior, unit-h01
    edition        TEXT NOT NULL,
    version        BIGINT NOT NULL,
    -- Of a unit's own edition, else empty.
    hospital       TEXT NOT NULL,
    title          TEXT NOT NULL,
    issue          TEXT NOT NULL,
    verdict        TEXT NOT NULL,
    as_of          BIGINT NOT NULL,
    made_at        BIGINT NOT NULL,
    made_by        TEXT NOT NULL,
    -- JSON, byte for byte as it is hashed.
    model          TEXT NOT NULL,
    model_hash     TEXT NOT NULL,
    -- Of what its PDF was first set with.
    templates_hash TEXT NOT NULL,
    fonts_hash     TEXT NOT NULL,
    UNIQUE (kind, period, edition, version)
);
CREATE INDEX report_newest ON report (kind, edition, period, version);
