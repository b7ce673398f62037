//! Whatever the push stream carries, in whatever chunks: the parts do not depend on the chunks,
//! memory stays bounded, nothing that is read has an impossible value, and afterwards a good event
//! is understood.
//!
//! An input is a content type on the first line and the bytes of the stream behind it. Its length
//! and bytes decide where the chunks end.

use mass_alexa::push::event::{self, EventKind};
use mass_alexa::push::frames::{Frames, LONGEST_PART, Part};

/// A part of its own, whatever was before.
const GOOD: &str = "Content-Type: application/json\r\n\r\n{\"directive\":{\"payload\":{\
    \"renderingUpdates\":[{\"resourceId\":\"PUSH_VOLUME_CHANGE\",\"resourceMetadata\":{\"payload\":{\
    \"dopplerId\":{\"deviceSerialNumber\":\"G1\"},\"volumeSetting\":31}}}]}}}\r\n";

/// What an input was good for; the corpus test makes sure that there is something of everything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) blanks: usize,
    pub(crate) others: usize,
    pub(crate) events: usize,
    pub(crate) unknown: usize,
}

/// Plays one input.
pub(crate) fn run(data: &[u8]) -> Outcome {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (first, bytes) = data.split_at(line);
    let content_type = String::from_utf8_lossy(first);
    let Ok(mut frames) = Frames::new(&content_type) else { return Outcome::default() };
    let bytes = bytes.get(1..).unwrap_or_default();
    let parts = frames.feed(bytes);
    assert_eq!(in_chunks(&content_type, bytes), parts, "chunks make a difference");
    assert!(frames.held() <= 2 * LONGEST_PART + 4_096, "it keeps {} bytes", frames.held());
    let mut outcome = Outcome::default();
    for part in &parts {
        match part {
            Part::Blank => outcome.blanks += 1,
            Part::Other | Part::TooLong => outcome.others += 1,
            Part::Json(json) => {
                assert!(!json.is_empty() && json.len() <= LONGEST_PART);
                read(json, &mut outcome);
            }
        }
    }
    check_recovery(bytes);
    outcome
}

fn in_chunks(content_type: &str, bytes: &[u8]) -> Vec<Part> {
    let Ok(mut frames) = Frames::new(content_type) else { return Vec::new() };
    let (mut rest, mut parts, mut seed) = (bytes, Vec::new(), bytes.len());
    while !rest.is_empty() {
        seed = seed.wrapping_mul(31).wrapping_add(usize::from(rest[0]));
        let (chunk, behind) = rest.split_at((1 + seed % 23).min(rest.len()));
        parts.extend(frames.feed(chunk));
        rest = behind;
    }
    parts
}

fn read(json: &[u8], outcome: &mut Outcome) {
    for event in event::read(json) {
        let is_time = |value: Option<f64>| value.is_none_or(|one| one.is_finite() && one >= 0.0);
        match event.kind {
            EventKind::Volume { level, .. } => assert!(level.is_none_or(|level| level <= 100)),
            EventKind::Progress { position, duration, .. } => {
                assert!(is_time(position) && is_time(duration));
            }
            EventKind::NowPlaying { media, .. } => {
                assert!(is_time(media.position) && is_time(media.duration));
            }
            EventKind::Other { name } => {
                assert!((1..=60).contains(&name.len()) && name.is_ascii(), "{name}");
                outcome.unknown += 1;
                continue;
            }
            _ => {}
        }
        outcome.events += 1;
    }
}

/// With a boundary that is known, the next delimiter puts everything right.
fn check_recovery(bytes: &[u8]) {
    let Ok(mut frames) = Frames::new("multipart/related; boundary=b") else { return };
    frames.feed(bytes);
    frames.feed(b"\n--b\r\n");
    let parts = frames.feed(GOOD.as_bytes());
    let [Part::Json(json)] = parts.as_slice() else { panic!("lost after it: {parts:?}") };
    let events = event::read(json);
    let expected = EventKind::Volume { level: Some(31), muted: None };
    assert!(matches!(events.as_slice(), [one] if one.kind == expected), "{events:?}");
}
