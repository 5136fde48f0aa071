-- Events by minute of receipt, for the pages that show how much comes from where. No detection reads it.
CREATE TABLE IF NOT EXISTS events_minute
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
ORDER BY (hospital, minute, format, class_uid, severity_id, day)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728;

CREATE MATERIALIZED VIEW IF NOT EXISTS events_minute_view TO events_minute AS
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
