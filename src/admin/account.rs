//! `ward admin account`: for whoever rules the machine, when nobody can be let in otherwise. All of it is
//! audited.

use anyhow::Result;
use ward_desk::audit::{Action, Entry};
use ward_event::config::Config;

use crate::{data_dir::Place, desk, stages};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Accounts with role and state
    List {
        #[command(flatten)]
        place: Place,
    },
    /// A new enrolment link for an account whose person lost password or telephone; the old ones no longer
    /// count and its sessions end
    Relink {
        #[command(flatten)]
        place: Place,
        /// The sign-in name
        name: String,
    },
}

pub(super) fn run(command: Command) -> Result<()> {
    match command {
        Command::List { place } => list(&place),
        Command::Relink { place, name } => relink(&place, &name),
    }
}

fn list(place: &Place) -> Result<()> {
    let config = place.find()?;
    stages::block_on(async move {
        let desk = desk::existing(&config).await?;
        let entry = Entry::nobody("ward", "console", Action::View).object("accounts", "");
        desk.audit().append(entry).await?;
        let now = desk.clock().now();
        for account in desk.accounts().list().await? {
            let state = match () {
                () if account.disabled_at.is_some() => "disabled",
                () if !account.is_live(now) => "ended",
                () if account.locked_until.is_some_and(|until| now < until) => "locked",
                () if account.enrolled_at.is_none() => "not enrolled",
                () => "live",
            };
            println!("{}\t{}\t{state}\t{}", account.name, account.role, account.display_name);
        }
        desk.close().await;
        Ok(())
    })
}

fn relink(place: &Place, name: &str) -> Result<()> {
    let config = place.find()?;
    stages::block_on(async move {
        let desk = desk::existing(&config).await?;
        let link = desk.accounts().emergency_link(name).await?;
        println!("{}", desk::address(&page(&config), &link));
        eprintln!(
            "it works once, until {}; {} can no longer sign in with what they had",
            desk::local(config.calendar(), link.expires_at),
            link.name
        );
        desk.close().await;
        Ok(())
    })
}

/// Where the pages are, as the running stage says, else as it is configured.
fn page(config: &Config) -> String {
    let written = std::fs::read(config.data.join("endpoints.json")).ok();
    let endpoints = written.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    let web = endpoints.and_then(|e| e["web"].as_str().map(str::to_owned));
    config.web.page(&web.unwrap_or_else(|| config.web.listen.to_string()))
}
