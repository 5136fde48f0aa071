//! The body of a document, written from top to bottom.

use std::fmt::Write;

use super::{font, pack};
use crate::{ReportError, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
    Both,
}

impl Align {
    const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Center => "center",
            Self::Right => "right",
            Self::Both => "both",
        }
    }
}

/// How a paragraph looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub font: &'static str,
    pub size_pt: f32,
    pub bold: bool,
    /// `RRGGBB`; empty is black.
    pub color: &'static str,
    pub align: Align,
    /// First line, in hundredths of a character.
    pub first_line: u32,
    /// The whole paragraph, likewise.
    pub left: u32,
    pub right: u32,
    /// Exact pitch of lines in points; 0 leaves it to Word.
    pub pitch_pt: f32,
    pub before_pt: f32,
    pub after_pt: f32,
    pub keep_next: bool,
    pub page_break: bool,
    /// A red double line below, as a letter's head has.
    pub ruled: bool,
    /// 1 to 3 puts the paragraph into the outline; 0 does not.
    pub outline: u8,
}

impl Style {
    /// 3号仿宋, 28.95 points from line to line.
    pub(crate) const BODY: Self = Self {
        font: font::BODY,
        size_pt: 16.0,
        bold: false,
        color: "",
        align: Align::Both,
        first_line: 200,
        left: 0,
        right: 0,
        pitch_pt: 28.95,
        before_pt: 0.0,
        after_pt: 0.0,
        keep_next: false,
        page_break: false,
        ruled: false,
        outline: 0,
    };
    /// In tables.
    pub(crate) const CELL: Self =
        Self { size_pt: 10.5, align: Align::Left, first_line: 0, pitch_pt: 0.0, ..Self::BODY };
}

/// A table's cell: its text, how many columns it goes over, how many rows below it belong to it.
pub(crate) struct Cell<'a> {
    text: &'a str,
    style: Style,
    columns: usize,
    merge: Option<bool>,
    shade: &'static str,
}

/// A document being written.
pub(crate) struct Word {
    body: String,
    /// PNG files, in the order of their places in the body.
    pictures: Vec<Vec<u8>>,
}

/// Twentieths of a point.
fn twips(points: f32) -> i64 {
    (f64::from(points) * 20.0).round() as i64
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Word {
    pub(crate) fn new() -> Self {
        Self { body: String::new(), pictures: Vec::new() }
    }

    fn put(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(part);
    }

    /// A paragraph; line ends in the text are line breaks.
    pub(crate) fn paragraph(&mut self, style: Style, text: &str) {
        self.body.push_str("<w:p><w:pPr>");
        if style.keep_next {
            self.body.push_str("<w:keepNext/>");
        }
        if style.page_break {
            self.body.push_str("<w:pageBreakBefore/>");
        }
        if style.ruled {
            self.body.push_str(
                "<w:pBdr><w:bottom w:val=\"thickThinSmallGap\" w:sz=\"18\" w:space=\"4\" w:color=\"D7000F\"/></w:pBdr>",
            );
        }
        let rule = if style.pitch_pt > 0.0 {
            format!(" w:line=\"{}\" w:lineRule=\"exact\"", twips(style.pitch_pt))
        } else {
            String::new()
        };
        self.put(format_args!(
            "<w:spacing w:before=\"{}\" w:after=\"{}\"{rule}/>",
            twips(style.before_pt),
            twips(style.after_pt)
        ));
        self.put(format_args!(
            "<w:ind w:leftChars=\"{}\" w:rightChars=\"{}\" w:firstLineChars=\"{}\"/><w:jc w:val=\"{}\"/>",
            style.left,
            style.right,
            style.first_line,
            style.align.name()
        ));
        if style.outline > 0 {
            self.put(format_args!("<w:outlineLvl w:val=\"{}\"/>", style.outline - 1));
        }
        self.body.push_str("</w:pPr>");
        for (i, line) in text::clean(text).split('\n').enumerate() {
            self.run(style, line, i > 0);
        }
        self.body.push_str("</w:p>");
    }

    fn run(&mut self, style: Style, line: &str, after_break: bool) {
        let bold = if style.bold { "<w:b/>" } else { "" };
        let color = if style.color.is_empty() {
            String::new()
        } else {
            format!("<w:color w:val=\"{}\"/>", style.color)
        };
        let half = (style.size_pt * 2.0).round() as i64;
        let font = style.font;
        let start = if after_break { "<w:br/>" } else { "" };
        self.put(format_args!(
            "<w:r><w:rPr><w:rFonts w:ascii=\"{font}\" w:hAnsi=\"{font}\" w:eastAsia=\"{font}\" w:hint=\"eastAsia\"/>{bold}{color}<w:sz w:val=\"{half}\"/><w:szCs w:val=\"{half}\"/></w:rPr>{start}<w:t xml:space=\"preserve\">{}</w:t></w:r>",
            escape(line)
        ));
    }

    /// A table over the whole width; `widths` in hundredths of it. The head is repeated on every page.
    pub(crate) fn table<'a>(
        &mut self,
        widths: &[u8],
        head: &[&str],
        rows: impl IntoIterator<Item = Vec<Cell<'a>>>,
    ) {
        self.body.push_str("<w:tbl><w:tblPr><w:tblW w:w=\"5000\" w:type=\"pct\"/><w:tblBorders>");
        for side in ["top", "left", "bottom", "right", "insideH", "insideV"] {
            self.put(format_args!(
                "<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"404040\"/>"
            ));
        }
        self.body.push_str("</w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>");
        // 156 mm of text.
        let columns: Vec<i64> = widths.iter().map(|w| i64::from(*w) * 8_845 / 100).collect();
        for width in &columns {
            self.put(format_args!("<w:gridCol w:w=\"{width}\"/>"));
        }
        self.body.push_str("</w:tblGrid>");
        if !head.is_empty() {
            self.body.push_str("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
            let style = Style { font: font::HEADING, align: Align::Center, ..Style::CELL };
            for (text, width) in head.iter().zip(&columns) {
                self.cell(&Cell { text, style, columns: 1, merge: None, shade: "F2F2F2" }, *width);
            }
            self.body.push_str("</w:tr>");
        }
        for row in rows {
            self.body.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
            let mut at = 0;
            for cell in row {
                let end = (at + cell.columns).min(columns.len());
                self.cell(&cell, columns[at.min(end)..end].iter().sum());
                at = end;
            }
            self.body.push_str("</w:tr>");
        }
        // Word wants a paragraph between a table and what follows.
        self.body
            .push_str("</w:tbl><w:p><w:pPr><w:spacing w:line=\"120\" w:lineRule=\"exact\"/></w:pPr></w:p>");
    }

    /// A square PNG in a paragraph of its own, `side_mm` wide; `words` for who cannot see it.
    pub(crate) fn picture(&mut self, png: Vec<u8>, side_mm: f32, words: &str) {
        const EMU_PER_MM: f64 = 36_000.0;
        let side = (f64::from(side_mm) * EMU_PER_MM).round() as i64;
        self.pictures.push(png);
        let (id, words) = (self.pictures.len(), escape(words));
        self.put(format_args!(
            "<w:p><w:pPr><w:keepNext/></w:pPr><w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{side}\" cy=\"{side}\"/><wp:docPr id=\"{id}\" name=\"{words}\" descr=\"{words}\"/><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic><pic:nvPicPr><pic:cNvPr id=\"{id}\" name=\"{words}\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed=\"{}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{side}\" cy=\"{side}\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>",
            pack::picture_id(id)
        ));
    }

    fn cell(&mut self, cell: &Cell<'_>, width: i64) {
        self.put(format_args!("<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>"));
        if cell.columns > 1 {
            self.put(format_args!("<w:gridSpan w:val=\"{}\"/>", cell.columns));
        }
        match cell.merge {
            Some(true) => self.body.push_str("<w:vMerge w:val=\"restart\"/>"),
            Some(false) => self.body.push_str("<w:vMerge/>"),
            None => {}
        }
        if !cell.shade.is_empty() {
            self.put(format_args!("<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{}\"/>", cell.shade));
        }
        self.body.push_str("<w:vAlign w:val=\"center\"/></w:tcPr>");
        self.paragraph(cell.style, cell.text);
        self.body.push_str("</w:tc>");
    }

    /// The packed file. `stamp` is what the file says of its own making: RFC 3339.
    ///
    /// # Errors
    /// A file that cannot be packed.
    pub(crate) fn finish(self, title: &str, author: &str, stamp: &str) -> Result<Vec<u8>, ReportError> {
        pack::pack(&self.body, &self.pictures, title, author, stamp)
    }
}

impl<'a> Cell<'a> {
    pub(crate) const fn new(text: &'a str, align: Align) -> Self {
        Self { text, style: Style { align, ..Style::CELL }, columns: 1, merge: None, shade: "" }
    }

    #[must_use]
    pub(crate) const fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    #[must_use]
    pub(crate) const fn over(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }

    /// The first (`true`) or a further one of cells that are one.
    #[must_use]
    pub(crate) const fn merged(mut self, first: bool) -> Self {
        self.merge = Some(first);
        self
    }
}
