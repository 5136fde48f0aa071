//! `ward admin audit`: whether the audit is as it was written, and taking it out.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use ward_desk::audit::{
    Action, Anchor, AuditFile, ChainKey, Entry, Flaw, Search, Sound, read_anchors, verify_export,
};
use ward_event::{Micros, UnitId};

use crate::{data_dir::Place, desk, stages};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Checks every entry and names the first that is not as it was written; beside a running `ward up`, too
    Verify {
        #[command(flatten)]
        place: Place,
        /// Anchors that left the machine before, JSON lines as on `ward.audit`; may be given again. They find
        /// what was cut off or written anew with the right key
        #[arg(long, value_name = "FILE")]
        anchor: Vec<PathBuf>,
        /// Checks what `audit export` wrote instead of the database
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
        /// The key's file; DIR/audit.key without it
        #[arg(long, value_name = "FILE", requires = "export")]
        key: Option<PathBuf>,
    },
    /// Entries as JSON lines, oldest first, that `audit verify --export` can check apart; itself audited
    Export {
        #[command(flatten)]
        place: Place,
        /// Only of this sign-in name
        #[arg(long)]
        account: Option<String>,
        /// Only of this unit
        #[arg(long)]
        unit: Option<UnitId>,
        /// Only of this document number
        #[arg(long)]
        document: Option<String>,
        /// From this moment on, e.g. 2026-11-01T00:00:00+08:00
        #[arg(long, value_name = "TIME")]
        from: Option<jiff::Timestamp>,
        /// Before this moment
        #[arg(long, value_name = "TIME")]
        to: Option<jiff::Timestamp>,
        /// Standard output without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(super) fn run(command: Command) -> Result<()> {
    match command {
        Command::Verify { place, anchor, export, key } => verify(&place, &anchor, export, key),
        Command::Export { place, account, unit, document, from, to, out } => {
            let time = |at: Option<jiff::Timestamp>| at.map(|at| Micros(at.as_microsecond()));
            let search =
                Search { account, unit, document, from: time(from), to: time(to), ..Search::default() };
            export(&place, search, out)
        }
    }
}

fn verify(place: &Place, files: &[PathBuf], export: Option<PathBuf>, key: Option<PathBuf>) -> Result<()> {
    let config = place.find()?;
    // Those that lie here cost nothing to hold it against, too.
    let own = config.data.join("audit-anchors.jsonl");
    let own = own.is_file().then_some(own);
    let mut anchors = Vec::new();
    for file in files.iter().chain(&own) {
        anchors.extend(read_anchors(file)?);
    }
    let found = match export {
        Some(path) => {
            let key = ChainKey::read(&key.unwrap_or_else(|| config.data.join("audit.key")))?;
            let lines = BufReader::new(File::open(&path).with_context(|| path.display().to_string())?);
            verify_export(lines, &key, &anchors)?
        }
        None => stages::block_on(async { Ok(AuditFile::open(&config.data).await?.verify(&anchors).await?) })?,
    };
    told(found, &anchors)
}

fn told(found: Result<Sound, Flaw>, anchors: &[Anchor]) -> Result<()> {
    match found {
        Ok(sound) => {
            println!(
                "{} entries are as they were written, the last is {}; {} of {} anchors met",
                sound.entries,
                sound.last,
                sound.anchors,
                anchors.len()
            );
            Ok(())
        }
        Err(flaw) => bail!("the audit is not as it was written: {flaw}"),
    }
}

fn export(place: &Place, search: Search, out: Option<PathBuf>) -> Result<()> {
    let config = place.find()?;
    stages::block_on(async move {
        let desk = desk::existing(&config).await?;
        let mut file: Box<dyn Write + Send> = match &out {
            Some(path) => {
                Box::new(BufWriter::new(File::create_new(path).with_context(|| path.display().to_string())?))
            }
            None => Box::new(std::io::stdout()),
        };
        let detail = serde_json::json!({
            "account": search.account, "unit": search.unit, "document": search.document,
            "from": search.from, "to": search.to,
        });
        let entry = Entry::nobody("ward", "console", Action::Export).object("audit", "").detail(detail);
        desk.audit().append(entry).await?;
        let count = desk.audit().export(&search, &mut *file).await?;
        eprintln!("{count} entries");
        desk.close().await;
        Ok(())
    })
}
