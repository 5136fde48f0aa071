//! What the desk held, as the weekly report takes it.

use ward_desk::{
    case::CallOutcome,
    figures::{DeskFigures, FindingFigures, UnitFigures},
    incident::Stage,
};
use ward_event::{
    Micros,
    register::{Register, Unit},
    time::MICROS_PER_DAY,
};
use ward_report::weekly::{CampaignFacts, Exposure, Handling, IncomingFacts, LateFacts};
use ward_scan::Kind;

use super::held::SCANNED_DAYS;

fn of<'f>(figures: &'f DeskFigures, unit: &Unit) -> Option<&'f UnitFigures> {
    figures.units.get(&unit.id)
}

pub(super) fn handling(figures: &DeskFigures, unit: &Unit) -> Handling {
    let Some(held) = of(figures, unit) else { return Handling::default() };
    let (notices, problems, incidents) = (&held.notices, &held.problems, &held.incidents);
    Handling {
        sent: notices.sent,
        signed: notices.signed,
        in_time: notices.in_time,
        answered: notices.answered,
        unsigned: notices.unsigned,
        problems: problems.new,
        claimed: problems.claimed,
        passed: problems.passed,
        first_pass: problems.first_pass,
        returned: problems.returned,
        closed: problems.closed,
        open: problems.open,
        overdue: problems.overdue,
        incidents_found: incidents.found,
        incidents_closed: incidents.closed,
        // The report names them in the desk's own order.
        stages: Stage::ALL.map(|stage| incidents.open.get(&stage).copied().unwrap_or(0)),
        sign_minutes: notices.sign_minutes.clone(),
        fix_minutes: problems.fix_minutes.clone(),
    }
}

/// None where nobody looked within the last days before `at`.
pub(super) fn exposure(figures: &DeskFigures, unit: &Unit, at: Micros) -> Option<Exposure> {
    let looked =
        |f: &&FindingFigures| f.scanned.is_some_and(|made| at.0 - made.0 <= SCANNED_DAYS * MICROS_PER_DAY);
    let held = of(figures, unit)?;
    held.findings.values().any(|f| looked(&f)).then(|| {
        let mut sum = Exposure::default();
        for (kind, one) in &held.findings {
            for (all, n) in sum.open.iter_mut().zip(one.open) {
                *all += n;
            }
            sum.passwords += if *kind == Kind::Password { one.open.iter().sum::<u64>() } else { 0 };
            sum.overdue += one.overdue;
            sum.accepted += one.accepted;
            sum.found += one.found;
            sum.fixed += one.fixed;
        }
        sum
    })
}

/// What waits too long, with whom to ask.
pub(super) fn late(figures: &DeskFigures, register: &Register, at: Micros) -> Vec<LateFacts> {
    let line = |part: &ward_desk::figures::LatePart| {
        let unit = register.unit(&part.unit);
        let contacts = unit.map_or(&[][..], |u| &u.contacts);
        let contact = contacts.iter().find(|c| !c.phone.is_empty()).or_else(|| contacts.first());
        LateFacts {
            unit: part.unit.to_string(),
            number: part.number.clone(),
            title: part.title.clone(),
            signed: part.signed,
            overdue: part.overdue,
            days: u64::try_from((at.0 - part.since.0) / MICROS_PER_DAY).unwrap_or(0),
            contact: contact.map(|c| format!("{} {}", c.name, c.phone).trim().to_owned()).unwrap_or_default(),
            calls: part.calls,
            last_call: part.last_call.map_or("", |(_, outcome)| said(outcome)).to_owned(),
        }
    };
    figures.late.iter().map(line).collect()
}

const fn said(outcome: CallOutcome) -> &'static str {
    match outcome {
        CallOutcome::Reached => "已接通",
        CallOutcome::NoAnswer => "无人接听",
        CallOutcome::WrongNumber => "号码有误",
    }
}

pub(super) fn campaigns(figures: &DeskFigures) -> Vec<CampaignFacts> {
    let one = |c: &ward_desk::figures::CampaignFigure| CampaignFacts {
        number: c.number.clone(),
        kind: c.kind.clone(),
        value: c.value.clone(),
        is_new: c.is_new,
        units: c.units.iter().map(ToString::to_string).collect(),
    };
    figures.campaigns.iter().map(one).collect()
}

pub(super) fn incoming(figures: &DeskFigures) -> IncomingFacts {
    let of = figures.incoming;
    IncomingFacts { closed: of.closed, open: of.open, overdue: of.overdue }
}
