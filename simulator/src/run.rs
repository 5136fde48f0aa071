//! When things are sent: at the pace of the clock on the wall, or through past days step by step with a
//! driven clock.

use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, watch};
use ward_event::{Micros, clock::Clock};

use crate::{
    SimulatorError,
    attacks::{Attacks, Truth},
    background::{INSIDE_USUAL, SLOT_MICROS},
    emit::Batch,
    generate::{Generator, Volume},
    model::Region,
    send::{Counters, Senders, Stats, Targets, WhenFull},
};

/// What to simulate and where to send it.
#[derive(Debug, Clone)]
pub struct Options {
    pub region: Arc<Region>,
    /// `<sender>/<listener>` to `host:port`, as in `endpoints.json`.
    pub endpoints: BTreeMap<String, String>,
    /// The folder of the files that collectors tail.
    pub tails: PathBuf,
    /// PEM files: the collectors' certificates, or their authorities'. Without one TLS lanes stay shut and
    /// what belongs on them is counted as dropped.
    pub tls_ca: Vec<PathBuf>,
    pub seed: u64,
    /// Events a second on the week's average, in the whole region. People's own acts are never fewer than
    /// about 0.27 a second in the demo's region.
    pub volume: f64,
    pub attacks: Attacks,
    /// The ground truth is appended here.
    pub truth: Option<PathBuf>,
    /// May be read while the simulation runs.
    pub counters: Arc<Counters>,
    /// Turns true to end the simulation.
    pub stop: watch::Receiver<bool>,
}

/// The result of a step of the caller.
pub type Step<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Who moves the region's driven clock.
pub trait Driver: Send {
    /// Called before the events of a step are sent: `at` is the step's end. A driver that sets the clock
    /// here, without a tick, has events that come late by up to a step instead of early.
    fn receive(&mut self, at: Micros) -> Step<'_> {
        let _ = at;
        Box::pin(async { Ok(()) })
    }

    /// Called when everything of the step has been written, and acknowledged where the wire does so:
    /// moves the clock to `to` and ticks. `sent` counts all events since the simulation began; TCP and UDP
    /// have no acknowledgement, so a driver that must know that all has arrived compares with its books.
    fn advance<'a>(&'a mut self, to: Micros, sent: &'a Stats) -> Step<'a>;
}

/// How fast time passes.
pub enum Pace {
    /// With the system's clock; from `from` at `speed` until the present is reached, at 1 from there on.
    Live { from: Micros, speed: f64 },
    /// Through `[from, to)` by steps of `step` microseconds, as fast as everything is taken.
    Driven { from: Micros, to: Micros, step: i64, driver: Box<dyn Driver>, progress: Progress },
}

/// Told after each step: parts done of parts in all, and the counts so far.
pub type Progress = Box<dyn FnMut(u64, u64, &Stats) + Send>;

impl Pace {
    /// From now on, at speed 1.
    pub fn now() -> Self {
        Self::Live { from: Clock::system().now(), speed: 1.0 }
    }
}

/// Live pieces leave so often.
const TICK: Duration = Duration::from_millis(50);

/// After a machine slept, what is older than this is not sent any more but counted as dropped.
const LIVE_LATE_MAX: i64 = 60 * 1_000_000;

/// Slots that are generated ahead.
const AHEAD: usize = 4;

/// Runs a simulation to its end, or until it is stopped.
///
/// # Errors
/// A TLS file or truth file that cannot be used, a driver that fails. Collectors that are away are no
/// error: they are tried again.
pub async fn simulate(options: Options, pace: Pace) -> Result<Stats, SimulatorError> {
    let targets = Targets {
        endpoints: options.endpoints.clone(),
        tails: options.tails.clone(),
        tls_ca: options.tls_ca.clone(),
    };
    let senders = Senders::open(&options.region, &targets, &options.counters, &options.stop)?;
    let truth = TruthFile::open(options.truth.as_ref())?;
    let from = match &pace {
        Pace::Live { from, .. } | Pace::Driven { from, .. } => *from,
    };
    let mut run = Run { slots: feed(&options, from), senders, truth, options };
    match pace {
        Pace::Live { from, speed } => run.live(from, speed).await?,
        Pace::Driven { from, to, step, driver, progress } => {
            run.driven(from, to, step, driver, progress).await?;
        }
    }
    drop(run.slots);
    run.senders.close().await;
    Ok(run.options.counters.read())
}

type Slot = (Micros, Batch, Vec<Truth>);

/// Generates slots on a thread of its own, a few ahead, until nobody wants them any more.
fn feed(options: &Options, from: Micros) -> mpsc::Receiver<Slot> {
    let (slots, receiver) = mpsc::channel(AHEAD);
    let (region, attacks) = (Arc::clone(&options.region), options.attacks.clone());
    let volume = Volume { seed: options.seed, per_second: options.volume, inside: INSIDE_USUAL };
    std::thread::spawn(move || {
        let mut generator = Generator::new(region, volume, attacks, from);
        loop {
            let at = generator.at();
            let (mut batch, mut truth) = (Batch::default(), Vec::new());
            generator.next(&mut batch, &mut truth);
            if slots.blocking_send((at, batch, truth)).is_err() {
                return;
            }
        }
    });
    receiver
}

struct Run {
    options: Options,
    slots: mpsc::Receiver<Slot>,
    senders: Senders,
    truth: TruthFile,
}

impl Run {
    async fn next_slot(&mut self) -> Result<Slot, SimulatorError> {
        let slot = self.slots.recv().await;
        let slot = slot.ok_or_else(|| SimulatorError::content("the generator", "has ended"))?;
        self.truth.append(&slot.2)?;
        Ok(slot)
    }

    fn stopped(&self) -> bool {
        *self.options.stop.borrow()
    }

    async fn live(&mut self, from: Micros, speed: f64) -> Result<(), SimulatorError> {
        let clock = Clock::system();
        let begun = Instant::now();
        let mut stop = self.options.stop.clone();
        loop {
            let (start, batch, _) = self.next_slot().await?;
            let mut rest = batch.items.as_slice();
            rest = &rest[rest.partition_point(|i| i.time < from)..];
            let end = start.0 + SLOT_MICROS;
            loop {
                let present = clock.now();
                let reached = from.0 + (begun.elapsed().as_micros() as f64 * speed) as i64;
                let at = if speed > 1.0 { present.min(Micros(reached)) } else { present };
                let catching_up = speed > 1.0 && at < present;
                let (due, later) = rest.split_at(rest.partition_point(|i| i.time <= at));
                let (late, due) = due.split_at(if catching_up {
                    0
                } else {
                    due.partition_point(|i| i.time.0 < present.0 - LIVE_LATE_MAX)
                });
                late.iter().for_each(|i| self.options.counters.of(i.channel).dropped(u64::from(i.events)));
                let when_full = if catching_up { WhenFull::Wait } else { WhenFull::Drop };
                self.senders.put(&batch, due, when_full).await;
                rest = later;
                if self.stopped() {
                    return Ok(());
                }
                if at.0 >= end {
                    break;
                }
                tokio::select! {
                    () = tokio::time::sleep(TICK) => {}
                    Ok(_) = stop.wait_for(|s| *s) => return Ok(()),
                }
            }
        }
    }

    async fn driven(
        &mut self,
        from: Micros,
        to: Micros,
        step: i64,
        mut driver: Box<dyn Driver>,
        mut progress: Progress,
    ) -> Result<(), SimulatorError> {
        let step = step.max(SLOT_MICROS);
        let steps = (to.0 - from.0).max(0).div_euclid(step) as u64 + u64::from((to.0 - from.0) % step != 0);
        let failed = SimulatorError::Driver;
        let mut slot: Option<Slot> = None;
        for n in 0..steps {
            let end = Micros((from.0 + (n as i64 + 1) * step).min(to.0));
            driver.receive(end).await.map_err(failed)?;
            loop {
                let (start, batch, _) = match slot.take() {
                    Some(cut) => cut,
                    None => self.next_slot().await?,
                };
                if start >= end {
                    slot = Some((start, batch, Vec::new()));
                    break;
                }
                // Steps and slots need not be aligned: what lies behind the step's end waits for the next.
                let due = |t: Micros| from <= t && t < end;
                let items: Vec<_> = batch.items.iter().filter(|i| due(i.time)).copied().collect();
                self.senders.put(&batch, &items, WhenFull::Wait).await;
                if start.0 + SLOT_MICROS > end.0 {
                    let mut batch = batch;
                    batch.items.retain(|i| i.time >= end);
                    slot = Some((start, batch, Vec::new()));
                    break;
                }
            }
            self.senders.flush().await;
            if self.stopped() {
                return Ok(());
            }
            let stats = self.options.counters.read();
            driver.advance(end, &stats).await.map_err(failed)?;
            progress(n + 1, steps, &stats);
        }
        Ok(())
    }
}

/// The ground truth, line by line.
struct TruthFile {
    path: PathBuf,
    file: Option<std::fs::File>,
}

impl TruthFile {
    fn open(path: Option<&PathBuf>) -> Result<Self, SimulatorError> {
        let Some(path) = path else { return Ok(Self { path: PathBuf::new(), file: None }) };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(SimulatorError::io(path.display().to_string()))?;
        Ok(Self { path: path.clone(), file: Some(file) })
    }

    /// A few short lines now and then: not worth leaving the runtime's thread.
    fn append(&mut self, truth: &[Truth]) -> Result<(), SimulatorError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        for one in truth {
            let mut line = serde_json::to_vec(one)
                .map_err(|e| SimulatorError::content(self.path.display().to_string(), e))?;
            line.push(b'\n');
            file.write_all(&line).map_err(SimulatorError::io(self.path.display().to_string()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
