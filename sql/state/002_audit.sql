-- The audit: who did what, when, from where, to whose data. Rows are only ever added; each carries the keyed
-- hash (HMAC-SHA-256, the key lies in audit.key) of itself and of the row before it, so that a row that was
-- changed, removed or moved is found by `ward admin audit verify`.

CREATE TABLE audit (
    -- Dense from 1.
    number      BIGINT PRIMARY KEY,
    time        BIGINT NOT NULL,
    -- None for the platform itself, a wall, and a name that has no account.
    account_id  BIGINT,
    account     TEXT NOT NULL,
    role        TEXT NOT NULL,
    address     TEXT NOT NULL,
    action      TEXT NOT NULL,
    unit        TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    -- The number of a notice or another document.
    document    TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    -- JSON, as it was written: its bytes are part of the hash.
    detail      TEXT NOT NULL,
    hash        TEXT NOT NULL
);

CREATE INDEX audit_time ON audit (time);
CREATE INDEX audit_account ON audit (account, number);
CREATE INDEX audit_unit ON audit (unit, number) WHERE unit <> '';
CREATE INDEX audit_document ON audit (document, number) WHERE document <> '';
