//! What hospitals send inside syslog: one file each, one table. A recogniser reads the MSG, sets class
//! and hot fields, and adds the message's own fields to the source fields.

mod account;
mod auth;
mod database;
mod firewall;
mod json;
mod pairs;
mod slots;

use compact_str::CompactString;
use ward_event::{Event, Micros, TimeQuality};

use crate::parse::time;
use pairs::Pair;
use slots::Slots;

/// Pairs that make a text a record of pairs; two stand in many a sentence.
const PAIRS_MIN: usize = 3;

struct Message<'a> {
    app: &'a str,
    text: &'a str,
}

/// A message that is a record of `key=value` pairs.
struct Record<'a> {
    message: Message<'a>,
    pairs: &'a [Pair<'a>],
    slots: Slots<'a>,
}

/// Readers return false, and leave the event as it was, where the message is none of their kind.
type ReadText = fn(&mut Event, &Message<'_>) -> bool;
type ReadPairs = fn(&mut Event, &Record<'_>) -> bool;

/// Read without pairs; the name becomes the event's `parser`.
static TEXTS: &[(&str, ReadText)] = &[("syslog/json", json::read), ("syslog/auth", auth::read)];

/// Read from pairs; the last takes what the others leave.
static PAIRS: &[(&str, ReadPairs)] = &[
    ("syslog/database", database::read),
    ("syslog/firewall", firewall::read),
    ("syslog/account", account::read),
    ("syslog/pairs", slots::read_any),
];

/// Asks the recognisers in turn; the first that knows the message names the event's parser.
pub(super) fn recognise(event: &mut Event, app: &str, text: &str, received: Micros) {
    let message = Message { app, text };
    for (name, read) in TEXTS {
        if read(event, &message) {
            event.parser = CompactString::const_new(name);
            return;
        }
    }
    if memchr::memchr_iter(b'=', text.as_bytes()).take(PAIRS_MIN).count() < PAIRS_MIN {
        return;
    }
    let pairs = pairs::split(text);
    if pairs.len() < PAIRS_MIN {
        return;
    }
    let record = Record { message, pairs: &pairs, slots: Slots::of(&pairs) };
    for (name, read) in PAIRS {
        if read(event, &record) {
            event.parser = CompactString::const_new(name);
            break;
        }
    }
    if event.time_quality == TimeQuality::Missing {
        time::set(event, record.slots.time(received), received);
    }
}
