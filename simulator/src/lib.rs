//! An invented region that sends real protocol traffic: seeded, at any speed and volume, with the
//! ground truth of the attacks it plays. It is a client like any other and knows nothing of what
//! listens.
//!
//! `model` says who and what there is, `background` what they do all day, `attacks` what goes wrong,
//! `emit` how each source writes it down, `send` how it travels, `run` when.

pub mod attacks;
pub mod background;
pub mod command;
pub mod emit;
pub mod generate;
pub mod load;
pub mod map;
pub mod model;
pub mod offline;
pub mod rng;
pub mod run;
pub mod send;

pub use attacks::{Kind, Truth};
pub use model::Region;
pub use run::{Options, Pace, simulate};

/// Why a simulation stops early.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("{what}: {reason}")]
    Content { what: String, reason: String },
    /// The caller's own step failed (the driven clock, the tick).
    #[error("advancing the driven clock: {0}")]
    Driver(String),
}

impl SimulatorError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(crate) fn content(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Content { what: what.into(), reason: reason.to_string() }
    }
}
