//! Whatever arrives, a parser answers with events or a reason.

use proptest::prelude::*;
use ward_event::{Event, Format, Micros, json};
use ward_ingest::parse::{Input, PARSERS};

/// Feeds the inputs to one parser of each format; every event must survive its JSON.
fn feed(inputs: &[Vec<u8>], received: i64) {
    for entry in PARSERS.iter().filter(|e| e.format != Format::Netflow) {
        let mut parser = (entry.make)();
        let mut events: Vec<Event> = Vec::new();
        for bytes in inputs {
            let before = events.len();
            let input = Input { bytes, peer: None, received: Micros(received) };
            if parser.parse(&input, &mut events).is_err() {
                assert_eq!(events.len(), before, "an error leaves no event behind");
            }
        }
        for event in events {
            let mut out = Vec::new();
            json::encode(&event, &mut out);
            assert!(!out.contains(&b'\n'), "an event is one line");
            let again = json::decode(&out).expect("an event");
            assert_eq!(again, event);
        }
    }
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "<34>1 ",
        "<13>",
        "- ",
        "2026-11-21T04:00:00Z ",
        "Nov 21 12:00:00 ",
        "host ",
        "app[12]: ",
        "[id@1 a=\"b\\]\"]",
        "\u{feff}",
        "Accepted password for root from 10.0.0.1 port 22 ssh2",
        "pam_unix(x:auth): authentication failure; ",
        "{\"EventID\":4624,",
        "\"winlog\":{\"event_id\":1,\"channel\":\"Security\"}",
        "\"event_type\":\"alert\",",
        "\"ts\":1588205198.89,",
        "\"a\":[1,{\"b\":null}]",
        "}",
        ",",
        "#fields\tts\tid.orig_h\ttags\n",
        "#types\ttime\taddr\tset[string]\n",
        "1588205198.89\t10.0.0.1\ta,b",
        "#separator \\x09",
        "src=10.0.0.1 dst=10.0.0.2 action=deny ",
        "sql=\"select 1\" user=a db=b ",
        "医院",
        "１３８",
        "\\u4e00",
        "\t",
        " ",
        "=",
        "\"",
    ];
    let word = proptest::sample::select(words.map(|w| w.as_bytes().to_vec()).to_vec());
    let noise = proptest::collection::vec(any::<u8>(), 0..6);
    proptest::collection::vec(prop_oneof![4 => word, 1 => noise], 0..10).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn random_bytes_never_panic(inputs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..4), received in any::<i64>()) {
        feed(&inputs, received / 4);
    }

    #[test]
    fn broken_records_never_panic(inputs in proptest::collection::vec(pieces(), 1..4)) {
        feed(&inputs, 1_795_233_600_000_000);
    }
}
