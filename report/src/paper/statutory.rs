//! What the law wants told of an incident (初报, 续报, 终报): its facts, the clock, the reports that were made. What is
//! not known yet stands in its place and says so.

use serde::{Deserialize, Serialize};
use ward_event::Micros;

use super::{
    Paper,
    compose::{Block, FormRow, Writer},
};
use crate::text::{line, moment_from, paragraphs};

/// What stands where something is not known yet.
pub const MISSING: &str = "【待补】";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 初报
    First,
    /// 续报
    FollowUp,
    /// 终报
    Final,
}

impl Stage {
    pub const fn word(self) -> &'static str {
        match self {
            Self::First => "初报",
            Self::FollowUp => "续报",
            Self::Final => "终报",
        }
    }
}

/// One fact. Without a value it is missing, unless it may stay empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub label: String,
    /// Paragraphs, one a line; empty for what is not known.
    pub value: String,
    /// From which report on it is needed; None for what many an incident has not (a ransom).
    pub needed: Option<Stage>,
}

/// A report that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub stage: Stage,
    pub receiver: String,
    pub channel: String,
    pub person: String,
    pub at: Micros,
    /// What came back: a number, a name; empty while nothing did.
    pub acknowledged: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statutory {
    pub stage: Stage,
    /// `2026-0012`
    pub incident: String,
    /// The law's name and the day from which it is in force.
    pub law: String,
    pub facts: Vec<Fact>,
    /// When it was known and by whom, whose duty it is, until when.
    pub clock: Vec<Fact>,
    pub made: Vec<Made>,
}

impl Statutory {
    /// How many facts that this report needs are not known.
    pub fn missing(&self) -> usize {
        let all = self.facts.iter().chain(&self.clock);
        all.filter(|fact| fact.needed.is_some_and(|from| from <= self.stage) && is_empty(fact)).count()
    }
}

fn is_empty(fact: &Fact) -> bool {
    fact.value.trim().is_empty()
}

pub(super) fn blocks(paper: &Paper, of: &Statutory) -> Vec<Block> {
    let mut w = Writer::default();
    let missing = of.missing();
    let rest = match (of.stage, missing) {
        (_, 0) => "所需内容均已填报。".to_owned(),
        (Stage::Final, n) => format!("尚有{n}项未查明，以“{MISSING}”标出。"),
        (_, n) => format!("尚有{n}项未查明，以“{MISSING}”标出，将在后续报告中补充。"),
    };
    let law = line(&of.law);
    let law = match law.rsplit_once(' ') {
        Some((name, date)) => format!("《{name}》（{date}起施行）"),
        None => format!("《{law}》"),
    };
    w.paragraph(format!(
        "依据{law}，现将事件{}的有关情况报告如下（{}）。{rest}",
        line(&of.incident),
        of.stage.word()
    ));
    w.heading("事件情况");
    w.form(of.facts.iter().filter_map(|fact| row(fact, of.stage)).collect());
    w.heading("知悉与报告时限");
    w.form(of.clock.iter().filter_map(|fact| row(fact, of.stage)).collect());
    w.heading("报送记录");
    if of.made.is_empty() {
        w.paragraph("本报告之前尚无报送记录。");
    } else {
        w.form(of.made.iter().map(|made| told(paper, made)).collect());
    }
    w.blocks
}

/// What is not known is left out only where nothing ever needs it.
fn row(fact: &Fact, stage: Stage) -> Option<FormRow> {
    let label = line(&fact.label);
    if !is_empty(fact) {
        let value = paragraphs(&fact.value).join("\n");
        return Some(FormRow { label, value, lines: 1, missing: false });
    }
    let from = fact.needed?;
    let value =
        if from <= stage { MISSING.to_owned() } else { format!("{MISSING}（{}前查明）", from.word()) };
    Some(FormRow { label, value, lines: 1, missing: true })
}

fn told(paper: &Paper, made: &Made) -> FormRow {
    let at = moment_from(paper.calendar(), made.at);
    let mut lines = vec![
        format!("{at}报{}", line(&made.receiver)),
        format!("渠道：{}，报送人：{}", line(&made.channel), line(&made.person)),
    ];
    let acknowledged = line(&made.acknowledged);
    lines.push(if acknowledged.is_empty() {
        "尚无回执".to_owned()
    } else {
        format!("回执或受理号：{acknowledged}")
    });
    FormRow { label: made.stage.word().to_owned(), value: lines.join("\n"), lines: 1, missing: false }
}
