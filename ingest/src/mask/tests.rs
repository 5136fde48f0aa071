use proptest::prelude::*;
use regex::Regex;
use ward_event::{Event, Field, config, json};

use super::Masker;

fn masker() -> Masker {
    Masker::new(&config::Mask::default())
}

fn check(text: &str, masked: &str) {
    assert_eq!(masker().mask_text(text), masked, "{text}");
}

#[test]
fn identifiers_are_blanked_wherever_they_stand() {
    check("身份证号：11010519491231002X。", "身份证号：******************。");
    check("id=11010519491231002x,", "id=******************,");
    check("ABC440308199901101512DEF", "ABC******************DEF");
    check("tel 13800138000", "tel ***********");
    check("a+8613800138000b", "a+*************b");
    check("013800138000", "************");
    check("138-0013-8000 / 138 0013 8000", "************* / *************");
    check("110105 19491231 002X", "********************");
    check("１３８００１３８０００", "*********************************");
    check(
        "x\u{0}1\u{0}3\u{0}8\u{0}0\u{0}0\u{0}1\u{0}3\u{0}8\u{0}0\u{0}0\u{0}0",
        "x\u{0}*********************",
    );
    check(r"\u4e0013800138000", r"\u4e00***********");
    check(r"\xe913800138000\x0013800138000", r"\xe9***********\x00***********");
    check("name=%2013800138000", "name=%20***********");
    check("name=%A013800138000", "name=%A************");
    check(r"\u0031\u0033800138000", "*********************");
    check("2024011111010519491231002X99", "20240111******************99");
}

#[test]
fn other_numbers_stay() {
    for text in [
        "12800138000",
        "138001380001",
        "1700000000000",
        "1456029177000000000",
        "110105194912310021",
        "2026-11-21 12:00:00.123456",
        "192.168.100.101 55244 -> 10.54.3.178(44818)",
        "138 001 38000",
        "",
    ] {
        check(text, text);
    }
}

#[test]
fn each_kind_can_be_left_alone_and_the_policy_says_so() {
    let mut ids = Masker::new(&config::Mask { id_numbers: true, mobile_numbers: false });
    assert_eq!(ids.mask_text("13800138000 11010519491231002X"), "13800138000 ******************");
    assert_eq!(ids.policy(), "m1-id");
    assert_eq!(Masker::new(&config::Mask { id_numbers: false, mobile_numbers: false }).policy(), "none");
}

#[test]
fn a_text_too_long_is_replaced_by_length_and_hash() {
    let text = "1".repeat(super::TEXT_BYTES_MAX + 1);
    let masked = masker().mask_text(&text).into_owned();
    assert!(masked.starts_with("[masked: 4194305 bytes, sha256 ") && masked.len() < 120, "{masked}");
    assert_eq!(masker().mask_bytes(text.as_bytes()), masked.as_bytes());
}

#[test]
fn dead_letters_are_masked_in_any_character_set() {
    let (gb, _, _) = encoding_rs::GB18030.encode("电话１３８００１３８０００，11010519491231002X");
    let masked = masker().mask_bytes(&gb);
    assert_eq!(masked.len(), gb.len());
    assert_eq!(masked.iter().filter(|b| **b == b'*').count(), 22 + 18);
}

#[test]
fn json_values_stay_json() {
    let mut event = Event::default();
    event.push_unmapped_json("n", "13800138000");
    event.push_unmapped_json("a", r#"[13800138000,"13800138000",{"x":-13800138000.5e1,"y":[1]}]"#);
    event.push_unmapped_json("esc", r#"["\"13800138000\\",13800138000]"#);
    event.push_unmapped("13800138000", "v");
    masker().mask_event(&mut event);
    let value = |i: usize| (event.unmapped[i].value.as_str(), event.unmapped[i].is_json);
    assert_eq!(value(0), ("***********", false));
    assert_eq!(value(1), (r#"["***********","***********",{"x":"****************","y":[1]}]"#, true));
    assert_eq!(value(2), (r#"["\"***********\\","***********"]"#, true));
    assert_eq!(event.unmapped[3].name, "***********");
    assert_eq!(event.mask_policy, "m1");
}

fn id_number() -> impl Strategy<Value = String> {
    (110_000..660_000u32, 1900..2030u32, 1..13u32, 1..29u32, 0..1000u32).prop_map(|(area, y, m, d, n)| {
        let body = format!("{area:06}{y:04}{m:02}{d:02}{n:03}");
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = body.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
        format!("{body}{}", b"10X98765432"[(sum % 11) as usize] as char)
    })
}

fn mobile_number() -> impl Strategy<Value = String> {
    (3..10u8, 0..1_000_000_000u32).prop_map(|(a, n)| format!("1{a}{n:09}"))
}

/// Anything that does not make a mobile number a part of a longer run of digits.
fn around() -> impl Strategy<Value = String> {
    prop_oneof!["[^0-9]{0,8}", "[ -~]{0,6}[^0-9]", Just(String::new())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn no_identifier_survives_in_the_event(
        secret in prop_oneof![id_number(), mobile_number()],
        before in around(),
        after in "([^0-9][ -~]{0,8})?",
        place in 0..7u8,
    ) {
        let text = format!("{before}{secret}{after}");
        let mut event = Event::default();
        match place {
            0 => event.message = text,
            1 => event.raw = text,
            2 => event.set_text(Field::ActorCmdLine, text),
            3 => event.push_unmapped("f", text),
            4 => event.push_unmapped(text, "v"),
            5 => event.push_unmapped_json("f", serde_json::to_string(&[text]).expect("JSON")),
            _ => event.push_unmapped_json("f", format!("[[1],{}]", secret.trim_end_matches('X'))),
        }
        if place == 6 && secret.ends_with('X') {
            return Ok(()); // 17 digits are no identifier
        }
        masker().mask_event(&mut event);
        let mut out = Vec::new();
        json::encode(&event, &mut out);
        let out = String::from_utf8(out).expect("UTF-8");
        prop_assert!(!out.contains(&secret), "{out}");
        serde_json::from_str::<serde_json::Value>(&out).expect("still JSON");
    }

    #[test]
    fn what_is_masked_has_nothing_left_to_mask(text in "([0-9xX -]|[a-f:]|1[3-9][0-9]{9}){0,60}") {
        let once = masker().mask_text(&text).into_owned();
        prop_assert_eq!(once.len(), text.len());
        let twice = masker().mask_text(&once).into_owned();
        prop_assert_eq!(&twice, &once);
    }

    #[test]
    fn no_bare_mobile_number_is_missed(text in "([0-9]{1,14}|[a-z.:,;/ -]|1[3-9][0-9]{9}){0,12}") {
        let masked = masker().mask_text(&text).into_owned();
        let mobile = Regex::new(r"(?:^|[^0-9])1[3-9][0-9]{9}(?:[^0-9]|$)").expect("a pattern");
        prop_assert!(!mobile.is_match(&masked), "{masked}");
    }

    #[test]
    fn hostile_bytes_keep_their_length(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(masker().mask_bytes(&bytes).len(), bytes.len());
    }
}
