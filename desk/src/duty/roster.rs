//! The roster: planned by the commission's analysts and leaders.

use serde_json::{Value, json};
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{
    Micros,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::{Crew, Duty, NewShift, Shift};
use crate::{
    AccountId, Connection, DeskError, Refusal, Role, Viewer,
    account::store,
    audit::{Action, Entry},
};

/// Nobody is on for longer.
const LONGEST: i64 = 48 * MICROS_PER_HOUR;

/// How far back and ahead a list may reach at once.
const LIST_MAX: i64 = 400 * MICROS_PER_DAY;

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT s.id, s.starts_at, s.ends_at, s.leader, s.main, s.deputy, l.display_name, m.display_name, \
             d.display_name FROM duty_shift s JOIN account l ON l.id = s.leader JOIN account m ON m.id = s.main \
             JOIN account d ON d.id = s.deputy WHERE s.withdrawn_at IS NULL AND ",
            $condition
        )
    };
}

fn read(row: &SqliteRow) -> Shift {
    let account = |at: usize| AccountId(row.get(at));
    Shift {
        id: row.get(0),
        starts_at: Micros(row.get(1)),
        ends_at: Micros(row.get(2)),
        crew: Crew { leader: account(3), main: account(4), deputy: account(5) },
        leader: row.get(6),
        main: row.get(7),
        deputy: row.get(8),
    }
}

/// A shift inside a transaction.
pub(super) async fn shift(c: &mut Connection, id: i64) -> Result<Shift, DeskError> {
    let row = sqlx::query(select!("s.id = $1")).bind(id).fetch_optional(&mut *c).await?;
    Ok(read(&row.ok_or(Refusal::NotThere)?))
}

/// The shift that follows, with or without a pause between.
pub(super) async fn following(c: &mut Connection, before: &Shift) -> Result<Option<Shift>, DeskError> {
    let row = sqlx::query(select!("s.starts_at >= $1 ORDER BY s.starts_at LIMIT 1"))
        .bind(before.ends_at.0)
        .fetch_optional(&mut *c)
        .await?;
    Ok(row.as_ref().map(read))
}

impl Duty<'_> {
    /// Plans a shift; returns its number.
    ///
    /// # Errors
    /// [`Refusal`]: neither analyst nor leader, times that make no shift of 48 hours at most, another shift at
    /// the same time, a person who is not what the place asks for, or twice the same.
    pub async fn plan(&self, by: &Viewer, from: &str, new: NewShift) -> Result<i64, DeskError> {
        let planner = planner(by)?;
        let now = self.0.clock().now();
        let length = new.ends_at.0 - new.starts_at.0;
        if length <= 0 || length > LONGEST || new.ends_at <= now {
            return Err(Refusal::ShiftUnfit.into());
        }
        let (ledger, entry) = (self.0.ledger(), Entry::new(by, from, Action::Change));
        self.0
            .write(move |c| {
                Box::pin(async move {
                    check_crew(c, &new.crew, now).await?;
                    const OTHER: &str = "SELECT 1 FROM duty_shift \
                         WHERE withdrawn_at IS NULL AND starts_at < $1 AND ends_at > $2";
                    let other = sqlx::query(OTHER).bind(new.ends_at.0).bind(new.starts_at.0);
                    if other.fetch_optional(&mut *c).await?.is_some() {
                        return Err(Refusal::ShiftOverlaps.into());
                    }
                    const NEXT: &str = "SELECT COALESCE(MAX(id), 0) + 1 FROM duty_shift";
                    let id: i64 = sqlx::query(NEXT).fetch_one(&mut *c).await?.get(0);
                    const INSERT: &str = "INSERT INTO duty_shift \
                         (id, starts_at, ends_at, leader, main, deputy, planned_at, planned_by) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
                    sqlx::query(INSERT)
                        .bind(id)
                        .bind(new.starts_at.0)
                        .bind(new.ends_at.0)
                        .bind(new.crew.leader.0)
                        .bind(new.crew.main.0)
                        .bind(new.crew.deputy.0)
                        .bind(now.0)
                        .bind(planner.0)
                        .execute(&mut *c)
                        .await?;
                    let detail = json!({
                        "starts_at": new.starts_at, "ends_at": new.ends_at, "crew": told(&new.crew)
                    });
                    ledger.append(c, entry.object("duty", id).detail(detail)).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// Other people for a shift that is not over (换班).
    ///
    /// # Errors
    /// [`Refusal`], as for planning; [`Refusal::ShiftUnfit`] for one that is over.
    pub async fn reassign(&self, by: &Viewer, from: &str, id: i64, crew: Crew) -> Result<(), DeskError> {
        planner(by)?;
        let now = self.0.clock().now();
        let (ledger, entry) = (self.0.ledger(), Entry::new(by, from, Action::Change).object("duty", id));
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let before = shift(c, id).await?;
                    if before.ends_at <= now {
                        return Err(Refusal::ShiftUnfit.into());
                    }
                    check_crew(c, &crew, now).await?;
                    const CREW: &str =
                        "UPDATE duty_shift SET leader = $1, main = $2, deputy = $3 WHERE id = $4";
                    sqlx::query(CREW)
                        .bind(crew.leader.0)
                        .bind(crew.main.0)
                        .bind(crew.deputy.0)
                        .bind(id)
                        .execute(&mut *c)
                        .await?;
                    let detail = json!({ "before": told(&before.crew), "after": told(&crew) });
                    ledger.append(c, entry.detail(detail)).await.map(|_| ())
                })
            })
            .await
    }

    /// Takes a shift off the roster that has not begun.
    ///
    /// # Errors
    /// [`Refusal`]: neither analyst nor leader, no such shift, one that has begun.
    pub async fn withdraw(&self, by: &Viewer, from: &str, id: i64) -> Result<(), DeskError> {
        planner(by)?;
        let now = self.0.clock().now();
        let (ledger, entry) = (self.0.ledger(), Entry::new(by, from, Action::Change).object("duty", id));
        self.0
            .write(move |c| {
                Box::pin(async move {
                    if shift(c, id).await?.starts_at <= now {
                        return Err(Refusal::ShiftUnfit.into());
                    }
                    const WITHDRAW: &str = "UPDATE duty_shift SET withdrawn_at = $1 WHERE id = $2";
                    sqlx::query(WITHDRAW).bind(now.0).bind(id).execute(&mut *c).await?;
                    ledger.append(c, entry.detail(json!({ "withdrawn": true }))).await.map(|_| ())
                })
            })
            .await
    }

    /// The shifts that touch the time from `from` to before `to`, in order; 400 days at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn roster(&self, from: Micros, to: Micros) -> Result<Vec<Shift>, DeskError> {
        let to = to.0.min(from.0.saturating_add(LIST_MAX));
        let rows = sqlx::query(select!("s.ends_at > $1 AND s.starts_at < $2 ORDER BY s.starts_at"))
            .bind(from.0)
            .bind(to)
            .fetch_all(self.0.readers())
            .await?;
        Ok(rows.iter().map(read).collect())
    }

    /// One shift of the roster.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn shift(&self, id: i64) -> Result<Option<Shift>, DeskError> {
        let row = sqlx::query(select!("s.id = $1")).bind(id).fetch_optional(self.0.readers()).await?;
        Ok(row.as_ref().map(read))
    }

    /// The shift that follows one, with or without a pause between: who accepts what it hands over.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn following(&self, before: &Shift) -> Result<Option<Shift>, DeskError> {
        let row = sqlx::query(select!("s.starts_at >= $1 ORDER BY s.starts_at LIMIT 1"))
            .bind(before.ends_at.0)
            .fetch_optional(self.0.readers())
            .await?;
        Ok(row.as_ref().map(read))
    }

    /// Who is on now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn on_duty(&self) -> Result<Option<Shift>, DeskError> {
        let now = self.0.clock().now();
        Ok(self.roster(now, Micros(now.0 + 1)).await?.pop())
    }
}

fn planner(by: &Viewer) -> Result<AccountId, Refusal> {
    let may = matches!(by.role, Role::Analyst | Role::Leader) && by.may_write;
    by.account.filter(|_| may).ok_or(Refusal::NotAllowed)
}

async fn check_crew(c: &mut Connection, crew: &Crew, now: Micros) -> Result<(), DeskError> {
    let places = [(crew.leader, Role::Leader), (crew.main, Role::Analyst), (crew.deputy, Role::Analyst)];
    for (id, role) in places {
        let account = store::kept(c, id).await?.map(|kept| kept.account);
        if !account.is_some_and(|a| a.role == role && a.is_live(now)) {
            return Err(Refusal::CrewUnfit.into());
        }
    }
    if crew.main == crew.deputy { Err(Refusal::CrewUnfit.into()) } else { Ok(()) }
}

fn told(crew: &Crew) -> Value {
    json!({ "leader": crew.leader, "main": crew.main, "deputy": crew.deputy })
}
