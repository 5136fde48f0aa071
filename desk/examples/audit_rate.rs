//! How fast the audit is: entries a second with 64 waiting, and verifying a million of them.
//!
//! `cargo run --profile fast -p ward-desk --example audit_rate -- [entries] [directory]`

#![allow(clippy::print_stdout, reason = "a measure's result")]

use std::{error::Error, time::Instant};

use ward_desk::{
    AccountId, Desk, Reach, Role, Viewer,
    audit::{Action, Entry},
};
use ward_event::{UnitId, clock::Clock};

const WAITING: u64 = 64;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let entries: u64 = args.next().map_or(Ok(20_000), |n| n.parse())?;
    let temporary = tempfile::tempdir()?;
    let dir = args.next().map_or_else(|| temporary.path().to_owned(), Into::into);
    let desk = Desk::open(&dir, Clock::system()).await?;
    let entry = entry()?;

    let begun = Instant::now();
    let tasks = (0..WAITING).map(|_| {
        let (desk, entry) = (desk.clone(), entry.clone());
        tokio::spawn(async move {
            for _ in 0..entries / WAITING {
                desk.audit().append(entry.clone()).await?;
            }
            Ok::<_, ward_desk::DeskError>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{:.0} appends/s with {WAITING} waiting", entries as f64 / seconds);

    let begun = Instant::now();
    for _ in 0..200 {
        desk.audit().append(entry.clone()).await?;
    }
    println!("{:.2} ms an append, one at a time", begun.elapsed().as_secs_f64() * 5.0);

    let begun = Instant::now();
    let sound = desk.audit().verify(&[]).await??;
    let seconds = begun.elapsed().as_secs_f64();
    println!("{} entries verified in {seconds:.2} s: {:.0}/s", sound.entries, sound.entries as f64 / seconds);
    desk.close().await;
    Ok(())
}

fn entry() -> Result<Entry, Box<dyn Error>> {
    let viewer = Viewer {
        account: Some(AccountId(7)),
        name: "li.lei".into(),
        role: Role::Analyst,
        reach: Reach::Region,
        within: None,
        may_write: true,
    };
    let entry = Entry::new(&viewer, "10.12.13.14", Action::View).unit(&UnitId::new("h01")?);
    Ok(entry
        .object("alert", "0f3c5a7b9d1e2f4a6b8c0d2e4f6a8b0c")
        .detail(serde_json::json!({ "query": "level:high", "rows": 12 })))
}
