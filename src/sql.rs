//! `ward sql`: a read-only query.

use anyhow::Result;
use ward_store::clickhouse::sql_command;

use crate::{data_dir::Place, stages};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// A ClickHouse output format: PrettyCompact, TSV, CSV, JSONEachRow …
    #[arg(long, default_value = "PrettyCompact")]
    format: String,
    /// The query
    query: String,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let config = args.place.find()?;
    stages::block_on(async move {
        let mut out = std::io::stdout();
        Ok(sql_command(&config, &args.format, &args.query, &mut out).await?)
    })
}
