//! Tables as spreadsheets: written as .xlsx (ECMA-376) in which nothing computes, read back from .xlsx or CSV within
//! bounds.

mod read;
mod write;

pub use self::{
    read::{SheetError, read},
    write::{Column, write},
};

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, choices: &[&str]) -> Column {
        Column { name: name.into(), width: 12, choices: choices.iter().map(|c| (*c).to_owned()).collect() }
    }

    #[test]
    fn what_is_written_is_read_back_and_no_cell_computes() {
        let rows = vec![
            vec!["=1+1".to_owned(), "<a>&\"\u{1}行".to_owned()],
            vec!["  两端空格 ".to_owned(), "第一行\n第二行".to_owned()],
        ];
        let made = write("整改台账", &[column("问题", &[]), column("处理", &["销号", "退回"])], &rows)
            .expect("a file");
        assert_eq!(
            made,
            write("整改台账", &[column("问题", &[]), column("处理", &["销号", "退回"])], &rows)
                .expect("again")
        );
        let back = read(&made).expect("read");
        assert_eq!(back[0], ["问题", "处理"]);
        assert_eq!(back[1], ["=1+1", "<a>&\"\u{fffd}行"]);
        assert_eq!(back[2], ["  两端空格 ", "第一行\n第二行"]);
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&made)).expect("an archive");
        let mut xml = String::new();
        let mut part = archive.by_name("xl/worksheets/sheet1.xml").expect("the sheet");
        std::io::Read::read_to_string(&mut part, &mut xml).expect("text");
        assert!(!xml.contains("<f>") && xml.matches("t=\"s\"").count() == 6, "{xml}");
    }

    #[test]
    fn csv_is_read_in_both_encodings_and_bad_files_are_refused() {
        assert_eq!(read("编号,处理\n1-2,销号\n".as_bytes()).expect("UTF-8")[1], ["1-2", "销号"]);
        let (gb, _, _) = encoding_rs::GB18030.encode("\u{feff}编号,处理\r\n\"1,2\",退回");
        assert_eq!(read(&gb).expect("GB18030")[1], ["1,2", "退回"]);
        for bad in [&b""[..], b"PK\x03\x04 no archive", b"\xff\xff\xff\x00"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        // A bomb: a small archive with a part that is larger than any list.
        let bomb = "<sheetData>".to_owned() + &" ".repeat(40 << 20);
        let packed = crate::archive::zipped([("xl/worksheets/sheet1.xml", bomb.as_bytes())]).expect("packed");
        assert!(packed.len() < 1 << 20);
        assert!(matches!(read(&packed), Err(SheetError::TooLarge)));
        // Entities that would grow are not expanded.
        let entity = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><worksheet><sheetData><row><c t=\"inlineStr\"><is><t>&a;</t></is></c></row></sheetData></worksheet>";
        let packed =
            crate::archive::zipped([("xl/worksheets/sheet1.xml", entity.as_bytes())]).expect("packed");
        assert!(matches!(read(&packed), Err(SheetError::Broken)));
    }

    /// As Excel writes it when somebody has filled it in: shared strings, and cells that were left out.
    #[test]
    fn a_sheet_that_excel_has_saved_is_read() {
        let shared = "<sst><si><t>编号</t></si><si><r><t>处</t></r><r><t>理</t></r></si><si><t xml:space=\"preserve\">a &amp; b&#10;c</t></si></sst>";
        let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>\
            <row r=\"3\"><c r=\"A3\"><v>12</v></c><c r=\"C3\" t=\"s\"><v>2</v></c><c r=\"D3\"/></row></sheetData></worksheet>";
        let packed = crate::archive::zipped([
            ("xl/sharedStrings.xml", shared.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ]);
        let rows = read(&packed.expect("packed")).expect("read");
        assert_eq!(rows, [vec!["编号", "", "处理"], vec!["12", "", "a & b\nc"]]);
    }
}
