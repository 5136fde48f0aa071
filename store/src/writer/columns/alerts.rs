//! Columns of `alerts`.

use ward_event::{Micros, alert::Alert};

use super::{At, Block, Column, Fixed, Low, LowArray, Text, TextArray, WordArray, block, columns, origin};

columns! {
    /// Alerts on their way into a block.
    AlertColumns "alerts" {
        alert_id Text, "alert_id" "String";
        revision Fixed<4>, "revision" "UInt32";
        rule_id Low, "rule_id" "LowCardinality(String)";
        title Low, "title" "LowCardinality(String)";
        title_zh Low, "title_zh" "LowCardinality(String)";
        level Low, "level" "LowCardinality(String)";
        techniques LowArray, "techniques" "Array(LowCardinality(String))";
        time Fixed<8>, "time" "DateTime64(6, 'UTC')";
        first_time Fixed<8>, "first_time" "DateTime64(6, 'UTC')";
        last_time Fixed<8>, "last_time" "DateTime64(6, 'UTC')";
        hospital Low, "hospital" "LowCardinality(String)";
        entity_types LowArray, "entities.type" "Array(LowCardinality(String))";
        entity_values TextArray, "entities.value" "Array(String)";
        reasons Text, "reasons" "String";
        event_producers LowArray, "events.producer" "Array(LowCardinality(String))";
        event_seqs WordArray, "events.seq" "Array(UInt64)";
        event_count Fixed<8>, "event_count" "UInt64";
        score Fixed<8>, "score" "Float64";
        authorised_test Low, "authorised_test" "LowCardinality(String)";
        versions Text, "versions" "String";
        producer Low, "producer" "LowCardinality(String)";
        seq Fixed<8>, "seq" "UInt64";
        topic Low, "topic" "LowCardinality(String)";
        partition Fixed<4>, "partition" "Int32";
        offset Fixed<8>, "offset" "UInt64";
    }
}

impl AlertColumns {
    pub(crate) fn push(&mut self, alert: &Alert, at: At<'_>) {
        let row = self.rows;
        self.alert_id.set(row, &alert.alert_id);
        self.revision.set(row, alert.revision.to_le_bytes());
        self.rule_id.set(row, &alert.rule_id);
        self.title.set(row, &alert.title);
        self.title_zh.set(row, &alert.title_zh);
        self.level.set(row, alert.level.name());
        self.techniques.set(row, alert.techniques.iter().map(String::as_str));
        self.time.set(row, alert.time.0.to_le_bytes());
        self.first_time.set(row, alert.first_time.0.to_le_bytes());
        self.last_time.set(row, alert.last_time.0.to_le_bytes());
        self.hospital.set(row, alert.hospital.as_str());
        self.entity_types.set(row, alert.entities.iter().map(|e| e.kind.as_str()));
        self.entity_values.set(row, alert.entities.iter().map(|e| e.value.as_str()));
        self.reasons.set(row, &super::state::json(&alert.reasons));
        self.event_producers.set(row, alert.events.iter().map(|e| e.producer.as_str()));
        self.event_seqs.set(row, alert.events.iter().map(|e| &e.seq));
        self.event_count.set(row, alert.event_count.to_le_bytes());
        self.score.set(row, alert.score.to_le_bytes());
        self.authorised_test.set(row, &alert.authorised_test);
        self.versions.set(row, &super::state::json(&alert.versions));
        origin!(self, row, alert.producer, alert.seq, at);
        self.rows += 1;
    }

    /// Ends the block and begins the next.
    pub(crate) fn take(&mut self, ingested_at: Micros) -> Block {
        let block = block(Self::TABLE, self.rows, ingested_at, self.set().into_iter());
        *self = Self::default();
        block
    }
}
