-- What scans and checks found, and what they looked at. One weakness of one port of one host is one row through
-- all reports; its history is only ever added to. Times are microseconds since the epoch.

-- A report that was taken over.
CREATE TABLE scan (
    id          BIGINT PRIMARY KEY,
    hospital    TEXT NOT NULL,
    tool        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    profile     TEXT NOT NULL,
    file        TEXT NOT NULL,
    -- SHA-256 of the file: the same one is not taken twice.
    file_hash   TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    -- The ports that were tried, as ranges or by the tool's own name for its list.
    tcp         TEXT NOT NULL,
    udp         TEXT NOT NULL,
    -- How many checks ran; NULL where the report does not list them.
    checks      BIGINT,
    items       BIGINT NOT NULL,
    informative BIGINT NOT NULL,
    -- JSON of what it did: new, seen, fixed, reopened, cannot tell.
    effect      TEXT NOT NULL,
    applied_at  BIGINT NOT NULL,
    applied_by  TEXT NOT NULL,
    UNIQUE (hospital, file_hash)
);

-- The hosts it looked at.
CREATE TABLE scan_host (
    scan_id      BIGINT NOT NULL REFERENCES scan (id),
    address      TEXT NOT NULL,
    name         TEXT NOT NULL,
    -- NULL where its scan did not come to its end, or the report does not say.
    ended_at     BIGINT,
    reached      BIGINT NOT NULL CHECK (reached IN (0, 1)),
    credentialed BIGINT NOT NULL CHECK (credentialed IN (0, 1)),
    PRIMARY KEY (scan_id, address)
);

CREATE TABLE finding (
    id             BIGINT PRIMARY KEY,
    hospital       TEXT NOT NULL,
    host           TEXT NOT NULL,
    -- 0 for the host as a whole.
    port           BIGINT NOT NULL,
    protocol       TEXT NOT NULL,
    -- The CVE where there is exactly one, else the tool's check.
    weakness       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    title          TEXT NOT NULL,
    severity       TEXT NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
    -- CVSS in tenths.
    score          BIGINT,
    -- Separated by a blank.
    cves           TEXT NOT NULL,
    cnvds          TEXT NOT NULL,
    cnnvds         TEXT NOT NULL,
    evidence       TEXT NOT NULL,
    advice         TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('suspected', 'open', 'fixed', 'not_affected')),
    first_seen     BIGINT NOT NULL,
    last_seen      BIGINT NOT NULL,
    -- By severity, from the day it became known here; NULL for what has no deadline.
    due_at         BIGINT,
    fixed_at       BIGINT,
    -- When a scan that could tell looked for it last.
    tested_at      BIGINT NOT NULL,
    -- Why the newest scan of the host could not tell; empty where it could.
    doubt          TEXT NOT NULL,
    reopened       BIGINT NOT NULL,
    -- A risk that was accepted: what holds it in check, who answers for it, until when.
    accepted_until BIGINT,
    control        TEXT NOT NULL,
    owner          TEXT NOT NULL,
    UNIQUE (hospital, host, port, protocol, weakness)
);

CREATE INDEX finding_state ON finding (state, hospital);

-- Which checks see it, and how they saw it last.
CREATE TABLE finding_check (
    finding_id   BIGINT NOT NULL REFERENCES finding (id),
    name         TEXT NOT NULL,
    tool         TEXT NOT NULL,
    profile      TEXT NOT NULL,
    ports        TEXT NOT NULL,
    credentialed BIGINT NOT NULL CHECK (credentialed IN (0, 1)),
    seen         BIGINT NOT NULL,
    is_there     BIGINT NOT NULL CHECK (is_there IN (0, 1)),
    PRIMARY KEY (finding_id, name)
);

CREATE TABLE finding_event (
    finding_id BIGINT NOT NULL REFERENCES finding (id),
    -- Dense from 1.
    number     BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    -- An account's name.
    by         TEXT NOT NULL,
    what       TEXT NOT NULL,
    scan_id    BIGINT REFERENCES scan (id),
    -- A reason, in people's words or by name.
    detail     TEXT NOT NULL,
    PRIMARY KEY (finding_id, number)
);

-- A weakness that was made public, and the products it is in.
CREATE TABLE disclosure (
    id         BIGINT PRIMARY KEY,
    -- CVE, CNVD, CNNVD; at least one.
    numbers    TEXT NOT NULL,
    title      TEXT NOT NULL,
    severity   TEXT NOT NULL,
    vendor     TEXT NOT NULL,
    product    TEXT NOT NULL,
    versions   TEXT NOT NULL,
    advice     TEXT NOT NULL,
    source     TEXT NOT NULL,
    matched    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);

-- A report that was read, waiting to be confirmed by whoever sent it.
CREATE TABLE scan_import (
    id         TEXT PRIMARY KEY,
    account    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    hospital   TEXT NOT NULL,
    file       TEXT NOT NULL,
    file_hash  TEXT NOT NULL,
    -- JSON of the report.
    report     TEXT NOT NULL
);
