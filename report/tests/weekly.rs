//! The weekly report: its model, and its files opened.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod common;

use common::{new_press, pdf_text, press, save, shanghai, unpack, well_formed, xml_text};
use ward_event::{Micros, time::MICROS_PER_DAY};
use ward_report::{
    render::Typeset,
    weekly::{
        self, CampaignFacts, Cutoff, DayFacts, Edition, Exposure, Facts, Handling, IncomingFacts, LateFacts,
        Letterhead, Period, RuleFacts, UnitFacts, Week, Weekly, compose,
    },
};

const CUTOFF: Cutoff = Cutoff { weekday: 4, hour: 24 };
const RANSOM: &str = "95abaeca-465e-4b9f-8391-f3a2f05d2622";
const MINING: &str = "9b51e770-9fd3-4804-86d0-e4cb694aeb2d";

fn week(text: &str) -> Week {
    text.parse().expect("a week")
}

fn letterhead() -> Letterhead {
    Letterhead {
        issuer: "云州市卫生健康委员会".into(),
        marking: "内部资料  注意保存".into(),
        to: "委领导，各县（市、区）卫生健康局".into(),
        drafted: "李明".into(),
        checked: "王芳".into(),
        signed: String::new(),
        first: week("2026-W10"),
    }
}

fn rule(unit: &str, id: &str, title: &str, level: &str, count: u64, before: u64) -> RuleFacts {
    RuleFacts { unit: unit.into(), id: id.into(), title: title.into(), level: level.into(), count, before }
}

/// The second hospital is late, the first puts right what it is told.
fn handling(i: usize) -> Handling {
    match i {
        1 => Handling {
            sent: 2,
            signed: 2,
            in_time: 1,
            answered: 2,
            problems: 4,
            claimed: 3,
            passed: 3,
            first_pass: 2,
            returned: 1,
            closed: 2,
            open: 2,
            sign_minutes: vec![30, 90],
            fix_minutes: vec![1_440, 2_880, 7_200],
            ..Handling::default()
        },
        2 => Handling {
            sent: 1,
            unsigned: 1,
            problems: 3,
            open: 5,
            overdue: 3,
            incidents_found: 2,
            incidents_closed: 1,
            stages: [0, 0, 1, 0, 0, 0, 0, 2],
            ..Handling::default()
        },
        _ => Handling::default(),
    }
}

/// Ten hospitals in two counties; the last two are not seen.
fn facts(of: &str) -> Facts {
    let period = Period::of(week(of), CUTOFF, shanghai());
    let unit = |i: usize| UnitFacts {
        id: format!("h{i:02}"),
        name: format!("云州市第{i}人民医院"),
        grade: if i <= 4 { "三级甲等".into() } else { "二级甲等".into() },
        locality: if i.is_multiple_of(2) { "东县".into() } else { "西县".into() },
        handler: format!("信息科主任 张{i}"),
        events: if i < 9 { 1_000_000 * i as u64 } else { 0 },
        events_before: 900_000 * i as u64,
        sources: 4,
        silent: if i == 9 {
            vec!["syslog".into(), "netflow".into(), "windows".into(), "eve".into()]
        } else {
            vec![]
        },
        unknown: if i == 10 {
            vec!["syslog".into(), "netflow".into(), "windows".into(), "eve".into()]
        } else {
            vec![]
        },
        assets: 300,
        assets_new: i as u64,
        handling: handling(i),
        handling_before: Handling { sent: 1, overdue: 1, ..Handling::default() },
        // Two of the ten were scanned lately.
        exposure: (i <= 2).then_some(Exposure {
            open: [1, 2, 3, 4],
            passwords: 2,
            overdue: 1,
            accepted: 1,
            found: 5,
            fixed: 6,
        }),
        exposure_before: None,
    };
    Facts {
        region: "云州市".into(),
        title: None,
        period,
        as_of: Micros(period.to.0 + MICROS_PER_DAY / 2),
        ingested_until: Micros(period.to.0 + MICROS_PER_DAY / 2),
        units: (1..=10).map(unit).collect(),
        rules: vec![
            rule("h01", RANSOM, "勒索信文件出现", "critical", 3, 0),
            rule("h01", MINING, "连接矿池", "high", 12, 9),
            rule("h02", MINING, "连接矿池", "high", 5, 8),
            rule("h05", "499db5f8-e364-4bd6-bf9c-990f81afa133", "数据库审计被停用", "medium", 7, 7),
            rule("h06", "not-classified", "自定义规则", "low", 2, 0),
        ],
        days: (0..7)
            .map(|day| DayFacts { unit: "h01".into(), day, severe: u64::from(day) * 2, other: 1 })
            .collect(),
        has_before: true,
        late: vec![LateFacts {
            unit: "h02".into(),
            number: "云卫网安〔2026〕9号".into(),
            title: "关于弱口令的整改通知".into(),
            signed: true,
            overdue: 3,
            days: 4,
            contact: "张2 0571-2222".into(),
            calls: 2,
            last_call: "无人接听".into(),
        }],
        campaigns: vec![CampaignFacts {
            number: "2026-0003".into(),
            kind: "ip".into(),
            value: "203.0.113.9".into(),
            is_new: true,
            units: vec!["h02".into(), "h03".into()],
        }],
        incoming: IncomingFacts { closed: 1, open: 2, overdue: 1 },
        history: [1_234, 56],
        offset_secs: 28_800,
    }
}

fn leader() -> Weekly {
    compose(&facts("2026-W47"), Edition::Leader, &letterhead(), None).expect("a report")
}

fn figure<'a>(report: &'a Weekly, id: &str) -> &'a weekly::Figure {
    report.figures.iter().find(|f| f.id == id).expect("the figure")
}

#[test]
fn the_leaders_report_says_what_it_must_in_three_files() {
    let report = leader();
    let pdf = weekly::pdf(press(), &report).expect("a PDF");
    save("weekly-leader.pdf", &pdf);
    let docx = weekly::docx(&report).expect("a Word file");
    save("weekly-leader.docx", &docx);
    let html = weekly::html(&report).expect("a page");
    save("weekly-leader.html", html.as_bytes());
    let word = unpack(&docx, "word/document.xml");
    well_formed(&word);
    let (pdf, word) = (pdf_text(&pdf), xml_text(&word));
    for part in [
        "云州市医疗卫生行业网络安全态势周报",
        "2026年第38期（总第38期）",
        "2026年11月13日0时至2026年11月19日24时",
        "报送",
        "拟稿",
        "审核",
        "签发",
        "发生严重告警3起、高危告警17起，涉及2家单位；另有2家单位（共10家）没有数据，其情况不可见；逾期未整改问题3项。",
        "云州市第1人民医院",
        "信息科主任张1",
        "严重告警3起，高危告警12起",
        "对发生严重告警的云州市第1人民医院是否下发通报并限期处置。",
        "本期发出通报3件次，截至本期末已签收2件次，其中按时签收1件次（33.3%），已反馈2件次；超时未签收的通报共1件次。",
        "复核通过3项，其中一次通过2项（66.7%），退回或重新打开1项次，销号2项。截至本期末未销号7项，其中逾期3项。",
        "签收用时中位数0.5小时、九成不超过1.5小时；整改用时中位数2.0天、九成不超过5.0天",
        "上级来文：本期办结1件，截至本期末在办2件，其中超过上级要求时限1件。",
        "逾期问题最多的是云州市第2人民医院（3项）",
        "本期新增事件2起，办结1起，截至本期末未办结3起。",
        "未办结事件最深到达“破坏影响”阶段（2起）",
        "203.0.113.9",
        "截至本期末未整改的问题项20项，其中严重2项、高危4项、弱口令4项，逾期2项",
        "8家单位近90天没有接收扫描或核查结果，其漏洞情况不可见，不等于没有漏洞。",
        "附件3逾期与未签收",
        "2次，最近无人接听",
        "对整改逾期的云州市第2人民医院（3项）是否督办或约谈。",
        "分别计至第1,234条、第56条",
        "较上期增加3（17.6%）",
        "主要为“勒索病毒”类增加3起、云州市第1人民医院增加6起",
        "附件2静默与未接入",
        "附件5指标与统计口径",
        "挖矿：清除挖矿程序",
    ] {
        assert!(pdf.contains(part), "the PDF lacks {part:?}:\n{pdf}");
        assert!(word.split_whitespace().collect::<String>().contains(part), "the Word file lacks {part:?}");
        assert!(html.split_whitespace().collect::<String>().contains(part), "the page lacks {part:?}");
    }
    assert_eq!(report.verdict.grade, "attention");
    assert_eq!(figure(&report, "alerts.severe").value, Some(20));
    assert_eq!(figure(&report, "units.dark").value, Some(2));
    let overdue = figure(&report, "problems.overdue");
    assert_eq!((overdue.value, overdue.previous.recounted), (Some(3), Some(10)));
    assert_eq!(overdue.query.link, "/notices?only=overdue");
    assert_eq!(overdue.reason, "最多为云州市第2人民医院3");
    let sent = figure(&report, "notices.sent");
    assert_eq!(sent.query.link, "/notices?from=2026-11-13T00:00&to=2026-11-20T00:00");
    assert!(report.front().count() <= 9, "a leader reads eight figures and the verdict");
    assert!(
        figure(&report, "alerts.severe")
            .query
            .link
            .starts_with("/alerts?from=2026-11-13T00:00&to=2026-11-20T00:00&level=critical")
    );
}

#[test]
fn the_same_model_is_the_same_bytes() {
    let report = leader();
    let stored = weekly::bytes(&report).expect("bytes");
    let again: Weekly = serde_json::from_slice(&stored).expect("the model");
    assert_eq!(again, report);
    assert_eq!(weekly::bytes(&again).expect("bytes"), stored);
    assert_eq!(
        weekly::pdf(press(), &report).expect("a PDF"),
        weekly::pdf(&new_press(), &again).expect("a PDF")
    );
    assert_eq!(weekly::docx(&report).expect("Word"), weekly::docx(&again).expect("Word"));
    assert_eq!(weekly::html(&report).expect("a page"), weekly::html(&again).expect("a page"));
    assert_eq!(press().seals(&stored), new_press().seals(&stored));
}

#[test]
fn a_hospital_sees_itself_and_no_other_by_name() {
    let edition = Edition::Unit { id: "h01".into(), name: "云州市第1人民医院".into() };
    let report = compose(&facts("2026-W47"), edition, &letterhead(), None).expect("a report");
    let all = String::from_utf8(weekly::bytes(&report).expect("bytes")).expect("JSON");
    for other in (2..=10).map(|i| format!("云州市第{i}人民医院")) {
        assert!(!all.contains(&other), "{other}");
    }
    assert!(!all.contains("203.0.113.9"), "an attack on others alone");
    assert!(!all.contains("h02") && !all.contains("张2") && !all.contains("自定义规则"));
    assert!(all.contains("云州市第1人民医院列第1位") && all.contains("同级单位共4家"));
    assert_eq!(figure(&report, "alerts.severe").value, Some(15));
    assert!(figure(&report, "alerts.severe").query.link.ends_with("&hospital=h01&level=critical&level=high"));
    assert!(all.contains("本期发出通报2件次") && all.contains("/notices?hospital=h01&only=overdue"));
    assert_eq!(figure(&report, "problems.overdue").value, Some(0));
    let pdf = weekly::pdf(press(), &report).expect("a PDF");
    save("weekly-unit.pdf", &pdf);
    assert!(pdf_text(&pdf).contains("须贵单位处置"));
}

#[test]
fn the_superiors_report_has_localities_and_no_units() {
    let report = compose(&facts("2026-W47"), Edition::Superior, &letterhead(), None).expect("a report");
    let all = String::from_utf8(weekly::bytes(&report).expect("bytes")).expect("JSON");
    assert!(!all.contains("人民医院") && all.contains("东县") && all.contains("西县"), "{all}");
    assert!(!all.contains("关于弱口令的整改通知") && all.contains("各地区整改情况"));
    save("weekly-superior.pdf", &weekly::pdf(press(), &report).expect("a PDF"));
}

#[test]
fn last_weeks_figures_are_those_that_were_published_and_restatements_are_marked() {
    let first = compose(&facts("2026-W46"), Edition::Leader, &letterhead(), None).expect("a report");
    let mut now = facts("2026-W47");
    // Late rows: counted again, last week had 21 severe alerts where 20 were published.
    for (rule, count) in now.rules.iter_mut().zip([4, 12, 5, 7, 2]) {
        rule.before = count;
    }
    let second = compose(&now, Edition::Leader, &letterhead(), Some(&first)).expect("a report");
    let severe = figure(&second, "alerts.severe");
    assert_eq!((severe.previous.published, severe.previous.recounted), (Some(20), Some(21)));
    assert!(severe.previous.is_restated());
    assert_eq!(severe.change, "与上期持平");
    let restated = second.annexes.iter().find(|s| s.title.contains("上期数据更正")).expect("an annex");
    assert!(restated.tables[0].rows.contains(&vec!["严重、高危告警".into(), "20".into(), "21".into()]));
    assert_eq!(second.verdict.change, "与上期“需要关注”一致。");
    // Another edition, or another week, is not the issue before.
    let other = compose(&facts("2026-W45"), Edition::Leader, &letterhead(), None).expect("a report");
    let third = compose(&now, Edition::Leader, &letterhead(), Some(&other)).expect("a report");
    assert_eq!(figure(&third, "alerts.severe").previous.published, None);
}

#[test]
fn a_quiet_week_is_issued_and_says_what_was_not_seen() {
    let mut quiet = facts("2026-W47");
    quiet.rules.clear();
    quiet.days.clear();
    for unit in quiet.units.iter_mut().take(8) {
        unit.silent.clear();
    }
    let report = compose(&quiet, Edition::Leader, &letterhead(), None).expect("a report");
    let text = pdf_text(&weekly::pdf(press(), &report).expect("a PDF"));
    assert!(text.contains("没有告警不等于没有风险") && text.contains("未发现严重、高危告警"), "{text}");
    assert!(text.contains("2家单位（共10家）没有数据"), "{text}");
    assert_eq!(report.verdict.grade, "attention", "two of ten are not seen");
    // Nothing seen at all is no verdict, never a calm one.
    for unit in &mut quiet.units {
        unit.silent = vec!["syslog".into(); 4];
    }
    let blind = compose(&quiet, Edition::Leader, &letterhead(), None).expect("a report");
    assert_eq!(blind.verdict.grade, "unclear");
    save("weekly-blind.pdf", &weekly::pdf(press(), &blind).expect("a PDF"));
}

#[test]
fn hostile_names_stay_names() {
    let evil = "</td><script>alert(1)</script> #panic() $x$ =cmd|' \u{202e}x\r\ny";
    let mut facts = facts("2026-W47");
    facts.region = evil.into();
    for unit in &mut facts.units {
        unit.name = evil.into();
        unit.handler = evil.into();
        unit.silent = vec![evil.into()];
    }
    for rule in &mut facts.rules {
        rule.title = evil.into();
    }
    let report = compose(&facts, Edition::Leader, &letterhead(), None).expect("a report");
    let text = pdf_text(&weekly::pdf(press(), &report).expect("a PDF"));
    assert!(text.contains("<script>alert(1)</script>#panic()$x$=cmd|'"), "{text}");
    let html = weekly::html(&report).expect("a page");
    assert!(!html.contains("<script") && !html.contains('\u{202e}'));
    well_formed(&unpack(&weekly::docx(&report).expect("Word"), "word/document.xml"));
}

#[test]
fn a_region_of_three_hundred_is_set_in_seconds() {
    let mut facts = facts("2026-W47");
    let one = facts.units[0].clone();
    facts.units = (1..=300)
        .map(|i| UnitFacts { id: format!("u{i}"), name: format!("第{i}卫生院"), ..one.clone() })
        .collect();
    facts.rules = (1..=300)
        .flat_map(|i| {
            (0..10).map(move |r| rule(&format!("u{i}"), &format!("r{r}"), "规则", "high", i, i / 2))
        })
        .collect();
    let started = std::time::Instant::now();
    let report = compose(&facts, Edition::Leader, &letterhead(), None).expect("a report");
    let pdf = weekly::pdf(press(), &report).expect("a PDF");
    let took = started.elapsed();
    save("weekly-300.pdf", &pdf);
    eprintln!("300 units: {took:?}, {} KB", pdf.len() / 1024);
    assert!(took.as_secs() < 10, "{took:?}");
}
