//! 代字〔year〕N号: reading one as it is typed, in any brackets, and what a search for one means.

use std::fmt;

/// A whole number of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Number {
    /// 代字, without brackets and blanks.
    pub word: String,
    pub year: i16,
    pub n: u32,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}〔{}〕{}号", self.word, self.year, self.n)
    }
}

/// What is known of a number that is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberSearch {
    pub word: Option<String>,
    pub year: Option<i16>,
    pub n: Option<u32>,
}

/// Characters of a 代字.
const WORD_CHARS_MAX: usize = 20;

/// A typed text in pieces: runs of digits, runs of letters, brackets.
#[derive(Debug, PartialEq)]
enum Piece {
    Digits(u64),
    Word(String),
    Open,
    Close,
}

fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    for c in text.chars() {
        let c = match c {
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32)?,
            c => c,
        };
        match c {
            '〔' | '［' | '[' | '(' | '（' | '【' | '〖' | '{' | '｛' | '<' | '《' | '〈' | '「' => {
                pieces.push(Piece::Open);
            }
            '〕' | '］' | ']' | ')' | '）' | '】' | '〗' | '}' | '｝' | '>' | '》' | '〉' | '」' => {
                pieces.push(Piece::Close);
            }
            c if c.is_ascii_digit() => {
                let digit = u64::from(c as u32 - '0' as u32);
                match pieces.last_mut() {
                    Some(Piece::Digits(n)) => *n = n.checked_mul(10)?.checked_add(digit)?,
                    _ => pieces.push(Piece::Digits(digit)),
                }
            }
            // A blank ends a run of digits: "2026 12号" are two.
            c if c.is_whitespace() || matches!(c, '-' | '—' | '_' | '/' | '.' | '，' | ',') => {
                pieces.push(Piece::Word(String::new()));
            }
            c => match pieces.last_mut() {
                Some(Piece::Word(word)) => word.push(c),
                _ => pieces.push(Piece::Word(c.to_string())),
            },
        }
    }
    Some(pieces)
}

impl NumberSearch {
    /// What a typed text can mean; None where it has no figure and no bracket, so is no number at all.
    pub fn parse(text: &str) -> Option<Self> {
        let pieces = pieces(text.trim())?;
        let mut found = Self::default();
        let mut figures = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Digits(n) => {
                    let bracketed = at > 0 && pieces[at - 1] == Piece::Open;
                    let after = match pieces.get(at + 1) {
                        Some(Piece::Word(w)) => w.as_str(),
                        _ => "",
                    };
                    figures.push((*n, bracketed || after.starts_with('年'), after.starts_with('号')));
                }
                Piece::Word(word) if figures.is_empty() => {
                    let word = word.trim_end_matches('第');
                    if !word.is_empty() {
                        found.word = Some(found.word.unwrap_or_default() + word);
                    }
                }
                _ => {}
            }
        }
        let plausible = |n: u64| i16::try_from(n).ok().filter(|year| (1990..2200).contains(year));
        match figures[..] {
            [] => return None,
            [(n, is_year, is_number)] => match plausible(n) {
                Some(year) if is_year || !is_number => found.year = Some(year),
                _ if is_year => return None,
                _ => found.n = Some(u32::try_from(n).ok()?),
            },
            [(year, ..), (n, ..)] => {
                found.year = Some(plausible(year)?);
                found.n = Some(u32::try_from(n).ok()?);
            }
            _ => return None,
        }
        Some(found)
    }
}

impl Number {
    /// A number that is typed in whole.
    pub fn parse(text: &str) -> Option<Self> {
        let NumberSearch { word: Some(word), year: Some(year), n: Some(n) } = NumberSearch::parse(text)?
        else {
            return None;
        };
        let fits = n > 0 && word.chars().count() <= WORD_CHARS_MAX && !word.chars().any(char::is_control);
        fits.then_some(Self { word, year, n })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(word: Option<&str>, year: Option<i16>, n: Option<u32>) -> Option<NumberSearch> {
        Some(NumberSearch { word: word.map(str::to_owned), year, n })
    }

    #[test]
    fn any_bracket_means_the_same() {
        for text in [
            "卫网安〔2026〕12号",
            "卫网安[2026]12号",
            "卫网安［2026］12 号",
            "卫网安（2026）第12号",
            "卫网安(2026) 12",
            "卫网安【２０２６】１２号",
            "卫网安 2026年12号",
            "卫网安2026-12",
            " 卫 网安 〔2026〕 12 号 ",
        ] {
            let number = Number::parse(text);
            assert_eq!(number.map(|n| n.to_string()).as_deref(), Some("卫网安〔2026〕12号"), "{text}");
        }
    }

    #[test]
    fn a_search_may_know_a_part() {
        assert_eq!(NumberSearch::parse("卫网安 12 号"), search(Some("卫网安"), None, Some(12)));
        assert_eq!(NumberSearch::parse("〔2026〕12号"), search(None, Some(2026), Some(12)));
        assert_eq!(NumberSearch::parse("[2026]12"), search(None, Some(2026), Some(12)));
        assert_eq!(NumberSearch::parse("12号"), search(None, None, Some(12)));
        assert_eq!(NumberSearch::parse("2026号"), search(None, None, Some(2026)));
        assert_eq!(NumberSearch::parse("卫网安〔2026〕"), search(Some("卫网安"), Some(2026), None));
        for none in ["市一医院", "", "1 2 3", "99999999999999999999999号", "〔26〕"] {
            assert_eq!(NumberSearch::parse(none), None, "{none}");
        }
        assert_eq!(Number::parse("〔2026〕12号"), None);
        assert_eq!(Number::parse("卫网安〔2026〕0号"), None);
    }
}
