//! `ward bench`: benchmarks as a table.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, bail};
use ward_bench::{BENCHES, Options, Row, table};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which; without any, those that take minutes at most
    names: Vec<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Times each measure is repeated; the median counts
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Seconds a load lasts
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Events a second of a load
    #[arg(long, default_value_t = 50_000)]
    rate: u64,
    /// Events that the store of the pages is filled with; 100000000 is a region's month
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Directory in which the filled store of the pages stays; found filled, it is asked again
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Lists the benchmarks
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    if args.list {
        for bench in BENCHES {
            println!(
                "{:12}{}{}",
                bench.name,
                bench.about,
                if bench.default { "" } else { " (by name only)" }
            );
        }
        return Ok(());
    }
    if let Some(unknown) = args.names.iter().find(|n| BENCHES.iter().all(|b| b.name != n.as_str())) {
        bail!("there is no benchmark {unknown}; `ward bench --list` names them");
    }
    let shared = std::env::var_os("WARD_SHARED").map_or_else(|| Path::new("../shared").into(), PathBuf::from);
    let options = Options {
        binary: std::env::current_exe()?,
        shared: Some(shared.join("data")).filter(|p| p.is_dir()),
        runs: args.runs,
        load: Duration::from_secs(args.seconds),
        rate: args.rate,
        events: args.events,
        keep: args.keep,
    };
    let mut rows: Vec<Row> = Vec::new();
    for bench in BENCHES {
        let wanted =
            if args.names.is_empty() { bench.default } else { args.names.iter().any(|n| n == bench.name) };
        if wanted {
            eprintln!("{} …", bench.name);
            rows.extend((bench.run)(&options)?);
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        println!("{}", table(&rows));
    }
    if rows.iter().any(|r| r.pass == Some(false)) {
        bail!("a gate was missed");
    }
    Ok(())
}
