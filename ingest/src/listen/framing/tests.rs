//! Framing does not depend on how the transport cuts the stream.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Owned {
    Message(Vec<u8>),
    TooLong(usize),
}

fn frames<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Vec<Owned> {
    let mut framer = Framer::default();
    let mut out = Vec::new();
    let mut keep = |frame: Frame<'_>| {
        out.push(match frame {
            Frame::Message(text) => Owned::Message(text.to_vec()),
            Frame::TooLong(text) => Owned::TooLong(text.len()),
        });
    };
    for piece in pieces {
        framer.push(piece, &mut keep);
    }
    framer.finish(&mut keep);
    assert_eq!(framer.held(), 0);
    out
}

fn texts(bytes: &[u8]) -> Vec<String> {
    let text = |f| match f {
        Owned::Message(text) => String::from_utf8_lossy(&text).into_owned(),
        Owned::TooLong(len) => format!("too long {len}"),
    };
    frames([bytes]).into_iter().map(text).collect()
}

#[test]
fn each_frame_says_how_it_is_framed() {
    assert_eq!(texts(b"<1>a\r\n<2>b\n"), ["<1>a", "<2>b"]);
    assert_eq!(texts(b"4 <1>a5 <2>b\n3 <3>"), ["<1>a", "<2>b", "<3>"]);
    assert_eq!(texts(b"4 <1>a\n<2>b\n"), ["<1>a", "<2>b"], "a line feed after a count is no empty line");
    assert_eq!(texts(b"8 <1>a\nb\nc<2>d\n"), ["<1>a\nb\nc", "<2>d"]);
    assert_eq!(texts(b"2024 was\n10 dogs\n0 <1>\n"), ["2024 was", "10 dogs", "0 <1>"]);
    assert_eq!(texts(b"12345678901 <1>\n"), ["12345678901 <1>"], "no count has eleven digits");
    assert_eq!(texts(b"\n\n<1>a\0\n"), ["", "", "<1>a"]);
    assert_eq!(texts(b"<1>half"), ["<1>half"], "kept when the peer closes");
    assert_eq!(texts(b"100 <1>half"), ["<1>half"]);
    assert_eq!(texts(b"12"), ["12"]);
}

#[test]
fn what_is_too_long_is_cut_and_the_next_message_is_found() {
    let line = |n: usize| [vec![b'x'; n], b"\n<1>next\n".to_vec()].concat();
    assert_eq!(frames([&line(MESSAGE_BYTES_MAX)[..]])[0], Owned::Message(vec![b'x'; MESSAGE_BYTES_MAX]));
    for n in [MESSAGE_BYTES_MAX + 1, 3 * MESSAGE_BYTES_MAX + 7] {
        let stream = line(n);
        let want = vec![Owned::TooLong(MESSAGE_BYTES_MAX), Owned::Message(b"<1>next".to_vec())];
        assert_eq!(frames([&stream[..]]), want);
        assert_eq!(frames(stream.chunks(65_536)), want);
        let mut counted = format!("{n} <").into_bytes();
        counted.extend(std::iter::repeat_n(b'x', n - 1));
        counted.extend_from_slice(b"7 <1>next");
        assert_eq!(frames([&counted[..]]), want);
        assert_eq!(frames(counted.chunks(65_521)), want);
    }
}

#[test]
fn a_count_that_never_ends_holds_no_more_than_a_message() {
    let mut framer = Framer::default();
    let mut cut = 0;
    framer.push(b"9999999999 <", |_| cut += 1);
    for _ in 0..64 {
        framer.push(&[b'y'; 65_536], |_| cut += 1);
        assert!(framer.held() <= MESSAGE_BYTES_MAX);
    }
    assert_eq!(cut, 1);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_messages(
        parts in prop::collection::vec(
            prop_oneof![
                "[ -~\n]{0,40}".prop_map(String::into_bytes),
                "<[0-9]{1,3}>[ -~]{0,30}".prop_map(|m| format!("{} {m}", m.len()).into_bytes()),
                "<[0-9]{1,3}>[ -~]{0,30}\n".prop_map(String::into_bytes),
                "[0-9]{0,12} ?<?".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..20),
            ],
            0..12,
        ),
        cuts in prop::collection::vec(1_usize..9, 1..40),
    ) {
        let stream = parts.concat();
        let mut pieces = Vec::new();
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = behind;
        }
        prop_assert_eq!(frames(pieces), frames([&stream[..]]));
    }
}
