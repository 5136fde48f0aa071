//! The rows a writer takes, and the tables they go to.

use ward_event::{
    EnrichedEvent, Micros, ProducerId, UnitId,
    alert::Alert,
    dead::DeadLetter,
    rollup::Rollup,
    state::{State, StateRecord},
};

use super::columns::{
    AlertColumns, AssetColumns, At, BaselineColumns, Block, DeadColumns, EventColumns, RollupColumns,
    ScoreColumns, SourceColumns,
};

/// A record of the log as the store takes it.
#[derive(Debug, Clone, Copy)]
pub enum Row<'a> {
    Event(&'a EnrichedEvent),
    /// With the unit that the register allows.
    Dead(&'a DeadLetter, &'a UnitId),
    Alert(&'a Alert),
    Rollup(&'a Rollup),
    State(&'a StateRecord),
    /// Nothing to store: only moves the position.
    Skip,
}

/// Every table the writer writes.
pub(super) const TABLES: [&str; 8] = [
    EventColumns::TABLE,
    DeadColumns::TABLE,
    AlertColumns::TABLE,
    RollupColumns::TABLE,
    ScoreColumns::TABLE,
    SourceColumns::TABLE,
    BaselineColumns::TABLE,
    AssetColumns::TABLE,
];

impl Row<'_> {
    /// Its table, and who numbered it how; none for a row that is not stored.
    #[inline]
    pub(super) fn identity(&self) -> Option<(&'static str, &ProducerId, u64)> {
        Some(match self {
            Self::Event(e) => (EventColumns::TABLE, &e.event.producer, e.event.seq),
            Self::Dead(l, _) => (DeadColumns::TABLE, &l.producer, l.seq),
            Self::Alert(a) => (AlertColumns::TABLE, &a.producer, a.seq),
            Self::Rollup(r) => (RollupColumns::TABLE, &r.producer, r.seq),
            Self::State(s) => (state_table(&s.state), &s.producer, s.seq),
            Self::Skip => return None,
        })
    }

    /// About how many bytes it has, without its numbers.
    fn bytes(&self) -> usize {
        match self {
            Self::Event(e) => {
                let e = &e.event;
                let fields: usize = e.unmapped.iter().map(|f| f.name.len() + f.value.len()).sum();
                e.message.len() + e.raw.len() + fields
            }
            Self::Dead(l, _) => l.bytes.len() + l.detail.len(),
            Self::State(StateRecord { state: State::Baseline(b), .. }) => b.content.len(),
            Self::State(StateRecord { state: State::Asset(a), .. }) => {
                SERVICE_BYTES * a.services.len() + PEER_BYTES * a.peers.len()
            }
            _ => 0,
        }
    }
}

const fn state_table(state: &State) -> &'static str {
    match state {
        State::Score(_) => ScoreColumns::TABLE,
        State::Source(_) => SourceColumns::TABLE,
        State::Baseline(_) => BaselineColumns::TABLE,
        State::Asset(_) => AssetColumns::TABLE,
    }
}

/// A service is four numbers and a word, a peer an address and a number.
const SERVICE_BYTES: usize = 40;
const PEER_BYTES: usize = 24;

/// What a row's numbers and short texts come to: about half of what its columns take at most.
const ROW_BYTES: usize = 256;

/// The blocks that accumulate.
#[derive(Default)]
pub(super) struct Tables {
    events: EventColumns,
    dead: DeadColumns,
    alerts: AlertColumns,
    rollups: RollupColumns,
    score: ScoreColumns,
    source: SourceColumns,
    baselines: BaselineColumns,
    asset: AssetColumns,
    rows: usize,
    bytes: usize,
}

impl Tables {
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, row: &Row<'_>, at: At<'_>) {
        match row {
            Row::Event(event) => self.events.push(event, at),
            Row::Dead(letter, hospital) => self.dead.push(letter, hospital, at),
            Row::Alert(alert) => self.alerts.push(alert, at),
            Row::Rollup(rollup) => self.rollups.push(rollup, at),
            Row::State(record) => match &record.state {
                State::Score(score) => self.score.push(record, score, at),
                State::Source(source) => self.source.push(record, source, at),
                State::Baseline(baseline) => self.baselines.push(record, baseline, at),
                State::Asset(asset) => self.asset.push(record, asset, at),
            },
            Row::Skip => return,
        }
        self.rows += 1;
        self.bytes += row.bytes() + ROW_BYTES;
    }

    /// One block a table that has rows; begins anew.
    pub(super) fn take(&mut self, ingested_at: Micros) -> Vec<Block> {
        let mut blocks = Vec::new();
        macro_rules! take {
            ($($table:ident)*) => {$(
                if self.$table.rows() > 0 {
                    blocks.push(self.$table.take(ingested_at));
                }
            )*};
        }
        take!(events dead alerts rollups score source baselines asset);
        (self.rows, self.bytes) = (0, 0);
        blocks
    }
}
