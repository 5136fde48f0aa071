//! Notices and their problems, who is to be called, what was sent; and what a unit owes.

use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ward_desk::{
    case::{Filter, Line as DeskLine, Only, TaskLine, machine::RowState},
    delivery::Shown,
};
use ward_event::{Micros, alert::Level};

use super::{
    params::{Asked, Nothing, Page, place, unit, written},
    problem::Problem,
};
use crate::context::Ctx;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeQuery {
    /// A number, or a part of a unit's id, a system, an address, a title, a drafter.
    q: Option<String>,
    hospital: Option<String>,
    /// Units of this locality alone, as the register names it.
    locality: Option<String>,
    level: Option<String>,
    /// A problem's state.
    state: Option<String>,
    /// open, overdue or returned.
    only: Option<String>,
    /// From `next` of the page before.
    cursor: Option<u32>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

/// A notice, and one of its problems where it has any.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NoticeLine {
    notice: i64,
    number: String,
    title: String,
    notice_state: &'static str,
    drafter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problems>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Problems {
    id: i64,
    no: i64,
    hospital: String,
    title: String,
    level: &'static str,
    system: String,
    address: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    returned: i64,
}

/// One notice with its steps, units, problems, proofs, calls and history; times in microseconds since the epoch.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct NoticeWhole(Map<String, Value>);

/// What a warning asked, who is to answer, and every answer; times in microseconds since the epoch.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct RepliesWhole(Map<String, Value>);

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Call {
    notice: i64,
    number: String,
    title: String,
    hospital: String,
    /// unsigned, no_contact, stale or bounced.
    why: Vec<&'static str>,
    sent: String,
    calls: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_call: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promised: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Calls {
    items: Vec<Call>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Delivery {
    id: i64,
    channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hospital: Option<String>,
    person: String,
    subject: &'static str,
    /// The thing it links to: tasks, incidents or reports, and its id.
    link: (&'static str, i64),
    state: &'static str,
    tries: i64,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

/// What has not arrived.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deliveries {
    items: Vec<Delivery>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deputy {
    leader: String,
    deputy: String,
    from: String,
    until: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deputies {
    items: Vec<Deputy>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Task {
    notice: i64,
    hospital: String,
    number: String,
    title: String,
    sent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    withdrawn: bool,
    problems: i64,
    /// Still to be answered, and the next deadline among them.
    owed: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// Answered, and with the commission.
    waiting: i64,
}

/// What is owed first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tasks {
    items: Vec<Task>,
}

/// What is late first.
pub(crate) async fn notices(
    ctx: Ctx,
    Asked(q): Asked<NoticeQuery>,
) -> Result<Json<Page<NoticeLine>>, Problem> {
    let place = place(q.cursor, q.limit)?;
    let named = |given: Option<&str>, what: &'static str| {
        Problem::unfit(format!("{what}: no {:?}", given.unwrap_or("")))
    };
    let given = |text: &Option<String>| text.as_deref().filter(|t| !t.is_empty()).map(str::to_owned);
    let (level, state, only) = (given(&q.level), given(&q.state), given(&q.only));
    let fit = |ok: bool, text: &Option<String>, what| {
        if ok || text.is_none() { Ok(()) } else { Err(named(text.as_deref(), what)) }
    };
    let filter = Filter {
        text: q.q.unwrap_or_default(),
        units: ctx.within(unit(q.hospital.as_deref())?.as_ref(), q.locality.as_deref()).units(),
        level: level.as_deref().and_then(Level::from_name),
        state: state.as_deref().and_then(RowState::from_name),
        only: only.as_deref().and_then(Only::from_name),
        from: place.0,
        limit: Some(place.1),
        ..Filter::default()
    };
    fit(filter.level.is_some(), &level, "level")?;
    fit(filter.state.is_some(), &state, "state")?;
    fit(filter.only.is_some(), &only, "only")?;
    let lines = ctx.app.desk.cases().list(&ctx.scope.units(), &filter).await?;
    Ok(Json(Page::at(place, lines.into_iter().map(line).collect())))
}

fn line(l: DeskLine) -> NoticeLine {
    NoticeLine {
        notice: l.notice,
        number: l.number,
        title: l.title,
        notice_state: l.notice_state.as_str(),
        drafter: l.drafter,
        sent: l.sent.map(written),
        problem: l.row.map(|r| Problems {
            id: r.id,
            no: r.no,
            hospital: r.of.unit.to_string(),
            title: r.of.title,
            level: r.of.level.name(),
            system: r.of.system,
            address: r.of.address,
            state: r.state.as_str(),
            due: r.due.map(written),
            returned: r.returned,
        }),
    }
}

/// A notice as the viewer's scope leaves it: a unit sees its own part alone, and not how it came about.
pub(crate) async fn notice(ctx: Ctx, id: Path<i64>, _: Asked<Nothing>) -> Result<Json<NoticeWhole>, Problem> {
    let detail = ctx.app.desk.cases().notice(&ctx.scope.units(), *id).await?.ok_or(Problem::NOT_FOUND)?;
    ctx.seen_object("notice", &id.to_string());
    whole(&detail)
}

pub(crate) async fn task(ctx: Ctx, id: Path<i64>, _: Asked<Nothing>) -> Result<Json<NoticeWhole>, Problem> {
    // Who is to answer has a scope of units; for all of the region there is no task.
    let units = Some(ctx.scope.units().unwrap_or_default());
    let detail = ctx.app.desk.cases().notice(&units, *id).await?.ok_or(Problem::NOT_FOUND)?;
    ctx.seen_object("notice", &id.to_string());
    whole(&detail)
}

fn whole(detail: &ward_desk::case::NoticeDetail) -> Result<Json<NoticeWhole>, Problem> {
    match serde_json::to_value(detail) {
        Ok(Value::Object(map)) => Ok(Json(NoticeWhole(map))),
        Ok(_) => Err(Problem::FAULT),
        Err(error) => {
            tracing::error!(%error, "a notice cannot be written");
            Err(Problem::FAULT)
        }
    }
}

pub(crate) async fn replies(
    ctx: Ctx,
    id: Path<i64>,
    _: Asked<Nothing>,
) -> Result<Json<RepliesWhole>, Problem> {
    let found = ctx.app.desk.cases().replies(&ctx.scope.units(), *id).await?.ok_or(Problem::NOT_FOUND)?;
    ctx.seen_object("notice", &id.to_string());
    let answers: Vec<_> = found.all().collect();
    match (serde_json::to_value(&found), serde_json::to_value(answers)) {
        (Ok(Value::Object(mut map)), Ok(answers)) => {
            map.insert("answers".to_owned(), answers);
            Ok(Json(RepliesWhole(map)))
        }
        _ => Err(Problem::FAULT),
    }
}

pub(crate) async fn calls(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Calls>, Problem> {
    let lines = ctx.app.desk.cases().to_call(&ctx.scope.units()).await?;
    let call = |c: ward_desk::case::ToCall| Call {
        notice: c.notice,
        number: c.number,
        title: c.title,
        hospital: c.unit.to_string(),
        why: c.why.iter().map(|why| why.as_str()).collect(),
        sent: written(c.sent),
        calls: c.calls,
        last_call: c.last_call.map(written),
        promised: c.promised.map(written),
    };
    Ok(Json(Calls { items: lines.into_iter().map(call).collect() }))
}

pub(crate) async fn deliveries(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Deliveries>, Problem> {
    let all = ctx.app.desk.deliveries().list(&ctx.scope.units(), Shown::Open).await?;
    let delivery = |d: ward_desk::delivery::Delivery| Delivery {
        id: d.id,
        channel: d.channel,
        hospital: d.unit.map(|unit| unit.to_string()),
        person: d.person,
        subject: d.message.subject.as_str(),
        link: (d.message.link.0.as_str(), d.message.link.1),
        state: d.state.as_str(),
        tries: d.tries,
        created_at: written(d.created_at),
        ended_at: d.ended_at.map(written),
    };
    Ok(Json(Deliveries { items: all.into_iter().map(delivery).collect() }))
}

pub(crate) async fn deputies(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Deputies>, Problem> {
    let all = ctx.app.desk.cases().deputies().await?;
    let deputy = |d: ward_desk::case::Deputy| Deputy {
        leader: d.leader,
        deputy: d.deputy,
        from: written(d.from),
        until: written(d.until),
    };
    Ok(Json(Deputies { items: all.into_iter().map(deputy).collect() }))
}

pub(crate) async fn tasks(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Tasks>, Problem> {
    let lines = ctx.app.desk.cases().tasks(&ctx.scope.units()).await?;
    let optional = |at: Option<Micros>| at.map(written);
    let task = |l: TaskLine| Task {
        notice: l.notice,
        hospital: l.unit.to_string(),
        number: l.number,
        title: l.title,
        sent: written(l.sent),
        signed: optional(l.signed),
        withdrawn: l.withdrawn,
        problems: l.problems,
        owed: l.owed,
        due: optional(l.due),
        waiting: l.waiting,
    };
    Ok(Json(Tasks { items: lines.into_iter().map(task).collect() }))
}
