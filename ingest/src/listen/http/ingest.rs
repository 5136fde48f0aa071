//! `POST /ingest/<format>`: the plain way in. Text formats a message a line, or a JSON array;
//! a flow export one datagram a request.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use serde_json::value::RawValue;
use ward_event::{Format, limits::MESSAGE_BYTES_MAX};

use super::{Answer, HttpSender, handing::Handing};
use crate::{
    listen::{
        framing::trim,
        worker::{Message, Taken},
    },
    parse::ParseError,
    sequence::{Note, Refused},
};

/// Elements of a JSON array: each costs memory beside its text.
const ELEMENTS_MAX: usize = 65_536;

/// Takes a body's messages and answers when they are durable.
pub(super) async fn take(sender: &HttpSender, peer: Option<IpAddr>, format: Format, body: &[u8]) -> Answer {
    let messages: Box<dyn Iterator<Item = &[u8]>> = match format {
        Format::Netflow => Box::new(std::iter::once(body)),
        Format::Syslog => Box::new(lines(body)),
        Format::Eve | Format::Zeek | Format::Windows | Format::Jsonl => match elements(body) {
            None => Box::new(lines(body)),
            Some(Ok(elements)) if elements.len() > ELEMENTS_MAX => {
                let reason = format!("more than {ELEMENTS_MAX} elements");
                return Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "content_too_long_exception", &reason);
            }
            Some(Ok(elements)) => Box::new(elements.into_iter().map(|e| e.get().as_bytes())),
            Some(Err(error)) => {
                return Answer::error(StatusCode::BAD_REQUEST, "parse_exception", &error.to_string());
            }
        },
    };
    match durable(sender, peer, format, messages).await {
        Ok((taken, dead)) => Answer::new(StatusCode::OK, format!("{{\"taken\":{taken},\"dead\":{dead}}}")),
        Err(refused) => refused.into(),
    }
}

async fn durable<'b>(
    sender: &HttpSender,
    peer: Option<IpAddr>,
    format: Format,
    messages: impl Iterator<Item = &'b [u8]>,
) -> Result<(u64, u64), Refused> {
    let mut handing = Handing::begin(sender, peer).await?;
    let received = sender.source.clock.now();
    let (mut taken, mut dead) = (0, 0);
    for bytes in messages {
        let message = Message { bytes, peer, received, note: Note::None };
        let (worker, drafts) = handing.worker(format).ok_or(Refused::Broken)?;
        if bytes.len() > MESSAGE_BYTES_MAX {
            let reason = format!("longer than {MESSAGE_BYTES_MAX} bytes");
            worker.dead(&message, &ParseError::new("too_long", reason), drafts);
            dead += 1;
        } else {
            match worker.take(&message, drafts) {
                Taken::Events => taken += 1,
                Taken::Dead(_) => dead += 1,
                Taken::Nothing => {}
            }
        }
        handing.step().await?;
    }
    handing.finish().await?;
    Ok((taken, dead))
}

/// Lines without their ends; a line feed at the very end begins no line.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    body.split(|b| *b == b'\n').map(trim)
}

/// The elements of a body that is a JSON array; None for any other.
fn elements(body: &[u8]) -> Option<serde_json::Result<Vec<&RawValue>>> {
    let first = body.iter().find(|b| !b.is_ascii_whitespace());
    (first == Some(&b'[')).then(|| {
        let mut de = serde_json::Deserializer::from_slice(body);
        let elements = serde::Deserializer::deserialize_seq(&mut de, Elements)?;
        de.end()?;
        Ok(elements)
    })
}

/// Reads one more element than may be, and gives up there.
struct Elements;

impl<'de> serde::de::Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
            if elements.len() > ELEMENTS_MAX {
                return Err(serde::de::Error::custom(format_args!("more than {ELEMENTS_MAX} elements")));
            }
        }
        Ok(elements)
    }
}
