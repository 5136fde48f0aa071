//! Retention: whole ingest days are dropped, by Ward's clock.

use ward_event::Micros;

use super::{Store, StoreError};

/// A day of a table that was dropped.
#[derive(Debug, Clone, PartialEq, Eq, clickhouse::Row, serde::Serialize, serde::Deserialize)]
pub struct Dropped {
    pub table: String,
    /// `YYYYMMDD`, local.
    pub day: String,
    pub rows: u64,
    pub bytes: u64,
}

impl Store {
    /// Drops every day that is older than `store.retention_days`. The day of `now` counts as the
    /// first.
    ///
    /// # Errors
    /// See [`StoreError`]; what was dropped before stays dropped.
    pub async fn retain(&self, now: Micros) -> Result<Vec<Dropped>, StoreError> {
        self.retain_within(now, self.config.retention_days, u64::MAX).await
    }

    /// Keeps at most so many days, and of those the newest that fit into `bytes_max` on disk; the day
    /// of `now` is kept whatever its size.
    ///
    /// # Errors
    /// See [`StoreError`]; what was dropped before stays dropped.
    pub async fn retain_within(
        &self,
        now: Micros,
        days: u32,
        bytes_max: u64,
    ) -> Result<Vec<Dropped>, StoreError> {
        let today = self.calendar.day(now);
        let first = i64::from(today) - i64::from(days.max(1)) + 1;
        let all: Vec<Dropped> = self
            .writer
            .query(
                "SELECT table, partition AS day, sum(rows) AS rows, sum(bytes_on_disk) AS bytes \
                 FROM system.parts WHERE active AND database = ? AND match(partition, '^[0-9]{8}$') \
                 GROUP BY table, partition ORDER BY day DESC, table",
            )
            .bind(&self.config.database)
            .fetch_all()
            .await?;
        let mut dropped = Vec::new();
        for part in expired(all, &name(first), &name(i64::from(today)), bytes_max) {
            let sql = format!("ALTER TABLE `{}` DROP PARTITION {}", part.table, part.day);
            self.writer.query_raw(&sql).execute().await?;
            tracing::info!(table = %part.table, day = %part.day, rows = part.rows, "day dropped");
            dropped.push(part);
        }
        Ok(dropped)
    }
}

/// What is older than the day `first`, and of the rest what lies behind the newest `bytes_max`;
/// days come newest first and go whole, over all tables.
fn expired(days: Vec<Dropped>, first: &str, today: &str, bytes_max: u64) -> Vec<Dropped> {
    let mut of_day = std::collections::BTreeMap::<String, u64>::new();
    for part in &days {
        *of_day.entry(part.day.clone()).or_default() += part.bytes;
    }
    let mut sum = 0u64;
    // ISO order of `YYYYMMDD` is the order of days. Once one does not fit, no older one stays.
    let kept = of_day
        .iter()
        .rev()
        .take_while(|(day, bytes)| {
            sum = sum.saturating_add(**bytes);
            day.as_str() >= today || sum <= bytes_max
        })
        .last()
        .map_or(first, |(day, _)| day.as_str().max(first))
        .to_owned();
    days.into_iter().filter(|part| part.day < kept).collect()
}

/// `YYYYMMDD` of a day since 1970-01-01 (Howard Hinnant's `civil_from_days`).
fn name(day: i64) -> String {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let y = yoe + era * 400 + i64::from(m <= 2);
    format!("{y:04}{m:02}{d:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(day: &str, bytes: u64) -> Dropped {
        Dropped { table: "events".into(), day: day.into(), rows: 1, bytes }
    }

    #[test]
    fn days_have_names() {
        assert_eq!(name(0), "19700101");
        assert_eq!(name(20_778), "20261121");
        assert_eq!(name(19_782), "20240229");
        assert_eq!(name(-1), "19691231");
    }

    #[test]
    fn old_days_go_and_large_ones_push_older_ones_out_but_never_today() {
        let days =
            || vec![part("20261121", 50), part("20261120", 30), part("20261119", 30), part("20261010", 1)];
        let names = |parts: Vec<Dropped>| parts.into_iter().map(|p| p.day).collect::<Vec<_>>();
        let at = |first, max| names(expired(days(), first, "20261121", max));
        assert_eq!(at("20261101", u64::MAX), ["20261010"]);
        assert_eq!(at("20260101", 80), ["20261119", "20261010"]);
        assert_eq!(at("20261121", u64::MAX), ["20261120", "20261119", "20261010"]);
        assert_eq!(at("20260101", 1), ["20261120", "20261119", "20261010"]);
        assert!(expired(Vec::new(), "20260101", "20261121", 1).is_empty());
    }
}
