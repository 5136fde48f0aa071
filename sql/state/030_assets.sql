-- Declared assets, by import. A row is one version of one asset: a change ends it and begins the next, so that
-- what was declared at any time can be asked. Times are microseconds since the epoch.

CREATE TABLE declared_asset (
    id           BIGINT PRIMARY KEY,
    hospital     TEXT NOT NULL,
    -- What the unit calls it; one asset a name at a time.
    name         TEXT NOT NULL,
    system       TEXT NOT NULL,
    zone         TEXT NOT NULL,
    -- The department it belongs to, who runs it, who answers for it and how to reach them.
    owner        TEXT NOT NULL,
    operator     TEXT NOT NULL,
    responsible  TEXT NOT NULL,
    phone        TEXT NOT NULL,
    criticality  TEXT NOT NULL CHECK (criticality IN ('core', 'important', 'normal', '')),
    -- 等保 level, 0 for none; and the number of its filing.
    mlps_level   BIGINT NOT NULL CHECK (mlps_level BETWEEN 0 AND 5),
    filing       TEXT NOT NULL,
    -- 关键信息基础设施: 0 or 1.
    cii          BIGINT NOT NULL CHECK (cii IN (0, 1)),
    -- Separated by a blank.
    addresses    TEXT NOT NULL,
    vendor       TEXT NOT NULL,
    product      TEXT NOT NULL,
    version      TEXT NOT NULL,
    since        BIGINT NOT NULL,
    since_by     TEXT NOT NULL,
    -- NULL while it is in force.
    until        BIGINT,
    until_by     TEXT
);

CREATE UNIQUE INDEX declared_asset_in_force ON declared_asset (hospital, name) WHERE until IS NULL;

-- A file that was read and found whole, waiting to be confirmed by whoever sent it.
CREATE TABLE asset_import (
    id         TEXT PRIMARY KEY,
    account    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    file       TEXT NOT NULL,
    -- JSON of the rows.
    rows       TEXT NOT NULL
);
