//! The duty roster and what shifts hand over.

use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::Serialize;
use ward_desk::duty;
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{
    params::{Asked, Nothing, written},
    problem::Problem,
};
use crate::{context::Ctx, scope::Scope};

/// As the page: from three days back on.
const BACK: i64 = 3 * MICROS_PER_DAY;
const AHEAD: i64 = 35 * MICROS_PER_DAY;

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shift {
    id: i64,
    starts_at: String,
    ends_at: String,
    leader: String,
    main: String,
    deputy: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Roster {
    #[serde(skip_serializing_if = "Option::is_none")]
    on_duty: Option<Shift>,
    items: Vec<Shift>,
    /// Shifts whose hand-over nobody has accepted yet.
    waiting: Vec<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HandOver {
    version: i64,
    written_at: String,
    writer: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_by: Option<String>,
    remarks: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShiftDetail {
    shift: Shift,
    #[serde(skip_serializing_if = "Option::is_none")]
    hand_over: Option<HandOver>,
}

fn shift(s: duty::Shift) -> Shift {
    Shift {
        id: s.id,
        starts_at: written(s.starts_at),
        ends_at: written(s.ends_at),
        leader: s.leader,
        main: s.main,
        deputy: s.deputy,
    }
}

pub(crate) async fn list(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Roster>, Problem> {
    let (duty, now) = (ctx.app.desk.duty(), ctx.app.desk.clock().now());
    let shifts = duty.roster(Micros(now.0 - BACK), Micros(now.0 + AHEAD)).await?;
    Ok(Json(Roster {
        on_duty: duty.on_duty().await?.map(shift),
        items: shifts.into_iter().map(shift).collect(),
        waiting: duty.hand_overs(true, 10).await?.iter().map(|h| h.shift).collect(),
    }))
}

pub(crate) async fn one(ctx: Ctx, id: Path<i64>, _: Asked<Nothing>) -> Result<Json<ShiftDetail>, Problem> {
    // A hand-over tells of all units: a token for some of them does not read it.
    if ctx.scope != Scope::All {
        return Err(Problem::NOT_FOUND);
    }
    let duty = ctx.app.desk.duty();
    let found = duty.shift(*id).await?.ok_or(Problem::NOT_FOUND)?;
    let handed = duty.hand_over(*id).await?.map(|h| HandOver {
        version: h.version,
        written_at: written(h.written_at),
        writer: h.writer,
        text: h.text,
        accepted_at: h.accepted.as_ref().map(|a| written(a.at)),
        remarks: h.accepted.as_ref().map(|a| a.remarks.clone()).unwrap_or_default(),
        accepted_by: h.accepted.map(|a| a.name),
    });
    Ok(Json(ShiftDetail { shift: shift(found), hand_over: handed }))
}
