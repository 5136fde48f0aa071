//! `[delivery]`: what leaves the platform by mail, webhook and SMS. A secret stands in a file or in the environment,
//! never here.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::UnitId;

/// Everything that sending needs to know. Without a channel nothing is sent, and notices are read on the portal alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryConfig {
    /// Where people reach the platform, `https://ward.example`: what links begin with.
    pub base: String,
    /// Further certificate authorities (PEM), for gateways inside the house.
    pub ca: PathBuf,
    /// Who is told at a unit, by the register's words: the first role of which somebody can be reached.
    pub roles: Vec<String>,
    /// Who is told besides, from 督办 on.
    pub above: Vec<String>,
    /// A contact that nobody has confirmed for longer is called, too.
    pub confirmed_days: u32,
    pub channel: Vec<ChannelConfig>,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            base: String::new(),
            ca: PathBuf::new(),
            roles: vec!["责任人".into(), "联络员".into()],
            above: vec!["分管院领导".into(), "分管领导".into()],
            confirmed_days: 90,
            channel: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    #[default]
    Mail,
    /// A webhook of the house: signed, and it knows the key.
    Signed,
    WeCom,
    DingTalk,
    Feishu,
    Sms,
}

impl ChannelKind {
    /// Whether the receiver can tell a repetition by the key.
    pub const fn has_key(self) -> bool {
        matches!(self, Self::Mail | Self::Signed | Self::Sms)
    }

    /// Whether it reaches one person by an address of their own; else everybody of a group.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Mail | Self::Sms)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// In clear: on a line of the house alone.
    None,
    StartTls,
    #[default]
    Tls,
}

/// What becomes of a try of which nobody knows whether it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    Repeat,
    /// A person says whether it goes again.
    Ask,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelConfig {
    /// As the pages call it; deliveries that wait are found by it after a restart.
    pub name: String,
    pub kind: ChannelKind,
    /// Mail: server, port (0 for the customary one), sender, user.
    pub host: String,
    pub port: u16,
    pub tls: Security,
    pub from: String,
    pub user: String,
    /// The webhook's or gateway's address, in a file or in a variable: those of group robots are secrets themselves.
    pub url_file: PathBuf,
    pub url_env: String,
    /// The mailbox's password, the key that signs, the gateway's token.
    pub secret_file: PathBuf,
    pub secret_env: String,
    /// After a crash. Without it: `repeat` where the receiver can tell by the key, else `ask`.
    pub unknown: Option<Unknown>,
    /// Webhooks: the units whose group it is; empty for the group of all.
    pub units: Vec<UnitId>,
    /// A try that takes longer has failed for now.
    pub timeout_secs: u64,
}

impl Default for ChannelConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: ChannelKind::Mail,
            host: String::new(),
            port: 0,
            tls: Security::Tls,
            from: String::new(),
            user: String::new(),
            url_file: PathBuf::new(),
            url_env: String::new(),
            secret_file: PathBuf::new(),
            secret_env: String::new(),
            unknown: None,
            units: Vec::new(),
            timeout_secs: 30,
        }
    }
}

impl ChannelConfig {
    /// The port to connect to.
    pub const fn port(&self) -> u16 {
        match (self.port, self.tls) {
            (0, Security::Tls) => 465,
            (0, Security::StartTls) => 587,
            (0, Security::None) => 25,
            (port, _) => port,
        }
    }

    /// What is done with a try that a crash left without an end.
    pub fn after_crash(&self) -> Unknown {
        self.unknown.unwrap_or(if self.kind.has_key() { Unknown::Repeat } else { Unknown::Ask })
    }

    /// The key that is wrong, and why.
    fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let (has_file, has_env) = (!self.url_file.as_os_str().is_empty(), !self.url_env.is_empty());
        let has_secret = !self.secret_file.as_os_str().is_empty() || !self.secret_env.is_empty();
        if !self.secret_file.as_os_str().is_empty() && !self.secret_env.is_empty() {
            return Err(("secret_file", "stands beside secret_env: one of them"));
        }
        if self.timeout_secs == 0 || self.timeout_secs > 300 {
            return Err(("timeout_secs", "must be 1 to 300"));
        }
        if self.kind == ChannelKind::Mail {
            return match self {
                c if c.host.is_empty() => Err(("host", "is missing: the mail server")),
                c if !c.from.contains('@') => Err(("from", "must be the sender's mail address")),
                c if has_secret == c.user.is_empty() => {
                    Err(("user", "and secret_file or secret_env go together"))
                }
                c if has_secret && c.tls == Security::None => {
                    Err(("tls", "must not be \"none\" where a password is sent"))
                }
                _ => Ok(()),
            };
        }
        match (has_file, has_env) {
            (false, false) => Err(("url_file", "or url_env is missing: the address that is posted to")),
            (true, true) => Err(("url_file", "stands beside url_env: one of them")),
            _ if self.kind == ChannelKind::Signed && !has_secret => {
                Err(("secret_file", "or secret_env is missing: the key that signs"))
            }
            _ if self.kind == ChannelKind::Sms && !self.units.is_empty() => {
                Err(("units", "is for webhooks: an SMS goes to a person of the register"))
            }
            _ => Ok(()),
        }
    }
}

impl DeliveryConfig {
    /// The channel of a name.
    pub fn channel(&self, name: &str) -> Option<&ChannelConfig> {
        self.channel.iter().find(|c| c.name == name)
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        for (n, channel) in self.channel.iter().enumerate() {
            let name = &channel.name;
            if name.is_empty() {
                return Err(format!("delivery.channel: name of number {} is missing", n + 1));
            }
            if self.channel.iter().take(n).any(|c| c.name == *name) {
                return Err(format!("delivery.channel: two channels have the name {name:?}"));
            }
            channel.check().map_err(|(key, why)| format!("delivery.channel {name:?}: {key} {why}"))?;
        }
        let host = self.base.strip_prefix("https://").or_else(|| self.base.strip_prefix("http://"));
        let fits =
            host.is_some_and(|h| !h.trim_matches('/').is_empty() && h.bytes().all(|b| b.is_ascii_graphic()));
        if !self.channel.is_empty() && !fits {
            return Err("delivery.base must be the address that people open, as https://ward.example".into());
        }
        Ok(())
    }

    pub(crate) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let channels = self.channel.iter_mut().flat_map(|c| [&mut c.url_file, &mut c.secret_file]);
        std::iter::once(&mut self.ca).chain(channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_example_that_comes_with_ward_is_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/delivery.toml");
        let config = Config::load(path.as_ref()).expect("the example loads").delivery;
        let kinds: Vec<_> = config.channel.iter().map(|c| (c.kind, c.after_crash())).collect();
        let (repeat, ask) = (Unknown::Repeat, Unknown::Ask);
        let expected = [
            (ChannelKind::Mail, repeat),
            (ChannelKind::Sms, repeat),
            (ChannelKind::Signed, repeat),
            (ChannelKind::WeCom, ask),
            (ChannelKind::DingTalk, ask),
            (ChannelKind::Feishu, repeat),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(config.channel[0].port(), 465);
        assert!(
            config
                .channel
                .iter()
                .all(|c| !c.secret_file.is_relative() || c.secret_file.as_os_str().is_empty())
        );
    }

    #[test]
    fn what_is_wrong_is_called_by_its_key() {
        let refused = |text: &str| {
            let dir = tempfile::tempdir().expect("a folder");
            let path = dir.path().join("ward.toml");
            std::fs::write(&path, text).expect("written");
            Config::load(&path).expect_err("refused").to_string()
        };
        let base = "[delivery]\nbase = 'https://ward.example'\n[[delivery.channel]]\n";
        for (channel, words) in [
            ("name = 'm'\nkind = 'mail'\nfrom = 'a@b.c'", ["\"m\"", "host"]),
            ("name = 'm'\nkind = 'mail'\nhost = 'h'", ["\"m\"", "from"]),
            ("name = 'm'\nkind = 'mail'\nhost = 'h'\nfrom = 'a@b.c'\nuser = 'u'", ["user", "secret_file"]),
            (
                "name = 'm'\nhost = 'h'\nfrom = 'a@b.c'\nuser = 'u'\nsecret_env = 'X'\ntls = 'none'",
                ["tls", "password"],
            ),
            ("name = 'w'\nkind = 'wecom'", ["\"w\"", "url_file"]),
            ("name = 'w'\nkind = 'wecom'\nurl_file = 'a'\nurl_env = 'B'", ["url_env", "one of them"]),
            ("name = 's'\nkind = 'signed'\nurl_env = 'B'", ["\"s\"", "secret_file"]),
            ("name = 's'\nkind = 'pigeon'", ["pigeon", "unknown variant"]),
            ("name = 's'\nkind = 'sms'\nurl_env = 'B'\nunknown = 'perhaps'", ["perhaps", "unknown variant"]),
            ("name = 's'\npasword = 'x'", ["pasword", "unknown field"]),
            ("kind = 'sms'\nurl_env = 'B'", ["name", "missing"]),
            (
                "name = 's'\nkind = 'sms'\nurl_env = 'B'\n[[delivery.channel]]\nname = 's'\nkind = 'sms'\nurl_env = 'B'",
                ["two channels", "\"s\""],
            ),
        ] {
            let said = refused(&format!("{base}{channel}"));
            assert!(words.iter().all(|w| said.contains(w)), "{channel}\n{said}");
        }
        let said = refused("[[delivery.channel]]\nname = 's'\nkind = 'sms'\nurl_env = 'B'");
        assert!(said.contains("delivery.base"), "{said}");
    }
}
