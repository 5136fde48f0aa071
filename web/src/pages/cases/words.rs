//! States, kinds and refusals in words.

use ward_desk::{
    DeskError, Refusal,
    case::{
        CallOutcome, Colour, CorrectionKind, DisputeKind, NoticeKind, Only, ProblemKind,
        machine::{NoticeAct, NoticeState, RowState, Rung, RungState},
    },
};
use ward_event::{Micros, time::MICROS_PER_DAY, time::MICROS_PER_HOUR};

use crate::{
    context::Ctx,
    text::{Cases, fill},
};

pub(super) const fn kind(w: &Cases, kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Warning => w.kind_warning,
        NoticeKind::Circular => w.kind_circular,
        NoticeKind::Rectify => w.kind_rectify,
    }
}

pub(super) const fn only(w: &Cases, only: Only) -> &'static str {
    match only {
        Only::Open => w.only_open,
        Only::Overdue => w.only_overdue,
        Only::Returned => w.only_returned,
    }
}

pub(super) const fn colour(w: &Cases, colour: Colour) -> &'static str {
    match colour {
        Colour::Red => w.colour_red,
        Colour::Orange => w.colour_orange,
        Colour::Yellow => w.colour_yellow,
        Colour::Blue => w.colour_blue,
    }
}

pub(super) const fn problem(w: &Cases, kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Vulnerability => w.problem_vulnerability,
        ProblemKind::WeakPassword => w.problem_weak_password,
        ProblemKind::Exposure => w.problem_exposure,
        ProblemKind::Intrusion => w.problem_intrusion,
        ProblemKind::Data => w.problem_data,
        ProblemKind::Config => w.problem_config,
        ProblemKind::Other => w.problem_other,
    }
}

pub(super) const fn notice(w: &Cases, state: NoticeState) -> &'static str {
    match state {
        NoticeState::Drafting => w.notice_drafting,
        NoticeState::Checking => w.notice_checking,
        NoticeState::Countersigning => w.notice_countersigning,
        NoticeState::Signing => w.notice_signing,
        NoticeState::Sealing => w.notice_sealing,
        NoticeState::Ready => w.notice_ready,
        NoticeState::Sent => w.notice_sent,
        NoticeState::Closed => w.notice_closed,
        NoticeState::Void => w.notice_void,
        NoticeState::Withdrawn => w.notice_withdrawn,
    }
}

/// The class of a state's mark.
pub(super) const fn notice_class(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Closed => "ok",
        NoticeState::Void | NoticeState::Withdrawn => "unknown",
        _ => "partial",
    }
}

pub(super) const fn act(w: &Cases, act: NoticeAct) -> &'static str {
    match act {
        NoticeAct::Submit => w.act_submit,
        NoticeAct::Check => w.act_check,
        NoticeAct::Countersign => w.act_countersign,
        NoticeAct::Sign => w.act_sign,
        NoticeAct::Seal => w.act_seal,
        NoticeAct::Send => w.act_send,
        NoticeAct::Return => w.act_return,
        NoticeAct::Void => w.act_void,
        NoticeAct::Withdraw => w.act_withdraw,
        NoticeAct::Close => w.act_close,
        NoticeAct::Reopen => w.act_reopen,
    }
}

pub(crate) const fn row(w: &Cases, state: RowState) -> &'static str {
    match state {
        RowState::Found => w.row_found,
        RowState::Judged => w.row_judged,
        RowState::Notified => w.row_notified,
        RowState::Signed => w.row_signed,
        RowState::Rectified => w.row_rectified,
        RowState::ByHand => w.row_by_hand,
        RowState::Disputed => w.row_disputed,
        RowState::Verified => w.row_verified,
        RowState::Closed => w.row_closed,
        RowState::FalseAlarm => w.row_false_alarm,
        RowState::Withdrawn => w.row_withdrawn,
        RowState::Accepted => w.row_accepted,
    }
}

/// The class of a problem's mark: what is late is wrong, what is verified is good.
pub(super) const fn row_class(state: RowState, overdue: bool) -> &'static str {
    match state {
        _ if overdue => "wrong",
        RowState::Verified | RowState::Closed => "ok",
        RowState::FalseAlarm | RowState::Withdrawn | RowState::Accepted => "unknown",
        _ => "partial",
    }
}

pub(super) const fn dispute(w: &Cases, kind: DisputeKind) -> &'static str {
    match kind {
        DisputeKind::NotOurs => w.dispute_not_ours,
        DisputeKind::FalseAlarm => w.dispute_false_alarm,
        DisputeKind::CannotFix => w.dispute_cannot_fix,
    }
}

pub(super) const fn rung(w: &Cases, rung: Rung) -> &'static str {
    match rung {
        Rung::Remind => w.rung_remind,
        Rung::Supervise => w.rung_supervise,
        Rung::Talk => w.rung_talk,
        Rung::Circulate => w.rung_circulate,
    }
}

pub(super) const fn rung_state(w: &Cases, state: RungState) -> &'static str {
    match state {
        RungState::Drafted => w.rung_drafted,
        RungState::Sent => w.rung_sent,
        RungState::Dropped => w.rung_dropped,
    }
}

pub(super) const fn outcome(w: &Cases, outcome: CallOutcome) -> &'static str {
    match outcome {
        CallOutcome::Reached => w.call_reached,
        CallOutcome::NoAnswer => w.call_no_answer,
        CallOutcome::WrongNumber => w.call_wrong_number,
    }
}

pub(super) const fn correction(w: &Cases, kind: CorrectionKind) -> &'static str {
    match kind {
        CorrectionKind::Correction => w.correction_correction,
        CorrectionKind::Withdrawal => w.correction_withdrawal,
    }
}

pub(super) fn check(w: &Cases, verdict: &str) -> &'static str {
    match verdict {
        "good" => w.check_good,
        "bad" => w.check_bad,
        _ => w.check_cannot,
    }
}

/// One line of the history: a state reached, or the act's own word.
pub(super) fn history(w: &Cases, act: &str, to: &str) -> &'static str {
    if let Some(state) = RowState::from_name(to).filter(|_| act != "close" && act != "reopen") {
        return row(w, state);
    }
    if let Some(rung_name) = Rung::from_name(to) {
        return rung(w, rung_name);
    }
    if act == "reply" {
        return w.answered;
    }
    if let Some(name) = NoticeAct::from_name(act) {
        return self::act(w, name);
    }
    match act {
        "draft" | "redraft" => w.notice_drafting,
        "add_row" => w.add_problem,
        "drop_row" => w.drop_problem,
        "number" => w.give_number,
        "read" => w.read,
        "signed" => w.signed,
        "pass_on" => w.passed,
        "link" => w.link_history,
        "hand_in" => w.hand_in,
        "measures" => w.claim_measures,
        "call" => w.calls,
        "reply_form" => w.reply_form,
        "chase_reply" => w.reply_chased,
        "no_contact" => w.history_no_contact,
        "stale" => w.history_stale,
        "ask_extension" => w.extension,
        "grant_extension" => w.extension_granted,
        "refuse_extension" => w.extension_refused,
        "draft_rung" | "drop_rung" => w.ladder,
        "approve" => w.approved,
        "refuse" => w.not_approved,
        _ => w.corrections,
    }
}

/// What is left until a deadline, or how long ago it was; and whether it is past.
pub(super) fn left(w: &Cases, now: Micros, due: Micros) -> (String, bool) {
    let micros = (due.0 - now.0).abs();
    let late = due < now;
    let (days, hours) = (micros / MICROS_PER_DAY, micros / MICROS_PER_HOUR);
    let text = match (late, days >= 2) {
        (true, true) => fill(w.overdue_by, &[&days]),
        (true, false) => fill(w.overdue_hours, &[&hours]),
        (false, true) => fill(w.left_days, &[&days]),
        (false, false) => fill(w.left_hours, &[&hours]),
    };
    (text, late)
}

/// The words for a refusal; `None` for a failure of the machine.
pub(in crate::pages) fn refusal(ctx: &Ctx, error: &DeskError) -> Option<String> {
    let DeskError::Refused(refusal) = error else {
        tracing::error!(%error, "the desk failed");
        return None;
    };
    let (t, w) = (ctx.t(), ctx.lang.cases());
    Some(match refusal {
        Refusal::ChangedBy { by, at } => fill(w.changed_by, &[by, &ctx.zone().full(*at)]),
        Refusal::NotAllowed => t.error_role.to_owned(),
        Refusal::WrongState => w.wrong_state.to_owned(),
        Refusal::SamePerson => w.same_person.to_owned(),
        Refusal::ReasonMissing => w.reason_missing.to_owned(),
        Refusal::ScanMissing => w.scan_missing.to_owned(),
        Refusal::NumberUnfit => w.number_unfit.to_owned(),
        Refusal::NumberTaken => w.number_taken.to_owned(),
        Refusal::NumberMissing => w.number_missing.to_owned(),
        Refusal::NobodyAddressed => w.nobody_addressed.to_owned(),
        Refusal::TimeUnfit => w.time_unfit.to_owned(),
        Refusal::FileUnfit => w.file_unfit.to_owned(),
        Refusal::TextUnfit => w.text_unfit.to_owned(),
        _ => t.refused_unfit.to_owned(),
    })
}
