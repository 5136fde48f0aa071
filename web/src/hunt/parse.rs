//! Tokens to a tree. `OR` binds least, then `AND`, which may be left out, then `NOT`.

use super::{
    ast::{FieldTest, Node, Span, Test},
    error::{Fault, QueryFault},
    lex::{Lexed, Token, lex},
};

/// Bytes of a query: a page of text, and what an address can carry.
pub(crate) const LENGTH_MAX: usize = 4_000;
/// Parentheses and `NOT`s within each other: the parser is recursive.
const DEPTH_MAX: usize = 20;
/// Terms, and values of lists: each is work for every row.
const TERMS_MAX: usize = 100;
/// Regular expressions are the dearest of them.
const REGEXES_MAX: usize = 5;
const REGEX_LENGTH_MAX: usize = 300;
/// Bytes that an expression may take when it is compiled.
const REGEX_SIZE_MAX: usize = 1 << 20;

struct Parser {
    tokens: Vec<Lexed>,
    at: usize,
    depth: usize,
    terms: usize,
    regexes: usize,
    end: usize,
}

/// # Errors
/// What is wrong, and where.
pub(crate) fn parse(text: &str) -> Result<Node, QueryFault> {
    if text.len() > LENGTH_MAX {
        return Err(Fault::TooLong.at(Span { start: 0, end: text.len() }));
    }
    let tokens = lex(text)?;
    let mut parser = Parser { tokens, at: 0, depth: 0, terms: 0, regexes: 0, end: text.len() };
    if parser.tokens.is_empty() {
        return Ok(Node::All);
    }
    let node = parser.or()?;
    match parser.peek() {
        None => Ok(node),
        Some(Token::Close) => Err(Fault::StrayParenthesis.at(parser.span())),
        Some(_) => Err(Fault::MissingOperand.at(parser.span())),
    }
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|l| &l.token)
    }

    /// Of the token that comes next, or the very end.
    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(Span { start: self.end, end: self.end }, |l| l.span)
    }

    fn take(&mut self) -> Option<Lexed> {
        let lexed = self.tokens.get(self.at).cloned();
        self.at += 1;
        lexed
    }

    fn or(&mut self) -> Result<Node, QueryFault> {
        let mut nodes = vec![self.and()?];
        while self.peek() == Some(&Token::Or) {
            self.take();
            nodes.push(self.and()?);
        }
        Ok(one_or(nodes, Node::Or))
    }

    fn and(&mut self) -> Result<Node, QueryFault> {
        let mut nodes = vec![self.not()?];
        loop {
            match self.peek() {
                None | Some(Token::Or | Token::Close) => return Ok(one_or(nodes, Node::And)),
                Some(Token::And) => {
                    self.take();
                }
                Some(_) => {}
            }
            nodes.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Node, QueryFault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Fault::TooDeep.at(self.span()));
        }
        let node = if self.peek() == Some(&Token::Not) {
            self.take();
            Ok(self.not()?.not())
        } else {
            self.primary()
        };
        self.depth -= 1;
        node
    }

    fn primary(&mut self) -> Result<Node, QueryFault> {
        let span = self.span();
        let Some(Lexed { token, .. }) = self.take() else { return Err(Fault::MissingOperand.at(span)) };
        match token {
            Token::Open => {
                let node = self.or()?;
                if self.peek() != Some(&Token::Close) {
                    return Err(Fault::OpenParenthesis.at(span));
                }
                self.take();
                Ok(node)
            }
            Token::Text(pattern) if pattern.is_any() => Ok(Node::All),
            Token::Text(pattern) => {
                self.term(span)?;
                Ok(Node::Word(pattern))
            }
            Token::Regex(pattern) => {
                self.regex(&pattern, span)?;
                Ok(Node::WordRegex(pattern, span))
            }
            Token::Field(name) => self.field(name, span),
            _ => Err(Fault::MissingOperand.at(span)),
        }
    }

    fn field(&mut self, name: String, name_span: Span) -> Result<Node, QueryFault> {
        let start = self.span();
        if name.eq_ignore_ascii_case("exists") {
            return match self.take().map(|l| l.token) {
                Some(Token::Text(field)) if field.as_literal().is_some_and(|f| !f.is_empty()) => {
                    self.term(start)?;
                    let name = field.as_literal().unwrap_or_default().to_owned();
                    Ok(Node::Field(FieldTest {
                        name,
                        test: Test::Exists,
                        name_span: start,
                        test_span: start,
                    }))
                }
                _ => Err(Fault::MissingValue(name).at(name_span)),
            };
        }
        let test = if self.peek() == Some(&Token::Open) {
            self.take();
            self.list(start)?
        } else {
            self.test().map_err(|fault| fault.unwrap_or(Fault::MissingValue(name.clone()).at(name_span)))?
        };
        let last = self.tokens.get(self.at.saturating_sub(1)).map_or(start, |l| l.span);
        Ok(Node::Field(FieldTest { name, test, name_span, test_span: start.to(last) }))
    }

    /// `Err(None)` where there is no value.
    fn test(&mut self) -> Result<Test, Option<QueryFault>> {
        let span = self.span();
        let test = match self.take().map(|l| l.token) {
            Some(Token::Text(pattern)) if pattern.is_any() => Test::Exists,
            Some(Token::Text(pattern)) => Test::Is(pattern),
            Some(Token::Range(range)) => Test::Range(range),
            Some(Token::Regex(pattern)) => {
                self.regex(&pattern, span)?;
                return Ok(Test::Regex(pattern));
            }
            Some(Token::Compare(op)) => match self.take().map(|l| l.token) {
                Some(Token::Text(value)) => match value.as_literal() {
                    Some(value) => Test::Compare(op, value.to_owned()),
                    None => return Err(Some(Fault::NoWildcard(op.sign().to_owned()).at(span))),
                },
                _ => return Err(None),
            },
            _ => return Err(None),
        };
        self.term(span)?;
        Ok(test)
    }

    fn list(&mut self, open: Span) -> Result<Test, QueryFault> {
        let mut tests = Vec::new();
        loop {
            let span = self.span();
            match self.peek() {
                None => return Err(Fault::OpenParenthesis.at(open)),
                Some(Token::Close) if !tests.is_empty() => {
                    self.take();
                    return Ok(Test::OneOf(tests));
                }
                Some(Token::Comma | Token::Or) if !tests.is_empty() => {
                    self.take();
                }
                Some(_) => tests.push(self.test().map_err(|fault| fault.unwrap_or(Fault::List.at(span)))?),
            }
        }
    }

    fn term(&mut self, span: Span) -> Result<(), QueryFault> {
        self.terms += 1;
        if self.terms > TERMS_MAX { Err(Fault::TooManyTerms.at(span)) } else { Ok(()) }
    }

    /// The store's engine for these (RE2) runs in linear time as ours does, and knows nearly the same
    /// language: what ours refuses is told here, with its reason.
    fn regex(&mut self, pattern: &str, span: Span) -> Result<(), QueryFault> {
        self.term(span)?;
        self.regexes += 1;
        if self.regexes > REGEXES_MAX {
            return Err(Fault::TooManyRegexes.at(span));
        }
        if pattern.len() > REGEX_LENGTH_MAX {
            return Err(Fault::Regex(format!("> {REGEX_LENGTH_MAX}")).at(span));
        }
        match regex::RegexBuilder::new(pattern).size_limit(REGEX_SIZE_MAX).nest_limit(20).build() {
            Ok(_) => Ok(()),
            Err(error) => {
                let why = error.to_string();
                Err(Fault::Regex(why.lines().last().unwrap_or("").trim().to_owned()).at(span))
            }
        }
    }
}

fn one_or(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match (nodes.len(), nodes.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            nodes.extend(last);
            many(nodes)
        }
    }
}
