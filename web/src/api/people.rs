//! `/api/v1/me`, accounts, sessions and the audit.

use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_desk::{
    DeskError, Reach,
    account::Account as DeskAccount,
    audit::{Action, Record, Search},
};
use ward_event::Micros;

use super::{
    params::{Asked, Nothing, Page, instant, limit, unit, written},
    problem::Problem,
};
use crate::context::Ctx;

/// Who asks, and whose rows that reaches.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Me {
    name: String,
    role: String,
    /// The units, by the register in force; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<Vec<String>>,
    may_write: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Account {
    id: i64,
    name: String,
    display_name: String,
    role: String,
    /// Empty where the role reaches no locality.
    locality: String,
    units: Vec<String>,
    created_at: String,
    enrolled: bool,
    disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Accounts {
    items: Vec<Account>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Session {
    id: String,
    name: String,
    role: String,
    address: String,
    agent: String,
    created_at: String,
    seen_at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Sessions {
    items: Vec<Session>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// The sign-in name.
    account: Option<String>,
    action: Option<String>,
    hospital: Option<String>,
    /// With `object`: a kind such as account, host or unit.
    object_kind: Option<String>,
    object: Option<String>,
    document: Option<String>,
    /// RFC 3339
    from: Option<String>,
    to: Option<String>,
    /// From `next` of the page before.
    cursor: Option<i64>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AuditEntry {
    number: i64,
    time: String,
    account: String,
    role: String,
    address: String,
    action: String,
    unit: String,
    object_kind: String,
    object_id: String,
    document: String,
    /// done, refused or failed.
    outcome: String,
    /// JSON text, byte for byte as it was written.
    detail: String,
    hash: String,
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Refused(_) => Self::FORBIDDEN,
            error => {
                tracing::error!(%error, "the desk failed");
                Self::FAULT
            }
        }
    }
}

pub(crate) async fn me(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Me>, Problem> {
    let viewer = ctx.viewer().ok_or(Problem::SIGNED_OUT)?;
    let units = match &ctx.scope {
        crate::scope::Scope::All => None,
        crate::scope::Scope::Units(units) => Some(units.iter().map(ToString::to_string).collect()),
    };
    let (name, role) = (viewer.name.clone(), viewer.role.to_string());
    Ok(Json(Me { name, role, units, may_write: viewer.may_write }))
}

pub(crate) async fn accounts(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Accounts>, Problem> {
    let accounts = ctx.app.desk.accounts().list().await?;
    Ok(Json(Accounts { items: accounts.into_iter().map(account).collect() }))
}

fn account(a: DeskAccount) -> Account {
    let (locality, units) = match a.reach {
        Reach::Region => (String::new(), Vec::new()),
        Reach::Locality(name) => (name, Vec::new()),
        Reach::Units(units) => (String::new(), units.iter().map(ToString::to_string).collect()),
    };
    Account {
        id: a.id.0,
        name: a.name,
        display_name: a.display_name,
        role: a.role.to_string(),
        locality,
        units,
        created_at: written(a.created_at),
        enrolled: a.enrolled_at.is_some(),
        disabled: a.disabled_at.is_some(),
        ends_at: a.ends_at.map(written),
    }
}

pub(crate) async fn sessions(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Sessions>, Problem> {
    let viewer = ctx.viewer().ok_or(Problem::SIGNED_OUT)?;
    let rows = ctx.app.desk.sessions().list(viewer).await?;
    let session = |row: ward_desk::session::SessionRow| Session {
        id: row.id,
        name: row.viewer.name,
        role: row.viewer.role.to_string(),
        address: row.address,
        agent: row.agent,
        created_at: written(row.created_at),
        seen_at: written(row.seen_at),
    };
    Ok(Json(Sessions { items: rows.into_iter().map(session).collect() }))
}

pub(crate) async fn audit(ctx: Ctx, Asked(q): Asked<AuditQuery>) -> Result<Json<Page<AuditEntry>>, Problem> {
    let limit = limit(q.limit)?;
    let action = match q.action.as_deref() {
        None => None,
        Some(name) => {
            let known = Action::ALL.into_iter().find(|a| a.as_str() == name);
            Some(known.ok_or_else(|| Problem::unfit("action: no such action"))?)
        }
    };
    let search = Search {
        account: q.account,
        action,
        unit: unit(q.hospital.as_deref())?,
        object: q.object_kind.zip(q.object),
        document: q.document,
        from: instant("from", q.from.as_deref())?,
        to: instant("to", q.to.as_deref())?,
        before: q.cursor,
        limit: Some(limit as i64 + 1),
    };
    let mut records = ctx.app.desk.audit().search(&search).await?;
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records.last().filter(|_| more).map(|r| r.number.to_string());
    Ok(Json(Page { items: records.into_iter().map(entry).collect(), next }))
}

fn entry(r: Record) -> AuditEntry {
    AuditEntry {
        number: r.number,
        time: written(Micros(r.time.0)),
        account: r.account,
        role: r.role,
        address: r.address,
        action: r.action,
        unit: r.unit,
        object_kind: r.object_kind,
        object_id: r.object_id,
        document: r.document,
        outcome: r.outcome,
        detail: r.detail,
        hash: r.hash,
    }
}
