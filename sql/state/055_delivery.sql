-- What is to be sent out of the platform: the intent is written in the transaction of what it tells of, and every
-- try is written before it begins. Times are microseconds since the epoch.

CREATE TABLE delivery (
    id          BIGINT PRIMARY KEY,
    -- The same in every try, so that a receiver can tell a repetition.
    key         TEXT NOT NULL UNIQUE,
    -- A channel's name in the configuration.
    channel     TEXT NOT NULL,
    -- 'mail:a@b', 'phone:138…', or 'group'.
    address     TEXT NOT NULL,
    -- What a message may hold, and nothing else: a title by name, a document's number, a deadline, a link.
    subject     TEXT NOT NULL,
    document    TEXT NOT NULL,
    deadline    BIGINT,
    link_kind   TEXT NOT NULL,
    link_id     BIGINT NOT NULL,
    unit        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'trying', 'sent', 'failed', 'ask', 'given_up')),
    tries       BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    -- What the other side said last.
    said        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    ended_at    BIGINT
);

CREATE INDEX delivery_due ON delivery (next_at) WHERE state IN ('waiting', 'trying');
CREATE INDEX delivery_link ON delivery (link_kind, link_id);

CREATE TABLE delivery_try (
    delivery_id BIGINT NOT NULL REFERENCES delivery (id),
    -- Dense from 1.
    number      BIGINT NOT NULL,
    begun_at    BIGINT NOT NULL,
    ended_at    BIGINT,
    -- NULL while it runs.
    outcome     TEXT CHECK (outcome IN ('sent', 'later', 'refused', 'unknown')),
    said        TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
