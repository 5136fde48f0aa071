//! What can go wrong at the desk: the machine's failures, and what is refused to a person.

use std::{path::PathBuf, sync::Arc};

use ward_event::Micros;

use crate::account::PasswordFlaw;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error("desk: {0}")]
    Sql(#[from] sqlx::Error),
    /// The transaction this was part of could not be made durable: nothing of it holds.
    #[error("desk: not written: {0}")]
    NotWritten(Arc<sqlx::Error>),
    #[error("desk: {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("desk: {0}")]
    Key(String),
    #[error("desk: migration {name}: {reason}")]
    Migration { name: String, reason: String },
    /// What stands in the database cannot be what was written there.
    #[error("desk: {0}")]
    Broken(String),
    #[error("desk: it is closed")]
    Closed,
    /// A person asked for what may not be.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What is refused, and why; the pages have words for each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this role may not do that")]
    NotAllowed,
    #[error("there is no such thing")]
    NotThere,
    #[error("the name is taken")]
    NameTaken,
    #[error("a name has 1 to 64 letters, digits, '-', '_', '.'")]
    NameUnfit,
    #[error("the role and its reach do not fit each other")]
    ReachUnfit,
    #[error("an inspector's account needs an end in the future")]
    EndMissing,
    #[error("nobody holds two of system, security and audit administrator")]
    ThreeAdministrators,
    #[error("nobody changes their own account's rights")]
    OwnAccount,
    #[error("the link is used up, expired or withdrawn")]
    LinkInvalid,
    #[error("the code is wrong")]
    CodeWrong,
    #[error("password: {0}")]
    Password(PasswordFlaw),
    #[error("a token ends in the future, after a year at most")]
    EndUnfit,
    #[error("a shift ends after it begins, 48 hours later at most, and not in the past")]
    ShiftUnfit,
    #[error("another shift is on at that time")]
    ShiftOverlaps,
    #[error("a shift has a leader and two different analysts")]
    CrewUnfit,
    #[error("only who is on that shift may do that")]
    NotOnDuty,
    #[error("the next shift has accepted it already")]
    Accepted,
    #[error("nobody accepts what they wrote themselves")]
    OwnHandOver,
    #[error("the text is empty or too long")]
    TextUnfit,
    /// Two people changed the same thing: what was looked at is no longer what is there.
    #[error("it has changed meanwhile")]
    Changed,

    // Cases.
    #[error("{by} has changed it at {at:?}")]
    ChangedBy { by: String, at: Micros },
    #[error("as it stands now, that cannot be done")]
    WrongState,
    #[error("another person has to do that")]
    SamePerson,
    #[error("it needs a reason in words")]
    ReasonMissing,
    #[error("for a unit it is entered with the signed sheet as a scan")]
    ScanMissing,
    #[error("a number is 代字〔year〕N号, of this year or the last")]
    NumberUnfit,
    #[error("that number was given before")]
    NumberTaken,
    #[error("it has no number yet")]
    NumberMissing,
    #[error("it has no addressee, or a rectification without a problem")]
    NobodyAddressed,
    #[error("the time lies in the past, or before what it extends")]
    TimeUnfit,
    #[error("the file is empty, too large or of a kind that is not taken")]
    FileUnfit,
}
