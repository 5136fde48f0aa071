//! The side panel: why it fired in words, the event with what matched marked, what is known of the entity, what to
//! do, and what to change so that it does not come again for nothing.

use askama::Template;
use ward_desk::{
    DeskError,
    triage::{Filter, Group, Status},
};
use ward_event::UnitId;

use super::{
    act::{VerdictChoice, verdicts},
    hunt,
    row::{edit, status_word, verdict_word},
};
use crate::{
    context::Ctx,
    pages::{
        alert,
        cases::draft_from,
        field::{self, EventView},
        parts::{
            EntityLink, Failure, LevelMark, ReasonLine, UnitLink, When, entity_link, failure, level_mark,
            reasons, unit_link, when,
        },
    },
    query::{EntityKey, FullAlert},
    show::{grouped, link, points, words},
    text::{Lang, Texts, fill},
};

/// Other groups about the same entity, acts and alerts that are shown; the rest is one click away.
const RELATED: i64 = 6;
const ACTS: i64 = 8;

#[derive(Template)]
#[template(path = "queue_panel.html")]
pub(super) struct Panel {
    t: &'static Texts,
    csrf: String,
    id: String,
    edit: String,
    title: String,
    level: LevelMark,
    status: &'static str,
    status_word: &'static str,
    verdict: &'static str,
    reason: String,
    owner: String,
    unit: UnitLink,
    entity: EntityLink,
    entity_type: String,
    entity_value: String,
    hospital: String,
    rule: String,
    counts: String,
    story: Option<String>,
    alert_href: String,
    told: Vec<ToldReason>,
    event: Option<MarkedEvent>,
    failed: Option<Failure>,
    score: Option<String>,
    score_reasons: Vec<String>,
    related: Vec<Related>,
    acts: Vec<Done>,
    undo: Option<String>,
    verdicts: Vec<VerdictChoice>,
    test: bool,
    advice: String,
    about: String,
    /// Where a notice is drafted from its newest alert.
    draft: Option<(String, &'static str)>,
}

struct ToldReason {
    line: ReasonLine,
    /// Whether an allow-list can name it.
    named: bool,
    hunt: String,
}

struct MarkedEvent {
    view: EventView,
    /// The raw text in pieces; true where a matched value stands.
    raw: Vec<(String, bool)>,
    hits: Vec<(String, String)>,
}

struct Related {
    href: String,
    title: String,
    level: LevelMark,
    status: &'static str,
    alerts: String,
    last: When,
}

struct Done {
    when: When,
    words: String,
    /// As it was given, in whatever language.
    reason: String,
}

impl Panel {
    pub(super) async fn of(ctx: &Ctx, group: &Group) -> Result<Self, DeskError> {
        let t = ctx.t();
        let triage = ctx.app.desk.triage();
        let about = Filter {
            entity: Some((group.entity_type.clone(), group.entity_value.clone())),
            ..Filter::default()
        };
        let related = triage.page(&about, &ctx.scope.units(), 0, RELATED + 1).await?.groups;
        let acts = triage.history(&group.id, ACTS).await?;
        let undo = triage.last_act(&group.id).await?;
        let (found, failed) = match ctx.app.reader.alert(&ctx.scope, &group.last_alert).await {
            Ok(revisions) => (revisions.into_iter().next(), None),
            Err(error) => (None, Some(failure(t, error))),
        };
        let (score, score_reasons) = score(ctx, group).await;
        let title = words::title(ctx.lang, &group.title_zh, &group.title).to_owned();
        let told = found.as_ref().map(|a| reasons(ctx.lang, &a.reasons, 1.0)).unwrap_or_default();
        let event = match &found {
            Some(found) => event(ctx, found, &told).await,
            None => None,
        };
        let count = |n: i64| grouped(u64::try_from(n).unwrap_or(0));
        let rule = ctx.app.rules.get(&group.rule_id);
        Ok(Self {
            t,
            csrf: ctx.csrf(),
            id: group.id.clone(),
            edit: edit(group),
            draft: draft_from(ctx, "alert", &group.last_alert),
            level: level_mark(t, group.level.name()),
            status: group.status.as_str(),
            status_word: status_word(t, group.status),
            verdict: if group.status == Status::Closed { verdict_word(t, group.verdict) } else { "" },
            reason: if group.status == Status::Closed { group.reason.clone() } else { String::new() },
            owner: group.owner.clone(),
            unit: unit_link(ctx, &group.hospital),
            entity: entity_link(t, &group.entity_type, &group.entity_value, &group.hospital),
            entity_type: group.entity_type.clone(),
            entity_value: group.entity_value.clone(),
            hospital: group.hospital.clone(),
            rule: group.rule_id.clone(),
            counts: fill(
                t.queue_counts,
                &[&count(group.alerts), &count(group.unclosed), &count(group.events)],
            ),
            story: found.as_ref().map(|a| alert::story(ctx, a, &title)),
            alert_href: link::alert(&group.last_alert),
            told: told.into_iter().map(told_reason).collect(),
            event,
            failed,
            score,
            score_reasons,
            related: related.iter().filter(|g| g.id != group.id).map(|g| related_of(ctx, g)).collect(),
            acts: acts
                .iter()
                .map(|a| Done {
                    when: when(ctx, a.at),
                    words: fill(action_word(t, &a.action), &[&a.account])
                        + &if a.reason.is_empty() {
                            String::new()
                        } else {
                            format!("{}{}", t.list_comma, verdict_word(t, a.verdict))
                        },
                    reason: a.reason.clone(),
                })
                .collect(),
            undo: undo.map(|id| format!("{}:{id}", group.id)),
            verdicts: verdicts(t),
            advice: rule.map(|r| spoken(ctx.lang, &r.advice_zh, &r.advice_en)).unwrap_or_default(),
            about: rule.map(|r| r.description.clone()).unwrap_or_default(),
            test: group.verdict.name() == "authorised_test",
            title,
        })
    }
}

/// The text in the language asked for, else in the other.
fn spoken(lang: Lang, zh: &str, en: &str) -> String {
    let own = if lang == Lang::Zh { zh } else { en };
    if own.is_empty() { format!("{zh}{en}") } else { own.to_owned() }
}

const fn action_word(t: &'static Texts, action: &str) -> &'static str {
    match action.as_bytes() {
        b"take" => t.act_take,
        b"assign" => t.act_assign,
        b"release" => t.act_release,
        b"close" => t.act_close,
        b"reopen" => t.act_reopen,
        _ => t.act_undo,
    }
}

fn told_reason(line: ReasonLine) -> ToldReason {
    // What UEBA and correlations tell of is no field of an event.
    let named = line.points.is_none()
        && !line.value.is_empty()
        && line.field != "correlation"
        && line.field != "keyword";
    ToldReason { named, hunt: hunt(&line.field, &line.value), line }
}

async fn event(ctx: &Ctx, found: &FullAlert, told: &[ReasonLine]) -> Option<MarkedEvent> {
    let events = alert::events(ctx, found).await.ok()?;
    let first = events.first()?;
    let names: Vec<String> = told.iter().map(|r| r.field.clone()).filter(|f| !f.is_empty()).collect();
    let view = field::view(ctx, first, &names);
    let values: Vec<&str> = told.iter().map(|r| r.value.as_str()).filter(|v| v.len() > 1).collect();
    let raw = marked(&view.raw, &values);
    let lines = view.fields.iter().chain(&view.source).filter(|f| f.hit);
    let hits = lines.map(|f| (f.name.clone(), f.value.clone())).collect();
    Some(MarkedEvent { raw, hits, view })
}

/// `text` in pieces, those that are one of `values` marked; ASCII case is no difference.
fn marked(text: &str, values: &[&str]) -> Vec<(String, bool)> {
    let lower = text.to_ascii_lowercase();
    let values: Vec<String> = values.iter().map(|v| v.to_ascii_lowercase()).collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let next = values
            .iter()
            .filter_map(|v| Some((at + lower[at..].find(v.as_str())?, v.len())))
            .min_by_key(|(place, len)| (*place, std::cmp::Reverse(*len)));
        let Some((place, len)) = next else { break };
        if place > at {
            pieces.push((text[at..place].to_owned(), false));
        }
        pieces.push((text[place..place + len].to_owned(), true));
        at = place + len;
    }
    if at < text.len() {
        pieces.push((text[at..].to_owned(), false));
    }
    pieces
}

/// The entity's score now, and what makes it.
async fn score(ctx: &Ctx, group: &Group) -> (Option<String>, Vec<String>) {
    let unit = UnitId::new(&group.hospital).ok();
    let key = EntityKey { kind: group.entity_type.clone(), value: group.entity_value.clone(), unit };
    let Ok(rows) = ctx.app.reader.scores(&ctx.scope, &key, ctx.now).await else {
        return (None, Vec::new());
    };
    match rows.iter().find(|r| r.hospital == group.hospital) {
        Some(row) => {
            let told = reasons(ctx.lang, &row.reasons, row.current / row.score.max(f64::MIN_POSITIVE));
            (Some(points(row.current)), told.into_iter().take(3).map(|r| r.words).collect())
        }
        None => (None, Vec::new()),
    }
}

fn related_of(ctx: &Ctx, group: &Group) -> Related {
    let t = ctx.t();
    Related {
        href: format!("/queue/{}", group.id),
        title: words::title(ctx.lang, &group.title_zh, &group.title).to_owned(),
        level: level_mark(t, group.level.name()),
        status: status_word(t, group.status),
        alerts: grouped(u64::try_from(group.alerts).unwrap_or(0)),
        last: when(ctx, group.last_seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matched_is_marked_and_nothing_is_lost() {
        let text = "用户 LI ran psexec.exe on pc-li";
        let pieces = marked(text, &["psexec.exe", "li"]);
        let hits: Vec<_> = pieces.iter().filter(|p| p.1).map(|p| p.0.as_str()).collect();
        assert_eq!(hits, ["LI", "psexec.exe", "li"]);
        assert_eq!(pieces.iter().map(|p| p.0.as_str()).collect::<String>(), text);
        assert_eq!(marked("", &["x"]), []);
        assert_eq!(marked("abc", &[]), [("abc".to_owned(), false)]);
    }
}
