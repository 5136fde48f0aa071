//! What `ward bench` measures: one file a benchmark, one table, medians of several runs. Absolute
//! figures drift with the machine; what a figure is compared with is measured in the same run.

mod parse;
mod pipeline;
mod running;
mod sigma;
mod usage;
mod web;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use serde::Serialize;

/// What a benchmark is given.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `ward` binary, for benchmarks of running stages.
    pub binary: PathBuf,
    /// Public data, where it is there.
    pub shared: Option<PathBuf>,
    /// Times each measure is repeated; the median counts.
    pub runs: usize,
    /// How long a load lasts.
    pub load: Duration,
    /// Events a second of the load.
    pub rate: u64,
    /// Events that a store is filled with.
    pub events: u64,
    /// Where the filled store stays, to be asked again; without it, it goes.
    pub keep: Option<PathBuf>,
}

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub bench: &'static str,
    pub what: String,
    pub value: f64,
    pub unit: &'static str,
    /// What it is held against: a peer measured in the same run, or a gate; and whether it passes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub against: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass: Option<bool>,
}

impl Row {
    pub fn new(bench: &'static str, what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { bench, what: what.into(), value, unit, against: String::new(), pass: None }
    }

    /// Holds the value against a gate.
    pub fn gate(mut self, against: impl Into<String>, pass: bool) -> Self {
        self.against = against.into();
        self.pass = Some(pass);
        self
    }
}

/// A benchmark.
pub struct Bench {
    pub name: &'static str,
    pub about: &'static str,
    /// Runs without being named.
    pub default: bool,
    pub run: fn(&Options) -> Result<Vec<Row>>,
}

/// All benchmarks.
pub static BENCHES: &[Bench] = &[
    Bench {
        name: "parse",
        about: "bytes → masked event → JSON, per core and format",
        default: true,
        run: parse::run,
    },
    Bench {
        name: "sigma",
        about: "Windows events through all Windows rules, beside rsigma",
        default: true,
        run: sigma::run,
    },
    Bench {
        name: "pipeline",
        about: "socket to stored: embedded at the rate and at half of it, and the stages apart on Kafka",
        default: true,
        run: pipeline::run,
    },
    Bench {
        name: "web",
        about: "pages and hunts on a store of many events (--events) and a thousandth as many alerts",
        default: false,
        run: web::run,
    },
    Bench { name: "soak", about: "ten minutes at 50,000 events/s", default: false, run: pipeline::soak },
];

/// The middle of several measures of `once`.
///
/// # Errors
/// The first error of `once`.
pub fn median(runs: usize, mut once: impl FnMut() -> Result<f64>) -> Result<f64> {
    let mut values = (0..runs.max(1)).map(|_| once()).collect::<Result<Vec<_>>>()?;
    values.sort_by(f64::total_cmp);
    Ok(values[values.len() / 2])
}

/// The rows as a table for a terminal.
pub fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|r| {
            let verdict = r.pass.map_or("", |p| if p { "pass" } else { "FAIL" });
            [
                r.bench.to_owned(),
                r.what.clone(),
                format!("{} {}", number(r.value), r.unit),
                r.against.clone(),
                verdict.to_owned(),
            ]
        })
        .collect();
    let mut widths = [0; 5];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; 5]| {
        let padded: Vec<_> = row.iter().zip(widths).map(|(cell, w)| format!("{cell:w$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    cells.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Thousands separated, as many decimals as the size asks for.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |d| ("-", d));
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    format!("{sign}{}", groups.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_and_numbers_are_grouped() {
        let rows = [
            Row::new("parse", "syslog", 1_234_567.0, "events/s"),
            Row::new("parse", "eve", 0.5, "µs").gate("≤ 1 µs", true),
        ];
        assert_eq!(
            table(&rows),
            "parse  syslog  1,234,567 events/s\nparse  eve     0.50 µs             ≤ 1 µs  pass"
        );
        let mut n = 0.0;
        let middle = median(3, || {
            n += 1.0;
            Ok(n)
        });
        assert_eq!(middle.expect("a value"), 2.0);
    }
}
