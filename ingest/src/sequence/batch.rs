//! Drafts → one batch of numbered records. Pure: nothing is changed until the batch is durable.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;
use ward_event::{
    json,
    limits::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX},
    topic::Topic,
};
use ward_store::log::Append;

use super::{draft::Draft, seen::Seen};

/// What a record grows by when it is finished: number and braces.
const FINISH_BYTES_MAX: usize = 22;

/// What a batch takes of one draft.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// Records looked at, appended or not.
    pub(super) records: usize,
    /// Records left out because their bulk id has been seen.
    pub(super) resent: usize,
}

/// Records with numbers, ready to append.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) appends: Vec<Append>,
    /// By draft, from the first on.
    pub(super) shares: Vec<Share>,
    /// Bulk ids that are new with it.
    pub(super) ids: Vec<u128>,
}

/// The topics of one sender.
pub(super) struct Topics {
    pub(super) events: Topic,
    pub(super) dead: Topic,
}

/// Numbers from `seq` on as many records as fit into a batch. A single record always fits.
pub(super) fn build(load: &VecDeque<Draft>, seq: u64, seen: &Seen, topics: &Topics) -> Batch {
    let mut batch = Batch::default();
    let mut fresh = HashSet::new();
    let bytes: usize = load.iter().map(Draft::bytes_left).sum();
    let records: usize = load.iter().map(Draft::left).sum();
    let mut out = Vec::with_capacity((bytes + records * FINISH_BYTES_MAX).min(BATCH_BYTES_MAX));
    let mut ends = Vec::with_capacity(records.min(BATCH_RECORDS_MAX));
    'full: for draft in load {
        let mut share = Share::default();
        for at in draft.done..draft.records.len() {
            let drafted = draft.records[at];
            let text = draft.record(at);
            let grown = out.len() + text.len() + FINISH_BYTES_MAX;
            if !ends.is_empty() && (ends.len() >= BATCH_RECORDS_MAX || grown > BATCH_BYTES_MAX) {
                batch.shares.push(share);
                break 'full;
            }
            share.records += 1;
            if draft.id(at).is_some_and(|id| seen.contains(id) || !fresh.insert(id)) {
                share.resent += 1;
                continue;
            }
            out.extend_from_slice(text);
            let seq = seq + ends.len() as u64;
            if drafted.dead {
                out.extend_from_slice(itoa::Buffer::new().format(seq).as_bytes());
                out.push(b'}');
            } else {
                json::finish(seq, &mut out);
            }
            ends.push((out.len(), drafted.dead));
        }
        batch.shares.push(share);
    }
    batch.appends = slice(Bytes::from(out), &ends, topics);
    batch.ids = fresh.into_iter().collect();
    batch
}

fn slice(all: Bytes, ends: &[(usize, bool)], topics: &Topics) -> Vec<Append> {
    let mut from = 0;
    let one = |&(end, dead): &(usize, bool)| {
        let topic = if dead { &topics.dead } else { &topics.events };
        let payload = all.slice(from..end);
        from = end;
        Append { topic: topic.clone(), payload }
    };
    ends.iter().map(one).collect()
}
