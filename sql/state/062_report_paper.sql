-- What becomes of a report after it was made: the words that people wrote for it, who checked and signed it, when it
-- went out, and which published one it replaces. The model itself (table report) never changes.
CREATE TABLE report_paper (
    report_id    BIGINT PRIMARY KEY REFERENCES report (id),
    state        TEXT NOT NULL CHECK (state IN ('drafting', 'checking', 'signing', 'signed', 'published')),
    -- JSON; empty where the words are those it was made with.
    words        TEXT NOT NULL,
    -- A correction names the published report that it stands for, and why.
    replaces     BIGINT REFERENCES report (id),
    reason       TEXT NOT NULL,
    -- Names of persons; empty where nobody has done it.
    drafter      TEXT NOT NULL,
    checker      TEXT NOT NULL,
    signer       TEXT NOT NULL,
    stands_for   TEXT NOT NULL,
    signed_at    BIGINT,
    published_at BIGINT,
    revision     BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   TEXT NOT NULL
);
CREATE INDEX report_paper_replaces ON report_paper (replaces) WHERE replaces IS NOT NULL;

-- Each edit and step, with the words as they stood after an edit.
CREATE TABLE report_step (
    report_id  BIGINT NOT NULL REFERENCES report (id),
    no         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    act        TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    account    TEXT NOT NULL,
    person     TEXT NOT NULL,
    stands_for TEXT NOT NULL,
    opinion    TEXT NOT NULL,
    words      TEXT NOT NULL,
    PRIMARY KEY (report_id, no)
);

-- What was issued before was read by those it was for as soon as it was made.
INSERT INTO report_paper (report_id, state, words, replaces, reason, drafter, checker, signer, stands_for, signed_at,
    published_at, revision, changed_at, changed_by)
SELECT id, 'published', '', NULL, '', '', '', '', '', NULL, made_at, 1, made_at, made_by FROM report;
