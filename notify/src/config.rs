//! The channels, as the configuration describes them. Secrets stand in files of their own.

use std::{
    fs::File,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// Everything that sending needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyConfig {
    /// Where the platform is reached, `https://ward.example`: what links begin with.
    pub base: String,
    /// Further certificate authorities (PEM), for gateways inside the house.
    pub ca: PathBuf,
    pub channel: Vec<ChannelConfig>,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelConfig {
    pub name: String,
    pub kind: ChannelKind,
    /// Mail: server, port, sender, user; the password stands in `secret_file`.
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub from: String,
    pub user: String,
    /// A file with the webhook's or gateway's address: those of group robots are secrets themselves.
    pub url_file: PathBuf,
    /// A file with the key that signs, the gateway's token or the mailbox's password.
    pub secret_file: PathBuf,
    /// After a crash, where the receiver does not know the key: send again, else a person is asked.
    pub repeat_after_crash: bool,
    /// A try that takes longer has failed for now.
    pub timeout_secs: u64,
}

impl Default for ChannelConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: ChannelKind::Mail,
            host: String::new(),
            port: 465,
            security: Security::Tls,
            from: String::new(),
            user: String::new(),
            url_file: PathBuf::new(),
            secret_file: PathBuf::new(),
            repeat_after_crash: false,
            timeout_secs: 30,
        }
    }
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error("{path}: {reason}")]
    File { path: PathBuf, reason: String },
    #[error("channel {name:?}: {reason}")]
    Channel { name: String, reason: String },
}

/// The line that a file of its owner alone holds; empty where no file is named.
pub(crate) fn secret(path: &Path) -> Result<String, NotifyError> {
    const BYTES_MAX: u64 = 8_192;
    if path.as_os_str().is_empty() {
        return Ok(String::new());
    }
    let failed = |reason: String| NotifyError::File { path: path.to_owned(), reason };
    let file = File::open(path).map_err(|e| failed(e.to_string()))?;
    let mode = file.metadata().map_err(|e| failed(e.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(failed("it can be read by others: chmod 600".into()));
    }
    let mut text = String::new();
    file.take(BYTES_MAX).read_to_string(&mut text).map_err(|e| failed(e.to_string()))?;
    Ok(text.trim().to_owned())
}
