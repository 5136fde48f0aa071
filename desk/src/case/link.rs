//! A unit without an account: its 回执 carries a one-time address as a QR code. Whoever has the paper hands in the
//! signed sheet there; what the sheet says is entered by county or commission, who have it before them.

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{
    Cases, Units,
    answer::part,
    decide::unit,
    files::{FileKind, Given, Put},
    machine::NoticeState,
    tx::{By, LINE_CHARS_MAX, Told, Who, held, needed, next_id, read_number},
};
use crate::{Connection, DeskError, Refusal, Role, keys};

/// How long a link may be used.
const DAYS: i64 = 30;

/// Pages of a sheet.
pub const SHEET_FILES_MAX: usize = 5;

/// A link as it is given out, once: the desk keeps the secret's hash alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedLink {
    pub secret: String,
    pub expires_at: Micros,
}

/// What somebody is told who opens a link: as much as a message may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLink {
    pub title: String,
    pub number: String,
    pub unit: UnitId,
    /// The commission's contact and telephone.
    pub contact: String,
    pub phone: String,
    pub expires_at: Micros,
}

/// A sheet as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    pub person: String,
    pub phone: String,
    /// One to [`SHEET_FILES_MAX`] pictures or PDF.
    pub files: Vec<Given>,
}

/// A link as its notice shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LinkRow {
    pub id: i64,
    pub unit: UnitId,
    pub issued_at: Micros,
    pub issued_by: String,
    pub expires_at: Micros,
    pub revoked_at: Option<Micros>,
    pub used_at: Option<Micros>,
    /// Who handed it in, as they say.
    pub person: String,
    pub phone: String,
    /// Hashes of the pages.
    pub files: Vec<String>,
    /// A page of it serves as receipt or proof.
    pub entered: bool,
}

/// A sheet that waits to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIn {
    pub notice: i64,
    pub title: String,
    pub number: String,
    pub unit: UnitId,
    pub at: Micros,
    pub person: String,
    pub phone: String,
}

/// Whether a page of link `l` serves as receipt or proof.
macro_rules! entered {
    () => {
        "EXISTS (SELECT 1 FROM case_link_file f WHERE f.link_id = l.id AND (
            EXISTS (SELECT 1 FROM case_unit u WHERE u.notice_id = l.notice_id AND u.unit = l.unit
                AND u.signed_sheet = f.hash)
            OR EXISTS (SELECT 1 FROM case_proof p JOIN case_row r ON r.id = p.row_id
                WHERE r.notice_id = l.notice_id AND r.unit = l.unit AND p.hash = f.hash)))"
    };
}

pub(super) const LINKS: &str = concat!(
    "SELECT l.*, ",
    entered!(),
    " AS entered, (SELECT group_concat(hash, ' ') FROM
        (SELECT hash FROM case_link_file WHERE link_id = l.id ORDER BY no)) AS files
     FROM case_link l WHERE l.notice_id = $1 ORDER BY l.id"
);

pub(super) fn read_link(row: &SqliteRow) -> LinkRow {
    let micros = |name: &str| row.get::<Option<i64>, _>(name).map(Micros);
    let files: Option<String> = row.get("files");
    LinkRow {
        id: row.get("id"),
        unit: unit(row.get("unit")),
        issued_at: Micros(row.get("issued_at")),
        issued_by: row.get("issued_by"),
        expires_at: Micros(row.get("expires_at")),
        revoked_at: micros("revoked_at"),
        used_at: micros("used_at"),
        person: row.get("person"),
        phone: row.get("phone"),
        files: files.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        entered: row.get("entered"),
    }
}

impl Cases<'_> {
    /// A link for a unit's 回执. An earlier one that was not used ends with it.
    ///
    /// # Errors
    /// [`Refusal`]: who neither is of the commission nor the unit's county, a notice that the unit has not got.
    pub async fn issue_link(&self, by: By<'_>, notice: i64, unit: &UnitId) -> Result<IssuedLink, DeskError> {
        let (unit, secret) = (unit.clone(), keys::new_secret()?);
        let hash = keys::fingerprint(&secret);
        self.change(by, move |c, who| {
            Box::pin(async move {
                if !matches!(who.viewer.role, Role::Analyst | Role::County) {
                    return Err(Refusal::NotAllowed.into());
                }
                let row = part(c, who, notice, &unit, None).await?;
                let is_out = held(c, notice, None).await?.state == NoticeState::Sent;
                if !is_out || row.get::<Option<i64>, _>("withdrawn_at").is_some() {
                    return Err(Refusal::WrongState.into());
                }
                const REVOKE: &str = "UPDATE case_link SET revoked_at = $3
                    WHERE notice_id = $1 AND unit = $2 AND used_at IS NULL AND revoked_at IS NULL";
                let revoke = sqlx::query(REVOKE).bind(notice).bind(unit.as_str()).bind(who.now.0);
                revoke.execute(&mut *c).await?;
                let (id, expires_at) = (next_id!(c, "case_link"), Micros(who.now.0 + DAYS * MICROS_PER_DAY));
                const ISSUE: &str =
                    "INSERT INTO case_link (id, hash, notice_id, unit, issued_at, issued_by, expires_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
                sqlx::query(ISSUE)
                    .bind(id)
                    .bind(hash)
                    .bind(notice)
                    .bind(unit.as_str())
                    .bind(who.now.0)
                    .bind(&who.viewer.name)
                    .bind(expires_at.0)
                    .execute(&mut *c)
                    .await?;
                who.tell(c, Told::notice(notice, "link", "").unit(&unit)).await?;
                Ok(IssuedLink { secret, expires_at })
            })
        })
        .await
    }

    /// What a link opens; None for one that is unknown, over, used or replaced.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn link(&self, secret: &str) -> Result<Option<OpenLink>, DeskError> {
        const OPEN: &str = "SELECT l.unit, l.expires_at, n.* FROM case_link l
            JOIN case_notice n ON n.id = l.notice_id
            JOIN case_unit u ON u.notice_id = l.notice_id AND u.unit = l.unit
            WHERE l.hash = $1 AND l.used_at IS NULL AND l.revoked_at IS NULL AND l.expires_at > $2
                AND u.withdrawn_at IS NULL AND n.state = 'sent'";
        let row = sqlx::query(OPEN).bind(keys::fingerprint(secret)).bind(self.0.clock().now().0);
        let Some(row) = row.fetch_optional(self.0.readers()).await? else { return Ok(None) };
        Ok(Some(OpenLink {
            title: row.get("title"),
            number: read_number(&row).map(|n| n.to_string()).unwrap_or_default(),
            unit: unit(row.get("unit")),
            contact: row.get("contact"),
            phone: row.get("phone"),
            expires_at: Micros(row.get("expires_at")),
        }))
    }

    /// Takes in a signed sheet, once.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for a link that does not count (any more), [`Refusal::FileUnfit`] for none or too many
    /// files, or one that is neither picture nor PDF; [`Refusal::TextUnfit`] without a name. Then it may be tried
    /// again.
    pub async fn hand_in(&self, secret: &str, address: &str, sheet: Sheet) -> Result<(), DeskError> {
        let person = needed(&sheet.person, LINE_CHARS_MAX)?;
        let phone = needed(&sheet.phone, LINE_CHARS_MAX)?;
        let is_sheet = |given: &Given| {
            matches!(FileKind::of(&given.bytes), Some(FileKind::Pdf | FileKind::Png | FileKind::Jpeg))
        };
        // All of them before the first is written: a sheet that is refused leaves nothing behind.
        if !(1..=SHEET_FILES_MAX).contains(&sheet.files.len()) || !sheet.files.iter().all(is_sheet) {
            return Err(Refusal::FileUnfit.into());
        }
        // Nobody fills the disk without one.
        self.link(secret).await?.ok_or(Refusal::NotThere)?;
        let mut puts = Vec::with_capacity(sheet.files.len());
        for given in sheet.files {
            puts.push(self.put(given).await?);
        }
        let (hash, from) = (keys::fingerprint(secret), address.to_owned());
        self.change_without(&person.clone(), address, move |c, who| {
            Box::pin(async move {
                const USE: &str = "UPDATE case_link SET used_at = $2, person = $3, phone = $4, address = $5
                    WHERE hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2
                    RETURNING id, notice_id, unit";
                let used = sqlx::query(USE).bind(hash).bind(who.now.0).bind(&person).bind(&phone).bind(from);
                let row = used.fetch_optional(&mut *c).await?.ok_or(Refusal::NotThere)?;
                enter(c, who, row.get("id"), &puts).await?;
                let unit = unit(row.get("unit"));
                let told = format!("{person} {phone}");
                who.tell(c, Told::notice(row.get("notice_id"), "hand_in", &told).unit(&unit)).await
            })
        })
        .await
    }

    /// Sheets that were handed in and are not entered yet, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn handed_in(&self, units: &Units) -> Result<Vec<HandedIn>, DeskError> {
        const WAIT: &str = concat!(
            "SELECT l.notice_id, l.unit, l.used_at, l.person, l.phone AS telephone, n.*
             FROM case_link l JOIN case_notice n ON n.id = l.notice_id
             WHERE l.used_at IS NOT NULL AND n.state = 'sent' AND NOT ",
            entered!(),
            " ORDER BY l.used_at"
        );
        let rows = sqlx::query(WAIT).fetch_all(self.0.readers()).await?;
        let waiting = rows.iter().map(|row| HandedIn {
            notice: row.get("notice_id"),
            title: row.get("title"),
            number: read_number(row).map(|n| n.to_string()).unwrap_or_default(),
            unit: unit(row.get("unit")),
            at: Micros(row.get("used_at")),
            person: row.get("person"),
            phone: row.get("telephone"),
        });
        Ok(waiting.filter(|h| units.as_ref().is_none_or(|units| units.contains(&h.unit))).collect())
    }
}

async fn enter(c: &mut Connection, who: &Who, link: i64, puts: &[Put]) -> Result<(), DeskError> {
    for (no, put) in (1_i64..).zip(puts) {
        put.enter(c, who).await?;
        sqlx::query("INSERT INTO case_link_file (link_id, no, hash) VALUES ($1, $2, $3)")
            .bind(link)
            .bind(no)
            .bind(&put.hash)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}
