//! A region of 300 hospitals with a year of alerts and notices behind it: how long its reports take. Run by name:
//! `cargo test --profile fast --workspace --test whole region -- --ignored --nocapture`.

use std::{
    fmt::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::watch;
use ward_desk::{
    Desk,
    audit::{Action, Entry},
};
use ward_event::{
    Micros,
    clock::Clock,
    register::Register,
    time::{Calendar, MICROS_PER_DAY},
};
use ward_report::{
    render::{FontSettings, Press},
    weekly::{Cutoff, Edition, Period, Week},
};
use ward_store::Store;
use ward_web::report::{NewsParts, Newsroom, Wanted};

use crate::common::{self, seed};

const UNITS: u64 = 300;
const WEEKS: u64 = 52;
const COUNTIES: u64 = 12;

/// A year has more days, and so partitions, than an insert may have by itself.
const YEAR: &str = "SETTINGS max_partitions_per_insert_block = 0";

fn register() -> Register {
    let text = (0..UNITS).fold(String::new(), |mut text, n| {
        writeln!(
            text,
            "[[unit]]\nid = \"u{n}\"\nname = \"云州市第{n}医院\"\nkind = \"hospital\"\ngrade = \"二级甲等\"\nlocality = \"第{}区\"\n\
             [[unit.source]]\nformat = \"syslog\"\n[[unit.source]]\nformat = \"netflow\"",
            n % COUNTIES
        )
        .expect("written");
        text
    });
    Register::parse(&text).expect("a register")
}

/// Ten alerts a unit and week, four events a unit and day, two sources a unit.
async fn fill_store(store: &Store, to: Micros) {
    let week = 7 * MICROS_PER_DAY;
    let (alerts, events) = (UNITS * WEEKS * 10, UNITS * WEEKS * 7 * 4);
    let span = week * WEEKS as i64;
    let time = |count: u64| {
        format!("fromUnixTimestamp64Micro(toInt64({} - 1 - intDiv({span} * number, {count})))", to.0)
    };
    seed::run(store, &format!(
        "INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, time, first_time, last_time, hospital,
             reasons, event_count, score, versions, producer, seq, ingested_at)
         WITH cityHash64(number) AS r, {} AS t
         SELECT hex(number), 0, concat('r', toString(r % 40)), 'rule', concat('规则', toString(r % 40)),
             ['critical', 'high', 'high', 'medium', 'low'][1 + intDiv(r, 41) % 5], t, t, t,
             concat('u', toString(number % {UNITS})), '[]', 1, 50, '', 'shard.1', number, t FROM numbers({alerts}) {YEAR}",
        time(alerts)
    )).await;
    seed::run(store, &format!(
        "INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, class_uid, format, parser, message, raw)
         WITH {} AS t SELECT concat('u', toString(number % {UNITS})), 's', 's.1', number, t, t, t, 3002, 'syslog', 'syslog', 'm', 'm'
         FROM numbers({events}) {YEAR}",
        time(events)
    )).await;
    seed::run(store, &format!(
        "INSERT INTO source (hospital, sender, source, status, last_seen, events, time, producer, seq, ingested_at)
         WITH fromUnixTimestamp64Micro(toInt64({})) AS t
         SELECT concat('u', toString(intDiv(number, 2))), 's', ['syslog', 'netflow'][1 + number % 2],
             if(number % 17 = 0, 'silent', 'ok'), t, 1, t, 'shard.1', number, t FROM numbers({})",
        to.0 - 3_600_000_000,
        UNITS * 2
    )).await;
}

/// One notice a week to every unit, two problems each; all but the last eighth are closed.
async fn fill_desk(desk: &Desk, to: Micros) {
    let first = to.0 - 7 * MICROS_PER_DAY * WEEKS as i64;
    let numbers = |name: &str, count: u64| {
        format!("{name}(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM {name} WHERE i < {})", count - 1)
    };
    let (weeks, units) = (numbers("w", WEEKS), numbers("u", UNITS));
    let sent = format!("({first} + w.i * {} + 3600000000)", 7 * MICROS_PER_DAY);
    let hour = 3_600_000_000_i64;
    let mut statements = vec![
        format!("WITH RECURSIVE {weeks} INSERT INTO case_notice (id, kind, state, title, cause, basis, demand, contact, phone, word,
             year, n, drafted_at, drafted_by, drafter, sent_at, sent_by, revision, changed_at, changed_by)
             SELECT w.i + 1, 'rectify', 'sent', '整改通知', '', '', '', '', '', '卫网安', 2026, w.i + 1, {sent}, 1, 'a', {sent}, 1, 1,
                 {sent}, 'a' FROM w WHERE 1"),
        format!("WITH RECURSIVE {weeks}, {units} INSERT INTO case_unit (notice_id, unit, sent_at, signed_at, revision, changed_at, changed_by)
             SELECT w.i + 1, 'u' || u.i, {sent}, CASE WHEN u.i % 20 > 0 THEN {sent} + (u.i % 60) * {hour} END, 1, {sent}, 'a' FROM w, u"),
        format!("WITH RECURSIVE {weeks}, {units} INSERT INTO case_row (id, notice_id, no, unit, state, kind, level, title, system, address,
             evidence, demand, alert_id, first_due, due, returned, revision, changed_at, changed_by)
             SELECT (w.i * {UNITS} + u.i) * 2 + k.column1, w.i + 1, u.i * 2 + k.column1, 'u' || u.i, 'closed', 'weak_password', 'high',
                 '弱口令', 'HIS', '', '', '', '', {sent} + 72 * {hour}, {sent} + 72 * {hour}, 0, 1, {sent}, 'a'
             FROM w, u, (VALUES (1), (2)) k"),
    ];
    for (step, (act, from, to, after)) in [
        ("notify", "judged", "notified", 0),
        ("sign", "notified", "signed", 5),
        ("claim", "signed", "rectified", 40),
        ("no_machine", "rectified", "by_hand", 41),
        ("proof_good", "by_hand", "verified", 60),
        ("close", "verified", "closed", 61),
    ]
    .into_iter()
    .enumerate()
    {
        let count = UNITS * WEEKS * 2;
        statements.push(format!(
            "INSERT INTO case_history (no, notice_id, unit, row_id, at, account, act, from_state, to_state, text)
             SELECT {step} * {count} + r.id, r.notice_id, r.unit, r.id, n.sent_at + {after} * {hour}, 'a', '{act}', '{from}', '{to}', ''
             FROM case_row r JOIN case_notice n ON n.id = r.notice_id WHERE {step} < 2 OR r.id % 8 > 0"
        ));
    }
    let done = desk.write(move |c| {
        Box::pin(async move {
            for sql in statements {
                sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *c).await?;
            }
            Ok(())
        })
    });
    done.await.expect("filled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measure: some minutes"]
async fn reports_of_a_region_of_three_hundred_with_a_year_behind_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(dir.path()).await else { return };
    let week: Week = "2026-W47".parse().expect("a week");
    let cutoff = Cutoff { weekday: 4, hour: 24 };
    let period = Period::of(week, cutoff, Calendar::shanghai());
    let clock = Clock::driven(Micros(period.to.0 + MICROS_PER_DAY));
    let (_dir, _, desk) = common::desk(&clock).await;
    desk.enrolment_link().await.expect("asked").expect("an account to draft with");
    fill_store(&store, period.to).await;
    fill_desk(&desk, period.to).await;
    let (_keep, register) = watch::channel(Arc::new(register()));
    let press = Press::open(&FontSettings::default(), None).expect("fonts-noto-cjk is there");
    let newsroom = Newsroom::new(NewsParts {
        reader: store.reader().clone(),
        desk: desk.clone(),
        register,
        region: "云州市".into(),
        calendar: Calendar::shanghai(),
        clock,
        settings: common::report_settings(),
        press: Some(Arc::new(press)),
    });
    let entry = || Entry::nobody("ward", "", Action::System);

    let begun = Instant::now();
    let mut facts = None;
    let made = newsroom.issue(entry(), Wanted::of(week, Edition::Leader), &mut facts).await.expect("issued");
    let asked = begun.elapsed();
    let pdf = newsroom.pdf(made.printed.clone()).await.expect("a PDF");
    let one = begun.elapsed();
    eprintln!(
        "the region's report: asked and composed in {asked:?}, with its PDF of {} KB in {one:?}",
        pdf.len() / 1024
    );
    let figure = |id: &str| made.model.figures.iter().find(|f| f.id == id).and_then(|f| f.value);
    assert_eq!(figure("alerts.total"), Some(UNITS * 10));
    assert_eq!(figure("notices.sent"), Some(UNITS));
    assert!(figure("problems.overdue") > Some(0) && figure("problems.closed") > Some(0));
    assert!(one < Duration::from_secs(10), "{one:?}");

    let begun = Instant::now();
    let mut facts = None;
    let editions: Vec<_> = newsroom.editions().into_iter().filter(|e| *e != Edition::Leader).collect();
    let mut models = Vec::new();
    for edition in editions {
        models.push(
            newsroom.issue(entry(), Wanted::of(week, edition), &mut facts).await.expect("issued").printed,
        );
    }
    let issued = begun.elapsed();
    let count = models.len();
    for model in models {
        newsroom.pdf(model).await.expect("a PDF");
    }
    let all = begun.elapsed();
    eprintln!("{count} more editions: issued in {issued:?}, with their PDF in {all:?}");
    assert!(count as u64 == UNITS + COUNTIES + 1 && all + one < Duration::from_secs(300), "{all:?}");
    desk.close().await;
    store.close().await;
}
