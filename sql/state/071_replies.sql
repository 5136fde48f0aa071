-- What a warning asks its addressees to reply, and what they replied. An answer is never changed: a corrected one is
-- the next of its unit and day, and the last counts. Times are microseconds since the epoch, days are days since it.

CREATE TABLE case_reply_form (
    notice_id BIGINT PRIMARY KEY REFERENCES case_notice (id),
    -- JSON: names of what is counted, and when it is due; null where no reply is asked for.
    form      TEXT NOT NULL
);

CREATE TABLE case_reply (
    notice_id BIGINT NOT NULL,
    unit      TEXT NOT NULL,
    -- Of which round: the day of sending, or a day of the special protection period.
    day       BIGINT NOT NULL,
    -- Dense from 1.
    no        BIGINT NOT NULL,
    verdict   TEXT NOT NULL CHECK (verdict IN ('affected', 'clear', 'zero')),
    -- JSON: figures in the order of the form's names.
    counts    TEXT NOT NULL,
    note      TEXT NOT NULL,
    file      TEXT REFERENCES case_file (hash),
    -- Who answers, as the unit named them.
    person    TEXT NOT NULL,
    -- Where somebody telephoned: from which number. Empty for what the unit entered itself.
    phone     TEXT NOT NULL,
    at        BIGINT NOT NULL,
    account   TEXT NOT NULL,
    PRIMARY KEY (notice_id, unit, day, no),
    FOREIGN KEY (notice_id, unit) REFERENCES case_unit (notice_id, unit)
);

-- Those who had not answered were reminded by one click.
CREATE TABLE case_reply_chase (
    notice_id BIGINT NOT NULL REFERENCES case_notice (id),
    day       BIGINT NOT NULL,
    no        BIGINT NOT NULL,
    units     BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    account   TEXT NOT NULL,
    PRIMARY KEY (notice_id, day, no)
);
