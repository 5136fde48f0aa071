-- What units were reminded of: written in the transaction that puts the message into the outbox, so that nothing is
-- told twice. Times are microseconds since the epoch.

CREATE TABLE case_reminder (
    unit     TEXT NOT NULL,
    -- 'daily DAY' for a day's message, 'critical NOTICE DUE' for a deadline that could not wait for the morning.
    mark     TEXT NOT NULL,
    at       BIGINT NOT NULL,
    -- Notices in it, and messages that it became.
    items    BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    PRIMARY KEY (unit, mark)
);

CREATE INDEX case_reminder_mark ON case_reminder (mark);

-- What a message holds beside its own subject: JSON of [subject, number, deadline, kind of page, id], or empty.
ALTER TABLE delivery ADD COLUMN items TEXT NOT NULL DEFAULT '';
