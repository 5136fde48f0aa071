//! Chasing: what was said on the telephone, and the ladder 提醒 → 督办 →
//! 约谈 → 通报, whose steps are drafted when they are due and sent when a person has signed them.

use sqlx::Row;
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{
    Cases,
    decide::{leader, unit},
    draft::number_paper,
    machine::{Actor, RUNG, Rung, RungAct, RungState, go, may_send},
    names::named,
    tell::{Sending, tell},
    tx::{
        By, LINE_CHARS_MAX, PLATFORM, TEXT_CHARS_MAX, Told, Who, history, needed, next_id, number_of,
        read_problem, text, unchanged,
    },
};
use crate::{
    Connection, DeskError, Refusal, Role,
    audit::{Action, Entry},
    delivery::Subject,
};

named! {
    CallOutcome { Reached "reached", NoAnswer "no_answer", WrongNumber "wrong_number" }
}

/// A telephone call. It is no receipt.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NewCall {
    pub number: String,
    pub person: String,
    pub post: String,
    pub outcome: CallOutcome,
    pub said: String,
    /// Until when it was promised.
    pub promised: Option<Micros>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Call {
    pub at: Micros,
    pub unit: UnitId,
    pub by: String,
    pub call: NewCall,
}

impl Cases<'_> {
    /// Records a call.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for a unit without this notice; [`Refusal::NotAllowed`] for who does not chase.
    pub async fn call(&self, by: By<'_>, notice: i64, unit: &UnitId, call: NewCall) -> Result<(), DeskError> {
        let unit = unit.clone();
        let number = needed(&call.number, LINE_CHARS_MAX)?;
        let (person, post) = (text(&call.person, LINE_CHARS_MAX)?, text(&call.post, LINE_CHARS_MAX)?);
        let said = text(&call.said, TEXT_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                if !matches!(who.viewer.role, Role::Analyst | Role::Leader | Role::County) {
                    return Err(Refusal::NotAllowed.into());
                }
                if !who.sees(&unit) || !has_part(c, notice, &unit).await? {
                    return Err(Refusal::NotThere.into());
                }
                let call = NewCall { number, person, post, said, ..call };
                put_call(c, who, notice, &unit, &call).await
            })
        })
        .await
    }

    /// Drafts every step of supervision that has become due, and drops those of which nothing is owed any more.
    /// It may run as often as it likes, after any pause: what is drafted once is not drafted again. Returns how
    /// many were drafted.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn draft_rungs(&self) -> Result<u64, DeskError> {
        let (now, rules, ledger) = (self.0.clock().now(), self.0.0.case_rules.clone(), self.0.ledger());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let mut drafted = 0;
                    let entry = |id: i64, act: &str, rung: Rung| {
                        let detail = serde_json::json!({ "act": act, "rung": rung });
                        Entry::nobody(PLATFORM, "", Action::System).object("notice", id).detail(detail)
                    };
                    for part in late_parts(c, now).await? {
                        let from = match &part.last {
                            None => part.first_missed,
                            Some((_, RungState::Drafted, _)) => continue,
                            Some((_, _, done)) => *done,
                        };
                        let last = part.last.as_ref().map(|(rung, ..)| *rung);
                        let Some((rung, due)) = rules.next_rung(last, from) else { continue };
                        if due > now {
                            continue;
                        }
                        let id = next_id!(c, "case_rung");
                        sqlx::query(
                            "INSERT INTO case_rung (id, notice_id, unit, rung, state, drafted_at, late, late_days,
                                 revision, changed_at, changed_by)
                             VALUES ($1, $2, $3, $4, 'drafted', $5, $6, $7, 1, $5, $8)",
                        )
                        .bind(id)
                        .bind(part.notice)
                        .bind(part.unit.as_str())
                        .bind(rung.as_str())
                        .bind(now.0)
                        .bind(part.late)
                        .bind((now.0 - part.first_missed.0) / MICROS_PER_DAY)
                        .bind(PLATFORM)
                        .execute(&mut *c)
                        .await?;
                        let told = Told::notice(part.notice, "draft_rung", rung.as_str()).unit(&part.unit);
                        history(c, PLATFORM, now, &told).await?;
                        ledger.append(c, entry(part.notice, "draft_rung", rung).unit(&part.unit)).await?;
                        drafted += 1;
                    }
                    for (id, notice, unit, rung) in idle_drafts(c, now).await? {
                        let reason = "无逾期问题";
                        go(RUNG, RungState::Drafted, RungAct::Drop, &Actor::PLATFORM, reason)?;
                        set_rung(c, now, id, RungState::Dropped, PLATFORM, "", reason).await?;
                        let told = Told::notice(notice, "drop_rung", rung.as_str()).unit(&unit);
                        history(c, PLATFORM, now, &told).await?;
                        ledger.append(c, entry(notice, "drop_rung", rung).unit(&unit)).await?;
                    }
                    Ok(drafted)
                })
            })
            .await
    }

    /// Sends a drafted step, or drops it with a reason. 督办 and above a leader signs, or who stands in for one.
    ///
    /// # Errors
    /// What the table forbids; [`Refusal::ChangedBy`].
    pub async fn rung(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        act: RungAct,
        opinion: &str,
    ) -> Result<(), DeskError> {
        let opinion = text(opinion, TEXT_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = sqlx::query("SELECT * FROM case_rung WHERE id = $1").bind(id);
                let row = row.fetch_optional(&mut *c).await?.ok_or(Refusal::NotThere)?;
                unchanged(&row, revision)?;
                let rung = Rung::stored(row.get("rung"))?;
                let (actor, stands) = leader(c, who).await?;
                if act == RungAct::Send && !actor.is(may_send(rung)) {
                    return Err(Refusal::NotAllowed.into());
                }
                let from = RungState::stored(row.get("state"))?;
                let to = go(RUNG, from, act, &actor, &opinion)?;
                set_rung(c, who.now, id, to, &who.viewer.name, &stands, &opinion).await?;
                let (notice, unit) = (row.get::<i64, _>("notice_id"), unit(row.get("unit")));
                if act == RungAct::Send {
                    send(c, who, id, notice, &unit, rung).await?;
                }
                let act = format!("{}_rung", act.as_str());
                who.tell(c, Told::notice(notice, &act, &opinion).unit(&unit).moved("", rung.as_str())).await
            })
        })
        .await
    }
}

/// Puts a call down, its texts checked.
pub(super) async fn put_call(
    c: &mut Connection,
    who: &Who,
    notice: i64,
    unit: &UnitId,
    call: &NewCall,
) -> Result<(), DeskError> {
    let id = next_id!(c, "case_call");
    sqlx::query(
        "INSERT INTO case_call (id, notice_id, unit, at, number, person, post, outcome, said, promised, called_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id)
    .bind(notice)
    .bind(unit.as_str())
    .bind(who.now.0)
    .bind(&call.number)
    .bind(&call.person)
    .bind(&call.post)
    .bind(call.outcome.as_str())
    .bind(&call.said)
    .bind(call.promised.map(|t| t.0))
    .bind(&who.viewer.name)
    .execute(&mut *c)
    .await?;
    let told = Told::notice(notice, "call", &call.said).unit(unit);
    who.tell(c, told.moved("", call.outcome.as_str())).await
}

/// Tells the unit of a step; from 督办 on those above, too.
async fn send(
    c: &mut Connection,
    who: &Who,
    id: i64,
    notice: i64,
    unit: &UnitId,
    rung: Rung,
) -> Result<(), DeskError> {
    let subject = match rung {
        Rung::Remind => Subject::Reminder,
        Rung::Supervise => Subject::Supervision,
        Rung::Talk => Subject::Summons,
        Rung::Circulate => Subject::Censure,
    };
    // 督办单 is a document of its own; the others quote the notice.
    let number = match rung {
        Rung::Supervise => Some(number_paper(c, who, notice, unit, &format!("supervision {id}")).await?),
        _ => number_of(c, notice).await?,
    };
    let sending = Sending {
        notice,
        subject,
        number: number.map(|n| n.to_string()).unwrap_or_default(),
        occasion: format!("rung {id}"),
        unit: Some(unit),
        above: rung > Rung::Remind,
        has_deadline: true,
        due: None,
    };
    tell(c, who, &sending).await
}

async fn has_part(c: &mut Connection, notice: i64, unit: &UnitId) -> Result<bool, DeskError> {
    const PART: &str = "SELECT 1 FROM case_unit WHERE notice_id = $1 AND unit = $2 AND sent_at IS NOT NULL";
    Ok(sqlx::query(PART).bind(notice).bind(unit.as_str()).fetch_optional(&mut *c).await?.is_some())
}

/// A unit's part of a notice in which something is late.
struct LatePart {
    notice: i64,
    unit: UnitId,
    late: i64,
    first_missed: Micros,
    /// The latest step, its state and when it was sent or dropped.
    last: Option<(Rung, RungState, Micros)>,
}

async fn late_parts(c: &mut Connection, now: Micros) -> Result<Vec<LatePart>, DeskError> {
    const LATE: &str = "SELECT r.* FROM case_row r JOIN case_notice n ON n.id = r.notice_id
        WHERE n.state = 'sent' AND r.state IN ('notified', 'signed') AND r.due < $1 ORDER BY r.notice_id, r.unit";
    let mut parts: Vec<LatePart> = Vec::new();
    for row in sqlx::query(LATE).bind(now.0).fetch_all(&mut *c).await? {
        let row = read_problem(&row)?;
        let due = row.due.unwrap_or(now);
        match parts.last_mut() {
            Some(part) if part.notice == row.notice && part.unit == row.of.unit => {
                part.late += 1;
                part.first_missed = part.first_missed.min(due);
            }
            _ => parts.push(LatePart {
                notice: row.notice,
                unit: row.of.unit,
                late: 1,
                first_missed: due,
                last: None,
            }),
        }
    }
    for part in &mut parts {
        const LAST: &str = "SELECT rung, state, done_at FROM case_rung WHERE notice_id = $1 AND unit = $2
            ORDER BY id DESC LIMIT 1";
        let row =
            sqlx::query(LAST).bind(part.notice).bind(part.unit.as_str()).fetch_optional(&mut *c).await?;
        if let Some(row) = row {
            let done = row.get::<Option<i64>, _>("done_at").map_or(now, Micros);
            part.last = Some((Rung::stored(row.get("rung"))?, RungState::stored(row.get("state"))?, done));
        }
    }
    Ok(parts)
}

/// Drafts of parts in which nothing is late any more.
async fn idle_drafts(c: &mut Connection, now: Micros) -> Result<Vec<(i64, i64, UnitId, Rung)>, DeskError> {
    const IDLE: &str = "SELECT g.id, g.notice_id, g.unit, g.rung FROM case_rung g WHERE g.state = 'drafted'
        AND NOT EXISTS (SELECT 1 FROM case_row r WHERE r.notice_id = g.notice_id AND r.unit = g.unit
            AND r.state IN ('notified', 'signed') AND r.due < $1)";
    let rows = sqlx::query(IDLE).bind(now.0).fetch_all(&mut *c).await?;
    rows.iter().map(|row| Ok((row.get(0), row.get(1), unit(row.get(2)), Rung::stored(row.get(3))?))).collect()
}

async fn set_rung(
    c: &mut Connection,
    now: Micros,
    id: i64,
    to: RungState,
    by: &str,
    stands: &str,
    opinion: &str,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE case_rung SET state = $2, done_at = $3, done_by = $4, stands_for = $5, opinion = $6,
             revision = revision + 1, changed_at = $3, changed_by = $4 WHERE id = $1",
    )
    .bind(id)
    .bind(to.as_str())
    .bind(now.0)
    .bind(by)
    .bind(stands)
    .bind(opinion)
    .execute(&mut *c)
    .await?;
    Ok(())
}
