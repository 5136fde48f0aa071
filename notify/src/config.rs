//! Secrets of the channels, and what is wrong with a channel that the configuration alone does not show.

use std::{
    fs::File,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error("delivery.ca: {path}: {reason}")]
    Authorities { path: PathBuf, reason: String },
    #[error("delivery.channel {name:?}: {key}: {reason}")]
    Channel { name: String, key: &'static str, reason: String },
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// The line that a file of its owner alone holds, or a variable; empty where neither is named. A failure says the
/// place and never what stands there.
pub(crate) fn secret(file: &Path, variable: &str) -> Result<String, String> {
    const BYTES_MAX: u64 = 8_192;
    if !variable.is_empty() {
        return match std::env::var(variable) {
            Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
            _ => Err(format!("the variable {variable} is not set")),
        };
    }
    if file.as_os_str().is_empty() {
        return Ok(String::new());
    }
    let failed = |reason: String| format!("{}: {reason}", file.display());
    let opened = File::open(file).map_err(|e| failed(e.to_string()))?;
    let mode = opened.metadata().map_err(|e| failed(e.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(failed("it can be read by others: chmod 600".into()));
    }
    let mut text = String::new();
    opened.take(BYTES_MAX).read_to_string(&mut text).map_err(|e| failed(e.to_string()))?;
    Ok(text.trim().to_owned())
}
