//! A channel that is ready to send.

use std::{sync::Arc, time::Duration};

use rustls::ClientConfig;
use ward_desk::delivery::{Claimed, Ended};
use ward_event::{
    delivery::{ChannelConfig, ChannelKind, DeliveryConfig},
    time::Calendar,
};

use crate::{
    config::{NotifyError, secret},
    http::{self, Url},
    mail::Mail,
    sms, webhook,
};

/// What every channel needs to know.
pub(crate) struct Around {
    pub base: String,
    pub calendar: Calendar,
    pub tls: Arc<ClientConfig>,
}

/// A channel with its secrets read.
pub(crate) struct Channel {
    pub config: ChannelConfig,
    pub secret: String,
    to: To,
}

enum To {
    Mail(Box<Mail>),
    Http(Url),
}

impl Channel {
    pub(crate) fn new(config: &ChannelConfig, all: &DeliveryConfig) -> Result<Self, NotifyError> {
        let refused = |key: &'static str, reason: String| NotifyError::Channel {
            name: config.name.clone(),
            key,
            reason,
        };
        let key = if config.secret_env.is_empty() { "secret_file" } else { "secret_env" };
        let password = secret(&config.secret_file, &config.secret_env).map_err(|e| refused(key, e))?;
        let to = match config.kind {
            ChannelKind::Mail => To::Mail(Box::new(Mail::new(config, &password, all)?)),
            _ => {
                let key = if config.url_env.is_empty() { "url_file" } else { "url_env" };
                let url = secret(&config.url_file, &config.url_env).map_err(|e| refused(key, e))?;
                let url = Url::parse(&url);
                To::Http(url.ok_or_else(|| refused(key, "it holds no http or https address".into()))?)
            }
        };
        if config.kind == ChannelKind::Signed && password.is_empty() {
            return Err(refused(key, "it holds no key to sign with".into()));
        }
        Ok(Self { config: config.clone(), secret: password, to })
    }

    /// One try, within the channel's time.
    pub(crate) async fn send(&self, claimed: &Claimed, around: &Around, now_secs: i64) -> Ended {
        let limit = Duration::from_secs(self.config.timeout_secs.max(1));
        let sent = tokio::time::timeout(limit, self.attempt(claimed, around, now_secs)).await;
        sent.unwrap_or_else(|_| Ended::Later(format!("no answer within {} s", limit.as_secs())))
    }

    async fn attempt(&self, claimed: &Claimed, around: &Around, now_secs: i64) -> Ended {
        let url = match &self.to {
            To::Mail(mail) => return mail.send(claimed, around).await,
            To::Http(url) => url,
        };
        let request = match self.config.kind {
            ChannelKind::Sms => sms::request(self, url, claimed, around),
            _ => webhook::request(self, url, claimed, around, now_secs),
        };
        let request = match request {
            Ok(request) => request,
            Err(reason) => return Ended::Refused(reason),
        };
        match http::post(request, &around.tls).await {
            Err(reason) => Ended::Later(reason),
            Ok(answer) => judge(self.config.kind, &answer),
        }
    }
}

/// What an answer means. Group robots answer 200 to everything and say in the body whether it went.
fn judge(kind: ChannelKind, answer: &http::Answer) -> Ended {
    let said = format!("{} {}", answer.status, answer.body.chars().take(200).collect::<String>());
    match answer.status {
        200..=299 => {}
        // Our own sign-in, too many, too early: it can be mended. What is wrong with the request stays wrong.
        401 | 403 | 407 | 408 | 425 | 429 => return Ended::Later(said),
        400..=499 => return Ended::Refused(said),
        _ => return Ended::Later(said),
    }
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let code = match kind {
        ChannelKind::WeCom | ChannelKind::DingTalk => &body["errcode"],
        ChannelKind::Feishu if body["code"].is_null() => &body["StatusCode"],
        ChannelKind::Feishu => &body["code"],
        ChannelKind::Signed | ChannelKind::Sms | ChannelKind::Mail => return Ended::Sent(said),
    };
    match code.as_i64() {
        Some(0) => Ended::Sent(said),
        // Limits of the robots (45009 WeCom, 660026 and 130101 DingTalk, 9499 and 11232 Feishu), busy (-1).
        Some(-1 | 45_009 | 660_026 | 130_101 | 9_499 | 11_232) | None => Ended::Later(said),
        Some(_) => Ended::Refused(said),
    }
}
