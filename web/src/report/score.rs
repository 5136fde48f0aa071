//! What is observed of each unit for its posture score. What no part of Ward observes yet is left out, which the
//! formula counts as unknown.

use std::collections::BTreeMap;

use ward_desk::{
    Desk, DeskError,
    figures::{DeskFigures, Span as Held},
    report::PostureRow,
};
use ward_event::{
    Micros, UnitId,
    register::{Register, Unit},
    time::{Calendar, MICROS_PER_DAY},
};
use ward_report::score::{Formula, Inputs, Score, Seen, rank, score};

use super::{NewsError, Newsroom, held};
use crate::{
    query::{Reader, SourceAt, Span},
    register::{self, QUIET},
    scope::Scope,
};

/// Alerts of so many days count.
const DAYS: i64 = 7;

/// A contact that nobody has confirmed for so long may be gone.
const CONFIRMED_DAYS: i32 = 90;

/// Times to sign and to put right are those of so many days.
const TIMES_DAYS: i64 = 90;

/// What the desk holds of the units of a scope, as of now.
pub(crate) async fn held_now(desk: &Desk, scope: &Scope, now: Micros) -> Result<DeskFigures, DeskError> {
    // What is of this very moment counts, too.
    let span = Held { from: Micros(now.0 - TIMES_DAYS * MICROS_PER_DAY), to: Micros(now.0 + 1) };
    desk.figures(&scope.units(), span).await
}

/// What was seen of the units of a scope, as of now.
pub(crate) async fn observe(
    reader: &Reader,
    desk: &Desk,
    figures: &DeskFigures,
    scope: &Scope,
    register: &Register,
    calendar: Calendar,
    now: Micros,
) -> Result<Vec<Inputs>, NewsError> {
    // What is of this very moment counts, too.
    let to = Micros(now.0 + 1);
    let span = Span { from: Micros(now.0 - DAYS * MICROS_PER_DAY), to, ingested_until: to };
    let (rules, sources, answering) = tokio::try_join!(
        reader.report_rules(scope, span),
        reader.report_sources(scope, span),
        reader.answering(scope, Micros(now.0 - QUIET))
    )?;
    let (of, assets, ledger) = (scope.units(), desk.assets(), desk.compliance());
    let (declared, sheets) =
        (assets.list(of.as_ref()).await?, ledger.sheets(of.as_ref(), register, now).await?);
    let mut undeclared: BTreeMap<&str, u64> = answering.iter().map(|a| (a.hospital.as_str(), 0)).collect();
    for found in register::undeclared(&declared, &answering) {
        *undeclared.entry(&found.hospital).or_default() += 1;
    }
    let mut alerts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in &rules {
        *alerts.entry((&row.hospital, &row.level)).or_default() += row.count;
    }
    let mut sources_of: BTreeMap<&str, Vec<&SourceAt>> = BTreeMap::new();
    for source in &sources {
        sources_of.entry(&source.hospital).or_default().push(source);
    }
    let sheets: BTreeMap<_, _> = sheets.iter().map(|sheet| (&sheet.unit, sheet)).collect();
    let units = register.units.iter().filter(|u| u.kind != "commission" && scope.allows(&u.id));
    Ok(units
        .map(|unit| {
            let id = unit.id.as_str();
            let mut seen = BTreeMap::new();
            let mut put = |item: &str, count: u64, link: String| {
                seen.insert(item.to_owned(), Seen { count, link });
            };
            let heard = sources_of.get(id).map_or(&[][..], Vec::as_slice);
            // Alerts are known only where something could have raised them.
            if heard.iter().any(|s| s.status == "ok") {
                for level in ["critical", "high"] {
                    let count = alerts.get(&(id, level)).copied().unwrap_or(0);
                    let link = format!("/alerts?range=7d&hospital={id}&level={level}");
                    put(&format!("threat.{level}"), count, link);
                }
            }
            if !unit.sources.is_empty() || !heard.is_empty() {
                let silent = heard.iter().filter(|s| s.status != "ok").count();
                let expected = unit.sources.iter();
                let unheard = expected.filter(|e| !heard.iter().any(|s| s.source == e.format)).count();
                put("coverage.quiet", (silent + unheard) as u64, format!("/hospitals/{id}"));
            }
            put("response.contacts", contacts(unit, calendar, now), format!("/hospitals/{id}"));
            if let Some(count) = undeclared.get(id) {
                put("coverage.undeclared", *count, format!("/assets?hospital={id}&difference=undeclared"));
            }
            let recorded = sheets.get(&unit.id).map(|sheet| held::recorded(sheet)).unwrap_or_default();
            for (item, of) in held::seen(figures, &unit.id, now).into_iter().chain(recorded) {
                put(item, of.count, of.link);
            }
            Inputs { unit: id.to_owned(), grade: unit.grade.clone(), locality: unit.locality.clone(), seen }
        })
        .collect())
}

/// Contacts that are stale; a unit without any counts as three.
fn contacts(unit: &Unit, calendar: Calendar, now: Micros) -> u64 {
    const NONE: u64 = 3;
    if unit.contacts.is_empty() {
        return NONE;
    }
    let today = calendar.day(now);
    let is_stale = |confirmed: &str| {
        let day = confirmed.parse::<jiff::civil::Date>().ok();
        let day = day.and_then(|d| d.since(jiff::civil::date(1970, 1, 1)).ok()).map(|span| span.get_days());
        day.is_none_or(|day| today - day > CONFIRMED_DAYS)
    };
    unit.contacts.iter().filter(|c| is_stale(&c.confirmed)).count() as u64
}

impl Newsroom {
    /// Keeps today's scores of all units, once a day.
    ///
    /// # Errors
    /// The store or the desk do not answer.
    pub(super) async fn keep_scores(&self) -> Result<(), NewsError> {
        let now = self.clock.now();
        let day = self.calendar.day(now);
        let before = self.desk.posture().newest().await?;
        if before.values().any(|row| row.day >= day) {
            return Ok(());
        }
        let formula = Formula::built_in()?;
        let register = self.register.borrow().clone();
        let figures = held_now(&self.desk, &Scope::All, now).await?;
        let seen =
            observe(&self.reader, &self.desk, &figures, &Scope::All, &register, self.calendar, now).await?;
        let scored: Vec<(Inputs, Score)> = seen
            .into_iter()
            .map(|inputs| {
                let last = UnitId::new(&inputs.unit).ok().and_then(|id| before.get(&id)).map(|row| row.shown);
                let score = score(&formula, &inputs, last);
                (inputs, score)
            })
            .collect();
        let places = rank(&scored);
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut rows = Vec::new();
        for ((inputs, score), place) in scored.iter().zip(places) {
            let Ok(hospital) = UnitId::new(&inputs.unit) else { continue };
            rows.push(PostureRow {
                hospital,
                day,
                formula: score.formula.clone(),
                points: score.points,
                shown: score.shown,
                place: small(place.place),
                peers: small(place.of),
                inputs: serde_json::to_string(inputs)?,
            });
        }
        Ok(self.desk.posture().keep(rows).await?)
    }
}
