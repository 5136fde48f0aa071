//! A paper in the words and the order of an official letter. Both renderings are made of this, so that they
//! cannot say different things.

use serde::Serialize;

use super::{Kind, Paper, Problem, Receipt, statutory};
use crate::{
    qr::Qr,
    text::{chinese_number, day, line, moment, paragraphs},
};

/// What stands on the sheet, from top to bottom, as plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sheet {
    pub issuer: String,
    /// Without a red head: what a hospital writes itself.
    pub plain: bool,
    /// Across every page of what is not in force.
    pub overprint: String,
    /// That, 紧急程度 and marking, one under the other.
    pub marks: Vec<String>,
    pub number: String,
    pub title: String,
    pub addressee: String,
    pub blocks: Vec<Block>,
    /// 附件说明
    pub attachments: Vec<String>,
    pub signature: String,
    pub date: String,
    /// The same for the file's own description: RFC 3339.
    pub made: String,
    pub contact: String,
    pub copies: String,
    /// Below the text of a 回执.
    pub code: Option<Code>,
    /// Each on a page of its own: 附件1 and so on.
    pub annexes: Vec<Annex>,
}

/// A QR code and what it is for, beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Code {
    pub address: String,
    pub svg: String,
    pub words: Vec<String>,
}

/// A part of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Block {
    /// 一、…
    Heading {
        text: String,
    },
    Paragraph {
        text: String,
    },
    Form {
        rows: Vec<FormRow>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormRow {
    pub label: String,
    pub value: String,
    /// Lines left for writing where there is no value.
    pub lines: u8,
    /// It is not known yet, and its value says so.
    pub missing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annex {
    pub label: String,
    pub title: String,
    /// Head and rows of a list; a row's `notes` go over the whole width below it.
    pub head: Vec<String>,
    /// Width of each column in hundredths.
    pub widths: Vec<u8>,
    pub rows: Vec<AnnexRow>,
    pub form: Vec<FormRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnnexRow {
    pub cells: Vec<String>,
    pub notes: Vec<String>,
}

impl Sheet {
    pub fn of(paper: &Paper) -> Self {
        let annexes = annexes(paper);
        let named = annexes.iter().map(|a| a.title.clone());
        let attachments = named.chain(paper.attachments.iter().map(|a| line(a))).collect();
        let lines = |texts: &[String], between| {
            texts.iter().map(|t| line(t)).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(between)
        };
        let contact = paper.contact.as_ref().map(|c| {
            let parts = [("联系人：", &c.name), ("联系电话：", &c.phone), ("电子邮箱：", &c.mail)];
            let parts = parts.into_iter().map(|(label, value)| (label, line(value)));
            parts
                .filter(|(_, v)| !v.is_empty())
                .map(|(l, v)| format!("{l}{v}"))
                .collect::<Vec<_>>()
                .join("，")
        });
        let title = if paper.title.trim().is_empty() { usual_title(paper) } else { line(&paper.title) };
        let overprint = line(&paper.overprint);
        let urgency = paper.urgency.map_or("", super::Urgency::word).to_owned();
        let marks = [overprint.clone(), urgency, line(&paper.marking)];
        Self {
            issuer: line(&paper.issuer),
            plain: paper.kind == Kind::Receipt,
            overprint,
            marks: marks.into_iter().filter(|m| !m.is_empty()).collect(),
            number: paper.number.as_ref().map(ToString::to_string).unwrap_or_default(),
            title,
            addressee: lines(&paper.addressees, "，"),
            blocks: blocks(paper),
            attachments,
            signature: line(&paper.issuer),
            date: day(paper.calendar(), paper.date),
            made: rfc3339(paper.date),
            contact: contact.unwrap_or_default(),
            copies: lines(&paper.copies, "，"),
            code: code(paper),
            annexes,
        }
    }
}

fn code(paper: &Paper) -> Option<Code> {
    let of = paper.receipt.as_ref().filter(|_| paper.kind == Kind::Receipt)?.hand_in.as_ref()?;
    let words = [
        "填写后由单位负责人签字并加盖公章，拍照或扫描，用手机扫描二维码上传。".to_owned(),
        format!("二维码只能使用一次，{}前有效，请勿转发。", moment(paper.calendar(), of.until)),
        "不便扫码的，按通报所列联系方式报送原件。".to_owned(),
    ];
    let qr = Qr::of(&of.address)?;
    Some(Code { address: of.address.clone(), svg: qr.svg(), words: words.into() })
}

/// To the second, as Word wants it.
fn rfc3339(at: ward_event::Micros) -> String {
    ward_event::Micros::from_secs(at.secs()).rfc3339()
}

fn usual_title(paper: &Paper) -> String {
    let to = match paper.addressees.as_slice() {
        [one] => line(one),
        _ => String::new(),
    };
    if let Some(of) = &paper.statutory {
        return format!("关于{}网络安全事件的报告（{}）", line(&paper.issuer), of.stage.word());
    }
    match (paper.kind, to.as_str()) {
        (Kind::Warning, _) => "关于发布网络安全预警的函".to_owned(),
        (Kind::Receipt | Kind::Statutory, _) | (_, "") => paper.kind.word().to_owned(),
        (Kind::Notification, to) => format!("关于{to}网络安全事件的通报"),
        (Kind::Rectification, to) => format!("关于{to}网络安全问题限期整改的通知"),
        (Kind::Supervision, to) => format!("关于{to}网络安全问题整改的督办单"),
        (Kind::Review, to) => format!("关于{to}网络安全问题整改情况的复核意见"),
    }
}

/// Writes paragraphs under headings that count themselves.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) blocks: Vec<Block>,
    headings: usize,
}

impl Writer {
    pub(super) fn heading(&mut self, text: &str) {
        self.headings += 1;
        self.blocks.push(Block::Heading { text: format!("{}、{text}", chinese_number(self.headings)) });
    }

    pub(super) fn form(&mut self, rows: Vec<FormRow>) {
        self.blocks.push(Block::Form { rows });
    }

    pub(super) fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph { text: text.into() });
    }

    fn counted<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) {
        for (i, text) in texts.into_iter().map(|t| line(t)).filter(|t| !t.is_empty()).enumerate() {
            self.paragraph(format!("（{}）{text}", chinese_number(i + 1)));
        }
    }
}

fn blocks(paper: &Paper) -> Vec<Block> {
    let mut w = Writer::default();
    let calendar = paper.calendar();
    if let (Kind::Receipt, Some(receipt)) = (paper.kind, &paper.receipt) {
        return vec![Block::Form { rows: receipt_rows(paper, receipt) }];
    }
    if let (Kind::Statutory, Some(of)) = (paper.kind, &paper.statutory) {
        return statutory::blocks(paper, of);
    }
    if let Some(quoted) = &paper.quoted {
        w.paragraph(quoting(paper, quoted));
    }
    paragraphs(&paper.cause).into_iter().for_each(|text| w.paragraph(text));
    if let Some(colour) = paper.colour {
        w.heading("预警级别");
        w.paragraph(format!("{}。", colour.word()));
    }
    if !paper.problems.is_empty() {
        w.heading(if paper.kind == Kind::Review { "复核情况" } else { "问题情况" });
        w.paragraph(summary(paper));
    }
    if !paper.basis.is_empty() {
        w.heading("有关依据");
        w.counted(&paper.basis);
    }
    if !paper.demands.is_empty() {
        w.heading("工作要求");
        w.counted(&paper.demands);
    }
    let term = line(&paper.term);
    let until = paper.deadline.map(|at| format!("于{}前", moment(calendar, at)));
    if let Some(until) = until.or((!term.is_empty()).then_some(term)) {
        w.heading("反馈时限");
        let form = if paper.receipt.is_some() { "填写回执，" } else { "" };
        let what = match paper.kind {
            Kind::Warning => "将排查处置情况反馈我单位，未发现受影响系统的也须零报告",
            _ => "将整改完成情况及佐证材料反馈我单位",
        };
        w.paragraph(format!(
            "请{until}{form}由单位负责人签字并加盖公章，{what}。确需延期的，应在期限届满前书面说明理由。"
        ));
    }
    w.blocks
}

fn quoting(paper: &Paper, quoted: &super::Quoted) -> String {
    let c = paper.calendar();
    let number = line(&quoted.number);
    let number = if number.is_empty() { String::new() } else { format!("（{number}）") };
    let notice = format!("《{}》{number}", line(&quoted.title));
    match paper.kind {
        Kind::Supervision => format!(
            "我单位于{}印发{notice}，要求于{}前完成整改并反馈。截至{}，已逾期{}日，仍有问题未完成整改。现予以第{}次督办。",
            day(c, quoted.sent),
            moment(c, quoted.deadline),
            day(c, paper.date),
            quoted.days_overdue,
            quoted.times.max(1),
        ),
        _ => format!("针对我单位于{}印发的{notice}，有关情况如下。", day(c, quoted.sent)),
    }
}

fn summary(paper: &Paper) -> String {
    let problems = &paper.problems;
    // As the list is called below: the first of several, or the only one.
    let single = paper.receipt.is_none() && paper.attachments.is_empty();
    let list = if single { "附件" } else { "附件1" };
    if paper.kind == Kind::Review {
        let passed = problems.iter().filter(|p| p.reviewed.as_ref().is_some_and(|r| r.passed)).count();
        let returned = problems.iter().filter(|p| p.reviewed.as_ref().is_some_and(|r| !r.passed)).count();
        let open = problems.len() - passed - returned;
        let open = if open == 0 { String::new() } else { format!("，尚未复核{open}项") };
        return format!(
            "本次复核涉及问题{}项，其中复核通过{passed}项，未通过{returned}项{open}，具体情况见{list}。未通过的问题应继续整改并重新反馈。",
            problems.len()
        );
    }
    let mut grades: Vec<(String, usize)> = Vec::new();
    for grade in problems.iter().map(|p| line(&p.grade)).filter(|g| !g.is_empty()) {
        match grades.iter_mut().find(|(known, _)| *known == grade) {
            Some((_, count)) => *count += 1,
            None => grades.push((grade, 1)),
        }
    }
    let each: Vec<_> = grades.iter().map(|(grade, count)| format!("{grade}{count}项")).collect();
    let each = if each.is_empty() { String::new() } else { format!("（{}）", each.join("，")) };
    let found =
        if paper.kind == Kind::Supervision { "尚未完成整改的问题共" } else { "共发现问题" };
    match problems.as_slice() {
        [one] => format!("{found}1项{each}：{}。详见{list}。", in_a_sentence(one)),
        _ => format!("{found}{}项{each}，具体情况见{list}。", problems.len()),
    }
}

fn in_a_sentence(problem: &Problem) -> String {
    let parts = [line(&problem.system), line(&problem.title)];
    let text: Vec<_> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    text.join("，").trim_end_matches('。').to_owned()
}

fn annexes(paper: &Paper) -> Vec<Annex> {
    let mut annexes = Vec::new();
    if !paper.problems.is_empty() && paper.kind != Kind::Receipt {
        annexes.push(list(paper));
    }
    if let (Some(receipt), false) = (&paper.receipt, paper.kind == Kind::Receipt) {
        annexes.push(Annex {
            label: String::new(),
            title: "回执".to_owned(),
            head: Vec::new(),
            widths: Vec::new(),
            rows: Vec::new(),
            form: receipt_rows(paper, receipt),
        });
    }
    let single = annexes.len() + paper.attachments.len() == 1;
    for (i, annex) in annexes.iter_mut().enumerate() {
        annex.label = if single { "附件".to_owned() } else { format!("附件{}", i + 1) };
    }
    annexes
}

fn list(paper: &Paper) -> Annex {
    let review = paper.kind == Kind::Review;
    let last = if review { "复核结论" } else { "整改期限" };
    let head = ["序号", "系统及地址", "问题", "类型", "等级", last];
    let row = |(i, p): (usize, &Problem)| {
        let end = match (&p.reviewed, review) {
            (Some(r), true) => (if r.passed { "通过" } else { "未通过" }).to_owned(),
            (None, true) => "尚未复核".to_owned(),
            _ => p.deadline.or(paper.deadline).map_or_else(|| line(&p.term), |d| moment(paper.calendar(), d)),
        };
        // The hour goes below the day rather than being torn.
        let end = end.replace('日', "日\n");
        let place = [line(&p.system), line(&p.address)];
        let place: Vec<_> = place.into_iter().filter(|x| !x.is_empty()).collect();
        let mut notes = Vec::new();
        let evidence: Vec<_> = p.evidence.iter().map(|e| line(e)).filter(|e| !e.is_empty()).collect();
        let found = p.reviewed.as_ref().filter(|_| review).map(|r| line(&r.finding)).unwrap_or_default();
        for (label, text) in
            [("依据：", evidence.join("；")), ("处置建议：", line(&p.advice)), ("复核情况：", found)]
        {
            if !text.is_empty() {
                notes.push(format!("{label}{text}"));
            }
        }
        let cells =
            vec![(i + 1).to_string(), place.join("\n"), line(&p.title), line(&p.kind), line(&p.grade), end];
        AnnexRow { cells, notes }
    };
    Annex {
        label: String::new(),
        title: (if review { "问题复核清单" } else { "问题清单" }).to_owned(),
        head: head.iter().map(|h| (*h).to_owned()).collect(),
        widths: vec![7, 27, 26, 11, 8, 21],
        rows: paper.problems.iter().enumerate().map(row).collect(),
        form: Vec::new(),
    }
}

fn receipt_rows(paper: &Paper, receipt: &Receipt) -> Vec<FormRow> {
    let c = paper.calendar();
    let own = paper.number.as_ref().map(ToString::to_string).unwrap_or_default();
    let number = if receipt.number.is_empty() { own } else { line(&receipt.number) };
    let title = if receipt.title.is_empty() && paper.kind != Kind::Receipt {
        if paper.title.is_empty() { usual_title(paper) } else { line(&paper.title) }
    } else {
        line(&receipt.title)
    };
    let unit = match (receipt.unit.is_empty(), paper.addressees.as_slice()) {
        (true, [one]) if paper.kind != Kind::Receipt => line(one),
        _ => line(&receipt.unit),
    };
    let text = |value: &str| paragraphs(value).join("\n");
    let when = |at: Option<ward_event::Micros>| at.map(|at| moment(c, at)).unwrap_or_default();
    let row =
        |label: &str, value: String, lines| FormRow { label: label.to_owned(), value, lines, missing: false };
    vec![
        row("通报文号", number, 1),
        row("通报标题", title, 1),
        row("签收单位", unit, 1),
        row("签收人及联系电话", line(&receipt.signed_by), 1),
        row("签收时间", when(receipt.signed_at), 1),
        row("核查情况", text(&receipt.findings), 4),
        row("原因分析", text(&receipt.cause), 3),
        row("整改措施", text(&receipt.measures), 5),
        row("佐证材料", receipt.proof.iter().map(|p| line(p)).collect::<Vec<_>>().join("\n"), 2),
        row("完成时间", when(receipt.done_at), 1),
        row("单位负责人签字（单位公章）", line(&receipt.head), 3),
    ]
}
