-- What a unit has, as analytics tells it: a record a change, and at most one an hour that it was seen.
CREATE TABLE IF NOT EXISTS asset
(
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  -- What identifies it: address, host or database; and its value.
  asset_type           LowCardinality(String)   CODEC(ZSTD(1)),
  asset                String                   CODEC(ZSTD(1)),
  -- The address a host turned out to have, which stands for it from then on.
  same_as              String                   CODEC(ZSTD(1)),
  host                 String                   CODEC(ZSTD(1)),
  mac                  String                   CODEC(ZSTD(1)),
  -- A guess at what it is.
  kind                 LowCardinality(String)   CODEC(ZSTD(1)),
  zone                 LowCardinality(String)   CODEC(ZSTD(1)),
  services Nested
  (
    protocol   LowCardinality(String),
    port       UInt64,
    bytes      UInt64,
    -- Microseconds since 1970-01-01 UTC.
    first_seen UInt64,
    last_seen  UInt64
  ) CODEC(ZSTD(1)),
  peers Nested
  (
    address String,
    flows   UInt64
  ) CODEC(ZSTD(1)),
  -- There were more peers than are kept.
  peers_more           UInt8                    CODEC(ZSTD(1)),
  sources              Array(LowCardinality(String)) CODEC(ZSTD(1)),
  bytes                UInt64                   CODEC(T64, ZSTD(1)),
  first_seen           DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
  last_seen            DateTime64(6, 'UTC')     CODEC(Delta(8), ZSTD(1)),
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
ORDER BY (hospital, asset_type, asset, time)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728,
  fsync_after_insert = 1, fsync_part_directory = 1;

-- The newest record of each, for pages: a thing that has gone quiet is still found here when its last record's
-- day has been dropped. As large as the region has things.
CREATE TABLE IF NOT EXISTS asset_now
(
  hospital             LowCardinality(String)   CODEC(ZSTD(1)),
  asset_type           LowCardinality(String)   CODEC(ZSTD(1)),
  asset                String                   CODEC(ZSTD(1)),
  same_as              String                   CODEC(ZSTD(1)),
  host                 String                   CODEC(ZSTD(1)),
  mac                  String                   CODEC(ZSTD(1)),
  kind                 LowCardinality(String)   CODEC(ZSTD(1)),
  zone                 LowCardinality(String)   CODEC(ZSTD(1)),
  services Nested
  (
    protocol   LowCardinality(String),
    port       UInt64,
    bytes      UInt64,
    first_seen UInt64,
    last_seen  UInt64
  ) CODEC(ZSTD(1)),
  peers Nested
  (
    address String,
    flows   UInt64
  ) CODEC(ZSTD(1)),
  peers_more           UInt8                    CODEC(ZSTD(1)),
  sources              Array(LowCardinality(String)) CODEC(ZSTD(1)),
  bytes                UInt64                   CODEC(T64, ZSTD(1)),
  first_seen           DateTime64(6, 'UTC')     CODEC(ZSTD(1)),
  last_seen            DateTime64(6, 'UTC')     CODEC(ZSTD(1)),
  time                 DateTime64(6, 'UTC')     CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(time)
ORDER BY (hospital, asset_type, asset)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS asset_now_view TO asset_now AS
SELECT
  hospital, asset_type, asset, same_as, host, mac, kind, zone,
  `services.protocol`, `services.port`, `services.bytes`, `services.first_seen`, `services.last_seen`,
  `peers.address`, `peers.flows`, peers_more, sources, bytes, first_seen, last_seen, time
FROM asset;
