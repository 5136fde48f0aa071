-- Who could not be told of what was sent, and has to be called; and the person that a delivery is for.

ALTER TABLE delivery ADD COLUMN person TEXT NOT NULL DEFAULT '';

CREATE INDEX delivery_state ON delivery (state, next_at);

CREATE TABLE case_unreached (
    notice_id BIGINT NOT NULL,
    unit      TEXT NOT NULL,
    -- Which sending: 'sent', 'rung 7', 'correction 3'.
    occasion  TEXT NOT NULL,
    -- no_contact: nobody could be told; stale: nobody has confirmed for long that those who were told are still there.
    why       TEXT NOT NULL CHECK (why IN ('no_contact', 'stale')),
    at        BIGINT NOT NULL,
    PRIMARY KEY (notice_id, unit, occasion),
    FOREIGN KEY (notice_id, unit) REFERENCES case_unit (notice_id, unit)
);
