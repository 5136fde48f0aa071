//! `ward engine`: the embedded ClickHouse, as the child that `up` starts.

use std::path::PathBuf;

use anyhow::Result;
use ward_store::engine::{self, EngineOptions};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// libchdb.so; without it the usual places are searched
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
    /// Cap of the engine's own memory
    #[arg(long, value_name = "BYTES", default_value_t = EngineOptions::default().memory_bytes)]
    memory_bytes: u64,
    /// Loopback port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The database that the reader may read
    #[arg(long, default_value = "ward")]
    database: String,
    /// The process to end with; 0 for none
    #[arg(long, value_name = "PID", default_value_t = 0)]
    parent: i32,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let Args { dir, library, memory_bytes, port, database, parent } = args;
    let library = library.unwrap_or_default();
    Ok(engine::run(EngineOptions { dir, library, memory_bytes, port, database, parent })?)
}
