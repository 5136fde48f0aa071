//! What a query says, before anybody asks whether its fields exist; and how it is written.

use std::fmt::{self, Write};

/// Where something stands in the text, in bytes. Two queries are the same wherever their parts stand,
/// so spans are always equal.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Span {
    pub(crate) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.end) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// `*`
    Any,
    /// `?`
    One,
}

/// A text with wildcards. No two texts stand side by side, none is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

impl Pattern {
    pub(crate) fn literal(text: &str) -> Self {
        let mut pattern = Self::default();
        text.chars().for_each(|c| pattern.push_char(c));
        pattern
    }

    pub(crate) fn push_char(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => self.0.push(Piece::Text(c.to_string())),
        }
    }

    pub(crate) fn push(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => text.chars().for_each(|c| self.push_char(c)),
            wildcard => self.0.push(wildcard),
        }
    }

    /// The text, where there is no wildcard in it.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    pub(crate) fn is_any(&self) -> bool {
        self.0 == [Piece::Any]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Op {
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

/// `[low TO high]`; `{` and `}` leave the end itself out, `*` is no end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub low: Option<String>,
    pub with_low: bool,
    pub high: Option<String>,
    pub with_high: bool,
}

/// What a field is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Exists,
    Is(Pattern),
    Regex(String),
    Compare(Op, String),
    Range(Range),
    /// `(a, b, c)`: one of them. Never nested.
    OneOf(Vec<Test>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldTest {
    pub name: String,
    pub test: Test,
    pub name_span: Span,
    pub test_span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// `*`, and the empty query.
    All,
    /// Words in message or raw text.
    Word(Pattern),
    WordRegex(String, Span),
    Field(FieldTest),
    Not(Box<Node>),
    /// Two or more.
    And(Vec<Node>),
    Or(Vec<Node>),
}

impl Node {
    /// `field:"value"`
    pub(crate) fn is(name: &str, value: &str) -> Self {
        Self::field(name, Test::Is(Pattern::literal(value)))
    }

    pub(crate) fn field(name: &str, test: Test) -> Self {
        let span = Span::default();
        Self::Field(FieldTest { name: name.to_owned(), test, name_span: span, test_span: span })
    }

    /// This and `other`, which is not said twice.
    pub(crate) fn and(self, other: Self) -> Self {
        match self {
            Self::All => other,
            Self::And(nodes) if nodes.contains(&other) => Self::And(nodes),
            Self::And(mut nodes) => {
                nodes.push(other);
                Self::And(nodes)
            }
            same if same == other => same,
            one => Self::And(vec![one, other]),
        }
    }

    pub(crate) fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

pub(super) const RESERVED: [&str; 6] = ["AND", "OR", "NOT", "TO", "&&", "||"];

/// Characters that mean nothing but themselves, wherever they stand.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '/' | '-')
}

/// Needs no quotes.
fn is_bare(text: &str) -> bool {
    let opens = |c: char| matches!(c, '/' | '-');
    !text.is_empty() && !text.starts_with(opens) && text.chars().all(is_plain) && !RESERVED.contains(&text)
}

struct Literal<'a>(&'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_bare(self.0) {
            return f.write_str(self.0);
        }
        f.write_char('"')?;
        for c in self.0.chars() {
            if matches!(c, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        }
        f.write_char('"')
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.as_literal() {
            return write!(f, "{}", Literal(text));
        }
        let mut first = true;
        for piece in &self.0 {
            match piece {
                Piece::Any => f.write_char('*')?,
                Piece::One => f.write_char('?')?,
                Piece::Text(text) => {
                    for c in text.chars() {
                        if !is_plain(c) || (first && matches!(c, '/' | '-')) {
                            f.write_char('\\')?;
                        }
                        f.write_char(c)?;
                        first = false;
                    }
                }
            }
            first = false;
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => f.write_char('*'),
            Self::Is(pattern) => write!(f, "{pattern}"),
            Self::Regex(pattern) => write!(f, "/{pattern}/"),
            Self::Compare(op, value) => write!(f, "{}{}", op.sign(), Literal(value)),
            Self::Range(range) => {
                f.write_char(if range.with_low { '[' } else { '{' })?;
                for (i, end) in [&range.low, &range.high].into_iter().enumerate() {
                    f.write_str(if i == 1 { " TO " } else { "" })?;
                    match end {
                        Some(value) => write!(f, "{}", Literal(value))?,
                        None => f.write_char('*')?,
                    }
                }
                f.write_char(if range.with_high { ']' } else { '}' })
            }
            Self::OneOf(tests) => {
                f.write_char('(')?;
                for (i, test) in tests.iter().enumerate() {
                    write!(f, "{}{test}", if i == 0 { "" } else { ", " })?;
                }
                f.write_char(')')
            }
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |f: &mut fmt::Formatter<'_>, nodes: &[Self], between: &str, inner: fn(&Self) -> bool| {
            for (i, node) in nodes.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { between })?;
                if inner(node) { write!(f, "({node})")? } else { write!(f, "{node}")? }
            }
            Ok(())
        };
        match self {
            Self::All => f.write_char('*'),
            Self::Word(pattern) => write!(f, "{pattern}"),
            Self::WordRegex(pattern, _) => write!(f, "/{pattern}/"),
            Self::Field(test) => write!(f, "{}:{}", Literal(&test.name), test.test),
            Self::Not(node) if matches!(**node, Self::And(_) | Self::Or(_)) => write!(f, "NOT ({node})"),
            Self::Not(node) => write!(f, "NOT {node}"),
            Self::And(nodes) => all(f, nodes, " AND ", |n| matches!(n, Self::And(_) | Self::Or(_))),
            Self::Or(nodes) => all(f, nodes, " OR ", |n| matches!(n, Self::Or(_))),
        }
    }
}
