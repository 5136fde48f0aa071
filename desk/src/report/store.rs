//! Reports in the database.

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use super::{COUNTY, NewReport, Paper, PaperState, Readable, Replaced, Report, ReportRow};
use crate::{Connection, Desk, DeskError, audit::Entry};

/// The issued reports.
pub struct Reports<'a>(pub(super) &'a Desk);

/// Rows a list may have.
const LIST_MAX: i64 = 2_000;

/// What `row` reads of a report, its paper and the one it replaces.
const ROW: &str = "r.id, r.kind, r.period, r.edition, r.version, r.hospital, r.title, r.issue, r.verdict, r.as_of,
    r.made_at, r.made_by, r.model_hash, r.templates_hash, r.fonts_hash, p.state, p.words, p.replaces, p.reason,
    p.drafter, p.checker, p.signer, p.stands_for, p.signed_at, p.published_at, p.revision, o.version, q.published_at,
    (SELECT MAX(x.report_id) FROM report_paper x WHERE x.replaces = r.id AND x.state = 'published')";

const FROM: &str = "FROM report r JOIN report_paper p ON p.report_id = r.id
    LEFT JOIN report o ON o.id = p.replaces LEFT JOIN report_paper q ON q.report_id = p.replaces";

/// The model never stands in a list, which would be as large as all reports.
fn select(tail: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {ROW} {FROM} {tail}"))
}

fn select_whole(tail: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {ROW}, r.model {FROM} {tail}"))
}

/// What names one version of a report.
pub(super) struct ReportKey {
    pub(super) kind: String,
    pub(super) period: String,
    pub(super) edition: String,
    pub(super) version: i64,
}

impl ReportKey {
    /// As the audit has it.
    pub(super) fn name(&self) -> String {
        format!("{}-{}-{}", self.kind, self.period, self.edition)
    }
}

fn row(row: &SqliteRow) -> Result<ReportRow, DeskError> {
    let micros = |i: usize| row.get::<Option<i64>, _>(i).map(Micros);
    let replaces = row.get::<Option<i64>, _>(17).map(|id| Replaced {
        id,
        version: row.get::<Option<i64>, _>(26).unwrap_or(0),
        published: micros(27),
        reason: row.get(18),
    });
    Ok(ReportRow {
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
        paper: Paper {
            state: PaperState::stored(row.get(15))?,
            words: row.get(16),
            replaces,
            drafter: row.get(19),
            checker: row.get(20),
            signer: row.get(21),
            stands_for: row.get(22),
            signed: micros(23),
            published: micros(24),
            revision: row.get(25),
            replaced_by: row.get(28),
        },
    })
}

fn whole(from: &SqliteRow) -> Result<Report, DeskError> {
    Ok(Report { row: row(from)?, model: from.get(29) })
}

/// The newest version, of all or of those that are out.
async fn newest(
    c: &mut Connection,
    (kind, period, edition): (&str, &str, &str),
    published: bool,
) -> Result<Option<Report>, DeskError> {
    let tail = "WHERE r.kind = $1 AND r.period = $2 AND r.edition = $3 AND ($4 = 0 OR p.state = 'published') \
        ORDER BY r.version DESC LIMIT 1";
    let found = sqlx::query(select_whole(tail))
        .bind(kind)
        .bind(period)
        .bind(edition)
        .bind(i64::from(published))
        .fetch_optional(&mut *c)
        .await?;
    found.as_ref().map(whole).transpose()
}

/// Writes one version; returns its number.
pub(super) async fn insert_report(
    c: &mut Connection,
    report: &NewReport,
    version: i64,
    (at, by): (Micros, &str),
) -> Result<i64, DeskError> {
    const INSERT: &str = "INSERT INTO report (kind, period, edition, version, hospital, title, issue, \
         verdict, as_of, made_at, made_by, model, model_hash, templates_hash, fonts_hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id";
    let id = sqlx::query_scalar(INSERT)
        .bind(&report.kind)
        .bind(&report.period)
        .bind(&report.edition)
        .bind(version)
        .bind(report.hospital.as_ref().map_or("", UnitId::as_str))
        .bind(&report.title)
        .bind(&report.issue)
        .bind(&report.verdict)
        .bind(report.as_of.0)
        .bind(at.0)
        .bind(by)
        .bind(&report.model)
        .bind(&report.model_hash)
        .bind(&report.templates_hash)
        .bind(&report.fonts_hash)
        .fetch_one(&mut *c)
        .await?;
    Ok(id)
}

/// A new version begins as a draft; it may name the published one that it replaces, and why.
pub(super) async fn add_paper(
    c: &mut Connection,
    id: i64,
    (replaces, reason): (Option<i64>, &str),
    words: &str,
    (at, by): (Micros, &str),
) -> Result<(), DeskError> {
    const INSERT: &str = "INSERT INTO report_paper (report_id, state, words, replaces, reason, drafter, checker,
        signer, stands_for, revision, changed_at, changed_by) VALUES ($1, 'drafting', $2, $3, $4, '', '', '', '', 1, $5, $6)";
    sqlx::query(INSERT)
        .bind(id)
        .bind(words)
        .bind(replaces)
        .bind(reason)
        .bind(at.0)
        .bind(by)
        .execute(&mut *c)
        .await?;
    Ok(())
}

impl<'a> Reports<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Keeps a report and its audit entry, as a draft. Where there is one of this kind, period and edition already,
    /// that one is returned and nothing is written, unless `again` gives a reason for a new version, which then names
    /// the published one that it replaces.
    ///
    /// # Errors
    /// The database.
    pub async fn issue(
        &self,
        entry: Entry,
        report: NewReport,
        again: Option<String>,
    ) -> Result<Report, DeskError> {
        let now = self.0.clock().now();
        let ledger = self.0.ledger();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let key = (report.kind.as_str(), report.period.as_str(), report.edition.as_str());
                    let before = newest(c, key, false).await?;
                    let (version, reason) = match (before, again) {
                        (Some(known), None) => return Ok(known),
                        (Some(known), Some(reason)) => (known.row.version + 1, reason),
                        (None, _) => (1, String::new()),
                    };
                    let replaces = newest(c, key, true).await?.map(|known| known.row.id);
                    let made = (now, entry.account.as_str());
                    let id = insert_report(c, &report, version, made).await?;
                    add_paper(c, id, (replaces, &reason), "", made).await?;
                    let name = format!("{}-{}-{}", report.kind, report.period, report.edition);
                    let detail = json!({ "issued": version, "sha256": report.model_hash });
                    ledger.append(c, entry.object("report", name).detail(detail)).await?;
                    newest(c, key, false)
                        .await?
                        .ok_or_else(|| DeskError::Broken("a report that was written is not there".into()))
                })
            })
            .await
    }

    /// The newest version of each report that is for `who`, newest period first.
    ///
    /// # Errors
    /// The database.
    pub async fn list(&self, who: &Readable) -> Result<Vec<ReportRow>, DeskError> {
        let (units, locality) = names(who);
        let tail = "WHERE r.version = (SELECT MAX(n.version) FROM report n JOIN report_paper m ON m.report_id = n.id \
             WHERE n.kind = r.kind AND n.period = r.period AND n.edition = r.edition \
             AND ($1 = '' OR m.state = 'published')) \
             AND ($1 = '' OR instr($1, ',' || r.hospital || ',') > 0 OR r.edition = $2) \
             ORDER BY r.as_of DESC, r.period DESC, r.edition LIMIT $3";
        let all = sqlx::query(select(tail))
            .bind(units)
            .bind(locality)
            .bind(LIST_MAX)
            .fetch_all(self.0.readers())
            .await?;
        let all = all.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        Ok(all.into_iter().filter(|r| who.allows(r)).collect())
    }

    /// One by its number; None too where it is not for `who`.
    ///
    /// # Errors
    /// The database.
    pub async fn one(&self, who: &Readable, id: i64) -> Result<Option<Report>, DeskError> {
        let found =
            sqlx::query(select_whole("WHERE r.id = $1")).bind(id).fetch_optional(self.0.readers()).await?;
        Ok(found.as_ref().map(whole).transpose()?.filter(|r| who.allows(&r.row)))
    }

    /// The newest version of one report.
    ///
    /// # Errors
    /// The database.
    pub async fn newest(&self, kind: &str, period: &str, edition: &str) -> Result<Option<Report>, DeskError> {
        let mut connection = self.0.readers().acquire().await?;
        newest(&mut connection, (kind, period, edition), false).await
    }

    /// The newest version of one report that is out: what readers know.
    ///
    /// # Errors
    /// The database.
    pub async fn published(
        &self,
        kind: &str,
        period: &str,
        edition: &str,
    ) -> Result<Option<Report>, DeskError> {
        let mut connection = self.0.readers().acquire().await?;
        newest(&mut connection, (kind, period, edition), true).await
    }
}

/// `,h01,h02,` for a comparison that needs no list of places, ids hold no comma; and the county's edition. Both are
/// empty for everybody.
fn names(who: &Readable) -> (String, String) {
    match who {
        Readable::All => (String::new(), String::new()),
        Readable::Published { units, locality } => {
            let units = units.iter().fold(",".to_owned(), |all, unit| format!("{all}{unit},"));
            (units, locality.as_ref().map_or_else(String::new, |name| format!("{COUNTY}{name}")))
        }
    }
}
