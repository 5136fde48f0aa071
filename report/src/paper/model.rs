//! What a formal document says. Texts are plain text of any origin; nothing in them is markup.

use serde::{Deserialize, Serialize};
use ward_event::{Micros, time::Calendar};

use super::{Number, Statutory};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 预警通报函
    Warning,
    /// 网络安全事件通报
    Notification,
    /// 整改通知书
    Rectification,
    /// 督办单
    Supervision,
    /// 复核意见
    Review,
    /// 回执
    Receipt,
    /// 初报, 续报, 终报
    Statutory,
}

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::Warning,
        Self::Notification,
        Self::Rectification,
        Self::Supervision,
        Self::Review,
        Self::Receipt,
        Self::Statutory,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Warning => "网络安全预警通报函",
            Self::Notification => "网络安全事件通报",
            Self::Rectification => "网络安全整改通知书",
            Self::Supervision => "网络安全督办单",
            Self::Review => "网络安全整改复核意见",
            Self::Receipt => "网络安全通报回执",
            Self::Statutory => "网络安全事件报告",
        }
    }
}

/// 紧急程度
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// 特急
    Extra,
    /// 加急
    Urgent,
}

impl Urgency {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Extra => "特急",
            Self::Urgent => "加急",
        }
    }
}

/// Colour of a warning; the word always stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Red,
    Orange,
    Yellow,
    Blue,
}

impl Colour {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Red => "红色（特别重大）",
            Self::Orange => "橙色（重大）",
            Self::Yellow => "黄色（较大）",
            Self::Blue => "蓝色（一般）",
        }
    }
}

/// One row of the list of problems. Empty texts are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The system's name: HIS, 互联网医院.
    pub system: String,
    /// Address, port or URL.
    pub address: String,
    /// What is wrong, in a sentence.
    pub title: String,
    /// Type: 弱口令, 高危漏洞.
    pub kind: String,
    /// 严重, 高, 中, 低.
    pub grade: String,
    /// What proves it: CVE and CNVD numbers, records, times.
    pub evidence: Vec<String>,
    /// What to do.
    pub advice: String,
    /// Its own deadline, where it is not the paper's.
    pub deadline: Option<Micros>,
    /// The same as a span, before it is sent and a day is known: `发出后24小时内`.
    pub term: String,
    /// In a 复核意见: what the check found.
    pub reviewed: Option<Reviewed>,
}

/// What a check of a claimed rectification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// 通过, or returned.
    pub passed: bool,
    /// By what it was checked and what was seen.
    pub finding: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    pub name: String,
    pub phone: String,
    pub mail: String,
}

/// The document a later one goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    pub title: String,
    pub number: String,
    pub sent: Micros,
    pub deadline: Micros,
    /// Whole days since the deadline, as the caller counts them.
    pub days_overdue: u32,
    /// This is the how-manieth time it is pressed for, from 1.
    pub times: u32,
}

/// 回执. Empty fields are printed as places to be filled in by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// The notice that is answered.
    pub number: String,
    pub title: String,
    /// The unit that answers.
    pub unit: String,
    pub signed_by: String,
    pub signed_at: Option<Micros>,
    pub findings: String,
    pub cause: String,
    pub measures: String,
    pub proof: Vec<String>,
    pub done_at: Option<Micros>,
    pub head: String,
    /// Where the signed sheet can be handed in without an account.
    pub hand_in: Option<HandIn>,
}

/// An address that takes a signed sheet once; printed as a QR code and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandIn {
    pub address: String,
    pub until: Micros,
}

/// A formal document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub kind: Kind,
    /// 发文机关: `云州市卫生健康委员会`. Of a 回执: the answering unit.
    pub issuer: String,
    /// None for papers that carry none (回执).
    pub number: Option<Number>,
    pub urgency: Option<Urgency>,
    /// Across every page of what is not in force: `草稿`, `作废`, `已撤回`. Empty otherwise.
    #[serde(default)]
    pub overprint: String,
    /// `内部资料`, `注意保存`; never a classification: classified papers may not enter at all.
    pub marking: String,
    /// Empty takes the kind's usual title.
    pub title: String,
    pub addressees: Vec<String>,
    pub colour: Option<Colour>,
    pub quoted: Option<Quoted>,
    /// Why it is written: paragraphs, one a line.
    pub cause: String,
    pub problems: Vec<Problem>,
    /// Titles and articles of the law and standards it rests on.
    pub basis: Vec<String>,
    /// What the addressee is to do.
    pub demands: Vec<String>,
    pub deadline: Option<Micros>,
    /// In its place, where no one day can be named: `自发出之日起3个工作日内`, `按附件1所列期限`.
    #[serde(default)]
    pub term: String,
    pub contact: Option<Contact>,
    /// Titles of attachments, beside the list of problems and the receipt, which are added by themselves.
    pub attachments: Vec<String>,
    /// 成文日期: when it was signed; before that the day of the draft.
    pub date: Micros,
    /// 抄送
    pub copies: Vec<String>,
    /// Filled in for a 回执; for other papers an empty or prefilled form that is attached.
    pub receipt: Option<Receipt>,
    /// Of a [`Kind::Statutory`].
    #[serde(default)]
    pub statutory: Option<Statutory>,
    /// Seconds the region's clock is ahead of UTC.
    pub offset_secs: i64,
}

impl Paper {
    /// A paper of a kind with nothing in it yet.
    pub fn new(kind: Kind, issuer: impl Into<String>, date: Micros, calendar: Calendar) -> Self {
        Self {
            kind,
            issuer: issuer.into(),
            number: None,
            urgency: None,
            overprint: String::new(),
            marking: String::new(),
            title: String::new(),
            addressees: Vec::new(),
            colour: None,
            quoted: None,
            cause: String::new(),
            problems: Vec::new(),
            basis: Vec::new(),
            demands: Vec::new(),
            deadline: None,
            term: String::new(),
            contact: None,
            attachments: Vec::new(),
            date,
            copies: Vec::new(),
            receipt: None,
            statutory: None,
            offset_secs: calendar.offset_secs(),
        }
    }

    pub(crate) const fn calendar(&self) -> Calendar {
        Calendar::fixed(self.offset_secs)
    }
}
