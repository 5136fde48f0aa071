//! One sheet as .xlsx. Every cell is a string: a value that begins with `=` is text.

use rust_xlsxwriter::{
    DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError,
};

use crate::text;

/// A column: its head, its width in characters, and the values that may be chosen in it; none is any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub width: u16,
    pub choices: Vec<String>,
}

/// Makes the file: the head stays in sight, columns filter, choices are offered. The same rows are the same bytes.
///
/// # Errors
/// A value that a sheet cannot hold: a cell of more than 32,767 characters, choices of more than 255.
pub fn write(name: &str, columns: &[Column], rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let text_format = Format::new().set_num_format("@").set_text_wrap();
    let body = text_format.clone().set_font_name("宋体").set_align(FormatAlign::Top);
    let head = text_format.set_font_name("黑体").set_bold().set_background_color("F2F2F2");
    let head = head.set_align(FormatAlign::VerticalCenter);
    let mut book = Workbook::new();
    // Without any time of its own.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    // A sheet's name has 31 characters at most, and none of these.
    sheet.set_name(name.chars().filter(|c| !"[]:*?/\\".contains(*c)).take(31).collect::<String>())?;
    let last = u32::try_from(rows.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
    for (i, column) in (0_u16..).zip(columns) {
        sheet.set_column_width(i, column.width)?;
        sheet.write_string_with_format(0, i, text::clean(&column.name), &head)?;
        if !column.choices.is_empty() && last > 0 {
            let choices = DataValidation::new().allow_list_strings(&column.choices)?;
            sheet.add_data_validation(1, i, last, i, &choices)?;
        }
    }
    for (line, cells) in (1_u32..).zip(rows) {
        for (i, cell) in (0_u16..).zip(cells) {
            sheet.write_string_with_format(line, i, text::clean(cell), &body)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if let Some(end) = columns.len().checked_sub(1).and_then(|n| u16::try_from(n).ok()) {
        sheet.autofilter(0, 0, last, end)?;
    }
    book.save_to_buffer()
}
