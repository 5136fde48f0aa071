//! What the formats of one JSON object an input have in common.

use compact_str::CompactString;
use ward_event::{Event, Format};

use super::{Input, ParseError, json, text};

/// Source fields most records have room in at once.
const FIELDS_USUAL: usize = 48;

/// Reads the object into source fields; sets raw text, encoding and who read it. Class, time and hot
/// fields are left to the format.
///
/// # Errors
/// `empty` and `syntax`.
pub(crate) fn read(
    input: &Input<'_>,
    format: Format,
    version: u16,
    out: &mut Vec<Event>,
) -> Result<(), ParseError> {
    let bytes = input.bytes.trim_ascii();
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(ParseError::new("empty", "no bytes but white space"));
    }
    let decoded = text::decode(bytes);
    let mut event = Event::new(0, 0);
    event.unmapped.reserve(FIELDS_USUAL);
    json::flatten(&decoded.text, &mut event.unmapped)?;
    event.raw = decoded.text.into_owned();
    event.encoding = CompactString::const_new(decoded.encoding);
    event.format = Some(format);
    event.parser = CompactString::const_new(format.name());
    event.parser_version = version;
    event.received = input.received;
    out.push(event);
    Ok(())
}
