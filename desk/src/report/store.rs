//! Reports in the database.

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use super::{NewReport, Readable, Report, ReportRow};
use crate::{Connection, Desk, DeskError, audit::Entry};

/// The issued reports.
pub struct Reports<'a>(&'a Desk);

/// Rows a list may have.
const LIST_MAX: i64 = 2_000;

/// The columns that `row` reads.
macro_rules! select_rows {
    ($more:literal $tail:literal) => {
        concat!(
            "SELECT id, kind, period, edition, version, hospital, title, issue, verdict, as_of, made_at, made_by, \
             model_hash, templates_hash, fonts_hash",
            $more,
            " FROM report ",
            $tail
        )
    };
}

/// And the model, that `whole` reads: never for a list, which would be as large as all reports.
macro_rules! select {
    ($tail:literal) => {
        select_rows!(", model" $tail)
    };
}

fn row(row: &SqliteRow) -> ReportRow {
    ReportRow {
        id: row.get(0),
        kind: row.get(1),
        period: row.get(2),
        edition: row.get(3),
        version: row.get(4),
        hospital: UnitId::new(row.get::<&str, _>(5)).ok(),
        title: row.get(6),
        issue: row.get(7),
        verdict: row.get(8),
        as_of: Micros(row.get(9)),
        made_at: Micros(row.get(10)),
        made_by: row.get(11),
        model_hash: row.get(12),
        templates_hash: row.get(13),
        fonts_hash: row.get(14),
    }
}

fn whole(from: &SqliteRow) -> Report {
    Report { row: row(from), model: from.get(15) }
}

async fn newest(
    c: &mut Connection,
    kind: &str,
    period: &str,
    edition: &str,
) -> Result<Option<Report>, DeskError> {
    let found = sqlx::query(select!(
        "WHERE kind = $1 AND period = $2 AND edition = $3 ORDER BY version DESC LIMIT 1"
    ))
    .bind(kind)
    .bind(period)
    .bind(edition)
    .fetch_optional(&mut *c)
    .await?;
    Ok(found.as_ref().map(whole))
}

impl<'a> Reports<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Keeps a report and its audit entry. Where there is one of this kind, period and edition already, that one
    /// is returned and nothing is written, unless `again` asks for a new version.
    ///
    /// # Errors
    /// The database.
    pub async fn issue(&self, entry: Entry, report: NewReport, again: bool) -> Result<Report, DeskError> {
        let now = self.0.clock().now();
        let ledger = self.0.ledger();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let before = newest(c, &report.kind, &report.period, &report.edition).await?;
                    let version = match before {
                        Some(known) if !again => return Ok(known),
                        Some(known) => known.row.version + 1,
                        None => 1,
                    };
                    const INSERT: &str = "INSERT INTO report (kind, period, edition, version, hospital, title, issue, \
                         verdict, as_of, made_at, made_by, model, model_hash, templates_hash, fonts_hash) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
                    sqlx::query(INSERT)
                        .bind(&report.kind)
                        .bind(&report.period)
                        .bind(&report.edition)
                        .bind(version)
                        .bind(report.hospital.as_ref().map_or("", UnitId::as_str))
                        .bind(&report.title)
                        .bind(&report.issue)
                        .bind(&report.verdict)
                        .bind(report.as_of.0)
                        .bind(now.0)
                        .bind(&entry.account)
                        .bind(&report.model)
                        .bind(&report.model_hash)
                        .bind(&report.templates_hash)
                        .bind(&report.fonts_hash)
                        .execute(&mut *c)
                        .await?;
                    let name = format!("{}-{}-{}", report.kind, report.period, report.edition);
                    let detail = json!({ "issued": version, "sha256": report.model_hash });
                    ledger.append(c, entry.object("report", name).detail(detail)).await?;
                    newest(c, &report.kind, &report.period, &report.edition)
                        .await?
                        .ok_or_else(|| DeskError::Broken("a report that was written is not there".into()))
                })
            })
            .await
    }

    /// The newest version of each report, newest period first.
    ///
    /// # Errors
    /// The database.
    pub async fn list(&self, who: &Readable) -> Result<Vec<ReportRow>, DeskError> {
        let all = sqlx::query(select_rows!(""
            "WHERE version = (SELECT MAX(n.version) FROM report n WHERE n.kind = report.kind \
             AND n.period = report.period AND n.edition = report.edition) \
             AND ($1 = '' OR instr($1, ',' || hospital || ',') > 0) \
             ORDER BY period DESC, edition LIMIT $2"
        ))
        .bind(names(who))
        .bind(LIST_MAX)
        .fetch_all(self.0.readers())
        .await?;
        Ok(all.iter().map(row).filter(|r| who.allows(r)).collect())
    }

    /// One by its number; None too where it is not for `who`.
    ///
    /// # Errors
    /// The database.
    pub async fn one(&self, who: &Readable, id: i64) -> Result<Option<Report>, DeskError> {
        let found = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(self.0.readers()).await?;
        Ok(found.as_ref().map(whole).filter(|r| who.allows(&r.row)))
    }

    /// The newest version of one report.
    ///
    /// # Errors
    /// The database.
    pub async fn newest(&self, kind: &str, period: &str, edition: &str) -> Result<Option<Report>, DeskError> {
        let mut connection = self.0.readers().acquire().await?;
        newest(&mut connection, kind, period, edition).await
    }
}

/// `,h01,h02,` for a comparison that needs no list of places; ids hold no comma. Empty is everybody.
fn names(who: &Readable) -> String {
    match who {
        Readable::All => String::new(),
        Readable::Units(units) => units.iter().fold(",".to_owned(), |all, unit| format!("{all}{unit},")),
    }
}
