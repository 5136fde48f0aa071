//! Columns of `rollups`, `score`, `source` and `baselines`.

use serde::Serialize;
use ward_event::{
    Micros,
    rollup::Rollup,
    state::{Baseline, Score, SourceState, StateRecord},
};

use super::{At, Block, Column, Fixed, Low, Text, block, columns, origin};

columns! {
    /// Rollups on their way into a block.
    RollupColumns "rollups" {
        hospital Low, "hospital" "LowCardinality(String)";
        entity_type Low, "entity_type" "LowCardinality(String)";
        entity Text, "entity" "String";
        metric Low, "metric" "LowCardinality(String)";
        hour Fixed<8>, "hour" "DateTime64(6, 'UTC')";
        value Fixed<8>, "value" "UInt64";
        producer Low, "producer" "LowCardinality(String)";
        seq Fixed<8>, "seq" "UInt64";
        topic Low, "topic" "LowCardinality(String)";
        partition Fixed<4>, "partition" "Int32";
        offset Fixed<8>, "offset" "UInt64";
    }
}

columns! {
    /// Scores on their way into a block.
    ScoreColumns "score" {
        hospital Low, "hospital" "LowCardinality(String)";
        entity_type Low, "entity_type" "LowCardinality(String)";
        entity Text, "entity" "String";
        score Fixed<8>, "score" "Float64";
        reasons Text, "reasons" "String";
        time Fixed<8>, "time" "DateTime64(6, 'UTC')";
        producer Low, "producer" "LowCardinality(String)";
        seq Fixed<8>, "seq" "UInt64";
        topic Low, "topic" "LowCardinality(String)";
        partition Fixed<4>, "partition" "Int32";
        offset Fixed<8>, "offset" "UInt64";
    }
}

columns! {
    /// States of sources on their way into a block.
    SourceColumns "source" {
        hospital Low, "hospital" "LowCardinality(String)";
        sender Low, "sender" "LowCardinality(String)";
        source Low, "source" "LowCardinality(String)";
        status Low, "status" "LowCardinality(String)";
        last_seen Fixed<8>, "last_seen" "DateTime64(6, 'UTC')";
        events Fixed<8>, "events" "UInt64";
        time Fixed<8>, "time" "DateTime64(6, 'UTC')";
        producer Low, "producer" "LowCardinality(String)";
        seq Fixed<8>, "seq" "UInt64";
        topic Low, "topic" "LowCardinality(String)";
        partition Fixed<4>, "partition" "Int32";
        offset Fixed<8>, "offset" "UInt64";
    }
}

columns! {
    /// Baselines on their way into a block.
    BaselineColumns "baselines" {
        hospital Low, "hospital" "LowCardinality(String)";
        day Fixed<4>, "day" "Int32";
        hash Text, "hash" "String";
        content Text, "content" "String";
        time Fixed<8>, "time" "DateTime64(6, 'UTC')";
        producer Low, "producer" "LowCardinality(String)";
        seq Fixed<8>, "seq" "UInt64";
        topic Low, "topic" "LowCardinality(String)";
        partition Fixed<4>, "partition" "Int32";
        offset Fixed<8>, "offset" "UInt64";
    }
}

/// JSON text of a part of a record.
pub(super) fn json<T: Serialize>(value: &T) -> String {
    // Structs of texts and numbers always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

impl RollupColumns {
    pub(crate) fn push(&mut self, rollup: &Rollup, at: At<'_>) {
        let row = self.rows;
        self.hospital.set(row, rollup.hospital.as_str());
        self.entity_type.set(row, &rollup.entity.kind);
        self.entity.set(row, &rollup.entity.value);
        self.metric.set(row, &rollup.metric);
        self.hour.set(row, rollup.hour.0.to_le_bytes());
        self.value.set(row, rollup.value.to_le_bytes());
        origin!(self, row, rollup.producer, rollup.seq, at);
        self.rows += 1;
    }
}

impl ScoreColumns {
    pub(crate) fn push(&mut self, record: &StateRecord, score: &Score, at: At<'_>) {
        let row = self.rows;
        self.hospital.set(row, score.hospital.as_str());
        self.entity_type.set(row, &score.entity.kind);
        self.entity.set(row, &score.entity.value);
        self.score.set(row, score.score.to_le_bytes());
        self.reasons.set(row, &json(&score.reasons));
        self.time.set(row, record.time.0.to_le_bytes());
        origin!(self, row, record.producer, record.seq, at);
        self.rows += 1;
    }
}

impl SourceColumns {
    pub(crate) fn push(&mut self, record: &StateRecord, source: &SourceState, at: At<'_>) {
        let row = self.rows;
        self.hospital.set(row, source.hospital.as_str());
        self.sender.set(row, &source.sender);
        self.source.set(row, &source.source);
        self.status.set(row, &source.status);
        self.last_seen.set(row, source.last_seen.0.to_le_bytes());
        self.events.set(row, source.events.to_le_bytes());
        self.time.set(row, record.time.0.to_le_bytes());
        origin!(self, row, record.producer, record.seq, at);
        self.rows += 1;
    }
}

impl BaselineColumns {
    pub(crate) fn push(&mut self, record: &StateRecord, baseline: &Baseline, at: At<'_>) {
        let row = self.rows;
        self.hospital.set(row, baseline.hospital.as_str());
        self.day.set(row, baseline.day.to_le_bytes());
        self.hash.set(row, &baseline.hash);
        self.content.set(row, &baseline.content);
        self.time.set(row, record.time.0.to_le_bytes());
        origin!(self, row, record.producer, record.seq, at);
        self.rows += 1;
    }
}

macro_rules! take {
    ($($table:ident)*) => {$(
        impl $table {
            /// Ends the block and begins the next.
            pub(crate) fn take(&mut self, ingested_at: Micros) -> Block {
                let block = block(Self::TABLE, self.rows, ingested_at, self.set().into_iter());
                *self = Self::default();
                block
            }
        }
    )*};
}
take!(RollupColumns ScoreColumns SourceColumns BaselineColumns);
