//! A unit without an account: its receipt is printed with a code, handed in by whoever scans it, and entered.

use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};

use ward_desk::{Reach, Role};
use ward_event::{Micros, UnitId, clock::Clock, time::Calendar};

use crate::common::{
    self,
    cases::Office,
    http::{Answer, ask_with, get},
    people::Served,
    seed,
};

fn unit(id: &str) -> UnitId {
    UnitId::new(id).expect("an id")
}

/// The one-time address that a Word file prints, and whether its code is there as a picture.
fn printed(docx: &[u8]) -> (String, bool) {
    let script = "import sys,io,re,zipfile;z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()));\
        t=''.join(re.findall('<w:t[^>]*>([^<]*)<', z.read('word/document.xml').decode()));\
        print(re.search('/receipt[?]link=[0-9a-f]{64}', t)[0]);\
        print(z.read('word/media/picture1.png')[:4] == bytes([137])+b'PNG'\
            and 'media/picture1.png' in z.read('word/_rels/document.xml.rels').decode())";
    let mut child = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    child.stdin.take().expect("a pipe").write_all(docx).expect("written");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines = text.lines();
    (lines.next().expect("an address").to_owned(), lines.next() == Some("True"))
}

/// What stands behind a text, up to the next quotation mark.
fn behind<'a>(page: &'a str, before: &str) -> &'a str {
    let from = page.find(before).expect("it is there") + before.len();
    page[from..].split('"').next().expect("a value")
}

/// The value of a hidden field.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    behind(page, &format!("name=\"{name}\" value=\""))
}

/// Somebody with a telephone and no account opens the address and sends two pages.
async fn hands_in(served: &Served, path: &str, person: &str, file: &str) -> Answer {
    let page = get(served.address(), path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let cookie = page.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let csrf = field(&page.body, "csrf");
    let link = field(&page.body, "link");
    let mut body = String::new();
    for (name, value) in [("csrf", csrf), ("link", link), ("person", person), ("phone", "0000-5")] {
        body.push_str(&format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    for n in 1..=2 {
        body.push_str(&format!(
            "--x\r\nContent-Disposition: form-data; name=\"sheet\"; filename=\"{n}\"\r\n\r\n{file}{n}\r\n"
        ));
    }
    body.push_str("--x--\r\n");
    let headers = [("Cookie", cookie.as_str()), ("Content-Type", "multipart/form-data; boundary=x")];
    ask_with(served.address(), "POST", "/receipt", &headers, &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printed_code_brings_the_signed_sheet_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(dir.path()).await else { return };
    let now = Micros(Calendar::shanghai().day_start(20_776).0 + 10 * 3_600_000_000);
    let served = common::serve(seed::register(), Clock::driven(now), store.reader().clone()).await;
    let office = Office::of(&served).await;
    let (analyst, officer) = (served.as_role(Role::Analyst).await, served.as_role(Role::Officer).await);
    let county = served.as_one(Role::County, Reach::Locality("别处".into())).await;
    let notice = office.sent_to(&["h01", "h02"], "数据库弱口令").await;
    let link = format!("/notices/{notice}/link");

    let sheet = analyst.post(&link, "unit=h01&kind=docx").await;
    assert_eq!(sheet.status, 200, "{}", sheet.body);
    let (path, has_picture) = printed(&sheet.bytes);
    assert!(has_picture, "the code is there as a picture");
    for (person, why) in [(&officer, "is the unit itself"), (&county, "has no such unit")] {
        assert!([403, 404].contains(&person.post(&link, "unit=h01&kind=docx").await.status), "{why}");
    }

    // It says what a message would say; a wrong file is told, and the same code serves again.
    let page = get(served.address(), &path).await.body;
    assert!(page.contains("卫网安〔2026〕1号") && page.contains("数据库弱口令"), "{page}");
    assert!(!page.contains("10.1.1.5") && !page.contains("HIS"), "no address and no system: {page}");
    let wrong = hands_in(&served, &path, "周敏", "GIF89a").await;
    assert!(wrong.status == 422 && wrong.body.contains("id=\"error\""), "{}", wrong.body);
    let done = hands_in(&served, &path, "<b>周敏</b>", "%PDF-1.7 ").await;
    assert!(done.status == 200 && done.body.contains("id=\"done\""), "{}", done.body);
    let again = get(served.address(), &path).await;
    assert!(again.status == 404 && again.body.contains("role=\"alert\""), "{}", again.body);

    // It waits for a person, who enters it with the pages before them.
    let calls = analyst.get("/notices/calls").await.body;
    assert!(calls.contains("id=\"handed-in\"") && calls.contains("&#60;b&#62;周敏"), "{calls}");
    let page = analyst.get(&format!("/notices/{notice}")).await.body;
    let id = behind(&page, "<select name=\"link\"><option value=\"");
    let all: Option<BTreeSet<UnitId>> = None;
    let cases = served.desk.cases();
    let part = |detail: &ward_desk::case::NoticeDetail, id: &str| {
        detail.units.iter().find(|u| u.unit == unit(id)).expect("a part").clone()
    };
    let before = cases.notice(&all, notice).await.expect("asked").expect("a notice");
    let own = part(&before, "h01");
    let enter =
        |unit: &str, revision| format!("unit={unit}&revision={revision}&link={id}&person=周院长&post=院长");
    let other = part(&before, "h02");
    let foreign = analyst.post(&format!("/notices/{notice}/enter"), &enter("h02", other.revision)).await;
    assert_eq!(foreign.status, 404, "another unit's sheet");
    let entered = analyst.post(&format!("/notices/{notice}/enter"), &enter("h01", own.revision)).await;
    assert_eq!(entered.status, 303, "{}", entered.body);
    let row = before.rows.iter().find(|r| r.of.unit == unit("h01")).expect("a problem");
    let row = {
        let now = cases.notice(&all, notice).await.expect("asked").expect("a notice");
        now.rows.into_iter().find(|r| r.id == row.id).expect("it")
    };
    let claim = format!("row={}&revision={}&link={id}&measures=已更换", row.id, row.revision);
    assert_eq!(analyst.post(&format!("/notices/{notice}/claim"), &claim).await.status, 303);
    let after = cases.notice(&all, notice).await.expect("asked").expect("a notice");
    let files = &after.links.iter().find(|l| l.used_at.is_some()).expect("a link").files;
    assert_eq!(part(&after, "h01").signed_sheet.as_ref(), files.first());
    let proof: BTreeSet<_> = after.proof[&row.id].iter().map(|p| p.hash.clone()).collect();
    assert_eq!(proof, files.iter().cloned().collect(), "both pages prove it");
    assert!(!analyst.get("/notices/calls").await.body.contains("id=\"handed-in\""));
    let archive = analyst.get(&format!("/notices/{notice}/archive")).await.bytes;
    assert!(
        files.iter().all(|hash| archive.windows(64).any(|w| w == hash.as_bytes())),
        "in the case file, too"
    );
    served.stop().await;
    store.close().await;
}
