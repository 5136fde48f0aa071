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

struct Recogniser<M> {
    /// Becomes the event's `parser`.
    name: &'static str,
    /// Returns false, and leaves the event as it was, where the message is none of its kind.
    read: M,
}

/// Read without pairs.
static TEXTS: &[Recogniser<fn(&mut Event, &Message<'_>) -> bool>] = &[
    Recogniser { name: "syslog/json", read: json::read },
    Recogniser { name: "syslog/auth", read: auth::read },
];

/// Read from pairs; the last takes what the others leave.
static PAIRS: &[Recogniser<fn(&mut Event, &Record<'_>) -> bool>] = &[
    Recogniser { name: "syslog/database", read: database::read },
    Recogniser { name: "syslog/firewall", read: firewall::read },
    Recogniser { name: "syslog/account", read: account::read },
    Recogniser { name: "syslog/pairs", read: slots::read_any },
];

/// Asks the recognisers in turn; the first that knows the message names the event's parser.
pub(super) fn recognise(event: &mut Event, app: &str, text: &str, received: Micros) {
    let message = Message { app, text };
    for recogniser in TEXTS {
        if (recogniser.read)(event, &message) {
            event.parser = CompactString::const_new(recogniser.name);
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
    for recogniser in PAIRS {
        if (recogniser.read)(event, &record) {
            event.parser = CompactString::const_new(recogniser.name);
            break;
        }
    }
    if event.time_quality == TimeQuality::Missing {
        time::set(event, record.slots.time(received), received);
    }
}
