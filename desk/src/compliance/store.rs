//! The ledger in the database: recorded, withdrawn, listed, with every version that ever was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{
    Micros, UnitId,
    register::{Register, Unit},
};

use super::{
    catalogue::{Catalogue, Item, Kind, Per, day},
    sheet::Sheet,
    systems::{System, find, systems},
};
use crate::{
    Connection, Desk, DeskError, Refusal, Role, Viewer,
    audit::{Action, Entry},
    case::tx::LINE_CHARS_MAX,
    table::has_hidden,
};

/// Versions that a unit's page tells, the newest.
const HISTORY_MAX: i64 = 200;

/// The compliance of a desk's units.
pub struct Compliance<'a>(pub(super) &'a Desk);

/// What somebody records, as they write it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRecord {
    pub hospital: UnitId,
    /// Empty for the unit as a whole.
    pub system: String,
    pub item: String,
    pub value: String,
    /// The day of the paper. Of an item that is a date it may be left out.
    pub as_of: String,
    pub evidence: String,
}

/// What is recorded of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: i64,
    pub hospital: UnitId,
    pub system: String,
    pub item: String,
    pub value: String,
    pub as_of: Date,
    pub evidence: String,
    pub since: Micros,
    pub since_by: String,
}

/// A record, and when it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub record: Record,
    pub until: Option<Micros>,
    pub until_by: String,
}

/// What fits the catalogue, ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) hospital: UnitId,
    pub(super) system: String,
    pub(super) item: String,
    pub(super) value: String,
    pub(super) as_of: Date,
    pub(super) evidence: String,
}

/// Why something does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    System,
    Value,
    AsOf,
    /// It lies in the future.
    Future,
    Evidence,
}

/// What keeping a record did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    New,
    Changed,
    Same,
}

const COLUMNS: &str = "id, hospital, system, item, value, as_of, evidence, since, since_by";

impl<'a> Compliance<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// What is asked.
    pub fn catalogue(&self) -> &'a Catalogue {
        &self.0.0.catalogue
    }

    /// The day of a moment, in the region's time.
    pub fn day(&self, at: Micros) -> Date {
        let days = self.0.0.case_rules.calendar.zone().day(at);
        Date::constant(1970, 1, 1).checked_add(i64::from(days).days()).unwrap_or(Date::MAX)
    }

    /// What is recorded now; `None` for all units.
    ///
    /// # Errors
    /// The database.
    pub async fn list(&self, units: Option<&BTreeSet<UnitId>>) -> Result<Vec<Record>, DeskError> {
        let all = format!("SELECT {COLUMNS} FROM compliance WHERE until IS NULL");
        let mut rows = Vec::new();
        match units {
            None => rows = sqlx::query(sqlx::AssertSqlSafe(all)).fetch_all(self.0.readers()).await?,
            Some(units) => {
                let sql = format!("{all} AND hospital = $1");
                for unit in units {
                    let found = sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).bind(unit.as_str());
                    rows.extend(found.fetch_all(self.0.readers()).await?);
                }
            }
        }
        rows.iter().map(record).collect()
    }

    /// The sheet of each unit of the register within `units`, in the register's order, as of `now`.
    ///
    /// # Errors
    /// The database.
    pub async fn sheets(
        &self,
        units: Option<&BTreeSet<UnitId>>,
        register: &Register,
        now: Micros,
    ) -> Result<Vec<Sheet<'a>>, DeskError> {
        let declared = by_unit(self.0.assets().list(units).await?, |row| &row.declared.hospital);
        let records = by_unit(self.list(units).await?, |row| &row.hospital);
        let (catalogue, today) = (self.catalogue(), self.day(now));
        let asked = register.units.iter().filter(|u| units.is_none_or(|units| units.contains(&u.id)));
        let sheet = |unit: &Unit| {
            let declared = declared.get(&unit.id).map_or(&[][..], Vec::as_slice);
            let records = records.get(&unit.id).map_or(&[][..], Vec::as_slice);
            Sheet::new(catalogue, unit, declared, records, today)
        };
        Ok(asked.map(sheet).collect())
    }

    /// Versions of a unit's records, the newest first; of one item of one system where they are named.
    ///
    /// # Errors
    /// The database.
    pub async fn history(&self, unit: &UnitId, of: Option<(&str, &str)>) -> Result<Vec<Version>, DeskError> {
        let sql = format!(
            "SELECT {COLUMNS}, until, until_by FROM compliance
             WHERE hospital = $1 AND ($2 = '' OR (item = $2 AND system = $3)) ORDER BY since DESC, id DESC LIMIT $4"
        );
        let (item, system) = of.unwrap_or_default();
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(unit.as_str())
            .bind(item)
            .bind(system)
            .bind(HISTORY_MAX)
            .fetch_all(self.0.readers())
            .await?;
        let version = |row: &SqliteRow| {
            let until_by: Option<String> = row.get("until_by");
            let until: Option<i64> = row.get("until");
            let record = record(row)?;
            Ok(Version { record, until: until.map(Micros), until_by: until_by.unwrap_or_default() })
        };
        rows.iter().map(version).collect()
    }

    /// Records one item. `before` is the version that it was made on, 0 where there was none.
    ///
    /// # Errors
    /// [`Refusal`]: who may not record; a unit outside their reach or an item that is not there
    /// ([`Refusal::NotThere`]); a system, a value or an evidence that does not fit ([`Refusal::TextUnfit`]); a
    /// day that is none or lies in the future ([`Refusal::TimeUnfit`]); [`Refusal::Changed`].
    pub async fn record(
        &self,
        by: &Viewer,
        from: &str,
        new: &NewRecord,
        before: i64,
        register: &Register,
    ) -> Result<(), DeskError> {
        may_record(by)?;
        let unit = reached(by, &new.hospital, register)?;
        let item = self.catalogue().item(&new.item).ok_or(Refusal::NotThere)?;
        let systems = self.systems(unit).await?;
        let now = self.0.clock().now();
        let fit = fit(new, item, &systems, self.day(now)).map_err(|unfit| match unfit {
            Unfit::AsOf | Unfit::Future => Refusal::TimeUnfit,
            Unfit::System | Unfit::Value | Unfit::Evidence => Refusal::TextUnfit,
        })?;
        let (ledger, by, from) = (self.0.ledger(), by.clone(), from.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let held = in_force(c, &fit).await?;
                    if held.as_ref().map_or(0, |r| r.id) != before {
                        return Err(Refusal::Changed.into());
                    }
                    keep(c, &fit, held.as_ref(), now, &by.name).await?;
                    let detail = json!({
                        "system": fit.system, "value": fit.value, "as_of": fit.as_of.to_string(),
                        "before": held.map(|r| r.value),
                    });
                    let entry = Entry::new(&by, &from, Action::Change).unit(&fit.hospital);
                    ledger.append(c, entry.object("compliance", &fit.item).detail(detail)).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Ends a record that was made by mistake; the item is unknown again.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`]; [`Refusal::NotThere`] for one that is not in force or of a foreign unit.
    pub async fn withdraw(
        &self,
        by: &Viewer,
        from: &str,
        unit: &UnitId,
        id: i64,
        register: &Register,
    ) -> Result<(), DeskError> {
        may_record(by)?;
        let unit = reached(by, unit, register)?.id.clone();
        let (now, ledger) = (self.0.clock().now(), self.0.ledger());
        let (by, from) = (by.clone(), from.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let sql = format!("SELECT {COLUMNS} FROM compliance WHERE id = $1 AND until IS NULL");
                    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *c).await?;
                    let held = record(&row.ok_or(Refusal::NotThere)?)?;
                    if held.hospital != unit {
                        return Err(Refusal::NotThere.into());
                    }
                    end(c, id, now, &by.name).await?;
                    let detail = json!({ "system": held.system, "withdrawn": held.value });
                    let entry = Entry::new(&by, &from, Action::Change).unit(&unit);
                    ledger.append(c, entry.object("compliance", &held.item).detail(detail)).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The systems of a unit of which something may be said.
    pub(super) async fn systems(&self, unit: &Unit) -> Result<Vec<System>, DeskError> {
        let declared = self.0.assets().list(Some(&[unit.id.clone()].into())).await?;
        Ok(systems(unit, &declared, std::iter::empty()))
    }
}

fn by_unit<T>(rows: Vec<T>, unit: impl Fn(&T) -> &UnitId) -> BTreeMap<UnitId, Vec<T>> {
    let mut all: BTreeMap<UnitId, Vec<T>> = BTreeMap::new();
    for row in rows {
        all.entry(unit(&row).clone()).or_default().push(row);
    }
    all
}

/// A unit's own officer, and the commission's analysts.
pub(super) fn may_record(by: &Viewer) -> Result<(), Refusal> {
    let may = by.may_write && matches!(by.role, Role::Analyst | Role::Officer);
    if may { Ok(()) } else { Err(Refusal::NotAllowed) }
}

/// A unit of the register within somebody's reach.
fn reached<'r>(by: &Viewer, unit: &UnitId, register: &'r Register) -> Result<&'r Unit, Refusal> {
    let reached = by.units(register).is_none_or(|units| units.contains(unit));
    register.unit(unit).filter(|_| reached).ok_or(Refusal::NotThere)
}

/// What is kept of what somebody writes; a system goes by the name that the register has.
pub(super) fn fit(new: &NewRecord, item: &Item, systems: &[System], today: Date) -> Result<Fit, Unfit> {
    let system = match (item.per, new.system.trim()) {
        (Per::Unit, "") => String::new(),
        (Per::System, name) if !name.is_empty() => {
            find(systems, name).map(|at| systems[at].name.clone()).ok_or(Unfit::System)?
        }
        _ => return Err(Unfit::System),
    };
    let value = item.read(&new.value).ok_or(Unfit::Value)?;
    let own = day(&value).filter(|_| item.kind == Kind::Date);
    let as_of = match (new.as_of.trim(), own) {
        ("", Some(own)) => own,
        (text, _) => day(text).ok_or(Unfit::AsOf)?,
    };
    if as_of > today || own.is_some_and(|own| own > today) {
        return Err(Unfit::Future);
    }
    let evidence = new.evidence.trim();
    if evidence.chars().count() > LINE_CHARS_MAX || has_hidden(evidence) {
        return Err(Unfit::Evidence);
    }
    let (hospital, item) = (new.hospital.clone(), item.id.clone());
    Ok(Fit { hospital, system, item, value, as_of, evidence: evidence.to_owned() })
}

pub(super) async fn in_force(c: &mut Connection, fit: &Fit) -> Result<Option<Record>, DeskError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM compliance WHERE hospital = $1 AND system = $2 AND item = $3 AND until IS NULL"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(fit.hospital.as_str())
        .bind(&fit.system)
        .bind(&fit.item)
        .fetch_optional(&mut *c)
        .await?;
    row.as_ref().map(record).transpose()
}

/// Begins a version, and ends the one before. What is the same is left as it is.
pub(super) async fn keep(
    c: &mut Connection,
    fit: &Fit,
    before: Option<&Record>,
    now: Micros,
    by: &str,
) -> Result<Kept, DeskError> {
    let kept = match before {
        Some(b) if b.value == fit.value && b.as_of == fit.as_of && b.evidence == fit.evidence => {
            return Ok(Kept::Same);
        }
        Some(before) => {
            end(c, before.id, now, by).await?;
            Kept::Changed
        }
        None => Kept::New,
    };
    let sql = format!(
        "INSERT INTO compliance ({COLUMNS})
         VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM compliance), $1, $2, $3, $4, $5, $6, $7, $8)"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(fit.hospital.as_str())
        .bind(&fit.system)
        .bind(&fit.item)
        .bind(&fit.value)
        .bind(fit.as_of.to_string())
        .bind(&fit.evidence)
        .bind(now.0)
        .bind(by)
        .execute(&mut *c)
        .await?;
    Ok(kept)
}

async fn end(c: &mut Connection, id: i64, now: Micros, by: &str) -> Result<(), DeskError> {
    sqlx::query("UPDATE compliance SET until = $1, until_by = $2 WHERE id = $3")
        .bind(now.0)
        .bind(by)
        .bind(id)
        .execute(&mut *c)
        .await?;
    Ok(())
}

fn record(row: &SqliteRow) -> Result<Record, DeskError> {
    let broken = |what: &str| DeskError::Broken(format!("compliance: {what}"));
    let hospital: String = row.get("hospital");
    let as_of: String = row.get("as_of");
    Ok(Record {
        id: row.get("id"),
        hospital: UnitId::new(&hospital).map_err(|e| broken(&e.to_string()))?,
        system: row.get("system"),
        item: row.get("item"),
        value: row.get("value"),
        as_of: as_of.parse().map_err(|_| broken("a day that is none"))?,
        evidence: row.get("evidence"),
        since: Micros(row.get("since")),
        since_by: row.get("since_by"),
    })
}
