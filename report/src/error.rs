//! Why a document could not be made.

use std::path::PathBuf;

/// What rendering says where it cannot go on; a person can act on each.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(
        "字体 {family} 未找到（查找目录：{dirs}）。The font {family} is not there: install the package \
         fonts-noto-cjk, or name the font's folder in [report] font_dirs and the font in [report] fonts"
    )]
    FontMissing { family: String, dirs: String },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("template {name}: {reason}")]
    Template { name: String, reason: String },
    #[error("the model cannot be written as JSON: {0}")]
    Model(#[from] serde_json::Error),
    #[error("the Word file could not be packed: {0}")]
    Pack(#[from] zip::result::ZipError),
    #[error("a picture could not be made: {0}")]
    Picture(String),
    #[error("the page could not be written: {0}")]
    Page(#[from] askama::Error),
    /// Words that hold figures which the report does not have.
    #[error("figures that the report does not have: {0:?}")]
    Foreign(Vec<String>),
    #[error("{0}")]
    Refused(String),
}
