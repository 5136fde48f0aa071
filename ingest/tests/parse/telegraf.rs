//! Telegraf's syslog cases, field by field. A case's error may be our dead letter or an event made as
//! well as can be: Ward keeps what it can read.

use std::{collections::BTreeMap, fs, path::Path};

use ward_event::{Event, Format, Micros};

use super::pairs;
use crate::golden::{Differences, shared};

/// `octets SP message` repeated, or one message a line; a datagram is one message.
fn messages(input: &[u8], conf: &str) -> Vec<Vec<u8>> {
    if conf.contains("udp://") {
        return vec![input.to_vec()];
    }
    if conf.contains("non-transparent") {
        return input.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec).collect();
    }
    let (mut found, mut rest) = (Vec::new(), input);
    while let Some(space) = rest.iter().position(|b| *b == b' ') {
        let len: usize =
            std::str::from_utf8(&rest[..space]).ok().and_then(|t| t.trim().parse().ok()).unwrap_or(0);
        let end = (space + 1 + len).min(rest.len());
        found.push(rest[space + 1..end].to_vec());
        rest = if len == 0 { &[] } else { &rest[end..] };
    }
    found
}

/// The event under Telegraf's names.
fn fields(event: &Event) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            fields.insert(name.to_owned(), value.to_owned());
        }
    };
    for source in &event.unmapped {
        match source.name.as_str() {
            name @ ("facility" | "severity" | "appname" | "procid" | "msgid" | "version") => {
                put(name, &source.value)
            }
            name => put(&name.trim_start_matches("sd.").replace('.', "_"), &source.value),
        }
    }
    put("hostname", event.text(ward_event::Field::DeviceHostname).unwrap_or(""));
    put("message", &event.message);
    if event.time_quality != ward_event::TimeQuality::Missing {
        put("timestamp", &(event.time.0 as i128 * 1_000).to_string());
    }
    fields
}

/// Influx line protocol: `syslog,tag=value,… field=value,… time`. The codes and the peer are left out:
/// Ward keeps the names, and the peer with the input.
fn expected(line: &str) -> BTreeMap<String, String> {
    let (mut fields, mut key, mut value, mut in_value, mut quoted) =
        (BTreeMap::new(), String::new(), String::new(), false, false);
    let mut chars = line.strip_prefix("syslog,").expect("the measurement").chars().peekable();
    let mut spaces = 0;
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted && matches!(chars.peek(), Some('"' | '\\')) => value.extend(chars.next()),
            '"' => quoted = !quoted,
            '=' if !quoted && !in_value => in_value = true,
            ',' | ' ' if !quoted => {
                fields.insert(std::mem::take(&mut key), std::mem::take(&mut value));
                in_value = false;
                spaces += usize::from(c == ' ');
                if spaces == 2 {
                    break;
                }
            }
            c if in_value => value.push(c),
            c => key.push(c),
        }
    }
    for name in ["timestamp", "version"] {
        if let Some(number) = fields.get_mut(name) {
            *number = number.trim_end_matches(['i', 'u']).to_owned();
        }
    }
    fields.retain(|name, _| !matches!(name.as_str(), "source" | "facility_code" | "severity_code"));
    fields
}

fn check(case: &Path, differences: &mut Differences) {
    let name = case.file_name().expect("a name").to_string_lossy().into_owned();
    let read = |file: &str| fs::read(case.join(file)).unwrap_or_default();
    let conf = String::from_utf8(read("telegraf.conf")).expect("UTF-8");
    let input = read("input.txt");
    let golden = String::from_utf8(read("expected.out")).expect("UTF-8");
    let mut golden: Vec<_> = golden
        .replace("hello\\nworld", "hello\nworld")
        .split("\nsyslog,")
        .map(|l| l.trim().to_owned())
        .filter(|l| !l.is_empty())
        .collect();
    for line in golden.iter_mut().skip(1) {
        line.insert_str(0, "syslog,");
    }
    let mut ours = Vec::new();
    // Their BSD cases carry no year; the golden times are of December 2026.
    let received = Micros(1_796_229_063_000_000);
    for message in messages(&input, &conf) {
        let mut parser = ward_ingest::parse::parser(Format::Syslog).expect("a parser");
        let input = ward_ingest::parse::Input { bytes: &message, peer: None, received };
        let _ = parser.parse(&input, &mut ours);
    }
    if golden.is_empty() {
        return; // an error alone: any answer will do
    }
    if ours.len() != golden.len() {
        differences.note(&name, "count", &format!("theirs {}, ours {}", golden.len(), ours.len()));
    }
    for (n, (theirs, ours)) in golden.iter().zip(&ours).enumerate() {
        let (theirs, ours) = (expected(theirs), fields(ours));
        for field in theirs.keys().chain(ours.keys()) {
            if theirs.get(field) != ours.get(field) {
                differences.note(
                    &format!("{name} {n}"),
                    field,
                    &format!("theirs {:?}, ours {:?}", theirs.get(field), ours.get(field)),
                );
            }
        }
    }
}

#[test]
fn telegraf_cases_hold_by_field() {
    let Some(base) = shared("syslog/telegraf") else { return };
    let mut differences = Differences::new("syslog-telegraf");
    let mut cases: Vec<_> = fs::read_dir(base).expect("a folder").flatten().map(|e| e.path()).collect();
    cases.sort();
    assert_eq!(cases.len(), 29);
    for case in &cases {
        check(case, &mut differences);
    }
    differences.check();
}

#[test]
fn a_line_of_their_protocol_is_read() {
    let fields =
        expected(r#"syslog,hostname=web1,source=127.0.0.1 message="a \"b\", c=d",version=1u,origin=true 0"#);
    let expected = [("hostname", "web1"), ("message", "a \"b\", c=d"), ("origin", "true"), ("version", "1")];
    assert_eq!(fields, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    let _ = pairs::RECEIVED;
}
