//! `ward rules`: check, test and replay rules before they go live.

use std::{io::Write, path::PathBuf};

use anyhow::{Context, Result, bail};
use ward_analytics::{
    detect::Tally,
    rules::{RuleSet, check_command, read_paths, test_command},
};
use ward_event::{Micros, time::Calendar};
use ward_store::Store;

use crate::{control::read_rules, data_dir::Place, stages};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Loads rules and says what is refused, with file, line and reason
    Check {
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// Runs every rule against the samples beside it
    Test {
        /// Files and folders; without any, the pack that comes with Ward
        paths: Vec<PathBuf>,
    },
    /// Runs today's rules over the events that are stored of a stretch of time, beside a running `ward up`
    Replay(Replay),
}

#[derive(clap::Args)]
struct Replay {
    #[command(flatten)]
    place: Place,
    /// From then on: RFC 3339, or a date or `2026-11-20T08:00` in the region's time
    #[arg(long, value_name = "TIME")]
    from: String,
    /// To before then
    #[arg(long, value_name = "TIME")]
    to: String,
    /// These rules in place of those configured (files and folders)
    #[arg(long, value_name = "PATH", num_args = 1..)]
    rules: Vec<PathBuf>,
    /// The table as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let good = match args.command {
        Command::Check { paths, json } => check_command(&paths, json, &mut out)?,
        Command::Test { paths } => test_command(&paths, &mut out)?,
        Command::Replay(args) => return replay(args, &mut out),
    };
    if !good {
        bail!("not all rules are as they should be");
    }
    Ok(())
}

fn replay(args: Replay, out: &mut dyn Write) -> Result<()> {
    let config = args.place.find()?;
    let (from, to) = (time(&args.from, config.calendar())?, time(&args.to, config.calendar())?);
    if from >= to {
        bail!("--from {} does not lie before --to {}", args.from, args.to);
    }
    let files = if args.rules.is_empty() { read_rules(&config)? } else { read_paths(&args.rules)? };
    let (rules, refused) = RuleSet::load(&files);
    for refused in &refused {
        eprintln!("{}:{}: {}", refused.file, refused.line, refused.reason);
    }
    stages::block_on(async {
        let store = Store::attach(&config).context("store")?;
        let mut tally = Tally::new(&rules);
        let each = |mut stored: ward_event::EnrichedEvent| {
            stored.event.hospital = stored.hospital;
            tally.take(&stored.event);
        };
        let events = store.events_between(from, to, each).await?;
        tally.write(args.json, out)?;
        eprintln!("{events} events, {} rules, {} idle", rules.infos().len(), rules.idle().len());
        Ok(())
    })
}

/// A moment as a person writes it.
fn time(text: &str, calendar: Calendar) -> Result<Micros> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(Micros(moment.as_microsecond()));
    }
    let local: jiff::civil::DateTime =
        text.parse().with_context(|| format!("{text:?} is neither RFC 3339 nor a date"))?;
    let offset = jiff::tz::Offset::from_seconds(i32::try_from(calendar.offset_secs())?)?;
    Ok(Micros(offset.to_timestamp(local)?.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_regions_and_an_offset_counts() {
        let at = |text| time(text, Calendar::shanghai()).map(|t| t.0 / 1_000_000).ok();
        assert_eq!(at("2026-11-20"), Some(1_795_104_000));
        assert_eq!(at("2026-11-20T08:00"), Some(1_795_132_800));
        assert_eq!(at("2026-11-20T00:00:00Z"), Some(1_795_132_800));
        assert_eq!(at("yesterday"), None);
    }
}
