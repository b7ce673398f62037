use proptest::prelude::*;

use super::*;

/// 144 bytes, 36 ms: 32 kbit/s, 32 kHz, one channel. Its number stands in it.
fn frame(number: u32) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xfb, 0x18, 0xc0];
    bytes.resize(21, 0);
    bytes.extend_from_slice(format!("frame={number};").as_bytes());
    bytes.resize(144, 0);
    bytes
}

fn frames(numbers: std::ops::Range<u32>) -> Vec<u8> {
    numbers.flat_map(frame).collect()
}

fn tag(length: usize) -> Vec<u8> {
    let mut bytes = b"ID3\x04\0\0".to_vec();
    bytes.extend(
        [length >> 21, length >> 14 & 0x7f, length >> 7 & 0x7f, length & 0x7f].map(|it| it as u8),
    );
    // What would be taken for sound.
    bytes.extend(frames(0..3).into_iter().cycle().take(length));
    bytes
}

fn skipped(start: Duration, sound: &[u8], piece: usize) -> Result<Vec<u8>, NoFrames> {
    let mut skipper = Skipper::new(start);
    let mut left = Vec::new();
    for piece in sound.chunks(piece) {
        left.extend_from_slice(&skipper.push(Bytes::copy_from_slice(piece))?);
    }
    Ok(left)
}

#[test]
fn headers_of_all_versions_tell_their_lengths() {
    for (header, bytes, samples, hertz, bits) in [
        ([0xff, 0xfb, 0x90, 0x00], 417, 1_152, 44_100, 128_000),
        ([0xff, 0xfb, 0x92, 0x00], 418, 1_152, 44_100, 128_000),
        ([0xff, 0xfa, 0xe0, 0x00], 1_044, 1_152, 44_100, 320_000),
        ([0xff, 0xfb, 0xe4, 0x00], 960, 1_152, 48_000, 320_000),
        ([0xff, 0xfb, 0x18, 0xc0], 144, 1_152, 32_000, 32_000),
        ([0xff, 0xf3, 0x80, 0xc0], 208, 576, 22_050, 64_000),
        ([0xff, 0xe3, 0x88, 0xc0], 576, 576, 8_000, 64_000),
    ] {
        let frame = Frame::read(&header).unwrap();
        assert_eq!((frame.bytes, frame.samples), (bytes, samples), "{header:x?}");
        assert_eq!((frame.hertz, frame.bits), (hertz, bits), "{header:x?}");
    }
}

#[test]
fn what_is_no_layer_three_is_no_frame() {
    for header in [
        [0xff, 0xfd, 0x90, 0x00], // layer II
        [0xff, 0xf1, 0x50, 0x80], // AAC
        [0xff, 0xfb, 0x00, 0x00], // free format
        [0xff, 0xfb, 0xf0, 0x00], // no such rate
        [0xff, 0xfb, 0x9c, 0x00], // no such frequency
        [0xff, 0xeb, 0x90, 0x00], // no such version
        [0x00, 0xfb, 0x90, 0x00],
    ] {
        assert_eq!(Frame::read(&header), None, "{header:x?}");
    }
    assert_eq!(Frame::read(&[0xff, 0xfb, 0x90]), None);
}

#[test]
fn the_sound_starts_with_the_frame_in_which_the_time_lies() {
    let sound = frames(0..100);
    for (ms, first) in [(0, 0), (35, 0), (36, 1), (37, 1), (72, 2), (1_000, 27), (3_599, 99)] {
        let left = skipped(Duration::from_millis(ms), &sound, 1_000).unwrap();
        assert_eq!(left, frames(first..100), "{ms} ms");
    }
    assert!(skipped(Duration::from_millis(3_600), &sound, 1_000).unwrap().is_empty());
}

#[test]
fn tags_and_descriptions_are_no_time() {
    let mut described = frame(0);
    described[21..25].copy_from_slice(b"Info");
    let sound = [tag(5_000), described.clone(), frames(1..50)].concat();
    for piece in [1, 7, 144, 100_000] {
        let left = skipped(Duration::from_millis(36), &sound, piece).unwrap();
        assert_eq!(left, frames(2..50), "pieces of {piece}");
        let left = skipped(Duration::from_millis(1), &sound, piece).unwrap();
        assert_eq!(left, frames(1..50), "pieces of {piece}");
    }
    // From the very beginning, all of it stays.
    assert_eq!(skipped(Duration::ZERO, &sound, 500).unwrap(), sound);
}

#[test]
fn noise_between_frames_is_passed_over() {
    let noise = [0, 0xff, 0xfb, 0x18, 0xc0, 2, 3, 0xff, 0xff, 0xfb, 0, 9];
    let sound = [&noise[..], &frames(0..10), &noise, &frames(10..30)].concat();
    let left = skipped(Duration::from_millis(36 * 15), &sound, 100).unwrap();
    assert_eq!(left, frames(15..30));
}

#[test]
fn other_sounds_are_not_searched_for_ever() {
    let silence = vec![0; LONGEST_SEARCH + HEADER + 1];
    assert_eq!(skipped(Duration::from_secs(1), &silence, 4_096), Err(NoFrames));
    assert_eq!(skipped(Duration::ZERO, &silence, 4_096).unwrap(), silence);
}

#[test]
fn a_rate_is_told_only_where_it_is_constant() {
    assert_eq!(constant_rate(&frames(0..10)), Some(4_000.0));
    assert_eq!(constant_rate(&[tag(700), frames(0..10)].concat()), Some(4_000.0));
    assert_eq!(constant_rate(&frames(0..3)), None);
    assert_eq!(constant_rate(b"ID3"), None);
    assert_eq!(constant_rate(&[]), None);
    let mut other = vec![0xff, 0xfb, 0x28, 0xc0];
    other.resize(180, 0);
    assert_eq!(constant_rate(&[frames(0..10), other.clone()].concat()), None);
    // A description of another rate does not count, but it may say that the rate changes.
    other[21..25].copy_from_slice(b"Info");
    assert_eq!(constant_rate(&[other.clone(), frames(0..10)].concat()), Some(4_000.0));
    other[21..25].copy_from_slice(b"Xing");
    assert_eq!(constant_rate(&[other, frames(0..10)].concat()), None);
}

proptest! {
    #[test]
    fn pieces_make_no_difference(ms in 0..4_000u64, piece in 1..400usize, tag_length in 0..2_000usize) {
        let sound = [tag(tag_length), frames(0..100)].concat();
        let start = Duration::from_millis(ms);
        prop_assert_eq!(skipped(start, &sound, piece), skipped(start, &sound, sound.len()));
    }

    #[test]
    fn any_bytes_are_survived(sound in prop::collection::vec(any::<u8>(), 0..3_000), ms in 0..100u64, piece in 1..400usize) {
        let _ = skipped(Duration::from_millis(ms), &sound, piece);
        let _ = constant_rate(&sound);
    }
}
