//! A sheet as a Word file.

use super::{
    Block, Sheet,
    compose::{Annex, FormRow},
};
use crate::{
    ReportError,
    qr::Qr,
    word::{Align, Cell, Style, Word, font},
};

const FLUSH: Style = Style { first_line: 0, ..Style::BODY };
const TITLE: Style = Style {
    font: font::TITLE,
    size_pt: 22.0,
    align: Align::Center,
    first_line: 0,
    pitch_pt: 34.0,
    before_pt: 24.0,
    after_pt: 18.0,
    outline: 1,
    ..Style::BODY
};

pub(super) fn docx(sheet: &Sheet) -> Result<Vec<u8>, ReportError> {
    let mut w = Word::new();
    if !sheet.plain {
        head(&mut w, sheet);
    }
    w.paragraph(TITLE, &sheet.title);
    if !sheet.addressee.is_empty() {
        w.paragraph(FLUSH, &format!("{}：", sheet.addressee));
    }
    for block in &sheet.blocks {
        match block {
            Block::Heading { text } => {
                w.paragraph(Style { font: font::HEADING, keep_next: true, outline: 2, ..Style::BODY }, text);
            }
            Block::Paragraph { text } => w.paragraph(Style::BODY, text),
            Block::Form { rows } => form(&mut w, rows),
        }
    }
    if let Some(code) = &sheet.code {
        let qr =
            Qr::of(&code.address).ok_or_else(|| ReportError::Picture("no code holds the address".into()))?;
        w.picture(qr.png()?, 32.0, "二维码");
        for words in &code.words {
            w.paragraph(Style { size_pt: 12.0, pitch_pt: 20.0, ..FLUSH }, words);
        }
        // On a screen it can be copied; on paper nobody types it.
        w.paragraph(Style { size_pt: 9.0, pitch_pt: 12.0, align: Align::Left, ..FLUSH }, &code.address);
    }
    if !sheet.contact.is_empty() {
        w.paragraph(Style::BODY, &format!("{}。", sheet.contact));
    }
    for (i, title) in sheet.attachments.iter().enumerate() {
        let first = if i == 0 { "附件：" } else { "　　　" };
        let count = if sheet.attachments.len() == 1 { String::new() } else { format!("{}. ", i + 1) };
        let before_pt = if i == 0 { 28.0 } else { 0.0 };
        w.paragraph(Style { before_pt, ..Style::BODY }, &format!("{first}{count}{title}"));
    }
    if !sheet.plain {
        let end = Style { align: Align::Right, right: 400, first_line: 0, ..Style::BODY };
        w.paragraph(Style { before_pt: 56.0, keep_next: true, ..end }, &sheet.signature);
        w.paragraph(end, &sheet.date);
        if !sheet.copies.is_empty() {
            let copies = Style { size_pt: 14.0, first_line: 0, left: 100, before_pt: 28.0, ..Style::BODY };
            w.paragraph(copies, &format!("抄送：{}。", sheet.copies));
        }
    }
    for annex in &sheet.annexes {
        attach(&mut w, annex);
    }
    w.finish(&sheet.title, &sheet.issuer, &sheet.made)
}

fn head(w: &mut Word, sheet: &Sheet) {
    let long = sheet.issuer.chars().count();
    // 154 mm hold thirteen signs of 33 points.
    let size_pt = if long > 13 { (430.0 / long as f32).floor().max(16.0) } else { 33.0 };
    let name = Style {
        font: font::TITLE,
        size_pt,
        color: "D7000F",
        align: Align::Center,
        first_line: 0,
        pitch_pt: 0.0,
        ruled: true,
        ..Style::BODY
    };
    w.paragraph(name, &sheet.issuer);
    for mark in &sheet.marks {
        let color = if *mark == sheet.overprint { "D7000F" } else { "" };
        w.paragraph(Style { font: font::HEADING, color, ..FLUSH }, mark);
    }
    if !sheet.number.is_empty() {
        w.paragraph(Style { align: Align::Right, ..FLUSH }, &sheet.number);
    }
}

fn form(w: &mut Word, rows: &[FormRow]) {
    let filled: Vec<_> = rows.iter().map(|row| format!("{}{}", row.value, "\n".repeat(room(row)))).collect();
    let cells = rows.iter().zip(&filled).map(|(row, value)| {
        let style = Style { size_pt: 12.0, ..Style::CELL };
        vec![
            Cell::new(&row.label, Align::Center).styled(Style { align: Align::Center, ..style }),
            Cell::new(value, Align::Left).styled(Style {
                color: if row.missing { "D7000F" } else { "" },
                bold: row.missing,
                ..style
            }),
        ]
    });
    w.table(&[24, 76], &[], cells);
}

/// Empty lines below a place to be filled in by hand.
fn room(row: &FormRow) -> usize {
    if row.value.is_empty() { usize::from(row.lines.saturating_sub(1)) } else { 0 }
}

fn attach(w: &mut Word, annex: &Annex) {
    w.paragraph(Style { font: font::HEADING, page_break: true, ..FLUSH }, &annex.label);
    w.paragraph(TITLE, &annex.title);
    if !annex.form.is_empty() {
        form(w, &annex.form);
    }
    if annex.head.is_empty() {
        return;
    }
    let head: Vec<_> = annex.head.iter().map(String::as_str).collect();
    let notes: Vec<_> = annex.rows.iter().map(|row| row.notes.join("\n")).collect();
    let mut rows = Vec::new();
    for (row, notes) in annex.rows.iter().zip(&notes) {
        let align = |column| if matches!(column, 1 | 2) { Align::Left } else { Align::Center };
        let mut above: Vec<_> =
            row.cells.iter().enumerate().map(|(i, text)| Cell::new(text, align(i))).collect();
        if notes.is_empty() {
            rows.push(above);
            continue;
        }
        let first = above.remove(0).merged(true);
        above.insert(0, first);
        rows.push(above);
        rows.push(vec![
            Cell::new("", Align::Center).merged(false),
            Cell::new(notes, Align::Left).over(row.cells.len() - 1),
        ]);
    }
    w.table(&annex.widths, &head, rows);
}
