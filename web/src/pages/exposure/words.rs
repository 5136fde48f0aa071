//! Findings in words.

use ward_desk::{
    DeskError, Refusal,
    finding::{Event, Finding, FindingState, Judgement},
};
use ward_event::Micros;
use ward_scan::{Doubt, Kind, Protocol, Refused, Severity, Tool};

use crate::{
    pages::parts::{LevelMark, level_mark},
    text::{Exposure, Texts, fill},
};

pub(super) fn severity(t: &Texts, severity: Severity) -> LevelMark {
    let name = if severity == Severity::Info { "informational" } else { severity.as_str() };
    level_mark(t, name)
}

pub(super) const fn kind(w: &Exposure, kind: Kind) -> &'static str {
    match kind {
        Kind::Vulnerability => w.kind_vulnerability,
        Kind::Port => w.kind_port,
        Kind::Password => w.kind_password,
        Kind::Baseline => w.kind_baseline,
        Kind::Web => w.kind_web,
    }
}

/// A state: a class of the sheet and its word.
pub(super) struct StateMark {
    pub class: &'static str,
    pub word: &'static str,
}

pub(super) fn state(w: &Exposure, finding: &Finding, now: Micros) -> StateMark {
    let (class, word) = match finding.state {
        _ if finding.is_accepted(now) => ("unknown", w.accepted),
        _ if finding.is_overdue(now) => ("wrong", w.overdue),
        FindingState::Suspected => ("partial", w.suspected),
        FindingState::Open => ("partial", w.open),
        FindingState::Fixed => ("ok", w.fixed),
        FindingState::NotAffected => ("unknown", w.not_affected),
    };
    StateMark { class, word }
}

/// `445/tcp`; empty for the host as a whole.
pub(super) fn port(finding: &Finding) -> String {
    match finding.protocol {
        Protocol::None => String::new(),
        protocol => format!("{}/{}", finding.port, protocol.as_str()),
    }
}

pub(super) fn score(finding: &Finding) -> String {
    finding.score.map_or(String::new(), |s| format!("{}.{}", s / 10, s % 10))
}

pub(super) const fn event(w: &Exposure, event: Event) -> &'static str {
    match event {
        Event::Found => w.ev_found,
        Event::Disclosed => w.ev_disclosed,
        Event::Confirmed => w.ev_confirmed,
        Event::Seen => w.ev_seen,
        Event::Fixed => w.ev_fixed,
        Event::Passed => w.ev_passed,
        Event::Reopened => w.ev_reopened,
        Event::CannotTell => w.ev_cannot_tell,
        Event::Accepted => w.ev_accepted,
        Event::AcceptanceEnded => w.ev_acceptance_ended,
        Event::FixedByProof => w.ev_fixed_by_proof,
        Event::NotAffected => w.ev_not_affected,
    }
}

pub(crate) const fn doubt(w: &Exposure, doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Tool => w.doubt_tool,
        Doubt::Older => w.doubt_older,
        Doubt::Host => w.doubt_host,
        Doubt::Unfinished => w.doubt_unfinished,
        Doubt::Port => w.doubt_port,
        Doubt::Check => w.doubt_check,
        Doubt::Credentials => w.doubt_credentials,
        Doubt::Explicit => w.doubt_explicit,
    }
}

pub(super) const fn judgement(w: &Exposure, judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Confirmed => w.judge_confirmed,
        Judgement::FixedByProof => w.judge_fixed,
        Judgement::NotAffected => w.judge_not_affected,
        Judgement::AcceptanceEnded => w.judge_acceptance_ended,
    }
}

/// A tool's own name is in no language.
pub(crate) const fn tool(w: &Exposure, tool: Tool) -> &'static str {
    match tool {
        Tool::Nessus => "Nessus",
        Tool::OpenVas => "OpenVAS",
        Tool::Qualys => "Qualys",
        Tool::Nmap => "Nmap",
        Tool::Passwords => w.tool_passwords,
        Tool::Baseline => w.tool_baseline,
        Tool::WebTest => w.tool_web_test,
    }
}

pub(super) fn refused(w: &Exposure, refused: &Refused) -> String {
    match refused {
        Refused::Empty => w.bad_empty.to_owned(),
        Refused::Archive(kind) => fill(w.bad_archive, &[kind]),
        Refused::Encoding => w.bad_encoding.to_owned(),
        Refused::Unknown => w.bad_unknown.to_owned(),
        Refused::TooLarge(bytes) => fill(w.bad_large, &[&(bytes >> 20)]),
        Refused::Entities => w.bad_entities.to_owned(),
        Refused::TooDeep(levels) => fill(w.bad_deep, &[levels]),
        Refused::TooLong(bytes) => fill(w.bad_long, &[&(bytes >> 20)]),
        Refused::TooMany(_, most) => fill(w.bad_many, &[most]),
        Refused::Truncated => w.bad_truncated.to_owned(),
        Refused::Malformed(at, _) => fill(w.bad_malformed, &[at]),
        Refused::NoColumn(column) => fill(w.bad_column, &[column]),
        Refused::Unreadable(_) => w.bad_unreadable.to_owned(),
    }
}

/// The words for a refusal; `None` for a failure of the machine.
pub(super) const fn refusal(w: &Exposure, error: &DeskError) -> Option<&'static str> {
    match error {
        DeskError::Refused(Refusal::TextUnfit) => Some(w.refused_text),
        DeskError::Refused(Refusal::EndUnfit) => Some(w.refused_end),
        DeskError::Refused(Refusal::NotAllowed) => Some(w.refused_role),
        DeskError::Refused(_) => Some(w.refused_changed),
        _ => None,
    }
}
