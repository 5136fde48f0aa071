//! Message → parsed, masked, encoded record. The hot path: runs on the listener's own task.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use ward_event::{
    Event, Field, Format, Micros,
    books::Cause,
    limits::{BATCH_BYTES_MAX, MESSAGE_BYTES_MAX},
};

use super::source::Origin;
use crate::{
    mask::Masker,
    parse::{Input, ParseError, Parser},
    sequence::{DeadRecord, Drafts, Note},
};

/// An event that is longer when encoded becomes a dead letter: it must fit into a batch.
const RECORD_BYTES_MAX: usize = BATCH_BYTES_MAX - 1_024;
/// What a dead letter says for a person.
const DETAIL_CHARS_MAX: usize = 300;

/// A message as it came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) peer: Option<IpAddr>,
    pub(crate) received: Micros,
    pub(crate) note: Note,
}

/// What one message became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    Events,
    /// A dead letter was written, for this reason.
    Dead(ParseError),
    /// Empty; counted.
    Nothing,
}

/// Parser, masker and buffers of one connection, socket or file.
pub(crate) struct Worker {
    origin: Arc<Origin>,
    format: Format,
    parser: Box<dyn Parser>,
    masker: Masker,
    events: Vec<Event>,
}

impl Worker {
    pub(crate) fn new(origin: Arc<Origin>, format: Format, parser: Box<dyn Parser>) -> Self {
        let masker = Masker::new(&origin.mask);
        Self { origin, format, parser, masker, events: Vec::new() }
    }

    /// Lets the parser see bytes that were taken before, such as a table's header lines.
    pub(crate) fn remember(&mut self, bytes: &[u8], received: Micros) {
        // What they give is on the log already.
        let _ = self.parser.parse(&Input { bytes, peer: None, received }, &mut self.events);
        self.events.clear();
    }

    /// Takes one message in.
    pub(crate) fn take(&mut self, message: &Message<'_>, out: &mut Drafts) -> Taken {
        match self.try_take(message, out) {
            Ok(taken) => taken,
            Err(error) => {
                self.dead(message, &error, out);
                Taken::Dead(error)
            }
        }
    }

    /// Takes one message in, but writes no dead letter: nothing has happened where it is refused.
    pub(crate) fn try_take(&mut self, message: &Message<'_>, out: &mut Drafts) -> Result<Taken, ParseError> {
        if message.bytes.is_empty() {
            let book = out.book();
            book.r#in.inc();
            book.dropped(Cause::Empty, 1);
            return Ok(Taken::Nothing);
        }
        self.events.clear();
        let input = Input { bytes: message.bytes, peer: message.peer, received: message.received };
        self.parser.parse(&input, &mut self.events)?;
        out.begin();
        let mut events = std::mem::take(&mut self.events);
        for (n, event) in events.iter_mut().enumerate() {
            self.stamp(event);
            self.masker.mask_event(event);
            let note = note_of(message.note, n);
            if !out.event(event, note, RECORD_BYTES_MAX) {
                let reason = format!("longer than {RECORD_BYTES_MAX} bytes as an event");
                self.write_dead(message, &ParseError::new("too_long", reason), note, out);
            }
        }
        self.events = events;
        Ok(Taken::Events)
    }

    /// Keeps a message as a dead letter.
    pub(crate) fn dead(&mut self, message: &Message<'_>, error: &ParseError, out: &mut Drafts) {
        out.begin();
        self.write_dead(message, error, note_of(message.note, 0), out);
    }

    fn write_dead(&mut self, message: &Message<'_>, error: &ParseError, note: Note, out: &mut Drafts) {
        let bytes = &message.bytes[..message.bytes.len().min(MESSAGE_BYTES_MAX)];
        let masked = self.masker.mask_bytes(bytes);
        let text = match String::from_utf8(masked) {
            // Text whose escapes would blow it up is kept like bytes.
            Ok(text) if !text.bytes().any(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) => text,
            Ok(text) => format!("base64:{}", STANDARD.encode(text)),
            Err(error) => format!("base64:{}", STANDARD.encode(error.as_bytes())),
        };
        let detail = self.masker.mask_text(&error.detail);
        let detail: String = detail.chars().take(DETAIL_CHARS_MAX).collect();
        let peer = message.peer.map(|p| p.to_string()).unwrap_or_default();
        let letter = DeadRecord {
            sender: &self.origin.sender,
            hospital: self.origin.hospital.as_ref(),
            producer: self.origin.producer.as_str(),
            received: message.received.0,
            format: self.format.name(),
            cause: error.cause,
            detail: &detail,
            peer: &peer,
            bytes: &text,
        };
        out.dead(&letter, note);
    }

    /// Writes who collected it.
    fn stamp(&self, event: &mut Event) {
        let origin = &*self.origin;
        event.sender.clone_from(&origin.sender);
        event.producer.clone_from(&origin.producer);
        if let Some(hospital) = &origin.hospital {
            event.hospital.clone_from(hospital);
        }
        if !origin.tenant_field.is_empty() {
            let wanted = origin.tenant_field.as_str();
            let is = |name: &str| {
                // A structured-data parameter is named behind its SD-ID.
                name == wanted || name.strip_suffix(wanted).is_some_and(|sd_id| sd_id.ends_with('.'))
            };
            if let Some(tenant) = event.unmapped.iter().find(|f| is(&f.name)).map(|f| f.value.clone()) {
                event.set_text(Field::TenantUid, tenant);
            }
        }
    }
}

/// A message's further records have ids of their own, so that each is recognised alone.
fn note_of(note: Note, n: usize) -> Note {
    match note {
        Note::BulkId(id) => Note::BulkId(id.wrapping_add(n as u128)),
        other => other,
    }
}
