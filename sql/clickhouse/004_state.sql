-- What analytics folds and knows. Each table holds the records of its topic as they came; of `score`,
-- `source` and `baselines` the newest of a key counts, of `rollups` the sum.

-- How much of one metric one entity had in one local hour of event time.
CREATE TABLE IF NOT EXISTS rollups
(
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  entity_type          LowCardinality(String)   CODEC(ZSTD(1)),
  entity               String                   CODEC(ZSTD(1)),
  metric               LowCardinality(String)   CODEC(ZSTD(1)),
  hour                 DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  value                UInt64                   CODEC(T64, ZSTD(1)),
  producer             LowCardinality(String)   CODEC(ZSTD(1)),
  seq                  UInt64                   CODEC(Delta(8), ZSTD(1)),
  ingested_at          DateTime64(3, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  topic                LowCardinality(String)   CODEC(ZSTD(1)),
  partition            Int32                    CODEC(ZSTD(1)),
  offset               UInt64                   CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(ingested_at, '{timezone}')
ORDER BY (hospital, entity_type, entity, metric, hour)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728;

-- The risk of an entity, 0 to 100 at `time`; the reasons' points sum to it.
CREATE TABLE IF NOT EXISTS score
(
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  entity_type          LowCardinality(String)   CODEC(ZSTD(1)),
  entity               String                   CODEC(ZSTD(1)),
  score                Float64                  CODEC(ZSTD(1)),
  -- JSON array of {field, value, zh, en, points}.
  reasons              String                   CODEC(ZSTD(1)),
  time                 DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  producer             LowCardinality(String)   CODEC(ZSTD(1)),
  seq                  UInt64                   CODEC(Delta(8), ZSTD(1)),
  ingested_at          DateTime64(3, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  topic                LowCardinality(String)   CODEC(ZSTD(1)),
  partition            Int32                    CODEC(ZSTD(1)),
  offset               UInt64                   CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(ingested_at, '{timezone}')
ORDER BY (hospital, entity_type, entity, time)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728;

-- How a source of a unit is doing. `last_seen` at the epoch means never.
CREATE TABLE IF NOT EXISTS source
(
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  sender               LowCardinality(String)   CODEC(ZSTD(1)),
  source               LowCardinality(String)   CODEC(ZSTD(1)),
  status               LowCardinality(String)   CODEC(ZSTD(1)),
  last_seen            DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  -- Since the record before.
  events               UInt64                   CODEC(T64, ZSTD(1)),
  time                 DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  producer             LowCardinality(String)   CODEC(ZSTD(1)),
  seq                  UInt64                   CODEC(Delta(8), ZSTD(1)),
  ingested_at          DateTime64(3, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  topic                LowCardinality(String)   CODEC(ZSTD(1)),
  partition            Int32                    CODEC(ZSTD(1)),
  offset               UInt64                   CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(ingested_at, '{timezone}')
ORDER BY (hospital, sender, source, time)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728;

-- One day's baseline of one hospital, whole; its content is UEBA's own.
CREATE TABLE IF NOT EXISTS baselines
(
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  -- Days since 1970-01-01, local.
  day                  Int32                    CODEC(ZSTD(1)),
  hash                 String                   CODEC(ZSTD(1)),
  content              String                   CODEC(ZSTD(3)),
  time                 DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  producer             LowCardinality(String)   CODEC(ZSTD(1)),
  seq                  UInt64                   CODEC(Delta(8), ZSTD(1)),
  ingested_at          DateTime64(3, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  topic                LowCardinality(String)   CODEC(ZSTD(1)),
  partition            Int32                    CODEC(ZSTD(1)),
  offset               UInt64                   CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(ingested_at, '{timezone}')
ORDER BY (hospital, day)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728;
