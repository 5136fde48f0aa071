//! The history of posture scores.

use std::collections::BTreeMap;

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::UnitId;

use crate::{Desk, DeskError};

/// One unit's score of one day, in tenths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostureRow {
    pub hospital: UnitId,
    /// Days since 1970-01-01, local.
    pub day: i32,
    pub formula: String,
    pub points: u32,
    pub shown: u32,
    pub place: u32,
    pub peers: u32,
    /// JSON of what was observed.
    pub inputs: String,
}

/// Scores that were kept.
pub struct Posture<'a>(pub(super) &'a Desk);

fn row(from: &SqliteRow) -> Option<PostureRow> {
    let small = |at: usize| u32::try_from(from.get::<i64, _>(at)).unwrap_or(0);
    Some(PostureRow {
        hospital: UnitId::new(from.get::<&str, _>(0)).ok()?,
        day: i32::try_from(from.get::<i64, _>(1)).ok()?,
        formula: from.get(2),
        points: small(3),
        shown: small(4),
        place: small(5),
        peers: small(6),
        inputs: from.get(7),
    })
}

impl<'a> Posture<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Keeps a day's scores; a day that is kept already stays as it is.
    ///
    /// # Errors
    /// The database.
    pub async fn keep(&self, rows: Vec<PostureRow>) -> Result<(), DeskError> {
        self.0
            .write(move |c| {
                Box::pin(async move {
                    const INSERT: &str = "INSERT INTO posture (hospital, day, formula, points, shown, place, peers, \
                         inputs) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hospital, day) DO NOTHING";
                    for row in rows {
                        sqlx::query(INSERT)
                            .bind(row.hospital.as_str())
                            .bind(i64::from(row.day))
                            .bind(&row.formula)
                            .bind(i64::from(row.points))
                            .bind(i64::from(row.shown))
                            .bind(i64::from(row.place))
                            .bind(i64::from(row.peers))
                            .bind(&row.inputs)
                            .execute(&mut *c)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The newest score of each unit, by its id.
    ///
    /// # Errors
    /// The database.
    pub async fn newest(&self) -> Result<BTreeMap<UnitId, PostureRow>, DeskError> {
        let rows = sqlx::query(
            "SELECT hospital, day, formula, points, shown, place, peers, inputs FROM posture AS p \
             WHERE day = (SELECT MAX(n.day) FROM posture AS n WHERE n.hospital = p.hospital)",
        )
        .fetch_all(self.0.readers())
        .await?;
        Ok(rows.iter().filter_map(row).map(|r| (r.hospital.clone(), r)).collect())
    }

    /// One unit's scores, oldest first, at most `days` of them.
    ///
    /// # Errors
    /// The database.
    pub async fn history(&self, unit: &UnitId, days: u32) -> Result<Vec<PostureRow>, DeskError> {
        let rows = sqlx::query(
            "SELECT hospital, day, formula, points, shown, place, peers, inputs FROM posture \
             WHERE hospital = $1 ORDER BY day DESC LIMIT $2",
        )
        .bind(unit.as_str())
        .bind(i64::from(days))
        .fetch_all(self.0.readers())
        .await?;
        Ok(rows.iter().rev().filter_map(row).collect())
    }
}
