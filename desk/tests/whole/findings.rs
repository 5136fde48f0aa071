//! Findings: one row through all scans, from the first report to fixed and back.

use ward_desk::{
    DeskError, Reach, Refusal, Role, Viewer,
    audit::{Action, Search},
    finding::{Acceptance, Effect, Event, Filter, Finding, FindingState, Judgement, NewDisclosure, Shown},
};
use ward_event::{Micros, UnitId, register::Register, time::MICROS_PER_DAY};
use ward_scan::{Doubt, Severity};

use crate::common::{FROM, Place, refusal, units};

const DAY: i64 = 86_400;

fn register() -> Register {
    Register::parse(
        "unit = [{ id = \"h1\", name = \"甲\", kind = \"hospital\" }, { id = \"h2\", name = \"乙\", kind = \"hospital\" }]",
    )
    .expect("a register")
}

fn h1() -> UnitId {
    UnitId::new("h1").expect("an id")
}

fn viewer(role: Role, reach: Reach) -> Viewer {
    Viewer { account: None, name: role.to_string(), role, reach, within: None, may_write: true }
}

fn analyst() -> Viewer {
    viewer(Role::Analyst, Reach::Region)
}

fn officer(unit: &str) -> Viewer {
    viewer(Role::Officer, Reach::Units(units(&[unit])))
}

const SMB: &str = "<ReportItem port=\"445\" protocol=\"tcp\" severity=\"4\" pluginID=\"97833\" pluginName=\"MS17-010\">\
    <cve>CVE-2017-0144</cve><solution>打补丁</solution></ReportItem>";
const TLS: &str = "<ReportItem port=\"443\" protocol=\"tcp\" severity=\"2\" pluginID=\"42873\" pluginName=\"SWEET32\">\
    <cve>CVE-2016-2183</cve><cve>CVE-2016-6329</cve></ReportItem>";

/// A Nessus report of one host that ended `hours` ago.
fn nessus(place: &Place, hours: i64, plugins: &str, items: &str) -> String {
    let end = place.clock.now().secs() - hours * 3_600;
    format!(
        "<NessusClientData_v2><Policy><policyName>全面</policyName><Preferences><ServerPreferences>\
         <preference><name>port_range</name><value>default</value></preference>\
         <preference><name>plugin_set</name><value>{plugins}</value></preference></ServerPreferences></Preferences></Policy>\
         <Report name=\"月度\"><ReportHost name=\"10.1.0.9\"><HostProperties><tag name=\"HOST_END_TIMESTAMP\">{end}</tag>\
         </HostProperties>{items}</ReportHost></Report></NessusClientData_v2>"
    )
}

async fn take(place: &Place, by: &Viewer, text: &str) -> Result<Effect, DeskError> {
    let (desk, register) = (&place.desk, register());
    let preview = desk
        .findings()
        .preview(by, &h1(), "月度.nessus", text.as_bytes().to_vec(), &register)
        .await?
        .expect("a report");
    let id = preview.id.ok_or(Refusal::Changed)?;
    let (unit, done) = desk.findings().confirm(by, FROM, &id, &register).await?;
    assert_eq!((unit, done), (h1(), preview.effect), "what was shown is what is done");
    Ok(done)
}

async fn all(place: &Place) -> Vec<Finding> {
    let filter = Filter { shown: Shown::All, limit: 100, ..Filter::default() };
    place.desk.findings().list(None, &filter).await.expect("a list").0
}

async fn shown(place: &Place, shown: Shown) -> u64 {
    let filter = Filter { shown, limit: 1, ..Filter::default() };
    place.desk.findings().list(None, &filter).await.expect("a list").1
}

async fn history(place: &Place, id: i64) -> Vec<Event> {
    let history = place.desk.findings().history(id).await.expect("a history");
    history.iter().rev().map(|h| h.what).collect()
}

#[tokio::test]
async fn a_weakness_is_one_row_from_found_to_fixed_and_back() {
    let place = Place::new().await;
    let both = format!("{SMB}{TLS}");
    let report = nessus(&place, 1, "97833;42873", &both);
    let first = take(&place, &analyst(), &report).await.expect("taken");
    assert_eq!(first, Effect { new: 2, ..Effect::default() });
    let found = all(&place).await;
    let smb = &found[0];
    assert_eq!(
        (smb.severity, smb.state, smb.weakness.as_str()),
        (Severity::Critical, FindingState::Open, "CVE-2017-0144")
    );
    assert_eq!(smb.due_at, Some(Micros(place.clock.now().0 + MICROS_PER_DAY)));
    assert_eq!(found[1].weakness, "nessus:42873", "it has two numbers: the check names it");
    assert_eq!(refusal(take(&place, &analyst(), &report).await), Refusal::Changed, "the same file");

    // Two days on it is overdue; a scan that did not run the check proves nothing.
    place.pass(2 * DAY);
    assert_eq!(shown(&place, Shown::Overdue).await, 1);
    let other = take(&place, &analyst(), &nessus(&place, 1, "42873", TLS)).await.expect("taken");
    assert_eq!(other, Effect { seen: 1, cannot_tell: 1, ..Effect::default() });
    let smb = all(&place).await.remove(0);
    assert_eq!((smb.state, smb.doubt), (FindingState::Open, Some(Doubt::Check)));
    assert_eq!(shown(&place, Shown::CannotTell).await, 1);

    // One that did shows that it is fixed.
    place.pass(DAY);
    let fixed = take(&place, &officer("h1"), &nessus(&place, 1, "97833;42873", TLS)).await.expect("taken");
    assert_eq!(fixed, Effect { seen: 1, fixed: 1, ..Effect::default() });
    let smb = all(&place).await.into_iter().find(|f| f.port == 445).expect("kept");
    assert_eq!((smb.state, smb.doubt), (FindingState::Fixed, None));

    // An older report that comes late opens nothing; a newer one does, with a new deadline.
    let late = take(&place, &analyst(), &nessus(&place, 30, "97833;42873", &both)).await.expect("taken");
    assert_eq!(late, Effect { seen: 2, ..Effect::default() });
    assert_eq!(all(&place).await.len(), 2);
    place.pass(DAY);
    let back = take(&place, &analyst(), &nessus(&place, 1, "97833;42873", &both)).await.expect("taken");
    assert_eq!(back, Effect { seen: 1, reopened: 1, ..Effect::default() });
    let smb = all(&place).await.remove(0);
    assert_eq!((smb.state, smb.reopened, smb.fixed_at), (FindingState::Open, 1, None));
    assert_eq!(smb.due_at, Some(Micros(place.clock.now().0 + MICROS_PER_DAY)));
    assert_eq!(
        history(&place, smb.id).await,
        [Event::Found, Event::CannotTell, Event::Fixed, Event::Reopened]
    );
    let told = Search { action: Some(Action::Change), ..Search::default() };
    let told = place.desk.audit().search(&told).await.expect("found");
    assert_eq!(told.iter().filter(|r| r.object_kind == "scan").count(), 5, "each report is audited");
}

#[tokio::test]
async fn nobody_takes_over_or_reads_for_another_unit() {
    let place = Place::new().await;
    let (desk, register) = (&place.desk, register());
    let text = nessus(&place, 1, "97833", SMB);
    let preview = async |by: &Viewer| {
        desk.findings().preview(by, &h1(), "x", text.as_bytes().to_vec(), &register).await
    };
    assert_eq!(refusal(preview(&officer("h2")).await), Refusal::NotThere);
    let id = preview(&officer("h1")).await.expect("the database").expect("a report").id.expect("new");
    let confirm = async |by: &Viewer, id: &str| desk.findings().confirm(by, FROM, id, &register).await;
    assert_eq!(refusal(confirm(&analyst(), &id).await), Refusal::NotThere, "somebody else's");
    place.pass(2 * 3_600);
    assert_eq!(refusal(confirm(&officer("h1"), &id).await), Refusal::NotThere, "over");
    take(&place, &officer("h1"), &text).await.expect("taken");
    let id = all(&place).await[0].id;
    let mine = |unit: &str| Some(units(&[unit]));
    let findings = desk.findings();
    assert!(findings.get(mine("h1").as_ref(), id).await.expect("asked").is_some());
    assert!(findings.get(mine("h2").as_ref(), id).await.expect("asked").is_none());
    let filter = Filter { limit: 10, ..Filter::default() };
    assert_eq!(findings.list(mine("h2").as_ref(), &filter).await.expect("a list"), (Vec::new(), 0));
    assert_eq!(findings.list(Some(&units(&[])), &filter).await.expect("a list").1, 0);
    assert!(findings.counts(mine("h2").as_ref()).await.expect("counts").is_empty());
    let counts = findings.counts(None).await.expect("counts");
    assert_eq!((counts.len(), counts[0].critical, counts[0].hosts), (1, 1, 1));
    // What people search for is text, not a pattern.
    let search = async |text: &str| {
        let filter = Filter { text: text.into(), limit: 10, ..Filter::default() };
        findings.list(None, &filter).await.expect("a list").1
    };
    assert_eq!(
        (search("cve-2017").await, search("10.1.0.9").await, search("%").await, search("_").await),
        (1, 1, 0, 0)
    );
}

#[tokio::test]
async fn a_risk_is_accepted_for_a_time_and_judged_by_those_who_may() {
    let place = Place::new().await;
    let (desk, register) = (&place.desk, register());
    take(&place, &analyst(), &nessus(&place, 1, "97833;42873", &format!("{SMB}{TLS}"))).await.expect("taken");
    let list = all(&place).await;
    let (smb, tls) = (list[0].id, list[1].id);
    let acceptance = |days: i64, control: &str| Acceptance {
        control: control.into(),
        owner: "张主任".into(),
        until: Micros(place.clock.now().0 + days * MICROS_PER_DAY),
    };
    let accept =
        async |by: &Viewer, a: &Acceptance| desk.findings().accept(by, FROM, smb, a, &register).await;
    assert_eq!(refusal(accept(&officer("h1"), &acceptance(30, "x")).await), Refusal::NotAllowed);
    assert_eq!(refusal(accept(&analyst(), &acceptance(400, "x")).await), Refusal::EndUnfit);
    assert_eq!(refusal(accept(&analyst(), &acceptance(-1, "x")).await), Refusal::EndUnfit);
    assert_eq!(refusal(accept(&analyst(), &acceptance(30, " ")).await), Refusal::TextUnfit);
    accept(&analyst(), &acceptance(30, "已在防火墙封禁 445")).await.expect("accepted");
    place.pass(10 * DAY);
    assert_eq!((shown(&place, Shown::Overdue).await, shown(&place, Shown::Accepted).await), (0, 1));
    place.pass(21 * DAY);
    assert_eq!(
        (shown(&place, Shown::Accepted).await, shown(&place, Shown::Overdue).await),
        (0, 2),
        "it has run out"
    );
    let judge = async |by: &Viewer, id: i64, judgement: Judgement| {
        desk.findings().judge(by, FROM, id, (judgement, "复核记录 3 号"), &register).await
    };
    assert_eq!(refusal(judge(&officer("h1"), smb, Judgement::FixedByProof).await), Refusal::NotAllowed);
    assert_eq!(
        refusal(judge(&analyst(), smb, Judgement::Confirmed).await),
        Refusal::Changed,
        "it is no suspicion"
    );
    judge(&analyst(), smb, Judgement::FixedByProof).await.expect("judged");
    assert_eq!(
        refusal(judge(&analyst(), smb, Judgement::NotAffected).await),
        Refusal::Changed,
        "it is closed"
    );
    judge(&analyst(), tls, Judgement::NotAffected).await.expect("judged");
    // What was judged to be none stays so, however often a scanner says it again.
    take(&place, &analyst(), &nessus(&place, 1, "42873", TLS)).await.expect("taken");
    let tls = all(&place).await.into_iter().find(|f| f.id == tls).expect("kept");
    assert_eq!(tls.state, FindingState::NotAffected);
    assert_eq!(history(&place, tls.id).await, [Event::Found, Event::NotAffected, Event::Seen]);
}

#[tokio::test]
async fn a_disclosure_is_matched_before_any_scan_and_a_scan_confirms_it() {
    let place = Place::new().await;
    let (desk, register) = (&place.desk, register());
    let table = "资产名称,IP地址,厂商,产品型号,版本\nHIS数据库,10.1.0.9,微软,Windows Server,2012\n影像,10.1.0.7,微软,Windows Server,2022\n";
    let sheet =
        desk.assets().preview(&officer("h1"), "x.csv", table.as_bytes(), Some(&h1()), &register).await;
    let id = sheet.expect("the database").expect("a sheet").id.expect("whole");
    desk.assets().confirm(&officer("h1"), FROM, &id, &register).await.expect("declared");
    let new = NewDisclosure {
        numbers: "CVE-2017-0144 CNVD-2017-02679".into(),
        title: "SMB 远程代码执行".into(),
        severity: Some(Severity::Critical),
        product: "windows server".into(),
        versions: "<=2016".into(),
        ..NewDisclosure::default()
    };
    let disclose =
        async |by: &Viewer, new: &NewDisclosure| desk.findings().disclose(by, FROM, new, &register).await;
    assert_eq!(refusal(disclose(&officer("h1"), &new).await), Refusal::NotAllowed);
    let unnumbered = NewDisclosure { numbers: "某漏洞".into(), ..new.clone() };
    assert_eq!(refusal(disclose(&analyst(), &unnumbered).await), Refusal::TextUnfit);
    assert_eq!(disclose(&analyst(), &new).await.expect("kept"), 1);
    assert_eq!(disclose(&analyst(), &new).await.expect("kept"), 0, "it is known already");
    let suspected = all(&place).await.remove(0);
    assert_eq!((suspected.state, suspected.host.as_str()), (FindingState::Suspected, "10.1.0.9"));
    assert_eq!(suspected.cnvds, ["CNVD-2017-02679"]);
    let done = take(&place, &analyst(), &nessus(&place, 0, "97833", SMB)).await.expect("taken");
    assert_eq!(done, Effect { seen: 1, ..Effect::default() });
    let list = all(&place).await;
    assert_eq!(
        (list.len(), list[0].id, list[0].port, list[0].state),
        (1, suspected.id, 445, FindingState::Open)
    );
    assert_eq!(history(&place, suspected.id).await, [Event::Disclosed, Event::Confirmed]);
    assert_eq!(desk.findings().disclosures().await.expect("a list").len(), 2);
}

#[tokio::test]
async fn findings_are_counted_as_they_stood() {
    use ward_desk::figures::{FindingFigures, Span};
    use ward_scan::Kind;

    let place = Place::new().await;
    let begin = place.clock.now();
    let both = format!("{SMB}{TLS}");
    take(&place, &analyst(), &nessus(&place, 1, "97833;42873", &both)).await.expect("taken");
    place.pass(3 * DAY);
    let middle = place.clock.now();
    take(&place, &analyst(), &nessus(&place, 1, "97833;42873", TLS)).await.expect("taken");
    let tls = all(&place).await.into_iter().find(|f| f.port == 443).expect("kept");
    let until = Micros(place.clock.now().0 + 5 * MICROS_PER_DAY);
    let accept = Acceptance { control: "仅内网".into(), owner: "赵".into(), until };
    place.desk.findings().accept(&analyst(), FROM, tls.id, &accept, &register()).await.expect("accepted");
    place.pass(DAY);
    let end = Micros(place.clock.now().0 + 1);

    let count = async |from: Micros, to: Micros| -> FindingFigures {
        let figures = place.desk.figures(&None, Span { from, to }).await.expect("counted");
        let of = figures.units.get(&h1()).and_then(|u| u.findings.get(&Kind::Vulnerability));
        of.cloned().unwrap_or_default()
    };
    let before = count(begin, middle).await;
    assert_eq!(
        (before.open, before.overdue, before.found, before.fixed, before.accepted),
        ([1, 0, 1, 0], 1, 2, 0, 0)
    );
    let after = count(middle, end).await;
    assert_eq!((after.open, after.found, after.fixed, after.accepted), ([0; 4], 0, 1, 1));
    assert!(after.scanned > before.scanned && before.scanned.is_some());
    // When the acceptance has ended it is open again, without anybody's doing.
    let ended = count(middle, Micros(until.0 + 1)).await;
    assert_eq!((ended.open, ended.accepted), ([0, 0, 1, 0], 0));
    assert_eq!(shown(&place, Shown::ToFix).await, 0);
    assert_eq!(count(Micros(0), begin).await, FindingFigures::default(), "nobody had looked");
}
