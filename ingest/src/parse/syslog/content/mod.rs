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

use super::time;
use pairs::Pair;

/// Pairs that make a text a record of pairs; two stand in many a sentence.
const PAIRS_MIN: usize = 3;

struct Message<'a> {
    app: &'a str,
    text: &'a str,
    /// `key=value` pairs; empty where there are fewer than [`PAIRS_MIN`].
    pairs: &'a [Pair<'a>],
}

struct Recogniser {
    /// Becomes the event's `parser`.
    name: &'static str,
    /// Returns false, and leaves the event as it was, where the message is none of its kind.
    read: fn(&mut Event, &Message<'_>) -> bool,
}

/// Read without pairs.
static TEXTS: &[Recogniser] = &[
    Recogniser { name: "syslog/json", read: json::read },
    Recogniser { name: "syslog/auth", read: auth::read },
];

/// Read from pairs; the last takes what the others leave.
static PAIRS: &[Recogniser] = &[
    Recogniser { name: "syslog/database", read: database::read },
    Recogniser { name: "syslog/firewall", read: firewall::read },
    Recogniser { name: "syslog/account", read: account::read },
    Recogniser { name: "syslog/pairs", read: slots::read_any },
];

/// Asks the recognisers in turn; the first that knows the message names the event's parser.
pub(super) fn recognise(event: &mut Event, app: &str, text: &str, received: Micros) {
    let mut message = Message { app, text, pairs: &[] };
    if first(TEXTS, event, &message) || memchr::memchr(b'=', text.as_bytes()).is_none() {
        return;
    }
    let pairs = pairs::split(text);
    if pairs.len() >= PAIRS_MIN {
        message.pairs = &pairs;
        first(PAIRS, event, &message);
        if event.time_quality == TimeQuality::Missing {
            let stamp = slots::Slots::of(&pairs).time(received);
            time::set(event, stamp, received);
        }
    }
}

fn first(table: &[Recogniser], event: &mut Event, message: &Message<'_>) -> bool {
    for recogniser in table {
        if (recogniser.read)(event, message) {
            event.parser = CompactString::const_new(recogniser.name);
            return true;
        }
    }
    false
}
