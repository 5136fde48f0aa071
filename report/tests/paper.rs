//! Formal documents, opened with the tools a receiver has.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod common;

use common::{pdf_text, press, save, shanghai, unpack};
use ward_event::Micros;
use ward_report::paper::{
    self, Colour, Contact, Fact, Kind, Made, Number, Paper, Problem, Quoted, Receipt, Reviewed, Stage,
    Statutory, Urgency,
};
use ward_report::render::Typeset;

const DAY: i64 = 86_400;
/// 2026-11-21 18:00 in Shanghai.
const NOW: i64 = 1_795_255_200;

fn at(days: i64) -> Micros {
    Micros::from_secs(NOW + days * DAY)
}

fn notice(kind: Kind) -> Paper {
    let mut p = Paper::new(kind, "云州市卫生健康委员会", at(0), shanghai());
    p.number = Some(Number { prefix: "云卫网安".into(), year: 2026, serial: Some(12) });
    p.urgency = Some(Urgency::Urgent);
    p.marking = "内部资料  注意保存".into();
    p.addressees = vec!["云州市第一人民医院".into()];
    p.cause = "2026年11月20日，我委在网络安全监测中发现你单位信息系统存在网络安全问题，经分析研判属实，存在被利用实施勒索攻击的风险。现将有关情况通报如下。".into();
    p.problems = vec![
        Problem {
            system: "互联网医院".into(),
            address: "https://hlwyy.example.org/api/v1/report/query?patient=1&accession=20261120000017&token=0f8fad5bd9cb469fa16570867728950e".into(),
            title: "检查报告查询接口越权，可遍历他人报告".into(),
            kind: "越权访问".into(),
            grade: "高".into(),
            evidence: vec!["2026-11-20 14:05 至 14:22，来源 203.0.113.7 连续请求 1,204 份报告".into(), "CWE-639".into()],
            advice: "立即下线该接口或增加就诊人身份校验；核查访问日志，确认泄露范围。".into(),
            ..Problem::default()
        },
        Problem {
            system: "PACS 影像服务器".into(),
            address: "10.12.3.45:3389".into(),
            title: "远程桌面弱口令，已有爆破成功记录".into(),
            kind: "弱口令".into(),
            grade: "严重".into(),
            evidence: vec!["Windows 安全日志 4624/4625，样本 SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".into()],
            advice: "关闭 3389 端口的外部访问，修改口令并启用双因素。".into(),
            deadline: Some(at(1)),
            ..Problem::default()
        },
    ];
    p.basis = vec![
        "《中华人民共和国网络安全法》第二十三条".into(),
        "《医疗卫生机构网络安全管理办法》（国卫规划发〔2022〕29号）".into(),
    ];
    p.demands =
        vec!["立即核实并消除上述问题，保留相关日志不少于六个月。".into(), "举一反三，排查同类系统。".into()];
    p.deadline = Some(at(3));
    p.contact = Some(Contact { name: "李明".into(), phone: "0571-12345678".into(), mail: String::new() });
    p.copies = vec!["云州市公安局".into(), "云江区卫生健康局".into()];
    p.receipt = Some(Receipt::default());
    p
}

#[test]
fn a_notice_says_all_its_parts_in_both_files() {
    let press = press();
    for kind in [Kind::Notification, Kind::Rectification] {
        let paper = notice(kind);
        let pdf = paper::pdf(press, &paper).expect("a PDF");
        save(&format!("{kind:?}.pdf"), &pdf);
        let docx = paper::docx(&paper).expect("a Word file");
        save(&format!("{kind:?}.docx"), &docx);
        let word = unpack(&docx, "word/document.xml");
        let text = pdf_text(&pdf);
        for part in [
            "云州市卫生健康委员会",
            "云卫网安〔2026〕12号",
            "加急",
            "云州市第一人民医院：",
            "一、问题情况",
            "共发现问题2项（高1项，严重1项），具体情况见附件1。",
            "二、有关依据",
            "（一）《中华人民共和国网络安全法》第二十三条",
            "三、工作要求",
            "请于2026年11月24日18时前",
            "联系人：李明，联系电话：0571-12345678。",
            "2026年11月21日",
            "抄送：云州市公安局，云江区卫生健康局。",
            "问题清单",
            "10.12.3.45:3389",
            "2026年11月22日18时",
            "回执",
            "单位负责人签字（单位公章）",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "token=0f8fad5bd9cb469fa16570867728950e",
        ] {
            assert!(text.contains(part), "{kind:?}: the PDF lacks {part:?}:\n{text}");
            assert!(common::xml_text(&word).contains(part), "{kind:?}: the Word file lacks {part:?}");
        }
    }
}

#[test]
fn supervision_quotes_the_first_notice_and_how_late_it_is() {
    let mut paper = notice(Kind::Supervision);
    paper.cause = String::new();
    paper.quoted = Some(Quoted {
        title: "关于云州市第一人民医院网络安全事件的通报".into(),
        number: "云卫网安〔2026〕9号".into(),
        sent: at(-20),
        deadline: at(-13),
        days_overdue: 13,
        times: 2,
    });
    let pdf = paper::pdf(press(), &paper).expect("a PDF");
    save("Supervision.pdf", &pdf);
    let text = pdf_text(&pdf);
    let quoted = "我单位于2026年11月1日印发《关于云州市第一人民医院网络安全事件的通报》（云卫网安〔2026〕9号），要求于2026年11月8日18时前完成整改并反馈。截至2026年11月21日，已逾期13日，仍有问题未完成整改。现予以第2次督办。";
    assert!(text.contains(quoted), "{text}");
}

#[test]
fn review_warning_and_receipt_are_papers_too() {
    let mut review = notice(Kind::Review);
    review.receipt = None;
    review.problems[0].reviewed = Some(Reviewed { passed: true, finding: "再次测试未复现".into() });
    review.problems[1].reviewed =
        Some(Reviewed { passed: false, finding: "端口仍可从外网访问".into() });
    let text = pdf_text(&paper::pdf(press(), &review).expect("a PDF"));
    for part in ["复核通过1项，未通过1项", "未通过", "复核情况：端口仍可从外网访问"]
    {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    let mut warning = notice(Kind::Warning);
    warning.colour = Some(Colour::Orange);
    warning.problems.clear();
    warning.addressees = vec!["各县（市、区）卫生健康局，委直属各单位".into()];
    let pdf = paper::pdf(press(), &warning).expect("a PDF");
    save("Warning.pdf", &pdf);
    assert!(pdf_text(&pdf).contains("橙色（重大）"));

    let mut receipt = Paper::new(Kind::Receipt, "云州市第一人民医院", at(1), shanghai());
    receipt.receipt = Some(Receipt {
        number: "云卫网安〔2026〕12号".into(),
        title: "关于云州市第一人民医院网络安全事件的通报".into(),
        unit: "云州市第一人民医院".into(),
        signed_by: "王芳 13900000000".into(),
        signed_at: Some(at(1)),
        ..Receipt::default()
    });
    let pdf = paper::pdf(press(), &receipt).expect("a PDF");
    save("Receipt.pdf", &pdf);
    let text = pdf_text(&pdf);
    assert!(text.contains("王芳") && text.contains("网络安全通报回执"), "{text}");
}

#[test]
fn a_draft_says_on_every_page_that_it_is_one_and_names_spans_for_days() {
    let mut draft = notice(Kind::Rectification);
    draft.overprint = "草稿".into();
    draft.number = Some(Number { prefix: "云卫网安".into(), year: 2026, serial: None });
    (draft.deadline, draft.term) = (None, "按附件1所列期限".into());
    for problem in &mut draft.problems {
        (problem.deadline, problem.term) = (None, "发出后24小时内".into());
    }
    let pdf = paper::pdf(press(), &draft).expect("a PDF");
    save("Draft.pdf", &pdf);
    let word = common::xml_text(&unpack(&paper::docx(&draft).expect("a Word file"), "word/document.xml"));
    let text = pdf_text(&pdf);
    for part in ["草稿", "请按附件1所列期限填写回执，由单位负责人签字", "发出后24小时内"]
    {
        assert!(text.contains(part) && word.contains(part), "{part}:\n{text}\n{word}");
    }
    // Three pages at least, each with it, and once more among the marks of the first.
    assert!(text.matches("草稿").count() >= 4, "{text}");
    assert!(!pdf_text(&paper::pdf(press(), &notice(Kind::Rectification)).expect("a PDF")).contains("草稿"));
}

#[test]
fn a_report_to_the_authorities_marks_what_is_missing_and_tells_what_was_reported() {
    let fact = |label: &str, value: &str, needed| Fact { label: label.into(), value: value.into(), needed };
    let made = Made {
        stage: Stage::First,
        receiver: "省网信办".into(),
        channel: "12387".into(),
        person: "李工".into(),
        at: at(0),
        acknowledged: String::new(),
    };
    let of = |stage| Statutory {
        stage,
        incident: "2026-0001".into(),
        law: "国家网络安全事件报告管理办法 2025-11-01".into(),
        facts: vec![
            fact("事发单位", "云州市第一人民医院", Some(Stage::First)),
            fact("影响与危害", "", Some(Stage::First)),
            fact("事件原因分析", "", Some(Stage::FollowUp)),
            fact("勒索金额、方式和日期", "", None),
        ],
        clock: vec![fact("知悉人", "王芳", Some(Stage::First))],
        made: vec![made.clone()],
    };
    assert_eq!((of(Stage::First).missing(), of(Stage::Final).missing()), (1, 2));
    let mut paper = Paper::new(Kind::Statutory, "云州市第一人民医院", at(0), shanghai());
    paper.addressees = vec!["属地省级网信部门".into()];
    paper.statutory = Some(of(Stage::First));
    let pdf = paper::pdf(press(), &paper).expect("a PDF");
    save("Statutory.pdf", &pdf);
    let word = common::xml_text(&unpack(&paper::docx(&paper).expect("a Word file"), "word/document.xml"));
    let text = pdf_text(&pdf);
    for part in [
        "关于云州市第一人民医院网络安全事件的报告（初报）",
        "属地省级网信部门：",
        "尚有1项未查明",
        "【待补】（续报前查明）",
        "王芳",
        "2026年11月21日18时报省网信办",
        "尚无回执",
    ] {
        assert!(text.contains(part) && word.contains(part), "{part}:\n{text}\n{word}");
    }
    assert!(!text.contains("勒索"), "what nothing needs is left out while it is empty");
}

#[test]
fn the_same_paper_is_the_same_bytes() {
    let paper = notice(Kind::Notification);
    let again: Paper =
        serde_json::from_slice(&serde_json::to_vec(&paper).expect("JSON")).expect("the same paper");
    assert_eq!(
        paper::pdf(press(), &paper).expect("a PDF"),
        paper::pdf(&common::new_press(), &again).expect("a PDF")
    );
    assert_eq!(paper::docx(&paper).expect("a Word file"), paper::docx(&again).expect("a Word file"));
    let model = serde_json::to_vec(&paper).expect("JSON");
    let seals = press().seals(&model);
    assert_eq!(seals, common::new_press().seals(&model));
    assert!([&seals.model, &seals.templates, &seals.fonts].iter().all(|s| s.len() == 64));
}

#[test]
fn hostile_text_stays_text() {
    let evil = "#panic(1) *a* $x$ `b` @c <d> \\u{41} #import \"x.typ\" ]}) \"quoted\" </w:t><w:p/> &amp; =cmd|'/C calc'!A0 \u{202e}gnp.exe\u{2066}\r\nzweite\0Zeile";
    let mut paper = notice(Kind::Notification);
    paper.title = evil.into();
    paper.issuer = evil.into();
    paper.addressees = vec![evil.into(); 2];
    paper.cause = evil.into();
    paper.marking = evil.into();
    paper.demands = vec![evil.into()];
    paper.basis = vec![evil.into()];
    paper.copies = vec![evil.into()];
    paper.attachments = vec![evil.into()];
    for problem in &mut paper.problems {
        problem.title = evil.into();
        problem.system = evil.into();
        problem.address = "A".repeat(500);
        problem.evidence = vec![evil.into()];
    }
    let pdf = paper::pdf(press(), &paper).expect("a PDF");
    save("hostile.pdf", &pdf);
    let text = pdf_text(&pdf);
    for part in ["#panic(1)*a*$x$`b`@c<d>", "#import\"x.typ\"", "</w:t><w:p/>&amp;=cmd|", "gnp.exe"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains('\u{202e}') && !text.contains('\0'));
    let docx = paper::docx(&paper).expect("a Word file");
    let word = unpack(&docx, "word/document.xml");
    common::well_formed(&word);
    assert!(word.contains("&lt;/w:t&gt;&lt;w:p/&gt; &amp;amp;") && !word.contains('\u{202e}'));
    common::well_formed(&unpack(&docx, "docProps/core.xml"));
}

#[test]
fn a_font_that_is_not_there_is_said_with_what_to_install() {
    let settings = ward_report::render::FontSettings {
        dirs: vec!["/nowhere".into()],
        ..ward_report::render::FontSettings::default()
    };
    let error = ward_report::render::Fonts::load(&settings).err().expect("refused").to_string();
    assert!(error.contains("fonts-noto-cjk") && error.contains("/nowhere"), "{error}");
    let settings = ward_report::render::FontSettings {
        body: "仿宋_GB2312".into(),
        ..ward_report::render::FontSettings::default()
    };
    let error = ward_report::render::Fonts::load(&settings).err().expect("refused").to_string();
    assert!(error.contains("仿宋_gb2312"), "{error}");
}

#[test]
fn a_commission_may_replace_a_template_and_a_broken_one_is_told_with_its_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let settings = ward_report::render::FontSettings::default();
    let open = || ward_report::render::Press::open(&settings, Some(dir.path())).expect("a press");
    let write = |text: &str| std::fs::write(dir.path().join("paper.typ"), text).expect("written");
    write("#import \"common.typ\": *\n#set text(font: fonts.body)\n本委格式 #plain(model.number)");
    let own = open();
    assert_ne!(own.templates.hash(), press().templates.hash());
    let text = pdf_text(&paper::pdf(&own, &notice(Kind::Notification)).expect("a PDF"));
    assert!(text.contains("本委格式云卫网安〔2026〕12号"), "{text}");
    write("#import \"common.typ\": *\n#nothing-of-this-name");
    let error = paper::pdf(&open(), &notice(Kind::Notification)).expect_err("broken").to_string();
    assert!(error.contains("paper.typ:2:"), "{error}");
    // A template reads nothing of the machine.
    write("#read(\"/etc/passwd\")");
    assert!(paper::pdf(&open(), &notice(Kind::Notification)).is_err());
}
