//! Sound whose every piece says what it is: MPEG frames of silence with a mark inside.

/// Bytes of one frame.
pub const FRAME_BYTES: usize = 144;
/// Milliseconds of one frame.
pub const FRAME_MS: u64 = 36;
/// Header and side information of a mono frame; the mark follows.
const BEFORE: usize = 21;
/// MPEG 1, layer III, no checksum; 32 kbit/s, 32 kHz; mono.
const HEADER: [u8; 4] = [0xff, 0xfb, 0x18, 0xc4];

/// MPEG 1 layer III frames of 32 kbit/s, 32 kHz, mono: 144 bytes and 36 ms each, silent in any
/// decoder. Where the sound would be, each has the mark `item=<item>;frame=<n>;`, counted from the
/// beginning of the item. An `item` longer than 80 bytes is cut.
#[must_use]
pub fn frames(item: &str, first_frame: u64, count: u64) -> Vec<u8> {
    let end = (0..=item.len().min(80)).rev().find(|at| item.is_char_boundary(*at)).unwrap_or(0);
    let item = item.get(..end).unwrap_or_default();
    let capacity = usize::try_from(count).unwrap_or(0).saturating_mul(FRAME_BYTES);
    let mut sound = Vec::with_capacity(capacity);
    for frame in first_frame..first_frame.saturating_add(count) {
        let begin = sound.len();
        sound.extend_from_slice(&HEADER);
        sound.resize(begin + BEFORE, 0);
        sound.extend_from_slice(format!("item={item};frame={frame};").as_bytes());
        sound.resize(begin + FRAME_BYTES, 0);
    }
    sound
}

/// How many frames last for so many milliseconds, rounded up.
#[must_use]
pub fn frames_in(milliseconds: u64) -> u64 {
    milliseconds.div_ceil(FRAME_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_their_size_and_their_mark() {
        let sound = frames("Élan", 5, 2);
        assert_eq!(sound.len(), 2 * FRAME_BYTES);
        let text = String::from_utf8_lossy(&sound);
        assert!(text.contains("item=Élan;frame=5;"));
        assert!(text.contains("item=Élan;frame=6;"));
        assert_eq!(frames(&"é".repeat(200), 0, 1).len(), FRAME_BYTES);
        assert_eq!(frames_in(37), 2);
    }
}
