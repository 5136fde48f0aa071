//! One task that makes frames, and all who look at them.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, broadcast, watch},
    time::Instant,
};
use ward_event::{clock::Clock, register::Register, time::Calendar};

use super::{Builder, frame::Frame};
use crate::{query::Reader, scope::Scope};

/// How often the store is asked.
struct Pace {
    /// While somebody looks.
    watched: Duration,
    /// While nobody does.
    idle: Duration,
    /// A page takes a frame this old as it is, and else asks for a new one.
    fresh: Duration,
    /// Ends when nobody has asked for so long.
    retire: Option<Duration>,
}

/// The whole region: walls and the commission. Idle, the rate stays known and the next page has something
/// to show at once.
const REGION: Pace = Pace {
    watched: Duration::from_secs(1),
    idle: Duration::from_secs(10),
    fresh: Duration::from_secs(2),
    retire: None,
};
/// Some units: there may be as many of these as hospitals, so each asks seldom, and only while it is used.
const UNITS: Pace = Pace {
    watched: Duration::from_secs(5),
    idle: Duration::from_secs(60),
    fresh: Duration::from_secs(5),
    retire: Some(Duration::from_secs(120)),
};
/// And waits so long for it before it shows the old one with its age.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Frames a client that was away for a moment can catch up on.
const KEPT_MAX: usize = 64;
/// Frames a slow client may be behind before it is given a whole one instead.
const QUEUE_MAX: usize = 16;
/// Open streams: a room of walls and consoles is far below.
const CLIENTS_MAX: usize = 256;

pub(crate) struct Hub {
    /// Whose rows its frames show.
    scope: Scope,
    pace: Pace,
    asked: Mutex<Instant>,
    retired: AtomicBool,
    /// Tells event ids of this process from those of the one before.
    life: i64,
    latest: watch::Sender<Option<Arc<Frame>>>,
    ticks: broadcast::Sender<Arc<Frame>>,
    kept: Mutex<VecDeque<Arc<Frame>>>,
    clients: AtomicUsize,
    poke: Notify,
    stopped: watch::Sender<bool>,
}

/// Counts a client for as long as it is held.
pub(crate) struct Seat(Arc<Hub>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What the task that makes frames works with.
#[derive(Clone)]
pub(crate) struct HubSources {
    pub reader: Reader,
    pub register: watch::Receiver<Arc<Register>>,
    pub calendar: Calendar,
    pub clock: Clock,
}

impl Hub {
    pub(crate) fn new(scope: Scope, clock: &Clock) -> Arc<Self> {
        Arc::new(Self {
            pace: if scope == Scope::All { REGION } else { UNITS },
            scope,
            asked: Mutex::new(Instant::now()),
            retired: AtomicBool::new(false),
            life: clock.now().millis(),
            latest: watch::Sender::new(None),
            ticks: broadcast::Sender::new(QUEUE_MAX),
            kept: Mutex::new(VecDeque::with_capacity(KEPT_MAX)),
            clients: AtomicUsize::new(0),
            poke: Notify::new(),
            stopped: watch::Sender::new(false),
        })
    }

    /// Makes frames until it is stopped.
    pub(crate) async fn run(self: Arc<Self>, sources: HubSources) {
        let mut builder = Builder::default();
        let mut stopped = self.stopped.subscribe();
        let mut before: Option<Arc<Frame>> = None;
        for seq in 1.. {
            let begun = Instant::now();
            let now = sources.clock.now();
            let register = sources.register.borrow().clone();
            let build = builder.build(&sources.reader, &self.scope, &register, sources.calendar, now);
            let snapshot = tokio::select! {
                snapshot = build => snapshot,
                _ = stopped.wait_for(|s| *s) => return,
            };
            let frame = Arc::new(Frame::new(self.life, seq, snapshot, before.as_deref()));
            before = Some(frame.clone());
            self.publish(frame);
            let watched = self.clients.load(Ordering::Acquire) > 0;
            let every = if watched { self.pace.watched } else { self.pace.idle };
            if !watched && self.pace.retire.is_some_and(|after| self.quiet_for() > after) {
                self.retired.store(true, Ordering::Release);
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(begun + every) => {}
                () = self.poke.notified() => {}
                _ = stopped.wait_for(|s| *s) => return,
            }
        }
    }

    fn publish(&self, frame: Arc<Frame>) {
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == KEPT_MAX {
                kept.pop_front();
            }
            kept.push_back(frame.clone());
        }
        // Without anybody looking there is nobody to send to.
        let _ = self.ticks.send(frame.clone());
        self.latest.send_replace(Some(frame));
    }

    fn quiet_for(&self) -> Duration {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    fn touch(&self) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Makes no more frames: somebody who needs them starts another.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    pub(crate) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopped.subscribe()
    }

    /// The newest frame for a page, new if the store answers soon; `None` if it never did.
    pub(crate) async fn frame(&self) -> Option<Arc<Frame>> {
        self.touch();
        let mut latest = self.latest.subscribe();
        let current = latest.borrow_and_update().clone();
        if current.as_ref().is_some_and(|f| f.made.elapsed() < self.pace.fresh) {
            return current;
        }
        self.poke.notify_one();
        // Running out of patience shows what there is.
        let _ = tokio::time::timeout(PATIENCE, latest.changed()).await;
        latest.borrow().clone()
    }

    /// A place at the stream, and what a client with that last event id must be sent first.
    pub(crate) fn join(
        self: &Arc<Self>,
        last_id: Option<&str>,
    ) -> Option<(Seat, broadcast::Receiver<Arc<Frame>>, Vec<bytes::Bytes>)> {
        if self.clients.fetch_add(1, Ordering::AcqRel) >= CLIENTS_MAX {
            self.clients.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        self.touch();
        let seat = Seat(self.clone());
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Subscribed while the lock is held: no frame can fall between catching up and following.
        let follow = self.ticks.subscribe();
        let first = match last_id.and_then(|id| self.position(id, &kept)) {
            Some(next) => kept.iter().skip(next).map(|f| f.tick.clone()).collect(),
            None => kept.back().map(|f| f.full.clone()).into_iter().collect(),
        };
        drop(kept);
        self.poke.notify_one();
        Some((seat, follow, first))
    }

    /// Where to go on behind an event id of this life that is still kept.
    fn position(&self, id: &str, kept: &VecDeque<Arc<Frame>>) -> Option<usize> {
        let (life, seq) = id.split_once('-')?;
        let seq: u64 = seq.parse().ok()?;
        if i64::from_str_radix(life, 16).ok()? != self.life {
            return None;
        }
        kept.iter().position(|f| f.seq == seq).map(|at| at + 1)
    }

    /// The newest frame, for a client that fell behind.
    pub(crate) fn whole(&self) -> Option<bytes::Bytes> {
        self.latest.borrow().as_ref().map(|f| f.full.clone())
    }
}

#[cfg(test)]
mod tests {
    use ward_event::Micros;

    use super::*;
    use crate::live::Snapshot;

    fn publish(hub: &Hub, seq: u64) {
        let kept = hub.kept.lock().unwrap_or_else(PoisonError::into_inner).back().cloned();
        hub.publish(Arc::new(Frame::new(hub.life, seq, Snapshot::default(), kept.as_deref())));
    }

    #[tokio::test]
    async fn a_gap_is_filled_or_answered_by_a_whole_snapshot() {
        let hub = Hub::new(Scope::All, &Clock::driven(Micros::from_millis(0xabc)));
        assert!(hub.join(None).expect("a seat").2.is_empty(), "nothing is known yet");
        for seq in 1..=80 {
            publish(&hub, seq);
        }
        let first = |id: Option<&str>| {
            let frames = hub.join(id).expect("a seat").2;
            frames
                .iter()
                .map(|f| String::from_utf8_lossy(f).lines().take(2).collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
        };
        assert_eq!(first(None), ["id: abc-80 event: full"]);
        assert_eq!(first(Some("abc-78")), ["id: abc-79 event: tick", "id: abc-80 event: tick"]);
        assert!(first(Some("abc-80")).is_empty());
        for gap in ["abc-3", "abd-79", "abc-99", "nonsense", "<x>-1"] {
            assert_eq!(first(Some(gap)), ["id: abc-80 event: full"], "{gap}");
        }
        assert_eq!(hub.clients.load(Ordering::Acquire), 0, "seats are given back");
    }

    #[tokio::test]
    async fn seats_are_bounded() {
        let hub = Hub::new(Scope::All, &Clock::driven(Micros(0)));
        let seats: Vec<_> = (0..CLIENTS_MAX).map(|_| hub.join(None).expect("a seat")).collect();
        assert!(hub.join(None).is_none());
        drop(seats);
        assert!(hub.join(None).is_some());
    }
}
