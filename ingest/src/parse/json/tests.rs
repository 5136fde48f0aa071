use proptest::prelude::*;

use super::*;

fn flat(text: &str) -> Vec<(String, String, bool)> {
    let mut out = Vec::new();
    flatten(text, &mut out).expect("an object");
    out.into_iter().map(|f| (f.name.into(), f.value.into(), f.is_json)).collect()
}

#[test]
fn names_are_joined_escaped_and_numbered_and_values_kept() {
    let fields = flat(
        r#" {"a":{"b":"x\n\u00e9\ud83d\ude00","c.d":1.50},"e":[1, {"f":null}],"a":{"b":true},
            "n":null,"o":{},"l":"\ud800","h":1e999,"":{"k":2},"a":{"b":-0}} "#,
    );
    let expected: &[(&str, &str, bool)] = &[
        ("a.b", "x\né😀", false),
        (r"a.c\.d", "1.50", true),
        ("e", r#"[1, {"f":null}]"#, true),
        ("a.b#2", "true", true),
        ("n", "null", true),
        ("o", "{}", true),
        ("l", "\u{fffd}", false),
        ("h", "1e999", false),
        ("", r#"{"k":2}"#, true),
        ("a.b#3", "-0", true),
    ];
    let fields: Vec<_> = fields.iter().map(|(n, v, j)| (n.as_str(), v.as_str(), *j)).collect();
    assert_eq!(fields, expected);
}

#[test]
fn bounds_hold_and_nothing_is_lost_in_silence() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(40), "}".repeat(40));
    let fields = flat(&deep);
    assert_eq!(fields.len(), 1);
    assert_eq!(fields[0].0.matches('a').count(), SOURCE_DEPTH_MAX);
    assert!(fields[0].2 && fields[0].1.starts_with(r#"{"a":"#));

    let many: Vec<_> = (0..600).map(|i| format!(r#""k":{i}"#)).collect();
    let fields = flat(&format!("{{{}}}", many.join(",")));
    assert_eq!(fields.len(), SOURCE_FIELDS_MAX);
    assert_eq!(fields[510].0, "k#511");
    assert_eq!(fields[511], (BEYOND_LIMIT.into(), "89".into(), true));

    let bomb = format!(r#"{{"a":{}"#, "[".repeat(100_000));
    assert_eq!(flatten(&bomb, &mut Vec::new()).expect_err("refused").cause, "syntax");
}

#[test]
fn a_pretty_printed_array_becomes_one_line() {
    assert_eq!(flat("{\"a\":[\n  1,\r\n  2\n]}")[0].1, "[   1,    2 ]");
}

/// Texts that are nearly JSON.
fn near_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        "\"[a-c.\\\\]{0,2}\"",
        "\"(\\\\u[dD][89cC]00|\\\\n|x){0,2}\"",
        "-?[0-9]{0,2}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,3})?",
        prop_oneof![Just("true".to_owned()), Just("null".to_owned()), Just("nul".to_owned())],
        "[ \n\t]",
    ];
    (proptest::collection::vec(piece, 0..9), any::<bool>()).prop_map(|(pieces, object)| {
        let text = pieces.concat();
        if object { format!("{{\"k\":{text}}}") } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]
    #[test]
    fn what_is_json_is_decided_as_by_another_reader(text in near_json()) {
        let ours = flatten(&text, &mut Vec::new()).is_ok();
        let theirs = serde_json::from_str::<Box<serde_json::value::RawValue>>(&text)
            .is_ok_and(|v| v.get().starts_with('{'));
        prop_assert_eq!(ours, theirs, "{}", text);
    }

    #[test]
    fn every_json_value_can_be_read_again(text in near_json()) {
        let mut out = Vec::new();
        if flatten(&text, &mut out).is_ok() {
            for field in out.iter().filter(|f| f.is_json) {
                serde_json::from_str::<serde_json::Value>(&field.value).expect("JSON");
            }
        }
    }

    #[test]
    fn hostile_text_never_panics(text in "\\PC{0,60}|[\\[{\"\\\\u:,}\\]0-9a]{0,60}") {
        let _ = flatten(&text, &mut Vec::new());
    }
}
