//! Socket to stored: RFC 5424 lines over TCP into running stages, with the mask, the shipped rules and
//! fdatasync on, and the generator on the same cores.

use std::{
    net::UdpSocket,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use ward_simulator::load::{self, Load};

use crate::{
    Options, Row,
    running::{Process, Running},
};

/// Octets of a line.
const LINE_BYTES: usize = 250;

/// The soak: ten minutes.
const SOAK: Duration = Duration::from_secs(600);

/// A marked line that is not there by then counts as so late.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// Between two questions for the same marked line, at least.
const GRAIN_MIN: Duration = Duration::from_millis(50);

/// Seconds from a line to its alert, at half the rate.
const ALERT_SECS_MAX: f64 = 2.0;

/// A load of so many events a second for so long.
#[derive(Clone, Copy)]
struct Asked {
    rate: u64,
    time: Duration,
}

pub(crate) fn run(options: &Options) -> Result<Vec<Row>> {
    let (full, half) = (options.rate, options.rate / 2);
    let mut rows = measure("pipeline", options, Running::up, Asked { rate: full, time: options.load })?;
    rows.extend(measure("half load", options, Running::up, Asked { rate: half, time: options.load })?);
    rows.extend(measure("on Kafka", options, Running::on_kafka, Asked { rate: half, time: options.load })?);
    Ok(rows)
}

pub(crate) fn soak(options: &Options) -> Result<Vec<Row>> {
    measure("soak", options, Running::up, Asked { rate: options.rate, time: SOAK })
}

/// What a look at the running stages sees, once a second or so.
#[derive(Default)]
struct Seen {
    /// Seconds since the load began, and events sent but not yet stored.
    lag: Vec<(f64, f64)>,
    /// Seconds from sending a marked line to finding it by a query, and to its alert.
    queryable: Vec<f64>,
    alert: Vec<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
fn measure(
    bench: &'static str,
    options: &Options,
    start: fn(&Path) -> Result<Running>,
    asked: Asked,
) -> Result<Vec<Row>> {
    let running = start(&options.binary)?;
    let target = running.endpoint("syslog-tcp")?.parse()?;
    let load =
        Load { target, rate: asked.rate, bytes: LINE_BYTES, seconds: asked.time.as_secs(), connections: 2 };
    let (mut processes, started) = (running.processes()?, Instant::now());
    let sending = thread::spawn(move || load::run(load));
    let mut seen = Seen::default();
    thread::scope(|scope| -> Result<()> {
        let lag = scope.spawn(|| lags(&running, asked.rate, started, || sending.is_finished()));
        while !sending.is_finished() {
            look(&running, &mut processes, &mut seen)?;
        }
        seen.lag = lag.join().map_err(|_| anyhow::anyhow!("the count of the lag panicked"))??;
        Ok(())
    })?;
    let report = sending.join().map_err(|_| anyhow::anyhow!("the generator panicked"))??;
    let sent_in = started.elapsed();
    let deadline = Instant::now() + Duration::from_secs(120);
    while running.count()? < report.sent && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(100));
    }
    let drained = started.elapsed().saturating_sub(sent_in);
    let stored = running.count()?;
    let rate = report.sent as f64 / report.seconds;
    let bytes: f64 = running.ask(
        "SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND database = 'ward' AND table = 'events'",
    )?;
    let row = |what: &str, value: f64, unit| Row::new(bench, what, value, unit);
    let wanted = asked.rate as f64 * 0.99;
    let mut rows = vec![
        row("sent", rate, "events/s")
            .gate(format!("≥ {} of {} asked", wanted as u64, asked.rate), rate >= wanted),
        row("stored of sent", stored as f64 / report.sent as f64 * 100.0, "%")
            .gate("= 100 %", stored >= report.sent),
        row("drained after the last line", drained.as_secs_f64(), "s"),
        row("CPU of the generator", report.cpu_seconds / report.seconds, "cores"),
    ];
    for process in &processes {
        rows.push(row(&format!("CPU of {}", process.name), process.cpu() / report.seconds, "cores"));
        let most = row(&format!("RSS of {}", process.name), process.most as f64 / 1e6, "MB");
        rows.push(match process.cap {
            Some(cap) => most.gate(format!("≤ {} MB", cap / 1_000_000), process.most <= cap),
            None => most,
        });
    }
    let growth = slope(&seen.lag, asked.time);
    rows.push(
        row("growth of the lag, second half", growth, "events/s")
            .gate("≤ 1 % of the rate", growth <= asked.rate as f64 / 100.0),
    );
    rows.push(row("on disk", bytes, "bytes/event"));
    if let Some((_, lag)) = seen.lag.last() {
        rows.push(row("not yet stored at the last line", *lag, "events"));
    }
    rows.extend(percentiles(bench, "line to queryable", &mut seen.queryable));
    let mut alerts = percentiles(bench, "line to alert queryable", &mut seen.alert);
    if asked.rate <= options.rate / 2
        && let Some(p99) = alerts.pop()
    {
        let is_soon = p99.value < ALERT_SECS_MAX;
        alerts.push(p99.gate(format!("< {ALERT_SECS_MAX} s"), is_soon));
    }
    rows.extend(alerts);
    Ok(rows)
}

/// How many events are not yet stored, twice a second while the load lasts.
#[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
fn lags(running: &Running, rate: u64, started: Instant, ended: impl Fn() -> bool) -> Result<Vec<(f64, f64)>> {
    let mut lag = Vec::new();
    while !ended() {
        // A count is of when it was asked for; were its answer late, the lag would seem to have grown by that.
        let elapsed = started.elapsed().as_secs_f64();
        let stored = running.count()? as f64;
        lag.push((elapsed, (elapsed * rate as f64 - stored).max(0.0)));
        thread::sleep(Duration::from_millis(500));
    }
    Ok(lag)
}

/// One look: how much memory is used, and how long a marked line takes.
fn look(running: &Running, processes: &mut [Process], seen: &mut Seen) -> Result<()> {
    processes.iter_mut().for_each(Process::look);
    let mark = format!("mark{}", seen.queryable.len());
    let n = seen.queryable.len();
    let line = format!(
        "<110>1 2026-01-01T00:00:00Z probe dbaudit - - - time=\"2026-01-01 00:00:00\" session={n} client_ip=10.9.{}.{} client_port=50122 \
         client_host=PC os_user=admin program=\"PL/SQL Developer\" db_user={mark} instance=ORCL schema=HIS object=DRUG_PRESC_DETAIL op=SELECT \
         statement=\"SELECT DOCTOR, DRUG_NAME, SUM(QUANTITY) FROM DRUG_PRESC_DETAIL GROUP BY DOCTOR, DRUG_NAME\" rows=9 ret=0 duration_ms=1 risk=high",
        n / 250,
        n % 250
    );
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let sent = Instant::now();
    socket.send_to(line.as_bytes(), running.endpoint("syslog-udp")?)?;
    // The marked lines are of a day of their own: what the load has stored is not searched.
    let event = format!(
        "SELECT count() FROM events WHERE class_uid = 6005 AND time < toDateTime64('2026-01-02 00:00:00', 6, 'UTC') AND actor_user_name = '{mark}'"
    );
    let alert = format!("SELECT count() FROM alerts WHERE has(entities.value, '{mark}')");
    // Both at once: an alert may be there before the event that caused it.
    let mut waiting = vec![(event, &mut seen.queryable), (alert, &mut seen.alert)];
    while !waiting.is_empty() {
        for (query, seconds) in std::mem::take(&mut waiting) {
            if running.ask::<u64>(&query)? != 0 || sent.elapsed() > ANSWER_MAX {
                seconds.push(sent.elapsed().as_secs_f64());
            } else {
                waiting.push((query, seconds));
            }
        }
        // Asking is work for the same cores. The wait is part of the figure: it is too high by a sixth at most.
        thread::sleep(GRAIN_MIN.max(sent.elapsed() / 6));
    }
    thread::sleep(Duration::from_millis(300));
    Ok(())
}

/// Events a second by which the lag grows over the second half of the load (least squares).
#[expect(clippy::cast_precision_loss, reason = "a few hundred points")]
fn slope(lag: &[(f64, f64)], time: Duration) -> f64 {
    let half: Vec<_> = lag.iter().filter(|(at, _)| *at >= time.as_secs_f64() / 2.0).collect();
    let n = half.len() as f64;
    let (mx, my) = (half.iter().map(|p| p.0).sum::<f64>() / n, half.iter().map(|p| p.1).sum::<f64>() / n);
    let above: f64 = half.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let below: f64 = half.iter().map(|p| (p.0 - mx).powi(2)).sum();
    if below > 0.0 { above / below } else { 0.0 }
}

fn percentiles(bench: &'static str, what: &str, values: &mut [f64]) -> Vec<Row> {
    values.sort_by(f64::total_cmp);
    let at = |p: usize| values.get((values.len() * p / 100).min(values.len().saturating_sub(1))).copied();
    [50, 99].into_iter().filter_map(|p| Some(Row::new(bench, format!("{what}, p{p}"), at(p)?, "s"))).collect()
}
