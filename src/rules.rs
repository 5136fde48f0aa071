//! `ward rules`: check and test rules before they go live.

use std::path::PathBuf;

use anyhow::{Result, bail};
use ward_analytics::rules::{check_command, test_command};

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
}

pub(crate) fn run(args: Args) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let good = match args.command {
        Command::Check { paths, json } => check_command(&paths, json, &mut out)?,
        Command::Test { paths } => test_command(&paths, &mut out)?,
    };
    if !good {
        bail!("not all rules are as they should be");
    }
    Ok(())
}
