//! A JSON object as the message, with or without CEE's cookie (`@cee: {…}`).

use ward_event::Event;

use super::Message;
use crate::parse::{complete::complete, json, known};

pub(super) fn read(event: &mut Event, message: &Message<'_>) -> bool {
    let text = message.text.strip_prefix("@cee:").unwrap_or(message.text).trim();
    if !text.starts_with('{') {
        return false;
    }
    // The header's fields stay; the body's follow them.
    let header = event.unmapped.len();
    if json::flatten(text, &mut event.unmapped).is_err() {
        event.unmapped.truncate(header);
        return false;
    }
    known::assign(event);
    complete(event);
    true
}
