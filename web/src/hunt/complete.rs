//! What is being typed at the end of a text: the name of a field, or the value of one.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Bytes of the text in front of what would be replaced.
    pub from: usize,
    /// The field whose value is typed; `None` while its name is.
    pub field: Option<String>,
    /// What of it stands there already.
    pub prefix: String,
}

/// `text` ends at the cursor. `None` where there is nothing to complete: inside quotes of a free
/// word, in a regular expression.
pub(crate) fn slot(text: &str) -> Option<Slot> {
    let open = text.bytes().filter(|b| *b == b'"').count() % 2 == 1;
    let start = if open { text.rfind('"')? } else { text.len() };
    let front = &text[..start];
    let word_from = front
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace() || matches!(c, '(' | '（' | '"'))
        .map_or(0, |(i, c)| i + c.len_utf8());
    let word = &front[word_from..];
    let signs = word.len() - word.trim_start_matches(['-', '!']).len();
    let (word_from, word) = (word_from + signs, &word[signs..]);
    match word.char_indices().find(|(_, c)| matches!(c, ':' | '：')) {
        Some((colon, c)) => {
            let from = word_from + colon + c.len_utf8();
            let prefix = text[from..].trim_start_matches('"').to_owned();
            let ordered = prefix.starts_with(['>', '<', '[', '{', '/', '(']);
            (!ordered).then(|| Slot { from, field: Some(word[..colon].to_owned()), prefix })
        }
        None if open => None,
        None => Some(Slot { from: word_from, field: None, prefix: word.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_at_the_cursor_is_found() {
        let check = |text: &str, from: usize, field: Option<&str>, prefix: &str| {
            let expected = Slot { from, field: field.map(str::to_owned), prefix: prefix.to_owned() };
            assert_eq!(slot(text), Some(expected), "{text}");
        };
        check("", 0, None, "");
        check("us", 0, None, "us");
        check("a:b AND us", 8, None, "us");
        check("a:b (-us", 6, None, "us");
        check("user:wa", 5, Some("user"), "wa");
        check("a NOT user:\"wang fa", 11, Some("user"), "wang fa");
        check("用户：王", 9, Some("用户"), "王");
        check("user:\"a b\" h", 11, None, "h");
        for text in ["\"free wo", "src:>10", "a:/x", "a:[1 TO"] {
            assert!(slot(text).is_none_or(|s| s.field.is_none()), "{text}");
        }
    }
}
