//! The facts of one incident, as its report takes them: in Chinese, which its readers read.

use ward_desk::{
    audit::Entry,
    case::{NoticeDetail, machine::RowState},
    incident::{IncidentDetail, Known, Law, ReportKind},
};
use ward_event::{Micros, UnitId};
use ward_report::weekly::{
    Span,
    incident::{self, AlertFacts, DoneFacts, IncidentFacts, LawFacts, ProblemFacts},
};

use super::{Made, NewsError, Newsroom};
use crate::{
    pages::{cases::row_state, incidents},
    show::{Zone, words},
    text::Lang,
};

const LANG: Lang = Lang::Zh;

impl Newsroom {
    /// The report of an incident as it stands now. One that is a draft is returned as it is; after one that is out a new
    /// version says what has come since.
    ///
    /// # Errors
    /// [`NewsError::NoIncident`]; the desk.
    pub async fn issue_incident(&self, entry: Entry, id: i64) -> Result<Made, NewsError> {
        let again = match self.kept(Span::Incident(id), "leader").await? {
            Some(made) if made.kept.row.paper.published.is_none() => return Ok(made),
            Some(_) => Some("续报，补充此后的进展".to_owned()),
            None => None,
        };
        let detail = self.desk.incidents().get(&None, id).await?.ok_or(NewsError::NoIncident)?;
        let mut notices = Vec::new();
        for linked in &detail.notices {
            notices.extend(self.desk.cases().notice(&None, linked.notice).await?);
        }
        let facts = self.facts_of(&detail, &notices);
        let model = incident::compose(&facts, &self.heading(Span::Incident(id)));
        self.keep(entry, model, again).await
    }

    fn facts_of(&self, detail: &IncidentDetail, notices: &[NoticeDetail]) -> IncidentFacts {
        let (of, now, w) =
            (&detail.incident, self.clock.now().max(self.desk.clock().now()), LANG.incidents());
        let zone = Zone::new(self.calendar);
        let level = |level: ward_event::alert::Level| words::level(LANG.texts(), level.name()).to_owned();
        let kind = |kind: &str| words::entity_kind(LANG.texts(), kind).to_owned();
        let alerts = detail.alerts.iter().map(|a| AlertFacts {
            first: a.first_seen,
            last: a.last_seen,
            level: level(a.level),
            stage: incidents::stage(w, a.stage).to_owned(),
            title: words::title(LANG, &a.title_zh, &a.title).to_owned(),
            about: a.entities.iter().map(|e| format!("{}{}", kind(&e.kind), e.value)).collect(),
        });
        let mut done: Vec<DoneFacts> = detail
            .history
            .iter()
            .map(|h| DoneFacts {
                at: h.at,
                who: if h.account == "ward" { w.by_platform.to_owned() } else { h.account.clone() },
                what: incidents::did(w, h).to_owned(),
                text: h.text.clone(),
            })
            .collect();
        for notice in notices {
            done.extend(steps(notice, &of.hospital));
        }
        done.sort_by_key(|d| d.at);
        IncidentFacts {
            region: self.region.clone(),
            id: of.id,
            number: of.number(),
            title: words::title(LANG, &of.title_zh, &of.title).to_owned(),
            unit: self.register.borrow().unit(&of.hospital).map_or_else(String::new, |u| u.name.clone()),
            level: level(of.level),
            stage: incidents::stage(w, of.stage).to_owned(),
            state: incidents::state(w, of.state).to_owned(),
            is_open: of.ended.is_none(),
            is_severe: matches!(of.level.name(), "critical" | "high"),
            first_seen: of.first_seen,
            last_seen: of.last_seen,
            as_of: now,
            alerts: alerts.collect(),
            entities: detail.entities.iter().map(|(k, value)| (kind(k), value.clone())).collect(),
            problems: notices.iter().flat_map(|n| problems(n, &of.hospital, zone, now)).collect(),
            law: detail.known.last().map(|known| stated(self.desk.incidents().law(), detail, known, zone)),
            done,
            history: i64::try_from(detail.history.len()).unwrap_or(0),
            offset_secs: self.calendar.offset_secs(),
        }
    }
}

fn number(notice: &NoticeDetail) -> String {
    notice.notice.number.as_ref().map_or_else(|| "未编号通报".to_owned(), ToString::to_string)
}

/// When a notice went out, was signed for, and was called about, to this unit.
fn steps(notice: &NoticeDetail, unit: &UnitId) -> Vec<DoneFacts> {
    let name = number(notice);
    let mut out = Vec::new();
    let mut put = |at: Option<Micros>, who: &str, what: &str, text: String| {
        if let Some(at) = at {
            out.push(DoneFacts { at, who: who.to_owned(), what: what.to_owned(), text });
        }
    };
    for part in notice.units.iter().filter(|u| u.unit == *unit) {
        put(part.sent, "", "发出通报", name.clone());
        put(part.signed, "", "单位签收", name.clone());
    }
    for row in notice.rows.iter().filter(|r| r.of.unit == *unit) {
        put(row.claimed, "", "单位报送整改", format!("{}：{}", row.of.title, row.measures));
    }
    out
}

fn problems(notice: &NoticeDetail, unit: &UnitId, zone: Zone, now: Micros) -> Vec<ProblemFacts> {
    let check = |c: &ward_desk::case::CheckRow| {
        let verdict = match c.verdict.as_str() {
            "good" => "通过",
            "bad" => "未通过",
            _ => "无法由机器复核",
        };
        format!("{} {verdict} {}", zone.short(c.at), c.reason).trim().to_owned()
    };
    let of = |row: &ward_desk::case::Problem| ProblemFacts {
        notice: number(notice),
        title: row.of.title.clone(),
        state: row_state(LANG.cases(), row.state).to_owned(),
        due: row.due,
        is_settled: row.state.is_settled(),
        is_overdue: row.state.is_owed() && row.due.is_some_and(|due| due < now),
        checks: notice.checks.get(&row.id).map_or_else(Vec::new, |all| all.iter().map(check).collect()),
    };
    let told = |row: &&ward_desk::case::Problem| {
        row.of.unit == *unit && !matches!(row.state, RowState::Found | RowState::Judged)
    };
    notice.rows.iter().filter(told).map(of).collect()
}

fn stated(law: &Law, detail: &IncidentDetail, known: &Known, zone: Zone) -> LawFacts {
    let w = LANG.incidents();
    let operator = law.operator(&known.of.operator);
    let term = |terms: &[ward_desk::incident::Term], key: &str| {
        terms.iter().find(|t| t.key == key).map_or_else(|| key.to_owned(), |t| t.name.clone())
    };
    let made = |kind| detail.reports.iter().any(|r| r.of.kind == kind);
    let mut due = Vec::new();
    if let Some(at) = law.due(&known.of).filter(|_| !made(ReportKind::First)) {
        due.push((w.law_due.to_owned(), at));
    }
    let end = detail.incident.ended.and_then(|ended| law.final_due(&known.of, ended));
    if let Some(at) = end.filter(|_| !made(ReportKind::Final)) {
        due.push((w.law_final.to_owned(), at));
    }
    let reports = detail.reports.iter().map(|r| {
        let kind = match r.of.kind {
            ReportKind::First => w.report_first,
            ReportKind::FollowUp => w.report_follow_up,
            ReportKind::Final => w.report_final,
        };
        let r = &r.of;
        [kind, &r.receiver, &r.channel, &r.person, &zone.short(r.made_at), &r.acknowledged].map(str::to_owned)
    });
    LawFacts {
        law: known.law.clone(),
        stated: [
            (w.operator, operator.map_or_else(|| known.of.operator.clone(), |o| o.name.clone())),
            (w.law_to, operator.map_or_else(String::new, |o| o.to.join("、"))),
            (w.class, term(&law.classes, &known.of.class)),
            (w.grade, term(&law.grades, &known.of.grade)),
            (w.known_at, zone.full(known.of.known_at)),
            (w.known_person, known.of.person.clone()),
        ]
        .map(|(label, value)| (label.to_owned(), value))
        .into(),
        due,
        reports: reports.collect(),
    }
}
