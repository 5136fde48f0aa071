//! `ward report`: reports as files, beside a running `ward up` or `ward serve`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use tokio::sync::watch;
use ward_desk::{
    audit::{Action, Entry},
    report::PaperState,
};
use ward_event::{UnitId, clock::Clock};
use ward_report::weekly::{self, Edition, Month, Quarter, Span, Week, parse_day};
use ward_store::Store;
use ward_web::report::{Made, NewsParts, Newsroom, Wanted};

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
        /// ISO week, e.g. 2026-W47; its days end with the configured cut-off
        #[arg(long)]
        week: Week,
        #[command(flatten)]
        how: How,
    },
    /// One month's report
    Monthly {
        /// e.g. 2026-11
        #[arg(long)]
        month: Month,
        #[command(flatten)]
        how: How,
    },
    /// One quarter's report
    Quarterly {
        /// e.g. 2026Q4
        #[arg(long)]
        quarter: Quarter,
        #[command(flatten)]
        how: How,
    },
    /// The report of a special protection period: any days
    Special {
        /// The first day, e.g. 2026-11-01
        #[arg(long, value_parser = parse_day)]
        from: i32,
        /// The last day
        #[arg(long, value_parser = parse_day)]
        to: i32,
        /// What it is called after, e.g. 世界互联网大会
        #[arg(long)]
        title: String,
        #[command(flatten)]
        how: How,
    },
    /// The report of one incident, as it stands now
    Incident {
        /// The number of its page
        #[arg(long)]
        id: i64,
        #[command(flatten)]
        place: Place,
        /// Folder of the files
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(clap::Args)]
struct How {
    #[command(flatten)]
    place: Place,
    /// The version of one hospital, without the names of others
    #[arg(long, value_name = "ID", conflicts_with_all = ["superior", "locality"])]
    hospital: Option<UnitId>,
    /// The version for the superior authority: by locality
    #[arg(long, conflicts_with = "locality")]
    superior: bool,
    /// The version of one county: the units on its ground
    #[arg(long, value_name = "NAME")]
    locality: Option<String>,
    /// Ask the store again and issue a new version, although there is one
    #[arg(long)]
    again: bool,
    /// Folder of the files
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl How {
    fn edition(&self) -> String {
        match (&self.hospital, &self.locality) {
            (Some(id), _) => format!("unit-{id}"),
            (None, Some(name)) => format!("county-{name}"),
            (None, None) if self.superior => Edition::Superior.key(),
            (None, None) => Edition::Leader.key(),
        }
    }
}

pub(crate) fn run(args: Args) -> Result<()> {
    let (span, title, how) = match args.command {
        Command::Weekly { week, how } => (Span::Week(week), None, how),
        Command::Monthly { month, how } => (Span::Month(month), None, how),
        Command::Quarterly { quarter, how } => (Span::Quarter(quarter), None, how),
        Command::Special { from, to, title, how } => (Span::special(from, to)?, Some(title), how),
        Command::Incident { id, place, out } => {
            let how = How { place, hospital: None, superior: false, locality: None, again: false, out };
            (Span::Incident(id), None, how)
        }
    };
    let config = how.place.find()?;
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
        let entry = Entry::nobody("ward report", "", Action::System);
        let made = if let Span::Incident(id) = span {
            newsroom.issue_incident(entry, id).await?
        } else {
            let key = how.edition();
            let edition = newsroom.edition(&key).with_context(|| format!("{key} is not in the register"))?;
            let again = how.again.then(|| "重新统计".to_owned());
            newsroom.issue(entry, Wanted { span, title, edition, again }, &mut None).await?
        };
        let written = write(&newsroom, made, &how.out).await;
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
    if made.kept.row.paper.state != PaperState::Published {
        eprintln!("not signed and not out yet: the files are drafts");
    }
    let name = made.model.file_name();
    let files = [
        ("pdf", newsroom.pdf(made.printed.clone()).await?),
        ("docx", weekly::docx(&made.printed)?),
        ("html", weekly::html(&made.printed)?.into_bytes()),
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
