//! What units and their systems are said to fulfil.

use std::collections::BTreeMap;

use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_desk::compliance::{self, Sheet, State};
use ward_event::UnitId;

use super::{
    params::{Asked, Nothing, unit, written},
    problem::Problem,
};
use crate::{context::Ctx, pages::compliance::sheets};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComplianceQuery {
    hospital: Option<String>,
    /// A district of the register.
    locality: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnitCompliance {
    hospital: String,
    grade: String,
    locality: String,
    /// Group → state (not_met, overdue, partly, due_soon, unknown, stated, met) → items.
    groups: BTreeMap<String, BTreeMap<&'static str, usize>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ComplianceUnits {
    /// The version of the list of requirements.
    catalogue: String,
    items: Vec<UnitCompliance>,
}

/// One item of a unit or a system.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ComplianceItem {
    item: String,
    group: String,
    state: &'static str,
    /// The key of a choice, a number, a date, a text; absent where nothing is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<String>,
    /// The last day on which the value holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
    /// Absent for what the register says.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_by: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SystemCompliance {
    name: String,
    /// 0 where nobody says.
    mlps_level: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    mandatory_level: Option<u8>,
    filing: String,
    items: Vec<ComplianceItem>,
}

/// A version of a record.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ComplianceVersion {
    system: String,
    item: String,
    value: String,
    as_of: String,
    evidence: String,
    since: String,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    until_by: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ComplianceDetail {
    hospital: String,
    catalogue: String,
    items: Vec<ComplianceItem>,
    systems: Vec<SystemCompliance>,
    /// Newest first.
    history: Vec<ComplianceVersion>,
}

fn counts(ctx: &Ctx, sheet: &Sheet<'_>) -> BTreeMap<String, BTreeMap<&'static str, usize>> {
    let of = |group: &str| -> BTreeMap<&'static str, usize> {
        let count = |state: State| (state.as_str(), sheet.count(Some(group), state));
        State::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
    };
    let groups = &ctx.app.desk.compliance().catalogue().groups;
    groups.iter().map(|g| (g.id.clone(), of(&g.id))).collect()
}

pub(crate) async fn list(
    ctx: Ctx,
    Asked(q): Asked<ComplianceQuery>,
) -> Result<Json<ComplianceUnits>, Problem> {
    let scope = ctx.within(unit(q.hospital.as_deref())?.as_ref(), q.locality.as_deref());
    let found = sheets(&ctx, &scope).await?;
    let items = found.iter().map(|(unit, sheet)| UnitCompliance {
        hospital: unit.id.to_string(),
        grade: unit.grade.clone(),
        locality: unit.locality.clone(),
        groups: counts(&ctx, sheet),
    });
    let catalogue = ctx.app.desk.compliance().catalogue().version.clone();
    Ok(Json(ComplianceUnits { catalogue, items: items.collect() }))
}

fn item(line: &compliance::Line<'_>) -> ComplianceItem {
    let record = line.record.as_ref();
    ComplianceItem {
        item: line.item.id.clone(),
        group: line.item.group.clone(),
        state: line.judged.state.as_str(),
        value: line.value.clone(),
        as_of: record.map(|r| r.as_of.to_string()),
        due: line.judged.due.map(|due| due.to_string()),
        evidence: record.map(|r| r.evidence.clone()),
        recorded_at: record.map(|r| written(r.since)),
        recorded_by: record.map(|r| r.since_by.clone()),
    }
}

fn system(sheet: &compliance::SystemSheet<'_>) -> SystemCompliance {
    SystemCompliance {
        name: sheet.system.name.clone(),
        mlps_level: sheet.level,
        mandatory_level: sheet.mandatory.map(|m| m.level),
        filing: sheet.filing().unwrap_or_default().to_owned(),
        items: sheet.lines.iter().map(item).collect(),
    }
}

fn version(version: compliance::Version) -> ComplianceVersion {
    let compliance::Version { record, until, until_by } = version;
    ComplianceVersion {
        system: record.system,
        item: record.item,
        value: record.value,
        as_of: record.as_of.to_string(),
        evidence: record.evidence,
        since: written(record.since),
        by: record.since_by,
        until: until.map(written),
        until_by,
    }
}

pub(crate) async fn one(
    ctx: Ctx,
    id: Path<String>,
    _: Asked<Nothing>,
) -> Result<Json<ComplianceDetail>, Problem> {
    let id = UnitId::new(&id).ok().filter(|id| ctx.scope.allows(id)).ok_or(Problem::NOT_FOUND)?;
    let found = sheets(&ctx, &ctx.scope.narrow(Some(&id))).await?;
    let (_, sheet) = found.first().ok_or(Problem::NOT_FOUND)?;
    ctx.seen_unit(id.as_str());
    let ledger = ctx.app.desk.compliance();
    let history = ledger.history(&id, None).await?;
    Ok(Json(ComplianceDetail {
        hospital: id.to_string(),
        catalogue: ledger.catalogue().version.clone(),
        items: sheet.lines.iter().map(item).collect(),
        systems: sheet.systems.iter().map(system).collect(),
        history: history.into_iter().map(version).collect(),
    }))
}
