//! What the desk refuses, in words.

use ward_desk::{DeskError, Refusal, account::PasswordFlaw, session::SignInError};

use crate::text::{Texts, fill};

/// The words for a refusal; `None` for a failure of the machine.
pub(in crate::pages) fn refusal(t: &'static Texts, error: &DeskError) -> Option<&'static str> {
    let DeskError::Refused(refusal) = error else {
        tracing::error!(%error, "the desk failed");
        return None;
    };
    Some(match refusal {
        Refusal::NotAllowed => t.error_role,
        Refusal::NotThere => t.error_404,
        Refusal::NameTaken => t.account_name_taken,
        Refusal::NameUnfit => t.account_name_unfit,
        Refusal::ReachUnfit => t.account_reach_unfit,
        Refusal::EndMissing => t.account_end_missing,
        Refusal::ThreeAdministrators => t.account_three,
        Refusal::OwnAccount => t.account_own,
        Refusal::LinkInvalid => t.enrol_invalid,
        Refusal::CodeWrong => t.code_wrong,
        Refusal::Password(PasswordFlaw::Short) => t.password_short,
        Refusal::Password(PasswordFlaw::Long) => t.password_long,
        Refusal::Password(PasswordFlaw::HasName) => t.password_name,
        Refusal::Password(PasswordFlaw::Common) => t.password_common,
        Refusal::EndUnfit => t.token_end_unfit,
        Refusal::Changed => t.changed_meanwhile,
        _ => t.refused_unfit,
    })
}

/// The words for factors that were not taken; `None` for a failure of the machine.
pub(super) fn factors(t: &'static Texts, error: &SignInError) -> Option<String> {
    match error {
        SignInError::Refused => Some(t.sign_in_wrong.to_owned()),
        SignInError::Slowed { seconds } => Some(fill(t.sign_in_slow, &[seconds])),
        SignInError::Busy => Some(t.sign_in_busy.to_owned()),
        SignInError::Desk(error) => refusal(t, error).map(str::to_owned),
    }
}
