//! Formal documents: 预警通报函, 网络安全事件通报, 整改通知书, 督办单, 复核意见, 回执; and what the law wants reported of an
//! incident: 初报, 续报, 终报.
//!
//! A [`Paper`] says what the document says; [`Sheet`] puts it into the words and the order of a Chinese official
//! letter (after GB/T 9704, the form of 信函); [`pdf`] and [`docx`] set the same sheet in type. What a person may
//! change before signing are the fields of the paper, never the file.

mod compose;
mod model;
mod number;
mod statutory;
mod word;

pub use self::{
    compose::{Block, Sheet},
    model::{Colour, Contact, HandIn, Kind, Paper, Problem, Quoted, Receipt, Reviewed, Urgency},
    number::Number,
    statutory::{Fact, MISSING, Made, Stage, Statutory},
};
use crate::ReportError;
#[cfg(feature = "typeset")]
use crate::{
    render::{Job, Press},
    text,
};

/// The document as PDF, for printing, sealing and sending.
///
/// # Errors
/// A template that does not compile.
#[cfg(feature = "typeset")]
pub fn pdf(press: &Press, paper: &Paper) -> Result<Vec<u8>, ReportError> {
    let sheet = Sheet::of(paper);
    let stamp = text::parts(paper.calendar(), paper.date);
    crate::render::pdf(press, Job { template: "paper.typ", stamp, fonts: None, model: &sheet })
}

/// The document as a Word file, for an OA system or for changes by hand.
///
/// # Errors
/// A file that cannot be packed.
pub fn docx(paper: &Paper) -> Result<Vec<u8>, ReportError> {
    word::docx(&Sheet::of(paper))
}
