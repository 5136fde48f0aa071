-- Duty (值班): who is on when, and how one shift hands over to the next (交接班). Shifts are planned and
-- withdrawn, never deleted; of a hand-over every version stays.

CREATE TABLE duty_shift (
    id           BIGINT PRIMARY KEY,
    starts_at    BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL CHECK (ends_at > starts_at),
    -- 带班领导, 主班, 副班.
    leader       BIGINT NOT NULL REFERENCES account (id),
    main         BIGINT NOT NULL REFERENCES account (id),
    deputy       BIGINT NOT NULL REFERENCES account (id) CHECK (deputy <> main),
    planned_at   BIGINT NOT NULL,
    planned_by   BIGINT NOT NULL REFERENCES account (id),
    withdrawn_at BIGINT
);

CREATE INDEX duty_shift_ends ON duty_shift (ends_at);

CREATE TABLE duty_hand_over (
    shift_id    BIGINT NOT NULL REFERENCES duty_shift (id),
    -- Dense from 1; the highest counts.
    version     BIGINT NOT NULL,
    written_at  BIGINT NOT NULL,
    written_by  BIGINT NOT NULL REFERENCES account (id),
    text        TEXT NOT NULL,
    -- Who took it over, with what they had to say. Of one version only.
    accepted_at BIGINT,
    accepted_by BIGINT REFERENCES account (id),
    remarks     TEXT NOT NULL,
    PRIMARY KEY (shift_id, version)
);
