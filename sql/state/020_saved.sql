-- Saved hunts: a name for the address of a search, an account's own or shared with the commission.

CREATE TABLE saved_hunt (
    id         BIGINT PRIMARY KEY,
    owner      BIGINT NOT NULL REFERENCES account (id),
    name       TEXT NOT NULL,
    -- The query string of the hunting page.
    state      TEXT NOT NULL,
    shared     BIGINT NOT NULL CHECK (shared IN (0, 1)),
    saved_at   BIGINT NOT NULL,
    removed_at BIGINT
);

CREATE UNIQUE INDEX saved_hunt_name ON saved_hunt (owner, name) WHERE removed_at IS NULL;
