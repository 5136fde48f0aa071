//! The web test method: classes, items, verdicts and the rating, from a data file with a version.

use serde::Deserialize;

use crate::{Severity, Verdict};

/// What was answered to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    NotConcerned,
    Absent,
    Present,
}

impl Answer {
    /// 不涉及, 不存在漏洞, 存在漏洞.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.trim() {
            "不涉及" => Some(Self::NotConcerned),
            "不存在漏洞" | "不存在" => Some(Self::Absent),
            "存在漏洞" | "存在" => Some(Self::Present),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    pub version: String,
    /// Totals that reports name; both are accepted.
    pub totals: Vec<usize>,
    pub class: Vec<Class>,
    rating: Vec<Threshold>,
    otherwise: Otherwise,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    pub name: String,
    pub items: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threshold {
    name: String,
    critical: Option<usize>,
    high: Option<usize>,
    medium: Option<usize>,
    low: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Otherwise {
    name: String,
}

/// What a system's test comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    pub name: String,
    /// By which version of the method.
    pub version: String,
}

/// An item as it was judged: class and item from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub class: usize,
    pub item: usize,
    pub answer: Answer,
    pub severity: Severity,
}

/// The method that comes with Ward.
///
/// # Errors
/// A file that is not as it must be.
pub fn method() -> Result<Method, String> {
    toml::from_str(include_str!("../data/web-test.toml")).map_err(|e| e.to_string())
}

impl Method {
    /// Items of all classes.
    pub fn items(&self) -> usize {
        self.class.iter().map(|c| c.items).sum()
    }

    /// Whether a class and an item of it, from 1, exist.
    pub fn has(&self, class: usize, item: usize) -> bool {
        let class = class.checked_sub(1).and_then(|i| self.class.get(i));
        class.is_some_and(|c| (1..=c.items).contains(&item))
    }

    /// Conform when all its items hold; an item that was not judged does not hold.
    pub fn verdict(&self, class: usize, judged: &[Judged]) -> Verdict {
        let items = class.checked_sub(1).and_then(|i| self.class.get(i)).map_or(0, |c| c.items);
        let of = |item| judged.iter().find(|j| j.class == class && j.item == item).map(|j| j.answer);
        let answers: Vec<Option<Answer>> = (1..=items).map(of).collect();
        if answers.iter().all(|a| *a == Some(Answer::NotConcerned)) {
            return Verdict::NotConcerned;
        }
        let holds = |a: &Option<Answer>| matches!(a, Some(Answer::Absent | Answer::NotConcerned));
        if answers.iter().all(holds) { Verdict::Conform } else { Verdict::Not }
    }

    /// The system's rating by the weaknesses that were found.
    pub fn rate(&self, judged: &[Judged]) -> Rating {
        let count = |severity| {
            judged.iter().filter(|j| j.answer == Answer::Present && j.severity == severity).count()
        };
        let fits = |wanted: Option<usize>, severity| wanted.is_none_or(|n| count(severity) >= n);
        let found = self.rating.iter().find(|t| {
            fits(t.critical, Severity::Critical)
                && fits(t.high, Severity::High)
                && fits(t.medium, Severity::Medium)
                && fits(t.low, Severity::Low)
        });
        let name = found.map_or(&self.otherwise.name, |t| &t.name).clone();
        Rating { name, version: self.version.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(severities: &[Severity]) -> Vec<Judged> {
        let judged = |(i, s): (usize, &Severity)| Judged {
            class: 9,
            item: i + 1,
            answer: Answer::Present,
            severity: *s,
        };
        severities.iter().enumerate().map(judged).collect()
    }

    #[test]
    fn the_method_has_its_classes_and_items() {
        let method = method().expect("a method");
        let items: Vec<usize> = method.class.iter().map(|c| c.items).collect();
        assert_eq!(items, [8, 8, 3, 3, 7, 10, 5, 8, 17, 2, 3, 5, 5, 7]);
        assert_eq!((method.items(), method.totals.as_slice()), (91, &[91, 83][..]));
        assert!(method.has(14, 7) && !method.has(14, 8) && !method.has(0, 1) && !method.has(15, 1));
    }

    #[test]
    fn a_system_is_rated_by_what_was_found() {
        use Severity::{Critical, High, Low, Medium};
        let method = method().expect("a method");
        for (severities, name) in [
            (&[Critical][..], "严重不安全"),
            (&[High, High], "严重不安全"),
            (&[High, Low], "高危不安全"),
            (&[Medium, Medium], "高危不安全"),
            (&[Medium], "中危不安全"),
            (&[Low; 6], "中危不安全"),
            (&[Low; 5], "安全"),
            (&[], "安全"),
        ] {
            let rating = method.rate(&found(severities));
            assert_eq!((rating.name.as_str(), rating.version.as_str()), (name, "1"), "{severities:?}");
        }
    }

    #[test]
    fn a_class_conforms_when_all_its_items_hold() {
        let method = method().expect("a method");
        let item = |item, answer| Judged { class: 10, item, answer, severity: Severity::Low };
        let both = [item(1, Answer::Absent), item(2, Answer::NotConcerned)];
        assert_eq!(method.verdict(10, &both), Verdict::Conform);
        assert_eq!(method.verdict(10, &both[..1]), Verdict::Not, "one was not judged");
        assert_eq!(method.verdict(10, &[both[0], item(2, Answer::Present)]), Verdict::Not);
        let none = [item(1, Answer::NotConcerned), item(2, Answer::NotConcerned)];
        assert_eq!(method.verdict(10, &none), Verdict::NotConcerned);
    }
}
