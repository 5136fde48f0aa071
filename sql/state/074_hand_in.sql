-- One-time links of a unit's 回执: whoever has the printed code hands in the signed sheet, once, without an account.
-- What the sheet says is entered by a person afterwards. Times are microseconds since the epoch.

CREATE TABLE case_link (
    id         BIGINT PRIMARY KEY,
    -- SHA-256 of the secret, which is printed on the sheet and kept nowhere.
    hash       TEXT NOT NULL UNIQUE,
    notice_id  BIGINT NOT NULL,
    unit       TEXT NOT NULL,
    issued_at  BIGINT NOT NULL,
    issued_by  TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- A newer link of the same unit ends it.
    revoked_at BIGINT,
    used_at    BIGINT,
    -- Who handed it in, as they say; from where.
    person     TEXT NOT NULL DEFAULT '',
    phone      TEXT NOT NULL DEFAULT '',
    address    TEXT NOT NULL DEFAULT '',
    FOREIGN KEY (notice_id, unit) REFERENCES case_unit (notice_id, unit)
);

CREATE INDEX case_link_part ON case_link (notice_id, unit);

CREATE TABLE case_link_file (
    link_id BIGINT NOT NULL REFERENCES case_link (id),
    -- Dense from 1: the pages of the sheet in their order.
    no      BIGINT NOT NULL,
    hash    TEXT NOT NULL REFERENCES case_file (hash),
    PRIMARY KEY (link_id, no)
);
