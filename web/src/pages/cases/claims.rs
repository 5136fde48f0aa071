//! What a unit says is put right, beside what a check has found: on the notice by hospital, on each problem.

use ward_desk::case::{CheckKind, CheckRow, Evidence, NoticeDetail, Problem, Target, machine::RowState};

use super::words;
use crate::{
    context::Ctx,
    pages::{exposure::words::tool, parts::unit_name},
    text::{Verify, fill},
};

/// One check of a problem.
pub(super) struct CheckView {
    pub at: String,
    /// Which check, or who judged.
    pub judge: String,
    pub class: &'static str,
    pub verdict: &'static str,
    pub reason: String,
    /// What it rests on.
    pub evidence: Vec<String>,
}

/// The claims of one hospital.
pub(super) struct UnitClaims {
    pub name: String,
    pub lines: Vec<ClaimLine>,
}

pub(super) struct ClaimLine {
    pub no: i64,
    pub title: String,
    pub claimed: String,
    pub measures: String,
    pub proof: String,
    pub waits: String,
    /// The newest check.
    pub check: Option<CheckView>,
    pub class: &'static str,
    pub state: &'static str,
}

const fn kind(w: &Verify, kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Rule => w.kind_rule,
        CheckKind::Scan => w.kind_scan,
        CheckKind::Port => w.kind_port,
        CheckKind::None => w.kind_none,
    }
}

/// What is waited for, while a claim is being checked.
pub(super) fn waits(ctx: &Ctx, row: &Problem) -> String {
    let (w, zone) = (ctx.lang.verify(), ctx.zone());
    match (row.state, row.claimed) {
        (RowState::Rectified, Some(claimed)) => {
            let check = Target::of(&row.of).kind();
            let until = zone.full(ctx.app.desk.cases().watch(check, claimed).to);
            match check {
                CheckKind::Rule | CheckKind::Port => {
                    format!("{} · {}", kind(w, check), fill(w.watching, &[&until]))
                }
                CheckKind::Scan => fill(w.waiting_scan, &[&until]),
                CheckKind::None => w.by_hand.to_owned(),
            }
        }
        (RowState::ByHand, _) => w.by_hand.to_owned(),
        _ => String::new(),
    }
}

pub(super) fn check(ctx: &Ctx, row: &CheckRow) -> CheckView {
    let w = ctx.lang.verify();
    CheckView {
        at: ctx.zone().short(row.at),
        judge: row.kind.map_or_else(|| format!("{} {}", w.by_person, row.judge), |k| kind(w, k).to_owned()),
        class: match row.verdict.as_str() {
            "good" => "ok",
            "bad" => "wrong",
            _ => "unknown",
        },
        verdict: words::check(ctx.lang.cases(), &row.verdict),
        reason: row.reason.clone(),
        evidence: row.evidence.as_ref().map_or_else(Vec::new, |e| evidence(ctx, e, row.kind)),
    }
}

fn evidence(ctx: &Ctx, of: &Evidence, kind: Option<CheckKind>) -> Vec<String> {
    let (w, zone, comma) = (ctx.lang.verify(), ctx.zone(), ctx.t().list_comma);
    let mut lines = Vec::new();
    if !of.asked.is_empty() {
        lines.push(fill(w.asked, &[&of.asked.join(comma)]));
    }
    if !of.about.is_empty() {
        lines.push(fill(w.about, &[&of.about.join(comma)]));
    }
    if matches!(kind, Some(CheckKind::Rule | CheckKind::Port)) {
        lines.push(fill(w.watch, &[&zone.full(of.watch.from), &zone.full(of.watch.to)]));
        lines.push(fill(w.seen, &[&of.seen]));
    }
    let heard = |h: &ward_desk::case::Heard| fill(w.heard, &[&h.name, &h.minutes, &h.pause, &h.allowed]);
    lines.extend(of.heard.iter().map(heard));
    if let Some((id, by, file)) = &of.scan {
        let by = ward_scan::Tool::from_name(by).map_or("", |t| tool(ctx.lang.exposure(), t));
        lines.push(fill(w.scan, &[id, &by, file]));
    }
    lines.push(fill(w.as_of, &[&zone.full(of.as_of)]));
    lines
}

/// By hospital: every problem of a notice that is out, with its claim and what came of it.
pub(super) fn claims(ctx: &Ctx, detail: &NoticeDetail) -> Vec<UnitClaims> {
    if !detail.notice.state.is_out() {
        return Vec::new();
    }
    let (w, zone) = (ctx.lang.verify(), ctx.zone());
    let line = |row: &Problem| ClaimLine {
        no: row.no,
        title: row.of.title.clone(),
        claimed: row.claimed.map_or_else(String::new, |at| zone.short(at)),
        measures: row.measures.clone(),
        proof: detail.proof.get(&row.id).map_or_else(String::new, |all| fill(w.proof_count, &[&all.len()])),
        waits: waits(ctx, row),
        check: detail.checks.get(&row.id).and_then(|all| all.last()).map(|k| check(ctx, k)),
        class: words::row_class(row.state, false),
        state: words::row(ctx.lang.cases(), row.state),
    };
    let of = |unit: &ward_desk::case::UnitRow| UnitClaims {
        name: unit_name(ctx.t(), ctx.lang, &ctx.register, unit.unit.as_str()),
        lines: detail.rows.iter().filter(|r| r.of.unit == unit.unit).map(line).collect(),
    };
    detail.units.iter().map(of).filter(|unit| !unit.lines.is_empty()).collect()
}
