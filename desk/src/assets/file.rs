//! A file of assets from outside: its rows as declarations, and what is wrong with them.

use std::collections::BTreeMap;

use ward_event::{UnitId, register::Register};

use super::{
    Column, Declared,
    check::{self, Units},
};
use crate::table::{self, Table};

/// Bad rows that are named; the rest is counted.
const FLAWS_MAX: usize = 200;

/// Why nothing of a file can be read.
pub type FileFlaw = table::FileFlaw<Column>;

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
    let needed: &[Column] =
        if default.is_some() { &[Column::Name] } else { &[Column::Name, Column::Hospital] };
    let table = Table::read(bytes, Column::find, needed)?;
    let units = Units { register, allowed, default };
    let mut sheet =
        Sheet { ignored: table.ignored.clone(), is_gb18030: table.is_gb18030, ..Sheet::default() };
    for line in &table.lines {
        if let Some(cells) = line.beyond {
            sheet.refuse(line.number, Flaw::Cells(cells));
            continue;
        }
        match check::row(&|column| table.cell(line, column), &units) {
            Ok(declared) => sheet.rows.push((line.number, declared)),
            Err(flaws) => flaws.into_iter().for_each(|flaw| sheet.refuse(line.number, flaw)),
        }
    }
    find_twins(&mut sheet);
    Ok(sheet)
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
