//! Takes a sender's spool up where it was left: producer, next number, bulk ids, file positions.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use ward_event::{Micros, ProducerId, SenderId, limits::BULK_IDS_MAX, topic::Topic};
use ward_store::log::{Log, Topics};

use super::{
    SpoolError,
    checkpoint::{Checkpoint, new_producer, next_life},
    note::{Note, TailPosition},
    seen::Seen,
    tail_of_record::{producer, seq_and_note},
};

/// The first number of a producer's life. Not 0, so that a reader's "nothing seen" can be.
const SEQ_FIRST: u64 = 1;

/// Records read at a time.
const READ_RECORDS: usize = 4_096;
/// A topic whose end does not come within this many empty polls has lost its last records to
/// retention; the checkpoint knows their numbers.
const READ_WAIT: Duration = Duration::from_millis(100);
const EMPTY_POLLS_MAX: u32 = 3;

/// A sender's spool as the sequencer takes it up.
pub(crate) struct Recovered {
    pub(crate) producer: ProducerId,
    pub(super) seq: u64,
    pub(super) events: u64,
    pub(super) dead: u64,
    pub(crate) tails: BTreeMap<u64, TailPosition>,
    /// The numbers of the records that told `tails`.
    tail_seqs: BTreeMap<u64, u64>,
    pub(super) seen: Seen,
    pub(super) dir: PathBuf,
}

/// Reads the checkpoint below `dir` and what the log has behind it.
pub(crate) async fn recover(
    log: &dyn Log,
    dir: &Path,
    sender: &SenderId,
    now: Micros,
) -> Result<Recovered, SpoolError> {
    std::fs::create_dir_all(dir).map_err(SpoolError::file(dir))?;
    let checkpoint = Checkpoint::load(dir)?;
    let (events, dead) = (Topic::events(sender), Topic::dead(sender));
    let ends = log.ends().await?;
    let end = |topic: &Topic| ends.get(topic).copied().unwrap_or(0);
    let seen = Seen::load(dir, checkpoint.as_ref().and_then(|c| c.ids))?;
    let mut state = Recovered {
        producer: ProducerId::default(),
        seq: SEQ_FIRST,
        events: end(&events),
        dead: end(&dead),
        tails: BTreeMap::new(),
        tail_seqs: BTreeMap::new(),
        seen,
        dir: dir.into(),
    };
    let from = match &checkpoint {
        // The log is older than the checkpoint, or another one: its numbers cannot be gone on with.
        Some(c) if c.events > state.events || c.dead > state.dead => {
            state.producer = next_life(&c.producer)?;
            state.tails = tails(c);
            tracing::warn!(%sender, producer = %state.producer, "the spool was lost: a new life of the producer");
            state.save(now)?;
            return Ok(state);
        }
        Some(c) => {
            state.producer = c.producer.clone();
            state.seq = c.seq;
            state.tails = tails(c);
            [(events, c.events), (dead, c.dead)]
        }
        // Without a checkpoint as many records are read as can have ids that still count.
        None => {
            let back = |end: u64| end.saturating_sub(BULK_IDS_MAX as u64);
            [(events, back(state.events)), (dead, back(state.dead))]
        }
    };
    state.read(log, from, &ends, now).await?;
    if state.producer.is_unset() {
        state.producer = new_producer()?;
    }
    state.save(now)?;
    Ok(state)
}

fn tails(checkpoint: &Checkpoint) -> BTreeMap<u64, TailPosition> {
    checkpoint.tails.values().map(|t| (t.file, *t)).collect()
}

impl Recovered {
    /// Reads both topics from the given offsets to their ends.
    async fn read(
        &mut self,
        log: &dyn Log,
        from: [(Topic, u64); 2],
        ends: &BTreeMap<Topic, u64>,
        now: Micros,
    ) -> Result<(), SpoolError> {
        let mut left: BTreeMap<Topic, u64> = BTreeMap::new();
        let mut start = BTreeMap::new();
        for (topic, offset) in from {
            let end = ends.get(&topic).copied().unwrap_or(0);
            if offset < end {
                left.insert(topic.clone(), end);
                start.insert(topic, offset);
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        let mut reader = log.follow(Topics::Only(left.keys().cloned().collect()), start).await?;
        let mut empty = 0;
        while !left.is_empty() && empty < EMPTY_POLLS_MAX {
            let records = reader.poll(READ_RECORDS, READ_WAIT).await?;
            empty = if records.is_empty() { empty + 1 } else { 0 };
            for record in records {
                self.record(&record.payload, now);
                if left.get(&record.topic).is_some_and(|end| record.offset + 1 >= *end) {
                    left.remove(&record.topic);
                    self.adopt(&record.payload);
                }
            }
        }
        Ok(())
    }

    fn record(&mut self, payload: &[u8], now: Micros) {
        let Some((seq, note)) = seq_and_note(payload) else { return };
        self.seq = self.seq.max(seq + 1);
        match note {
            Note::None => {}
            Note::BulkId(id) => self.seen.insert([id], now),
            Note::Tail(at) => {
                // Events and dead letters come topic by topic: the highest number is the latest.
                let latest = self.tail_seqs.entry(at.file).or_default();
                if *latest < seq {
                    *latest = seq;
                    self.tails.insert(at.file, at);
                }
            }
        }
    }

    /// The last record tells the producer where no checkpoint does.
    fn adopt(&mut self, payload: &[u8]) {
        if let (true, Some(producer)) = (self.producer.is_unset(), producer(payload)) {
            self.producer = producer;
        }
    }

    /// Makes a checkpoint.
    pub(super) fn save(&mut self, now: Micros) -> Result<(), SpoolError> {
        let ids = self.seen.save(now)?;
        Checkpoint {
            producer: self.producer.clone(),
            seq: self.seq,
            events: self.events,
            dead: self.dead,
            tails: self.tails.iter().map(|(file, at)| (format!("{file:016x}"), *at)).collect(),
            ids,
        }
        .save(&self.dir)
    }
}
