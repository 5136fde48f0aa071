//! The first sheet of an .xlsx file, or a CSV file, as rows of text. Whoever sent it: sizes are bounded, nothing is
//! expanded, nothing is computed. The libraries for this (calamine 0.38) reserve as many strings as a file says that
//! it has, so that a forged number ends the process; hence these few elements by hand.

use std::io::{Cursor, Read};

use quick_xml::{Reader, events::Event};
use zip::ZipArchive;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    #[error("the file is neither .xlsx nor CSV in UTF-8 or GB18030")]
    Kind,
    #[error("the file is too large or has too many rows")]
    TooLarge,
    #[error("the file is broken")]
    Broken,
}

/// Bytes of one part when it is unpacked.
const PART_MAX: u64 = 32 << 20;
const ROWS_MAX: usize = 20_000;
const COLUMNS_MAX: usize = 200;
const CELL_MAX: usize = 32_767;
const PARTS_MAX: usize = 1_000;

/// Rows with their cells; empty rows are left out, and cells behind the last one of a row.
///
/// # Errors
/// See [`SheetError`].
pub fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetError> {
    let rows = if bytes.starts_with(b"PK\x03\x04") { xlsx(bytes)? } else { csv(bytes)? };
    if rows.is_empty() { Err(SheetError::Kind) } else { Ok(rows) }
}

fn csv(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetError> {
    if bytes.contains(&0) {
        return Err(SheetError::Kind);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or(SheetError::Kind)?
            .into_owned(),
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| SheetError::Broken)?;
        put(&mut rows, record.iter().map(str::to_owned).collect())?;
    }
    Ok(rows)
}

fn put(rows: &mut Vec<Vec<String>>, mut row: Vec<String>) -> Result<(), SheetError> {
    while row.last().is_some_and(String::is_empty) {
        row.pop();
    }
    if row.is_empty() {
        return Ok(());
    }
    if rows.len() >= ROWS_MAX || row.len() > COLUMNS_MAX || row.iter().any(|c| c.chars().count() > CELL_MAX) {
        return Err(SheetError::TooLarge);
    }
    rows.push(row);
    Ok(())
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn part(archive: &mut Archive<'_>, name: &str) -> Result<Option<Vec<u8>>, SheetError> {
    let Ok(file) = archive.by_name(name) else { return Ok(None) };
    let mut bytes = Vec::new();
    // One more than may be: what a file says of its own size is not believed.
    file.take(PART_MAX + 1).read_to_end(&mut bytes).map_err(|_| SheetError::Broken)?;
    if bytes.len() as u64 > PART_MAX { Err(SheetError::TooLarge) } else { Ok(Some(bytes)) }
}

fn xlsx(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetError::Broken)?;
    if archive.len() > PARTS_MAX {
        return Err(SheetError::TooLarge);
    }
    let shared = match part(&mut archive, "xl/sharedStrings.xml")? {
        Some(bytes) => strings(&bytes)?,
        None => Vec::new(),
    };
    let mut sheets: Vec<String> =
        archive.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect();
    sheets.retain(|name| name.starts_with("xl/worksheets/sheet"));
    sheets.sort_by_key(|name| (name.len(), name.clone()));
    let first = sheets.first().ok_or(SheetError::Kind)?;
    let sheet = part(&mut archive, first)?.ok_or(SheetError::Broken)?;
    rows(&sheet, &shared)
}

/// What a walk through a part meets: an element's beginning with its attributes, its end, text.
enum Met {
    Open(String, Vec<(String, String)>),
    Close(String),
    Text(String),
}

fn walk(bytes: &[u8], mut meet: impl FnMut(Met) -> Result<(), SheetError>) -> Result<(), SheetError> {
    let mut reader = Reader::from_reader(bytes);
    let broken = |_| SheetError::Broken;
    let name =
        |raw: &[u8]| String::from_utf8_lossy(raw.rsplit(|b| *b == b':').next().unwrap_or(raw)).into_owned();
    loop {
        match reader.read_event().map_err(broken)? {
            event @ (Event::Start(_) | Event::Empty(_)) => {
                let is_empty = matches!(event, Event::Empty(_));
                let (Event::Start(tag) | Event::Empty(tag)) = event else { continue };
                let mut attributes = Vec::new();
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|_| SheetError::Broken)?;
                    let value = String::from_utf8_lossy(&attribute.value).into_owned();
                    attributes.push((name(attribute.key.as_ref()), value));
                }
                let opened = name(tag.name().as_ref());
                meet(Met::Open(opened.clone(), attributes))?;
                if is_empty {
                    meet(Met::Close(opened))?;
                }
            }
            Event::End(tag) => meet(Met::Close(name(tag.name().as_ref())))?,
            Event::Text(text) => {
                meet(Met::Text(text.decode().map_err(|_| SheetError::Broken)?.into_owned()))?
            }
            Event::CData(text) => meet(Met::Text(String::from_utf8_lossy(&text).into_owned()))?,
            Event::GeneralRef(reference) => {
                let code = reference.resolve_char_ref().map_err(broken)?;
                let text = match code {
                    Some(c) => c.to_string(),
                    None => {
                        let name = reference.decode().map_err(|_| SheetError::Broken)?;
                        quick_xml::escape::resolve_xml_entity(&name).ok_or(SheetError::Broken)?.to_owned()
                    }
                };
                meet(Met::Text(text))?;
            }
            Event::DocType(_) => return Err(SheetError::Broken),
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// The shared strings; what a string is made of is joined, its reading aid left out.
fn strings(bytes: &[u8]) -> Result<Vec<String>, SheetError> {
    let (mut all, mut is_text, mut is_aid) = (Vec::new(), false, false);
    let mut one = String::new();
    walk(bytes, |met| {
        match met {
            Met::Open(name, _) => match name.as_str() {
                "si" => one.clear(),
                "t" => is_text = true,
                "rPh" => is_aid = true,
                _ => {}
            },
            Met::Close(name) => match name.as_str() {
                "si" => all.push(std::mem::take(&mut one)),
                "t" => is_text = false,
                "rPh" => is_aid = false,
                _ => {}
            },
            Met::Text(text) if is_text && !is_aid => one.push_str(&text),
            Met::Text(_) => {}
        }
        Ok(())
    })?;
    Ok(all)
}

/// `AB12` is column 27; None without letters.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase);
    let n = letters.take(4).fold(0_usize, |n, b| n * 26 + usize::from(b - b'A') + 1);
    n.checked_sub(1)
}

fn rows(bytes: &[u8], shared: &[String]) -> Result<Vec<Vec<String>>, SheetError> {
    let mut out = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let (mut at, mut kind, mut value, mut reads) = (0, String::new(), String::new(), false);
    walk(bytes, |met| {
        match met {
            Met::Open(name, attributes) => {
                let get =
                    |key: &str| attributes.iter().find(|(n, _)| n == key).map_or("", |(_, v)| v.as_str());
                match name.as_str() {
                    "row" => row.clear(),
                    "c" => {
                        at = column(get("r")).unwrap_or(row.len());
                        get("t").clone_into(&mut kind);
                        value.clear();
                    }
                    // What a formula has computed is its value; the formula is nobody's business.
                    "v" | "t" => reads = true,
                    _ => {}
                }
            }
            Met::Text(text) if reads => value.push_str(&text),
            Met::Text(_) => {}
            Met::Close(name) => match name.as_str() {
                "v" | "t" => reads = false,
                "c" => {
                    if at >= COLUMNS_MAX {
                        return Err(SheetError::TooLarge);
                    }
                    let cell = if kind == "s" {
                        let index = value.trim().parse::<usize>().ok();
                        index.and_then(|i| shared.get(i)).ok_or(SheetError::Broken)?.clone()
                    } else {
                        std::mem::take(&mut value)
                    };
                    if row.len() <= at {
                        row.resize(at + 1, String::new());
                    }
                    row[at] = cell;
                }
                "row" => put(&mut out, std::mem::take(&mut row))?,
                _ => {}
            },
        }
        Ok(())
    })?;
    Ok(out)
}
