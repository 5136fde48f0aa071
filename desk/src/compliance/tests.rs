use std::path::Path;

use jiff::civil::{Date, date};
use ward_event::{Micros, UnitId, register::Register};

use super::*;
use crate::assets::{Declared, DeclaredRow};

const TODAY: Date = date(2026, 11, 22);

fn shipped() -> Catalogue {
    Catalogue::load(Path::new("/nowhere")).expect("the file that comes with Ward")
}

fn own(text: &str) -> Result<Catalogue, String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("compliance.toml"), text).expect("written");
    Catalogue::load(folder.path()).map_err(|e| e.to_string())
}

fn at(level: u8) -> Subject {
    Subject { level, mandatory: 0 }
}

fn stands(item: &str, value: &str, as_of: Date, subject: Subject) -> (State, Option<Date>) {
    let catalogue = shipped();
    let item = catalogue.item(item).expect("an item");
    let judged = judge(item, Some((value, Some(as_of))), subject, catalogue.soon_days, TODAY);
    (judged.state, judged.due)
}

#[test]
fn what_nobody_recorded_is_unknown() {
    let catalogue = shipped();
    for item in &catalogue.items {
        let judged = judge(item, None, at(3), catalogue.soon_days, TODAY);
        assert_eq!(judged, Judged { state: State::Unknown, due: None }, "{}", item.id);
    }
    assert_eq!(stands("mlps.verdict", "a choice of an older file", TODAY, at(3)).0, State::Unknown);
}

#[test]
fn a_verdict_counts_as_the_report_says_and_holds_by_the_level() {
    let verdict = |value, as_of, level| stands("mlps.verdict", value, as_of, at(level));
    assert_eq!(verdict("conforms", date(2026, 6, 1), 3), (State::Met, Some(date(2027, 6, 1))));
    assert_eq!(verdict("basically", date(2026, 6, 1), 3).0, State::Partly);
    assert_eq!(verdict("fails", date(2020, 1, 1), 3).0, State::NotMet, "bad before late");
    assert_eq!(verdict("never", TODAY, 3).0, State::NotMet);
    assert_eq!(verdict("score", date(2026, 1, 1), 3).0, State::Stated, "an old score is not converted");
    // The last day is still good, the next is not; within thirty days it is due soon.
    assert_eq!(verdict("conforms", date(2025, 11, 22), 3), (State::DueSoon, Some(TODAY)));
    assert_eq!(verdict("conforms", date(2025, 11, 21), 3), (State::Overdue, Some(date(2026, 11, 21))));
    assert_eq!(verdict("basically", date(2025, 1, 1), 3).0, State::Overdue);
    assert_eq!(verdict("conforms", date(2025, 12, 22), 3).0, State::DueSoon);
    assert_eq!(verdict("conforms", date(2025, 12, 23), 3).0, State::Met);
    // Level 2 has two years.
    assert_eq!(verdict("conforms", date(2025, 1, 1), 2), (State::Met, Some(date(2027, 1, 1))));
    let must = Subject { level: 2, mandatory: 3 };
    assert_eq!(
        stands("mlps.verdict", "conforms", date(2025, 1, 1), must).0,
        State::Overdue,
        "as it should be"
    );
}

#[test]
fn a_level_is_held_against_what_is_mandatory() {
    let level = |value, mandatory| stands("mlps.level", value, TODAY, Subject { level: 0, mandatory }).0;
    assert_eq!((level("2", 3), level("3", 3), level("4", 3)), (State::NotMet, State::Met, State::Met));
    assert_eq!(level("2", 0), State::Stated);
}

#[test]
fn numbers_dates_and_texts_count_by_what_the_file_says() {
    let of = |item, value: &str| stands(item, value, TODAY, at(3));
    assert_eq!((of("mlps.risks", "0").0, of("mlps.risks", "2").0), (State::Met, State::NotMet));
    assert_eq!((of("mlps.rate", "12.5").0, of("mlps.filing", "1").0), (State::Stated, State::Stated));
    // A date counts from itself, not from the day on which it was told.
    assert_eq!(of("backup.last", "2026-11-20"), (State::DueSoon, Some(date(2026, 11, 27))));
    assert_eq!(of("backup.last", "2026-11-01").0, State::Overdue);
    assert_eq!(of("emergency.drill", "2026-05-01"), (State::Met, Some(date(2027, 5, 1))));
    assert_eq!(of("emergency.drill", "2025-05-01").0, State::Overdue);
}

#[test]
fn values_are_read_as_people_write_them_and_kept_as_the_paper_says() {
    let catalogue = shipped();
    let read = |item: &str, text: &str| catalogue.item(item).expect("an item").read(text);
    let some = |text: &str| Some(text.to_owned());
    for (item, text, kept) in [
        ("mlps.verdict", "基本符合", some("basically")),
        ("mlps.verdict", " conforms ", some("conforms")),
        ("mlps.verdict", "优", None),
        ("mlps.level", "三级", some("3")),
        ("mlps.level", "第三级", some("3")),
        ("mlps.level", "6", None),
        ("mlps.level", "0", None),
        ("mlps.level", "2.5", None),
        ("mlps.rate", "92.50%", some("92.50")),
        ("mlps.rate", "100.01", None),
        ("mlps.rate", "92.505", None),
        ("mlps.rate", "1e1", None),
        ("mlps.rate", "-1", None),
        ("backup.last", "2026年3月1日", some("2026-03-01")),
        ("backup.last", "2026/3/1", some("2026-03-01")),
        ("backup.last", "2026-02-30", None),
        ("mlps.filing", "33010000001-26001", some("33010000001-26001")),
        ("mlps.filing", "a\u{202e}b", None),
        ("mlps.filing", "", None),
    ] {
        assert_eq!(read(item, text), kept, "{item} {text:?}");
    }
    let shown = |item: &str, value, zh| catalogue.item(item).expect("an item").shown(value, zh);
    assert_eq!(
        (shown("mlps.verdict", "fails", true).as_str(), shown("mlps.rate", "9", false).as_str()),
        ("不符合", "9%")
    );
}

fn register() -> Register {
    Register::parse(
        r#"
        [[unit]]
        id = "h1"
        name = "甲"
        kind = "hospital"
        grade = "三级甲等"
        [[unit.system]]
        name = "医院信息系统（HIS）"
        mlps_level = 2
        [[unit.system]]
        name = "CRIS"
        [[unit]]
        id = "h2"
        name = "乙"
        kind = "hospital"
        grade = "二级甲等"
        [[unit.system]]
        name = "HIS"
        [[unit.system]]
        name = "互联网医院"
        [[unit]]
        id = "w"
        name = "委"
        kind = "commission"
        [[unit.system]]
        name = "全市信息平台"
        "#,
    )
    .expect("a register")
}

fn declared(system: &str, level: u8, filing: &str) -> DeclaredRow {
    DeclaredRow {
        id: 1,
        declared: Declared {
            hospital: UnitId::new("h1").expect("an id"),
            name: format!("{system} server"),
            system: system.into(),
            mlps_level: level,
            filing: filing.into(),
            ..Declared::default()
        },
        since: Micros(0),
        since_by: String::new(),
    }
}

#[test]
fn some_systems_must_have_a_level() {
    let (catalogue, register) = (shipped(), register());
    let must = |unit: usize, name: &str| catalogue.mandatory(&register.units[unit], name).map(|m| m.level);
    assert_eq!((must(0, "医院信息系统（HIS）"), must(0, "LIS检验"), must(0, "OA")), (Some(3), Some(3), None));
    assert_eq!((must(0, "CRIS"), must(0, "history")), (None, None), "a part of another word is another name");
    assert_eq!((must(1, "HIS"), must(1, "互联网医院")), (None, Some(3)));
    assert_eq!((must(2, "全市信息平台"), must(1, "全市信息平台")), (Some(3), None));
}

#[test]
fn a_sheet_shows_what_is_asked_and_what_register_and_declarations_know() {
    let (catalogue, register) = (shipped(), register());
    let unit = &register.units[0];
    let rows = [declared("HIS", 0, "33-1"), declared("输血管理", 2, "")];
    let sheet = Sheet::new(&catalogue, unit, &rows, &[], TODAY);
    let names: Vec<_> = sheet.systems.iter().map(|s| (s.system.name.as_str(), s.level)).collect();
    assert_eq!(names, [("医院信息系统（HIS）", 2), ("CRIS", 0), ("输血管理", 2)]);
    let his = &sheet.systems[0];
    let line = |id: &str| his.lines.iter().find(|l| l.item.id == id).expect("asked");
    assert_eq!(
        (line("mlps.level").judged.state, line("mlps.level").value.as_deref()),
        (State::NotMet, Some("2"))
    );
    assert_eq!(
        (line("mlps.filing").judged.state, line("mlps.filing").value.as_deref()),
        (State::Stated, Some("33-1"))
    );
    assert_eq!(line("crypto.verdict").judged.state, State::Unknown, "asked, for it should be level 3");
    // Of a system without a level only the level is asked, of one of level 2 no cryptography.
    let asked = |n: usize| sheet.systems[n].lines.iter().map(|l| l.item.id.as_str()).collect::<Vec<_>>();
    assert_eq!(asked(1), ["mlps.level"]);
    assert!(asked(2).contains(&"mlps.verdict") && !asked(2).contains(&"crypto.verdict"));
    assert_eq!(sheet.count(Some("areas"), State::Unknown), 10);
    assert_eq!(sheet.count(None, State::NotMet), 1);
    assert_eq!(sheet.count(None, State::Met), 0, "nothing is good of itself");
    // Of a unit that is no hospital the hospital standard is not asked.
    let office = Sheet::new(&catalogue, &register.units[2], &[], &[], TODAY);
    assert_eq!(office.count(Some("areas"), State::Unknown), 0);
    assert!(office.count(Some("emergency"), State::Unknown) == 2);
}

#[test]
fn what_is_recorded_goes_before_the_register_and_is_never_lost() {
    let (catalogue, register) = (shipped(), register());
    let record = |system: &str, item: &str, value: &str| Record {
        id: 1,
        hospital: UnitId::new("h1").expect("an id"),
        system: system.into(),
        item: item.into(),
        value: value.into(),
        as_of: TODAY,
        evidence: String::new(),
        since: Micros(0),
        since_by: "a".into(),
    };
    let records = [record("医院信息系统（HIS）", "mlps.level", "3"), record("旧系统", "mlps.filing", "9")];
    let sheet = Sheet::new(&catalogue, &register.units[0], &[], &records, TODAY);
    assert_eq!((sheet.systems[0].level, sheet.systems[0].lines[0].judged.state), (3, State::Met));
    let old = sheet.systems.last().expect("a system");
    assert_eq!((old.system.name.as_str(), old.lines.len()), ("旧系统", 2), "shown though it is not asked");
}

#[test]
fn a_file_of_ones_own_is_taken_and_a_wrong_one_refused() {
    let head = "version = \"1\"\neffective = \"2026-01-01\"\nsoon_days = 10\n[[group]]\nid = \"g\"\nzh = \"组\"\nen = \"Group\"\n";
    let item = |id: &str, rest: &str| {
        format!(
            "[[item]]\nid = \"{id}\"\ngroup = \"g\"\nper = \"unit\"\nzh = \"{id}项\"\nen = \"{id} item\"\nbasis = \"\"\nbasis_en = \"\"\n{rest}\n"
        )
    };
    let with = |items: &str| own(&format!("{head}{items}"));
    let good = with(&item("a", "kind = \"date\"")).expect("a file");
    assert_eq!((good.items.len(), good.soon_days), (1, 10));
    for (items, why) in [
        (item("a", "kind = \"choice\""), "choices"),
        (item("a", "kind = \"number\"\nmin = 3\nmax = 2"), "bounds"),
        (item("a", "kind = \"date\"\nfrom_level = 3"), "a system's"),
        (item("a", "kind = \"date\"\nvalid = [{ days = 0 }]"), "no day"),
        (item("a", "kind = \"date\"\nfoo = 1"), "foo"),
        (item("a", "kind = \"date\"").replace("\"g\"", "\"x\""), "no group"),
        ([item("a", "kind = \"date\""), item("a", "kind = \"text\"")].concat(), "twice"),
    ] {
        let error = with(&items).expect_err("refused");
        assert!(error.contains(why), "{error}");
    }
}
