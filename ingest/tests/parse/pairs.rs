//! `testdata/<format>/NAME.in` (one input a line) and `NAME.json` (what comes of it, one JSON a line).

use std::{fs, path::Path};

use ward_event::{Event, Format, Micros, config::Mask, json};
use ward_ingest::{
    mask::Masker,
    parse::{Input, parser},
};

/// 2026-11-21T04:00:00Z.
pub(crate) const RECEIVED: Micros = Micros(1_795_233_600_000_000);

/// Parses each line by itself, with one parser, and masks the events.
pub(crate) fn events(format: Format, text: &[u8]) -> Vec<Result<Vec<Event>, String>> {
    let mut parser = parser(format).expect("a parser");
    let mut masker = Masker::new(&Mask::default());
    let lines = text.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|bytes| {
            let mut events = Vec::new();
            let peer = Some("192.0.2.1".parse().expect("an address"));
            parser
                .parse(&Input { bytes, peer, received: RECEIVED }, &mut events)
                .map_err(|e| e.to_string())?;
            events.iter_mut().for_each(|event| masker.mask_event(event));
            Ok(events)
        })
        .collect()
}

fn written(format: Format, text: &[u8]) -> String {
    let mut out = Vec::new();
    for result in events(format, text) {
        match result {
            Err(error) => out.extend_from_slice(format!("dead letter: {error}").as_bytes()),
            Ok(events) => {
                for (i, event) in events.iter().enumerate() {
                    if i > 0 {
                        out.push(b'\n');
                    }
                    let from = out.len();
                    json::encode(event, &mut out);
                    assert_eq!(&json::decode(&out[from..]).expect("an event"), event);
                }
            }
        }
        out.push(b'\n');
    }
    String::from_utf8(out).expect("UTF-8")
}

fn check(format: Format, input: &Path) {
    let output = input.with_extension("json");
    let found = written(format, &fs::read(input).expect("an input"));
    if std::env::var_os("WARD_WRITE_GOLDEN").is_some() {
        fs::write(&output, &found).expect("written");
    }
    let expected = fs::read_to_string(&output).unwrap_or_default();
    for (n, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{}, line {}", output.display(), n + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{}", output.display());
}

#[test]
fn golden_pairs_hold() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut checked = 0;
    for format in Format::ALL {
        let Ok(folder) = fs::read_dir(base.join(format.name())) else { continue };
        let mut inputs: Vec<_> = folder.flatten().map(|e| e.path()).collect();
        inputs.retain(|p| p.extension().is_some_and(|e| e == "in"));
        inputs.sort();
        for input in inputs {
            check(format, &input);
            checked += 1;
        }
    }
    assert!(checked >= 10, "{checked} pairs");
}
