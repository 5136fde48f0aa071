//! Which passwords are taken.

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFlaw {
    #[error("it has fewer than 12 characters")]
    Short,
    #[error("it has more than 128 characters")]
    Long,
    #[error("the name is part of it")]
    HasName,
    #[error("everybody tries it first")]
    Common,
}
