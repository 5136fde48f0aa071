//! The ledger of compliance: recorded, changed, withdrawn, taken from files, within one's reach.

use encoding_rs::GB18030;
use ward_desk::{
    DeskError, Reach, Refusal, Role, Viewer,
    audit::{Action, Search},
    compliance::{Column, FileFlaw, Flaw, NewRecord, State, Taken},
};
use ward_event::{UnitId, register::Register};

use crate::common::{FROM, Place, refusal, units};

const DAY: i64 = 86_400;

fn register() -> Register {
    Register::parse(
        r#"
        [[unit]]
        id = "h1"
        name = "第一人民医院"
        kind = "hospital"
        grade = "三级甲等"
        [[unit.system]]
        name = "医院信息系统（HIS）"
        mlps_level = 3
        [[unit.system]]
        name = "OA"
        [[unit]]
        id = "h2"
        name = "第二人民医院"
        kind = "hospital"
        "#,
    )
    .expect("a register")
}

fn viewer(role: Role, reach: Reach) -> Viewer {
    Viewer { account: None, name: role.to_string(), role, reach, within: None, may_write: true }
}

fn officer(unit: &str) -> Viewer {
    viewer(Role::Officer, Reach::Units(units(&[unit])))
}

fn analyst() -> Viewer {
    viewer(Role::Analyst, Reach::Region)
}

fn id(unit: &str) -> UnitId {
    UnitId::new(unit).expect("an id")
}

fn new(system: &str, item: &str, value: &str, as_of: &str) -> NewRecord {
    NewRecord {
        hospital: id("h1"),
        system: system.into(),
        item: item.into(),
        value: value.into(),
        as_of: as_of.into(),
        evidence: "测评报告 26-001".into(),
    }
}

async fn record(place: &Place, by: &Viewer, new: &NewRecord, before: i64) -> Result<(), DeskError> {
    place.desk.compliance().record(by, FROM, new, before, &register()).await
}

/// State and value of an item.
async fn stands(place: &Place, system: &str, item: &str) -> (State, Option<String>) {
    let now = place.clock.now();
    let sheets = place.desk.compliance().sheets(Some(&units(&["h1"])), &register(), now).await;
    let sheets = sheets.expect("sheets");
    let (_, line) =
        sheets[0].all().find(|(name, line)| *name == system && line.item.id == item).expect("asked");
    (line.judged.state, line.value.clone())
}

const HIS: &str = "医院信息系统（HIS）";

#[tokio::test]
async fn a_record_has_versions_and_holds_for_a_time() {
    let place = Place::new().await;
    let verdict = "mlps.verdict";
    assert_eq!(stands(&place, HIS, verdict).await, (State::Unknown, None));
    // Named as the hospital names it, kept as the register has it.
    record(&place, &officer("h1"), &new("HIS", verdict, "基本符合", "2026-06-01"), 0)
        .await
        .expect("recorded");
    assert_eq!(stands(&place, HIS, verdict).await, (State::Partly, Some("basically".into())));
    let ledger = place.desk.compliance();
    let held = ledger.list(Some(&units(&["h1"]))).await.expect("a list").remove(0);
    assert_eq!(
        (held.system.as_str(), held.evidence.as_str(), held.since_by.as_str()),
        (HIS, "测评报告 26-001", "officer")
    );

    // A change names what it was made on.
    place.pass(DAY);
    let better = new(HIS, verdict, "conforms", "2026-11-02");
    assert_eq!(refusal(record(&place, &analyst(), &better, 0).await), Refusal::Changed);
    record(&place, &analyst(), &better, held.id).await.expect("changed");
    assert_eq!(stands(&place, HIS, verdict).await.0, State::Met);
    let history = ledger.history(&id("h1"), Some((verdict, HIS))).await.expect("a history");
    let told: Vec<_> = history.iter().map(|v| (v.record.value.as_str(), v.until_by.as_str())).collect();
    assert_eq!(told, [("conforms", ""), ("basically", "analyst")], "what stood before is kept");
    assert_eq!(history[1].until, Some(history[0].record.since));
    // The same again begins no version.
    record(&place, &analyst(), &better, history[0].record.id).await.expect("the same");
    assert_eq!(ledger.history(&id("h1"), None).await.expect("a history").len(), 2);

    // After a year it is overdue, without anybody doing anything.
    place.pass(340 * DAY);
    assert_eq!(stands(&place, HIS, verdict).await.0, State::DueSoon);
    place.pass(30 * DAY);
    assert_eq!(stands(&place, HIS, verdict).await.0, State::Overdue);

    // A mistake is withdrawn: unknown again, and told.
    let newest = history[0].record.id;
    let withdraw = async |by: &Viewer, unit: &str| {
        place.desk.compliance().withdraw(by, FROM, &id(unit), newest, &register()).await
    };
    assert_eq!(refusal(withdraw(&officer("h2"), "h1").await), Refusal::NotThere);
    assert_eq!(refusal(withdraw(&officer("h2"), "h2").await), Refusal::NotThere, "another unit's record");
    withdraw(&officer("h1"), "h1").await.expect("withdrawn");
    assert_eq!(refusal(withdraw(&officer("h1"), "h1").await), Refusal::NotThere, "once");
    assert_eq!(stands(&place, HIS, verdict).await, (State::Unknown, None));
    let told = Search { action: Some(Action::Change), ..Search::default() };
    let told = place.desk.audit().search(&told).await.expect("found");
    let own: Vec<_> = told.iter().filter(|r| r.object_kind == "compliance").collect();
    assert_eq!(own.len(), 4, "each act is audited");
    assert!(own.iter().all(|r| r.unit == "h1"));
}

#[tokio::test]
async fn what_does_not_fit_and_who_may_not_is_refused() {
    let place = Place::new().await;
    let try_as = async |by: Viewer, new: NewRecord| refusal(record(&place, &by, &new, 0).await);
    let good = || new(HIS, "mlps.verdict", "conforms", "2026-11-01");
    for role in [Role::Leader, Role::County, Role::Inspector, Role::SecurityAdmin, Role::Wall] {
        assert_eq!(try_as(viewer(role, Reach::Region), good()).await, Refusal::NotAllowed, "{role}");
    }
    let reading = Viewer { may_write: false, ..officer("h1") };
    assert_eq!(try_as(reading, good()).await, Refusal::NotAllowed);
    assert_eq!(try_as(officer("h2"), good()).await, Refusal::NotThere, "another hospital's");
    let nowhere = NewRecord { hospital: id("h9"), ..good() };
    assert_eq!(try_as(analyst(), nowhere).await, Refusal::NotThere);
    for (unfit, why) in [
        (new(HIS, "no.item", "x", "2026-11-01"), Refusal::NotThere),
        (new(HIS, "mlps.verdict", "优秀", "2026-11-01"), Refusal::TextUnfit),
        (new("不存在的系统", "mlps.verdict", "conforms", "2026-11-01"), Refusal::TextUnfit),
        (new("", "mlps.verdict", "conforms", "2026-11-01"), Refusal::TextUnfit),
        (new(HIS, "access.mfa", "all", "2026-11-01"), Refusal::TextUnfit),
        (new(HIS, "mlps.verdict", "conforms", "2026-13-01"), Refusal::TimeUnfit),
        (new(HIS, "mlps.verdict", "conforms", "2027-11-01"), Refusal::TimeUnfit),
        (new("", "backup.last", "2027-11-01", "2026-11-01"), Refusal::TimeUnfit),
        (NewRecord { evidence: "长".repeat(201), ..good() }, Refusal::TextUnfit),
        (NewRecord { evidence: "a\u{202e}b".into(), ..good() }, Refusal::TextUnfit),
    ] {
        assert_eq!(try_as(analyst(), unfit.clone()).await, why, "{unfit:?}");
    }
    assert_eq!(place.desk.compliance().list(None).await.expect("a list"), []);
}

async fn import(place: &Place, by: &Viewer, bytes: &[u8], default: Option<&str>) -> Result<Taken, FileFlaw> {
    let default = default.map(id);
    let taken =
        place.desk.compliance().import(by, FROM, ("合规.csv", bytes), default.as_ref(), &register()).await;
    taken.expect("the database")
}

const GOOD: &str = "单位,系统,事项,内容,截至日期,依据材料\n\
    第一人民医院,HIS,等级测评结论,符合,2026年11月1日,CP-26-1\n\
    第一人民医院,HIS,符合率,91.20%,2026-11-01,CP-26-1\n\
    h1,,最近一次应急演练,2026/10/1,,\n\
    h1,,身份认证,,,\n\
    第二人民医院,,远程登录多因素认证,未启用,2026-11-01,自查\n";

#[tokio::test]
async fn a_file_in_either_character_set_is_taken_whole() {
    let place = Place::new().await;
    let (bytes, _, _) = GB18030.encode(GOOD);
    let taken = import(&place, &analyst(), &bytes, None).await.expect("a table");
    let done = taken.done.expect("taken");
    assert_eq!((done.new, done.changed, done.same, taken.blank, taken.is_gb18030), (4, 0, 0, 1, true));
    assert_eq!(
        stands(&place, HIS, "mlps.rate").await,
        (State::Stated, Some("91.20".into())),
        "as it was written"
    );
    assert_eq!(stands(&place, "", "emergency.drill").await, (State::Met, Some("2026-10-01".into())));
    let again = import(&place, &analyst(), GOOD.replace("未启用", "全部启用").as_bytes(), None).await;
    let done = again.expect("a table").done.expect("taken");
    assert_eq!((done.new, done.changed, done.same), (0, 1, 3));
    let told = Search { action: Some(Action::Change), ..Search::default() };
    let told = place.desk.audit().search(&told).await.expect("found");
    let units = told.iter().filter(|r| r.object_kind == "compliance_import").count();
    assert_eq!(units, 4, "each unit of each file is audited");
    // Without a column of units the rows are of the one that was chosen.
    let own =
        import(&place, &officer("h1"), "item,value,date\nEMR grade,5,2026-05-01\n".as_bytes(), Some("h1"))
            .await;
    assert_eq!(own.expect("a table").done.expect("taken").new, 1);
    assert_eq!(stands(&place, "", "grade.emr").await.1.as_deref(), Some("5"));
}

#[tokio::test]
async fn every_bad_line_is_named_and_nothing_is_taken() {
    let place = Place::new().await;
    let text = "单位,系统,事项,内容,截至日期,依据材料\n\
        h1,HIS,等级测评结论,符合,2026-11-01,\n\
        h2,,远程登录多因素认证,未启用,2026-11-01,\n\
        ,,远程登录多因素认证,未启用,2026-11-01,\n\
        h1,,不存在的事项,是,2026-11-01,\n\
        h1,,,是,2026-11-01,\n\
        h1,,等级测评结论,符合,2026-11-01,\n\
        h1,物流系统,等级测评结论,符合,2026-11-01,\n\
        h1,OA,身份认证,达标,2026-11-01,\n\
        h1,OA,等级测评结论,优,2026-11-01,\n\
        h1,OA,等级测评结论,符合,,\n\
        h1,OA,等级测评结论,符合,不详,\n\
        h1,OA,等级测评结论,符合,2027-01-01,\n\
        h1,OA,等级测评结论,符合,2026-11-01,=1+1\n\
        h1,OA,等级测评结论,符合,2026-11-01,,多\n\
        h1,医院信息系统（HIS）,等级测评结论,不符合,2026-11-01,\n";
    let taken = import(&place, &officer("h1"), text.as_bytes(), None).await.expect("a table");
    assert_eq!((taken.done, taken.bad), (None, 14));
    let value = |column, text: &str| Flaw::Value(column, text.into());
    let flaws: Vec<_> = taken.flaws.into_iter().map(|f| (f.line, f.flaw)).collect();
    assert_eq!(
        flaws,
        [
            (3, Flaw::Unit("h2".into())),
            (4, Flaw::Missing(Column::Hospital)),
            (5, value(Column::Item, "不存在的事项")),
            (6, Flaw::Missing(Column::Item)),
            (7, Flaw::Missing(Column::System)),
            (8, Flaw::System("物流系统".into())),
            (9, value(Column::System, "OA")),
            (10, value(Column::Value, "优")),
            (11, Flaw::Missing(Column::AsOf)),
            (12, value(Column::AsOf, "不详")),
            (13, Flaw::Future("2027-01-01".into())),
            (14, Flaw::Formula(Column::Evidence)),
            (15, Flaw::Cells(7)),
            (16, Flaw::Twice(2)),
        ]
    );
    assert_eq!(place.desk.compliance().list(None).await.expect("a list"), [], "nothing of it");
    let flaw = async |text: &str| import(&place, &analyst(), text.as_bytes(), None).await;
    let (no_unit, no_item) = ("事项,内容\nx,y\n", "单位,内容\nh1,y\n");
    assert_eq!(flaw(no_unit).await, Err(FileFlaw::NoColumn(Column::Hospital)));
    assert_eq!(flaw(no_item).await, Err(FileFlaw::NoColumn(Column::Item)));
    assert_eq!(flaw("PK\u{3}\u{4}").await, Err(FileFlaw::Encoding));
    let leader = viewer(Role::Leader, Reach::Region);
    let refused = place.desk.compliance().import(&leader, FROM, ("a", b"x"), None, &register()).await;
    assert_eq!(refusal(refused), Refusal::NotAllowed);
}
