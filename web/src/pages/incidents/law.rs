//! The law's clocks of one incident, in words.

use ward_desk::incident::{IncidentDetail, Law, Operator, ReportKind, Term};

use super::{left, paper::paper};
use crate::{
    context::Ctx,
    pages::{
        cases::{choice, now},
        parts::Choice,
    },
    text::{Incidents, Lang, fill},
};

/// What is shown of them.
pub(super) struct Clocks {
    pub law: String,
    /// Nothing was stated yet.
    pub unstated: bool,
    pub facts: Vec<(&'static str, String)>,
    /// A deadline: what, until when, what is left, whether it is past.
    pub due: Vec<(&'static str, String, String, bool)>,
    pub note: String,
    pub reports: Vec<Report>,
    pub operators: Vec<Choice>,
    pub classes: Vec<Choice>,
    pub grades: Vec<Choice>,
    pub now: String,
    /// The reports as documents: word, address without its ending, what is missing; whether nothing is.
    pub papers: Vec<(&'static str, String, String, bool)>,
    pub contents: Vec<ContentField>,
}

/// A heading that people write under.
pub(super) struct ContentField {
    pub key: String,
    pub name: String,
    pub text: String,
    /// From which report on it is needed; empty where it may be left out.
    pub needed: &'static str,
}

pub(super) struct Report {
    pub kind: &'static str,
    pub receiver: String,
    pub channel: String,
    pub person: String,
    pub at: String,
    pub acknowledged: String,
}

pub(super) const fn kind(w: &Incidents, kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::First => w.report_first,
        ReportKind::FollowUp => w.report_follow_up,
        ReportKind::Final => w.report_final,
    }
}

fn operator_name(ctx: &Ctx, operator: &Operator) -> String {
    let name = if ctx.lang == Lang::En { &operator.name_en } else { &operator.name };
    let within = fill(ctx.lang.incidents().law_minutes, &[&operator.minutes]);
    format!("{name} ({within})")
}

fn term(lang: Lang, terms: &[Term], key: &str) -> String {
    let term = terms.iter().find(|t| t.key == key);
    term.map_or_else(|| key.to_owned(), |t| if lang == Lang::En { t.name_en.clone() } else { t.name.clone() })
}

fn terms(lang: Lang, terms: &[Term], chosen: &str) -> Vec<Choice> {
    terms.iter().map(|t| choice(&t.key, term(lang, terms, &t.key), t.key == chosen)).collect()
}

fn document(
    ctx: &Ctx,
    law: &Law,
    detail: &IncidentDetail,
    of: ReportKind,
) -> (&'static str, String, String, bool) {
    let w = ctx.lang.incidents();
    let missing = paper(ctx, law, detail, of).statutory.map_or(0, |statutory| statutory.missing());
    let told = if missing == 0 { w.law_complete.to_owned() } else { fill(w.law_missing, &[&missing]) };
    (kind(w, of), format!("/incidents/{}/law/{}", detail.incident.id, of.as_str()), told, missing == 0)
}

pub(super) fn clocks(ctx: &Ctx, law: &Law, detail: &IncidentDetail) -> Clocks {
    let (w, zone, now) = (ctx.lang.incidents(), ctx.zone(), now(ctx));
    let stated = detail.known.last();
    let of = stated.map(|known| &known.of);
    let chosen = |key: fn(&ward_desk::incident::NewKnown) -> &str| of.map_or("", key);
    let reports = detail.reports.iter().map(|r| Report {
        kind: kind(w, r.of.kind),
        receiver: r.of.receiver.clone(),
        channel: r.of.channel.clone(),
        person: r.of.person.clone(),
        at: zone.full(r.of.made_at),
        acknowledged: r.of.acknowledged.clone(),
    });
    let first = detail.reports.iter().find(|r| r.of.kind == ReportKind::First);
    let is_final = detail.reports.iter().any(|r| r.of.kind == ReportKind::Final);
    let mut due = Vec::new();
    let mut note = String::new();
    if let Some(known) = of {
        let until = |word, at| {
            let (text, late) = left(w, now, at);
            (word, zone.full(at), text, late)
        };
        match (law.due(known), first) {
            (_, Some(report)) => note = fill(w.law_made, &[&zone.full(report.of.made_at)]),
            (Some(at), None) => due.push(until(w.law_due, at)),
            (None, None) => w.law_not_due.clone_into(&mut note),
        }
        let ended = detail.incident.ended.and_then(|ended| law.final_due(known, ended));
        if let Some(at) = ended.filter(|_| !is_final) {
            due.push(until(w.law_final, at));
        }
    }
    let facts = stated.map_or_else(Vec::new, |known| {
        let operator = law.operator(&known.of.operator);
        vec![
            (w.operator, operator.map_or_else(|| known.of.operator.clone(), |o| operator_name(ctx, o))),
            (w.law_to, operator.map_or_else(String::new, |o| o.to.join(ctx.t().list_comma))),
            (w.class, term(ctx.lang, &law.classes, &known.of.class)),
            (w.grade, term(ctx.lang, &law.grades, &known.of.grade)),
            (w.known_at, zone.full(known.of.known_at)),
            (w.known_person, known.of.person.clone()),
        ]
    });
    Clocks {
        law: stated.map_or_else(|| format!("{} {}", law.name, law.effective), |known| known.law.clone()),
        unstated: stated.is_none(),
        facts,
        due,
        note,
        reports: reports.collect(),
        operators: law
            .operators
            .iter()
            .map(|o| {
                let is = chosen(|k| &k.operator);
                choice(&o.key, operator_name(ctx, o), o.key == is || (is.is_empty() && o.key == "other"))
            })
            .collect(),
        classes: terms(ctx.lang, &law.classes, chosen(|k| &k.class)),
        grades: terms(ctx.lang, &law.grades, chosen(|k| &k.grade)),
        now: zone.input(now),
        papers: ReportKind::ALL.iter().map(|kind| document(ctx, law, detail, *kind)).collect(),
        contents: law
            .contents
            .iter()
            .map(|content| ContentField {
                key: content.key.clone(),
                name: if ctx.lang == Lang::En { content.name_en.clone() } else { content.name.clone() },
                text: detail.words.get(&content.key).cloned().unwrap_or_default(),
                needed: content.needed.map_or("", |needed| kind(w, needed)),
            })
            .collect(),
    }
}
