//! What a notice's formal documents say: notice, 督办单, 复核意见, 回执, each of what its reader may see. Documents are in
//! Chinese, whatever the language of the page.

use ward_desk::case::{
    Colour, Every, NoticeDetail, NoticeKind, Problem, ReplyForm, RungRow, UnitRow,
    calendar::Period,
    machine::{NoticeState, RowState, Rung, RungState},
};
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};
use ward_report::paper::{self, Contact, HandIn, Kind, Number, Paper, Quoted, Receipt, Reviewed};

use super::{
    reply_form::{clock, in_words},
    words,
};
use crate::{context::Ctx, text::Lang};

/// A document that a notice has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Notice,
    /// By the step's id.
    Supervision(i64),
    Review,
    Receipt,
}

impl Which {
    /// From its name in the address: `notice`, `supervision-12`, `review`, `receipt`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "notice" => Some(Self::Notice),
            "review" => Some(Self::Review),
            "receipt" => Some(Self::Receipt),
            _ => name.strip_prefix("supervision-")?.parse().ok().map(Self::Supervision),
        }
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Notice => "notice".to_owned(),
            Self::Supervision(id) => format!("supervision-{id}"),
            Self::Review => "review".to_owned(),
            Self::Receipt => "receipt".to_owned(),
        }
    }
}

/// A notice as a document is made of it: as far as the viewer sees it, of one unit where one is named.
pub(super) struct Source<'a> {
    ctx: &'a Ctx,
    detail: &'a NoticeDetail,
    units: Vec<&'a UnitRow>,
    rows: Vec<&'a Problem>,
}

impl<'a> Source<'a> {
    /// None for a unit that the notice does not go to, or that the viewer does not see.
    pub(super) fn of(ctx: &'a Ctx, detail: &'a NoticeDetail, unit: Option<&UnitId>) -> Option<Self> {
        let is_of = |of: &UnitId| unit.is_none_or(|unit| unit == of) && ctx.scope.allows(of);
        let units: Vec<_> = detail.units.iter().filter(|u| is_of(&u.unit)).collect();
        let rows = detail.rows.iter().filter(|r| is_of(&r.of.unit)).collect();
        (!units.is_empty()).then_some(Self { ctx, detail, units, rows })
    }

    /// The document, if the notice has it.
    pub(super) fn paper(&self, which: Which) -> Option<Paper> {
        match which {
            Which::Notice => Some(self.notice()),
            Which::Supervision(id) => self.supervision(self.detail.rungs.iter().find(|r| r.id == id)?),
            Which::Review => self.review(),
            Which::Receipt => self.receipt(),
        }
    }

    fn name(&self, unit: &UnitId) -> String {
        self.ctx.register.unit(unit).map_or_else(|| unit.to_string(), |u| u.name.clone())
    }

    /// When it was signed; before that the day of the draft.
    fn date(&self) -> Micros {
        self.detail
            .signed
            .filter(|_| is_signed(self.detail.notice.state))
            .unwrap_or(self.detail.notice.drafted_at)
    }

    /// What all that the commission writes has in common.
    fn begun(&self, kind: Kind, date: Micros) -> Paper {
        let letterhead = self.ctx.app.newsroom.letterhead();
        let of = &self.detail.notice.of;
        let mut paper = Paper::new(kind, letterhead.issuer.clone(), date, self.ctx.app.calendar);
        paper.marking = letterhead.marking.clone();
        paper.addressees = self.units.iter().map(|u| self.name(&u.unit)).collect();
        paper.contact =
            Some(Contact { name: of.contact.clone(), phone: of.phone.clone(), mail: String::new() });
        paper
    }

    /// Its number, or the place for one.
    fn number(&self, date: Micros) -> Option<Number> {
        if let Some(number) = &self.detail.notice.number {
            let year = u16::try_from(number.year).ok()?;
            return Some(Number { prefix: number.word.clone(), year, serial: Some(number.n) });
        }
        self.place_for_number(date)
    }

    /// Of a unit's document that belongs to the notice.
    fn paper_number(&self, unit: &UnitId, paper: &str, date: Micros) -> Option<Number> {
        let given = self.detail.numbers.iter().find(|n| n.unit == *unit && n.paper == paper);
        let Some(number) = given.map(|n| &n.number) else { return self.place_for_number(date) };
        let year = u16::try_from(number.year).ok()?;
        Some(Number { prefix: number.word.clone(), year, serial: Some(number.n) })
    }

    fn place_for_number(&self, date: Micros) -> Option<Number> {
        let cases = self.ctx.app.desk.cases();
        let rules = cases.rules();
        let year = u16::try_from(rules.calendar.year(date)).ok()?;
        Some(Number { prefix: rules.words.first()?.clone(), year, serial: None })
    }

    /// What is not in force says so.
    fn overprint(&self) -> &'static str {
        let withdrawn = self.units.iter().all(|u| u.withdrawn.is_some());
        match self.detail.notice.state {
            NoticeState::Void => "作废",
            NoticeState::Withdrawn => "已撤回",
            state if is_signed(state) => {
                if withdrawn {
                    "已撤回"
                } else {
                    ""
                }
            }
            _ => "草稿",
        }
    }

    fn notice(&self) -> Paper {
        let of = &self.detail.notice.of;
        let kind = match of.kind {
            NoticeKind::Warning => Kind::Warning,
            NoticeKind::Circular => Kind::Notification,
            NoticeKind::Rectify => Kind::Rectification,
        };
        let date = self.date();
        let mut paper = self.begun(kind, date);
        paper.number = self.number(date);
        paper.overprint = self.overprint().to_owned();
        paper.title = of.title.clone();
        paper.colour = of.colour.map(colour);
        paper.cause = of.cause.clone();
        paper.basis = lines(&of.basis);
        paper.demands = lines(&of.demand);
        paper.problems = self.rows.iter().map(|row| self.problem(row)).collect();
        (paper.deadline, paper.term) = self.deadline();
        if let Some(form) = self.detail.reply.as_ref().filter(|_| self.rows.is_empty()) {
            self.asks(&mut paper, form);
        }
        paper.receipt = Some(Receipt::default());
        paper
    }

    /// What a warning asks to be replied, and until when.
    fn asks(&self, paper: &mut Paper, form: &ReplyForm) {
        paper.demands.extend(in_words(self.ctx, Lang::Zh, form));
        let rounds = self.detail.notice.sent_at.map(|sent| form.rounds(sent, self.ctx.app.calendar));
        match form.when {
            Every::Once { hours } => {
                paper.deadline = rounds.and_then(|rounds| Some(rounds.first()?.due));
                paper.term = format!("自本文件发出之时起{hours}小时内");
            }
            Every::Daily { minute, .. } => {
                paper.term = format!("在防护期内每日{}前", clock(minute));
            }
        }
    }

    fn problem(&self, row: &Problem) -> paper::Problem {
        let (t, w) = (Lang::Zh.texts(), Lang::Zh.cases());
        // A list that goes over several units says whose each is.
        let system = if self.units.len() > 1 {
            format!("{} {}", self.name(&row.of.unit), row.of.system)
        } else {
            row.of.system.clone()
        };
        paper::Problem {
            system,
            address: row.of.address.clone(),
            title: row.of.title.clone(),
            kind: words::problem(w, row.of.kind).to_owned(),
            grade: crate::show::words::level(t, row.of.level.name()).to_owned(),
            evidence: lines(&row.of.evidence),
            advice: row.of.demand.clone(),
            deadline: row.due,
            term: if row.due.is_none() { format!("发出后{}", self.allowed(row)) } else { String::new() },
            reviewed: None,
        }
    }

    fn allowed(&self, row: &Problem) -> String {
        let cases = self.ctx.app.desk.cases();
        match cases.rules().allowed(row.of.level, row.of.kind) {
            Period::Hours(n) => format!("{n}小时内"),
            Period::WorkingDays(n) => format!("{n}个工作日内"),
            Period::Days(n) => format!("{n}日内"),
        }
    }

    /// One deadline for all, or where it is to be found.
    fn deadline(&self) -> (Option<Micros>, String) {
        let Some((first, rest)) = self.rows.split_first() else { return (None, String::new()) };
        let listed = || (None, "按附件1所列期限".to_owned());
        match first.due {
            Some(due) if rest.iter().all(|r| r.due == Some(due)) => (Some(due), String::new()),
            Some(_) => listed(),
            None => {
                let allowed = self.allowed(first);
                let same = rest.iter().all(|r| self.allowed(r) == allowed);
                if same { (None, format!("自本文件发出之日起{allowed}")) } else { listed() }
            }
        }
    }

    /// 督办单, once a step of that name is drafted.
    fn supervision(&self, rung: &RungRow) -> Option<Paper> {
        let own = self.units.iter().find(|u| u.unit == rung.unit)?;
        if rung.rung != Rung::Supervise {
            return None;
        }
        let date = rung.done.unwrap_or(rung.drafted);
        let late: Vec<_> = self
            .rows
            .iter()
            .filter(|r| r.of.unit == own.unit && r.due.is_some_and(|due| due < date))
            .filter(|r| {
                r.settled.is_none_or(|at| at >= date)
                    && r.claimed.is_none_or(|at| at >= date || r.state.is_owed())
            })
            .collect();
        let missed = late.iter().filter_map(|r| r.due).min()?;
        let of = &self.detail.notice;
        let mut paper = self.begun(Kind::Supervision, date);
        paper.addressees = vec![self.name(&own.unit)];
        paper.number = self.paper_number(&own.unit, &format!("supervision {}", rung.id), date);
        paper.overprint = match rung.state {
            RungState::Drafted => "草稿",
            RungState::Dropped => "作废",
            RungState::Sent => "",
        }
        .to_owned();
        let before = |r: &&RungRow| {
            r.unit == own.unit && r.rung == Rung::Supervise && r.id < rung.id && r.state == RungState::Sent
        };
        paper.quoted = Some(Quoted {
            title: of.of.title.clone(),
            number: of.number.as_ref().map(ToString::to_string).unwrap_or_default(),
            sent: of.sent_at?,
            deadline: missed,
            // To the document's own date, which may be days after the draft's.
            days_overdue: u32::try_from((date.0 - missed.0) / MICROS_PER_DAY).unwrap_or(0),
            times: u32::try_from(self.detail.rungs.iter().filter(before).count()).unwrap_or(0) + 1,
        });
        paper.problems = late.iter().map(|r| self.problem(r)).collect();
        paper.basis = lines(&of.of.basis);
        paper.term = "收到本督办单后立即".to_owned();
        paper.receipt = Some(Receipt::default());
        Some(paper)
    }

    /// 复核意见 of one unit, once a check has said something of one of its problems.
    fn review(&self) -> Option<Paper> {
        let [own] = self.units.as_slice() else { return None };
        let last =
            self.rows.iter().filter_map(|r| self.detail.checks.get(&r.id)?.last().map(|k| k.at)).max()?;
        let of = &self.detail.notice;
        let mut paper = self.begun(Kind::Review, last);
        paper.number = self.paper_number(&own.unit, "review", last);
        paper.quoted = Some(Quoted {
            title: of.of.title.clone(),
            number: of.number.as_ref().map(ToString::to_string).unwrap_or_default(),
            sent: own.sent?,
            deadline: self.rows.iter().filter_map(|r| r.due).min()?,
            days_overdue: 0,
            times: 1,
        });
        // What was found to be none, or not this unit's, is no matter of a check.
        let checked = |r: &&&Problem| {
            !matches!(r.state, RowState::FalseAlarm | RowState::Withdrawn | RowState::Accepted)
        };
        paper.problems = self
            .rows
            .iter()
            .filter(checked)
            .map(|row| {
                let said = self.detail.checks.get(&row.id).and_then(|all| all.last());
                let finding = said.map(|k| k.reason.clone()).unwrap_or_default();
                let passed = match row.state {
                    RowState::Verified | RowState::Closed => Some(true),
                    RowState::Signed if row.returned > 0 => Some(false),
                    _ => None,
                };
                let reviewed = passed.map(|passed| Reviewed { passed, finding });
                paper::Problem { reviewed, ..self.problem(row) }
            })
            .collect();
        (!paper.problems.is_empty()).then_some(paper)
    }

    /// 回执 of one unit with the code by which it is handed in.
    pub(super) fn sheet(&self, hand_in: HandIn) -> Option<Paper> {
        let mut paper = self.receipt()?;
        paper.receipt.as_mut()?.hand_in = Some(hand_in);
        Some(paper)
    }

    /// 回执 of one unit: filled in as far as it is known, the rest left to be written by hand.
    fn receipt(&self) -> Option<Paper> {
        let [own] = self.units.as_slice() else { return None };
        let of = &self.detail.notice;
        let name = self.name(&own.unit);
        let date = own.answered.or(own.signed).or(own.sent)?;
        let mut paper = Paper::new(Kind::Receipt, name.clone(), date, self.ctx.app.calendar);
        let told = |text: fn(&Problem) -> &str| {
            let rows = self.rows.iter().filter(|r| !text(r).trim().is_empty());
            rows.map(|r| format!("{}. {}", r.no, text(r).trim())).collect::<Vec<_>>().join("\n")
        };
        let proof = self.rows.iter().filter_map(|r| self.detail.proof.get(&r.id)).flatten();
        let claimed: Option<Vec<_>> = self.rows.iter().map(|r| r.claimed).collect();
        paper.receipt = Some(Receipt {
            number: of.number.as_ref().map(ToString::to_string).unwrap_or_default(),
            title: of.of.title.clone(),
            unit: name,
            signed_by: format!("{} {}", own.signed_by, own.signed_post).trim().to_owned(),
            signed_at: own.signed,
            findings: String::new(),
            cause: told(|r| &r.cause),
            measures: told(|r| &r.measures),
            proof: proof.filter(|p| !p.name.is_empty()).map(|p| p.name.clone()).collect(),
            done_at: claimed.and_then(|all| all.into_iter().max()),
            head: String::new(),
            hand_in: None,
        });
        Some(paper)
    }
}

/// Signed by a leader, and not taken back.
const fn is_signed(state: NoticeState) -> bool {
    matches!(
        state,
        NoticeState::Sealing
            | NoticeState::Ready
            | NoticeState::Sent
            | NoticeState::Closed
            | NoticeState::Withdrawn
    )
}

const fn colour(colour: Colour) -> paper::Colour {
    match colour {
        Colour::Red => paper::Colour::Red,
        Colour::Orange => paper::Colour::Orange,
        Colour::Yellow => paper::Colour::Yellow,
        Colour::Blue => paper::Colour::Blue,
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
}
