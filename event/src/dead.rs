//! What could not be parsed: kept, counted, numbered in the same sequence as the events.

use serde::{Deserialize, Serialize};

use crate::{Format, Micros, ProducerId, SenderId, UnitId};

/// A dead letter on `ward.dead.<sender>`. `bytes` has passed the masker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub sender: SenderId,
    pub producer: ProducerId,
    pub seq: u64,
    pub received: Micros,
    #[serde(default, skip_serializing_if = "UnitId::is_unset")]
    pub hospital: UnitId,
    pub format: Format,
    /// A short word: `syntax`, `encoding`, `too_long`, `no_template`, `truncated`, `masker` …
    pub cause: String,
    /// What exactly, for a person.
    pub detail: String,
    /// The sender's address, if there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub peer: String,
    /// The masked bytes: text, or `base64:` and base64 where they are no text.
    pub bytes: String,
}
