//! Text to tokens. What a character means depends on where it stands: behind `field:` a colon or a
//! bracket is another thing than in a free word, and in a list a comma parts values. The full-width
//! colon, comma, parentheses and quotes that Chinese keyboards write are taken for the plain ones.

use super::{
    ast::{Op, Pattern, Piece, RESERVED, Range, Span},
    error::{Fault, QueryFault},
};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Comma,
    /// A name with the colon behind it.
    Field(String),
    Text(Pattern),
    Regex(String),
    Compare(Op),
    Range(Range),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexed {
    pub token: Token,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Term,
    /// Right behind `field:`.
    Value,
    /// Between the parentheses of `field:( … )`.
    List,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    mode: Mode,
    out: Vec<Lexed>,
}

pub(super) fn lex(text: &str) -> Result<Vec<Lexed>, QueryFault> {
    let mut lexer = Lexer { text, at: 0, mode: Mode::Term, out: Vec::new() };
    while lexer.step()? {}
    Ok(lexer.out)
}

const fn is_open_quote(c: char) -> bool {
    matches!(c, '"' | '“')
}

const fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：')
}

const fn is_comma(c: char) -> bool {
    matches!(c, ',' | '，')
}

const fn is_parenthesis(c: char) -> bool {
    matches!(c, '(' | ')' | '（' | '）')
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.bump();
        }
    }

    fn push(&mut self, token: Token, start: usize) {
        self.out.push(Lexed { token, span: Span { start, end: self.at } });
    }

    /// A value is complete: what follows `field:value` is a new term.
    fn value(&mut self, token: Token, start: usize) {
        self.push(token, start);
        if self.mode == Mode::Value {
            self.mode = Mode::Term;
        }
    }

    /// One token; `false` at the end.
    fn step(&mut self) -> Result<bool, QueryFault> {
        self.skip_space();
        let start = self.at;
        let Some(c) = self.peek() else { return Ok(false) };
        let next = self.text[start + c.len_utf8()..].chars().next();
        let in_value = self.mode != Mode::Term;
        match c {
            '(' | '（' => {
                self.bump();
                match self.mode {
                    Mode::List => return Err(Fault::List.at(Span { start, end: self.at })),
                    Mode::Value => self.mode = Mode::List,
                    Mode::Term => {}
                }
                self.push(Token::Open, start);
            }
            ')' | '）' => {
                self.bump();
                self.mode = Mode::Term;
                self.push(Token::Close, start);
            }
            c if is_open_quote(c) => self.quoted(start)?,
            c if is_comma(c) && self.mode == Mode::List => {
                self.bump();
                self.push(Token::Comma, start);
            }
            '-' | '!' if !in_value && next.is_some_and(|n| !n.is_whitespace()) => {
                self.bump();
                self.push(Token::Not, start);
            }
            '>' | '<' if in_value => {
                self.bump();
                let equal = self.peek() == Some('=');
                if equal {
                    self.bump();
                }
                self.push(
                    Token::Compare(match (c, equal) {
                        ('>', true) => Op::GreaterOrEqual,
                        ('>', false) => Op::Greater,
                        (_, true) => Op::LessOrEqual,
                        (_, false) => Op::Less,
                    }),
                    start,
                );
            }
            '[' | '{' if in_value => {
                let range = self.range(start)?;
                self.value(Token::Range(range), start);
            }
            '/' => match self.regex_end() {
                Some(end) => {
                    let pattern = self.text[start + 1..end].to_owned();
                    self.at = end + 1;
                    self.value(Token::Regex(pattern), start);
                }
                None => self.bare(start),
            },
            _ => self.bare(start),
        }
        Ok(true)
    }

    /// A regular expression ends at the first `/` that nothing but a space or a parenthesis follows,
    /// and holds no space: so `/etc/passwd` is a path.
    fn regex_end(&self) -> Option<usize> {
        let rest = &self.text[self.at + 1..];
        let mut escaped = false;
        for (i, c) in rest.char_indices() {
            if c.is_whitespace() {
                return None;
            }
            if c == '/' && !escaped && i > 0 {
                let after = rest[i + 1..].chars().next();
                let comma = |c| self.mode == Mode::List && is_comma(c);
                if after.is_none_or(|c| c.is_whitespace() || matches!(c, ')' | '）') || comma(c)) {
                    return Some(self.at + 1 + i);
                }
            }
            escaped = c == '\\' && !escaped;
        }
        None
    }

    /// The inside of quotes; `\"` and `\\` are escapes, any other backslash is itself.
    fn quotes(&mut self) -> Result<String, QueryFault> {
        let start = self.at;
        let close = if self.bump() == Some('“') { '”' } else { '"' };
        let mut text = String::new();
        while let Some(c) = self.bump() {
            match c {
                c if c == close => return Ok(text),
                '\\' if matches!(self.peek(), Some('"' | '\\')) => text.extend(self.bump()),
                c => text.push(c),
            }
        }
        Err(Fault::OpenQuote.at(Span { start, end: self.at }))
    }

    fn quoted(&mut self, start: usize) -> Result<(), QueryFault> {
        let text = self.quotes()?;
        if self.mode == Mode::Term && self.peek().is_some_and(is_colon) {
            self.bump();
            self.mode = Mode::Value;
            self.push(Token::Field(text), start);
        } else {
            self.value(Token::Text(Pattern::literal(&text)), start);
        }
        Ok(())
    }

    /// A word. A backslash takes the meaning from the character behind it; before a letter or a digit
    /// it is itself, so that `DOMAIN\name` and paths need no care.
    fn bare(&mut self, start: usize) {
        let mut pattern = Pattern::default();
        let mut plain = true;
        while let Some(c) = self.peek() {
            let ends = c.is_whitespace()
                || is_parenthesis(c)
                || is_open_quote(c)
                || (self.mode == Mode::List && is_comma(c));
            if ends {
                break;
            }
            if self.mode == Mode::Term && plain && is_colon(c) && !pattern.pieces().is_empty() {
                let name = pattern.as_literal().unwrap_or_default().to_owned();
                self.bump();
                self.mode = Mode::Value;
                self.push(Token::Field(name), start);
                return;
            }
            self.bump();
            match c {
                '*' => pattern.push(Piece::Any),
                '?' => pattern.push(Piece::One),
                '\\' if self.peek().is_some_and(|n| !n.is_alphanumeric()) => {
                    plain = false;
                    self.bump().into_iter().for_each(|c| pattern.push_char(c));
                }
                c => pattern.push_char(c),
            }
            plain &= !matches!(c, '*' | '?');
        }
        let word = &self.text[start..self.at];
        match word {
            "AND" | "&&" => self.push(Token::And, start),
            "OR" | "||" => self.push(Token::Or, start),
            "NOT" => self.push(Token::Not, start),
            _ => self.value(Token::Text(pattern), start),
        }
        debug_assert!(RESERVED.len() == 6, "a new reserved word needs its token here");
    }

    fn range(&mut self, start: usize) -> Result<Range, QueryFault> {
        let with_low = self.bump() == Some('[');
        let bad = |at: usize| Fault::Range.at(Span { start, end: at });
        let low = self.range_end().map_err(|_| bad(self.at))?;
        self.skip_space();
        let to = self.text[self.at..].strip_prefix("TO").is_some_and(|r| r.starts_with(char::is_whitespace));
        if !to {
            return Err(bad(self.text.len()));
        }
        self.at += 2;
        let high = self.range_end().map_err(|_| bad(self.at))?;
        self.skip_space();
        let with_high = match self.bump() {
            Some(']') => true,
            Some('}') => false,
            _ => return Err(bad(self.at)),
        };
        Ok(Range { low, with_low, high, with_high })
    }

    /// One end of a range; `None` for `*`.
    fn range_end(&mut self) -> Result<Option<String>, QueryFault> {
        self.skip_space();
        let start = self.at;
        if self.peek().is_some_and(is_open_quote) {
            return self.quotes().map(Some);
        }
        while self.peek().is_some_and(|c| !c.is_whitespace() && !matches!(c, ']' | '}' | '"')) {
            self.bump();
        }
        match &self.text[start..self.at] {
            "" => Err(Fault::Range.at(Span { start, end: self.at })),
            "*" => Ok(None),
            value => Ok(Some(value.to_owned())),
        }
    }
}
