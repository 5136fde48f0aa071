//! One document of a client: how its message is taken, alone or in a bulk request.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use sha2::{Digest, Sha256};
use ward_event::{Format, Micros, limits::MESSAGE_BYTES_MAX};

use super::{Answer, HttpSender, detect, handing::Handing, route::Document};
use crate::{
    listen::worker::{Message, Taken},
    parse::ParseError,
    sequence::{Note, Refused},
};

/// 128 bits that stand for a document of that index with that id.
pub(super) fn note(index: &str, id: Option<&str>) -> Note {
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Note::None };
    let mut hash = Sha256::new();
    hash.update(index.as_bytes());
    hash.update([0]);
    hash.update(id.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let (first, _) = digest.as_chunks::<16>();
    Note::BulkId(u128::from_be_bytes(first[0]))
}

/// Takes one document; what was wrong with it where it became a dead letter.
pub(super) fn hand(
    handing: &mut Handing<'_>,
    sender: &HttpSender,
    index: &str,
    bytes: &[u8],
    note: Note,
    received: Micros,
) -> Result<(), ParseError> {
    let message = Message { bytes, peer: handing.peer, received, note };
    let no_parser = || ParseError::new("syntax", "no parser for JSON documents");
    if bytes.len() > MESSAGE_BYTES_MAX {
        let error = ParseError::new("too_long", format!("longer than {MESSAGE_BYTES_MAX} bytes"));
        let (worker, drafts) = handing.worker(Format::Jsonl).ok_or_else(no_parser)?;
        worker.dead(&message, &error, drafts);
        return Err(error);
    }
    let pinned = detect::pinned(index, &sender.bulk_formats);
    let format = pinned.unwrap_or_else(|| detect::likely(index, bytes));
    if let (None, true) = (pinned, format != Format::Jsonl) {
        // A guess: where it is wrong the document is still JSON.
        if let Some((worker, drafts)) = handing.worker(format)
            && worker.try_take(&message, drafts).is_ok()
        {
            return Ok(());
        }
    }
    let format = pinned.unwrap_or(Format::Jsonl);
    let (worker, drafts) = handing.worker(format).ok_or_else(no_parser)?;
    match worker.take(&message, drafts) {
        Taken::Dead(error) => Err(error),
        Taken::Events | Taken::Nothing => Ok(()),
    }
}

/// `PUT /<index>/_doc/<id>` and its kin.
pub(super) async fn take(
    sender: &HttpSender,
    peer: Option<IpAddr>,
    document: &Document<'_>,
    body: &[u8],
) -> Answer {
    match durable(sender, peer, document, body).await {
        Err(refused) => refused.into(),
        Ok(Err(error)) => {
            let reason = format!("kept as a dead letter: {error}");
            Answer::error(StatusCode::BAD_REQUEST, "document_parsing_exception", &reason)
        }
        Ok(Ok(())) => {
            let json = serde_json::json!({
                "_index": document.index, "_id": document.id.unwrap_or_default(), "_version": 1,
                "result": "created", "_shards": {"total": 1, "successful": 1, "failed": 0},
                "_seq_no": 0, "_primary_term": 1,
            });
            Answer::new(StatusCode::CREATED, json.to_string())
        }
    }
}

async fn durable(
    sender: &HttpSender,
    peer: Option<IpAddr>,
    document: &Document<'_>,
    body: &[u8],
) -> Result<Result<(), ParseError>, Refused> {
    let mut handing = Handing::begin(sender, peer).await?;
    let received = sender.source.clock.now();
    let note = note(document.index, document.id);
    let taken = hand(&mut handing, sender, document.index, body, note, received);
    handing.finish().await?;
    Ok(taken)
}
