use std::sync::Arc;

use encoding_rs::GB18030;
use ward_event::clock::Clock;

use super::*;
use crate::{Desk, DeskError, Reach, Refusal, Role, Viewer};

fn register() -> ward_event::register::Register {
    ward_event::register::Register::parse(
        r#"unit = [
          { id = "h1", name = "第一人民医院", name_en = "First Hospital", kind = "hospital" },
          { id = "h2", name = "第二人民医院", kind = "hospital" },
        ]"#,
    )
    .expect("a register")
}

fn h(n: u8) -> UnitId {
    UnitId::new(&format!("h{n}")).expect("an id")
}

fn of(text: &str) -> Result<Sheet, FileFlaw> {
    read(text.as_bytes(), &register(), &|id| *id == h(1), Some(&h(1)))
}

fn flaws(text: &str) -> Vec<(u64, Vec<Flaw>)> {
    of(text).expect("a sheet").flaws.into_iter().map(|f| (f.line, f.flaws)).collect()
}

const GOOD: &str = "资产名称,所属系统,安全域,责任人,联系电话,重要程度,等保级别,是否关基,IP地址,厂商,备注\n\
    HIS数据库,HIS,内网核心业务区,张三,+86 571-1234,核心,第三级,是,10.1.0.2；10.1.0.1,Oracle,x\n\
    ,,,,,,,,,,\n\
    影像前置机,PACS,—,李四,无,一般,S2A2G2,否,,,\n";

#[test]
fn a_file_is_read_in_both_character_sets_and_both_languages() {
    let sheet = of(GOOD).expect("a sheet");
    assert_eq!((sheet.bad, sheet.rows.len(), sheet.ignored.as_slice()), (0, 2, &["备注".to_owned()][..]));
    let (line, first) = &sheet.rows[0];
    assert_eq!((*line, first.addresses.as_slice()), (2, &["10.1.0.1".to_owned(), "10.1.0.2".to_owned()][..]));
    assert_eq!((first.mlps_level, first.cii, first.criticality), (3, true, Criticality::Core));
    let (line, second) = &sheet.rows[1];
    assert_eq!((*line, second.mlps_level, second.zone.as_str(), second.phone.as_str()), (4, 2, "", ""));
    let (bytes, _, _) = GB18030.encode(GOOD);
    let chinese = read(&bytes, &register(), &|_| true, Some(&h(1))).expect("a sheet");
    assert!(chinese.is_gb18030 && chinese.rows == sheet.rows);
    let bom = format!("\u{feff}{GOOD}");
    assert_eq!(of(&bom).expect("a sheet").rows, sheet.rows);
    let english =
        of("Name\tUnit\tIP Address\tImportance\nHIS DB\tFirst Hospital\t10.1.0.1\tcore\n").expect("a sheet");
    assert_eq!(english.rows[0].1.hospital, h(1));
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let large = format!("名称\n{}", "x\n".repeat(20_001));
    let wide = ["a"; 70].join(",");
    for (bytes, flaw) in [
        (&b""[..], FileFlaw::Empty),
        (b" \n", FileFlaw::Empty),
        (b"PK\x03\x04rest of a workbook", FileFlaw::Encoding),
        (b"\xff\xfen\0a\0", FileFlaw::Encoding),
        (b"name\n\x81\x20\xff\xff\n", FileFlaw::Encoding),
        (b"vendor,ip\nx,10.1.0.1\n", FileFlaw::NoColumn(Column::Name)),
        ("资产名称,名称\nx,y\n".as_bytes(), FileFlaw::Twice(Column::Name)),
        ("名称\n".as_bytes(), FileFlaw::NoRows),
        (large.as_bytes(), FileFlaw::TooManyRows(20_000)),
        (wide.as_bytes(), FileFlaw::TooManyColumns(64)),
        (&vec![b'a'; (8 << 20) + 1], FileFlaw::TooLarge(8 << 20)),
    ] {
        let found = read(bytes, &register(), &|_| true, Some(&h(1)));
        assert_eq!(found, Err(flaw), "{:?}", &bytes[..bytes.len().min(40)]);
    }
    let no_unit = read("名称\nx\n".as_bytes(), &register(), &|_| true, None);
    assert_eq!(no_unit, Err(FileFlaw::NoColumn(Column::Hospital)));
}

#[test]
fn every_bad_row_is_named_with_its_reason() {
    let text = "名称,单位,IP,重要程度,等保级别,关基,厂商,电话\n\
        ,h1,,,,,,\n\
        a,h9,,,,,,\n\
        b,h2,,,,,,\n\
        c,,10.1.0.300,,,,,\n\
        d,,,很高,,,,\n\
        e,,,,六级,,,\n\
        f,,,,,也许,,\n\
        =cmd|' /C calc'!A0,,,,,,@SUM(A1),+86 1\n\
        g,,,,,,\"\u{202e}x\",\n\
        h,,,,,,,,,多\n\
        same,,10.1.0.1,,,,,\n\
        same,,10.1.0.1,,,,,\n";
    let value = |column, text: &str| vec![Flaw::Value(column, text.to_owned())];
    assert_eq!(
        flaws(text),
        [
            (2, vec![Flaw::Missing(Column::Name)]),
            (3, vec![Flaw::Unit("h9".into())]),
            (4, vec![Flaw::Unit("h2".into())]),
            (5, value(Column::Addresses, "10.1.0.300")),
            (6, value(Column::Criticality, "很高")),
            (7, value(Column::Level, "六级")),
            (8, value(Column::Cii, "也许")),
            (9, vec![Flaw::Formula(Column::Name), Flaw::Formula(Column::Vendor)]),
            (10, vec![Flaw::Control(Column::Vendor)]),
            (11, vec![Flaw::Cells(10)]),
            (13, vec![Flaw::NameTwice(12), Flaw::AddressTwice("10.1.0.1".into(), 12)]),
        ]
    );
    let long = format!("名称\n{}\n", "长".repeat(121));
    assert_eq!(flaws(&long), [(2, vec![Flaw::TooLong(Column::Name)])]);
    let many: String = (0..500).map(|n| format!("=x{n}\n")).collect();
    let sheet = of(&format!("名称\n{many}")).expect("a sheet");
    assert_eq!((sheet.bad, sheet.flaws.len()), (500, 200), "named as far as anybody reads, all counted");
}

fn officer(name: &str, unit: u8) -> Viewer {
    Viewer {
        account: None,
        name: name.into(),
        role: Role::Officer,
        reach: Reach::Units([h(unit)].into()),
        within: None,
        may_write: true,
    }
}

async fn preview(desk: &Desk, by: &Viewer, text: &str) -> Preview {
    let unit = by.units(&register()).and_then(|units| units.first().cloned());
    desk.assets()
        .preview(by, "资产.csv", text.as_bytes(), unit.as_ref(), &register())
        .await
        .expect("the database")
        .expect("a sheet")
}

#[tokio::test]
async fn nothing_is_declared_before_it_is_confirmed_and_then_all_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::driven(Micros(1_767_225_600_000_000));
    let desk = Desk::open(folder.path(), clock.clone()).await.expect("a desk");
    let (register, one, two) = (Arc::new(register()), officer("one", 1), officer("two", 2));
    let first = preview(&desk, &one, GOOD).await;
    assert_eq!(first.effect, Imported { new: 2, changed: 0, same: 0 });
    assert_eq!(desk.assets().list(None).await.expect("a list"), [], "a preview declares nothing");
    let id = first.id.expect("a whole file");
    let confirm = |by: &Viewer, id: &str| {
        let (desk, by, id, register) = (desk.clone(), by.clone(), id.to_owned(), register.clone());
        async move { desk.assets().confirm(&by, "10.0.0.9", &id, &register).await }
    };
    assert!(matches!(confirm(&two, &id).await, Err(DeskError::Refused(Refusal::NotThere))), "another's");
    assert_eq!(confirm(&one, &id).await.expect("confirmed").new, 2);
    assert!(matches!(confirm(&one, &id).await, Err(DeskError::Refused(Refusal::NotThere))), "once only");
    let all = desk.assets().list(None).await.expect("a list");
    assert_eq!(all.iter().map(|r| r.declared.name.as_str()).collect::<Vec<_>>(), ["HIS数据库", "影像前置机"]);
    // A changed row is a new version; what stands in one bad file changes nothing.
    let bad = preview(&desk, &one, "名称,IP\n新设备,10.1.0.77\n影像前置机,10.1.0.1\n").await;
    assert_eq!((bad.id, bad.sheet.bad), (None, 1));
    assert_eq!(bad.sheet.flaws[0].flaws, [Flaw::Taken("10.1.0.1".into(), "HIS数据库".into())]);
    let changed = preview(&desk, &one, &GOOD.replace("李四", "王五")).await;
    assert_eq!(changed.effect, Imported { new: 0, changed: 1, same: 1 });
    clock.advance(Micros(1_767_225_600_000_000 + 2 * 3_600_000_000));
    let late = changed.id.expect("a whole file");
    assert!(matches!(confirm(&one, &late).await, Err(DeskError::Refused(Refusal::NotThere))), "over");
    let again = preview(&desk, &one, &GOOD.replace("李四", "王五")).await;
    confirm(&one, &again.id.expect("whole")).await.expect("confirmed");
    let now = desk.assets().list(Some(&[h(1)].into())).await.expect("a list");
    assert_eq!((now.len(), now[1].declared.responsible.as_str()), (2, "王五"));
    assert_eq!(desk.assets().list(Some(&[h(2)].into())).await.expect("a list"), []);
    assert!(desk.assets().get(Some(&[h(2)].into()), now[0].id).await.expect("an answer").is_none());
    let foreign = desk.assets().remove(&two, "10.0.0.9", now[0].id, &register).await;
    assert!(matches!(foreign, Err(DeskError::Refused(Refusal::NotThere))));
    desk.assets().remove(&one, "10.0.0.9", now[0].id, &register).await.expect("removed");
    assert_eq!(desk.assets().list(None).await.expect("a list").len(), 1);
    let versions: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM declared_asset")
        .fetch_one(desk.readers())
        .await
        .expect("a count");
    assert_eq!(versions, 3, "what was declared is kept");
    desk.close().await;
}
