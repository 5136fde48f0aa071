//! The Elastic bulk protocol: pairs of an action line and a document line.
//!
//! `index` and `create` are taken, each document once (an `_id` sent again is answered as created
//! and is no second event); `delete` and `update` are refused, item by item: the log only grows.

use std::{borrow::Cow, net::IpAddr};

use actix_web::http::StatusCode;
use compact_str::CompactString;
use serde::Deserialize;
use ward_event::json;

use super::{Answer, HttpSender, document, handing::Handing};
use crate::{parse::ParseError, sequence::Refused};

/// Items of one request: each costs memory beside its text. Beats send at most 2,048.
const ITEMS_MAX: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Index,
    Create,
    Update,
    Delete,
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// One item of a request.
#[derive(Debug, PartialEq)]
struct Item<'b> {
    action: Action,
    index: Option<CompactString>,
    id: Option<CompactString>,
    document: &'b [u8],
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ActionLine<'b> {
    #[serde(borrow)]
    index: Option<Meta<'b>>,
    #[serde(borrow)]
    create: Option<Meta<'b>>,
    #[serde(borrow)]
    update: Option<Meta<'b>>,
    #[serde(borrow)]
    delete: Option<Meta<'b>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta<'b> {
    #[serde(rename = "_index")]
    index: Option<CompactString>,
    #[serde(rename = "_id", borrow)]
    id: Option<Id<'b>>,
}

/// Some clients send numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id<'b> {
    Text(#[serde(borrow)] Cow<'b, str>),
    Number(serde_json::Number),
}

/// Cuts a body into items; which line is wrong where it cannot.
fn items(body: &[u8]) -> Result<Vec<Item<'_>>, String> {
    let mut items = Vec::new();
    let mut lines = body.split(|b| *b == b'\n').enumerate();
    while let Some((n, line)) = lines.next() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if items.len() == ITEMS_MAX {
            return Err(format!("more than {ITEMS_MAX} items"));
        }
        let malformed = |reason: &str| format!("Malformed action/metadata line [{}], {reason}", n + 1);
        let parsed: ActionLine<'_> = serde_json::from_slice(line).map_err(|e| malformed(&e.to_string()))?;
        let (action, meta) = match parsed {
            ActionLine { index: Some(meta), .. } => (Action::Index, meta),
            ActionLine { create: Some(meta), .. } => (Action::Create, meta),
            ActionLine { update: Some(meta), .. } => (Action::Update, meta),
            ActionLine { delete: Some(meta), .. } => (Action::Delete, meta),
            _ => return Err(malformed("expected index, create, update or delete")),
        };
        let document = match action {
            Action::Delete => &[][..],
            _ => lines.next().ok_or_else(|| malformed("its document is missing"))?.1.trim_ascii_end(),
        };
        let id = meta.id.map(|id| match id {
            Id::Text(text) => CompactString::from(text),
            Id::Number(n) => CompactString::from(n.to_string()),
        });
        items.push(Item { action, index: meta.index, id, document });
    }
    Ok(items)
}

/// Takes a request's documents and answers when they are durable.
pub(super) async fn take(
    sender: &HttpSender,
    peer: Option<IpAddr>,
    index: Option<&str>,
    body: &[u8],
) -> Answer {
    let items = match items(body) {
        Ok(items) if items.is_empty() => {
            return Answer::error(StatusCode::BAD_REQUEST, "parse_exception", "request body is required");
        }
        Ok(items) => items,
        Err(reason) => return Answer::error(StatusCode::BAD_REQUEST, "illegal_argument_exception", &reason),
    };
    match durable(sender, peer, index.unwrap_or_default(), &items).await {
        Ok(answer) => Answer::new(StatusCode::OK, answer),
        Err(refused) => refused.into(),
    }
}

async fn durable(
    sender: &HttpSender,
    peer: Option<IpAddr>,
    default_index: &str,
    items: &[Item<'_>],
) -> Result<Vec<u8>, Refused> {
    let mut handing = Handing::begin(sender, peer).await?;
    let received = sender.source.clock.now();
    let mut answer = Vec::with_capacity(items.len() * 128);
    let mut errors = false;
    for item in items {
        let index = item.index.as_deref().unwrap_or(default_index);
        let taken = match item.action {
            Action::Update | Action::Delete => Err(ParseError::new(
                "action",
                format!("{} is refused: events are never changed", item.action.name()),
            )),
            Action::Index | Action::Create if item.document.is_empty() => {
                Err(ParseError::new("syntax", "the document is empty"))
            }
            Action::Index | Action::Create => {
                let note = document::note(index, item.id.as_deref());
                document::hand(&mut handing, sender, index, item.document, note, received)
            }
        };
        errors |= taken.is_err();
        answer.extend_from_slice(if answer.is_empty() { b"{" } else { b",{" });
        write_item(item, index, taken.err(), &mut answer);
        handing.step().await?;
    }
    handing.finish().await?;
    let mut whole = format!("{{\"took\":0,\"errors\":{errors},\"items\":[").into_bytes();
    whole.append(&mut answer);
    whole.extend_from_slice(b"]}");
    Ok(whole)
}

/// One item of the answer, behind its opening brace.
fn write_item(item: &Item<'_>, index: &str, error: Option<ParseError>, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(item.action.name().as_bytes());
    out.extend_from_slice(b"\":{\"_index\":");
    json::write_string(index, out);
    out.extend_from_slice(b",\"_id\":");
    json::write_string(item.id.as_deref().unwrap_or_default(), out);
    match error {
        None => out.extend_from_slice(
            b",\"_version\":1,\"result\":\"created\",\
              \"_shards\":{\"total\":1,\"successful\":1,\"failed\":0},\
              \"_seq_no\":0,\"_primary_term\":1,\"status\":201}}",
        ),
        Some(error) => {
            let kind = if error.cause == "action" {
                "illegal_argument_exception"
            } else {
                "document_parsing_exception"
            };
            out.extend_from_slice(b",\"status\":400,\"error\":{\"type\":\"");
            out.extend_from_slice(kind.as_bytes());
            out.extend_from_slice(b"\",\"reason\":");
            json::write_string(&error.detail, out);
            out.extend_from_slice(b"}}}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_cut_into_items_and_a_bad_line_is_named() {
        let body = b"{\"index\":{\"_index\":\"a\",\"_id\":7}}\n{\"x\":1}\r\n\n\
                     {\"delete\":{\"_id\":\"q\\u0041\"}}\n{\"create\":{}}\n{}";
        let items = items(body).expect("well formed");
        let got: Vec<_> =
            items.iter().map(|i| (i.action, i.index.as_deref(), i.id.as_deref(), i.document)).collect();
        assert_eq!(
            got,
            [
                (Action::Index, Some("a"), Some("7"), &b"{\"x\":1}"[..]),
                (Action::Delete, None, Some("qA"), b""),
                (Action::Create, None, None, b"{}"),
            ]
        );
        for (bad, line) in
            [("{\"index\":{}}\n{}\nx\n", "[3]"), ("{\"other\":{}}\n{}", "[1]"), ("{\"index\":{}}", "[1]")]
        {
            assert!(super::items(bad.as_bytes()).expect_err("refused").contains(line), "{bad}");
        }
    }
}
