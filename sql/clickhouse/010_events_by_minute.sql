-- Events by minute of receipt again, ordered by the hour first: who shows the last hour of a whole region reads an
-- hour of the table, and no longer its day. The view goes first and comes last, so that each statement may run twice.
DROP VIEW IF EXISTS events_minute_view;

DROP TABLE IF EXISTS events_by_minute;

CREATE TABLE events_by_minute
(
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  minute               DateTime('UTC')          CODEC(Delta(4), ZSTD(1)),
  format               LowCardinality(String)   CODEC(ZSTD(1)),
  class_uid            UInt32                   CODEC(ZSTD(1)),
  severity_id          UInt8                    CODEC(ZSTD(1)),
  -- The day the events came in: as in `events` what partitions and retention go by, whatever a sender
  -- says about its minutes.
  day                  Date                     CODEC(ZSTD(1)),
  count                UInt64                   CODEC(T64, ZSTD(1))
)
ENGINE = SummingMergeTree(count)
PARTITION BY toYYYYMMDD(day)
PRIMARY KEY (toStartOfHour(minute), hospital, minute)
ORDER BY (toStartOfHour(minute), hospital, minute, format, class_uid, severity_id, day)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728,
  fsync_after_insert = 1, fsync_part_directory = 1;

INSERT INTO events_by_minute SELECT hospital, minute, format, class_uid, severity_id, day, count FROM events_minute
SETTINGS max_partitions_per_insert_block = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS events_by_minute_view TO events_by_minute AS
SELECT
  hospital,
  toDateTime(toStartOfMinute(received, 'UTC'), 'UTC') AS minute,
  format,
  class_uid,
  severity_id,
  toDate(ingested_at, '{timezone}') AS day,
  count() AS count
FROM events
GROUP BY hospital, minute, format, class_uid, severity_id, day;
