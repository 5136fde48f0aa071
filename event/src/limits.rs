//! Every bound has a name and a reason. A bound that is reached is counted, never silent.

/// A line or a datagram longer than this is cut into a dead letter: 1 MiB is 16 times the largest
/// message a Windows event or an ATNA audit is seen to have.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Source fields an event may have. Winlogbeat's widest has some 120.
pub const SOURCE_FIELDS_MAX: usize = 512;

/// How deep a source's JSON may nest before the rest is kept as JSON text.
pub const SOURCE_DEPTH_MAX: usize = 16;

/// Records of one batch on the log.
pub const BATCH_RECORDS_MAX: usize = 4_096;

/// Bytes of one batch on the log; one fdatasync pays for all of it.
pub const BATCH_BYTES_MAX: usize = 4 << 20;

/// Rows of one planned insert: one block, so that one token stands for all of it.
pub const INSERT_ROWS_MAX: usize = 500_000;

/// Kafka's `offset.metadata.max.bytes`: a topic's slice of a plan must fit.
pub const COMMIT_METADATA_BYTES_MAX: usize = 4_096;

/// Events an alert carries with it; the rest is counted.
pub const ALERT_EVENTS_MAX: usize = 100;

/// A body after decompression; larger ones are refused (a 1000:1 bomb ends here).
pub const HTTP_BODY_BYTES_MAX: usize = 64 << 20;

/// Bulk `_id`s remembered a sender (CONTRACTS: 24 h or the last 2 million).
pub const BULK_IDS_MAX: usize = 2_000_000;
