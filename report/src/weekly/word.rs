//! The report as a Word file. Charts become tables of their numbers: what Word can edit, it can also break.

use super::{Section, Table, Weekly};
use crate::{
    ReportError,
    word::{Align, Cell, Style, Word, font},
};

const TEXT: Style = Style { size_pt: 12.0, pitch_pt: 22.0, ..Style::BODY };
const FLUSH: Style = Style { first_line: 0, ..TEXT };
const HEADING: Style = Style {
    font: font::HEADING,
    size_pt: 14.0,
    first_line: 0,
    before_pt: 12.0,
    after_pt: 4.0,
    keep_next: true,
    outline: 1,
    ..TEXT
};
const CAPTION: Style = Style { font: font::HEADING, size_pt: 10.5, before_pt: 6.0, keep_next: true, ..FLUSH };
const NOTE: Style = Style { size_pt: 9.0, color: "595959", pitch_pt: 0.0, ..FLUSH };

pub(super) fn docx(report: &Weekly) -> Result<Vec<u8>, ReportError> {
    let mut w = Word::new();
    let head = &report.head;
    if !head.marking.is_empty() {
        w.paragraph(Style { font: font::HEADING, ..FLUSH }, &head.marking);
    }
    w.paragraph(
        Style { font: font::TITLE, size_pt: 22.0, pitch_pt: 32.0, align: Align::Center, ..FLUSH },
        &head.title,
    );
    w.paragraph(
        Style { align: Align::Center, size_pt: 14.0, after_pt: 4.0, ruled: true, ..FLUSH },
        &format!("{}\n{}", head.issue_text, head.issuer),
    );
    if !head.note.is_empty() {
        w.paragraph(
            Style { font: font::HEADING, align: Align::Center, color: "B4232A", ..FLUSH },
            &head.note,
        );
    }
    let facts = [
        ("报告期", &head.period_text),
        ("数据截至", &head.as_of_text),
        ("报送", &head.to),
        ("拟稿", &head.drafted),
        ("审核", &head.checked),
        ("签发", &head.signed),
    ];
    let cells: Vec<_> = facts
        .iter()
        .map(|(label, value)| vec![Cell::new(label, Align::Left), Cell::new(value, Align::Left)])
        .collect();
    w.table(&[16, 84], &[], cells);
    w.paragraph(HEADING, &report.verdict.word);
    w.paragraph(TEXT, &format!("{}{}", report.verdict.sentence, report.verdict.change));
    if !report.comment.is_empty() {
        w.paragraph(CAPTION, "编者说明");
        report.comment.iter().for_each(|text| w.paragraph(TEXT, text));
    }
    let rows = report.front().map(|f| {
        vec![
            Cell::new(&f.name, Align::Left),
            Cell::new(&f.shown, Align::Right),
            Cell::new(&f.unit, Align::Left),
            Cell::new(&f.change, Align::Left),
            Cell::new(&f.reason, Align::Left),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        w.table(&[20, 14, 8, 26, 32], &["指标", "本期", "单位", "变化", "原因"], rows);
    }
    if !report.worst.is_empty() {
        w.paragraph(CAPTION, "最需关注");
        let rows = report.worst.iter().map(|u| [&u.name, &u.reason, &u.handler]);
        let rows = rows.map(|cells| cells.into_iter().map(|c| Cell::new(c, Align::Left)).collect());
        w.table(&[28, 48, 24], &["单位", "原因", "责任人"], rows.collect::<Vec<Vec<_>>>());
    }
    if !report.decisions.is_empty() {
        w.paragraph(CAPTION, report.decisions_title());
    }
    for (i, text) in report.decisions.iter().enumerate() {
        w.paragraph(TEXT, &format!("{}. {text}", i + 1));
    }
    for part in &report.sections {
        w.paragraph(HEADING, &part.title);
        section(&mut w, part);
    }
    for (i, part) in report.annexes.iter().enumerate() {
        w.paragraph(Style { page_break: i == 0, ..HEADING }, &part.title);
        section(&mut w, part);
    }
    let stamp = ward_event::Micros::from_secs(head.as_of.secs()).rfc3339();
    w.finish(&head.title, &head.issuer, &stamp)
}

fn section(w: &mut Word, part: &Section) {
    for text in &part.paragraphs {
        w.paragraph(TEXT, text);
    }
    for chart in &part.charts {
        w.paragraph(CAPTION, &chart.title);
        let rows = chart
            .bars
            .iter()
            .map(|bar| vec![Cell::new(&bar.label, Align::Left), Cell::new(&bar.shown, Align::Right)]);
        w.table(&[70, 30], &["", &format!("数量（{}）", chart.unit)], rows.collect::<Vec<_>>());
    }
    for table in &part.tables {
        rows(w, table);
    }
}

fn rows(w: &mut Word, table: &Table) {
    if !table.title.is_empty() {
        w.paragraph(CAPTION, &table.title);
    }
    let head: Vec<_> = table.head.iter().map(String::as_str).collect();
    let align = |i: usize| if table.numbers.get(i) == Some(&true) { Align::Right } else { Align::Left };
    let rows = table
        .rows
        .iter()
        .map(|row| row.iter().enumerate().map(|(i, text)| Cell::new(text, align(i))).collect::<Vec<_>>());
    w.table(&table.widths, &head, rows.collect::<Vec<_>>());
    if !table.query.counted.is_empty() {
        w.paragraph(NOTE, &format!("口径：{}", table.query.counted));
    }
}
