-- Accounts, the links that enrol them, sessions, tokens.
-- Times are microseconds since the epoch. Secrets are not here: of passwords there is the Argon2id hash, of
-- TOTP secrets the sealed form (the key lies in desk.key), of links, sessions and tokens the SHA-256 of 256
-- random bits.

CREATE TABLE account (
    id                  BIGINT PRIMARY KEY,
    -- What is typed at sign-in, in lower case.
    name                TEXT NOT NULL UNIQUE,
    -- The person.
    display_name        TEXT NOT NULL,
    role                TEXT NOT NULL CHECK (role IN ('leader', 'analyst', 'county', 'officer', 'inspector',
                                                      'system_admin', 'security_admin', 'audit_admin')),
    -- Which of the three administrators it has ever been: it can become no other (三员分立).
    administrator       TEXT CHECK (administrator IN ('system_admin', 'security_admin', 'audit_admin')),
    -- A county's.
    locality            TEXT,
    created_at          BIGINT NOT NULL,
    created_by          BIGINT REFERENCES account (id),
    disabled_at         BIGINT,
    -- Every inspector's account has an end.
    ends_at             BIGINT CHECK (role <> 'inspector' OR ends_at IS NOT NULL),
    password            TEXT,
    totp                TEXT,
    -- The last step whose code was used: none is taken twice.
    totp_step           BIGINT NOT NULL DEFAULT 0,
    enrolled_at         BIGINT,
    -- Failures in a row, and until when it is locked for them.
    failures            BIGINT NOT NULL DEFAULT 0,
    locked_until        BIGINT NOT NULL DEFAULT 0
);

-- The units of an officer.
CREATE TABLE account_unit (
    account_id BIGINT NOT NULL REFERENCES account (id),
    unit       TEXT NOT NULL,
    PRIMARY KEY (account_id, unit)
);

-- One-time links by which a person sets password and TOTP secret.
CREATE TABLE enrolment (
    hash         TEXT PRIMARY KEY,
    account_id   BIGINT NOT NULL REFERENCES account (id),
    totp         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    created_by   BIGINT REFERENCES account (id),
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT,
    withdrawn_at BIGINT
);

CREATE TABLE session (
    hash       TEXT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    -- However busy it is.
    expires_at BIGINT NOT NULL,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    ended_at   BIGINT
);

CREATE INDEX session_account ON session (account_id, ended_at);

CREATE TABLE token (
    id           BIGINT PRIMARY KEY,
    hash         TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL CHECK (kind IN ('api', 'wall', 'brief')),
    name         TEXT NOT NULL,
    -- Whose rights it has; a wall has its own.
    account_id   BIGINT REFERENCES account (id) CHECK (kind = 'wall' OR account_id IS NOT NULL),
    -- Which wall.
    wall         TEXT CHECK (kind <> 'wall' OR wall IS NOT NULL),
    -- JSON of what it may read: a wall's reach, or what narrows its owner's.
    reach        TEXT,
    may_write    BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    created_by   BIGINT NOT NULL REFERENCES account (id),
    expires_at   BIGINT NOT NULL,
    revoked_at   BIGINT,
    used_at      BIGINT
);

-- What a wall's or a leader's link was swapped for at its first load: the secret of one browser.
CREATE TABLE token_device (
    hash       TEXT PRIMARY KEY,
    token_id   BIGINT NOT NULL REFERENCES token (id),
    created_at BIGINT NOT NULL,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL
);

CREATE INDEX token_device_token ON token_device (token_id);
