//! The report of one incident (专报): what happened in which order, what was found and done, how it was verified, and the
//! clocks of the law. Of the same model as the others, so that it is edited, checked, signed and set like them.

use ward_event::{Micros, time::Calendar};

use super::{
    Edition, Figure, Head, Letterhead, Period, Query, Section, Span, Verdict, Weekly,
    advice::ADVICE_TITLE,
    compose::plain_head,
    figure::Asked,
    parts::{query, table},
};
use crate::text::{line, moment_from, stamp};

/// One alert of the incident, in words.
#[derive(Debug, Clone, Default)]
pub struct AlertFacts {
    pub first: Micros,
    pub last: Micros,
    pub level: String,
    pub stage: String,
    pub title: String,
    /// What it is about: kind and value.
    pub about: Vec<String>,
}

/// Something that was done, or that happened to the incident itself.
#[derive(Debug, Clone, Default)]
pub struct DoneFacts {
    pub at: Micros,
    pub who: String,
    pub what: String,
    pub text: String,
}

/// A problem that the unit was told of, with how it was verified.
#[derive(Debug, Clone, Default)]
pub struct ProblemFacts {
    pub notice: String,
    pub title: String,
    pub state: String,
    pub due: Option<Micros>,
    pub is_settled: bool,
    pub is_overdue: bool,
    /// Each check with its time: `2026-11-20 09:00 未通过：……`.
    pub checks: Vec<String>,
}

/// What was stated of the incident for the law's sake, and what was reported.
#[derive(Debug, Clone, Default)]
pub struct LawFacts {
    pub law: String,
    /// Label and value: operator, to whom, class, grade, when it was known, by whom.
    pub stated: Vec<(String, String)>,
    /// What is due, until when; done or not.
    pub due: Vec<(String, Micros)>,
    /// Kind, receiver, channel, person, time, acknowledgement.
    pub reports: Vec<[String; 6]>,
}

/// Everything the report of an incident is made of.
#[derive(Debug, Clone, Default)]
pub struct IncidentFacts {
    pub region: String,
    pub id: i64,
    /// `2026-0012`
    pub number: String,
    pub title: String,
    pub unit: String,
    pub level: String,
    pub stage: String,
    pub state: String,
    pub is_open: bool,
    /// Critical or high.
    pub is_severe: bool,
    pub first_seen: Micros,
    pub last_seen: Micros,
    pub as_of: Micros,
    /// In the order in which they happened.
    pub alerts: Vec<AlertFacts>,
    /// Kind and value.
    pub entities: Vec<(String, String)>,
    pub done: Vec<DoneFacts>,
    pub problems: Vec<ProblemFacts>,
    pub law: Option<LawFacts>,
    /// The last line of the incident's history that was read.
    pub history: i64,
    pub offset_secs: i64,
}

/// Rows of one table; an incident of thousands of alerts is told by its first and last ones.
const ROWS: usize = 200;

/// Makes the model.
pub fn compose(facts: &IncidentFacts, letterhead: &Letterhead) -> Weekly {
    let calendar = Calendar::fixed(facts.offset_secs);
    let mut sections = vec![
        course(facts, calendar),
        found(facts),
        done(facts, calendar),
        verified(facts, calendar),
        law(facts, calendar),
    ];
    sections.push(advice(facts));
    for (i, section) in sections.iter_mut().enumerate() {
        section.title = format!("{}、{}", crate::text::chinese_number(i + 1), section.title);
    }
    Weekly {
        schema: 1,
        edition: Edition::Leader,
        head: head(facts, letterhead, calendar),
        verdict: verdict(facts, calendar),
        comment: Vec::new(),
        figures: figures(facts),
        worst: Vec::new(),
        decisions: decisions(facts),
        sections,
        annexes: Vec::new(),
        offset_secs: facts.offset_secs,
    }
}

fn head(facts: &IncidentFacts, letterhead: &Letterhead, calendar: Calendar) -> Head {
    let period = Period { span: Span::Incident(facts.id), from: facts.first_seen, to: facts.as_of };
    Head {
        title: format!("关于{}“{}”事件的专报", line(&facts.unit), line(&facts.title)),
        issue_text: format!("事件{}", facts.number),
        history: [0, facts.history],
        ..plain_head(letterhead, &facts.region, period, facts.as_of, calendar)
    }
}

fn verdict(facts: &IncidentFacts, calendar: Calendar) -> Verdict {
    let (grade, word) = match (facts.is_open, facts.is_severe) {
        (true, true) => ("serious", "正在处置"),
        (true, false) => ("attention", "正在处置"),
        (false, _) => ("calm", "已办结"),
    };
    let open = facts.problems.iter().filter(|p| !p.is_settled).count();
    let problems = if facts.problems.is_empty() {
        "尚未下发通报".to_owned()
    } else {
        format!("通报问题{}项，其中未销号{open}项", facts.problems.len())
    };
    let sentence = format!(
        "{}自{}起发生“{}”事件（{}），至{}共有告警{}起，最深到达“{}”阶段；{problems}；目前状态为{}。",
        line(&facts.unit),
        moment_from(calendar, facts.first_seen),
        line(&facts.title),
        facts.level,
        moment_from(calendar, facts.last_seen),
        facts.alerts.len(),
        facts.stage,
        facts.state
    );
    Verdict { grade: grade.to_owned(), word: word.to_owned(), sentence, change: String::new() }
}

fn figures(facts: &IncidentFacts) -> Vec<Figure> {
    let link = || format!("/incidents/{}", facts.id);
    let count = |n: usize| Some(n as u64);
    let open = facts.problems.iter().filter(|p| !p.is_settled).count();
    let overdue = facts.problems.iter().filter(|p| p.is_overdue).count();
    [
        ("incident.alerts", "归并告警", "起", facts.alerts.len(), "归入本事件的告警"),
        ("incident.entities", "涉及对象", "个", facts.entities.len(), "本事件的主机、账号、地址等"),
        ("incident.problems", "未销号问题", "项", open, "由本事件下发的通报中未销号的问题"),
        ("incident.overdue", "逾期问题", "项", overdue, "其中已超过整改期限的问题"),
    ]
    .into_iter()
    .map(|(id, name, unit, n, counted)| {
        let query = Query { link: link(), counted: counted.to_owned() };
        let asked = Asked { id, name, unit, value: count(n), recounted: None, query, front: true };
        // There is no report before to compare it with.
        Figure { change: String::new(), ..Figure::new(asked, None, String::new()) }
    })
    .collect()
}

fn decisions(facts: &IncidentFacts) -> Vec<String> {
    let mut out = Vec::new();
    if facts.is_open && facts.problems.is_empty() {
        out.push("是否下发通报并限期处置。".to_owned());
    }
    if facts.problems.iter().any(|p| p.is_overdue) {
        out.push("对逾期未整改的问题是否督办或约谈。".to_owned());
    }
    if facts.law.is_none() && facts.is_open {
        out.push("确认事件获知时间、类别与级别，以确定法定报告时限。".to_owned());
    }
    out
}

fn course(facts: &IncidentFacts, calendar: Calendar) -> Section {
    let row = |a: &AlertFacts| {
        vec![
            stamp(calendar, a.first),
            line(&a.stage),
            line(&a.level),
            line(&a.title),
            a.about.iter().map(|e| line(e)).collect::<Vec<_>>().join("、"),
        ]
    };
    let rows: Vec<_> = facts.alerts.iter().take(ROWS).map(row).collect();
    let columns = [
        ("时间", 17, false),
        ("阶段", 14, false),
        ("级别", 9, false),
        ("告警", 32, false),
        ("对象", 28, false),
    ];
    let mut paragraphs = Vec::new();
    if facts.alerts.len() > ROWS {
        paragraphs.push(format!("共{}起告警，下表为最早的{ROWS}起。", facts.alerts.len()));
    }
    let tables = if rows.is_empty() {
        paragraphs.push("没有告警。".to_owned());
        Vec::new()
    } else {
        vec![table("时间线", &columns, rows, query(format!("/incidents/{}", facts.id), "按首次发生时间排列"))]
    };
    Section { title: "事件经过".to_owned(), paragraphs, charts: Vec::new(), tables }
}

fn found(facts: &IncidentFacts) -> Section {
    let title = "发现的情况".to_owned();
    if facts.entities.is_empty() {
        return Section {
            title, paragraphs: vec!["没有可列出的对象。".to_owned()], ..Section::default()
        };
    }
    let rows =
        facts.entities.iter().take(ROWS).map(|(kind, value)| vec![kind.clone(), line(value)]).collect();
    let columns = [("类型", 24, false), ("内容", 76, false)];
    Section {
        title, tables: vec![table("涉及对象", &columns, rows, Query::default())], ..Section::default()
    }
}

fn done(facts: &IncidentFacts, calendar: Calendar) -> Section {
    let row = |d: &DoneFacts| vec![stamp(calendar, d.at), line(&d.who), d.what.clone(), line(&d.text)];
    let rows: Vec<_> = facts.done.iter().take(ROWS).map(row).collect();
    let columns = [("时间", 18, false), ("人员", 16, false), ("办理", 22, false), ("说明", 44, false)];
    let (paragraphs, tables) = if rows.is_empty() {
        (vec!["没有办理记录。".to_owned()], Vec::new())
    } else {
        (Vec::new(), vec![table("办理记录", &columns, rows, Query::default())])
    };
    Section { title: "处置情况".to_owned(), paragraphs, charts: Vec::new(), tables }
}

fn verified(facts: &IncidentFacts, calendar: Calendar) -> Section {
    let title = "整改与复核".to_owned();
    if facts.problems.is_empty() {
        let paragraphs = vec!["尚未就本事件下发通报，没有可复核的整改。".to_owned()];
        return Section { title, paragraphs, ..Section::default() };
    }
    let row = |p: &ProblemFacts| {
        let due = p.due.map_or_else(|| "—".to_owned(), |at| stamp(calendar, at));
        let checks = if p.checks.is_empty() { "尚未复核".to_owned() } else { p.checks.join("；") };
        let late = if p.is_overdue { "（逾期）" } else { "" };
        vec![line(&p.notice), line(&p.title), format!("{}{late}", p.state), due, line(&checks)]
    };
    let rows = facts.problems.iter().map(row).collect();
    let columns = [
        ("通报", 20, false),
        ("问题", 24, false),
        ("状态", 14, false),
        ("期限", 16, false),
        ("复核", 26, false),
    ];
    Section {
        title,
        tables: vec![table("问题与复核", &columns, rows, Query::default())],
        ..Section::default()
    }
}

fn law(facts: &IncidentFacts, calendar: Calendar) -> Section {
    let title = "法定报告".to_owned();
    let Some(law) = &facts.law else {
        let paragraphs = vec!["尚未确认获知时间、类别与级别，法定报告时限未起算。".to_owned()];
        return Section { title, paragraphs, ..Section::default() };
    };
    let mut paragraphs = vec![format!("依据{}，时限按自然时间计算，不中止。", line(&law.law))];
    for (what, at) in &law.due {
        let late = if *at < facts.as_of { "，已超过" } else { "" };
        paragraphs.push(format!("{what}：{}前{late}。", stamp(calendar, *at)));
    }
    let stated = law.stated.iter().map(|(label, value)| vec![label.clone(), line(value)]).collect();
    let mut tables =
        vec![table("认定", &[("事项", 24, false), ("内容", 76, false)], stated, Query::default())];
    if law.reports.is_empty() {
        paragraphs.push("尚无报告记录。".to_owned());
    } else {
        let columns = [
            ("报告", 12, false),
            ("报送单位", 22, false),
            ("渠道", 16, false),
            ("报告人", 14, false),
            ("时间", 18, false),
            ("回执", 18, false),
        ];
        let rows = law.reports.iter().map(|r| r.iter().map(|cell| line(cell)).collect()).collect();
        tables.push(table("报告记录", &columns, rows, Query::default()));
    }
    Section { title, paragraphs, charts: Vec::new(), tables }
}

fn advice(facts: &IncidentFacts) -> Section {
    let mut paragraphs = Vec::new();
    if facts.is_open {
        paragraphs.push("保全日志与镜像，隔离受影响主机，查明入口并封堵后再恢复业务。".to_owned());
    }
    if facts.problems.iter().any(|p| !p.is_settled) {
        paragraphs.push("按期限完成整改并报送证明，由复核确认后销号。".to_owned());
    }
    if paragraphs.is_empty() {
        paragraphs.push("总结原因，对同类系统开展排查。".to_owned());
    }
    Section { title: format!("下一步{ADVICE_TITLE}"), paragraphs, ..Section::default() }
}
