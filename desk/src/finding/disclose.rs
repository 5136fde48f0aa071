//! A weakness that was made public, matched to the register of assets before any scan.

use serde_json::json;
use sqlx::Row as _;
use ward_event::{Micros, UnitId, register::Register};
use ward_scan::{Kind, Ports, Protocol, Row, Severity, State};

use super::{
    Event, FindingState, Findings,
    due::due,
    plan::{Check, Key, Seen},
    row::{self, New, Told},
    versions::affected,
};
use crate::{
    DeskError, Refusal, Role, Viewer,
    assets::DeclaredRow,
    audit::{Action, Entry},
};

const TEXT_CHARS_MAX: usize = 500;
const LIST_MAX: i64 = 200;

/// What was made public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewDisclosure {
    /// CVE, CNVD or CNNVD, separated by blanks; the first names it.
    pub numbers: String,
    pub title: String,
    pub severity: Option<Severity>,
    /// Empty for any.
    pub vendor: String,
    pub product: String,
    /// `<=5.4.1`, `5.0-5.4`; empty for all.
    pub versions: String,
    pub advice: String,
    pub source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    pub id: i64,
    pub of: NewDisclosure,
    /// Assets it was matched with.
    pub matched: i64,
    pub created_at: Micros,
    pub created_by: String,
}

/// A declared asset is of that product, as people write products: one name within the other.
fn matches(of: &NewDisclosure, asset: &DeclaredRow) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (product, vendor) = (plain(&of.product), plain(&of.vendor));
    let d = &asset.declared;
    let (own, own_vendor) = (plain(&d.product), plain(&d.vendor));
    let is_product = !own.is_empty() && (own.contains(&product) || (own.len() > 3 && product.contains(&own)));
    // A vendor that nobody wrote down does not speak against it.
    let is_vendor = vendor.is_empty()
        || own_vendor.is_empty()
        || own_vendor.contains(&vendor)
        || vendor.contains(&own_vendor);
    is_product && is_vendor && affected(&of.versions, &d.version)
}

fn checked(new: &NewDisclosure) -> Result<(Row, Severity), DeskError> {
    let texts =
        [&new.numbers, &new.title, &new.vendor, &new.product, &new.versions, &new.advice, &new.source];
    let short = texts.iter().all(|t| t.chars().count() <= TEXT_CHARS_MAX);
    let said = ![&new.numbers, &new.title, &new.product].iter().any(|t| t.trim().is_empty());
    let Some(severity) = new.severity.filter(|_| short && said) else {
        return Err(Refusal::TextUnfit.into());
    };
    let mut row = Row {
        host: String::new(),
        port: 0,
        protocol: Protocol::None,
        check: String::new(),
        title: new.title.trim().to_owned(),
        severity,
        score: None,
        cves: Vec::new(),
        cnvds: Vec::new(),
        cnnvds: Vec::new(),
        evidence: String::new(),
        advice: new.advice.trim().to_owned(),
        state: State::Suspected,
        seen: None,
    };
    row.name_all(&new.numbers);
    let first = row.cves.iter().chain(&row.cnvds).chain(&row.cnnvds).next().cloned();
    row.check = first.ok_or(Refusal::TextUnfit)?;
    Ok((row, severity))
}

impl Findings<'_> {
    /// Keeps a disclosure and matches it: every declared asset of that product becomes a suspected finding.
    /// Returns how many.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for all but analysts; [`Refusal::TextUnfit`] without number, title, severity
    /// or product.
    pub async fn disclose(
        &self,
        by: &Viewer,
        from: &str,
        new: &NewDisclosure,
        register: &Register,
    ) -> Result<usize, DeskError> {
        if !by.may_write || by.role != Role::Analyst {
            return Err(Refusal::NotAllowed.into());
        }
        let (mut template, severity) = checked(new)?;
        let declared = self.0.assets().list(by.units(register).as_ref()).await?;
        let matched: Vec<DeclaredRow> = declared.into_iter().filter(|asset| matches(new, asset)).collect();
        let (now, ledger, rules) = (self.0.clock().now(), self.0.ledger(), self.0.0.case_rules.clone());
        let (by, from, new) = (by.clone(), from.to_owned(), new.clone());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let told = Told { at: now, by: &by.name, scan: None };
                    let mut made = 0;
                    for asset in &matched {
                        let d = &asset.declared;
                        d.addresses.first().unwrap_or(&d.name).clone_into(&mut template.host);
                        template.evidence =
                            [&d.name, &d.vendor, &d.product, &d.version].map(String::as_str).join(" ");
                        let key = Key::of(&template);
                        if is_known(c, &d.hospital, &key).await? {
                            continue;
                        }
                        let check = Check {
                            name: key.weakness.clone(),
                            tool: None,
                            profile: String::new(),
                            ports: Ports::Unknown,
                            credentialed: false,
                            seen: now,
                            is_there: true,
                        };
                        let seen = Seen { key, row: &template, checks: vec![check], at: now, sure: false };
                        let due = due(&rules, severity, Kind::Vulnerability, now);
                        let new = New {
                            hospital: &d.hospital,
                            kind: Kind::Vulnerability,
                            state: FindingState::Suspected,
                            due,
                        };
                        let id = row::insert(c, &new, &seen).await?;
                        row::happened(c, id, told, Event::Disclosed, "").await?;
                        made += 1;
                    }
                    const INSERT: &str = "INSERT INTO disclosure (id, numbers, title, severity, vendor, product, versions, \
                        advice, source, matched, created_at, created_by) VALUES \
                        ((SELECT COALESCE(MAX(id), 0) + 1 FROM disclosure), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                        RETURNING id";
                    let id: i64 = sqlx::query_scalar(INSERT)
                        .bind(new.numbers.trim())
                        .bind(new.title.trim())
                        .bind(severity.as_str())
                        .bind(new.vendor.trim())
                        .bind(new.product.trim())
                        .bind(new.versions.trim())
                        .bind(new.advice.trim())
                        .bind(new.source.trim())
                        .bind(i64::try_from(matched.len()).unwrap_or(i64::MAX))
                        .bind(now.0)
                        .bind(&by.name)
                        .fetch_one(&mut *c)
                        .await?;
                    let detail = json!({ "numbers": new.numbers.trim(), "matched": matched.len(), "new": made });
                    let entry = Entry::new(&by, &from, Action::Change).object("disclosure", id).detail(detail);
                    ledger.append(c, entry).await?;
                    Ok(made)
                })
            })
            .await
    }

    /// What was made public, newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn disclosures(&self) -> Result<Vec<Disclosure>, DeskError> {
        const SELECT: &str = "SELECT id, numbers, title, severity, vendor, product, versions, advice, source, matched, \
            created_at, created_by FROM disclosure ORDER BY id DESC LIMIT $1";
        let rows = sqlx::query(SELECT).bind(LIST_MAX).fetch_all(self.0.readers()).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| -> Result<Disclosure, DeskError> {
            Ok(Disclosure {
                id: row.try_get(0)?,
                of: NewDisclosure {
                    numbers: row.try_get(1)?,
                    title: row.try_get(2)?,
                    severity: Severity::from_name(&row.try_get::<String, _>(3)?),
                    vendor: row.try_get(4)?,
                    product: row.try_get(5)?,
                    versions: row.try_get(6)?,
                    advice: row.try_get(7)?,
                    source: row.try_get(8)?,
                },
                matched: row.try_get(9)?,
                created_at: Micros(row.try_get(10)?),
                created_by: row.try_get(11)?,
            })
        };
        rows.iter().map(read).collect()
    }
}

/// The same weakness of the same host, on any port: a scan knows it better.
async fn is_known(c: &mut crate::Connection, hospital: &UnitId, key: &Key) -> Result<bool, DeskError> {
    const COUNT: &str = "SELECT COUNT(*) FROM finding WHERE hospital = $1 AND host = $2 AND weakness = $3";
    let count: i64 = sqlx::query_scalar(COUNT)
        .bind(hospital.as_str())
        .bind(&key.host)
        .bind(&key.weakness)
        .fetch_one(&mut *c)
        .await?;
    Ok(count > 0)
}
