-- What people write of an incident for its reports to the authorities, by the law's own headings. A text is never
-- changed: a later one of the same heading takes its place. And 督办单 and 复核意见 have numbers of the register.

CREATE TABLE case_law_word (
    incident_id BIGINT NOT NULL REFERENCES case_incident (id),
    -- Of the file of law.
    key         TEXT NOT NULL,
    -- Dense from 1.
    no          BIGINT NOT NULL,
    text        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    account     TEXT NOT NULL,
    PRIMARY KEY (incident_id, key, no)
);

CREATE TABLE case_paper_number (
    notice_id BIGINT NOT NULL,
    unit      TEXT NOT NULL,
    -- 'supervision RUNG' or 'review'.
    paper     TEXT NOT NULL,
    word      TEXT NOT NULL,
    year      BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (notice_id, unit, paper),
    FOREIGN KEY (notice_id, unit) REFERENCES case_unit (notice_id, unit)
);
