//! From a model to bytes. A rendering is a function of model, templates and fonts alone: no clock, no file
//! that was not named, no order that could differ. The hashes of templates and fonts stand beside the model,
//! so that it is seen when a later rendering cannot be the same.

#[cfg(feature = "typeset")]
mod fonts;
#[cfg(feature = "typeset")]
mod pdf;
mod settings;
#[cfg(feature = "typeset")]
mod templates;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[cfg(feature = "typeset")]
pub(crate) use self::pdf::{Job, pdf};
pub use self::settings::FontSettings;
#[cfg(feature = "typeset")]
pub use self::{fonts::Fonts, pdf::Press, templates::Templates};
use crate::{ReportError, paper::Paper, weekly::Weekly};

/// Sets documents in type. The one implementation is `Press`; who only needs the pages of a document is handed this
/// and needs not compile it.
pub trait Typeset: Send + Sync {
    /// A formal document as PDF.
    ///
    /// # Errors
    /// A template that does not compile.
    fn paper(&self, paper: &Paper) -> Result<Vec<u8>, ReportError>;

    /// A weekly report as PDF.
    ///
    /// # Errors
    /// A template that does not compile.
    fn weekly(&self, report: &Weekly) -> Result<Vec<u8>, ReportError>;

    /// What a document of this model is sealed with.
    fn seals(&self, model: &[u8]) -> Seals;
}

/// What a rendering was made with; SHA-256 in hexadecimal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seals {
    pub model: String,
    pub templates: String,
    pub fonts: String,
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
