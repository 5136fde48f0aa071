//! Windows documents over the Elastic bulk API, as Winlogbeat sends them: each with an `_id`, and what
//! was not taken is sent again under the same one.

use std::hash::Hasher;

use serde::Deserialize;

use super::{
    http::{Client, try_later},
    lane::Road,
};
use crate::emit::put;

/// Winlogbeat's `bulk_max_size` is 1,600 items; smaller requests come back sooner.
const ITEMS_MAX: usize = 800;

/// The bulk API's answer; of it only what decides about a retry.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    errors: bool,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    create: Outcome,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    status: u16,
}

pub(super) async fn run(mut road: Road, to: String) {
    let mut client = Client::new(to);
    let mut body = Vec::new();
    while let Some(chunk) = road.next().await {
        let all: Vec<&[u8]> = chunk.pieces().map(|(document, _)| document).collect();
        for documents in all.chunks(ITEMS_MAX) {
            deliver(&mut road, &mut client, documents.to_vec(), &mut body).await;
        }
    }
}

/// Sends until each document is taken or refused for good.
async fn deliver(road: &mut Road, client: &mut Client, mut left: Vec<&[u8]>, body: &mut Vec<u8>) {
    while !left.is_empty() {
        request(&left, body);
        let why = match client.post("/_bulk", "application/x-ndjson", body, road).await {
            Ok(answer) if answer.status == 200 => {
                let again = settle(road, answer.body, &left, body.len());
                if again.is_empty() {
                    road.recovered();
                    return;
                }
                left = again;
                "some items must wait".to_owned()
            }
            Ok(answer) if !try_later(answer.status) => {
                tracing::warn!(status = answer.status, "a bulk request was refused");
                road.counters().refused(left.len() as u64);
                return;
            }
            Ok(answer) => format!("status {}", answer.status),
            Err(error) => error.to_string(),
        };
        if !road.back_off(&why).await {
            road.gave_up(left.len() as u64);
            return;
        }
    }
}

fn request(documents: &[&[u8]], body: &mut Vec<u8>) {
    body.clear();
    for document in documents {
        put!(*body, "{{\"create\":{{\"_index\":\"winlogbeat-8.14.0\",\"_id\":\"{}\"}}}}\n", id(document));
        body.extend_from_slice(document);
        body.push(b'\n');
    }
}

/// The same document has the same id, in this run and in the next.
pub(crate) fn id(document: &[u8]) -> String {
    // FNV-1a twice with different bases: 128 bits against accident, not against intent.
    let hash = |basis: u64| {
        let mut fnv = Fnv(basis);
        fnv.write(document);
        fnv.finish()
    };
    format!("{:016x}{:016x}", hash(0xcbf2_9ce4_8422_2325), hash(0x6c62_272e_07bb_0142))
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Counts what was taken and refused; gives back what must be sent again. A conflict (409) means that an
/// earlier try was taken after all.
fn settle<'a>(road: &Road, answer: &[u8], sent: &[&'a [u8]], bytes: usize) -> Vec<&'a [u8]> {
    let Ok(answer) = serde_json::from_slice::<Answer>(answer) else {
        return sent.to_vec();
    };
    let mut again = Vec::new();
    let (mut taken, mut refused) = (0, 0);
    for (at, document) in sent.iter().enumerate() {
        let status = match answer.items.get(at) {
            Some(item) => item.create.status,
            None if answer.errors => 503,
            None => 200,
        };
        match status {
            200..300 | 409 => taken += 1,
            status if try_later(status) => again.push(*document),
            _ => refused += 1,
        }
    }
    road.counters().sent(taken, bytes);
    road.counters().acknowledged(taken);
    road.counters().refused(refused);
    again
}
