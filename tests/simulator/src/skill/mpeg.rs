//! Cutting MPEG audio into its frames, which tell how long they last.

/// One frame of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// How long it lasts, in microseconds.
    pub(crate) us: u64,
    /// Its mark, see [`crate::sound::frames`]: item and number.
    pub(crate) mark: Option<Box<(String, u64)>>,
}

/// Cuts bytes into frames as they come.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    rest: Vec<u8>,
    /// Bytes of a leading tag that are still to be passed over.
    tag: usize,
    begun: bool,
    /// Bytes passed over because no frame began there.
    pub(crate) noise: u64,
}

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    bytes: usize,
    us: u64,
    /// Where the side information ends.
    side: usize,
}

/// The longest mark and what comes before it.
const MARK_WITHIN: usize = 144;

impl Cutter {
    /// Takes bytes and gives the frames that became whole.
    pub(crate) fn cut(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.rest.extend_from_slice(bytes);
        let mut frames = Vec::new();
        let mut at = 0;
        if !self.begun && self.rest.len() >= 10 {
            self.begun = true;
            self.tag = tag_bytes(&self.rest);
        }
        loop {
            let left = self.rest.get(at..).unwrap_or_default();
            if self.tag > 0 {
                let step = self.tag.min(left.len());
                self.tag -= step;
                at += step;
                if self.tag > 0 {
                    break;
                }
                continue;
            }
            let Some(four) = left.first_chunk::<4>() else { break };
            let Some(header) = header(*four) else {
                at += 1;
                self.noise += 1;
                continue;
            };
            let Some(frame) = left.get(..header.bytes) else { break };
            frames.push(Frame { us: header.us, mark: mark(frame, header.side) });
            at += header.bytes;
        }
        self.rest.drain(..at.min(self.rest.len()));
        frames
    }
}

/// Length of an ID3v2 tag at the beginning; 0 without one.
fn tag_bytes(begin: &[u8]) -> usize {
    let Some(size) = begin.strip_prefix(b"ID3").and_then(|rest| rest.get(3..7)) else {
        return 0;
    };
    10 + size.iter().fold(0, |sum, byte| (sum << 7) | usize::from(byte & 0x7f))
}

/// Reads the header of a layer III frame (ISO 11172-3, ISO 13818-3).
fn header(four: [u8; 4]) -> Option<Header> {
    const FIRST: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const SECOND: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let [sync, kind, rates, mode] = four;
    if sync != 0xff || kind & 0xe0 != 0xe0 || (kind >> 1) & 3 != 1 {
        return None;
    }
    let version = (kind >> 3) & 3;
    let is_first = version == 3;
    let table = if is_first { &FIRST } else { &SECOND };
    let kbits = *table.get(usize::from(rates >> 4)).filter(|rate| **rate > 0)?;
    let base = *[44_100_u32, 48_000, 32_000].get(usize::from((rates >> 2) & 3))?;
    let rate = match version {
        3 => base,
        2 => base / 2,
        0 => base / 4,
        _ => return None,
    };
    let samples: u32 = if is_first { 1152 } else { 576 };
    let padding = u32::from((rates >> 1) & 1);
    let bytes = samples / 8 * kbits * 1000 / rate + padding;
    let mono = mode >> 6 == 3;
    let side = match (is_first, mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    Some(Header {
        bytes: usize::try_from(bytes).ok()?,
        us: u64::from(samples) * 1_000_000 / u64::from(rate),
        side: 4 + side,
    })
}

fn mark(frame: &[u8], side: usize) -> Option<Box<(String, u64)>> {
    let inside = frame.get(side..frame.len().min(MARK_WITHIN))?;
    let inside = inside.strip_prefix(b"item=")?;
    let end = inside.iter().position(|byte| *byte == 0).unwrap_or(inside.len());
    let text = std::str::from_utf8(inside.get(..end)?).ok()?;
    let (item, number) = text.strip_suffix(';')?.rsplit_once(";frame=")?;
    Some(Box::new((item.to_owned(), number.parse().ok()?)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sound;

    #[test]
    fn marked_frames_are_read_however_they_are_cut() {
        let sound = sound::frames("a;b", 7, 50);
        for piece in [1, 5, 143, 144, 1000] {
            let mut cutter = Cutter::default();
            let frames: Vec<Frame> = sound.chunks(piece).flat_map(|p| cutter.cut(p)).collect();
            assert_eq!(frames.len(), 50);
            assert!(frames.iter().all(|frame| frame.us == 36_000));
            assert_eq!(frames.first().unwrap().mark.as_deref(), Some(&("a;b".to_owned(), 7)));
            assert_eq!(frames.last().unwrap().mark.as_deref(), Some(&("a;b".to_owned(), 56)));
            assert_eq!(cutter.noise, 0);
        }
    }

    #[test]
    fn tags_and_noise_are_passed_over() {
        let mut sound = b"ID3\x04\0\0\0\0\x01\x00".to_vec();
        sound.extend(vec![0xff; 128]);
        sound.extend(sound::frames("x", 0, 2));
        sound.extend(b"noise");
        sound.extend(sound::frames("x", 2, 1));
        let mut cutter = Cutter::default();
        assert_eq!(cutter.cut(&sound).len(), 3);
        assert_eq!(cutter.noise, 5);
    }

    #[test]
    fn known_headers_have_their_lengths() {
        let of = |four| header(four).map(|h| (h.bytes, h.us));
        assert_eq!(of([0xff, 0xfb, 0x90, 0x00]), Some((417, 26_122)));
        assert_eq!(of([0xff, 0xfb, 0xe2, 0x00]), Some((1045, 26_122)));
        assert_eq!(of([0xff, 0xf3, 0x40, 0xc0]), Some((104, 26_122)));
        assert_eq!(of([0xff, 0xfb, 0xf0, 0x00]), None);
        assert_eq!(of([0xff, 0xf1, 0x50, 0x80]), None);
    }
}
