-- Alerts as they stood on the log. A row never changes: a revision is a new row with the same alert_id, and
-- readers take the highest. (producer, seq) is the shard's own numbering.
CREATE TABLE IF NOT EXISTS alerts
(
  alert_id             String                   CODEC(ZSTD(1)),
  revision             UInt32                   CODEC(ZSTD(1)),
  rule_id              LowCardinality(String)   CODEC(ZSTD(1)),
  title                LowCardinality(String)   CODEC(ZSTD(1)),
  title_zh             LowCardinality(String)   CODEC(ZSTD(1)),
  level                LowCardinality(String)   CODEC(ZSTD(1)),
  techniques           Array(LowCardinality(String)) CODEC(ZSTD(1)),
  time                 DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  first_time           DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  last_time            DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  entities Nested
  (
    type  LowCardinality(String),
    value String
  ) CODEC(ZSTD(1)),
  -- JSON array of {field, value, zh, en, points}.
  reasons              String                   CODEC(ZSTD(1)),
  events Nested
  (
    producer LowCardinality(String),
    seq      UInt64
  ) CODEC(ZSTD(1)),
  event_count          UInt64                   CODEC(ZSTD(1)),
  score                Float64                  CODEC(ZSTD(1)),
  -- JSON object of content hashes: rules, baseline, intel, register, geoip.
  versions             String                   CODEC(ZSTD(1)),
  producer             LowCardinality(String)   CODEC(ZSTD(1)),
  seq                  UInt64                   CODEC(Delta(8), ZSTD(1)),
  ingested_at          DateTime64(3, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  topic                LowCardinality(String)   CODEC(ZSTD(1)),
  partition            Int32                    CODEC(ZSTD(1)),
  offset               UInt64                   CODEC(Delta(8), ZSTD(1)),

  INDEX id_bloom alert_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(ingested_at, '{timezone}')
ORDER BY (hospital, time, alert_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728;
