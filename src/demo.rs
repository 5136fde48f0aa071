//! `ward demo`: a whole region with a simulated population. On a fresh directory it first lives ten past
//! days at small volume on the driven clock, so that baselines, trends and scores are there; then the
//! system's clock takes over.

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use tokio::sync::watch;
use ward_event::{Micros, clock::Clock, config::Config, time::MICROS_PER_DAY, topic::TopicKind};
use ward_simulator::{
    Options, Pace,
    attacks::Attacks,
    model::config::{Layout, PLACEHOLDERS},
    run::{Driver, Step},
    send::{Counters, Stats},
    simulate,
};

use crate::{
    data_dir::{ASN, CITY, Place, Ports, find_set_up, make_private, write_new},
    region::Region,
    stages,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data directory; an existing one is gone on with
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Events a second over the whole region, on the week's average; 2,000 at most
    #[arg(long, default_value_t = 300.0)]
    volume: f64,
    /// Days lived before now
    #[arg(long, default_value_t = 10)]
    past_days: u32,
    /// Seconds between two attacks
    #[arg(long, default_value_t = 240)]
    attack_every_secs: u32,
    /// Page's address; a free port on loopback by default is 8600, `auto` takes any
    #[arg(long, value_name = "auto")]
    ports: Option<Ports>,
}

/// Events a second while the past is lived: some 200,000 in ten days.
const PAST_VOLUME: f64 = 0.27;

/// Between two attacks of the past: twenty hours, so that they fall at all hours of the day.
const PAST_ATTACK_EVERY: i64 = 20 * 3_600_000_000;

/// One step of the past.
const STEP: i64 = 15 * 60 * 1_000_000;

/// What is still in a socket after a step counts to the next one after so long without an arrival.
const ARRIVAL_PAUSE: Duration = Duration::from_millis(40);

/// A demo keeps what fits a laptop.
const KEEP_DAYS: u32 = 14;

pub(crate) fn run(args: Args) -> Result<()> {
    let population = Arc::new(ward_simulator::Region::demo());
    let config = prepare(&args, &population)?;
    stages::block_on(async move {
        let signals = stages::Signals::listen()?;
        let now = Clock::system().now();
        let from = Micros(now.0 - i64::from(args.past_days) * MICROS_PER_DAY);
        let is_fresh = !config.data.join("analyze").exists();
        let clock = Clock::driven(if is_fresh { from } else { now });
        let region = Arc::new(Region::start(config, clock.clone(), true).await?);
        eprintln!("\n  Ward 卫哨   {}\n", region.page());

        let (stop, stopped) = watch::channel(false);
        let life =
            tokio::spawn(live(args, population, region.clone(), clock, stopped, is_fresh.then_some(from)));
        let gave_up = async {
            let life_ended = async {
                match life.await {
                    Ok(Err(error)) => format!("{error:#}"),
                    Ok(Ok(())) => std::future::pending().await,
                    Err(error) => error.to_string(),
                }
            };
            tokio::select! {
                reason = region.failed() => reason,
                reason = life_ended => reason,
            }
        };
        let ended = signals.or(gave_up).await;
        stop.send_replace(true);
        // The simulation holds the region until its lanes are closed.
        let mut region = region;
        let region = loop {
            match Arc::try_unwrap(region) {
                Ok(region) => break region,
                Err(shared) => {
                    region = shared;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        };
        ended.and(region.stop().await)
    })
}

/// The region's register and configuration, written where there are none.
fn prepare(args: &Args, population: &ward_simulator::Region) -> Result<Config> {
    make_private(&args.data)?;
    let data = args.data.canonicalize()?;
    let layout = Layout {
        data: data.clone(),
        register: data.join("register.toml"),
        tails: data.join("tails"),
        customary_ports: false,
    };
    let mut config = population.config(&layout)?;
    config.store.retention_days = KEEP_DAYS;
    config.analyze.geoip_city = find_set_up(CITY);
    config.analyze.geoip_asn = find_set_up(ASN);
    config.web.map = data.join("map.geojson");
    write_new(&config.web.map, include_str!("../deploy/demo/map.geojson"))?;
    write_new(&data.join("register.toml"), &population.register_toml()?)?;
    write_new(&data.join(PLACEHOLDERS), &population.placeholders_yaml())?;
    write_new(&data.join("ward.toml"), &toml::to_string(&config)?)?;
    Place { config: None, data: Some(data), ports: args.ports }.load()
}

async fn live(
    args: Args,
    population: Arc<ward_simulator::Region>,
    region: Arc<Region>,
    clock: Clock,
    stopped: watch::Receiver<bool>,
    past: Option<Micros>,
) -> Result<()> {
    let options = |volume, attacks| Options {
        region: population.clone(),
        endpoints: region.endpoints.clone(),
        tails: region.config.data.join("tails"),
        tls_ca: certificates(&region.config.data),
        seed: args.seed,
        volume,
        attacks,
        truth: Some(region.config.data.join("truth.jsonl")),
        counters: Arc::new(Counters::default()),
        stop: stopped.clone(),
    };
    if let Some(from) = past {
        let days = args.past_days;
        eprintln!(
            "living {days} past days first, so that baselines and trends are there; the page is open meanwhile"
        );
        let started = Instant::now();
        let to = Clock::system().now();
        let driver =
            Box::new(PastDriver { region: region.clone(), clock: clock.clone(), arrived: 0, expected: 0 });
        let progress = Box::new(|done: u64, all: u64, stats: &Stats| show(done, all, stats));
        let pace = Pace::Driven { from, to, step: STEP, driver, progress };
        simulate(options(PAST_VOLUME, Attacks::Every(PAST_ATTACK_EVERY)), pace).await?;
        eprintln!("\n{days} days lived in {:.0} s", started.elapsed().as_secs_f64());
    }
    clock.release();
    if *stopped.borrow() {
        return Ok(());
    }
    eprintln!("live at speed 1; Ctrl-C stops, the data stay\n\n  open  {}\n", region.page());
    let every = i64::from(args.attack_every_secs) * 1_000_000;
    simulate(options(args.volume, Attacks::Every(every)), Pace::now()).await?;
    Ok(())
}

/// The certificates that collectors made for their TLS listeners.
fn certificates(data: &Path) -> Vec<PathBuf> {
    let Ok(senders) = std::fs::read_dir(data.join("collect")) else { return Vec::new() };
    let mut found: Vec<_> =
        senders.flatten().map(|e| e.path().join("tls-cert.pem")).filter(|p| p.is_file()).collect();
    found.sort();
    found
}

fn show(done: u64, all: u64, stats: &Stats) {
    let mut err = std::io::stderr();
    let percent = done * 100 / all.max(1);
    let line = format!("{percent:3} %  {} events", stats.sent());
    // A terminal's line is written over; a file gets one line in ten percent.
    let _ = if err.is_terminal() {
        write!(err, "\r{line}").and_then(|()| err.flush())
    } else if done * 10 / all.max(1) != done.saturating_sub(1) * 10 / all.max(1) {
        writeln!(err, "{line}")
    } else {
        Ok(())
    };
}

/// Moves the region's clock through the past.
struct PastDriver {
    region: Arc<Region>,
    clock: Clock,
    arrived: u64,
    expected: u64,
}

impl Driver for PastDriver {
    fn receive(&mut self, at: Micros) -> Step<'_> {
        // What is sent next is received at the step's end: late by up to a step, never early.
        self.clock.advance(at);
        Box::pin(async { Ok(()) })
    }

    fn advance<'a>(&'a mut self, _to: Micros, sent: &'a Stats) -> Step<'a> {
        Box::pin(async move {
            self.expected = sent.sent();
            self.arrive().await.map_err(|e| format!("{e:#}"))?;
            self.region.ticker.tick_now().await.map_err(|e| e.to_string())
        })
    }
}

impl PastDriver {
    /// Waits until what was sent is on the log; UDP may have lost some, so not for ever.
    async fn arrive(&mut self) -> Result<()> {
        let mut last = Instant::now();
        while self.arrived < self.expected && last.elapsed() < ARRIVAL_PAUSE {
            let ends = self.region.log.ends().await.context("the log's ends")?;
            let of =
                |kind| ends.iter().filter(move |(t, _)| t.kind() == kind).map(|(_, end)| *end).sum::<u64>();
            let arrived = of(TopicKind::Events) + of(TopicKind::Dead);
            if arrived > self.arrived {
                (self.arrived, last) = (arrived, Instant::now());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}
