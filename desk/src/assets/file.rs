//! A file from outside: its bytes, its character set, its columns, its rows.

use std::collections::BTreeMap;

use encoding_rs::GB18030;
use ward_event::{UnitId, register::Register};

use super::{
    Column, Declared,
    check::{self, Units},
};

/// A list of 20,000 assets has some 3 MB.
const FILE_BYTES_MAX: usize = 8 << 20;
const ROWS_MAX: usize = 20_000;
const COLUMNS_MAX: usize = 64;
/// Bad rows that are named; the rest is counted.
const FLAWS_MAX: usize = 200;

/// Why nothing of a file can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFlaw {
    Empty,
    /// Bytes that are allowed.
    TooLarge(usize),
    /// Neither UTF-8 nor GB18030: a workbook, an archive, UTF-16.
    Encoding,
    /// No column of this name, which every row needs.
    NoColumn(Column),
    /// Two columns that mean the same.
    Twice(Column),
    /// Rows that are allowed.
    TooManyRows(usize),
    TooManyColumns(usize),
    NoRows,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    Missing(Column),
    TooLong(Column),
    /// Characters that cannot be seen.
    Control(Column),
    /// Begins as a formula does: a spreadsheet would compute it.
    Formula(Column),
    /// A value that the column does not know.
    Value(Column, String),
    /// A unit that the register does not have, or that the sender may not declare for.
    Unit(String),
    /// More cells than the header.
    Cells(usize),
    /// The name stands in that line, too.
    NameTwice(u64),
    /// The address stands in that line, too.
    AddressTwice(String, u64),
    /// The address is declared for another asset, which the file does not change.
    Taken(String, String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFlaw {
    /// As an editor counts lines, the header being the first.
    pub line: u64,
    pub flaws: Vec<Flaw>,
}

/// A file that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Good rows with their line.
    pub rows: Vec<(u64, Declared)>,
    /// The first bad rows.
    pub flaws: Vec<RowFlaw>,
    /// All bad rows.
    pub bad: usize,
    /// Headers that nobody understands; their columns are left out.
    pub ignored: Vec<String>,
    pub is_gb18030: bool,
}

impl Sheet {
    pub(super) fn refuse(&mut self, line: u64, flaw: Flaw) {
        match self.flaws.iter_mut().find(|f| f.line == line) {
            Some(row) => row.flaws.push(flaw),
            None => {
                self.bad += 1;
                if self.flaws.len() < FLAWS_MAX {
                    self.flaws.push(RowFlaw { line, flaws: vec![flaw] });
                }
            }
        }
    }
}

/// Reads a file for the units that `allowed` names; rows without a unit are of `default`.
///
/// # Errors
/// A [`FileFlaw`]: nothing of it can be read. What is wrong with single rows stands in the sheet.
pub fn read(
    bytes: &[u8],
    register: &Register,
    allowed: &dyn Fn(&UnitId) -> bool,
    default: Option<&UnitId>,
) -> Result<Sheet, FileFlaw> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(FileFlaw::TooLarge(FILE_BYTES_MAX));
    }
    let (text, is_gb18030) = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    // What was decoded is text, and text of any shape is records.
    let header = records.next().and_then(Result::ok).ok_or(FileFlaw::Empty)?;
    let (columns, ignored) = header_columns(&header, default.is_some())?;
    let units = Units { register, allowed, default };
    let mut sheet = Sheet { ignored, is_gb18030, ..Sheet::default() };
    for (n, record) in records.enumerate() {
        if n >= ROWS_MAX {
            return Err(FileFlaw::TooManyRows(ROWS_MAX));
        }
        let Ok(record) = record else { continue };
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(|cell| meaning(cell).is_empty()) {
            continue;
        }
        if record.len() > header.len() && record.iter().skip(header.len()).any(|c| !c.trim().is_empty()) {
            sheet.refuse(line, Flaw::Cells(record.len()));
            continue;
        }
        let cell = |column: Column| {
            let text = columns.get(&column).and_then(|i| record.get(*i)).unwrap_or("");
            meaning(text).to_owned()
        };
        match check::row(&cell, &units) {
            Ok(declared) => sheet.rows.push((line, declared)),
            Err(flaws) => flaws.into_iter().for_each(|flaw| sheet.refuse(line, flaw)),
        }
    }
    if sheet.rows.is_empty() && sheet.bad == 0 {
        return Err(FileFlaw::NoRows);
    }
    find_twins(&mut sheet);
    Ok(sheet)
}

/// What people write for nothing.
fn meaning(cell: &str) -> &str {
    match cell.trim() {
        "-" | "--" | "—" | "——" | "/" | "无" | "n/a" | "N/A" => "",
        text => text,
    }
}

fn decode(bytes: &[u8]) -> Result<(String, bool), FileFlaw> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(FileFlaw::Empty);
    }
    // A workbook is an archive, and UTF-16 has a zero in every second byte of English.
    if bytes.contains(&0)
        || bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
    {
        return Err(FileFlaw::Encoding);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((text.to_owned(), false));
    }
    let text =
        GB18030.decode_without_bom_handling_and_without_replacement(bytes).ok_or(FileFlaw::Encoding)?;
    Ok((text.into_owned(), true))
}

/// Spreadsheets here save with commas, some with tabs or semicolons.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or("");
    let count = |mark: char| first.matches(mark).count();
    [(b'\t', '\t'), (b';', ';')].into_iter().find(|(_, c)| count(*c) > count(',')).map_or(b',', |(b, _)| b)
}

type Columns = BTreeMap<Column, usize>;

fn header_columns(header: &csv::StringRecord, unit_chosen: bool) -> Result<(Columns, Vec<String>), FileFlaw> {
    if header.len() > COLUMNS_MAX {
        return Err(FileFlaw::TooManyColumns(COLUMNS_MAX));
    }
    let (mut columns, mut ignored) = (Columns::new(), Vec::new());
    for (i, name) in header.iter().enumerate() {
        match Column::find(name) {
            Some(column) if columns.insert(column, i).is_some() => return Err(FileFlaw::Twice(column)),
            Some(_) => {}
            None if !name.trim().is_empty() => ignored.push(name.trim().chars().take(40).collect()),
            None => {}
        }
    }
    let needed = [(Column::Name, true), (Column::Hospital, !unit_chosen)];
    match needed.into_iter().find(|(column, needed)| *needed && !columns.contains_key(column)) {
        Some((column, _)) => Err(FileFlaw::NoColumn(column)),
        None => Ok((columns, ignored)),
    }
}

/// A name or an address stands once in a unit.
fn find_twins(sheet: &mut Sheet) {
    let (mut names, mut addresses) = (BTreeMap::new(), BTreeMap::new());
    let mut bad = Vec::new();
    for (line, row) in &sheet.rows {
        if let Some(other) = names.insert((&row.hospital, &row.name), *line) {
            bad.push((*line, Flaw::NameTwice(other)));
        }
        for address in &row.addresses {
            if let Some(other) = addresses.insert((&row.hospital, address), *line) {
                bad.push((*line, Flaw::AddressTwice(address.clone(), other)));
            }
        }
    }
    let lines: std::collections::BTreeSet<u64> = bad.iter().map(|(line, _)| *line).collect();
    for (line, flaw) in bad {
        sheet.refuse(line, flaw);
    }
    sheet.rows.retain(|(line, _)| !lines.contains(line));
}
