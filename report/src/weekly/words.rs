//! The words of a report that people may change. Its figures are not among them: a number in a sentence must be one that
//! the report has itself. What is printed is a function of the stored model, the stored words and who stands for them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Weekly, advice::ADVICE_TITLE};
use crate::{ReportError, text::line};

/// What a person has written in the place of the machine's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Page one's sentence.
    pub summary: String,
    /// What the reader must decide or do.
    pub decisions: Vec<String>,
    /// What is advised for the time that comes.
    pub advice: Vec<String>,
    /// What is added on page one.
    pub comment: Vec<String>,
}

/// Who stands for a report, and what its reader must know of the paper. None leaves what stands in the model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub drafted: Option<String>,
    pub checked: Option<String>,
    pub signed: Option<String>,
    pub note: String,
}

/// Characters of one paragraph, and paragraphs of one list.
const CHARS_MAX: usize = 2_000;
const PARAGRAPHS_MAX: usize = 40;

/// What makes a number a time, a date or a paragraph of the law, which is no figure.
const TIMES: [&str; 14] =
    ["年", "月", "日", "时", "天", "号", "期", "周", "季度", "小时", "分钟", "个月", "个工作日", "工作日"];
/// What is counted in a report: free words may hold other numbers, but none of these.
const COUNTED: [&str; 8] = ["起", "件", "项", "家", "台", "条", "次", "个"];

impl Words {
    /// As a form sends it: a paragraph a line.
    pub fn of(summary: &str, decisions: &str, advice: &str, comment: &str) -> Self {
        let list = crate::text::paragraphs;
        Self {
            summary: line(summary),
            decisions: list(decisions),
            advice: list(advice),
            comment: list(comment),
        }
    }

    fn is_fit(&self) -> bool {
        let lists = [&self.decisions, &self.advice, &self.comment];
        let fits = |text: &String| text.chars().count() <= CHARS_MAX;
        !self.summary.is_empty()
            && fits(&self.summary)
            && lists.iter().all(|list| list.len() <= PARAGRAPHS_MAX && list.iter().all(fits))
    }
}

impl Weekly {
    /// The words as the report was made with them.
    pub fn words(&self) -> Words {
        let advice = self.sections.iter().find(|s| s.title.ends_with(ADVICE_TITLE));
        Words {
            summary: format!("{}{}", self.verdict.sentence, self.verdict.change),
            decisions: self.decisions.clone(),
            advice: advice.map_or_else(Vec::new, |s| s.paragraphs.clone()),
            comment: Vec::new(),
        }
    }

    /// Words that may stand in this report, as they are stored; None where they are its own.
    ///
    /// # Errors
    /// Words that are too long, no sentence at all, a number that is none of this report's.
    pub fn accept(&self, words: &Words) -> Result<Option<String>, ReportError> {
        if !words.is_fit() {
            return Err(ReportError::Refused("the words are empty or too long".to_owned()));
        }
        let foreign = self.foreign_numbers(words);
        if !foreign.is_empty() {
            return Err(ReportError::Foreign(foreign));
        }
        Ok(if *words == self.words() { None } else { Some(serde_json::to_string(words)?) })
    }

    /// Figures in the words that the report does not have.
    fn foreign_numbers(&self, words: &Words) -> Vec<String> {
        let own = self.own_numbers();
        let strict = std::iter::once(&words.summary).chain(&words.decisions).map(|t| (t, false));
        let free = words.advice.iter().chain(&words.comment).map(|t| (t, true));
        let mut foreign: Vec<String> = Vec::new();
        for (text, counted_only) in strict.chain(free) {
            for (number, counted) in numbers(text) {
                let is_checked = counted || !counted_only;
                if is_checked && !own.contains(&number) && !foreign.contains(&number) {
                    foreign.push(number);
                }
            }
        }
        foreign
    }

    fn own_numbers(&self) -> BTreeSet<String> {
        let mut texts: Vec<&str> = vec![&self.verdict.sentence, &self.verdict.change];
        for figure in &self.figures {
            texts.extend([figure.shown.as_str(), &figure.change, &figure.reason]);
        }
        texts.extend(self.worst.iter().map(|w| w.reason.as_str()));
        texts.extend(self.decisions.iter().map(String::as_str));
        for part in self.parts() {
            texts.extend(part.paragraphs.iter().map(String::as_str));
            texts.extend(part.charts.iter().flat_map(|c| &c.bars).map(|b| b.shown.as_str()));
            texts.extend(part.tables.iter().flat_map(|t| t.rows.iter().flatten()).map(String::as_str));
        }
        texts.iter().flat_map(|text| all_numbers(text)).collect()
    }

    /// What is printed: this model with other words, and with the names of those who stand for it.
    ///
    /// # Errors
    /// Stored words that cannot be read.
    pub fn printed(&self, words: &str, standing: &Standing) -> Result<Self, ReportError> {
        let mut out = self.clone();
        if !words.is_empty() {
            let words: Words = serde_json::from_str(words)?;
            out.verdict.sentence = words.summary;
            out.verdict.change = String::new();
            out.decisions = words.decisions;
            out.comment = words.comment;
            if let Some(part) = out.sections.iter_mut().find(|s| s.title.ends_with(ADVICE_TITLE)) {
                part.paragraphs = words.advice;
            }
        }
        let head = &mut out.head;
        for (place, name) in [
            (&mut head.drafted, &standing.drafted),
            (&mut head.checked, &standing.checked),
            (&mut head.signed, &standing.signed),
        ] {
            if let Some(name) = name {
                *place = line(name);
            }
        }
        head.note = line(&standing.note);
        Ok(out)
    }
}

/// A number of a text.
struct Run {
    /// Without the marks that group its digits.
    number: String,
    is_ordinal: bool,
    /// 百分之三十: a share, as `%` says it.
    is_share: bool,
    /// The signs behind it.
    after: String,
}

/// Every number of a text. Wide digits are digits; of Chinese numerals those that count something, since 一, 三级 and
/// 十分 are words.
fn runs(text: &str) -> Vec<Run> {
    let wide = |c: char| match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
        '％' => '%',
        c => c,
    };
    let signs: Vec<char> = text.chars().map(wide).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        let (start, is_chinese) = (at, place(signs[at]).is_some());
        let mut number = String::new();
        if is_chinese {
            while signs.get(at).is_some_and(|c| place(*c).is_some()) {
                at += 1;
            }
            number = chinese(&signs[start..at]).to_string();
        } else if signs[at].is_ascii_digit() {
            while at < signs.len() {
                let next_is_digit = signs.get(at + 1).is_some_and(char::is_ascii_digit);
                match signs[at] {
                    c if c.is_ascii_digit() => number.push(c),
                    '.' if next_is_digit => number.push('.'),
                    ',' if next_is_digit => {}
                    _ => break,
                }
                at += 1;
            }
        } else {
            at += 1;
            continue;
        }
        let after: String = signs[at..].iter().filter(|c| !c.is_whitespace()).take(4).collect();
        let is_ordinal = start > 0 && signs[start - 1] == '第';
        let is_share = signs[..start].ends_with(&['百', '分', '之']);
        let counts = is_share || COUNTED.iter().any(|unit| *unit != "个" && after.starts_with(unit));
        // 一起 is "together", 一家 "a".
        if !is_chinese || (counts && number != "1") {
            out.push(Run { number, is_ordinal, is_share, after });
        }
    }
    out
}

/// A Chinese numeral's digit, or the power of ten that it stands for.
const fn place(c: char) -> Option<(u64, bool)> {
    Some(match c {
        '〇' | '零' => (0, false),
        '一' => (1, false),
        '二' | '两' => (2, false),
        '三' => (3, false),
        '四' => (4, false),
        '五' => (5, false),
        '六' => (6, false),
        '七' => (7, false),
        '八' => (8, false),
        '九' => (9, false),
        '十' => (10, true),
        '百' => (100, true),
        '千' => (1_000, true),
        '万' => (10_000, true),
        '亿' => (100_000_000, true),
        _ => return None,
    })
}

/// 一百零五 is 105, 二〇二六 is 2026.
fn chinese(numeral: &[char]) -> u64 {
    let (mut whole, mut section, mut digit) = (0_u64, 0_u64, 0_u64);
    for (value, is_power) in numeral.iter().filter_map(|c| place(*c)) {
        match (is_power, value) {
            (false, value) => digit = digit.saturating_mul(10).saturating_add(value),
            (true, power) if power < 10_000 => {
                // 十二 begins with its power.
                let times = digit.max(1);
                section = section.saturating_add(times.saturating_mul(power));
                digit = 0;
            }
            (true, power) => {
                whole = whole.saturating_add(section).saturating_add(digit).saturating_mul(power);
                (section, digit) = (0, 0);
            }
        }
    }
    whole.saturating_add(section).saturating_add(digit)
}

fn all_numbers(text: &str) -> Vec<String> {
    runs(text).into_iter().map(|run| run.number).collect()
}

/// The figures of a text, and whether each counts something of a report.
fn numbers(text: &str) -> Vec<(String, bool)> {
    let is_time = |run: &Run| TIMES.iter().any(|unit| run.after.starts_with(unit));
    let counts = |run: &Run| run.is_share || COUNTED.iter().any(|unit| run.after.starts_with(unit));
    let figures = runs(text).into_iter().filter(|run| !run.is_ordinal && !is_time(run));
    figures
        .map(|run| {
            let counts = counts(&run);
            (run.number, counts)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_paragraphs_of_the_law_are_no_figures() {
        let of = |text: &str| {
            numbers(text)
                .into_iter()
                .map(|(n, c)| format!("{n}{}", if c { "*" } else { "" }))
                .collect::<Vec<_>>()
        };
        assert!(of("2026年12月5日前，24小时内、3个工作日内按第21条整改").is_empty());
        assert_eq!(of("严重告警1,234起、高危５６ 起，下降12.5%"), ["1234*", "56*", "12.5"]);
        assert_eq!(of("共3.2.1版"), ["3.2.1"]);
        assert!(of("没有数字，也没有逗号,。").is_empty());
        assert_eq!(
            of("严重告警一百零五起，十二家医院，两万三千台，二〇五 件"),
            ["105*", "12*", "23000*", "205*"]
        );
        assert_eq!(of("下降百分之三十"), ["30*"]);
        assert!(of("一是十分重视三级等保，二〇二六年一起做好一个专项，落实三个要求，第二次检查").is_empty());
    }
}
