//! One sheet as .xlsx. Every cell is a string that stands in the sheet itself: a value that begins with `=` is text.

use crate::{ReportError, archive::zipped, text};

/// A column: its head, its width in characters, and the values that may be chosen in it; none is any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub width: u16,
    pub choices: Vec<String>,
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";

const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>";

const RELS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

const BOOK_RELS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/></Relationships>";

/// 0: text that breaks its lines; 1: the head. All cells are of the format "text" (49).
const STYLES: &str = "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"宋体\"/></font><font><b/><sz val=\"11\"/><name val=\"黑体\"/></font></fonts><fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill><fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFF2F2F2\"/></patternFill></fill></fills><borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"2\"><xf numFmtId=\"49\" applyNumberFormat=\"1\" applyAlignment=\"1\"><alignment vertical=\"top\" wrapText=\"1\"/></xf><xf numFmtId=\"49\" fontId=\"1\" fillId=\"2\" applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\" applyAlignment=\"1\"><alignment vertical=\"center\" wrapText=\"1\"/></xf></cellXfs>";

fn escape(value: &str) -> String {
    text::clean(value).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `A`, `Z`, `AA`.
fn letters(mut column: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        match column / 26 {
            0 => break,
            rest => column = rest - 1,
        }
    }
    out.iter().rev().collect()
}

fn row(number: usize, style: u8, cells: impl Iterator<Item = String>) -> String {
    let cells = cells.enumerate().map(|(i, value)| {
        format!(
            "<c r=\"{}{number}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
            letters(i),
            escape(&value)
        )
    });
    format!("<row r=\"{number}\">{}</row>", cells.collect::<String>())
}

/// Makes the file: the head stays in sight, columns filter, choices are offered. The same rows are the same bytes.
///
/// # Errors
/// A file that cannot be packed.
pub fn write(name: &str, columns: &[Column], rows: &[Vec<String>]) -> Result<Vec<u8>, ReportError> {
    let widths = columns.iter().enumerate().map(|(i, c)| {
        format!("<col min=\"{0}\" max=\"{0}\" width=\"{1}\" customWidth=\"1\"/>", i + 1, c.width)
    });
    let last = rows.len() + 1;
    let mut data = row(1, 1, columns.iter().map(|c| c.name.clone()));
    for (i, cells) in rows.iter().enumerate() {
        data.push_str(&row(i + 2, 0, cells.iter().cloned()));
    }
    let chosen: Vec<_> = columns.iter().enumerate().filter(|(_, c)| !c.choices.is_empty()).collect();
    let validations = if chosen.is_empty() || rows.is_empty() {
        String::new()
    } else {
        let of = |(i, c): &(usize, &Column)| {
            let list = escape(&c.choices.join(",").replace('"', ""));
            format!(
                "<dataValidation type=\"list\" allowBlank=\"1\" showErrorMessage=\"1\" sqref=\"{0}2:{0}{last}\"><formula1>\"{list}\"</formula1></dataValidation>",
                letters(*i)
            )
        };
        let all: String = chosen.iter().map(of).collect();
        format!("<dataValidations count=\"{}\">{all}</dataValidations>", chosen.len())
    };
    let sheet = format!(
        "{HEAD}<worksheet {MAIN}><sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>{}</cols><sheetData>{data}</sheetData><autoFilter ref=\"A1:{}{last}\"/>{validations}</worksheet>",
        widths.collect::<String>(),
        letters(columns.len().saturating_sub(1))
    );
    // A sheet's name has 31 characters at most, and none of these.
    let name: String = name.chars().filter(|c| !"[]:*?/\\".contains(*c)).take(31).collect();
    let book = format!(
        "{HEAD}<workbook {MAIN} xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"{}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
        escape(&name)
    );
    let parts = [
        ("[Content_Types].xml", format!("{HEAD}{TYPES}")),
        ("_rels/.rels", format!("{HEAD}{RELS}")),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", format!("{HEAD}{BOOK_RELS}")),
        ("xl/styles.xml", format!("{HEAD}<styleSheet {MAIN}>{STYLES}</styleSheet>")),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    zipped(parts.iter().map(|(name, content)| (*name, content.as_bytes())))
}
