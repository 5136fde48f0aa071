//! What may be said outside: a title from a list, a document's number, a deadline, a link.

use std::fmt;

use ward_event::Micros;

/// What it is about, from a list: nobody writes a title for a channel that others read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Warning,
    Incident,
    Rectification,
    Supervision,
    Summons,
    Censure,
    Review,
    Correction,
    Withdrawal,
    Reminder,
    Report,
    /// All that a unit owes soon or is late with, in one.
    Digest,
    /// An incident of the unit was judged real.
    Event,
}

impl Subject {
    pub const ALL: [Self; 13] = [
        Self::Warning,
        Self::Incident,
        Self::Rectification,
        Self::Supervision,
        Self::Summons,
        Self::Censure,
        Self::Review,
        Self::Correction,
        Self::Withdrawal,
        Self::Reminder,
        Self::Report,
        Self::Digest,
        Self::Event,
    ];

    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Incident => "incident",
            Self::Rectification => "rectification",
            Self::Supervision => "supervision",
            Self::Summons => "summons",
            Self::Censure => "censure",
            Self::Review => "review",
            Self::Correction => "correction",
            Self::Withdrawal => "withdrawal",
            Self::Reminder => "reminder",
            Self::Report => "report",
            Self::Digest => "digest",
            Self::Event => "event",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }

    /// As it stands in a message.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Warning => "预警通报函",
            Self::Incident => "网络安全事件通报",
            Self::Rectification => "整改通知书",
            Self::Supervision => "督办单",
            Self::Summons => "约谈通知",
            Self::Censure => "通报批评",
            Self::Review => "复核意见",
            Self::Correction => "更正通知",
            Self::Withdrawal => "撤回通知",
            Self::Reminder => "办理提醒",
            Self::Report => "网络安全报告",
            Self::Digest => "待办事项汇总",
            Self::Event => "网络安全事件告知",
        }
    }
}

/// A document's number: `卫网安〔2026〕12号`, and nothing that could be anything else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Document(String);

impl Document {
    /// 代字 of at most twelve Chinese characters, a year, a number; any of the usual brackets.
    pub fn new(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let open = text.find(['〔', '[', '［', '(', '（', '【'])?;
        let (name, rest) = text.split_at(open);
        let rest = rest.get(rest.chars().next()?.len_utf8()..)?;
        let close = rest.find(['〕', ']', '］', ')', '）', '】'])?;
        let (year, rest) = rest.split_at(close);
        let rest = rest.get(rest.chars().next()?.len_utf8()..)?;
        let number = rest.strip_prefix('第').unwrap_or(rest).strip_suffix('号')?;
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let digits =
            |t: &str, most: usize| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
        let fits = (1..=12).contains(&name.chars().count())
            && name.chars().all(is_chinese)
            && year.len() == 4
            && digits(year, 4)
            && digits(number, 5);
        fits.then(|| Self(format!("{name}〔{year}〕{number}号")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a link opens; the receiver signs in before he sees any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// A notice as its addressee has it.
    Task,
    Incident,
    Report,
}

impl LinkKind {
    pub const ALL: [Self; 3] = [Self::Task, Self::Incident, Self::Report];

    /// The folder of its page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "tasks",
            Self::Incident => "incidents",
            Self::Report => "reports",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == name)
    }
}

/// All that a message can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub subject: Subject,
    pub document: Option<Document>,
    pub deadline: Option<Micros>,
    pub link: (LinkKind, i64),
    /// Of a [`Subject::Digest`]: each of what it is about. Empty otherwise.
    pub items: Vec<Item>,
}

/// One line of a digest: no more than a message of its own would say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub subject: Subject,
    pub document: Option<Document>,
    pub deadline: Option<Micros>,
    pub link: (LinkKind, i64),
}

impl Item {
    /// JSON of [subject, number, deadline, kind of page, id] of each; empty for none.
    pub(super) fn write(items: &[Self]) -> String {
        if items.is_empty() {
            return String::new();
        }
        let line = |item: &Self| {
            let number = item.document.as_ref().map_or("", Document::as_str);
            let deadline = item.deadline.map(|at| at.0);
            serde_json::json!([item.subject.as_str(), number, deadline, item.link.0.as_str(), item.link.1])
        };
        serde_json::Value::Array(items.iter().map(line).collect()).to_string()
    }

    /// What was written; None for what never was.
    pub(super) fn read(text: &str) -> Option<Vec<Self>> {
        type Line = (String, String, Option<i64>, String, i64);
        if text.is_empty() {
            return Some(Vec::new());
        }
        let lines: Vec<Line> = serde_json::from_str(text).ok()?;
        let item = |(subject, number, deadline, page, id): Line| {
            let document = if number.is_empty() { None } else { Some(Document::new(&number)?) };
            let (subject, page) = (Subject::from_name(&subject)?, LinkKind::from_name(&page)?);
            Some(Self { subject, document, deadline: deadline.map(Micros), link: (page, id) })
        };
        lines.into_iter().map(item).collect()
    }
}

/// Who gets it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    Mail(String),
    Phone(String),
    /// Everybody of the group that the channel belongs to.
    Group,
}

impl Address {
    /// `name@host.example`; what could begin another header or another recipient is none.
    pub fn mail(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, host) = text.split_once('@')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
        let fits = !name.is_empty()
            && host.contains('.')
            && !host.starts_with(['.', '-'])
            && text.len() <= 254
            && name.chars().all(plain)
            && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        fits.then(|| Self::Mail(text.to_ascii_lowercase()))
    }

    /// Digits, with a plus before a country.
    pub fn phone(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let rest = digits.strip_prefix('+').unwrap_or(&digits);
        let fits = (5..=15).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit());
        fits.then_some(Self::Phone(digits))
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("mail", address)) => Self::mail(address),
            Some(("phone", number)) => Self::phone(number),
            _ => (text == "group").then_some(Self::Group),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mail(address) => write!(f, "mail:{address}"),
            Self::Phone(number) => write!(f, "phone:{number}"),
            Self::Group => f.write_str("group"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_number_and_nothing_else() {
        for text in
            ["卫网安〔2026〕12号", "卫网安[2026]12号", "卫网安（2026）第12号", " 卫网安 〔2026〕 12 号"]
        {
            assert_eq!(Document::new(text).map(|d| d.0).as_deref(), Some("卫网安〔2026〕12号"), "{text}");
        }
        for text in [
            "",
            "12号",
            "10.1.0.9〔2026〕1号",
            "SQL〔2026〕1号",
            "卫网安〔2026〕1号 10.1.0.9",
            "卫〔26〕1号",
            "卫〔2026〕号",
        ] {
            assert_eq!(Document::new(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_is_one_address() {
        assert_eq!(Address::mail(" Wang.Wei@h1.example "), Some(Address::Mail("wang.wei@h1.example".into())));
        for text in
            ["", "a", "a@b", "a@b.c\r\nBcc: x@y.z", "a@b.c,d@e.f", "<a@b.c>", "a b@c.d", "@b.c", "a@.c"]
        {
            assert_eq!(Address::mail(text), None, "{text}");
        }
        assert_eq!(Address::phone("+86 138-0000 0000"), Some(Address::Phone("+8613800000000".into())));
        assert_eq!(Address::phone("13x"), None);
        for address in [Address::mail("a@b.c"), Address::phone("13800000000"), Some(Address::Group)] {
            assert_eq!(address.as_ref().and_then(|a| Address::parse(&a.to_string())), address);
        }
    }
}
