//! Zeek logs, as JSON (Zeek's own names, `_` for `.`, `@stream` of its shippers) and as TSV with `#`
//! headers.

mod stream;
mod tsv;

use compact_str::CompactString;
use ward_event::{Event, Field, Format};

use super::{Input, ParseError, Parser, complete::complete, fields, record, text, time};

pub(super) const VERSION: u16 = 1;

/// Holds the header of the table being read.
#[derive(Debug, Default)]
pub(super) struct Zeek {
    table: tsv::Table,
}

impl Parser for Zeek {
    fn parse(&mut self, input: &Input<'_>, out: &mut Vec<Event>) -> Result<(), ParseError> {
        let bytes = input.bytes;
        match bytes.trim_ascii_start().first() {
            None => return Err(ParseError::new("empty", "no bytes but white space")),
            Some(b'{') => {
                record::read(input, Format::Zeek, VERSION, out)?;
                if let Some(event) = out.last_mut() {
                    let path = json_path(event);
                    finish(event, path.as_deref().unwrap_or(""), input);
                }
                return Ok(());
            }
            Some(_) => {}
        }
        let end = bytes.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |at| at + 1);
        let decoded = text::decode(&bytes[..end]);
        if decoded.text.starts_with('#') {
            return self.table.header(&decoded.text);
        }
        let mut event = Event::new(0, 0);
        self.table.row(&decoded.text, &mut event.unmapped)?;
        event.raw = decoded.text.into_owned();
        event.encoding = CompactString::const_new(decoded.encoding);
        event.format = Some(Format::Zeek);
        event.parser = CompactString::const_new("zeek");
        event.parser_version = VERSION;
        finish(&mut event, &self.table.path, input);
        out.push(event);
        Ok(())
    }
}

/// Which log the record is of: said by the shipper, else told by the members it has.
fn json_path(event: &Event) -> Option<CompactString> {
    let said = ["_path", "@stream", "path"].iter().find_map(|name| event.source(name));
    if let Some(said) = said.filter(|s| stream::is_known(&s.value)) {
        return Some(said.value.clone());
    }
    stream::guess(|name| event.source(name).is_some()).map(CompactString::const_new)
}

/// Time, hot fields and class.
fn finish(event: &mut Event, path: &str, input: &Input<'_>) {
    let unmapped = std::mem::take(&mut event.unmapped);
    let ts =
        unmapped.iter().find(|f| f.name == "ts").or_else(|| unmapped.iter().find(|f| f.name == "@timestamp"));
    let stamp = ts.and_then(|f| time::any(&f.value, input.received));
    time::set(event, stamp, input.received);
    event.set_text(Field::ProductName, CompactString::const_new("Zeek"));
    event.set_text(Field::LogName, path);
    for source in &unmapped {
        if let Some(field) = stream::FIELDS.get(&source.name)
            && event.get(field).is_none()
        {
            fields::assign(event, field, source);
        }
    }
    let get = |name: &str| {
        unmapped.iter().find(|f| f.name == name).map(|f| f.value.as_str()).filter(|v| !fields::is_unset(v))
    };
    stream::derive(event, path, &get);
    event.unmapped = unmapped;
    complete(event);
}
