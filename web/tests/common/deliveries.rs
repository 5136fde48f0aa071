//! Channels by which notices of the invented region go out, and tries that ended in every way there is.

use std::sync::Arc;

use tokio::sync::watch;
use ward_desk::{
    Desk,
    delivery::{AfterCrash, Ended},
};
use ward_event::delivery::{ChannelConfig, ChannelKind, DeliveryConfig, Security};

use super::seed;

/// Mail to a server on this machine, SMS, and a group of all.
pub(crate) fn config(mail_port: u16) -> DeliveryConfig {
    let mail = ChannelConfig {
        name: "邮件".into(),
        host: "127.0.0.1".into(),
        port: mail_port,
        tls: Security::None,
        from: "ward@commission.example".into(),
        timeout_secs: 2,
        ..ChannelConfig::default()
    };
    let channel = |name: &str, kind| ChannelConfig { name: name.into(), kind, ..ChannelConfig::default() };
    let channel = vec![mail, channel("短信", ChannelKind::Sms), channel("企业微信群", ChannelKind::WeCom)];
    DeliveryConfig { base: "https://ward.example".into(), channel, ..DeliveryConfig::default() }
}

/// Notices that are sent from here on go out by these.
pub(crate) fn connect(desk: &Desk, config: DeliveryConfig) {
    desk.deliveries().connect(config, watch::channel(Arc::new(seed::register())).1);
}

/// Tries what waits: mail arrives, SMS is refused, and of the group nobody knows.
pub(crate) async fn try_all(desk: &Desk) {
    let deliveries = desk.deliveries();
    for claimed in deliveries.claim(100).await.expect("claimed") {
        let ended = match claimed.delivery.channel.as_str() {
            "邮件" => Ended::Sent("250 2.0.0 Ok: queued".into()),
            "短信" => Ended::Refused("400 invalid number".into()),
            _ => continue,
        };
        deliveries.ended(&claimed, ended).await.expect("written");
    }
    deliveries.recover(|_| AfterCrash::Ask).await.expect("recovered");
}
