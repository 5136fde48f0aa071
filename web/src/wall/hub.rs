//! One task a scope (and one more before visitors) that makes a frame a second while a screen looks.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{runtime::Handle, sync::watch, time::Instant};
use ward_desk::Desk;
use ward_event::{clock::Clock, register::Register};

use super::{
    ask::Asked,
    frame::{Frame, sections},
    scene::Wall,
};
use crate::{
    live::{Hubs, Snapshot},
    query::Reader,
    scope::Scope,
};

const EVERY: Duration = Duration::from_secs(1);
/// Without a screen for so long the task ends.
const LINGER: Duration = Duration::from_secs(30);
/// Frames a screen that was away for a moment can catch up on.
const KEPT_MAX: usize = 64;
/// Open streams of all walls.
const SCREENS_MAX: usize = 128;
/// Scopes that are shown at once.
const CHANNELS_MAX: usize = 16;

/// What the tasks work with.
pub(crate) struct WallSources {
    pub reader: Reader,
    pub desk: Desk,
    pub register: watch::Receiver<Arc<Register>>,
    pub clock: Clock,
    pub hubs: Arc<Hubs>,
}

/// Whose rows, and whether visitors look on.
type Key = (Scope, bool);

pub(crate) struct WallHub {
    /// Tells event ids of this process from those of the one before.
    life: i64,
    sources: WallSources,
    /// Where the tasks run: not on the worker that happened to be asked first.
    runtime: Handle,
    channels: Mutex<BTreeMap<Key, Arc<Channel>>>,
    screens: AtomicUsize,
    stopped: watch::Sender<bool>,
}

type Follow = watch::Receiver<Option<Arc<Frame>>>;

struct Channel {
    latest: watch::Sender<Option<Arc<Frame>>>,
    kept: Mutex<VecDeque<Arc<Frame>>>,
}

/// One screen's place at the stream.
pub(crate) struct Screen {
    hub: Arc<WallHub>,
    channel: Arc<Channel>,
    follow: Follow,
    wall: Wall,
    /// The last frame it was sent; 0 for none.
    seen: u64,
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.hub.screens.fetch_sub(1, Ordering::AcqRel);
    }
}

impl WallHub {
    /// Must be called inside a tokio runtime.
    pub(crate) fn start(sources: WallSources) -> Arc<Self> {
        Arc::new(Self {
            life: sources.clock.now().millis(),
            sources,
            runtime: Handle::current(),
            channels: Mutex::default(),
            screens: AtomicUsize::new(0),
            stopped: watch::Sender::new(false),
        })
    }

    pub(crate) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// A place for a screen; `None` when all are taken. `last_id` is the event it saw last.
    pub(crate) fn join(
        self: &Arc<Self>,
        wall: Wall,
        scope: &Scope,
        visitors: bool,
        last_id: Option<&str>,
    ) -> Option<Screen> {
        if self.screens.fetch_add(1, Ordering::AcqRel) >= SCREENS_MAX {
            self.screens.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        let Some((channel, mut follow)) = self.channel(scope, visitors) else {
            self.screens.fetch_sub(1, Ordering::AcqRel);
            return None;
        };
        follow.mark_changed();
        let seen = last_id.and_then(|id| self.seq_of(id)).unwrap_or(0);
        Some(Screen { hub: self.clone(), channel, follow, wall, seen })
    }

    /// The frame's number in an event id of this process.
    fn seq_of(&self, id: &str) -> Option<u64> {
        let (life, seq) = id.split_once('-')?;
        if i64::from_str_radix(life, 16) == Ok(self.life) { seq.parse().ok() } else { None }
    }

    fn channel(self: &Arc<Self>, scope: &Scope, visitors: bool) -> Option<(Arc<Channel>, Follow)> {
        let key = (scope.clone(), visitors);
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(&key) {
            return Some((channel.clone(), channel.latest.subscribe()));
        }
        if channels.len() >= CHANNELS_MAX {
            return None;
        }
        let channel =
            Arc::new(Channel { latest: watch::Sender::new(None), kept: Mutex::new(VecDeque::new()) });
        channels.insert(key.clone(), channel.clone());
        let follow = channel.latest.subscribe();
        self.runtime.spawn(self.clone().run(key, channel.clone()));
        Some((channel, follow))
    }

    /// Makes frames until nobody looks any more.
    async fn run(self: Arc<Self>, key: Key, channel: Arc<Channel>) {
        let mut stopped = self.stopped.subscribe();
        // The console's snapshot is the base of a wall's; a seat keeps it coming.
        let hub = self.sources.hubs.of(&key.0);
        let seat = hub.join(None);
        let mut asked = Asked::default();
        let mut watched = Instant::now();
        for seq in 1.. {
            let begun = Instant::now();
            let frame = async {
                let from = &self.sources;
                let now = from.clock.now();
                asked.ask(&from.reader, &from.desk, &key.0, now).await;
                let base = hub.frame().await;
                // Until the store has answered for the first time nothing is known, which is said, too.
                let nothing = Snapshot { at: now.millis(), ..Snapshot::default() };
                let base = base.as_ref().map_or(&nothing, |frame| &frame.snapshot);
                let register = from.register.borrow().clone();
                let made = sections(base, &asked, &register, key.1, &self.life.to_string());
                Frame::new(seq, base, made, channel.latest.borrow().as_deref())
            };
            tokio::select! {
                frame = frame => channel.publish(frame),
                _ = stopped.wait_for(|s| *s) => break,
            }
            if channel.latest.receiver_count() > 0 {
                watched = Instant::now();
            }
            if watched.elapsed() > LINGER {
                let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
                // Joining subscribes under the same lock.
                if channel.latest.receiver_count() == 0 {
                    channels.remove(&key);
                    break;
                }
            }
            tokio::select! {
                () = tokio::time::sleep_until(begun + EVERY) => {}
                _ = stopped.wait_for(|s| *s) => break,
            }
        }
        drop(seat);
    }
}

impl Channel {
    fn publish(&self, frame: Frame) {
        let frame = Arc::new(frame);
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == KEPT_MAX {
                kept.pop_front();
            }
            kept.push_back(frame.clone());
        }
        self.latest.send_replace(Some(frame));
    }

    /// The frames after `seen`, if none of them is lost.
    fn after(&self, seen: u64) -> Option<Vec<Arc<Frame>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let whole =
            kept.front().is_some_and(|f| f.seq <= seen + 1) && kept.back().is_some_and(|f| f.seq >= seen);
        (seen > 0 && whole).then(|| kept.iter().filter(|f| f.seq > seen).cloned().collect())
    }
}

impl Screen {
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.hub.stopped.subscribe()
    }

    /// What comes next: what changed, or everything where something was missed. `None` when it is over.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.follow.changed().await.ok()?;
            let latest = self.follow.borrow_and_update().clone();
            let Some(latest) = latest else { continue };
            let life = self.hub.life;
            let missed = self.channel.after(self.seen);
            self.seen = latest.seq;
            let Some(missed) = missed else { return Some(latest.full(life, self.wall)) };
            if missed.is_empty() {
                continue;
            }
            return Some(missed.iter().flat_map(|f| f.tick(life, self.wall)).collect::<Vec<u8>>().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(frames: std::ops::RangeInclusive<u64>) -> Channel {
        let channel = Channel { latest: watch::Sender::new(None), kept: Mutex::default() };
        for seq in frames {
            channel.publish(Frame::new(seq, &Snapshot::default(), BTreeMap::new(), None));
        }
        channel
    }

    #[test]
    fn a_gap_is_filled_or_answered_by_a_whole_frame() {
        let channel = channel(1..=100);
        let seqs = |seen| channel.after(seen).map(|f| f.iter().map(|f| f.seq).collect::<Vec<_>>());
        assert_eq!(seqs(98), Some(vec![99, 100]));
        assert_eq!(seqs(100), Some(vec![]));
        assert_eq!(seqs(36).map(|s| s.len()), Some(64));
        for lost in [0, 1, 35, 101, 5_000] {
            assert_eq!(seqs(lost), None, "{lost}");
        }
    }
}
