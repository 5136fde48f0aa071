//! A table that people made with a spreadsheet: its bytes, its character set, its columns, its rows.

use std::collections::BTreeMap;

use encoding_rs::GB18030;

/// A list of 20,000 rows has some 3 MB.
const FILE_BYTES_MAX: usize = 8 << 20;
const ROWS_MAX: usize = 20_000;
const COLUMNS_MAX: usize = 64;

/// Why nothing of a file can be read. `C` names its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFlaw<C> {
    Empty,
    /// Bytes that are allowed.
    TooLarge(usize),
    /// Neither UTF-8 nor GB18030: a workbook, an archive, UTF-16.
    Encoding,
    /// No column of this name, which every row needs.
    NoColumn(C),
    /// Two columns that mean the same.
    Twice(C),
    /// Rows that are allowed.
    TooManyRows(usize),
    TooManyColumns(usize),
    NoRows,
}

/// The columns of a file, by the names that people give them.
macro_rules! columns {
    ($($column:ident $zh:literal $en:literal [$($name:literal)*];)*) => {
        /// A column that is understood.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $($column),* }

        impl Column {
            pub const ALL: &'static [Self] = &[$(Self::$column),*];

            /// Its first name in Chinese, as the template file has it.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$column => $zh),* }
            }

            pub const fn en(self) -> &'static str {
                match self { $(Self::$column => $en),* }
            }

            /// By any of its names, whatever the case, blanks and brackets.
            pub fn find(header: &str) -> Option<Self> {
                let header = $crate::table::plain(header);
                $(if [$zh, $en $(, $name)*].iter().any(|name| $crate::table::plain(name) == header) {
                    return Some(Self::$column);
                })*
                None
            }
        }
    };
}
pub(crate) use columns;

/// A header without what people put around it.
pub(crate) fn plain(name: &str) -> String {
    let name = name.split(['(', '（']).next().unwrap_or(name);
    let kept =
        |c: &char| !c.is_whitespace() && !matches!(c, '_' | '-' | '*' | '＊' | '"' | ':' | '：' | '\u{feff}');
    name.chars().filter(kept).flat_map(char::to_lowercase).collect()
}

/// A file that could be read.
pub(crate) struct Table<C> {
    columns: BTreeMap<C, usize>,
    pub(crate) lines: Vec<Line>,
    /// Headers that nobody understands; their columns are left out.
    pub(crate) ignored: Vec<String>,
    pub(crate) is_gb18030: bool,
}

/// A row that says something.
pub(crate) struct Line {
    /// As an editor counts lines, the header being the first.
    pub(crate) number: u64,
    cells: csv::StringRecord,
    /// All cells, where there are more than the header has.
    pub(crate) beyond: Option<usize>,
}

impl<C: Copy + Ord> Table<C> {
    /// # Errors
    /// A [`FileFlaw`]: nothing of it can be read.
    pub(crate) fn read(bytes: &[u8], find: fn(&str) -> Option<C>, needed: &[C]) -> Result<Self, FileFlaw<C>> {
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
        let (columns, ignored) = header_columns(&header, find, needed)?;
        let mut lines = Vec::new();
        for (n, record) in records.enumerate() {
            if n >= ROWS_MAX {
                return Err(FileFlaw::TooManyRows(ROWS_MAX));
            }
            let Ok(cells) = record else { continue };
            if cells.iter().all(|cell| meaning(cell).is_empty()) {
                continue;
            }
            let more = cells.iter().skip(header.len()).any(|cell| !cell.trim().is_empty());
            let number = cells.position().map_or(0, csv::Position::line);
            lines.push(Line { number, beyond: more.then_some(cells.len()), cells });
        }
        if lines.is_empty() {
            return Err(FileFlaw::NoRows);
        }
        Ok(Self { columns, lines, ignored, is_gb18030 })
    }

    /// What stands there, trimmed, what stands for nothing taken away.
    pub(crate) fn cell(&self, line: &Line, column: C) -> String {
        let text = self.columns.get(&column).and_then(|i| line.cells.get(*i)).unwrap_or("");
        meaning(text).to_owned()
    }
}

/// What people write for nothing.
fn meaning(cell: &str) -> &str {
    match cell.trim() {
        "-" | "--" | "—" | "——" | "/" | "无" | "n/a" | "N/A" => "",
        text => text,
    }
}

/// Marks of direction make a text read as another; controls break lines and tables.
pub(crate) fn has_hidden(text: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().any(hidden)
}

/// Begins as a formula does: a spreadsheet would compute it.
pub(crate) fn computes(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@'])
}

fn decode<C>(bytes: &[u8]) -> Result<(String, bool), FileFlaw<C>> {
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

type Columns<C> = BTreeMap<C, usize>;

fn header_columns<C: Copy + Ord>(
    header: &csv::StringRecord,
    find: fn(&str) -> Option<C>,
    needed: &[C],
) -> Result<(Columns<C>, Vec<String>), FileFlaw<C>> {
    if header.len() > COLUMNS_MAX {
        return Err(FileFlaw::TooManyColumns(COLUMNS_MAX));
    }
    let (mut columns, mut ignored) = (Columns::new(), Vec::new());
    for (i, name) in header.iter().enumerate() {
        match find(name) {
            Some(column) if columns.insert(column, i).is_some() => return Err(FileFlaw::Twice(column)),
            Some(_) => {}
            None if !name.trim().is_empty() => ignored.push(name.trim().chars().take(40).collect()),
            None => {}
        }
    }
    match needed.iter().find(|column| !columns.contains_key(column)) {
        Some(column) => Err(FileFlaw::NoColumn(*column)),
        None => Ok((columns, ignored)),
    }
}
