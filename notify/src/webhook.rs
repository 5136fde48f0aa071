//! Webhooks: the house's own, signed; and the group robots of WeCom, DingTalk and Feishu in their formats.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;
use ward_desk::delivery::Claimed;
use ward_event::{alert::hex, delivery::ChannelKind};

use crate::{
    channel::{Around, Channel},
    http::{Post, Url},
    text::{deadline, link, mail_body, title},
};

/// The header that carries the delivery's key in every try.
pub(crate) const KEY: &str = "x-ward-delivery";

pub(crate) fn request(
    channel: &Channel,
    url: &Url,
    claimed: &Claimed,
    around: &Around,
    now_secs: i64,
) -> Result<Post, String> {
    let (delivery, message) = (&claimed.delivery, &claimed.delivery.message);
    let mut headers = vec![(KEY, delivery.key.clone())];
    let mut url = url.clone();
    let text = mail_body(&around.base, message, around.calendar);
    let body = match channel.config.kind {
        ChannelKind::WeCom => json!({ "msgtype": "text", "text": { "content": text } }).to_string(),
        ChannelKind::DingTalk => {
            if !channel.secret.is_empty() {
                let millis = now_secs * 1_000;
                let sign =
                    mac(channel.secret.as_bytes(), format!("{millis}\n{}", channel.secret).as_bytes())?;
                url = url.with(&format!("timestamp={millis}&sign={}", percent(&STANDARD.encode(sign))));
            }
            json!({ "msgtype": "text", "text": { "content": text } }).to_string()
        }
        ChannelKind::Feishu => {
            let mut body = json!({ "msg_type": "text", "content": { "text": text } });
            if !channel.secret.is_empty() {
                // The text that others sign is the key here, and nothing is signed.
                let sign = mac(format!("{now_secs}\n{}", channel.secret).as_bytes(), b"")?;
                body["timestamp"] = now_secs.to_string().into();
                body["sign"] = STANDARD.encode(sign).into();
            }
            body.to_string()
        }
        _ => {
            let body = json!({
                "delivery": delivery.key,
                "title": title(message),
                "number": message.document.as_ref().map(|d| d.as_str()),
                "deadline": deadline(message.deadline, around.calendar),
                "link": link(&around.base, message.link),
                "items": message.items.iter().map(|item| json!({
                    "title": item.subject.title(),
                    "number": item.document.as_ref().map(|d| d.as_str()),
                    "deadline": deadline(item.deadline, around.calendar),
                    "link": link(&around.base, item.link),
                })).collect::<Vec<_>>(),
            });
            let body = body.to_string();
            let sign = mac(channel.secret.as_bytes(), format!("{now_secs}.{body}").as_bytes())?;
            headers.push(("x-ward-timestamp", now_secs.to_string()));
            headers.push(("x-ward-signature", format!("sha256={}", hex(&sign))));
            body
        }
    };
    Ok(Post { url, headers, body })
}

fn mac(key: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|e| e.to_string())?;
    mac.update(text);
    Ok(mac.finalize().into_bytes().to_vec())
}

/// Base 64 in an address.
fn percent(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_hmac_sha_256() {
        // RFC 4231, case 2.
        let sign = mac(b"Jefe", b"what do ya want for nothing?").expect("a key");
        assert_eq!(hex(&sign), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(percent("a+b/c="), "a%2Bb%2Fc%3D");
    }
}
