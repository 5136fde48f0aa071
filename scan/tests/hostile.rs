//! Reports that nobody's scanner wrote: each is refused, with its reason, in little time and memory.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::io::{Cursor, Read};

use encoding_rs::GB18030;
use ward_event::time::Calendar;
use ward_scan::{Refused, Report, read};

fn of(bytes: impl AsRef<[u8]>) -> Result<Report, Refused> {
    read(Cursor::new(bytes.as_ref()), Calendar::shanghai())
}

const BOMB: &str = r#"<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<NessusClientData_v2><Report name="&lol2;"></Report></NessusClientData_v2>"#;

const FILE: &str = r#"<!DOCTYPE x SYSTEM "x" [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<nmaprun><host><address addr="&f;"/></host></nmaprun>"#;

#[test]
fn entities_are_never_expanded() {
    assert_eq!(of(BOMB), Err(Refused::Entities));
    assert_eq!(of(FILE), Err(Refused::Entities));
    let undeclared = "<nmaprun args=\"&f;\"></nmaprun>";
    assert_eq!(of(undeclared), Err(Refused::Entities));
    assert_eq!(of("<nmaprun><host>&f;</host></nmaprun>"), Err(Refused::Entities));
}

#[test]
fn archives_and_other_files_are_named() {
    for (bytes, kind) in [
        (&b"PK\x03\x04\x14\0\x08\0rest of a zip bomb"[..], "zip"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"Rar!\x1a\x07", "rar"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    ] {
        assert_eq!(of(bytes), Err(Refused::Archive(kind)));
    }
    assert_eq!(of(b"\xff\xfe<\0?\0x\0m\0l\0"), Err(Refused::Encoding));
    assert_eq!(of(b"%PDF-1.7\n1 0 obj\n"), Err(Refused::Unknown));
    assert_eq!(of("<html><body>an error page</body></html>"), Err(Refused::Unknown));
    assert_eq!(of("姓名,年龄\n张三,5\n"), Err(Refused::Unknown));
    assert_eq!(of("检查项,结果\n密码长度,符合\n"), Err(Refused::NoColumn("IP地址")));
    assert_eq!(of("  \n"), Err(Refused::Empty));
    assert_eq!(of("<nmaprun name=\"\u{fffd}\"></nmaprun>").map(|r| r.rows.len()), Ok(0));
    assert_eq!(of(b"<nmaprun><host>\xff\xfe</host></nmaprun>"), Err(Refused::Encoding));
}

#[test]
fn what_ends_in_the_middle_is_refused() {
    let whole = "<nmaprun start=\"1746624387\"><host><status state=\"up\"/><address addr=\"10.0.0.1\"/>\
        <ports><port protocol=\"tcp\" portid=\"80\"><state state=\"open\"/></port></ports></host></nmaprun>";
    assert_eq!(of(whole).map(|r| r.rows.len()), Ok(1));
    // At any byte.
    for end in 1..whole.len() {
        let cut = of(&whole[..end]);
        assert!(cut.is_err(), "{end}: {cut:?}");
    }
    let crossed = "<nmaprun><host><address addr=\"10.0.0.1\"/></nmaprun></host>";
    assert!(matches!(of(crossed), Err(Refused::Malformed(..))));
}

/// A thousand million bytes, made as they are read.
struct Flood {
    head: Cursor<Vec<u8>>,
    unit: Vec<u8>,
    left: usize,
    at: usize,
    served: u64,
}

impl Flood {
    fn new(head: &str, unit: &str, bytes: usize) -> Self {
        let unit = unit.repeat((64 << 10) / unit.len() + 1).into_bytes();
        Self { head: Cursor::new(head.into()), left: bytes / unit.len() + 1, unit, at: 0, served: 0 }
    }
}

impl Read for &mut Flood {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut n = self.head.read(buffer)?;
        if n == 0 && self.left > 0 {
            n = buffer.len().min(self.unit.len() - self.at);
            buffer[..n].copy_from_slice(&self.unit[self.at..self.at + n]);
            self.at += n;
            if self.at == self.unit.len() {
                (self.at, self.left) = (0, self.left - 1);
            }
        }
        self.served += n as u64;
        Ok(n)
    }
}

const GIGABYTE: usize = 1 << 30;

#[test]
fn a_flood_ends_early() {
    for (head, unit, refused, megabytes) in [
        // One value without end, in text, in a tag's name, in an attribute, in a comment.
        ("<nmaprun><host>", "a", Refused::TooLong(8 << 20), 10),
        ("<nmaprun><", "a", Refused::TooLong(8 << 20), 10),
        ("<nmaprun args=\"", "a", Refused::TooLong(8 << 20), 10),
        ("<nmaprun><!--", "a", Refused::TooLong(8 << 20), 10),
        ("<nmaprun>", "<a>", Refused::TooDeep(64), 1),
        ("<nmaprun><host ", "a=\"1\" ", Refused::TooLong(8 << 20), 10),
        ("<nmaprun>", "<host><address addr=\"10.0.0.1\"/></host>", Refused::TooMany("hosts", 20_000), 10),
        (
            "<nmaprun><host><ports>",
            "<port protocol=\"tcp\" portid=\"1\"><state state=\"open\"/></port>",
            Refused::TooMany("findings", 50_000),
            10,
        ),
        ("IP,账号\n", "10.0.0.1,root\n", Refused::TooLarge(64 << 20), 66),
        ("IP,账号\n", "\"", Refused::TooLarge(64 << 20), 66),
    ] {
        let mut flood = Flood::new(head, unit, GIGABYTE);
        assert_eq!(read(&mut flood, Calendar::shanghai()), Err(refused.clone()), "{head}{unit}…");
        assert!(flood.served < megabytes << 20, "{head}{unit}…: {} bytes were read", flood.served);
    }
}

#[test]
fn chinese_character_sets_are_read() {
    let xml = "<?xml version=\"1.0\" encoding=\"GB2312\"?><nmaprun args=\"扫描\"><host><status state=\"up\"/>\
        <address addr=\"10.0.0.1\"/></host></nmaprun>";
    let (bytes, _, _) = GB18030.encode(xml);
    assert_eq!(of(&bytes).map(|r| r.name), Ok("扫描".to_owned()));
    let mut broken = bytes.to_vec();
    broken.extend_from_slice(b"\x81\xff\xff");
    assert_eq!(of(&broken), Err(Refused::Encoding));
    let table = "IP地址,账号,服务\n10.0.0.1,root,ssh\n";
    let (bytes, _, _) = GB18030.encode(table);
    assert_eq!(of(&bytes).map(|r| r.rows.len()), Ok(1));
}
