//! `ward up`: collector, analytics, store and web in one place on a data directory.

use anyhow::Result;

use crate::{data_dir::Place, desk, region::Region, stages};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let config = args.place.load()?;
    stages::block_on(async move {
        let signals = stages::Signals::listen()?;
        let clock = stages::clock(&config);
        let region = Region::start(config, clock, false).await?;
        eprintln!("ward is up: {}", region.page());
        desk::print_first_link(&region.desk, region.config.calendar(), &region.page()).await?;
        signals.or(region.failed()).await?;
        region.stop().await
    })
}
