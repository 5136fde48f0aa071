//! Which fonts documents are set in.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which fonts are used and where they lie. A family that is empty is the free one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FontSettings {
    /// Folders that are searched, with the folders below them.
    pub dirs: Vec<PathBuf>,
    /// Titles and the issuing body: 方正小标宋简体.
    pub title: String,
    /// Text: 仿宋_GB2312.
    pub body: String,
    /// First headings, urgency: 黑体.
    pub heading: String,
    /// Second headings: 楷体_GB2312.
    pub quote: String,
}

impl Default for FontSettings {
    fn default() -> Self {
        Self {
            dirs: vec!["/usr/share/fonts".into(), "/usr/local/share/fonts".into()],
            title: String::new(),
            body: String::new(),
            heading: String::new(),
            quote: String::new(),
        }
    }
}
