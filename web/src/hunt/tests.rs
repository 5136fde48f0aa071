//! The language: what is read as what, that writing and reading are inverse, that nothing panics.

use proptest::prelude::*;

use super::{ast::Range, *};

fn shown(text: &str) -> String {
    match parse(text) {
        Ok(node) => node.to_string(),
        Err(fault) => format!("{:?} at {}..{}", fault.fault, fault.span.start, fault.span.end),
    }
}

#[test]
fn queries_are_read_as_they_are_meant() {
    let cases = [
        ("", "*"),
        ("*", "*"),
        ("a b", "a AND b"),
        ("a AND b OR c d", "a AND b OR c AND d"),
        ("a (b OR c)", "a AND (b OR c)"),
        ("NOT a b", "NOT a AND b"),
        ("-a:b !c", "NOT a:b AND NOT c"),
        ("a && b || c", "a AND b OR c"),
        ("a - b", "a AND \"-\" AND b"),
        ("src_ip:10.0.0.0/8", "src_ip:10.0.0.0/8"),
        ("src_ip:fe80::1", "src_ip:\"fe80::1\""),
        ("user: wang", "user:wang"),
        ("user:\"wang fang\"", "user:\"wang fang\""),
        (r"user:YZYY\wangfang", r#"user:"YZYY\\wangfang""#),
        (r#"path:"C:\Windows\cmd.exe""#, r#"path:"C:\\Windows\\cmd.exe""#),
        (r"path:*\\cmd.exe", r"path:*\\cmd.exe"),
        ("user:w*g?", "user:w*g?"),
        (r"user:a\*b", "user:\"a*b\""),
        ("user:\"a*b\"", "user:\"a*b\""),
        ("user:*", "user:*"),
        ("exists:user", "user:*"),
        ("bytes:>=1000", "bytes:>=1000"),
        ("bytes:< 5", "bytes:<5"),
        ("port:[1 TO 1024}", "port:[1 TO 1024}"),
        ("time:{* TO \"2026-11-20 08:00\"]", "time:{* TO \"2026-11-20 08:00\"]"),
        ("port:(22, 3389)", "port:(22, 3389)"),
        ("port:(22 OR 23 [80 TO 90] >60000)", "port:(22, 23, [80 TO 90], >60000)"),
        ("message:/fail(ed|ure)/", "message:/fail(ed|ure)/"),
        ("(/a(b|c)/)", "/a(b|c)/"),
        ("path:/etc/passwd AND x", "path:\"/etc/passwd\" AND x"),
        ("用户：王伟 （单位：h01 OR “发热 门诊”）", "用户:王伟 AND (单位:h01 OR \"发热 门诊\")"),
        ("\"unmapped.a b\":x", "\"unmapped.a b\":x"),
        ("[error]", "\"[error]\""),
        ("and or not", "and AND or AND not"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn faults_say_where() {
    let cases = [
        ("user:", "MissingValue(\"user\") at 0..5"),
        ("a AND", "MissingOperand at 5..5"),
        ("OR a", "MissingOperand at 0..2"),
        ("a \"b", "OpenQuote at 2..4"),
        ("(a", "OpenParenthesis at 0..1"),
        ("a)", "StrayParenthesis at 1..2"),
        ("port:[1 2]", "Range at 5..10"),
        ("port:[1 TO 2", "Range at 5..12"),
        ("port:(1 AND 2)", "List at 8..11"),
        ("port:(1 (2))", "List at 8..9"),
        ("port:()", "List at 6..7"),
        ("exists:", "MissingValue(\"exists\") at 0..7"),
        ("bytes:>1*", "NoWildcard(\">\") at 6..7"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
    assert!(shown("a:/(/").contains("Regex(") && shown("a:/(/").contains("at 2..5"));
    assert!(shown("/(?=x)/").contains("Regex("), "no look-around");
}

#[test]
fn everything_is_bounded() {
    assert!(shown(&"a".repeat(LENGTH_MAX + 1)).contains("TooLong"));
    assert!(shown(&"(".repeat(2_000)).contains("TooDeep"));
    assert!(shown(&"NOT ".repeat(900)).contains("TooDeep"));
    assert!(shown(&"a ".repeat(101)).contains("TooManyTerms"));
    assert!(shown(&format!("p:({})", "1,".repeat(101))).contains("TooManyTerms"));
    assert!(shown(&"/a/ ".repeat(6)).contains("TooManyRegexes"));
    assert!(shown(&format!("/{}/", "a".repeat(301))).contains("Regex"));
    assert!(shown("/((a{100}){100}){100}/").contains("Regex"));
}

#[test]
fn a_condition_is_added_once() {
    let both = Node::All.and(Node::is("user", "a b")).and(Node::is("host", "x"));
    assert_eq!(both.to_string(), "user:\"a b\" AND host:x");
    assert_eq!(both.clone().and(Node::is("host", "x")), both);
    let or = parse("a OR b").expect("a query").and(Node::is("c", "d").not());
    assert_eq!(or.to_string(), "(a OR b) AND NOT c:d");
}

/// Any text, rich in what has a meaning.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\""),
        Just("\\"),
        Just("*"),
        Just("?"),
        Just(":"),
        Just("("),
        Just(")"),
        Just("/"),
        Just(" "),
        Just("AND"),
        Just("OR"),
        Just("TO"),
        Just("-"),
        Just("王"),
        Just("：“"),
        Just("a"),
        Just("["),
        Just("]"),
        Just(","),
        Just(">="),
        Just("'"),
        Just("\0"),
        Just("\n"),
        Just("unmapped."),
        Just("\u{202e}"),
    ];
    prop_oneof![
        proptest::collection::vec(piece, 0..24).prop_map(|parts| parts.concat()),
        proptest::collection::vec(any::<char>(), 0..24).prop_map(|chars| chars.into_iter().collect()),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let piece = prop_oneof![
        Just(Piece::Any),
        Just(Piece::One),
        text().prop_map(Piece::Text),
        text().prop_map(Piece::Text)
    ];
    proptest::collection::vec(piece, 0..4)
        .prop_map(|pieces| {
            let mut pattern = Pattern::default();
            pieces.into_iter().for_each(|p| pattern.push(p));
            pattern
        })
        .prop_filter("means existence", |p| !p.is_any())
}

fn regex_text() -> impl Strategy<Value = String> {
    prop_oneof![Just("fail(ed|ure)".to_owned()), Just("^a.*b$".to_owned()), Just("[0-9]+\\/x".to_owned())]
}

fn single_test() -> impl Strategy<Value = Test> {
    let op = prop_oneof![Just(Op::Greater), Just(Op::GreaterOrEqual), Just(Op::Less), Just(Op::LessOrEqual)];
    let end = || proptest::option::of(text());
    prop_oneof![
        Just(Test::Exists),
        pattern().prop_map(Test::Is),
        (op, text()).prop_map(|(op, value)| Test::Compare(op, value)),
        (end(), any::<bool>(), end(), any::<bool>()).prop_map(
            |(low, with_low, high, with_high)| Test::Range(Range { low, with_low, high, with_high })
        ),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let test = prop_oneof![
        4 => single_test(),
        1 => proptest::collection::vec(single_test(), 1..4).prop_map(Test::OneOf),
    ];
    let name =
        text().prop_filter("a word of its own", |n| !n.is_empty() && !n.eq_ignore_ascii_case("exists"));
    let leaf = prop_oneof![
        Just(Node::All),
        pattern().prop_map(Node::Word),
        (name, test).prop_map(|(name, test)| Node::field(&name, test)),
    ];
    let tree = leaf.prop_recursive(4, 24, 4, |inner| {
        let many = || proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![inner.clone().prop_map(Node::not), many().prop_map(Node::And), many().prop_map(Node::Or),]
    });
    (tree, proptest::option::of(regex_text())).prop_map(|(tree, regex)| match regex {
        Some(regex) => Node::And(vec![
            Node::WordRegex(regex.clone(), Span::default()),
            tree,
            Node::field("message", Test::Regex(regex)),
        ]),
        None => tree,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(node in node()) {
        let written = node.to_string();
        if written.len() <= LENGTH_MAX {
            prop_assert_eq!(parse(&written), Ok(node), "{}", written);
        }
    }

    #[test]
    fn no_text_panics_and_faults_lie_within_it(text in text()) {
        match parse(&text) {
            Ok(node) => {
                let written = node.to_string();
                prop_assert_eq!(parse(&written), Ok(node), "{} became {}", text, written);
            }
            Err(fault) => {
                prop_assert!(fault.span.start <= fault.span.end && fault.span.end <= text.len());
                prop_assert!(text.is_char_boundary(fault.span.start) && text.is_char_boundary(fault.span.end));
            }
        }
        let _ = slot(&text);
    }
}
