//! The clock's writer: one record of `ward.clock` a period, with the time and how far every topic has
//! come. Detection joins topics only at these records, so what is said here must be true: an end is
//! named after its records are durable, and time strictly advances, also over a restart.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use ward_event::{
    Micros,
    clock::{Clock, ClockRecord},
    topic::Topic,
};

use super::{Append, Log, LogError, Topics};

/// A beat that failed is tried again after so long; the next one names what it would have.
const AGAIN: Duration = Duration::from_millis(200);

type Asked = oneshot::Sender<Result<(), LogError>>;

/// The one writer of `ward.clock`.
pub struct Ticker {
    ask: mpsc::Sender<Asked>,
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
}

struct State {
    log: Arc<dyn Log>,
    clock: Clock,
    /// The last record's time.
    time: Micros,
    /// Ends as the last record left them.
    ends: BTreeMap<Topic, u64>,
}

impl Ticker {
    /// Goes on behind the last clock record. On the system's clock it beats every `period`; a driven
    /// one is beaten by [`Ticker::tick_now`], until it is released.
    ///
    /// # Errors
    /// A log that cannot be read, or a clock record that is none.
    pub async fn start(log: Arc<dyn Log>, clock: Clock, period: Duration) -> Result<Self, LogError> {
        let mut state = State { time: last_time(&log).await?, log, clock, ends: BTreeMap::new() };
        // A driven clock that stood at the epoch goes on from where the log stands.
        state.clock.advance(state.time);
        let (ask, mut asked) = mpsc::channel::<Asked>(16);
        let task = tokio::spawn(async move {
            let mut beat = tokio::time::interval(period);
            beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    answer = asked.recv() => match answer {
                        Some(answer) => {
                            // Nobody waits any more: the record is there all the same.
                            let _ = answer.send(state.tick().await);
                        }
                        None => return,
                    },
                    _ = beat.tick(), if !state.clock.is_driven() => {
                        if let Err(error) = state.tick().await {
                            tracing::warn!(%error, "clock record");
                            tokio::time::sleep(AGAIN).await;
                        }
                    }
                }
            }
        });
        Ok(Self { ask, task: std::sync::Mutex::new(Some(task)) })
    }

    /// Appends a record now. Does nothing where the clock has not moved since the last one.
    ///
    /// # Errors
    /// See [`LogError`]; `Fatal` after [`Ticker::stop`].
    pub async fn tick_now(&self) -> Result<(), LogError> {
        let stopped = || LogError::Fatal("the ticker has stopped".into());
        let (answer, answered) = oneshot::channel();
        self.ask.send(answer).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Ends after the record that is being written.
    pub async fn stop(&self) {
        // A lock that a panic left behind guards nothing but the handle.
        let task = self.task.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }
}

impl State {
    async fn tick(&mut self) -> Result<(), LogError> {
        let time = self.clock.now();
        if time <= self.time {
            return Ok(());
        }
        let ends = self.log.ends().await?;
        let moved =
            ends.iter().filter(|(topic, end)| **topic != Topic::CLOCK && self.ends.get(*topic) != Some(*end));
        let record = ClockRecord { time, ends: moved.map(|(t, e)| (t.clone(), *e)).collect() };
        let payload = serde_json::to_vec(&record).map_err(|e| LogError::Fatal(e.to_string()))?;
        self.log.append(vec![Append { topic: Topic::CLOCK, payload: payload.into() }]).await?;
        self.time = time;
        self.ends = ends;
        Ok(())
    }
}

/// The time of the last clock record; 0 where there is none.
async fn last_time(log: &Arc<dyn Log>) -> Result<Micros, LogError> {
    let Some(end) = log.ends().await?.get(&Topic::CLOCK).copied().filter(|end| *end > 0) else {
        return Ok(Micros(0));
    };
    let from = BTreeMap::from([(Topic::CLOCK, end - 1)]);
    let mut reader = log.follow(Topics::Only(vec![Topic::CLOCK]), from).await?;
    loop {
        for record in reader.poll(16, Duration::from_millis(200)).await? {
            if record.offset + 1 >= end {
                let record: ClockRecord = serde_json::from_slice(&record.payload)
                    .map_err(|e| LogError::Corrupt(format!("the last clock record: {e}")))?;
                return Ok(record.time);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::disk::{DiskLog, DiskOptions};

    async fn clocks(log: &Arc<dyn Log>) -> Vec<ClockRecord> {
        let mut reader = log.follow(Topics::Only(vec![Topic::CLOCK]), BTreeMap::new()).await.unwrap();
        let records = reader.poll(100, Duration::from_millis(50)).await.unwrap();
        records.iter().map(|r| serde_json::from_slice(&r.payload).unwrap()).collect()
    }

    #[tokio::test]
    async fn records_name_what_moved_and_time_goes_on_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let log: Arc<dyn Log> = Arc::new(DiskLog::open(dir.path(), DiskOptions::default()).unwrap());
        let clock = Clock::driven(Micros(10));
        let ticker = Ticker::start(log.clone(), clock.clone(), Duration::from_secs(1)).await.unwrap();
        log.append(vec![Append { topic: Topic::ALERTS, payload: "x".into() }]).await.unwrap();
        ticker.tick_now().await.unwrap();
        ticker.tick_now().await.unwrap();
        clock.advance(Micros(20));
        ticker.tick_now().await.unwrap();
        ticker.stop().await;
        let late = Clock::driven(Micros(0));
        let ticker = Ticker::start(log.clone(), late.clone(), Duration::from_secs(1)).await.unwrap();
        assert_eq!(late.now(), Micros(20));
        late.advance(Micros(21));
        ticker.tick_now().await.unwrap();
        let seen: Vec<_> = clocks(&log).await.into_iter().map(|c| (c.time.0, c.ends.len())).collect();
        assert_eq!(seen, [(10, 1), (20, 0), (21, 1)], "time, topics that moved");
    }
}
