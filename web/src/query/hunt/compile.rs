//! A query's tree to a condition on `events`. Columns come from the table of fields and all else is
//! bound, the names of a source's fields too. Columns are written `t.column`, so that no alias of a
//! statement can take a column's place. Text is compared without regard to the case of ASCII letters.

use ward_event::register::Register;

use super::{
    super::sql::{Expr, Value},
    value::{self, Number, Reader},
};
use crate::{
    hunt::{
        Fault, FieldTest, Node, Op, Pattern, Piece, QueryFault, Range, Span, Test,
        fields::{self, FieldInfo, Kind, Target},
    },
    show::Zone,
};

/// What values are read with: names of units, and the zone of instants.
pub(crate) struct Terms<'a> {
    pub register: &'a Register,
    pub zone: Zone,
}

/// # Errors
/// A field that is not known, a value that its kind cannot have.
pub(crate) fn compile(node: &Node, terms: &Terms<'_>) -> Result<Expr, QueryFault> {
    let many = |nodes: &[Node]| nodes.iter().map(|n| compile(n, terms)).collect::<Result<Vec<_>, _>>();
    Ok(match node {
        Node::All => Expr::new(&["1"], []),
        Node::Word(pattern) => Expr::any(
            ["message", "raw"].map(|c| text_is(c, &contained(pattern), pattern.pieces().is_empty())),
        ),
        Node::WordRegex(pattern, _) => Expr::any(["message", "raw"].map(|c| text_matches(c, pattern))),
        Node::Field(test) => field(test, terms)?,
        Node::Not(node) => compile(node, terms)?.within("NOT ", ""),
        Node::And(nodes) => Expr::all(many(nodes)?),
        Node::Or(nodes) => Expr::any(many(nodes)?),
    })
}

/// A free word stands anywhere in the text.
fn contained(pattern: &Pattern) -> Pattern {
    let mut within = Pattern::default();
    within.push(Piece::Any);
    pattern.pieces().iter().for_each(|p| within.push(p.clone()));
    within.push(Piece::Any);
    within
}

fn field(test: &FieldTest, terms: &Terms<'_>) -> Result<Expr, QueryFault> {
    match fields::resolve(&test.name) {
        Some(Target::Known(field)) => known(field, &test.test, terms, test.test_span),
        Some(Target::Source(name)) => source(&name, &test.test, test.test_span),
        None => {
            let fault = Fault::UnknownField { name: test.name.clone(), like: fields::similar(&test.name) };
            Err(fault.at(test.name_span))
        }
    }
}

fn known(field: &'static FieldInfo, test: &Test, terms: &Terms<'_>, span: Span) -> Result<Expr, QueryFault> {
    if let Test::OneOf(tests) = test {
        let each = tests.iter().map(|test| known(field, test, terms, span));
        return Ok(Expr::any(each.collect::<Result<Vec<_>, _>>()?));
    }
    let columns = field.columns.iter().map(|column| one_column(field, column, test, terms));
    let exprs = columns.collect::<Result<Vec<_>, Fault>>().map_err(|fault| fault.at(span))?;
    Ok(Expr::any(exprs))
}

fn one_column(
    field: &FieldInfo,
    column: &'static str,
    test: &Test,
    terms: &Terms<'_>,
) -> Result<Expr, Fault> {
    if *test == Test::Exists {
        return Ok(exists(field.kind, column));
    }
    match field.kind {
        Kind::Text => text(field.name, column, test),
        Kind::Address => address(field.name, column, test),
        Kind::Unit => match test {
            Test::Is(pattern) => {
                Ok(Expr::new(&["t.hospital IN ?"], [Value::Texts(value::units(terms.register, pattern))]))
            }
            Test::Regex(_) => Err(Fault::NoRegex(field.name.into())),
            _ => Err(Fault::NoOrder(field.name.into())),
        },
        Kind::Number => ordered(field.name, column, test, &Reader::Number),
        Kind::Time => ordered(field.name, column, test, &Reader::Time(terms.zone)),
        Kind::Class => ordered(field.name, column, test, &Reader::Class),
        Kind::Severity => ordered(field.name, column, test, &Reader::Severity),
    }
}

/// A column whose default was really sent names itself in `explicit`.
fn exists(kind: Kind, column: &'static str) -> Expr {
    match kind {
        Kind::Text | Kind::Unit => Expr::new(&["t.", column, " != ''"], []),
        Kind::Number | Kind::Class | Kind::Severity => {
            Expr::new(&["(t.", column, " != 0 OR has(t.explicit, ?))"], [column.into()])
        }
        Kind::Address => {
            Expr::new(&["(t.", column, " != toIPv6('::') OR has(t.explicit, ?))"], [column.into()])
        }
        Kind::Time => Expr::new(&["toUnixTimestamp64Milli(t.", column, ") != 0"], []),
    }
}

fn text(name: &'static str, column: &'static str, test: &Test) -> Result<Expr, Fault> {
    match test {
        Test::Is(pattern) => Ok(text_is(column, pattern, false)),
        Test::Regex(pattern) => Ok(text_matches(column, pattern)),
        _ => Err(Fault::NoOrder(name.into())),
    }
}

fn text_is(column: &'static str, pattern: &Pattern, everything: bool) -> Expr {
    if everything {
        return Expr::new(&["1"], []);
    }
    match (pattern.as_literal(), pattern.pieces()) {
        (Some(text), _) => Expr::new(&["lower(t.", column, ") = ?"], [text.to_ascii_lowercase().into()]),
        // Does not write the text anew to look into it.
        (None, [Piece::Any, Piece::Text(text), Piece::Any]) => {
            Expr::new(&["positionCaseInsensitive(t.", column, ", ?) > 0"], [text.as_str().into()])
        }
        (None, _) => Expr::new(&["lower(t.", column, ") LIKE ?"], [value::like(pattern).into()]),
    }
}

fn text_matches(column: &'static str, pattern: &str) -> Expr {
    Expr::new(&["match(t.", column, ", ?)"], [format!("(?i){pattern}").into()])
}

fn address(name: &'static str, column: &'static str, test: &Test) -> Result<Expr, Fault> {
    let between = |low: String, high: String| {
        Expr::new(
            &["(t.", column, " >= toIPv6(?) AND t.", column, " <= toIPv6(?))"],
            [low.into(), high.into()],
        )
    };
    match test {
        Test::Is(pattern) => match value::network(pattern)? {
            (low, high) if low == high => {
                Ok(Expr::new(&["t.", column, " = toIPv6(?)"], [low.to_string().into()]))
            }
            (low, high) => Ok(between(low.to_string(), high.to_string())),
        },
        Test::Range(Range { low: Some(low), with_low: true, high: Some(high), with_high: true }) => {
            let (low, high) = (value::address(low)?, value::address(high)?);
            Ok(between(low.to_string(), high.to_string()))
        }
        Test::Regex(_) => Err(Fault::NoRegex(name.into())),
        _ => Err(Fault::NoOrder(name.into())),
    }
}

/// Numbers, instants, and what has a number behind its name.
fn ordered(name: &'static str, column: &'static str, test: &Test, reader: &Reader) -> Result<Expr, Fault> {
    let is_time = matches!(reader, Reader::Time(_));
    let compare = |sign: &'static str, at: i64| {
        if is_time {
            Expr::new(&["t.", column, " ", sign, " fromUnixTimestamp64Micro(toInt64(?))"], [Value::Int(at)])
        } else {
            Expr::new(&["t.", column, " ", sign, " ?"], [Value::Int(at)])
        }
    };
    let span = |Number { first, last }: Number, low: bool, with: bool| match (low, with) {
        (true, true) => compare(">=", first),
        (true, false) => compare(">", last),
        (false, true) => compare("<=", last),
        (false, false) => compare("<", first),
    };
    match test {
        Test::Is(pattern) => {
            let Some(text) = pattern.as_literal() else { return Err(Fault::NoWildcard(name.into())) };
            let number = reader.read(text)?;
            if number.first == number.last {
                return Ok(compare("=", number.first));
            }
            Ok(Expr::all([compare(">=", number.first), compare("<=", number.last)]))
        }
        Test::Compare(op, text) => {
            let number = reader.read(text)?;
            Ok(match op {
                Op::Greater => span(number, true, false),
                Op::GreaterOrEqual => span(number, true, true),
                Op::Less => span(number, false, false),
                Op::LessOrEqual => span(number, false, true),
            })
        }
        Test::Range(range) => {
            let ends = [(&range.low, true, range.with_low), (&range.high, false, range.with_high)];
            let exprs = ends.into_iter().filter_map(|(end, low, with)| {
                end.as_ref().map(|text| reader.read(text).map(|number| span(number, low, with)))
            });
            Ok(Expr::all(exprs.collect::<Result<Vec<_>, _>>()?))
        }
        _ => Err(Fault::NoRegex(name.into())),
    }
}

/// A field of the source: text, whose order is that of the number in it. Its name is a value as any.
fn source(name: &str, test: &Test, span: Span) -> Result<Expr, QueryFault> {
    let key = || Value::from(name);
    let compare = |sign: &'static str, text: &str| {
        let number: f64 = text.parse().map_err(|_| Fault::NotNumber(text.to_owned()).at(span))?;
        if !number.is_finite() {
            return Err(Fault::NotNumber(text.to_owned()).at(span));
        }
        // What is no number is neither above nor below.
        Ok(Expr::new(&["ifNull(toFloat64OrNull(t.unmapped[?]) ", sign, " ?, 0)"], [key(), number.into()]))
    };
    match test {
        Test::Exists => Ok(Expr::new(&["mapContains(t.unmapped, ?)"], [key()])),
        Test::Is(pattern) => Ok(match pattern.as_literal() {
            Some(text) => Expr::new(&["lower(t.unmapped[?]) = ?"], [key(), text.to_ascii_lowercase().into()]),
            None => Expr::new(&["lower(t.unmapped[?]) LIKE ?"], [key(), value::like(pattern).into()]),
        }),
        Test::Regex(pattern) => {
            Ok(Expr::new(&["match(t.unmapped[?], ?)"], [key(), format!("(?i){pattern}").into()]))
        }
        Test::Compare(op, text) => compare(op.sign(), text),
        Test::Range(range) => {
            let low = range.low.as_ref().map(|t| compare(if range.with_low { ">=" } else { ">" }, t));
            let high = range.high.as_ref().map(|t| compare(if range.with_high { "<=" } else { "<" }, t));
            Ok(Expr::all([low, high].into_iter().flatten().collect::<Result<Vec<_>, _>>()?))
        }
        Test::OneOf(tests) => {
            let each = tests.iter().map(|test| source(name, test, span));
            Ok(Expr::any(each.collect::<Result<Vec<_>, _>>()?))
        }
    }
}
