-- What could not be parsed, numbered in the same sequence as the events: per producer, `events` and `dead`
-- together prove that nothing is missing and nothing is there twice.
CREATE TABLE IF NOT EXISTS dead
(
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  sender               LowCardinality(String)   CODEC(ZSTD(1)),
  producer             LowCardinality(String)   CODEC(ZSTD(1)),
  seq                  UInt64                   CODEC(Delta(8), ZSTD(1)),
  received             DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  ingested_at          DateTime64(3, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  format               LowCardinality(String)   CODEC(ZSTD(1)),
  cause                LowCardinality(String)   CODEC(ZSTD(1)),
  detail               String                   CODEC(ZSTD(1)),
  peer                 LowCardinality(String)   CODEC(ZSTD(1)),
  -- Masked: text, or `base64:` and base64 where it is none.
  bytes                String                   CODEC(ZSTD(1)),
  topic                LowCardinality(String)   CODEC(ZSTD(1)),
  partition            Int32                    CODEC(ZSTD(1)),
  offset               UInt64                   CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(ingested_at, '{timezone}')
ORDER BY (hospital, received)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728;
