//! `/api/v1/alerts` and one of them.

use actix_web::web::{self, Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ward_event::{Micros, alert::Level};

use super::{
    params::{Asked, Page, instant, limit, unit, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    query::{AlertFilter, AlertPage, AlertRow, AlertSort, FullAlert, SortKey},
};

/// Alerts whose newest revision is of the last seven days, where no time is given.
const DEFAULT_BACK: i64 = 7 * ward_event::time::MICROS_PER_DAY;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertQuery {
    /// RFC 3339; seven days ago if absent.
    from: Option<String>,
    to: Option<String>,
    /// Comma separated: critical, high, medium, low, informational.
    level: Option<String>,
    hospital: Option<String>,
    /// Units of this locality alone, as the register names it.
    locality: Option<String>,
    rule: Option<String>,
    /// With `entity`.
    entity_type: Option<String>,
    entity: Option<String>,
    /// Anywhere in title, rule, entities or reasons.
    q: Option<String>,
    /// time, level, score, events or first; with `-` before it the largest first. `-time` if absent.
    sort: Option<String>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Entity {
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Alert {
    alert_id: String,
    rule_id: String,
    title: String,
    title_zh: String,
    level: String,
    /// Of the newest revision.
    time: String,
    first_time: String,
    hospital: String,
    entities: Vec<Entity>,
    event_count: u64,
    score: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventRef {
    producer: String,
    seq: u64,
}

/// One alert, whole, in one revision.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AlertDetail {
    alert_id: String,
    revision: u32,
    rule_id: String,
    title: String,
    title_zh: String,
    level: String,
    techniques: Vec<String>,
    time: String,
    first_time: String,
    last_time: String,
    hospital: String,
    entities: Vec<Entity>,
    /// field, value, zh, en, points
    reasons: Value,
    events: Vec<EventRef>,
    event_count: u64,
    score: f64,
    /// Hashes of what judged: rules, baseline, intel, register, geoip.
    versions: Value,
}

/// Every revision of one alert, newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AlertRevisions {
    revisions: Vec<AlertDetail>,
}

pub(crate) async fn list(ctx: Ctx, Asked(q): Asked<AlertQuery>) -> Result<Json<Page<Alert>>, Problem> {
    let limit = limit(q.limit)?;
    let filter = filter(&ctx, &q)?;
    let sort = sort(q.sort.as_deref())?;
    let after = q.cursor.as_deref().map(cursor).transpose()?;
    let page = AlertPage { after, limit: limit as i64 + 1 };
    let mut rows =
        ctx.app.reader.alerts(&ctx.within(None, q.locality.as_deref()), &filter, sort, page).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| format!("{}~{}", last.sort_key, last.alert_id));
    Ok(Json(Page { items: rows.into_iter().map(alert).collect(), next }))
}

pub(crate) async fn one(ctx: Ctx, id: web::Path<String>) -> Result<Json<AlertRevisions>, Problem> {
    let revisions = ctx.app.reader.alert(&ctx.scope, &id).await?;
    let Some(newest) = revisions.first() else { return Err(Problem::NOT_FOUND) };
    ctx.seen_unit(&newest.hospital);
    Ok(Json(AlertRevisions { revisions: revisions.into_iter().map(detail).collect() }))
}

fn filter(ctx: &Ctx, q: &AlertQuery) -> Result<AlertFilter, Problem> {
    let level = |name: &str| Level::from_name(name).ok_or_else(|| Problem::unfit("level: no such level"));
    let entities = match (&q.entity_type, &q.entity) {
        (Some(kind), Some(value)) => vec![(kind.clone(), value.clone())],
        (None, None) => Vec::new(),
        _ => return Err(Problem::unfit("entity and entity_type go together")),
    };
    Ok(AlertFilter {
        from: instant("from", q.from.as_deref())?.unwrap_or(Micros(ctx.now.0 - DEFAULT_BACK)),
        to: instant("to", q.to.as_deref())?,
        levels: q.level.iter().flat_map(|l| l.split(',')).map(level).collect::<Result<_, _>>()?,
        unit: unit(q.hospital.as_deref())?,
        rule: q.rule.clone(),
        entities,
        text: q.q.clone().filter(|text| !text.is_empty()),
    })
}

fn sort(code: Option<&str>) -> Result<AlertSort, Problem> {
    let code = code.unwrap_or("-time");
    let name = code.strip_prefix('-').unwrap_or(code);
    let key = SortKey::ALL.into_iter().find(|k| k.name() == name);
    let key = key.ok_or_else(|| Problem::unfit("sort: time, level, score, events or first"))?;
    Ok(AlertSort { key, ascending: !code.starts_with('-') })
}

fn cursor(text: &str) -> Result<(f64, String), Problem> {
    let read = text.split_once('~').and_then(|(key, id)| Some((key.parse::<f64>().ok()?, id)));
    match read {
        Some((key, id)) if key.is_finite() => Ok((key, id.to_owned())),
        _ => Err(Problem::unfit("cursor: not one of ours")),
    }
}

fn entities(types: Vec<String>, values: Vec<String>) -> Vec<Entity> {
    types.into_iter().zip(values).map(|(kind, value)| Entity { kind, value }).collect()
}

fn alert(row: AlertRow) -> Alert {
    Alert {
        alert_id: row.alert_id,
        rule_id: row.rule_id,
        title: row.title,
        title_zh: row.title_zh,
        level: row.level,
        time: written(Micros(row.time)),
        first_time: written(Micros(row.first_time)),
        hospital: row.hospital,
        entities: entities(row.entity_types, row.entity_values),
        event_count: row.event_count,
        score: row.score,
    }
}

fn detail(a: FullAlert) -> AlertDetail {
    let json = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    let refs = a.event_producers.into_iter().zip(a.event_seqs);
    AlertDetail {
        alert_id: a.alert_id,
        revision: a.revision,
        rule_id: a.rule_id,
        title: a.title,
        title_zh: a.title_zh,
        level: a.level,
        techniques: a.techniques,
        time: written(Micros(a.time)),
        first_time: written(Micros(a.first_time)),
        last_time: written(Micros(a.last_time)),
        hospital: a.hospital,
        entities: entities(a.entity_types, a.entity_values),
        reasons: json(&a.reasons),
        events: refs.map(|(producer, seq)| EventRef { producer, seq }).collect(),
        event_count: a.event_count,
        score: a.score,
        versions: json(&a.versions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_writes_wrongly_it_is_told() {
        assert_eq!(cursor("17.5~ab").expect("a cursor"), (17.5, "ab".to_owned()));
        assert!(["", "x~y", "NaN~a", "inf~a"].iter().all(|bad| cursor(bad).is_err()));
        assert_eq!(sort(Some("score")).expect("an order").key, SortKey::Score);
        assert!(sort(Some("; DROP")).is_err());
    }
}
