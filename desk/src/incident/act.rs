//! What people do with incidents: judge, dismiss, close, open again; join two, part one.

use serde_json::json;
use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    Incidents,
    take::{begin, campaign, note, settle},
};
use crate::{
    Connection, DeskError, Refusal, Role,
    audit::{Action, Entry, Ledger},
    case::{
        By,
        machine::{Actor, Move, Party, go},
        names::named,
        tell::tell_people,
        tx::{TEXT_CHARS_MAX, text, unchanged},
    },
    delivery::{LinkKind, Message, Outlets, Subject},
};

named! {
    IncidentState {
        Open "open",
        /// 属实.
        Judged "judged",
        /// A notice of it was drafted.
        Notified "notified",
        Closed "closed",
        FalseAlarm "false_alarm",
        /// It goes on in another.
        Merged "merged",
    }
}

named! {
    IncidentAct {
        Judge "judge",
        Dismiss "dismiss",
        Notify "notify",
        Close "close",
        Reopen "reopen",
        Merge "merge",
    }
}

macro_rules! line {
    ($from:ident $act:ident $to:ident $reason:literal) => {
        Move {
            from: IncidentState::$from,
            act: IncidentAct::$act,
            to: IncidentState::$to,
            who: &[Party::Analyst],
            another: false,
            reason: $reason,
        }
    };
}

/// What may be done with an incident, by an analyst; the last column says whether it needs a reason.
pub static INCIDENT: &[Move<IncidentState, IncidentAct>] = &[
    line!(Open Judge Judged false),
    line!(Open Dismiss FalseAlarm true),
    line!(Judged Dismiss FalseAlarm true),
    line!(Open Notify Notified false),
    line!(Judged Notify Notified false),
    line!(Notified Notify Notified false),
    line!(Judged Close Closed true),
    line!(Notified Close Closed true),
    line!(Closed Reopen Open true),
    line!(FalseAlarm Reopen Open true),
    line!(Open Merge Merged true),
    line!(Judged Merge Merged true),
    line!(Notified Merge Merged true),
];

/// Who acts on an incident, and when.
pub(super) struct Hand {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) now: Micros,
    pub(super) year: i16,
    ledger: Ledger,
    entry: Entry,
}

impl Hand {
    /// One of the commission's analysts.
    pub(super) fn of(incidents: &Incidents<'_>, by: By<'_>) -> Result<Self, DeskError> {
        let analyst = by.viewer.role == Role::Analyst && by.units.is_none();
        if !analyst || !by.viewer.may_write || by.viewer.account.is_none() {
            return Err(Refusal::NotAllowed.into());
        }
        let now = incidents.0.clock().now();
        Ok(Self {
            name: by.viewer.name.clone(),
            role: by.viewer.role,
            now,
            year: incidents.0.0.case_rules.calendar.year(now),
            ledger: incidents.0.ledger(),
            entry: Entry::new(by.viewer, by.address, Action::Judge),
        })
    }

    /// History and audit.
    pub(super) async fn tell(
        &self,
        c: &mut Connection,
        (incident, hospital): (i64, &UnitId),
        act: &str,
        moved: (&str, &str),
        text: &str,
    ) -> Result<(), DeskError> {
        note(c, incident, self.now, &self.name, act, moved, text).await?;
        let text: String = text.chars().take(200).collect();
        let detail = json!({ "act": act, "from": moved.0, "to": moved.1, "text": text });
        let entry = self.entry.clone().unit(hospital).object("incident", incident).detail(detail);
        self.ledger.append(c, entry).await.map(|_| ())
    }
}

pub(super) struct HeldIncident {
    pub(super) id: i64,
    pub(super) hospital: UnitId,
    pub(super) state: IncidentState,
    title: (String, String),
    first: Micros,
}

pub(super) async fn held(
    c: &mut Connection,
    id: i64,
    revision: Option<i64>,
) -> Result<HeldIncident, DeskError> {
    let row =
        sqlx::query("SELECT * FROM case_incident WHERE id = $1").bind(id).fetch_optional(&mut *c).await?;
    let row = row.ok_or(Refusal::NotThere)?;
    if let Some(revision) = revision {
        unchanged(&row, revision)?;
    }
    Ok(HeldIncident {
        id,
        hospital: UnitId::new(row.get("hospital")).unwrap_or_default(),
        state: IncidentState::stored(row.get("state"))?,
        title: (row.get("title"), row.get("title_zh")),
        first: Micros(row.get("first_seen")),
    })
}

async fn set(
    c: &mut Connection,
    hand: &Hand,
    incident: &HeldIncident,
    act: IncidentAct,
    reason: &str,
) -> Result<IncidentState, DeskError> {
    let actor = Actor { role: Some(hand.role), deputy: false, scan: false, same: false };
    let to = go(INCIDENT, incident.state, act, &actor, reason)?;
    let ended = matches!(to, IncidentState::Closed | IncidentState::FalseAlarm | IncidentState::Merged);
    sqlx::query(
        "UPDATE case_incident SET state = $2, ended_at = $3, revision = revision + 1, changed_at = $4, changed_by = $5
         WHERE id = $1",
    )
    .bind(incident.id)
    .bind(to.as_str())
    .bind(ended.then_some(hand.now.0))
    .bind(hand.now.0)
    .bind(&hand.name)
    .execute(&mut *c)
    .await?;
    hand.tell(
        c,
        (incident.id, &incident.hospital),
        act.as_str(),
        (incident.state.as_str(), to.as_str()),
        reason,
    )
    .await?;
    Ok(to)
}

/// The unit is told that it is real, once, without a word of what it is.
async fn judged(
    c: &mut Connection,
    now: Micros,
    outlets: Option<&Outlets>,
    incident: &HeldIncident,
) -> Result<(), DeskError> {
    let message = Message {
        subject: Subject::Event,
        document: None,
        deadline: None,
        link: (LinkKind::Incident, incident.id),
        items: Vec::new(),
    };
    tell_people(c, now, outlets, &incident.hospital, &message, "judged").await.map(|_| ())
}

/// A notice was drafted from it, in the transaction that drafts it; the notice's own entry is audited.
pub(crate) async fn notified(
    c: &mut Connection,
    name: &str,
    now: Micros,
    id: i64,
    notice: i64,
) -> Result<(), DeskError> {
    let incident = held(c, id, None).await?;
    let actor = Actor { role: Some(Role::Analyst), deputy: false, scan: false, same: false };
    let to = go(INCIDENT, incident.state, IncidentAct::Notify, &actor, "")?;
    sqlx::query(
        "UPDATE case_incident SET state = $2, revision = revision + 1, changed_at = $3, changed_by = $4 WHERE id = $1",
    )
    .bind(id)
    .bind(to.as_str())
    .bind(now.0)
    .bind(name)
    .execute(&mut *c)
    .await?;
    note(c, id, now, name, "notify", (incident.state.as_str(), to.as_str()), &notice.to_string()).await
}

impl Incidents<'_> {
    /// Judges, dismisses, notifies, closes, opens again.
    ///
    /// # Errors
    /// What the table forbids; [`Refusal::ChangedBy`]; [`Refusal::WrongState`] for a merge, which has two sides.
    pub async fn act(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        act: IncidentAct,
        reason: &str,
    ) -> Result<(), DeskError> {
        let (hand, reason) = (Hand::of(self, by)?, text(reason, TEXT_CHARS_MAX)?);
        if act == IncidentAct::Merge {
            return Err(Refusal::WrongState.into());
        }
        let outlets = self.0.0.outlets.get().cloned();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let incident = held(c, id, Some(revision)).await?;
                    let to = set(c, &hand, &incident, act, &reason).await?;
                    if to == IncidentState::Judged {
                        judged(c, hand.now, outlets.as_deref(), &incident).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Puts one incident's alerts into another of the same unit. The one stays, merged.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for another unit's or itself; what the table forbids; [`Refusal::ChangedBy`].
    pub async fn merge(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        into: i64,
        reason: &str,
    ) -> Result<(), DeskError> {
        let (hand, reason) = (Hand::of(self, by)?, text(reason, TEXT_CHARS_MAX)?);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let from = held(c, id, Some(revision)).await?;
                    let to = held(c, into, None).await?;
                    if from.id == to.id || from.hospital != to.hospital {
                        return Err(Refusal::NotThere.into());
                    }
                    if matches!(
                        to.state,
                        IncidentState::Closed | IncidentState::FalseAlarm | IncidentState::Merged
                    ) {
                        return Err(Refusal::WrongState.into());
                    }
                    set(c, &hand, &from, IncidentAct::Merge, &reason).await?;
                    sqlx::query("UPDATE case_incident SET merged_into = $2 WHERE id = $1")
                        .bind(from.id)
                        .bind(to.id)
                        .execute(&mut *c)
                        .await?;
                    sqlx::query("UPDATE case_incident_alert SET incident_id = $2 WHERE incident_id = $1")
                        .bind(from.id)
                        .bind(to.id)
                        .execute(&mut *c)
                        .await?;
                    settle(c, to.id, hand.now, &hand.name).await?;
                    campaign(c, to.id, hand.now, hand.year).await?;
                    hand.tell(c, (to.id, &to.hospital), "merged_in", ("", ""), &reason).await
                })
            })
            .await
    }

    /// Takes alerts out of an incident into a new one; returns its id. Neither may be left without any.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for alerts that are not in it; [`Refusal::WrongState`] where it is ended, or
    /// none or all of its alerts are named; [`Refusal::ReasonMissing`]; [`Refusal::ChangedBy`].
    pub async fn split(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        alerts: Vec<String>,
        reason: &str,
    ) -> Result<i64, DeskError> {
        let (hand, reason) = (Hand::of(self, by)?, text(reason, TEXT_CHARS_MAX)?);
        if reason.is_empty() {
            return Err(Refusal::ReasonMissing.into());
        }
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let from = held(c, id, Some(revision)).await?;
                    let count = sqlx::query("SELECT COUNT(*) FROM case_incident_alert WHERE incident_id = $1");
                    let count: i64 = count.bind(id).fetch_one(&mut *c).await?.get(0);
                    let ended = matches!(from.state, IncidentState::Closed | IncidentState::FalseAlarm | IncidentState::Merged);
                    let all = i64::try_from(alerts.len()).is_ok_and(|n| n >= count);
                    if ended || alerts.is_empty() || all {
                        return Err(Refusal::WrongState.into());
                    }
                    let title = (from.title.0.as_str(), from.title.1.as_str());
                    let new = begin(c, &from.hospital, title, from.first, hand.now, hand.year).await?;
                    for alert in &alerts {
                        const MOVE: &str =
                            "UPDATE case_incident_alert SET incident_id = $3 WHERE alert_id = $1 AND incident_id = $2";
                        let moved = sqlx::query(MOVE).bind(alert).bind(id).bind(new).execute(&mut *c).await?;
                        if moved.rows_affected() != 1 {
                            return Err(Refusal::NotThere.into());
                        }
                    }
                    sqlx::query(
                        "UPDATE case_incident SET title = a.title, title_zh = a.title_zh FROM
                             (SELECT title, title_zh FROM case_incident_alert WHERE incident_id = $1 ORDER BY first_seen LIMIT 1) a
                         WHERE id = $1",
                    )
                    .bind(new)
                    .execute(&mut *c)
                    .await?;
                    for part in [id, new] {
                        settle(c, part, hand.now, &hand.name).await?;
                    }
                    campaign(c, new, hand.now, hand.year).await?;
                    hand.tell(c, (id, &from.hospital), "split", ("", ""), &reason).await?;
                    hand.tell(c, (new, &from.hospital), "split_off", ("", "open"), &reason).await?;
                    Ok(new)
                })
            })
            .await
    }
}
