//! Event → JSON.

use super::read::plain_until;
use crate::{Event, Field, Micros, Value, field::REQUIRED, ocsf};

/// Appends the event as one JSON object, without a line feed.
pub fn encode(event: &Event, out: &mut Vec<u8>) {
    encode_unsequenced(event, out);
    finish(event.seq, out);
}

/// Appends all but the number and the two closing braces.
pub fn encode_unsequenced(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"class_uid\":");
    number(u64::from(event.class_uid), out);
    out.extend_from_slice(b",\"category_uid\":");
    number(u64::from(ocsf::category_uid(event.class_uid)), out);
    out.extend_from_slice(b",\"activity_id\":");
    number(u64::from(event.activity_id), out);
    out.extend_from_slice(b",\"type_uid\":");
    number(event.type_uid(), out);
    out.extend_from_slice(b",\"severity_id\":");
    number(u64::from(event.severity_id), out);
    out.extend_from_slice(b",\"time\":");
    signed(event.time.millis(), out);
    if !event.message.is_empty() {
        out.extend_from_slice(b",\"message\":");
        write_string(&event.message, out);
    }
    fields(event, out);
    if !event.raw.is_empty() {
        out.extend_from_slice(b",\"raw_data\":");
        write_string(&event.raw, out);
    }
    if !event.unmapped.is_empty() {
        out.extend_from_slice(b",\"unmapped\":{");
        for (i, field) in event.unmapped.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            write_string(&field.name, out);
            out.push(b':');
            if field.is_json {
                out.extend_from_slice(field.value.as_bytes());
            } else {
                write_string(&field.value, out);
            }
        }
        out.push(b'}');
    }
    ward(event, out);
}

/// Closes what [`encode_unsequenced`] left open.
pub fn finish(seq: u64, out: &mut Vec<u8>) {
    number(seq, out);
    out.extend_from_slice(b"}}");
}

/// The hot fields as nested objects. `metadata` is always there: OCSF requires it and its product.
fn fields(event: &Event, out: &mut Vec<u8>) {
    let mut open: Vec<&'static str> = Vec::with_capacity(4);
    let mut metadata_written = false;
    for (field, value) in event.fields() {
        if *field == Field::Rows {
            continue; // under `ward`
        }
        let path = field.path();
        if !metadata_written && path > "metadata" {
            close_to(0, &mut open, out);
            if !path.starts_with("metadata.") {
                out.extend_from_slice(METADATA_ALONE);
                metadata_written = true;
            }
        }
        let (parents, leaf) = path.rsplit_once('.').map_or(("", path), |(p, l)| (p, l));
        descend(parents, &mut open, out);
        if parents == "connection_info" && out.last() == Some(&b'{') && *field != Field::DirectionId {
            // OCSF requires it, and it is the object's first field: absent here means unknown.
            out.extend_from_slice(b"\"direction_id\":0");
        }
        if !metadata_written && path.starts_with("metadata.") {
            metadata_written = true;
            out.extend_from_slice(b"\"version\":\"");
            out.extend_from_slice(ocsf::VERSION.as_bytes());
            out.push(b'"');
            if event.get(Field::ProductName).is_none() && event.get(Field::ProductVendor).is_none() {
                out.extend_from_slice(b",\"product\":{\"name\":\"unknown\"}");
            }
        }
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(leaf.as_bytes());
        out.extend_from_slice(b"\":");
        match value {
            Value::Text(text) => write_string(text, out),
            Value::Uint(n) => number(*n, out),
            Value::Ip(ip) => {
                out.push(b'"');
                // Writing to a Vec cannot fail.
                let _ = std::io::Write::write_fmt(out, format_args!("{ip}"));
                out.push(b'"');
            }
        }
    }
    close_to(0, &mut open, out);
    if !metadata_written {
        out.extend_from_slice(METADATA_ALONE);
    }
}

const METADATA_ALONE: &[u8] = b",\"metadata\":{\"version\":\"1.8.0\",\"product\":{\"name\":\"unknown\"}}";

fn close_to(depth: usize, open: &mut Vec<&'static str>, out: &mut Vec<u8>) {
    while open.len() > depth {
        out.push(b'}');
        open.pop();
    }
}

/// Closes and opens objects until exactly those of `parents` are open.
fn descend(parents: &'static str, open: &mut Vec<&'static str>, out: &mut Vec<u8>) {
    let mut depth = 0;
    let mut at = 0;
    let mut segments = parents.split('.').filter(|s| !s.is_empty());
    let mut pending = None;
    for segment in segments.by_ref() {
        if depth < open.len() && open[depth] == segment {
            depth += 1;
            at += segment.len() + 1;
        } else {
            pending = Some(segment);
            break;
        }
    }
    close_to(depth, open, out);
    for segment in pending.into_iter().chain(segments) {
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(segment.as_bytes());
        out.extend_from_slice(b"\":{");
        open.push(segment);
        at += segment.len() + 1;
        let path = &parents[..at - 1];
        if let Some((_, member)) = REQUIRED.iter().find(|(p, _)| *p == path) {
            out.extend_from_slice(member.as_bytes());
        }
    }
}

fn ward(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"ward\":{\"received\":");
    signed(event.received.0, out);
    let sub_milli = event.time.0.rem_euclid(1_000);
    if sub_milli != 0 {
        out.extend_from_slice(b",\"time_us\":");
        signed(sub_milli, out);
    }
    out.extend_from_slice(b",\"time_quality\":\"");
    out.extend_from_slice(event.time_quality.name().as_bytes());
    out.push(b'"');
    for (name, text) in [
        ("hospital", event.hospital.as_str()),
        ("sender", event.sender.as_str()),
        ("format", event.format.map_or("", |f| f.name())),
        ("parser", event.parser.as_str()),
        ("mask_policy", event.mask_policy.as_str()),
        ("encoding", event.encoding.as_str()),
        ("producer", event.producer.as_str()),
    ] {
        if !text.is_empty() {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            write_string(text, out);
        }
    }
    if event.parser_version != 0 {
        out.extend_from_slice(b",\"parser_version\":");
        number(u64::from(event.parser_version), out);
    }
    if let Some(rows) = event.uint(Field::Rows) {
        out.extend_from_slice(b",\"rows\":");
        number(rows, out);
    }
    out.extend_from_slice(b",\"seq\":");
}

fn number(n: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

fn signed(n: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// What stands behind the backslash, `u` for `\u00NN`; asked only of bytes that need one.
static ESCAPE: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 0x20 {
        table[i] = b'u';
        i += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

/// Appends a JSON string. UTF-8 stands as it is; control characters, `"` and `\` are escaped.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut from = 0;
    loop {
        let to = plain_until(bytes, from);
        out.extend_from_slice(&bytes[from..to]);
        let Some(&b) = bytes.get(to) else { break };
        out.push(b'\\');
        match ESCAPE[b as usize] {
            b'u' => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"u00");
                out.push(HEX[(b >> 4) as usize]);
                out.push(HEX[(b & 15) as usize]);
            }
            escape => out.push(escape),
        }
        from = to + 1;
    }
    out.push(b'"');
}

const _: () = assert!(std::mem::size_of::<Micros>() == 8);
