//! Mail over SMTP.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message as Letter, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        response::Category,
    },
};
use ward_desk::delivery::{Address, Claimed, Ended};
use ward_event::delivery::{ChannelConfig, DeliveryConfig, Security};

use crate::{
    channel::Around,
    config::NotifyError,
    text::{mail_body, title},
};

pub(crate) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What Message-IDs end in.
    domain: String,
}

impl Mail {
    pub(crate) fn new(
        config: &ChannelConfig,
        password: &str,
        all: &DeliveryConfig,
    ) -> Result<Self, NotifyError> {
        let refused = |key: &'static str, reason: String| NotifyError::Channel {
            name: config.name.clone(),
            key,
            reason,
        };
        let from: Mailbox =
            config.from.parse().map_err(|e: lettre::address::AddressError| refused("from", e.to_string()))?;
        let domain = from.email.domain().to_owned();
        let tls = || -> Result<TlsParameters, NotifyError> {
            let mut tls = TlsParameters::builder(config.host.clone());
            if !all.ca.as_os_str().is_empty() {
                let pem = std::fs::read(&all.ca)
                    .map_err(|e| NotifyError::Authorities { path: all.ca.clone(), reason: e.to_string() })?;
                let certificate = Certificate::from_pem(&pem).map_err(|e| refused("tls", e.to_string()))?;
                tls = tls.add_root_certificate(certificate);
            }
            tls.build_rustls().map_err(|e| refused("host", e.to_string()))
        };
        let security = match config.tls {
            Security::None => Tls::None,
            Security::StartTls => Tls::Required(tls()?),
            Security::Tls => Tls::Wrapper(tls()?),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port())
            .tls(security)
            .timeout(Some(Duration::from_secs(config.timeout_secs.max(1))));
        if !config.user.is_empty() {
            transport = transport.credentials(Credentials::new(config.user.clone(), password.to_owned()));
        }
        Ok(Self { transport: transport.build(), from, domain })
    }

    pub(crate) async fn send(&self, claimed: &Claimed, around: &Around) -> Ended {
        let delivery = &claimed.delivery;
        let Address::Mail(address) = &delivery.address else {
            return Ended::Refused("no mail address".into());
        };
        let to: Mailbox = match address.parse() {
            Ok(to) => to,
            Err(error) => return Ended::Refused(format!("address: {error}")),
        };
        let letter = Letter::builder()
            .message_id(Some(format!("<{}@{}>", delivery.key, self.domain)))
            .from(self.from.clone())
            .to(to)
            .subject(title(&delivery.message))
            .header(ContentType::TEXT_PLAIN)
            .body(mail_body(&around.base, &delivery.message, around.calendar));
        let letter = match letter {
            Ok(letter) => letter,
            Err(error) => return Ended::Refused(error.to_string()),
        };
        match self.transport.send(letter).await {
            Ok(answer) => Ended::Sent(answer.message().collect::<Vec<_>>().join(" ")),
            Err(error) if error.is_permanent() && !is_sign_in(&error) => Ended::Refused(error.to_string()),
            Err(error) => Ended::Later(error.to_string()),
        }
    }
}

/// 530, 534, 535 …: our own sign-in is refused, which is no bounce, and can be mended.
fn is_sign_in(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|code| code.category == Category::Unspecified3)
}
