-- Incidents: alerts that belong together, campaigns of one indicator at several units, and the clocks that the law
-- sets. Nothing is deleted; what was joined by hand can be parted by hand. Times are microseconds since the epoch.

CREATE TABLE case_campaign (
    id        BIGINT PRIMARY KEY,
    year      BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    -- The indicator that they share.
    kind      TEXT NOT NULL,
    value     TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    UNIQUE (year, n)
);

CREATE INDEX case_campaign_value ON case_campaign (kind, value);

CREATE TABLE case_incident (
    id          BIGINT PRIMARY KEY,
    -- 事件 year-n.
    year        BIGINT NOT NULL,
    n           BIGINT NOT NULL,
    hospital    TEXT NOT NULL,
    title       TEXT NOT NULL,
    title_zh    TEXT NOT NULL,
    -- The farthest stage of the attack that was seen.
    stage       TEXT NOT NULL,
    level       TEXT NOT NULL,
    state       TEXT NOT NULL,
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,
    campaign_id BIGINT REFERENCES case_campaign (id),
    merged_into BIGINT REFERENCES case_incident (id),
    opened_at   BIGINT NOT NULL,
    ended_at    BIGINT,
    revision    BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    changed_by  TEXT NOT NULL,
    UNIQUE (year, n)
);

CREATE INDEX case_incident_state ON case_incident (state, last_seen);
CREATE INDEX case_incident_hospital ON case_incident (hospital, state);

CREATE TABLE case_incident_alert (
    alert_id    TEXT PRIMARY KEY,
    incident_id BIGINT NOT NULL REFERENCES case_incident (id),
    revision    BIGINT NOT NULL,
    rule_id     TEXT NOT NULL,
    title       TEXT NOT NULL,
    title_zh    TEXT NOT NULL,
    level       TEXT NOT NULL,
    stage       TEXT NOT NULL,
    -- JSON of ward_event::alert::Entity.
    entities    TEXT NOT NULL,
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL
);

CREATE INDEX case_incident_alert_incident ON case_incident_alert (incident_id, first_seen);

-- What an incident is about: by it the next alert finds it.
CREATE TABLE case_incident_entity (
    incident_id BIGINT NOT NULL REFERENCES case_incident (id),
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    PRIMARY KEY (incident_id, kind, value)
);

CREATE INDEX case_incident_entity_value ON case_incident_entity (kind, value);

-- Only ever added to.
CREATE TABLE case_incident_history (
    no          BIGINT PRIMARY KEY,
    incident_id BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    account     TEXT NOT NULL,
    act         TEXT NOT NULL,
    from_state  TEXT NOT NULL,
    to_state    TEXT NOT NULL,
    text        TEXT NOT NULL
);

CREATE INDEX case_incident_history_incident ON case_incident_history (incident_id, no);

-- What the law asks of an incident: its class and grade, whose duty it is, and since when it was known. Each line
-- is one statement of a named person; the last counts, and one after the first has a reason.
CREATE TABLE case_law (
    incident_id BIGINT NOT NULL REFERENCES case_incident (id),
    no          BIGINT NOT NULL,
    -- By the file of law: kind of operator, class and grade.
    operator    TEXT NOT NULL,
    class       TEXT NOT NULL,
    grade       TEXT NOT NULL,
    known_at    BIGINT NOT NULL,
    person      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    law         TEXT NOT NULL,
    at          BIGINT NOT NULL,
    account     TEXT NOT NULL,
    PRIMARY KEY (incident_id, no)
);

-- Reports that were made: to whom, by which channel, when, and what they acknowledged.
CREATE TABLE case_law_report (
    incident_id BIGINT NOT NULL REFERENCES case_incident (id),
    no          BIGINT NOT NULL,
    -- first, follow_up, final.
    kind        TEXT NOT NULL,
    receiver    TEXT NOT NULL,
    channel     TEXT NOT NULL,
    person      TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    acknowledged TEXT NOT NULL,
    at          BIGINT NOT NULL,
    account     TEXT NOT NULL,
    PRIMARY KEY (incident_id, no)
);

-- Where on ward.alerts to go on.
CREATE TABLE case_incident_position (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    next_offset BIGINT NOT NULL
);
