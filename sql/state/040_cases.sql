-- Cases: notices (通报), the problems in them, who has received what, how it was answered, checked and closed.
-- Nothing is deleted. Every row that people change carries a revision, which a change must name, and who
-- changed it last; case_history only grows. Times are microseconds since the epoch.

CREATE TABLE case_notice (
    id           BIGINT PRIMARY KEY,
    -- warning 预警通报函, circular 安全事件通报, rectify 整改通知书.
    kind         TEXT NOT NULL,
    -- Of a warning: red, orange, yellow, blue.
    colour       TEXT NOT NULL DEFAULT '',
    state        TEXT NOT NULL,
    title        TEXT NOT NULL,
    -- What has happened; on what ground; what is asked.
    cause        TEXT NOT NULL,
    basis        TEXT NOT NULL,
    demand       TEXT NOT NULL,
    contact      TEXT NOT NULL,
    phone        TEXT NOT NULL,
    incident_id  BIGINT,
    -- A notice from above: who sent it, under which number, until when it wants an answer.
    above        TEXT NOT NULL DEFAULT '',
    above_number TEXT NOT NULL DEFAULT '',
    above_due    BIGINT,
    -- 代字〔year〕n号, once it has one.
    word         TEXT,
    year         BIGINT,
    n            BIGINT,
    -- SHA-256 of the sealed file: what is sent.
    sealed       TEXT,
    drafted_at   BIGINT NOT NULL,
    drafted_by   BIGINT NOT NULL REFERENCES account (id),
    drafter      TEXT NOT NULL,
    sent_at      BIGINT,
    sent_by      BIGINT REFERENCES account (id),
    ended_at     BIGINT,
    revision     BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   TEXT NOT NULL
);

CREATE INDEX case_notice_state ON case_notice (state);

-- Numbers, given once. A void one (notice withdrawn before sending, misprint) is kept and never given again.
CREATE TABLE case_number (
    word      TEXT NOT NULL,
    year      BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    notice_id BIGINT NOT NULL REFERENCES case_notice (id),
    void_at   BIGINT,
    void_by   TEXT NOT NULL DEFAULT '',
    reason    TEXT NOT NULL DEFAULT '',
    given_at  BIGINT NOT NULL,
    given_by  TEXT NOT NULL,
    PRIMARY KEY (word, year, n)
);

-- 拟稿, 审核, 会签, 签发, 用印, 发出: who, when, with which opinion, on which sheet.
CREATE TABLE case_step (
    notice_id BIGINT NOT NULL REFERENCES case_notice (id),
    no        BIGINT NOT NULL,
    act       TEXT NOT NULL,
    at        BIGINT NOT NULL,
    -- The person and the post, as they sign.
    person    TEXT NOT NULL,
    post      TEXT NOT NULL,
    -- For whom, where a deputy signs.
    stands_for TEXT NOT NULL,
    opinion   TEXT NOT NULL,
    -- The scanned sheet, where it was done on paper.
    sheet     TEXT,
    account_id BIGINT NOT NULL REFERENCES account (id),
    account   TEXT NOT NULL,
    PRIMARY KEY (notice_id, no)
);

-- What one unit has received: sent, delivered, read, signed and answered are five things.
CREATE TABLE case_unit (
    notice_id    BIGINT NOT NULL REFERENCES case_notice (id),
    unit         TEXT NOT NULL,
    sent_at      BIGINT,
    delivered_at BIGINT,
    read_at      BIGINT,
    read_by      TEXT NOT NULL DEFAULT '',
    signed_at    BIGINT,
    -- The person and the post; who entered it; the sheet, where it was entered for the unit.
    signed_by    TEXT NOT NULL DEFAULT '',
    signed_post  TEXT NOT NULL DEFAULT '',
    signed_entry TEXT NOT NULL DEFAULT '',
    signed_sheet TEXT,
    answered_at  BIGINT,
    -- A county has passed it on.
    passed_at    BIGINT,
    passed_by    TEXT NOT NULL DEFAULT '',
    -- This unit's part was withdrawn.
    withdrawn_at BIGINT,
    revision     BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   TEXT NOT NULL,
    PRIMARY KEY (notice_id, unit)
);

CREATE INDEX case_unit_unit ON case_unit (unit);

CREATE TABLE case_row (
    id         BIGINT PRIMARY KEY,
    notice_id  BIGINT NOT NULL REFERENCES case_notice (id),
    no         BIGINT NOT NULL,
    unit       TEXT NOT NULL,
    state      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    level      TEXT NOT NULL,
    title      TEXT NOT NULL,
    system     TEXT NOT NULL,
    address    TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    demand     TEXT NOT NULL,
    alert_id   TEXT NOT NULL,
    -- As it was at sending, and as it is with the extensions that were granted.
    first_due  BIGINT,
    due        BIGINT,
    cause      TEXT NOT NULL DEFAULT '',
    measures   TEXT NOT NULL DEFAULT '',
    claimed_at BIGINT,
    settled_at BIGINT,
    verdict    TEXT NOT NULL DEFAULT '',
    returned   BIGINT NOT NULL DEFAULT 0,
    revision   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

CREATE INDEX case_row_notice ON case_row (notice_id, unit);
CREATE INDEX case_row_state ON case_row (state, due);

-- Files, by the SHA-256 of their bytes: scans, sealed notices, proof.
CREATE TABLE case_file (
    hash      TEXT PRIMARY KEY,
    kind      TEXT NOT NULL,
    bytes     BIGINT NOT NULL,
    name      TEXT NOT NULL,
    stored_at BIGINT NOT NULL,
    stored_by TEXT NOT NULL
);

-- What a file was given for: one file may serve twice.
CREATE TABLE case_proof (
    row_id BIGINT NOT NULL REFERENCES case_row (id),
    hash   TEXT NOT NULL REFERENCES case_file (hash),
    name   TEXT NOT NULL,
    at     BIGINT NOT NULL,
    given_by TEXT NOT NULL,
    PRIMARY KEY (row_id, hash)
);

CREATE TABLE case_extension (
    id         BIGINT PRIMARY KEY,
    row_id     BIGINT NOT NULL REFERENCES case_row (id),
    asked_at   BIGINT NOT NULL,
    asked_by   TEXT NOT NULL,
    reason     TEXT NOT NULL,
    until      BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT NOT NULL DEFAULT '',
    -- 0 or 1.
    granted    BIGINT,
    opinion    TEXT NOT NULL DEFAULT ''
);

CREATE INDEX case_extension_row ON case_extension (row_id);

CREATE TABLE case_dispute (
    id         BIGINT PRIMARY KEY,
    row_id     BIGINT NOT NULL REFERENCES case_row (id),
    kind       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    raised_by  TEXT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT NOT NULL DEFAULT '',
    decision   TEXT NOT NULL DEFAULT '',
    opinion    TEXT NOT NULL DEFAULT '',
    -- A risk that is borne: by whom, until when, with which control instead.
    owner      TEXT NOT NULL DEFAULT '',
    until      BIGINT
);

CREATE INDEX case_dispute_row ON case_dispute (row_id);

-- What a check said. cannot: no machine can say, and a person judges.
CREATE TABLE case_check (
    row_id  BIGINT NOT NULL REFERENCES case_row (id),
    no      BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    -- Which check, or the person.
    judge   TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('good', 'bad', 'cannot')),
    reason  TEXT NOT NULL,
    PRIMARY KEY (row_id, no)
);

-- Telephone calls. A call is no receipt.
CREATE TABLE case_call (
    id        BIGINT PRIMARY KEY,
    notice_id BIGINT NOT NULL,
    unit      TEXT NOT NULL,
    at        BIGINT NOT NULL,
    number    TEXT NOT NULL,
    person    TEXT NOT NULL,
    post      TEXT NOT NULL,
    outcome   TEXT NOT NULL CHECK (outcome IN ('reached', 'no_answer', 'wrong_number')),
    said      TEXT NOT NULL,
    promised  BIGINT,
    called_by TEXT NOT NULL,
    FOREIGN KEY (notice_id, unit) REFERENCES case_unit (notice_id, unit)
);

CREATE INDEX case_call_unit ON case_call (notice_id, unit);

-- 提醒, 督办, 约谈, 通报, for one unit's part of a notice.
CREATE TABLE case_rung (
    id         BIGINT PRIMARY KEY,
    notice_id  BIGINT NOT NULL,
    unit       TEXT NOT NULL,
    rung       TEXT NOT NULL,
    state      TEXT NOT NULL,
    drafted_at BIGINT NOT NULL,
    -- How many problems were late then, and by how many days the worst.
    late       BIGINT NOT NULL,
    late_days  BIGINT NOT NULL,
    done_at    BIGINT,
    done_by    TEXT NOT NULL DEFAULT '',
    stands_for TEXT NOT NULL DEFAULT '',
    opinion    TEXT NOT NULL DEFAULT '',
    revision   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    FOREIGN KEY (notice_id, unit) REFERENCES case_unit (notice_id, unit)
);

CREATE INDEX case_rung_unit ON case_rung (notice_id, unit);

-- Correction (更正) and withdrawal (撤回) of what was sent: proposed by one, approved by another, with a number of
-- its own. The original stays.
CREATE TABLE case_correction (
    id          BIGINT PRIMARY KEY,
    notice_id   BIGINT NOT NULL REFERENCES case_notice (id),
    kind        TEXT NOT NULL CHECK (kind IN ('correction', 'withdrawal')),
    -- Of one unit's part, or empty for all of it.
    unit        TEXT NOT NULL,
    text        TEXT NOT NULL,
    number      TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposed_by TEXT NOT NULL,
    decided_at  BIGINT,
    decided_by  TEXT NOT NULL DEFAULT '',
    stands_for  TEXT NOT NULL DEFAULT '',
    -- 0 or 1.
    approved    BIGINT,
    opinion     TEXT NOT NULL DEFAULT ''
);

-- Who stands in for whom (A/B 角), from before one moment to another.
CREATE TABLE case_deputy (
    id         BIGINT PRIMARY KEY,
    leader     BIGINT NOT NULL REFERENCES account (id),
    deputy     BIGINT NOT NULL REFERENCES account (id) CHECK (deputy <> leader),
    from_at    BIGINT NOT NULL,
    until_at   BIGINT NOT NULL CHECK (until_at > from_at),
    ended_at   BIGINT,
    set_at     BIGINT NOT NULL,
    set_by     TEXT NOT NULL
);

-- Everything that was done, in order. Only ever added to.
CREATE TABLE case_history (
    no        BIGINT PRIMARY KEY,
    notice_id BIGINT NOT NULL,
    unit      TEXT NOT NULL,
    row_id    BIGINT,
    at        BIGINT NOT NULL,
    account   TEXT NOT NULL,
    act       TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state  TEXT NOT NULL,
    text      TEXT NOT NULL
);

CREATE INDEX case_history_notice ON case_history (notice_id, no);
