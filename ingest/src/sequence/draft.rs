//! Encoded records on their way to a number.

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use ward_event::{Event, SenderId, UnitId, books::Book, json};

use super::{
    note::{Note, TailPosition},
    tail_of_record::SEQ,
};

/// A draft is handed on when it has so many records or bytes: a quarter of a batch, so that several
/// connections share one fdatasync.
pub(super) const DRAFT_RECORDS_MAX: usize = 1_024;
pub(super) const DRAFT_BYTES_MAX: usize = 1 << 20;

/// What becomes of a draft when the spool's quota is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Waits, and with it the peer (TCP, files).
    Wait,
    /// Is dropped and counted: the wire has no back-pressure (UDP).
    Drop,
    /// Is given back, and was never taken in: the client tries again (HTTP).
    Refuse,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it is durable.
    Durable,
    /// None of it is; the quota is full.
    Refused,
}

/// A record without its number: its last byte is the colon of `"seq":`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drafted {
    /// Where it ends in the draft's buffer.
    pub(super) end: usize,
    pub(super) dead: bool,
}

/// Some records of one source.
pub(crate) struct Draft {
    pub(super) bytes: Vec<u8>,
    pub(super) records: Vec<Drafted>,
    /// Notes by index of their record, ascending.
    notes: Vec<(usize, Note)>,
    pub(super) patience: Patience,
    pub(super) book: Book,
    pub(super) ack: Option<oneshot::Sender<Outcome>>,
    /// Its share of the sender's memory, given back when it is durable.
    pub(super) permit: Option<OwnedSemaphorePermit>,
    /// Records that are durable already, of a draft that did not fit into one batch.
    pub(super) done: usize,
}

impl Draft {
    fn new(book: &Book, patience: Patience) -> Self {
        Self {
            bytes: Vec::new(),
            records: Vec::new(),
            notes: Vec::new(),
            patience,
            book: book.clone(),
            ack: None,
            permit: None,
            done: 0,
        }
    }

    /// Memory it takes while it waits.
    pub(crate) fn cost(&self) -> usize {
        self.bytes.len()
            + self.records.len() * size_of::<Drafted>()
            + self.notes.len() * size_of::<(usize, Note)>()
    }

    pub(super) fn left(&self) -> usize {
        self.records.len() - self.done
    }

    pub(super) fn bytes_left(&self) -> usize {
        self.bytes.len() - self.start(self.done)
    }

    fn start(&self, record: usize) -> usize {
        record.checked_sub(1).map_or(0, |before| self.records[before].end)
    }

    pub(super) fn record(&self, at: usize) -> &[u8] {
        &self.bytes[self.start(at)..self.records[at].end]
    }

    pub(super) fn id(&self, at: usize) -> Option<u128> {
        let found = self.notes.binary_search_by_key(&at, |(record, _)| *record).ok()?;
        match self.notes[found].1 {
            Note::BulkId(id) => Some(id),
            _ => None,
        }
    }

    /// How far its file has come with the records that are durable.
    pub(super) fn tail(&self) -> Option<TailPosition> {
        let durable = self.notes.partition_point(|(record, _)| *record < self.done);
        match self.notes[..durable].last()?.1 {
            Note::Tail(at) => Some(at),
            _ => None,
        }
    }

    /// It cannot be refused any more.
    pub(crate) fn wait(&mut self) {
        self.patience = Patience::Wait;
    }

    /// Asks to be told when it is durable.
    pub(crate) fn acknowledged(&mut self) -> oneshot::Receiver<Outcome> {
        let (ack, told) = oneshot::channel();
        self.ack = Some(ack);
        told
    }
}

/// What a dead letter says beside its number, producer and bytes.
pub(crate) struct DeadRecord<'a> {
    pub(crate) sender: &'a SenderId,
    pub(crate) hospital: Option<&'a UnitId>,
    pub(crate) producer: &'a str,
    pub(crate) received: i64,
    pub(crate) format: &'a str,
    pub(crate) cause: &'a str,
    pub(crate) detail: &'a str,
    pub(crate) peer: &'a str,
    /// Masked; text, or `base64:` and base64.
    pub(crate) bytes: &'a str,
}

/// Records of one source, cut into drafts between messages.
pub(crate) struct Drafts {
    book: Book,
    patience: Patience,
    ready: Vec<Draft>,
    current: Draft,
    /// How long the draft before became: the next one is likely to.
    hint: usize,
}

impl Drafts {
    pub(crate) fn new(book: &Book, patience: Patience) -> Self {
        let current = Draft::new(book, patience);
        Self { book: book.clone(), patience, ready: Vec::new(), current, hint: 0 }
    }

    pub(crate) fn book(&self) -> &Book {
        &self.book
    }

    /// Everything so far, in order; empty afterwards.
    pub(crate) fn take(&mut self) -> Vec<Draft> {
        self.cut();
        std::mem::take(&mut self.ready)
    }

    /// Bytes that wait here.
    pub(crate) fn cost(&self) -> usize {
        self.ready.iter().map(Draft::cost).sum::<usize>() + self.current.cost()
    }

    /// The next record begins another message.
    pub(crate) fn begin(&mut self) {
        if self.current.records.len() >= DRAFT_RECORDS_MAX || self.current.bytes.len() >= DRAFT_BYTES_MAX {
            self.cut();
        }
        if self.current.records.is_empty() {
            self.current.bytes.reserve(self.hint);
        }
    }

    fn cut(&mut self) {
        if !self.current.records.is_empty() {
            self.hint = self.current.bytes.len().min(DRAFT_BYTES_MAX);
            let next = Draft::new(&self.book, self.patience);
            self.ready.push(std::mem::replace(&mut self.current, next));
        }
    }

    /// Adds an event; false, and nothing added, when it is longer than `max` bytes.
    pub(crate) fn event(&mut self, event: &Event, note: Note, max: usize) -> bool {
        let from = self.current.bytes.len();
        let out = &mut self.current.bytes;
        json::encode_unsequenced(event, out);
        if out.len() - from > max {
            out.truncate(from);
            return false;
        }
        if note != Note::None {
            debug_assert!(out.ends_with(SEQ));
            out.truncate(out.len() - SEQ.len());
            note.write(out);
            out.extend_from_slice(SEQ);
        }
        self.close(false, note);
        true
    }

    /// Adds a dead letter. `format` comes last, a word of Ward's own, so that no source's text
    /// stands before the note.
    pub(crate) fn dead(&mut self, letter: &DeadRecord<'_>, note: Note) {
        let out = &mut self.current.bytes;
        out.extend_from_slice(b"{\"received\":");
        out.extend_from_slice(letter.received.to_string().as_bytes());
        for (name, text) in [
            ("sender", letter.sender.as_str()),
            ("producer", letter.producer),
            ("hospital", letter.hospital.map_or("", UnitId::as_str)),
            ("peer", letter.peer),
            ("cause", letter.cause),
            ("detail", letter.detail),
            ("bytes", letter.bytes),
            ("format", letter.format),
        ] {
            let optional = matches!(name, "hospital" | "peer");
            if !(optional && text.is_empty()) {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                json::write_string(text, out);
            }
        }
        note.write(out);
        out.extend_from_slice(SEQ);
        self.close(true, note);
    }

    fn close(&mut self, dead: bool, note: Note) {
        let draft = &mut self.current;
        if note != Note::None {
            draft.notes.push((draft.records.len(), note));
        }
        draft.records.push(Drafted { end: draft.bytes.len(), dead });
    }
}
