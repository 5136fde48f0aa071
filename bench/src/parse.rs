//! Bytes → event → masked → JSON as it goes to the log: what a collector does with each message.

use std::time::Instant;

use anyhow::{Context, Result};
use ward_event::{Event, Format, Micros, config::Mask, json};
use ward_ingest::{
    mask::Masker,
    parse::{Input, parser},
};

use crate::{Options, Row, median};

/// How long one measure lasts.
const SECONDS: f64 = 0.7;

pub(crate) fn run(options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (format, what, inputs) in samples(options) {
        let bytes: usize = inputs.iter().map(Vec::len).sum::<usize>() / inputs.len().max(1);
        let rate = median(options.runs, || measure(format, &inputs))?;
        rows.push(Row::new("parse", format!("{what} ({bytes} B)"), rate, "events/s"));
    }
    Ok(rows)
}

/// Events a second of one thread, the mask and the encoding inside.
fn measure(format: Format, inputs: &[Vec<u8>]) -> Result<f64> {
    let mut parser = parser(format).context("a parser")?;
    let mut masker = Masker::new(&Mask::default());
    let received = Micros::from_secs(1_780_000_000);
    let (mut events, mut out): (Vec<Event>, Vec<u8>) = (Vec::new(), Vec::new());
    let (mut n, start) = (0_u64, Instant::now());
    while start.elapsed().as_secs_f64() < SECONDS {
        for bytes in inputs {
            events.clear();
            parser.parse(&Input { bytes, peer: None, received }, &mut events)?;
            for event in &mut events {
                masker.mask_event(event);
                out.clear();
                json::encode(event, &mut out);
                n += 1;
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of some millions")]
    Ok(n as f64 / start.elapsed().as_secs_f64())
}

fn samples(options: &Options) -> Vec<(Format, &'static str, Vec<Vec<u8>>)> {
    let mut samples = vec![
        (Format::Syslog, "syslog RFC 5424", syslog()),
        (Format::Netflow, "NetFlow v5, 30 records", vec![netflow()]),
    ];
    let Some(shared) = &options.shared else { return samples };
    let lines = |path: &str| -> Vec<Vec<u8>> {
        let text = std::fs::read(shared.join(path)).unwrap_or_default();
        text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec).collect()
    };
    let eve = lines("eve/wrccdc-2018/alerts.ndjson");
    if !eve.is_empty() {
        samples.push((Format::Eve, "Suricata EVE alerts", eve));
    }
    let windows = crate::sigma::windows_lines(shared);
    if !windows.is_empty() {
        samples.push((Format::Windows, "Windows events", windows));
    }
    samples
}

/// Lines of 250 octets, as a firewall or a host would send them.
fn syslog() -> Vec<Vec<u8>> {
    (0..1_000)
        .map(|n| {
            let mut line = format!(
                "<134>1 2026-11-20T10:{:02}:{:02}.{:06}+08:00 his-app-{:02} his {} LOGIN [origin ip=\"10.1.{}.{}\"] user=doctor{n} action=open-record dept=cardiology workstation=WS-{n:04} result=ok elapsed_ms={} ",
                n / 60 % 60, n % 60, n * 37, n % 20, 1_000 + n, n % 250, n % 251, n % 97
            );
            while line.len() < 250 {
                line.push('x');
            }
            line.into_bytes()
        })
        .collect()
}

fn netflow() -> Vec<u8> {
    let mut datagram = vec![0, 5, 0, 30, 0, 1, 0, 0, 0x6a, 0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    for n in 0..30_u8 {
        let mut record = [0_u8; 48];
        record[..8].copy_from_slice(&[10, 0, 0, n, 10, 1, 0, n]);
        record[16..24].copy_from_slice(&[0, 0, 0, 9, 0, 0, 10, n]);
        record[24..32].copy_from_slice(&[0, 0, 200, n, 0, 0, 250, n]);
        record[32..36].copy_from_slice(&[200, n, 1, 187]);
        record[38] = 6;
        datagram.extend_from_slice(&record);
    }
    datagram
}
