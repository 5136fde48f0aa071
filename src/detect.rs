//! `ward detect`: events to alerts, offline.

use std::{
    io::{BufWriter, Write},
    path::PathBuf,
};

use anyhow::{Result, bail};
use ward_analytics::{
    detect::{self, DetectArgs},
    enrich::GeoIp,
    recording::{self, Replay},
};
use ward_event::Format;

use crate::{
    data_dir::{ASN, CITY, find_set_up},
    parse::format,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these rules run (files or folders); without, the pack that comes with Ward
    #[arg(long, value_name = "PATH", num_args = 1..)]
    rules: Vec<PathBuf>,
    /// What the files hold; without, Ward's own events as `ward parse` writes them
    #[arg(long, value_parser = format, conflicts_with = "recording")]
    format: Option<Format>,
    /// A recording: it is replayed with its own clock through all of detection
    #[arg(long, value_name = "DIR")]
    recording: Option<PathBuf>,
    /// The GeoIP databases that the recording was made with; without, those of the set-up
    #[arg(long, value_name = "FILE")]
    geoip_city: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    geoip_asn: Option<PathBuf>,
    /// Replay although rules or databases are others than when it was made
    #[arg(long, requires = "recording")]
    allow_other: bool,
    /// A table of rules and matching events, before any deduplication
    #[arg(long)]
    summary: bool,
    /// The table as JSON
    #[arg(long, requires = "summary")]
    json: bool,
    /// Files; standard input without any
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    if let Some(dir) = &args.recording {
        if !args.files.is_empty() || args.summary || !args.rules.is_empty() {
            bail!("a recording is replayed whole, with its own rules");
        }
        let city = args.geoip_city.unwrap_or_else(|| find_set_up(CITY));
        let asn = args.geoip_asn.unwrap_or_else(|| find_set_up(ASN));
        let geoip = GeoIp::open(&city, &asn)?;
        let replay = Replay { dir, geoip, rules: None, allow_other: args.allow_other };
        let done = recording::replay(replay, &mut out)?;
        out.flush()?;
        eprintln!("{} events, {} clock records, {} alerts", done.events, done.clocks, done.alerts);
        return Ok(());
    }
    let done = detect::command(
        &DetectArgs {
            rules: args.rules,
            format: args.format,
            summary: args.summary,
            json: args.json,
            files: args.files,
        },
        &mut out,
    )?;
    for (cause, n) in &done.failed {
        eprintln!("{n} inputs are no events: {cause}");
    }
    Ok(())
}
