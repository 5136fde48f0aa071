//! Declarations in the database: preview, confirmation, list, removal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId, register::Register, time::MICROS_PER_HOUR};

use super::{Criticality, Declared, DeclaredRow, FileFlaw, Flaw, Sheet, read};
use crate::{
    Connection, Desk, DeskError, Refusal, Viewer,
    audit::{Action, Entry},
};

/// A preview waits so long to be confirmed.
const WAITS: i64 = MICROS_PER_HOUR;

/// What taking a file over would do, or has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub new: usize,
    pub changed: usize,
    pub same: usize,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// To confirm by; None where a row is bad.
    pub id: Option<String>,
    pub sheet: Sheet,
    pub effect: Imported,
}

/// The declared assets.
pub struct Assets<'a>(&'a Desk);

const COLUMNS: &str = "id, hospital, name, system, zone, owner, operator, responsible, phone, criticality, \
    mlps_level, filing, cii, addresses, vendor, product, version, since, since_by";

impl<'a> Assets<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Reads a file and says what taking it over would do. Nothing is declared yet.
    ///
    /// # Errors
    /// The outer: the database. The inner: nothing of the file can be read.
    pub async fn preview(
        &self,
        by: &Viewer,
        file: &str,
        bytes: &[u8],
        default: Option<&UnitId>,
        register: &Register,
    ) -> Result<Result<Preview, FileFlaw>, DeskError> {
        let reach = by.units(register);
        let allowed = |id: &UnitId| reach.as_ref().is_none_or(|units| units.contains(id));
        let mut sheet = match read(bytes, register, &allowed, default) {
            Ok(sheet) => sheet,
            Err(flaw) => return Ok(Err(flaw)),
        };
        let units: BTreeSet<UnitId> = sheet.rows.iter().map(|(_, d)| d.hospital.clone()).collect();
        let known = self.list(Some(&units)).await?;
        for (line, address, name) in taken(&sheet.rows, &known) {
            sheet.refuse(line, Flaw::Taken(address, name));
        }
        let rows: Vec<&Declared> = sheet.rows.iter().map(|(_, d)| d).collect();
        let effect = effect(&rows, &known);
        let id = if sheet.bad == 0 { Some(self.keep(by, file, &rows).await?) } else { None };
        Ok(Ok(Preview { id, sheet, effect }))
    }

    async fn keep(&self, by: &Viewer, file: &str, rows: &[&Declared]) -> Result<String, DeskError> {
        let now = self.0.clock().now();
        let rows = serde_json::to_string(rows).map_err(|e| DeskError::Broken(e.to_string()))?;
        let (account, file) = (by.name.clone(), file.chars().take(120).collect::<String>());
        let id = content_id(&account, now, &rows);
        let kept = id.clone();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    // One at a time and sender: an older one that was never confirmed is given up.
                    sqlx::query("DELETE FROM asset_import WHERE account = $1 OR created_at < $2")
                        .bind(&account)
                        .bind(now.0 - WAITS)
                        .execute(&mut *c)
                        .await?;
                    sqlx::query("INSERT INTO asset_import (id, account, created_at, file, rows) VALUES ($1, $2, $3, $4, $5)")
                        .bind(&id)
                        .bind(&account)
                        .bind(now.0)
                        .bind(&file)
                        .bind(&rows)
                        .execute(&mut *c)
                        .await?;
                    Ok(())
                })
            })
            .await?;
        Ok(kept)
    }

    /// Takes over what was shown, all of it or nothing.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for a preview of somebody else, one that is over or was confirmed before;
    /// [`Refusal::Changed`] where an address was declared for another asset meanwhile, or a unit has left
    /// the sender's reach.
    pub async fn confirm(
        &self,
        by: &Viewer,
        from: &str,
        id: &str,
        register: &Register,
    ) -> Result<Imported, DeskError> {
        let (now, ledger) = (self.0.clock().now(), self.0.ledger());
        let reach = by.units(register);
        let (by, from, id) = (by.clone(), from.to_owned(), id.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let kept = sqlx::query(
                        "SELECT file, rows FROM asset_import WHERE id = $1 AND account = $2 AND created_at >= $3",
                    )
                    .bind(&id)
                    .bind(&by.name)
                    .bind(now.0 - WAITS)
                    .fetch_optional(&mut *c)
                    .await?
                    .ok_or(Refusal::NotThere)?;
                    let (file, rows): (String, String) = (kept.get(0), kept.get(1));
                    let rows: Vec<Declared> =
                        serde_json::from_str(&rows).map_err(|e| DeskError::Broken(e.to_string()))?;
                    let units: BTreeSet<UnitId> = rows.iter().map(|d| d.hospital.clone()).collect();
                    if reach.is_some_and(|reach| !units.is_subset(&reach)) {
                        return Err(Refusal::Changed.into());
                    }
                    let known = in_force(c, Some(&units)).await?;
                    let numbered: Vec<(u64, Declared)> = rows.iter().cloned().zip(0..).map(|(d, n)| (n, d)).collect();
                    if !taken(&numbered, &known).is_empty() {
                        return Err(Refusal::Changed.into());
                    }
                    let done = effect(&rows.iter().collect::<Vec<_>>(), &known);
                    let before: BTreeMap<_, _> =
                        known.iter().map(|k| ((&k.declared.hospital, &k.declared.name), k)).collect();
                    for row in &rows {
                        let before = before.get(&(&row.hospital, &row.name)).copied();
                        declare(c, row, before, now, &by.name).await?;
                    }
                    sqlx::query("DELETE FROM asset_import WHERE id = $1").bind(&id).execute(&mut *c).await?;
                    let units: Vec<&str> = units.iter().map(UnitId::as_str).collect();
                    let detail = json!({ "file": file, "units": units, "new": done.new, "changed": done.changed, "same": done.same });
                    let entry = Entry::new(&by, &from, Action::Change).object("asset_import", &id).detail(detail);
                    ledger.append(c, entry).await?;
                    Ok(done)
                })
            })
            .await
    }

    /// Ends a declaration. What was declared stays in the history.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for one that is not in force, or of a foreign unit.
    pub async fn remove(
        &self,
        by: &Viewer,
        from: &str,
        id: i64,
        register: &Register,
    ) -> Result<(), DeskError> {
        let (now, ledger) = (self.0.clock().now(), self.0.ledger());
        let reach = by.units(register);
        let (by, from) = (by.clone(), from.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let sql = format!("SELECT {COLUMNS} FROM declared_asset WHERE id = $1 AND until IS NULL");
                    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *c).await?;
                    let row = declared(&row.ok_or(Refusal::NotThere)?)?;
                    if reach.is_some_and(|units| !units.contains(&row.declared.hospital)) {
                        return Err(Refusal::NotThere.into());
                    }
                    end(c, id, now, &by.name).await?;
                    let entry = Entry::new(&by, &from, Action::Change)
                        .unit(&row.declared.hospital)
                        .object("declared_asset", id)
                        .detail(json!({ "removed": row.declared.name }));
                    ledger.append(c, entry).await
                })
            })
            .await
            .map(|_| ())
    }

    /// What is declared now, by unit and name; `None` for all units.
    ///
    /// # Errors
    /// The database.
    pub async fn list(&self, units: Option<&BTreeSet<UnitId>>) -> Result<Vec<DeclaredRow>, DeskError> {
        let mut connection = self.0.readers().acquire().await?;
        in_force(&mut connection, units).await
    }

    /// One declaration in force, within those units.
    ///
    /// # Errors
    /// The database.
    pub async fn get(
        &self,
        units: Option<&BTreeSet<UnitId>>,
        id: i64,
    ) -> Result<Option<DeclaredRow>, DeskError> {
        let sql = format!("SELECT {COLUMNS} FROM declared_asset WHERE id = $1 AND until IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(self.0.readers()).await?;
        let row = row.as_ref().map(declared).transpose()?;
        Ok(row.filter(|r| units.is_none_or(|units| units.contains(&r.declared.hospital))))
    }
}

/// By who, when and what. No secret: only its sender can confirm it.
fn content_id(account: &str, now: Micros, rows: &str) -> String {
    ward_event::alert::content_hash(format!("{account}\n{}\n{rows}", now.0).as_bytes())
}

async fn in_force(
    c: &mut Connection,
    units: Option<&BTreeSet<UnitId>>,
) -> Result<Vec<DeclaredRow>, DeskError> {
    // Units are few beside assets, and both databases know a list as JSON only by their own functions.
    let all = format!("SELECT {COLUMNS} FROM declared_asset WHERE until IS NULL");
    let mut rows = Vec::new();
    match units {
        None => {
            let sql = format!("{all} ORDER BY hospital, name");
            rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *c).await?;
        }
        Some(units) => {
            let sql = format!("{all} AND hospital = $1 ORDER BY name");
            for unit in units {
                let found = sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).bind(unit.as_str());
                rows.extend(found.fetch_all(&mut *c).await?);
            }
        }
    }
    rows.iter().map(declared).collect()
}

fn declared(row: &SqliteRow) -> Result<DeclaredRow, DeskError> {
    let text = |i: usize| row.try_get::<String, _>(i);
    let number = |i: usize| row.try_get::<i64, _>(i);
    let hospital = UnitId::new(&text(1)?).map_err(|e| DeskError::Broken(e.to_string()))?;
    Ok(DeclaredRow {
        id: number(0)?,
        declared: Declared {
            hospital,
            name: text(2)?,
            system: text(3)?,
            zone: text(4)?,
            owner: text(5)?,
            operator: text(6)?,
            responsible: text(7)?,
            phone: text(8)?,
            criticality: Criticality::from_name(&text(9)?).unwrap_or_default(),
            mlps_level: u8::try_from(number(10)?).unwrap_or(0),
            filing: text(11)?,
            cii: number(12)? != 0,
            addresses: text(13)?.split_ascii_whitespace().map(str::to_owned).collect(),
            vendor: text(14)?,
            product: text(15)?,
            version: text(16)?,
        },
        since: Micros(number(17)?),
        since_by: text(18)?,
    })
}

/// Addresses that an asset has which the file does not mention: (line, address, its name).
fn taken(rows: &[(u64, Declared)], known: &[DeclaredRow]) -> Vec<(u64, String, String)> {
    let renewed: BTreeSet<(&UnitId, &str)> =
        rows.iter().map(|(_, d)| (&d.hospital, d.name.as_str())).collect();
    let mut holders = BTreeMap::new();
    for row in known.iter().map(|k| &k.declared) {
        if !renewed.contains(&(&row.hospital, row.name.as_str())) {
            holders.extend(row.addresses.iter().map(|a| ((&row.hospital, a), &row.name)));
        }
    }
    let of = |(line, row): &(u64, Declared)| {
        let found = row.addresses.iter().filter_map(|a| Some((a, holders.get(&(&row.hospital, a))?)));
        found.map(|(a, name)| (*line, a.clone(), (*name).clone())).collect::<Vec<_>>()
    };
    rows.iter().flat_map(of).collect()
}

fn effect(rows: &[&Declared], known: &[DeclaredRow]) -> Imported {
    let known: BTreeMap<_, _> =
        known.iter().map(|k| ((&k.declared.hospital, &k.declared.name), &k.declared)).collect();
    let mut done = Imported::default();
    for row in rows {
        match known.get(&(&row.hospital, &row.name)) {
            None => done.new += 1,
            Some(before) if before == row => done.same += 1,
            Some(_) => done.changed += 1,
        }
    }
    done
}

async fn end(c: &mut Connection, id: i64, now: Micros, by: &str) -> Result<(), DeskError> {
    sqlx::query("UPDATE declared_asset SET until = $1, until_by = $2 WHERE id = $3")
        .bind(now.0)
        .bind(by)
        .bind(id)
        .execute(&mut *c)
        .await?;
    Ok(())
}

async fn declare(
    c: &mut Connection,
    row: &Declared,
    before: Option<&DeclaredRow>,
    now: Micros,
    by: &str,
) -> Result<(), DeskError> {
    match before {
        Some(before) if before.declared == *row => return Ok(()),
        Some(before) => end(c, before.id, now, by).await?,
        None => {}
    }
    let sql = format!(
        "INSERT INTO declared_asset ({COLUMNS}) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM declared_asset), \
         $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(row.hospital.as_str())
        .bind(&row.name)
        .bind(&row.system)
        .bind(&row.zone)
        .bind(&row.owner)
        .bind(&row.operator)
        .bind(&row.responsible)
        .bind(&row.phone)
        .bind(row.criticality.as_str())
        .bind(i64::from(row.mlps_level))
        .bind(&row.filing)
        .bind(i64::from(row.cii))
        .bind(row.addresses.join(" "))
        .bind(&row.vendor)
        .bind(&row.product)
        .bind(&row.version)
        .bind(now.0)
        .bind(by)
        .execute(&mut *c)
        .await?;
    Ok(())
}
