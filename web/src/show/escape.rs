//! The escaper of every template. Beyond markup it makes visible what would hide or reorder text:
//! control characters (as their pictures U+2400 …) and bidirectional controls (as their code point).
//! Line feed and tab pass: raw text stands in `<pre>`.

use std::fmt::{self, Write};

use askama::filters::Escaper;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        let mut from = 0;
        for (at, c) in text.char_indices() {
            let plain = c >= ' ' && !matches!(c, '"' | '&' | '\'' | '<' | '>') && !hides(c);
            if plain || c == '\n' || c == '\t' {
                continue;
            }
            dest.write_str(&text[from..at])?;
            from = at + c.len_utf8();
            write_one(&mut dest, c)?;
        }
        dest.write_str(&text[from..])
    }
}

fn write_one<W: Write>(dest: &mut W, c: char) -> fmt::Result {
    match c {
        '"' => dest.write_str("&#34;"),
        '&' => dest.write_str("&#38;"),
        '\'' => dest.write_str("&#39;"),
        '<' => dest.write_str("&#60;"),
        '>' => dest.write_str("&#62;"),
        // C0 has a picture each at U+2400 + code; DEL's is U+2421.
        c if c < ' ' => dest.write_char(char::from_u32(0x2400 + c as u32).unwrap_or('\u{2426}')),
        '\u{7f}' => dest.write_char('\u{2421}'),
        c => write!(dest, "[U+{:04X}]", c as u32),
    }
}

/// Characters that are not seen but change what is: C1 controls, bidirectional controls, zero-width
/// spaces and the byte order mark.
fn hides(c: char) -> bool {
    matches!(c,
        '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        Html.write_escaped_str(&mut out, text).expect("written");
        out
    }

    #[test]
    fn markup_controls_and_direction_are_shown_as_text() {
        assert_eq!(escaped("<a href='x\"&'>"), "&#60;a href=&#39;x&#34;&#38;&#39;&#62;");
        assert_eq!(escaped("a\r\nb\0\u{7f}"), "a\u{240d}\nb\u{2400}\u{2421}");
        assert_eq!(escaped("invoice\u{202e}fdp.exe"), "invoice[U+202E]fdp.exe");
        assert_eq!(escaped("协和医院 =cmd|' /C calc'!A0"), "协和医院 =cmd|&#39; /C calc&#39;!A0");
    }
}
