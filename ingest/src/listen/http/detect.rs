//! Which format a bulk document is of: by configuration, by the name of its index, by its shape.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};
use ward_event::Format;

/// The members that give a document away.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shape {
    /// Winlogbeat.
    winlog: Option<IgnoredAny>,
    /// NXLog and flat exports.
    #[serde(rename = "EventID")]
    event_id: Option<IgnoredAny>,
    /// Windows Event XML as JSON.
    #[serde(rename = "Event")]
    event: Option<IgnoredAny>,
    /// Suricata.
    event_type: Option<IgnoredAny>,
    /// Zeek's JSON streaming logs.
    #[serde(rename = "_path")]
    path: Option<IgnoredAny>,
    #[serde(rename = "id.orig_h")]
    id_orig_h: Option<IgnoredAny>,
    ts: Option<IgnoredAny>,
    uid: Option<IgnoredAny>,
}

/// The configured format of an index: the longest beginning counts.
pub(super) fn pinned(index: &str, formats: &BTreeMap<String, Format>) -> Option<Format> {
    let fitting = formats.iter().filter(|(prefix, _)| index.starts_with(prefix.as_str()));
    fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, format)| *format)
}

/// The most likely format. A document that does not parse as it is tried as plain JSON.
pub(super) fn likely(index: &str, document: &[u8]) -> Format {
    let Ok(shape) = serde_json::from_slice::<Shape>(document) else {
        return Format::Jsonl;
    };
    let zeek = shape.path.is_some() || shape.id_orig_h.is_some();
    if shape.winlog.is_some() || shape.event_id.is_some() || shape.event.is_some() {
        Format::Windows
    } else if shape.event_type.is_some() {
        Format::Eve
    } else if zeek || (index.contains("zeek") && shape.ts.is_some() && shape.uid.is_some()) {
        Format::Zeek
    } else if index.starts_with("winlogbeat") {
        Format::Windows
    } else {
        Format::Jsonl
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_told_by_its_shape_and_a_pinned_index_by_its_longest_beginning() {
        let of = |text: &str| likely("logs", text.as_bytes());
        assert_eq!(of(r#"{"winlog":{"event_id":4625},"event":{"code":"4625"}}"#), Format::Windows);
        assert_eq!(of(r#"{"EventID":4625}"#), Format::Windows);
        assert_eq!(of(r#"{"event_type":"alert","event":{}}"#), Format::Eve);
        assert_eq!(of(r#"{"_path":"conn"}"#), Format::Zeek);
        assert_eq!(of(r#"{"ts":1,"uid":"C"}"#), Format::Jsonl);
        assert_eq!(likely("zeek-conn", br#"{"ts":1,"uid":"C"}"#), Format::Zeek);
        assert_eq!(of(r#"{"message":"x"}"#), Format::Jsonl);
        assert_eq!(of("no JSON"), Format::Jsonl);
        let formats = BTreeMap::from([("a".into(), Format::Eve), ("ab".into(), Format::Zeek)]);
        assert_eq!(pinned("abc", &formats), Some(Format::Zeek));
        assert_eq!(pinned("b", &formats), None);
    }
}
