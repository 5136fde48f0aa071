-- Triage: what people make of alerts. The alerts themselves are in ClickHouse and never change; here is what
-- the queue needs of them, and beside it status, verdict and owner with their whole history.
-- Times are microseconds since the epoch.

-- How far ward.alerts has been followed, in the same transaction as the rows.
CREATE TABLE triage_position (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    next_offset BIGINT NOT NULL,
    -- 1 from the beginning of a rebuild to its end: a rebuild that was interrupted begins anew.
    rebuilding  BIGINT NOT NULL DEFAULT 0
);

INSERT INTO triage_position (id, next_offset) VALUES (1, 0);

-- One rule about one entity of one unit: the line of the queue, and the case that has one owner.
CREATE TABLE triage_group (
    -- Hash of unit, rule and entity.
    id           TEXT PRIMARY KEY,
    hospital     TEXT NOT NULL,
    rule_id      TEXT NOT NULL,
    entity_type  TEXT NOT NULL,
    entity_value TEXT NOT NULL,
    title        TEXT NOT NULL,
    title_zh     TEXT NOT NULL,
    -- Worst of its alerts that are not closed; of all where all are. 0 informational to 4 critical.
    level        BIGINT NOT NULL,
    -- new while any alert is, else open while any is, else closed.
    status       TEXT NOT NULL CHECK (status IN ('new', 'open', 'closed')),
    -- Account name; empty for nobody.
    owner        TEXT NOT NULL DEFAULT '',
    -- Of the last closing.
    verdict      TEXT NOT NULL DEFAULT 'undecided',
    reason       TEXT NOT NULL DEFAULT '',
    -- Goes up with every change by a person: who changes names the one he saw.
    version      BIGINT NOT NULL DEFAULT 0,
    alerts       BIGINT NOT NULL,
    unclosed     BIGINT NOT NULL,
    events       BIGINT NOT NULL,
    first_seen   BIGINT NOT NULL,
    last_seen    BIGINT NOT NULL,
    last_alert   TEXT NOT NULL,
    -- Arrival number of its newest alert.
    last_no      BIGINT NOT NULL
);

CREATE INDEX triage_group_queue ON triage_group (status, level DESC, last_seen DESC, id);
CREATE INDEX triage_group_unit ON triage_group (hospital, status);
CREATE INDEX triage_group_entity ON triage_group (entity_type, entity_value);
CREATE INDEX triage_group_arrival ON triage_group (last_no);

CREATE TABLE triage_alert (
    alert_id        TEXT PRIMARY KEY,
    -- In the order of arrival.
    no              BIGINT NOT NULL UNIQUE,
    group_id        TEXT NOT NULL REFERENCES triage_group (id) DEFERRABLE INITIALLY DEFERRED,
    revision        BIGINT NOT NULL,
    level           BIGINT NOT NULL,
    -- When it was first given, and what it adds to scores.
    given           BIGINT NOT NULL,
    score           DOUBLE PRECISION NOT NULL,
    first_seen      BIGINT NOT NULL,
    last_seen       BIGINT NOT NULL,
    events          BIGINT NOT NULL,
    -- JSON array of {type, value}.
    entities        TEXT NOT NULL,
    authorised_test TEXT NOT NULL DEFAULT '',
    status          TEXT NOT NULL CHECK (status IN ('new', 'open', 'closed')),
    verdict         TEXT NOT NULL DEFAULT 'undecided',
    -- The level it had when it was closed: one that has become worse since opens again.
    closed_level    BIGINT
);

CREATE INDEX triage_alert_status ON triage_alert (status, level DESC, no DESC);
CREATE INDEX triage_alert_group ON triage_alert (group_id, status, no);

-- Who did what, when and why. Rows are only ever added.
CREATE TABLE triage_act (
    id       BIGINT PRIMARY KEY,
    group_id TEXT NOT NULL,
    at       BIGINT NOT NULL,
    account  TEXT NOT NULL,
    action   TEXT NOT NULL CHECK (action IN ('take', 'assign', 'release', 'close', 'reopen', 'undo')),
    reason   TEXT NOT NULL,
    -- The group's owner, verdict and reason before and after.
    before   TEXT NOT NULL,
    after    TEXT NOT NULL,
    -- For an undo: what it undoes.
    undoes   BIGINT REFERENCES triage_act (id)
);

CREATE INDEX triage_act_group ON triage_act (group_id, id);

-- What an act did to each alert.
CREATE TABLE triage_change (
    act_id       BIGINT NOT NULL REFERENCES triage_act (id),
    alert_id     TEXT NOT NULL,
    from_status  TEXT NOT NULL,
    to_status    TEXT NOT NULL,
    from_verdict TEXT NOT NULL,
    to_verdict   TEXT NOT NULL,
    -- The level as the analyst saw it.
    level        BIGINT NOT NULL,
    PRIMARY KEY (act_id, alert_id)
);

CREATE INDEX triage_change_alert ON triage_change (alert_id, act_id);

-- Suppressions, allow-list entries and windows of authorised tests, as they stand.
CREATE TABLE triage_exception (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('suppress', 'allow', 'test_window')),
    rule_id    TEXT NOT NULL,
    hospital   TEXT NOT NULL,
    field      TEXT NOT NULL,
    value      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    account    TEXT NOT NULL,
    at         BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    lifted_at  BIGINT,
    lifted_by  TEXT,
    -- JSON of the change as detection was told it.
    change     TEXT NOT NULL
);

CREATE INDEX triage_exception_until ON triage_exception (until);

-- What detection must know, committed with the decision and published to ward.control in this order.
CREATE TABLE control_outbox (
    id           BIGINT PRIMARY KEY,
    hash         TEXT NOT NULL,
    change       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    published_at BIGINT
);

CREATE INDEX control_outbox_waiting ON control_outbox (id) WHERE published_at IS NULL;
