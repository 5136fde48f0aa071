//! What is asked, and by when: once so many hours after sending, or daily by an hour of the day.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use ward_event::{
    Micros,
    time::{Calendar, MICROS_PER_HOUR},
};

use super::super::{
    Cases,
    draft::NoticeKind,
    machine::NoticeState,
    tx::{By, Told, Who, held, needed, touch},
};
use crate::{Connection, DeskError, Refusal, Role};

const MICROS_PER_MINUTE: i64 = MICROS_PER_HOUR / 60;

/// Figures that a form may ask for: more would not fit on a page that is filled in within a minute.
const COUNTS_MAX: usize = 8;
const COUNT_CHARS_MAX: usize = 20;
const HOURS_MAX: u32 = 30 * 24;
/// Days of a special protection period.
const DAYS_MAX: i32 = 180;

/// When a reply is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// So many natural hours after sending.
    Once { hours: u32 },
    /// On each day from the first to the last, both counted (days since 1970-01-01 in the region's time), by this
    /// minute of the day.
    Daily { first: i32, last: i32, minute: u32 },
}

/// What a warning asks its addressees to reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyForm {
    /// Names of the figures, e.g. `排查主机数`.
    pub counts: Vec<String>,
    pub when: Every,
}

/// One time of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Round {
    /// The day of sending, or a day of the period.
    pub day: i32,
    pub due: Micros,
}

impl ReplyForm {
    /// All rounds of a warning sent then, those to come too, in order.
    pub fn rounds(&self, sent: Micros, zone: Calendar) -> Vec<Round> {
        let begun = zone.day(sent);
        match self.when {
            Every::Once { hours } => {
                vec![Round { day: begun, due: Micros(sent.0 + i64::from(hours) * MICROS_PER_HOUR) }]
            }
            Every::Daily { first, last, minute } => (first.max(begun)..=last)
                .map(|day| Round {
                    day,
                    due: Micros(zone.day_start(day).0 + i64::from(minute) * MICROS_PER_MINUTE),
                })
                // What is sent after a day's hour is not late on that day.
                .filter(|round| round.due > sent)
                .collect(),
        }
    }

    /// Those that have begun by now.
    pub fn begun(&self, sent: Micros, now: Micros, zone: Calendar) -> Vec<Round> {
        let today = zone.day(now);
        self.rounds(sent, zone).into_iter().filter(|round| round.day <= today).collect()
    }

    fn checked(mut self, today: i32) -> Result<Self, Refusal> {
        for name in &mut self.counts {
            *name = needed(name, COUNT_CHARS_MAX)?;
        }
        let twice = self.counts.iter().enumerate().any(|(i, name)| self.counts[..i].contains(name));
        let fits = match self.when {
            Every::Once { hours } => (1..=HOURS_MAX).contains(&hours),
            Every::Daily { first, last, minute } => {
                first <= last && last >= today && last - first < DAYS_MAX && minute < 24 * 60
            }
        };
        if self.counts.len() > COUNTS_MAX || twice {
            return Err(Refusal::TextUnfit);
        }
        if fits { Ok(self) } else { Err(Refusal::TimeUnfit) }
    }

    /// Whether only its last day differs.
    fn prolongs(&self, before: &Self) -> bool {
        match (self.when, before.when) {
            (
                Every::Daily { first, minute, .. },
                Every::Daily { first: first_before, minute: minute_before, .. },
            ) => self.counts == before.counts && first == first_before && minute == minute_before,
            _ => false,
        }
    }
}

impl Cases<'_> {
    /// Says what a warning asks for; None asks for nothing. Once it is sent only the last day of a period moves.
    ///
    /// # Errors
    /// [`Refusal`]: who is no analyst of the commission, what is no warning or no draft any more, names and times
    /// that do not fit; [`Refusal::ChangedBy`].
    pub async fn set_reply_form(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        form: Option<ReplyForm>,
    ) -> Result<(), DeskError> {
        let today = self.rules().calendar.zone().day(self.0.clock().now());
        let form = form.map(|form| form.checked(today)).transpose()?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                who.commission()?;
                if who.viewer.role != Role::Analyst {
                    return Err(Refusal::NotAllowed.into());
                }
                let held = held(c, id, Some(revision)).await?;
                let before = of_notice(c, id).await?;
                let prolongs =
                    form.as_ref().zip(before.as_ref()).is_some_and(|(form, before)| form.prolongs(before));
                let may = held.state.is_draft() || (held.state == NoticeState::Sent && prolongs);
                if held.kind != NoticeKind::Warning.as_str() || !may {
                    return Err(Refusal::WrongState.into());
                }
                put(c, id, form.as_ref()).await?;
                touch(c, who, id).await?;
                let told = form.map_or_else(String::new, |form| form.counts.join("、"));
                who.tell(c, Told::notice(id, "reply_form", &told)).await
            })
        })
        .await
    }
}

async fn put(c: &mut Connection, notice: i64, form: Option<&ReplyForm>) -> Result<(), DeskError> {
    const PUT: &str = "INSERT INTO case_reply_form (notice_id, form) VALUES ($1, $2)
        ON CONFLICT (notice_id) DO UPDATE SET form = excluded.form";
    sqlx::query(PUT).bind(notice).bind(serde_json::json!(form).to_string()).execute(&mut *c).await?;
    Ok(())
}

/// A draft that is a warning asks for a reply, by the rules' form, until somebody says otherwise; another does not.
pub(in super::super) async fn follow_kind(
    c: &mut Connection,
    who: &Who,
    notice: i64,
    kind: NoticeKind,
) -> Result<(), DeskError> {
    if kind != NoticeKind::Warning {
        sqlx::query("DELETE FROM case_reply_form WHERE notice_id = $1").bind(notice).execute(&mut *c).await?;
        return Ok(());
    }
    let has = sqlx::query("SELECT 1 FROM case_reply_form WHERE notice_id = $1").bind(notice);
    if has.fetch_optional(&mut *c).await?.is_some() {
        return Ok(());
    }
    let form = ReplyForm {
        counts: who.rules.reply_counts.clone(),
        when: Every::Once { hours: who.rules.reply_hours },
    };
    put(c, notice, Some(&form)).await
}

/// What stands in the database.
pub(in super::super) fn read(text: &str) -> Result<Option<ReplyForm>, DeskError> {
    serde_json::from_str(text).map_err(|e| DeskError::Broken(format!("a form of replies: {e}")))
}

/// What a notice asks for.
pub(in super::super) async fn of_notice(
    c: &mut Connection,
    notice: i64,
) -> Result<Option<ReplyForm>, DeskError> {
    let row = sqlx::query("SELECT form FROM case_reply_form WHERE notice_id = $1").bind(notice);
    row.fetch_optional(&mut *c).await?.map_or(Ok(None), |row| read(row.get(0)))
}

/// Whether every unit has answered in every round; so it is where nothing is asked for.
pub(in super::super) async fn is_answered(
    c: &mut Connection,
    who: &Who,
    notice: i64,
) -> Result<bool, DeskError> {
    let Some(form) = of_notice(c, notice).await? else { return Ok(true) };
    let sent = sqlx::query("SELECT sent_at FROM case_notice WHERE id = $1").bind(notice);
    let Some(sent) = sent.fetch_one(&mut *c).await?.get::<Option<i64>, _>(0) else { return Ok(true) };
    let rounds = form.rounds(Micros(sent), who.rules.calendar.zone()).len();
    const LEAST: &str = "SELECT COUNT(DISTINCT r.day) AS days FROM case_unit u
        LEFT JOIN case_reply r ON r.notice_id = u.notice_id AND r.unit = u.unit
        WHERE u.notice_id = $1 AND u.sent_at IS NOT NULL AND u.withdrawn_at IS NULL
        GROUP BY u.unit ORDER BY days LIMIT 1";
    let least = sqlx::query(LEAST).bind(notice).fetch_optional(&mut *c).await?;
    Ok(least.is_none_or(|row| usize::try_from(row.get::<i64, _>(0)).unwrap_or(0) >= rounds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Calendar = Calendar::shanghai();

    #[test]
    fn a_period_has_a_round_a_day_and_none_before_it_is_sent() {
        let day = 20_000;
        let sent = Micros(ZONE.day_start(day).0 + 10 * MICROS_PER_HOUR);
        let daily = |first, last| ReplyForm {
            counts: Vec::new(),
            when: Every::Daily { first, last, minute: 16 * 60 },
        };
        let rounds = daily(day - 3, day + 2).rounds(sent, ZONE);
        assert_eq!(rounds.iter().map(|r| r.day).collect::<Vec<_>>(), [day, day + 1, day + 2]);
        assert_eq!(rounds[1].due, Micros(ZONE.day_start(day + 1).0 + 16 * MICROS_PER_HOUR));
        assert_eq!(daily(day + 1, day + 2).begun(sent, sent, ZONE), []);
        let once = ReplyForm { counts: Vec::new(), when: Every::Once { hours: 24 } };
        let due = Micros(sent.0 + 24 * MICROS_PER_HOUR);
        assert_eq!(once.begun(sent, sent, ZONE), [Round { day, due }]);
    }

    #[test]
    fn a_form_says_what_can_be_answered() {
        let of = |counts: &[&str], when| ReplyForm {
            counts: counts.iter().map(|c| (*c).to_owned()).collect(),
            when,
        };
        let once = Every::Once { hours: 24 };
        assert!(of(&[" 排查主机数 "], once).checked(0).is_ok_and(|form| form.counts == ["排查主机数"]));
        assert_eq!(of(&["a", "a"], once).checked(0), Err(Refusal::TextUnfit));
        assert_eq!(of(&[""], once).checked(0), Err(Refusal::TextUnfit));
        assert_eq!(of(&[], Every::Once { hours: 0 }).checked(0), Err(Refusal::TimeUnfit));
        let past = Every::Daily { first: 1, last: 2, minute: 0 };
        assert_eq!(of(&[], past).checked(3), Err(Refusal::TimeUnfit));
    }
}
