//! `ward parse`: bytes to events, one JSON a line.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use anyhow::{Context, Result};
use ward_event::{Format, UnitId, clock::Clock};
use ward_ingest::parse::command::{Source, command};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// syslog, netflow, eve, zeek, windows, jsonl
    #[arg(long, value_parser = format)]
    format: Format,
    /// The unit to note in the events
    #[arg(long, value_name = "ID")]
    hospital: Option<UnitId>,
    /// Says on stderr which parser took each input, and what was wrong with the others
    #[arg(long)]
    explain: bool,
    /// Files; standard input without any. `netflow` takes one file a datagram, in order, or a pcap
    files: Vec<PathBuf>,
}

pub(crate) fn format(name: &str) -> Result<Format, String> {
    Format::from_name(name).ok_or_else(|| {
        let names = Format::ALL.map(Format::name).join(", ");
        format!("is none of {names}")
    })
}

pub(crate) fn run(args: Args) -> Result<()> {
    let mut sources = Vec::new();
    for path in &args.files {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| name.clone())?;
        sources.push(Source { name, read: Box::new(file) });
    }
    if args.files.is_empty() {
        sources.push(Source { name: "-".into(), read: Box::new(std::io::stdin()) });
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut notes = std::io::stderr();
    let explain = args.explain.then_some(&mut notes as &mut dyn Write);
    let received = Clock::system().now();
    let done = command(args.format, args.hospital.as_ref(), received, sources, &mut out, explain)?;
    out.flush()?;
    if done.dead > 0 {
        eprintln!("{} events; {} of {} inputs are none", done.events, done.dead, done.inputs);
    }
    Ok(())
}
