//! What can go wrong with the store, and whether trying again helps.

use std::path::PathBuf;

use crate::engine::EngineError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("store.database {0:?} must be letters, digits and '_', beginning with no digit")]
    Database(String),
    /// Network, memory, too many parts, a disk that is full: it may work later.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// The store understood and said no: trying the same again does not help.
    #[error("store refused: {0}")]
    Refused(String),
    #[error("{0}")]
    Migration(String),
    #[error("output: {0}")]
    Output(std::io::Error),
}

impl StoreError {
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// ClickHouse's error codes behind which the request or the rights are wrong.
const REFUSALS: [u32; 29] = [
    6,   // CANNOT_PARSE_TEXT
    10,  // NOT_FOUND_COLUMN_IN_BLOCK
    16,  // NO_SUCH_COLUMN_IN_TABLE
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    36,  // BAD_ARGUMENTS
    43,  // ILLEGAL_TYPE_OF_ARGUMENT
    44,  // ILLEGAL_COLUMN
    46,  // UNKNOWN_FUNCTION
    47,  // UNKNOWN_IDENTIFIER
    50,  // UNKNOWN_TYPE
    53,  // TYPE_MISMATCH
    60,  // UNKNOWN_TABLE
    62,  // SYNTAX_ERROR
    70,  // CANNOT_CONVERT_TYPE
    81,  // UNKNOWN_DATABASE
    115, // UNKNOWN_SETTING
    117, // INCORRECT_DATA
    158, // TOO_MANY_ROWS
    159, // TIMEOUT_EXCEEDED of a read's own limit
    164, // READONLY
    192, // UNKNOWN_USER
    193, // WRONG_PASSWORD
    194, // REQUIRED_PASSWORD
    396, // TOO_MANY_ROWS_OR_BYTES
    452, // SETTING_CONSTRAINT_VIOLATION
    495, // ACCESS_STORAGE_READONLY: a user that stands in a file of the server
    497, // ACCESS_DENIED
    511, // UNKNOWN_ROLE: rights for a user that is not there
    516, // AUTHENTICATION_FAILED
];

impl From<clickhouse::error::Error> for StoreError {
    fn from(error: clickhouse::error::Error) -> Self {
        use clickhouse::error::Error;
        match error {
            Error::BadResponse(text) if is_refusal(&text) => Self::Refused(text),
            Error::Network(source) => Self::Unavailable(chain(&*source)),
            Error::BadResponse(text) => Self::Unavailable(text),
            Error::TimedOut => Self::Unavailable("no answer in time".into()),
            other => Self::Refused(chain(&other)),
        }
    }
}

/// A request without a valid key finds no handler.
const NO_KEY: &str = "There is no handle";

fn is_refusal(text: &str) -> bool {
    if text.starts_with(NO_KEY) {
        return true;
    }
    let code = text.split("Code: ").nth(1).and_then(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..digits].parse().ok()
    });
    code.is_some_and(|code: u32| REFUSALS.contains(&code))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_heal_is_tried_again() {
        let temporary =
            |text: &str| StoreError::from(clickhouse::error::Error::BadResponse(text.into())).is_temporary();
        assert!(temporary("Code: 241. DB::Exception: Memory limit (total) exceeded"));
        assert!(temporary("Code: 252. DB::Exception: Too many parts"));
        assert!(temporary("502 Bad Gateway"));
        assert!(!temporary("Code: 60. DB::Exception: Table ward.events does not exist"));
        assert!(!temporary("Code: 497. DB::Exception: reader: Not enough privileges"));
        assert!(!temporary("Code: 511. DB::Exception: There is no role `ward_reader`"));
        assert!(!temporary("There is no handle /?query=x"));
    }
}
