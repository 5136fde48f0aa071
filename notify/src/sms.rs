//! SMS by a gateway over HTTP: the telephone, the text, and the key as the gateway's out-id.

use serde_json::json;
use ward_desk::delivery::{Address, Claimed};

use crate::{
    channel::{Around, Channel},
    http::{Post, Url},
    text::short_body,
    webhook::KEY,
};

pub(crate) fn request(
    channel: &Channel,
    url: &Url,
    claimed: &Claimed,
    around: &Around,
) -> Result<Post, String> {
    let delivery = &claimed.delivery;
    let Address::Phone(phone) = &delivery.address else { return Err("no telephone number".into()) };
    let text = short_body(&around.base, &delivery.message, around.calendar);
    let body = json!({ "phone": phone, "text": text, "out_id": delivery.key }).to_string();
    let mut headers = vec![(KEY, delivery.key.clone())];
    if !channel.secret.is_empty() {
        headers.push(("authorization", format!("Bearer {}", channel.secret)));
    }
    Ok(Post { url: url.clone(), headers, body })
}
