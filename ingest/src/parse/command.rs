//! `ward parse`: bytes → masked events, one JSON a line.

mod lines;
mod pcap;

use std::io::{Read, Write};

use ward_event::{Event, Format, Micros, UnitId, config, json, limits::MESSAGE_BYTES_MAX};

use super::{Input, ParseError, Parser, parser};
use crate::mask::Masker;

/// A file to read, under the name messages give it.
pub struct Source {
    pub name: String,
    pub read: Box<dyn Read>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines or datagrams that are not empty.
    pub inputs: u64,
    pub events: u64,
    /// Inputs that would have become dead letters.
    pub dead: u64,
}

/// Why a command ends early.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("there is no parser for {0}")]
    NoParser(&'static str),
    #[error("{name}: {source}")]
    Read { name: String, source: std::io::Error },
    #[error("{name}: {reason}")]
    Capture { name: String, reason: String },
    #[error("writing: {0}")]
    Write(#[from] std::io::Error),
}

/// Parses the sources in order and writes their events to `out`. Line formats begin anew with each
/// source; of `netflow` each source is one datagram, or a capture file, and templates carry over.
/// `explain` gets a line for each event (which recogniser made it, of which class) and for each
/// input that is none (why).
///
/// # Errors
/// A source that cannot be read, a capture that is none, an output that cannot be written. Inputs
/// that cannot be parsed are counted, not errors.
pub fn command<'r>(
    format: Format,
    hospital: Option<&'r UnitId>,
    received: Micros,
    sources: Vec<Source>,
    out: &'r mut dyn Write,
    explain: Option<&'r mut dyn Write>,
) -> Result<Summary, CommandError> {
    let fresh = || parser(format).ok_or(CommandError::NoParser(format.name()));
    let mut run = Run {
        parser: fresh()?,
        masker: Masker::new(&config::Mask::default()),
        hospital,
        received,
        out,
        explain,
        events: Vec::new(),
        json: Vec::new(),
        summary: Summary::default(),
    };
    for Source { name, mut read } in sources {
        let failed = |source| CommandError::Read { name: name.clone(), source };
        if format == Format::Netflow {
            let mut bytes = Vec::new();
            read.read_to_end(&mut bytes).map_err(failed)?;
            if pcap::is_capture(&bytes) {
                let datagrams = pcap::datagrams(&bytes);
                let datagrams =
                    datagrams.map_err(|reason| CommandError::Capture { name: name.clone(), reason })?;
                for (n, datagram) in datagrams.iter().enumerate() {
                    run.input(&name, n + 1, datagram.payload, Some(datagram.from))?;
                }
            } else {
                run.input(&name, 1, &bytes, None)?;
            }
        } else {
            run.parser = fresh()?;
            let mut lines = lines::Lines::new(read, format != Format::Syslog);
            while let Some((number, line)) = lines.next().map_err(failed)? {
                run.input(&name, number, line, None)?;
            }
        }
    }
    run.out.flush()?;
    Ok(run.summary)
}

struct Run<'r> {
    parser: Box<dyn Parser>,
    masker: Masker,
    hospital: Option<&'r UnitId>,
    received: Micros,
    out: &'r mut dyn Write,
    explain: Option<&'r mut dyn Write>,
    events: Vec<Event>,
    json: Vec<u8>,
    summary: Summary,
}

impl Run<'_> {
    fn input(
        &mut self,
        name: &str,
        number: usize,
        bytes: &[u8],
        peer: Option<std::net::IpAddr>,
    ) -> Result<(), CommandError> {
        self.events.clear();
        self.summary.inputs += 1;
        let input = Input { bytes, peer, received: self.received };
        let parsed = if bytes.len() > MESSAGE_BYTES_MAX {
            Err(ParseError::new("too_long", format!("more than {MESSAGE_BYTES_MAX} bytes")))
        } else {
            self.parser.parse(&input, &mut self.events)
        };
        if let Err(error) = parsed {
            self.summary.dead += 1;
            if let Some(explain) = &mut self.explain {
                writeln!(explain, "{name}:{number}: dead letter: {error}")?;
            }
            return Ok(());
        }
        for event in &mut self.events {
            if let Some(hospital) = self.hospital {
                event.hospital = hospital.clone();
            }
            self.masker.mask_event(event);
            self.summary.events += 1;
            event.seq = self.summary.events;
            self.json.clear();
            json::encode(event, &mut self.json);
            self.json.push(b'\n');
            self.out.write_all(&self.json)?;
            if let Some(explain) = &mut self.explain {
                let (class, quality) = (event.class_uid, event.time_quality.name());
                writeln!(explain, "{name}:{number}: {} -> class {class}, time {quality}", event.parser)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(format: Format, sources: &[&[u8]]) -> (Summary, String, String) {
        let sources = sources
            .iter()
            .map(|bytes| Source { name: "in".into(), read: Box::new(std::io::Cursor::new(bytes.to_vec())) });
        let (mut out, mut explain) = (Vec::new(), Vec::new());
        let hospital = UnitId::new("h01").expect("an id");
        let received = Micros::from_secs(1_795_233_600);
        let summary =
            command(format, Some(&hospital), received, sources.collect(), &mut out, Some(&mut explain));
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (summary.expect("read"), text(out), text(explain))
    }

    #[test]
    fn lines_become_masked_events_and_dead_lines_are_explained() {
        let (summary, out, explain) =
            run(Format::Syslog, &[b"<13>tel 13800138000\n\n\xff\x00\x01\xfe\n", b"x"]);
        assert_eq!(summary, Summary { inputs: 3, events: 2, dead: 1 });
        assert_eq!(out.lines().count(), 2);
        assert!(
            out.contains(r#""message":"tel ***********""#) && out.contains(r#""hospital":"h01""#),
            "{out}"
        );
        let explained: Vec<_> = explain.lines().collect();
        assert_eq!(explained[0], "in:1: syslog -> class 0, time missing");
        assert_eq!(explained[1], "in:3: dead letter: encoding: neither a syslog header nor a text");
    }

    #[test]
    fn a_pretty_printed_object_is_one_input_and_a_long_line_is_cut() {
        let pretty = b"{\n  \"a\": {\n    \"b\": [\n 1\n]\n  }\n}\n{\"a\":2}\n";
        let (summary, out, _) = run(Format::Jsonl, &[pretty]);
        assert_eq!(summary, Summary { inputs: 2, events: 2, dead: 0 });
        assert!(out.contains(r#""a.b":["#) && out.lines().count() == 2, "{out}");
        let long = vec![b'x'; 3 * ward_event::limits::MESSAGE_BYTES_MAX];
        let (summary, out, _) = run(Format::Syslog, &[&long]);
        assert_eq!(summary.dead, 1, "{}", out.len());
    }
}
