//! The frames of an MP3 (*documented*: ISO/IEC 11172-3 and 13818-3 for layer III, version 2.5 by
//! Fraunhofer; tags by id3.org): how long they are, in bytes and in time. Nothing is decoded.

use std::time::Duration;

use axum::body::Bytes;

/// Bytes that may be searched for a frame before this is taken for something else (*chosen*; the
/// longest frame has 2,881 bytes).
const LONGEST_SEARCH: usize = 64 * 1024;
/// Frames that are looked at to tell the rate, and how many there must be.
const MOST_LOOKED_AT: usize = 40;
const FEWEST_LOOKED_AT: usize = 4;
const HEADER: usize = 4;
const TAG_HEADER: usize = 10;
/// Kilobits per second of layer III, for version 1 and the others.
const KBITS: [[u32; 14]; 2] = [
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const HERTZ: [u32; 3] = [44_100, 48_000, 32_000];

/// What the header of a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// The whole frame, header included.
    pub(super) bytes: usize,
    /// Samples of each channel.
    pub(super) samples: u32,
    /// Samples per second.
    pub(super) hertz: u32,
    /// Bits per second.
    pub(super) bits: u32,
    /// Where in the frame its side information ends.
    side_end: usize,
}

impl Frame {
    /// Reads a header. `None` for anything but layer III, and for its free format, whose frames do
    /// not tell their length.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [first, second, third, fourth] = *bytes.first_chunk::<HEADER>()?;
        if first != 0xff || second & 0xe6 != 0xe2 {
            return None;
        }
        let (is_first_version, slower) = match second >> 3 & 3 {
            3 => (true, 1),
            2 => (false, 2),
            0 => (false, 4),
            _ => return None,
        };
        let table = if is_first_version { &KBITS[0] } else { &KBITS[1] };
        let index = usize::from(third >> 4).checked_sub(1)?;
        let bits = table.get(index)? * 1_000;
        let hertz = HERTZ.get(usize::from(third >> 2 & 3))? / slower;
        let samples = if is_first_version { 1_152 } else { 576 };
        let padding = u32::from(third >> 1 & 1);
        let bytes = usize::try_from(samples / 8 * bits / hertz + padding).ok()?;
        let is_mono = fourth >> 6 == 3;
        let side = match (is_first_version, is_mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        Some(Self { bytes, samples, hertz, bits, side_end: HEADER + side })
    }

    /// Whether both can stand in one file. The rate in bits may change.
    fn fits(self, other: Self) -> bool {
        (self.samples, self.hertz) == (other.samples, other.hertz)
    }

    /// Whether this first frame describes the file instead of sounding (*documented*: the tags of
    /// Xing and LAME). `None` while it is not all there.
    fn is_description(self, bytes: &[u8]) -> Option<bool> {
        let tag = bytes.get(self.side_end..self.side_end + 4)?;
        Some(tag == b"Xing" || tag == b"Info")
    }
}

/// The length of a tag in front of the sound, tag included; 0 where there is none, `None` while that
/// cannot be told.
fn tag_length(bytes: &[u8]) -> Option<u64> {
    if !b"ID3".starts_with(bytes.get(..3.min(bytes.len()))?) {
        return Some(0);
    }
    let header = bytes.first_chunk::<TAG_HEADER>()?;
    let [.., flags, a, b, c, d] = *header;
    let size = [a, b, c, d].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
    let footer = if flags & 0x10 == 0 { 0 } else { TAG_HEADER as u64 };
    Some(TAG_HEADER as u64 + size + footer)
}

/// Bytes per second of the sound at the beginning of a file, where it does not change.
pub(super) fn constant_rate(bytes: &[u8]) -> Option<f64> {
    let mut rest = bytes.get(usize::try_from(tag_length(bytes)?).ok()?..)?;
    let mut found: Option<Frame> = None;
    let mut count = 0;
    while count < MOST_LOOKED_AT
        && let Some(frame) = Frame::read(rest)
    {
        let is_description = count == 0 && found.is_none() && frame.is_description(rest)?;
        if !is_description {
            if found.is_some_and(|found| found.bits != frame.bits || !found.fits(frame)) {
                return None;
            }
            found = Some(frame);
            count += 1;
        } else if rest.get(frame.side_end..frame.side_end + 4) == Some(b"Xing") {
            // It says of itself that its rate changes.
            return None;
        }
        rest = rest.get(frame.bytes..).unwrap_or_default();
    }
    found.filter(|_| count >= FEWEST_LOOKED_AT).map(|frame| f64::from(frame.bits) / 8.0)
}

/// What was searched holds no MP3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoFrames;

/// Takes the beginning away from a sound, by whole frames.
#[derive(Debug)]
pub(super) struct Skipper {
    start: Duration,
    pending: Vec<u8>,
    /// Bytes of the tag that are still to come; `None` until it is known whether there is one.
    tag: Option<u64>,
    /// A frame of this sound, once there was one.
    kind: Option<Frame>,
    is_in_step: bool,
    samples: u64,
    searched: usize,
    is_through: bool,
}

/// What is at the place that is looked at.
enum Look {
    Sound(Frame),
    Description(Frame),
    Noise,
    /// More bytes are needed to say.
    Unsure,
}

impl Skipper {
    /// Will give the sound from the frame on in which `start` lies; from the very first byte on if
    /// that is 0.
    pub(super) fn new(start: Duration) -> Self {
        Self {
            start,
            pending: Vec::new(),
            tag: None,
            kind: None,
            is_in_step: false,
            samples: 0,
            searched: 0,
            is_through: start.is_zero(),
        }
    }

    /// Takes the next bytes and gives what is left of them.
    ///
    /// # Errors
    /// [`NoFrames`] when this is no MP3.
    pub(super) fn push(&mut self, bytes: Bytes) -> Result<Bytes, NoFrames> {
        if self.is_through {
            return Ok(bytes);
        }
        self.pending.extend_from_slice(&bytes);
        let mut at = 0;
        if !self.pass_tag(&mut at) {
            return Ok(Bytes::new());
        }
        loop {
            let rest = self.pending.get(at..).unwrap_or_default();
            match self.look(rest) {
                Look::Unsure => break,
                Look::Noise => {
                    at += 1;
                    self.is_in_step = false;
                    self.searched += 1;
                    if self.searched > LONGEST_SEARCH {
                        return Err(NoFrames);
                    }
                }
                Look::Description(frame) => {
                    at += frame.bytes;
                    self.kind = Some(frame);
                }
                Look::Sound(frame) => {
                    let samples = self.samples + u64::from(frame.samples);
                    if u128::from(samples) * 1_000_000_000
                        > self.start.as_nanos() * u128::from(frame.hertz)
                    {
                        self.is_through = true;
                        let rest = Bytes::copy_from_slice(rest);
                        self.pending = Vec::new();
                        return Ok(rest);
                    }
                    at += frame.bytes;
                    self.samples = samples;
                    self.kind = Some(frame);
                    self.is_in_step = true;
                    self.searched = 0;
                }
            }
        }
        self.pending.drain(..at.min(self.pending.len()));
        Ok(Bytes::new())
    }

    /// Whether the start was found.
    pub(super) fn is_through(&self) -> bool {
        self.is_through
    }

    /// Whether it is behind the tag, if there is one.
    fn pass_tag(&mut self, at: &mut usize) -> bool {
        if self.tag.is_none() {
            self.tag = tag_length(&self.pending);
        }
        let Some(left) = self.tag.as_mut() else { return false };
        let here = usize::try_from(*left).unwrap_or(usize::MAX).min(self.pending.len());
        *left -= here as u64;
        if *left > 0 {
            self.pending.clear();
            return false;
        }
        *at = here;
        true
    }

    fn look(&self, rest: &[u8]) -> Look {
        if rest.len() < HEADER {
            return Look::Unsure;
        }
        let fits = |frame: &Frame| self.kind.is_none_or(|kind| kind.fits(*frame));
        let Some(frame) = Frame::read(rest).filter(fits) else { return Look::Noise };
        // Inside of sound, anything can look like a header once, but not twice in the right place.
        let Some(next) = rest.get(frame.bytes..frame.bytes + HEADER) else {
            return if self.is_in_step && rest.len() >= frame.bytes {
                Look::Sound(frame)
            } else {
                Look::Unsure
            };
        };
        if !self.is_in_step && !Frame::read(next).is_some_and(|next| next.fits(frame)) {
            return Look::Noise;
        }
        if self.kind.is_none() && frame.is_description(rest) == Some(true) {
            return Look::Description(frame);
        }
        Look::Sound(frame)
    }
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
