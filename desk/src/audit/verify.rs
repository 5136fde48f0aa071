//! Whether the chain is whole, and which entry is the first that is not as it was written.

use std::io::BufRead;

use futures_util::TryStreamExt;
use serde::Deserialize;
use sqlx::{Row, SqlitePool};

use super::{
    Anchor, blocks,
    chain::{BEGINNING, ChainKey, Record},
};
use crate::DeskError;

/// A chain, or a part of one, that is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    pub entries: u64,
    /// The newest entry's number; 0 where there is none.
    pub last: i64,
    /// Anchors it was held against.
    pub anchors: u64,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("entry {0} is not as it was written, or not in its place")]
    Altered(i64),
    #[error("entry {0} is missing")]
    Missing(i64),
    #[error("entries {from} to {to} are missing at the end: an anchor of entry {to} was given out")]
    Truncated { from: i64, to: i64 },
    #[error(
        "an entry of {from} to {to} was written anew with the right key: entry {to} is not the one its anchor names"
    )]
    Rewritten { from: i64, to: i64 },
    #[error("line {0} of the export is no entry")]
    Unreadable(u64),
}

/// Walks along a chain, record by record.
pub(crate) struct Walk<'a> {
    key: &'a ChainKey,
    number: i64,
    hash: String,
    entries: u64,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(key: &'a ChainKey) -> Self {
        Self { key, number: 0, hash: BEGINNING.into(), entries: 0 }
    }

    pub(super) const fn number(&self) -> i64 {
        self.number
    }

    /// The next row: its number, its canonical bytes, its hash.
    pub(crate) fn step(&mut self, number: i64, canonical: &[u8], hash: &str) -> Result<(), Flaw> {
        let expected = self.number + 1;
        if number > expected {
            return Err(Flaw::Missing(expected));
        }
        if number < expected || !self.key.fits(canonical, &self.hash, hash) {
            return Err(Flaw::Altered(number));
        }
        self.number = number;
        self.hash.replace_range(.., hash);
        self.entries += 1;
        Ok(())
    }
}

/// Anchors in the chain's order, and how far they have been met.
struct Anchored {
    anchors: Vec<Anchor>,
    /// How many lie behind.
    passed: usize,
    /// How many of them name an entry that was seen.
    met: u64,
    /// The number of the last that was met.
    last: i64,
}

impl Anchored {
    fn new(anchors: &[Anchor]) -> Self {
        let mut anchors = anchors.to_vec();
        anchors.sort_by_key(|a| a.number);
        Self { anchors, passed: 0, met: 0, last: 0 }
    }

    fn step(&mut self, number: i64, hash: &str) -> Result<(), Flaw> {
        while let Some(anchor) = self.anchors.get(self.passed).filter(|a| a.number <= number) {
            self.passed += 1;
            if anchor.number == number {
                if anchor.hash != hash {
                    return Err(Flaw::Rewritten { from: self.last + 1, to: number });
                }
                (self.met, self.last) = (self.met + 1, number);
            }
        }
        Ok(())
    }

    fn end(&self, number: i64) -> Result<u64, Flaw> {
        match self.anchors.last().filter(|a| a.number > number) {
            Some(anchor) => Err(Flaw::Truncated { from: number + 1, to: anchor.number }),
            None => Ok(self.met),
        }
    }
}

/// The chain in the database.
pub(crate) async fn chain(
    readers: &SqlitePool,
    key: &ChainKey,
    anchors: &[Anchor],
) -> Result<Result<Sound, Flaw>, DeskError> {
    let (mut walk, mut anchored) = (Walk::new(key), Anchored::new(anchors));
    let meets = |number: i64, hash: &str| anchored.step(number, hash).is_ok();
    if blocks::is_whole(readers, &mut walk, meets).await?
        && let Ok(anchors) = anchored.end(walk.number)
    {
        return Ok(Ok(Sound { entries: walk.entries, last: walk.number, anchors }));
    }
    one_by_one(readers, key, anchors).await
}

/// Row by row, until the first that is not as it was written.
async fn one_by_one(
    readers: &SqlitePool,
    key: &ChainKey,
    anchors: &[Anchor],
) -> Result<Result<Sound, Flaw>, DeskError> {
    // The hash stands first, since it has no end of its own.
    const ALL: &str = concat!(
        "SELECT number, ",
        super::chain::canonical_sql!("hash, ' ', "),
        " FROM audit ORDER BY number"
    );
    let (mut walk, mut anchored) = (Walk::new(key), Anchored::new(anchors));
    let mut rows = sqlx::query(ALL).fetch(readers);
    while let Some(row) = rows.try_next().await? {
        let number: i64 = row.get(0);
        // A hash that is none is no row of Ward's.
        let parts = row.get::<Option<&str>, _>(1).and_then(|text| text.split_once(' '));
        let stepped = parts
            .ok_or(Flaw::Altered(number))
            .and_then(|(hash, canonical)| walk.step(number, canonical.as_bytes(), hash))
            .and_then(|()| anchored.step(walk.number, &walk.hash));
        if let Err(flaw) = stepped {
            return Ok(Err(flaw));
        }
    }
    let ended = anchored.end(walk.number);
    Ok(ended.map(|anchors| Sound { entries: walk.entries, last: walk.number, anchors }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    entry: Record,
    before: String,
}

/// What [`super::Audit::export`] wrote, apart from any database: each entry is true and follows the hash
/// that stands beside it; where numbers are neighbours the one follows the other. Entries that the search
/// left out leave gaps, which are no flaw.
///
/// # Errors
/// The input cannot be read.
pub fn verify_export(
    lines: impl BufRead,
    key: &ChainKey,
    anchors: &[Anchor],
) -> Result<Result<Sound, Flaw>, std::io::Error> {
    let mut anchored = Anchored::new(anchors);
    let (mut number, mut hash, mut entries) = (0, BEGINNING.to_owned(), 0);
    for (at, line) in lines.lines().enumerate() {
        let Ok(Line { entry, before }) = serde_json::from_str(&line?) else {
            return Ok(Err(Flaw::Unreadable(at as u64 + 1)));
        };
        let follows = entry.number > number && (entry.number != number + 1 || before == hash);
        if !follows || !key.is_true(&entry, &before) {
            return Ok(Err(Flaw::Altered(entry.number)));
        }
        (number, hash) = (entry.number, entry.hash);
        entries += 1;
        if let Err(flaw) = anchored.step(number, &hash) {
            return Ok(Err(flaw));
        }
    }
    Ok(Ok(Sound { entries, last: number, anchors: anchored.met }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::chain::tests::record, *};

    fn key() -> ChainKey {
        ChainKey::new(&[3; 32])
    }

    fn chained(mut records: Vec<Record>, key: &ChainKey) -> Vec<Record> {
        let mut before = BEGINNING.to_owned();
        for record in &mut records {
            record.hash = key.hash(record, &before);
            before.clone_from(&record.hash);
        }
        records
    }

    fn chain_of(length: i64) -> Vec<Record> {
        chained((1..=length).map(record).collect(), &key())
    }

    /// As the database gives them: in the order of their numbers.
    fn walk(mut records: Vec<Record>, anchors: &[Anchor]) -> Result<Sound, Flaw> {
        records.sort_by_key(|r| r.number);
        let key = key();
        let (mut walk, mut anchored) = (Walk::new(&key), Anchored::new(anchors));
        for record in records {
            let mut canonical = Vec::new();
            record.canonical(&mut canonical);
            walk.step(record.number, &canonical, &record.hash)?;
            anchored.step(walk.number, &walk.hash)?;
        }
        let anchors = anchored.end(walk.number)?;
        Ok(Sound { entries: walk.entries, last: walk.number, anchors })
    }

    fn anchor(record: &Record) -> Anchor {
        Anchor { number: record.number, hash: record.hash.clone(), time: record.time }
    }

    fn lines(records: &[Record], skip: impl Fn(i64) -> bool) -> Vec<String> {
        let before = |n: usize| n.checked_sub(1).map_or(BEGINNING, |n| records[n].hash.as_str());
        let line = |(n, r)| serde_json::json!({ "entry": r, "before": before(n) }).to_string();
        records.iter().enumerate().filter(|(_, r)| !skip(r.number)).map(line).collect()
    }

    fn exported(lines: &[String], anchors: &[Anchor]) -> Result<Sound, Flaw> {
        verify_export(lines.join("\n").as_bytes(), &key(), anchors).expect("readable")
    }

    /// One bit or character of one field, whichever field `at` points to.
    fn flip(record: &mut Record, at: usize) {
        let texts = [
            &mut record.account,
            &mut record.role,
            &mut record.address,
            &mut record.action,
            &mut record.unit,
            &mut record.object_kind,
            &mut record.object_id,
            &mut record.document,
            &mut record.outcome,
            &mut record.detail,
        ];
        let place = at / 13;
        match at % 13 {
            n @ 0..10 => {
                let text = texts.into_iter().nth(n).expect("a field");
                let mut bytes = std::mem::take(text).into_bytes();
                match bytes.len() {
                    0 => bytes.push(b'x'),
                    length => bytes[place % length] ^= 1,
                }
                *text = String::from_utf8(bytes).expect("ASCII stays ASCII");
            }
            10 => record.time.0 ^= 1 << (place % 63),
            11 => record.account_id = record.account_id.map_or(Some(0), |_| None),
            _ => {
                let mut bytes = std::mem::take(&mut record.hash).into_bytes();
                let place = place % bytes.len();
                bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
                record.hash = String::from_utf8(bytes).expect("hex");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn any_flip_is_found_and_named(length in 1_i64..40, which in any::<prop::sample::Index>(), at in 0_usize..2_000) {
            let mut records = chain_of(length);
            let which = which.index(records.len());
            let was = records[which].clone();
            flip(&mut records[which], at);
            prop_assume!(records[which] != was);
            prop_assert_eq!(walk(records.clone(), &[]), Err(Flaw::Altered(was.number)));
            prop_assert_eq!(exported(&lines(&records, |_| false), &[]), Err(Flaw::Altered(was.number)));
        }

        #[test]
        fn any_entry_that_is_gone_is_named(length in 2_i64..40, which in any::<prop::sample::Index>()) {
            let mut records = chain_of(length);
            // The last one's absence is for an anchor to tell.
            let gone = records.remove(which.index(records.len() - 1)).number;
            prop_assert_eq!(walk(records.clone(), &[]), Err(Flaw::Missing(gone)));
            // Whoever closes the gap is found at the same place.
            for record in &mut records {
                record.number -= i64::from(record.number > gone);
            }
            prop_assert_eq!(walk(records, &[]), Err(Flaw::Altered(gone)));
        }

        #[test]
        fn any_two_that_change_places_are_found(length in 2_i64..40, a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
            let mut records = chain_of(length);
            let (a, b) = (a.index(records.len()), b.index(records.len()));
            prop_assume!(a != b);
            records.swap(a, b);
            let (low, high) = (a.min(b), a.max(b));
            let numbers = (records[low].number, records[high].number);
            (records[low].number, records[high].number) = (numbers.1, numbers.0);
            prop_assert_eq!(walk(records, &[]), Err(Flaw::Altered(low as i64 + 1)));
        }

        #[test]
        fn what_was_cut_off_or_written_anew_is_told_by_an_anchor(length in 3_i64..40, cut in any::<prop::sample::Index>(), met in any::<prop::sample::Index>()) {
            let records = chain_of(length);
            let anchors: Vec<_> = records.iter().map(anchor).collect();
            prop_assert_eq!(
                walk(records.clone(), &anchors),
                Ok(Sound { entries: length as u64, last: length, anchors: length as u64 })
            );
            let last = anchors.last().expect("one").clone();
            let mut short = records.clone();
            short.truncate(cut.index(records.len()));
            let from = short.len() as i64 + 1;
            prop_assert!(walk(short.clone(), &[]).is_ok(), "without an anchor nobody knows");
            prop_assert_eq!(walk(short, std::slice::from_ref(&last)), Err(Flaw::Truncated { from, to: length }));
            // Somebody with the key changes one entry and hashes all after it anew.
            let which = cut.index(records.len());
            let mut anew = records.clone();
            anew[which].account.push('x');
            let anew = chained(anew, &key());
            prop_assert!(walk(anew.clone(), &[]).is_ok());
            let known = met.index(which + 1);
            let held: Vec<_> = anchors[..known].iter().cloned().chain([last]).collect();
            prop_assert_eq!(
                walk(anew.clone(), &held),
                Err(Flaw::Rewritten { from: known as i64 + 1, to: length })
            );
            prop_assert_eq!(
                exported(&lines(&anew, |_| false), &held),
                Err(Flaw::Rewritten { from: known as i64 + 1, to: length })
            );
        }

        #[test]
        fn an_export_of_a_part_stands_by_itself(length in 1_i64..40, every in 1_i64..5) {
            let records = chain_of(length);
            let some = lines(&records, |number| number % every != 0);
            let sound = exported(&some, &[]).expect("sound");
            prop_assert_eq!(sound.entries, (length / every) as u64);
            if some.len() > 1 {
                let mut turned = some;
                turned.reverse();
                prop_assert!(exported(&turned, &[]).is_err());
            }
        }
    }

    #[test]
    fn another_key_opens_nothing_and_what_is_no_entry_is_said() {
        let records = chain_of(3);
        let other = ChainKey::new(&[4; 32]);
        let text = lines(&records, |_| false).join("\n");
        let with = |key: &ChainKey, text: &str| verify_export(text.as_bytes(), key, &[]).expect("readable");
        assert_eq!(with(&other, &text), Err(Flaw::Altered(1)));
        assert_eq!(with(&key(), &format!("{text}\n{{}}")), Err(Flaw::Unreadable(4)));
        assert!(with(&key(), "").is_ok_and(|s| s.entries == 0));
    }
}
