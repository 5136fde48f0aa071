//! A press, and what opens its documents.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    io::{Cursor, Read, Write},
    process::{Command, Stdio},
    sync::LazyLock,
};

use ward_event::time::Calendar;
use ward_report::render::{FontSettings, Press};

pub(crate) fn shanghai() -> Calendar {
    Calendar::shanghai()
}

pub(crate) fn new_press() -> Press {
    Press::open(&FontSettings::default(), None).expect("fonts-noto-cjk is installed by deploy/setup.sh")
}

pub(crate) fn press() -> &'static Press {
    static PRESS: LazyLock<Press> = LazyLock::new(new_press);
    &PRESS
}

/// The PDF's text without white space, which lines and columns put in anywhere.
pub(crate) fn pdf_text(pdf: &[u8]) -> String {
    let mut child = Command::new("pdftotext")
        .args(["-raw", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext, of poppler-utils, is installed by deploy/setup.sh");
    let mut stdin = child.stdin.take().expect("a pipe");
    let bytes = pdf.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("pdftotext runs");
    writer.join().expect("a thread").expect("written");
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .split_whitespace()
        .collect::<String>()
        .replace('\u{200b}', "")
}

/// One part of a Word file.
pub(crate) fn unpack(docx: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(docx)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect("the part").read_to_string(&mut text).expect("UTF-8");
    text
}

/// What a reader of the XML sees, runs joined.
pub(crate) fn xml_text(xml: &str) -> String {
    let mut out = String::new();
    let mut rest = xml;
    while let Some(start) = rest.find("<w:t ") {
        let from = start + rest[start..].find('>').expect("a tag ends") + 1;
        let end = from + rest[from..].find("</w:t>").expect("text ends");
        out.push_str(&rest[from..end]);
        rest = &rest[end..];
    }
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Python's own parser takes it.
pub(crate) fn well_formed(xml: &str) {
    let mut child = Command::new("python3")
        .args(["-c", "import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("python3");
    child.stdin.take().expect("a pipe").write_all(xml.as_bytes()).expect("written");
    assert!(child.wait().expect("it ends").success(), "not well-formed");
}

/// Keeps a file for a person to look at, where `WARD_SHOTS` names a folder.
pub(crate) fn save(name: &str, bytes: &[u8]) {
    if let Some(dir) = std::env::var_os("WARD_SHOTS") {
        let dir = std::path::PathBuf::from(dir);
        std::fs::create_dir_all(&dir).expect("a folder");
        std::fs::write(dir.join(name), bytes).expect("written");
    }
}
