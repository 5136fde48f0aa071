//! States, subjects and results in words.

use ward_desk::{
    case::CallReason,
    delivery::{Delivery, DeliveryState, Outcome, Subject},
};

use crate::text::Deliveries;

/// The class of a delivery's mark, and its word.
pub(super) const fn state(d: &Deliveries, one: &Delivery) -> (&'static str, &'static str) {
    match one.state {
        DeliveryState::Waiting if one.tries > 0 => ("partial", d.state_retry),
        DeliveryState::Waiting => ("partial", d.state_waiting),
        DeliveryState::Trying => ("partial", d.state_trying),
        DeliveryState::Sent => ("ok", d.state_sent),
        DeliveryState::Failed => ("wrong", d.state_failed),
        DeliveryState::Ask => ("unknown", d.state_ask),
        DeliveryState::GivenUp => ("unknown", d.state_given_up),
    }
}

/// What an analyst may do with it, as buttons.
pub(super) fn acts(d: &Deliveries, one: &Delivery) -> Vec<(&'static str, &'static str)> {
    match one.state {
        DeliveryState::Waiting if one.tries > 0 => vec![("again", d.now), ("stop", d.stop)],
        DeliveryState::Failed | DeliveryState::Ask => vec![("again", d.again), ("stop", d.stop)],
        _ => Vec::new(),
    }
}

pub(super) const fn outcome(d: &Deliveries, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Running => d.try_running,
        Outcome::Sent => d.try_sent,
        Outcome::Later => d.try_later,
        Outcome::Refused => d.try_refused,
        Outcome::Unknown => d.try_unknown,
    }
}

pub(super) const fn subject(d: &Deliveries, subject: Subject) -> &'static str {
    match subject {
        Subject::Warning => d.subject_warning,
        Subject::Incident => d.subject_incident,
        Subject::Rectification => d.subject_rectification,
        Subject::Supervision => d.subject_supervision,
        Subject::Summons => d.subject_summons,
        Subject::Censure => d.subject_censure,
        Subject::Review => d.subject_review,
        Subject::Correction => d.subject_correction,
        Subject::Withdrawal => d.subject_withdrawal,
        Subject::Reminder => d.subject_reminder,
        Subject::Report => d.subject_report,
        Subject::Digest => d.subject_digest,
        Subject::Event => d.subject_event,
    }
}

pub(super) const fn why(d: &Deliveries, why: CallReason) -> &'static str {
    match why {
        CallReason::Unsigned => d.why_unsigned,
        CallReason::NoContact => d.why_no_contact,
        CallReason::Stale => d.why_stale,
        CallReason::Bounced => d.why_bounced,
    }
}
