//! Formal documents, the weekly report and the score of Ward.
//!
//! Everything here is a function of what it is given: models of plain data, templates, fonts. It asks no store,
//! reads no clock and opens no connection; fonts and templates are read once, at the start (`render::Press`).

pub mod archive;
mod error;
pub mod paper;
pub mod qr;
pub mod render;
pub mod score;
pub mod sheet;
mod text;
pub mod weekly;
mod word;

pub use self::error::ReportError;
