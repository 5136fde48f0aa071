//! What people write for the reports to the authorities, under the law's headings.

use std::collections::BTreeMap;

use sqlx::Row;

use super::{
    Incidents,
    act::{Hand, held},
    law::bump,
};
use crate::{
    DeskError, Refusal,
    case::{
        By,
        tx::{TEXT_CHARS_MAX, text},
    },
};

impl Incidents<'_> {
    /// Writes texts under the law's headings; those that stay the same are not written again. What was there is kept.
    ///
    /// # Errors
    /// [`Refusal`]: headings that the law has not, texts that are too long; [`Refusal::ChangedBy`].
    pub async fn write_law(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        texts: Vec<(String, String)>,
    ) -> Result<(), DeskError> {
        let hand = Hand::of(self, by)?;
        let known = |key: &str| self.law().contents.iter().any(|content| content.key == key);
        if !texts.iter().all(|(key, _)| known(key)) {
            return Err(Refusal::TextUnfit.into());
        }
        let texts = texts
            .into_iter()
            .map(|(key, words)| Ok((key, text(&words, TEXT_CHARS_MAX)?)))
            .collect::<Result<Vec<_>, Refusal>>()?;
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let incident = held(c, id, Some(revision)).await?;
                    let before = words(sqlx::query(WORDS).bind(id).fetch_all(&mut *c).await?.iter());
                    let mut changed = Vec::new();
                    for (key, words) in &texts {
                        if before.get(key).map_or("", String::as_str) == words {
                            continue;
                        }
                        const WRITE: &str =
                            "INSERT INTO case_law_word (incident_id, key, no, text, at, account)
                            VALUES ($1, $2, (SELECT COALESCE(MAX(no), 0) + 1 FROM case_law_word
                                WHERE incident_id = $1 AND key = $2), $3, $4, $5)";
                        sqlx::query(WRITE)
                            .bind(id)
                            .bind(key)
                            .bind(words)
                            .bind(hand.now.0)
                            .bind(&hand.name)
                            .execute(&mut *c)
                            .await?;
                        changed.push(key.as_str());
                    }
                    if changed.is_empty() {
                        return Ok(());
                    }
                    bump(c, &hand, id).await?;
                    hand.tell(c, (id, &incident.hospital), "law_words", ("", ""), &changed.join(" ")).await
                })
            })
            .await
    }
}

/// All that was written, oldest first.
pub(super) const WORDS: &str = "SELECT key, text FROM case_law_word WHERE incident_id = $1 ORDER BY key, no";

/// The last text of each heading that has one.
pub(super) fn words<'a>(rows: impl Iterator<Item = &'a sqlx::sqlite::SqliteRow>) -> BTreeMap<String, String> {
    let mut words: BTreeMap<String, String> = rows.map(|row| (row.get(0), row.get(1))).collect();
    words.retain(|_, text| !text.is_empty());
    words
}
