//! Verifying a whole chain fast: a thousand entries come from the database as one text, and the next thousand
//! while these are hashed. It only tells whether all is well; what is wrong is named by the walk from entry
//! to entry in `verify.rs`.

use sqlx::{Row, SqlitePool};

use super::{chain::ChainKey, verify::Walk};
use crate::DeskError;

/// Entries of one text.
const BLOCK: i64 = 1_000;

/// Every entry of a block: its hash, a blank, its canonical bytes, which say themselves where they end.
const TEXT: &str = concat!(
    "SELECT string_agg(line, '') FROM (SELECT ",
    super::chain::canonical_sql!("hash, ' ', "),
    " AS line FROM audit WHERE number > $1 AND number <= $2 ORDER BY number) AS block"
);

async fn block(readers: SqlitePool, from: i64) -> Result<String, sqlx::Error> {
    let row = sqlx::query(TEXT).bind(from).bind(from + BLOCK).fetch_one(&readers).await?;
    Ok(row.get::<Option<String>, _>(0).unwrap_or_default())
}

/// Walks along the entries up to the newest one that is there now, and shows each one's number and hash to
/// `each`. False where anything is not as it must be.
pub(super) async fn is_whole(
    readers: &SqlitePool,
    walk: &mut Walk<'_>,
    mut each: impl FnMut(i64, &str) -> bool,
) -> Result<bool, DeskError> {
    const EXTENT: &str = "SELECT COUNT(*), COALESCE(MIN(number), 1), COALESCE(MAX(number), 0) FROM audit";
    let extent = sqlx::query(EXTENT).fetch_one(readers).await?;
    let (count, first, last): (i64, i64, i64) = (extent.get(0), extent.get(1), extent.get(2));
    if first != 1 || last != count {
        return Ok(false);
    }
    let mut from = 0;
    let mut ahead = tokio::spawn(block(readers.clone(), from));
    while from < last {
        let text = ahead.await.map_err(|_| DeskError::Closed)??;
        from += BLOCK;
        ahead = tokio::spawn(block(readers.clone(), from));
        let mut rest = text.as_bytes();
        while let Some((hash, canonical)) = entry(&mut rest) {
            let number = walk.number() + 1;
            // The number is part of what was hashed.
            let is_next = canonical.starts_with(format!("{number};").as_bytes());
            if !is_next || walk.step(number, canonical, hash).is_err() || !each(number, hash) {
                return Ok(false);
            }
        }
        // What was appended meanwhile is seen, too; what is missing or does not end is not well.
        if !rest.is_empty() || walk.number() < from.min(last) {
            return Ok(false);
        }
    }
    ahead.abort();
    Ok(true)
}

/// Takes the next entry off the text: its hash and its canonical bytes.
fn entry<'a>(rest: &mut &'a [u8]) -> Option<(&'a str, &'a [u8])> {
    let hash = until(rest, 0, b' ')?;
    let begin = hash + 1;
    let mut at = begin;
    for _ in 0..3 {
        at = until(rest, at, b';')? + 1;
    }
    for _ in 0..ChainKey::TEXTS {
        let colon = until(rest, at, b':')?;
        let length: usize = std::str::from_utf8(&rest[at..colon]).ok()?.parse().ok()?;
        at = colon.checked_add(1)?.checked_add(length).filter(|end| *end <= rest.len())?;
    }
    let (taken, left) = rest.split_at(at);
    *rest = left;
    Some((std::str::from_utf8(&taken[..hash]).ok()?, &taken[begin..]))
}

/// Where `end` stands, from `at` on. A number or a hash is short: further it is not looked.
fn until(bytes: &[u8], at: usize, end: u8) -> Option<usize> {
    const LONGEST: usize = 80;
    bytes.get(at..)?.iter().take(LONGEST).position(|b| *b == end).map(|n| at + n)
}
