use proptest::prelude::*;

use super::{decode, decode_into, encode};
use crate::{
    Event, Field, Format, Kind, Micros, ProducerId, SenderId, SourceField, TimeQuality, UnitId, ocsf,
};

fn json(event: &Event) -> String {
    let mut out = Vec::new();
    encode(event, &mut out);
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn objects_open_and_close_by_the_table() {
    let mut event = Event::new(ocsf::NETWORK_ACTIVITY, 6);
    event.time = Micros(1_700_000_000_123_456);
    event.set_ip_text(Field::SrcIp, "10.0.0.1");
    event.set_uint(Field::SrcPort, 53);
    event.set_uint(Field::ProtocolNum, 17);
    event.set_text(Field::DeviceHostname, "fw");
    event.push_unmapped_json("n", "1.50");
    event.producer = ProducerId::new("p1-1").expect("an id");
    event.seq = 7;
    assert_eq!(
        json(&event),
        concat!(
            r#"{"class_uid":4001,"category_uid":4,"activity_id":6,"type_uid":400106,"severity_id":1,"#,
            r#""time":1700000000123,"connection_info":{"direction_id":0,"protocol_num":17},"#,
            r#""device":{"type_id":0,"hostname":"fw"},"#,
            r#""metadata":{"version":"1.8.0","product":{"name":"unknown"}},"#,
            r#""src_endpoint":{"ip":"10.0.0.1","port":53},"unmapped":{"n":1.50},"#,
            r#""ward":{"received":0,"time_us":456,"time_quality":"ok","producer":"p1-1","seq":7}}"#
        )
    );
    assert_eq!(decode(json(&event).as_bytes()).expect("an event"), event);
}

fn any_event() -> impl Strategy<Value = Event> {
    let text = prop_oneof!["[ -~]{1,12}", "\\PC{1,8}", Just("\u{0}\"\\\n\u{7f}".to_owned())];
    let field = (0..Field::ALL.len(), text.clone(), 1..u64::MAX, any::<std::net::IpAddr>());
    let source = (text.clone(), text.clone(), 0..3u8);
    (
        (any::<u32>(), any::<u8>(), 0..7u8, any::<i32>(), 0..3u8, any::<u64>()),
        proptest::collection::vec(field, 0..20),
        proptest::collection::vec(source, 0..8),
        (proptest::option::of(text.clone()), proptest::option::of(text)),
    )
        .prop_map(|(core, fields, sources, (message, raw))| {
            let mut event = Event {
                class_uid: core.0 % 300_000,
                activity_id: core.1,
                severity_id: core.2,
                time: Micros(i64::from(core.3) * 1_234_567),
                time_quality: [TimeQuality::Ok, TimeQuality::Skewed, TimeQuality::Missing]
                    [usize::from(core.4)],
                received: Micros(i64::from(core.3)),
                seq: core.5,
                hospital: UnitId::new("h01").expect("an id"),
                sender: SenderId::new("s").expect("an id"),
                producer: ProducerId::new("p-1").expect("an id"),
                format: Some(Format::Eve),
                message: message.unwrap_or_default(),
                raw: raw.unwrap_or_default(),
                ..Event::default()
            };
            for (at, text, n, ip) in fields {
                let field = Field::ALL[at];
                match field.kind() {
                    Kind::Text => event.set_text(field, text),
                    Kind::Uint | Kind::Time => event.set_uint(field, n),
                    Kind::Ip => event.set_ip(field, ip),
                }
            }
            for (name, value, json) in sources {
                let (value, is_json) = match json {
                    0 => (value, false),
                    1 => ("-12.50e3".to_owned(), true),
                    _ => ("[1,null,{\"a\":true}]".to_owned(), true),
                };
                event.unmapped.push(SourceField { name: name.into(), value: value.into(), is_json });
            }
            event
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn event_to_json_to_event_is_the_identity(event in any_event(), other in any_event()) {
        let text = json(&event);
        serde_json::from_str::<serde_json::Value>(&text).expect("valid JSON");
        prop_assert_eq!(&decode(text.as_bytes()).expect("an event"), &event);
        let mut used = other;
        decode_into(text.as_bytes(), &mut used).expect("an event");
        prop_assert_eq!(used, event);
    }

    #[test]
    fn hostile_bytes_give_an_error_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }
}

/// Any JSON text that the library's reader takes, in any layout, must read the same here.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
        "\\PC{0,24}|[\"\\\\\n\t a-z]{0,24}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec(("[a-z\"\\\\\u{4e2d}]{0,6}", inner), 0..5)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn source_fields_read_as_the_library_reads_them(value in any_json(), pretty in any::<bool>()) {
        let members = serde_json::json!({ "x": value, "another": [value.clone()] });
        let whole = serde_json::json!({ "unknown": value, "unmapped": members, "class_uid": 7 });
        let text = if pretty { serde_json::to_string_pretty(&whole) } else { serde_json::to_string(&whole) };
        let event = decode(text.expect("text").as_bytes()).expect("an event");
        prop_assert_eq!(event.class_uid, 7);
        for field in &event.unmapped {
            let wanted = &members[field.name.as_str()];
            if field.is_json {
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&field.value).expect("JSON"), wanted);
            } else {
                prop_assert_eq!(field.value.as_str(), wanted.as_str().expect("a text"));
            }
        }
        prop_assert_eq!(event.unmapped.len(), 2);
    }

    #[test]
    fn what_the_library_refuses_is_refused(text in "[{}\\[\\]\":,\\\\u0-9a-e .\n-]{0,24}") {
        let text = format!("{{\"message\":{text}}}");
        if serde_json::from_str::<serde_json::Value>(&text).is_err() {
            prop_assert!(decode(text.as_bytes()).is_err(), "{text}");
        }
    }
}

#[test]
fn a_fault_is_named_with_its_place() {
    for (text, reason, at) in [
        (r#"{"class_uid":"x"}"#, "a whole number should stand here", 13),
        (r#"{"class_uid":-1}"#, "a number out of range", 13),
        (r#"{"message":"a"} x"#, "something follows the object", 16),
        (r#"{"message":"\ud800 "}"#, "half a surrogate pair", 18),
        (r#"{"message":"a"#, "no end of a string", 13),
        ("{\"message\":\"a\nb\"}", "a control character inside a string", 13),
        (r#"{"src_endpoint":{"ip":"x"}}"#, "src_endpoint.ip: no address: \"x\"", 25),
    ] {
        let error = decode(text.as_bytes()).expect_err(text);
        assert_eq!((error.reason.as_ref(), error.at), (reason, at), "{text}");
    }
    assert_eq!(decode(b"{\"message\":\"\xff\"}").expect_err("bytes").at, 12);
}
