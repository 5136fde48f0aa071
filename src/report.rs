//! `ward report`: the weekly report as files, beside a running `ward up` or `ward serve`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use tokio::sync::watch;
use ward_desk::audit::{Action, Entry};
use ward_event::{UnitId, clock::Clock};
use ward_report::weekly::{self, Edition, Week};
use ward_store::Store;
use ward_web::report::{Made, NewsParts, Newsroom};

use crate::{data_dir::Place, desk, press, stages};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// One week's report as PDF, Word, web page and model. What was issued is rendered as it was issued
    Weekly {
        #[command(flatten)]
        place: Place,
        /// ISO week, e.g. 2026-W47; its days end with the configured cut-off
        #[arg(long)]
        week: Week,
        /// The version of one hospital, without the names of others
        #[arg(long, value_name = "ID", conflicts_with = "superior")]
        hospital: Option<UnitId>,
        /// The version for the superior authority: by locality
        #[arg(long)]
        superior: bool,
        /// Ask the store again and issue a new version, although there is one
        #[arg(long)]
        again: bool,
        /// Folder of the files
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

pub(crate) fn run(args: Args) -> Result<()> {
    let Command::Weekly { place, week, hospital, superior, again, out } = args.command;
    let config = place.find()?;
    stages::block_on(async move {
        let desk = desk::existing(&config).await?;
        let store = Store::attach(&config).context("store")?;
        let (_keep, register) = watch::channel(Arc::new(stages::register(&config)?));
        let newsroom = Newsroom::new(NewsParts {
            reader: store.reader().clone(),
            desk: desk.clone(),
            register,
            region: config.region.name.clone(),
            calendar: config.calendar(),
            clock: Clock::system(),
            settings: press::settings(&config)?,
            press: Some(press::press(&config)),
        });
        let edition = match hospital {
            Some(id) => newsroom.edition_of(&id).with_context(|| format!("{id} is not in the register"))?,
            None if superior => Edition::Superior,
            None => Edition::Leader,
        };
        let entry = Entry::nobody("ward report", "", Action::System);
        let made = newsroom.issue(entry, week, edition, again, &mut None).await?;
        let written = write(&newsroom, made, &out).await;
        desk.close().await;
        for path in written? {
            println!("{}", path.display());
        }
        Ok(())
    })
}

async fn write(newsroom: &Newsroom, made: Made, out: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    if newsroom.is_set_otherwise(&made.kept) {
        eprintln!(
            "templates or fonts are not those it was issued with: the PDF's bytes may differ, its figures do not"
        );
    }
    let name = made.model.file_name();
    let files = [
        ("pdf", newsroom.pdf(made.model.clone()).await?),
        ("docx", weekly::docx(&made.model)?),
        ("html", weekly::html(&made.model)?.into_bytes()),
        ("json", made.kept.model.into_bytes()),
    ];
    let mut written = Vec::new();
    for (kind, bytes) in files {
        let path = out.join(format!("{name}.{kind}"));
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        written.push(path);
    }
    Ok(written)
}
