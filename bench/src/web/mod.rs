//! Pages and API on a store of a region's size: a generator fills it by the store's own planned writer,
//! then each address is asked cold (the engine's caches dropped) and warm.

mod ask;
mod fill;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use tokio::sync::watch;
use ward_desk::Desk;
use ward_event::{
    Micros,
    books::Books,
    clock::Clock,
    config::{Config, Region},
    register::Register,
    time::Calendar,
};
use ward_report::weekly::{Cutoff, Letterhead, Week};
use ward_store::{AlertPlace, EngineCommand, Store};
use ward_web::{RuleTexts, WebOptions, report::ReportSettings};

use crate::{Options, Row};

/// Units of the region.
const UNITS: usize = 300;
const DAYS: i64 = 30;
/// One alert for so many events: a hundred million events and a hundred thousand alerts of a month.
const EVENTS_OF_ALERT: u64 = 1_000;

/// A page in front of an analyst, and a hunting query over a day, 95 of 100 times.
const PAGE_MS: f64 = 300.0;
const HUNT_MS: f64 = 1_000.0;

pub(crate) fn run(options: &Options) -> Result<Vec<Row>> {
    tokio::runtime::Runtime::new()?.block_on(measure(options))
}

async fn measure(options: &Options) -> Result<Vec<Row>> {
    let fresh = tempfile::tempdir()?;
    let dir = options.keep.as_deref().unwrap_or(fresh.path());
    let config = Config { data: dir.into(), ..Config::default() };
    let command = EngineCommand { exe: options.binary.clone(), before: vec!["engine".into()] };
    let store = Store::open(&config, &command).await?;
    store.migrate().await?;
    let alerts = (options.events / EVENTS_OF_ALERT).max(1);
    let mark = dir.join("filled");
    let kept = filled(&mark, options.events)?;
    // A store that was kept is asked at the time at which it was filled.
    let clock = kept.map_or_else(Clock::system, Clock::driven);
    let now = clock.now();
    let begun = Instant::now();
    if kept.is_none() {
        fill::fill(&store, now, options.events, alerts).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let row = |what: String, value, unit| Row::new("web", what, value, unit);
    #[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
    let mut rows = vec![
        row("events stored".into(), options.events as f64, "events"),
        row("alerts stored".into(), alerts as f64, "alerts"),
        row("units".into(), UNITS as f64, "units"),
        row("days".into(), DAYS as f64, "days"),
        row("scores, sources and assets".into(), fill::STATES as f64, "rows"),
    ];
    #[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
    if kept.is_none() {
        rows.push(row("filled at".into(), options.events as f64 / seconds, "events/s"));
    }
    let bytes: u64 = store
        .writer()
        .query("SELECT toUInt64(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = currentDatabase()")
        .fetch_one()
        .await?;
    #[expect(clippy::cast_precision_loss, reason = "bytes of a disk")]
    rows.push(row("on disk".into(), bytes as f64 / 1e6, "MB"));

    let register = Register::parse(&fill::register()).context("the generator's register")?;
    let (_keep, register) = watch::channel(Arc::new(register));
    let desk = Desk::open(dir, clock.clone()).await?;
    if kept.is_none() {
        let begun = Instant::now();
        triage(&store, &desk).await?;
        #[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
        rows.push(row(
            "triage and incidents rebuilt at".into(),
            alerts as f64 / begun.elapsed().as_secs_f64(),
            "alerts/s",
        ));
        std::fs::write(&mark, format!("{} {}", options.events, now.0))?;
    }
    let web = WebOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        names: Vec::new(),
        tls: None,
        behind_proxy: false,
        // Asks as the commission's analyst: the widest scope is the dearest.
        demo: Some(desk.accounts().demo().await?),
        region: Region::default(),
        calendar: Calendar::shanghai(),
        register,
        clock,
        map: PathBuf::new(),
        rules: RuleTexts::default(),
        reports: reports(),
        press: None,
        desk,
    };
    let server = ward_web::serve(web, store.reader().clone(), Books::new()?)?;
    for question in &ask::questions(server.address()).await? {
        let name = |part: &str| format!("{} {part}", question.name);
        // A question that fails is a line of the table: the store took hours to fill.
        let asked = match ask::ask(&store, server.address(), question, options.runs).await {
            Ok(asked) => asked,
            Err(error) => {
                rows.push(row(name("answers"), 0.0, "pages").gate(format!("{error:#}"), false));
                continue;
            }
        };
        let gate = if question.name.starts_with("hunt") { HUNT_MS } else { PAGE_MS };
        rows.push(row(name("cold"), asked.cold, "ms"));
        rows.push(row(name("p50"), asked.p50, "ms"));
        let p95 = row(name("p95"), asked.p95, "ms").gate(format!("≤ {gate} ms"), asked.p95 <= gate);
        rows.push(p95);
        rows.push(row(name("p99"), asked.p99, "ms"));
        if let Some(first) = asked.first {
            rows.push(row(name("first rows, p95"), first, "ms"));
        }
    }
    server.stop().await;
    store.close().await;
    Ok(rows)
}

/// When a kept store was filled; nothing for one that is not.
fn filled(mark: &Path, events: u64) -> Result<Option<Micros>> {
    let Ok(text) = std::fs::read_to_string(mark) else { return Ok(None) };
    let (stored, at) = text.split_once(' ').context("a mark that is no mark")?;
    ensure!(stored.parse() == Ok(events), "{} is of {stored} events", mark.display());
    Ok(Some(Micros(at.parse().context("a mark that is no mark")?)))
}

/// Nothing is issued while pages are measured.
fn reports() -> ReportSettings {
    let first = Week { year: 2026, week: 1 };
    let letterhead = Letterhead {
        issuer: String::new(),
        marking: String::new(),
        to: String::new(),
        drafted: String::new(),
        checked: String::new(),
        signed: String::new(),
        first,
    };
    ReportSettings {
        letterhead,
        first: Some(first),
        cutoff: Cutoff { weekday: 4, hour: 24 },
        issue_after_hours: -1,
        kinds: vec!["weekly".into()],
    }
}

/// Brings all alerts of the store into triage, and joins them to incidents.
async fn triage(store: &Store, desk: &Desk) -> Result<()> {
    let mut place = Some(AlertPlace::default());
    while let Some(after) = place {
        let (alerts, next) = store.alerts_after(&after, 1_000).await?;
        desk.triage().take(alerts.clone(), 0).await?;
        desk.incidents().take(alerts, 0).await?;
        place = next;
    }
    Ok(())
}
