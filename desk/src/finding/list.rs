//! Findings by filter, and counted by unit.

use std::collections::BTreeSet;

use sqlx::{QueryBuilder, Row as _, Sqlite};
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};
use ward_scan::{Kind, Severity};

use super::{Event, Finding, Findings, Happened, row};
use crate::DeskError;

/// Rows of one answer.
const LIST_MAX: i64 = 50_000;
/// Lines of one history.
const HISTORY_MAX: i64 = 500;

/// Which findings are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// Somebody has to do something, or has accepted the risk.
    #[default]
    Open,
    /// Sure, and the risk is not accepted.
    ToFix,
    Overdue,
    Suspected,
    /// Not mentioned by the newest scan, which does not show that it is gone.
    CannotTell,
    Accepted,
    Fixed,
    NotAffected,
    All,
}

impl Shown {
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::ToFix,
        Self::Overdue,
        Self::Suspected,
        Self::CannotTell,
        Self::Accepted,
        Self::Fixed,
        Self::NotAffected,
        Self::All,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ToFix => "to_fix",
            Self::Overdue => "overdue",
            Self::Suspected => "suspected",
            Self::CannotTell => "cannot_tell",
            Self::Accepted => "accepted",
            Self::Fixed => "fixed",
            Self::NotAffected => "not_affected",
            Self::All => "all",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }

    fn condition(self, now: Micros, sql: &mut QueryBuilder<Sqlite>) {
        let text = match self {
            Self::Open => " AND state IN ('open', 'suspected')",
            Self::ToFix => " AND state = 'open' AND COALESCE(accepted_until, 0) <= ",
            Self::Overdue => " AND state = 'open' AND due_at < ",
            Self::Suspected => " AND state = 'suspected'",
            Self::CannotTell => " AND state IN ('open', 'suspected') AND doubt <> ''",
            Self::Accepted => " AND state IN ('open', 'suspected') AND accepted_until > ",
            Self::Fixed => " AND state = 'fixed'",
            Self::NotAffected => " AND state = 'not_affected'",
            Self::All => "",
        };
        sql.push(text);
        match self {
            Self::Overdue => {
                sql.push_bind(now.0);
                sql.push(" AND COALESCE(accepted_until, 0) <= ").push_bind(now.0);
            }
            Self::Accepted | Self::ToFix => {
                sql.push_bind(now.0);
            }
            _ => {}
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The worst first, and of those what is due first.
    #[default]
    Worst,
    /// What is due first.
    Due,
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub shown: Shown,
    pub severity: Option<Severity>,
    pub kind: Option<Kind>,
    /// In title, host, weakness and numbers.
    pub text: String,
    pub order: Order,
    pub from: i64,
    pub limit: i64,
}

/// Findings of one unit, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub hospital: UnitId,
    /// Open and not mere information, by severity.
    pub critical: u64,
    pub high: u64,
    pub medium: u64,
    pub low: u64,
    pub overdue: u64,
    pub suspected: u64,
    pub cannot_tell: u64,
    pub accepted: u64,
    /// In the last 30 days.
    pub fixed: u64,
    /// Hosts with something open.
    pub hosts: u64,
    /// When the newest report of the unit was made.
    pub scanned: Option<Micros>,
}

impl Count {
    pub const fn open(&self) -> u64 {
        self.critical + self.high + self.medium + self.low
    }
}

fn within(sql: &mut QueryBuilder<Sqlite>, units: Option<&BTreeSet<UnitId>>) {
    let Some(units) = units else { return };
    // An empty list finds nothing, as it must.
    sql.push(" AND hospital IN (");
    let mut list = sql.separated(", ");
    for unit in units {
        list.push_bind(unit.as_str().to_owned());
    }
    sql.push(")");
}

/// For `LIKE`, whose own marks mean nothing in what people search for.
fn pattern(text: &str) -> String {
    let plain = text.trim().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}

impl Findings<'_> {
    /// Findings of those units (`None` for all), and how many there are without the limit.
    ///
    /// # Errors
    /// The database.
    pub async fn list(
        &self,
        units: Option<&BTreeSet<UnitId>>,
        filter: &Filter,
    ) -> Result<(Vec<Finding>, u64), DeskError> {
        let now = self.0.clock().now();
        let narrow = |sql: &mut QueryBuilder<Sqlite>| {
            sql.push(" FROM finding WHERE 1 = 1");
            within(sql, units);
            filter.shown.condition(now, sql);
            if let Some(severity) = filter.severity {
                sql.push(" AND severity = ").push_bind(severity.as_str());
            } else if filter.kind != Some(Kind::Port) {
                sql.push(" AND severity <> 'info'");
            }
            if let Some(kind) = filter.kind {
                sql.push(" AND kind = ").push_bind(kind.as_str());
            }
            if !filter.text.trim().is_empty() {
                sql.push(" AND (title || ' ' || host || ' ' || weakness || ' ' || cves || ' ' || cnvds || ' ' || cnnvds) LIKE ")
                    .push_bind(pattern(&filter.text))
                    .push(" ESCAPE '\\'");
            }
        };
        let mut sql = QueryBuilder::new("SELECT COUNT(*)");
        narrow(&mut sql);
        let count: i64 = sql.build_query_scalar().fetch_one(self.0.readers()).await?;
        let mut sql = QueryBuilder::new(format!("SELECT {}", row::COLUMNS));
        narrow(&mut sql);
        sql.push(match filter.order {
            Order::Worst => {
                " ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 \
                 WHEN 'low' THEN 3 ELSE 4 END, COALESCE(due_at, 9223372036854775807), id"
            }
            Order::Due => " ORDER BY COALESCE(due_at, 9223372036854775807), id",
        });
        sql.push(" LIMIT ").push_bind(filter.limit.clamp(1, LIST_MAX));
        sql.push(" OFFSET ").push_bind(filter.from.max(0));
        let rows = sql.build().fetch_all(self.0.readers()).await?;
        let list = rows.iter().map(row::finding).collect::<Result<_, _>>()?;
        Ok((list, u64::try_from(count).unwrap_or(0)))
    }

    /// One finding, within those units.
    ///
    /// # Errors
    /// The database.
    pub async fn get(&self, units: Option<&BTreeSet<UnitId>>, id: i64) -> Result<Option<Finding>, DeskError> {
        let mut sql = QueryBuilder::new(format!("SELECT {} FROM finding WHERE id = ", row::COLUMNS));
        sql.push_bind(id);
        within(&mut sql, units);
        let found = sql.build().fetch_optional(self.0.readers()).await?;
        found.as_ref().map(row::finding).transpose()
    }

    /// What happened to it, newest first. Ask [`Findings::get`] first whether it may be read.
    ///
    /// # Errors
    /// The database.
    pub async fn history(&self, id: i64) -> Result<Vec<Happened>, DeskError> {
        const SELECT: &str = "SELECT e.at, e.by, e.what, e.scan_id, s.tool, s.file, e.detail FROM finding_event e \
            LEFT JOIN scan s ON s.id = e.scan_id WHERE e.finding_id = $1 ORDER BY e.number DESC LIMIT $2";
        let rows = sqlx::query(SELECT).bind(id).bind(HISTORY_MAX).fetch_all(self.0.readers()).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| -> Result<Happened, DeskError> {
            let what: String = row.try_get(2)?;
            let scan: Option<i64> = row.try_get(3)?;
            Ok(Happened {
                at: Micros(row.try_get(0)?),
                by: row.try_get(1)?,
                what: Event::from_name(&what).ok_or_else(|| DeskError::Broken(format!("event {what}")))?,
                scan: match scan {
                    Some(id) => Some((id, row.try_get(4)?, row.try_get(5)?)),
                    None => None,
                },
                detail: row.try_get(6)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Counts by unit, for every unit that has a finding or a report.
    ///
    /// # Errors
    /// The database.
    pub async fn counts(&self, units: Option<&BTreeSet<UnitId>>) -> Result<Vec<Count>, DeskError> {
        let now = self.0.clock().now().0;
        let open = "state IN ('open', 'suspected') AND severity <> 'info'";
        let of = |severity: &str| {
            format!("SUM(CASE WHEN state = 'open' AND severity = '{severity}' THEN 1 ELSE 0 END)")
        };
        let mut sql = QueryBuilder::new(format!(
            "SELECT hospital, {}, {}, {}, {}, ",
            of(Severity::Critical.as_str()),
            of(Severity::High.as_str()),
            of(Severity::Medium.as_str()),
            of(Severity::Low.as_str())
        ));
        sql.push("SUM(CASE WHEN state = 'open' AND due_at < ").push_bind(now);
        sql.push(" AND COALESCE(accepted_until, 0) <= ").push_bind(now).push(" THEN 1 ELSE 0 END), ");
        sql.push("SUM(CASE WHEN state = 'suspected' THEN 1 ELSE 0 END), ");
        sql.push(format!("SUM(CASE WHEN {open} AND doubt <> '' THEN 1 ELSE 0 END), "));
        sql.push(format!("SUM(CASE WHEN {open} AND accepted_until > "))
            .push_bind(now)
            .push(" THEN 1 ELSE 0 END), ");
        sql.push("SUM(CASE WHEN state = 'fixed' AND severity <> 'info' AND fixed_at > ");
        sql.push_bind(now - 30 * MICROS_PER_DAY).push(" THEN 1 ELSE 0 END), ");
        sql.push(format!("COUNT(DISTINCT CASE WHEN {open} THEN host END) FROM finding WHERE 1 = 1"));
        within(&mut sql, units);
        sql.push(" GROUP BY hospital ORDER BY hospital");
        let rows = sql.build().fetch_all(self.0.readers()).await?;
        let mut counts = std::collections::BTreeMap::new();
        for row in &rows {
            let number = |i: usize| row.try_get::<i64, _>(i).map(|n| u64::try_from(n).unwrap_or(0));
            let hospital = unit(row.try_get(0)?)?;
            counts.insert(
                hospital.clone(),
                Count {
                    hospital,
                    critical: number(1)?,
                    high: number(2)?,
                    medium: number(3)?,
                    low: number(4)?,
                    overdue: number(5)?,
                    suspected: number(6)?,
                    cannot_tell: number(7)?,
                    accepted: number(8)?,
                    fixed: number(9)?,
                    hosts: number(10)?,
                    scanned: None,
                },
            );
        }
        let mut sql = QueryBuilder::new("SELECT hospital, MAX(made_at) FROM scan WHERE 1 = 1");
        within(&mut sql, units);
        sql.push(" GROUP BY hospital");
        for row in sql.build().fetch_all(self.0.readers()).await? {
            let hospital = unit(row.try_get(0)?)?;
            let count = counts.entry(hospital.clone()).or_insert_with(|| Count::none(hospital));
            count.scanned = Some(Micros(row.try_get(1)?));
        }
        Ok(counts.into_values().collect())
    }
}

impl Count {
    const fn none(hospital: UnitId) -> Self {
        Self {
            hospital,
            critical: 0,
            high: 0,
            medium: 0,
            low: 0,
            overdue: 0,
            suspected: 0,
            cannot_tell: 0,
            accepted: 0,
            fixed: 0,
            hosts: 0,
            scanned: None,
        }
    }
}

fn unit(text: String) -> Result<UnitId, DeskError> {
    UnitId::new(&text).map_err(|e| DeskError::Broken(e.to_string()))
}
