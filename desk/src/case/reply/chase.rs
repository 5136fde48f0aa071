//! One click reminds everybody who has not answered, by the channels that a notice goes by.

use std::collections::BTreeSet;

use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    super::{
        Cases,
        decide::unit,
        machine::NoticeState,
        tell::{Sending, tell},
        tx::{By, Told, held},
    },
    form::of_notice,
};
use crate::{DeskError, Refusal, Role, delivery::Subject};

impl Cases<'_> {
    /// Reminds the units that have not answered of a round; returns how many. `seen` is how often they had been
    /// reminded as far as the page knew: two people at once do it once.
    ///
    /// # Errors
    /// [`Refusal`]: who does not chase, a round that has not begun, nobody left, no channel to send by,
    /// [`Refusal::Changed`].
    pub async fn chase_replies(
        &self,
        by: By<'_>,
        notice: i64,
        day: i32,
        seen: i64,
    ) -> Result<usize, DeskError> {
        self.change(by, move |c, who| {
            Box::pin(async move {
                if !matches!(who.viewer.role, Role::Analyst | Role::Leader | Role::County) {
                    return Err(Refusal::NotAllowed.into());
                }
                const PARTS: &str = "SELECT u.unit, EXISTS (SELECT 1 FROM case_reply r
                        WHERE r.notice_id = u.notice_id AND r.unit = u.unit AND r.day = $2) AS answered
                    FROM case_unit u
                    WHERE u.notice_id = $1 AND u.sent_at IS NOT NULL AND u.withdrawn_at IS NULL ORDER BY u.unit";
                let parts = sqlx::query(PARTS).bind(notice).bind(i64::from(day)).fetch_all(&mut *c).await?;
                let parts: Vec<(UnitId, bool)> =
                    parts.iter().map(|row| (unit(row.get(0)), row.get::<i64, _>(1) == 1)).collect();
                let mine: Vec<_> = parts.into_iter().filter(|(unit, _)| who.sees(unit)).collect();
                if mine.is_empty() {
                    return Err(Refusal::NotThere.into());
                }
                let late: BTreeSet<UnitId> =
                    mine.into_iter().filter(|(_, answered)| !answered).map(|(unit, _)| unit).collect();
                let held = held(c, notice, None).await?;
                let form = of_notice(c, notice).await?.ok_or(Refusal::WrongState)?;
                let sent = sqlx::query("SELECT sent_at FROM case_notice WHERE id = $1").bind(notice);
                let sent = Micros(sent.fetch_one(&mut *c).await?.get::<Option<i64>, _>(0).unwrap_or(0));
                let begun = form.begun(sent, who.now, who.rules.calendar.zone());
                let round = begun.iter().find(|round| round.day == day).ok_or(Refusal::TimeUnfit)?;
                let can_send = who.outlets.as_deref().is_some_and(|o| !o.config.channel.is_empty());
                if held.state != NoticeState::Sent || late.is_empty() || !can_send {
                    return Err(Refusal::WrongState.into());
                }
                const TIMES: &str = "SELECT COUNT(*) FROM case_reply_chase WHERE notice_id = $1 AND day = $2";
                let times = sqlx::query(TIMES).bind(notice).bind(i64::from(day));
                let times: i64 = times.fetch_one(&mut *c).await?.get(0);
                if times != seen {
                    return Err(Refusal::Changed.into());
                }
                let count = i64::try_from(late.len()).unwrap_or(i64::MAX);
                const CHASE: &str = "INSERT INTO case_reply_chase (notice_id, day, no, units, at, account)
                    VALUES ($1, $2, $3, $4, $5, $6)";
                sqlx::query(CHASE)
                    .bind(notice)
                    .bind(i64::from(day))
                    .bind(times + 1)
                    .bind(count)
                    .bind(who.now.0)
                    .bind(&who.viewer.name)
                    .execute(&mut *c)
                    .await?;
                for unit in &late {
                    let sending = Sending {
                        notice,
                        subject: Subject::Reminder,
                        number: held.number.as_ref().map(ToString::to_string).unwrap_or_default(),
                        occasion: format!("reply {day} {}", times + 1),
                        unit: Some(unit),
                        above: false,
                        has_deadline: true,
                        due: Some(round.due),
                    };
                    tell(c, who, &sending).await?;
                    who.tell(c, Told::notice(notice, "chase_reply", "").unit(unit)).await?;
                }
                Ok(late.len())
            })
        })
        .await
    }
}
