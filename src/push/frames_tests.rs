use proptest::prelude::*;

use super::*;

const TYPE: &str = "multipart/related; boundary=------abcde123; type=application/json";
const DELIMITER: &str = "--------abcde123\r\n";
const HEADER: &str = "Content-Type: application/json; charset=UTF-8\r\n\r\n";

fn cut(content_type: &str, text: &str) -> Vec<Part> {
    Frames::new(content_type).unwrap().feed(text.as_bytes())
}

fn json(text: &str) -> Part {
    Part::Json(text.as_bytes().to_vec())
}

#[test]
fn an_event_is_given_out_at_the_end_of_its_line() {
    let mut frames = Frames::new(TYPE).unwrap();
    assert_eq!(frames.feed(DELIMITER.as_bytes()), []);
    assert_eq!(frames.feed(HEADER.as_bytes()), []);
    assert_eq!(frames.feed(br#"{"directive":{"a":"}\"{"}}"#), []);
    assert_eq!(frames.feed(b"\r\n"), [json(r#"{"directive":{"a":"}\"{"}}"#)]);
    assert_eq!(frames.feed(DELIMITER.as_bytes()), [], "and never twice");
    assert_eq!(frames.feed(DELIMITER.as_bytes()), [Part::Blank]);
}

#[test]
fn json_of_several_lines_is_one_part() {
    let text = format!("{DELIMITER}{HEADER}{{\r\n \"a\": [1,\r\n2]\r\n}}\r\n{DELIMITER}");
    assert_eq!(cut(TYPE, &text), [json("{\r\n \"a\": [1,\r\n2]\r\n}")]);
}

#[test]
fn broken_json_ends_at_the_delimiter() {
    let text = format!(
        "{DELIMITER}{HEADER}{{\"a\": \"no end\r\n{DELIMITER}{HEADER}{{\"b\": 1}}\r\n{DELIMITER}"
    );
    assert_eq!(cut(TYPE, &text), [json("{\"a\": \"no end"), json("{\"b\": 1}")]);
}

#[test]
fn two_documents_in_one_part_are_two_events() {
    let text = format!("{DELIMITER}{HEADER}{{\"a\":1}}\r\n\r\n{{\"b\":2}}\r\n{DELIMITER}");
    assert_eq!(cut(TYPE, &text), [json("{\"a\":1}"), json("{\"b\":2}")]);
}

#[test]
fn the_boundary_is_found_however_it_is_written() {
    let event = "Content-Type: application/json\r\n\r\n{}\r\n";
    for content_type in [
        "multipart/related; boundary=abc; type=application/json",
        "multipart/related; type=application/json; boundary=abc",
        "multipart/related;type=\"application/json;x=y\";BOUNDARY=\"abc\"",
        "multipart/related; nothing; start=\"a\\\"b\" ; boundary = \"a\\bc\"",
        "Multipart/Mixed",
        "multipart/related; boundary=\"\"",
    ] {
        let text = format!("--abc\r\n{event}--abc\r\n--abc \r\n--abcd\r\n--abc--\r\nepilogue\r\n");
        assert_eq!(
            cut(content_type, &text),
            [json("{}"), Part::Blank, Part::Other],
            "{content_type}"
        );
    }
    for bad in ["application/json", "text/html; boundary=abc", ""] {
        assert_eq!(Frames::new(bad).unwrap_err().code(), code::UNEXPECTED_ANSWER, "{bad}");
    }
    assert!(Frames::new(&format!("multipart/related; boundary={}", "x".repeat(300))).is_err());
}

#[test]
fn dashes_in_front_of_the_boundary_may_be_missing() {
    let text = format!("------abcde123\r\n{HEADER}{{}}\r\n------abcde123\r\n------abcde123--\r\n");
    assert_eq!(cut(TYPE, &text), [json("{}"), Part::Blank]);
    let text = format!("-ab\r\n{HEADER}{{}}\r\n-ab\r\n---ab\r\n-ab-\r\n-ab--\r\n");
    assert_eq!(
        cut("multipart/related; boundary=-ab", &text),
        [json("{}"), Part::Blank, Part::Other]
    );
}

#[test]
fn lines_may_end_without_a_carriage_return() {
    let text = format!("{DELIMITER}{DELIMITER}{HEADER}{{}}\r\n{DELIMITER}").replace('\r', "");
    assert_eq!(cut(TYPE, &text), [Part::Blank, json("{}")]);
}

#[test]
fn headers_may_be_missing_or_odd() {
    let text = format!(
        "junk\r\n{DELIMITER}{{\"a\":1}}\r\n{DELIMITER}\r\n{{\"b\":2}}\r\n\
         {DELIMITER}content-type:Application/JSON\r\nX: {}\r\n\r\n{{\"c\":3}}\r\n{DELIMITER}",
        "y".repeat(5_000)
    );
    assert_eq!(cut(TYPE, &text), [json("{\"a\":1}"), json("{\"b\":2}"), json("{\"c\":3}")]);
}

#[test]
fn other_kinds_are_passed_over() {
    let text = format!(
        "{DELIMITER}Content-Type: application/octet-stream\r\nContent-ID: <x>\r\n\r\n\
         ID3{{}}\r\n{DELIMITER}{HEADER}\r\n{DELIMITER}{HEADER}null\r\n{DELIMITER}"
    );
    assert_eq!(cut(TYPE, &text), [Part::Other, Part::Blank, json("null")]);
}

#[test]
fn what_is_too_long_is_skipped_and_not_kept() {
    let mut frames = Frames::new(TYPE).unwrap();
    let mut parts = frames.feed(format!("{DELIMITER}{HEADER}{{\"a\":\"").as_bytes());
    for _ in 0..400 {
        parts.extend(frames.feed(&[b'x'; 10_000]));
        assert!(frames.held() <= 2 * LONGEST_PART + 2 * LONGEST_LINE, "{}", frames.held());
    }
    assert!(frames.held() <= 2 * LONGEST_LINE);
    parts.extend(frames.feed(b"\"}\r\n{}\r\n"));
    assert_eq!(parts, [Part::TooLong]);
    let next = format!("{DELIMITER}{HEADER}{{}}\r\n");
    assert_eq!(frames.feed(next.as_bytes()), [json("{}")]);
}

#[test]
fn many_short_lines_are_no_way_around_the_limit() {
    let mut frames = Frames::new(TYPE).unwrap();
    frames.feed(format!("{DELIMITER}{HEADER}[\r\n").as_bytes());
    let lines = "1,\n".repeat(1_000);
    let parts: Vec<_> = (0..500).flat_map(|_| frames.feed(lines.as_bytes())).collect();
    assert_eq!(parts, [Part::TooLong]);
}

/// Pieces of streams, good and odd ones.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(DELIMITER.as_bytes().to_vec()),
        1 => Just(b"------abcde123\n".to_vec()),
        1 => Just(b"--------abcde123--\r\n".to_vec()),
        4 => Just(HEADER.as_bytes().to_vec()),
        1 => Just(b"Content-Type: audio/mpeg\r\n\r\n".to_vec()),
        4 => Just(b"{\"directive\":{\"header\":{\"name\":\"a \\\" } \"}}}\r\n".to_vec()),
        2 => Just(b"{\n\"a\":\n[1, 2]}\n".to_vec()),
        1 => Just(vec![b'{'; 1_000]),
        2 => proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn whole(content_type: &str, bytes: &[u8]) -> Vec<Part> {
    Frames::new(content_type).unwrap().feed(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn chunks_make_no_difference(
        bytes in pieces(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        is_named in any::<bool>(),
    ) {
        let content_type = if is_named { TYPE } else { "multipart/related" };
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut frames = Frames::new(content_type).unwrap();
        let parts: Vec<_> =
            cuts.windows(2).flat_map(|pair| frames.feed(&bytes[pair[0]..pair[1]])).collect();
        prop_assert_eq!(&parts, &whole(content_type, &bytes));
        let mut frames = Frames::new(content_type).unwrap();
        let parts: Vec<_> = bytes.iter().flat_map(|byte| frames.feed(&[*byte])).collect();
        prop_assert_eq!(&parts, &whole(content_type, &bytes));
    }

    #[test]
    fn anything_is_survived_and_the_next_event_is_read(
        content_type in "multipart/[a-z; =\"\\\\]{0,30}",
        bytes in proptest::collection::vec(any::<u8>(), 0..2_000),
    ) {
        if let Ok(mut frames) = Frames::new(&content_type) {
            let given: usize = frames.feed(&bytes).iter().map(|part| match part {
                Part::Json(json) => json.len(),
                _ => 0,
            }).sum();
            prop_assert!(given <= bytes.len());
        }
        let mut frames = Frames::new(TYPE).unwrap();
        frames.feed(&bytes);
        frames.feed(b"\n");
        let next = format!("{DELIMITER}{HEADER}{{\"a\":1}}\r\n");
        let parts = frames.feed(next.as_bytes());
        prop_assert_eq!(parts.last(), Some(&json("{\"a\":1}")));
    }
}
