//! `ward admin`: upkeep.

mod account;
mod audit;

use anyhow::{Context, Result, bail};
use ward_event::{Micros, SenderId, UnitId, config::LogBackend, register::Register};
use ward_store::{EngineCommand, Store};

use crate::{data_dir::Place, stages};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Brings the store's tables, and the log's topics, up to this version
    Migrate {
        #[command(flatten)]
        place: Place,
    },
    /// Records what is on the log of a directory whose `ward up` is stopped, for `ward detect --recording`
    Record {
        #[command(flatten)]
        place: Place,
        /// The recording's folder
        #[arg(long, value_name = "DIR")]
        out: std::path::PathBuf,
    },
    /// Builds anew what follows from the log and the store
    Rebuild {
        #[command(subcommand)]
        what: RebuildCommand,
    },
    /// The audit: verify, export
    Audit {
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Accounts, where nobody can be let in otherwise
    Account {
        #[command(subcommand)]
        command: account::Command,
    },
    /// Units of the register
    Unit {
        #[command(subcommand)]
        command: UnitCommand,
    },
}

#[derive(clap::Subcommand)]
enum RebuildCommand {
    /// Triage, from the stored alerts and the history of what people decided; of a directory whose `ward up`, or
    /// of a cluster whose `ward serve`, is stopped
    Triage {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(clap::Subcommand)]
enum UnitCommand {
    /// Adds a unit, and a sender of the same name that may speak for it
    Add {
        #[command(flatten)]
        place: Place,
        /// Identifier: a-z, 0-9, '-', '_', '.'
        id: UnitId,
        /// The unit's name
        name: String,
        #[arg(long, default_value = "")]
        name_en: String,
        /// hospital, community, township, cdc, maternal, internet-hospital, commission, tenant
        #[arg(long, default_value = "hospital")]
        kind: String,
        /// 三级甲等 … 未定级
        #[arg(long, default_value = "未定级")]
        grade: String,
        /// County or district
        #[arg(long, default_value = "")]
        locality: String,
    },
}

pub(crate) fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Migrate { place } => migrate(&place),
        Command::Record { place, out } => record(&place, &out),
        Command::Rebuild { what: RebuildCommand::Triage { place } } => rebuild_triage(&place),
        Command::Audit { command } => audit::run(command),
        Command::Account { command } => account::run(command),
        Command::Unit { command: UnitCommand::Add { place, id, name, name_en, kind, grade, locality } } => {
            let config = place.load()?;
            let path = &config.register;
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            let register = Register::parse(&text)?;
            if register.unit(&id).is_some() || register.sender(&SenderId::new(id.as_str())?).is_some() {
                bail!("{id} stands in the register already");
            }
            let quoted = |text: &str| toml::Value::from(text).to_string();
            let more = format!(
                "\n[[unit]]\nid = {}\nname = {}\nname_en = {}\nkind = {}\ngrade = {}\nlocality = {}\n\n[[sender]]\nid = {}\nunits = [{}]\n",
                quoted(id.as_str()),
                quoted(&name),
                quoted(&name_en),
                quoted(&kind),
                quoted(&grade),
                quoted(&locality),
                quoted(id.as_str()),
                quoted(id.as_str()),
            );
            let text = text + &more;
            Register::parse(&text)?;
            let temporary = path.with_extension("toml.new");
            std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, path))?;
            eprintln!("{id} stands in {}; what runs takes it up by itself", path.display());
            Ok(())
        }
    }
}

fn migrate(place: &Place) -> Result<()> {
    let config = place.load()?;
    stages::block_on(async move {
        if config.log.backend == LogBackend::Kafka {
            let register = stages::register(&config)?;
            stages::kafka_log(&config, "ward-admin")?.create_topics(&stages::topics(&register)).await?;
        }
        let store = Store::open(&config, &EngineCommand::this_binary()?).await?;
        let migrated = store.migrate().await?;
        for name in &migrated.applied {
            println!("{name}");
        }
        for note in &migrated.left {
            eprintln!("left to a person: {note}");
        }
        store.close().await;
        Ok(())
    })
}

fn rebuild_triage(place: &Place) -> Result<()> {
    let config = place.find()?;
    stages::block_on(async move {
        let log: std::sync::Arc<dyn ward_store::log::Log> = match config.log.backend {
            LogBackend::Disk => stages::disk_log(&config, "log")?,
            LogBackend::Kafka => stages::kafka_log(&config, "ward-admin")?,
        };
        let store = Store::open(&config, &EngineCommand::this_binary()?).await?;
        let desk = crate::desk::existing(&config).await?;
        let next = crate::triage::rebuild(&log, &desk, &store).await?;
        let counts = desk.triage().counts(&ward_desk::triage::Filter::default(), &None).await?;
        println!("new {} open {} closed {}", counts.new, counts.open, counts.closed);
        eprintln!("triage goes on from alert {next}");
        desk.close().await;
        store.close().await;
        Ok(())
    })
}

fn record(place: &Place, out: &std::path::Path) -> Result<()> {
    let config = place.find()?;
    stages::block_on(async move {
        let log: std::sync::Arc<dyn ward_store::log::Log> = match config.log.backend {
            LogBackend::Disk => stages::disk_log(&config, "log")?,
            LogBackend::Kafka => stages::kafka_log(&config, "ward-record")?,
        };
        let manifest = ward_analytics::run::record_all(&config, log, Micros(i64::MAX), out).await?;
        println!("{}", serde_json::to_string_pretty(&manifest)?);
        Ok(())
    })
}
