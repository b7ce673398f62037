//! Addresses of sound and pictures: what they say is signed, so nobody but this gateway makes them.
//!
//! `<what it says>.<signature>.<ending>`, in one segment of the path: a query would end up in more
//! logs. What it says is not secret, but is written so that nothing can be changed by hand.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::CueRef;
use crate::gateway::signer::Signer;

const STREAM: &str = "stream";
const ART: &str = "art";
const STREAM_ENDING: &str = ".mp3";
const ART_ENDING: &str = ".jpg";
/// First byte of everything signed: which layout it has.
const LAYOUT: u8 = 1;
/// Longest segment that is looked at (*chosen*: serials have up to 40 characters).
const LONGEST: usize = 400;
/// Bytes of the name of a picture.
const NAME: usize = 16;

/// Which of the two sizes of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArtSize {
    /// 480 pixels: what a round or small screen shows.
    Small,
    /// 1024 pixels: what fills a large screen.
    Large,
}

impl ArtSize {
    /// The longest side in pixels (*documented*: covers from 480 x 480, backgrounds 1024 wide).
    pub fn pixels(self) -> u32 {
        match self {
            Self::Small => 480,
            Self::Large => 1024,
        }
    }
}

/// A picture as its address names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ArtRef {
    pub(super) serial: String,
    pub(super) size: ArtSize,
    pub(super) name: [u8; NAME],
}

/// Why an address is not obeyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Invalid<T> {
    /// Nobody here has made it.
    Unsigned,
    /// It was good for this.
    Expired(T),
}

/// The segment of the address of a stream. `expires` is in seconds since 1970.
pub(super) fn stream(signer: &Signer, cue: &CueRef, expires: u64) -> String {
    let mut bytes = head(expires);
    bytes.extend_from_slice(&cue.sequence.to_be_bytes());
    bytes.extend_from_slice(cue.serial.as_bytes());
    sealed(signer, STREAM, &bytes, STREAM_ENDING)
}

/// Reads such a segment at the time `now`.
pub(super) fn read_stream(
    signer: &Signer,
    text: &str,
    now: u64,
) -> Result<CueRef, Invalid<CueRef>> {
    let bytes = open(signer, STREAM, text, STREAM_ENDING).ok_or(Invalid::Unsigned)?;
    let (expires, rest) = split(&bytes).ok_or(Invalid::Unsigned)?;
    let (sequence, serial) = number(rest).ok_or(Invalid::Unsigned)?;
    let serial = std::str::from_utf8(serial).map_err(|_| Invalid::Unsigned)?.to_owned();
    in_time(CueRef { serial, sequence }, expires, now)
}

/// The segment of the address of a picture.
pub(super) fn art(signer: &Signer, art: &ArtRef, expires: u64) -> String {
    let mut bytes = head(expires);
    bytes.push(match art.size {
        ArtSize::Small => 0,
        ArtSize::Large => 1,
    });
    bytes.extend_from_slice(&art.name);
    bytes.extend_from_slice(art.serial.as_bytes());
    sealed(signer, ART, &bytes, ART_ENDING)
}

/// Reads such a segment at the time `now`.
pub(super) fn read_art(signer: &Signer, text: &str, now: u64) -> Result<ArtRef, Invalid<ArtRef>> {
    let bytes = open(signer, ART, text, ART_ENDING).ok_or(Invalid::Unsigned)?;
    let read = || {
        let (expires, rest) = split(&bytes)?;
        let (size, rest) = rest.split_first()?;
        let size = match size {
            0 => ArtSize::Small,
            1 => ArtSize::Large,
            _ => return None,
        };
        let (name, serial) = rest.split_first_chunk::<NAME>()?;
        let serial = std::str::from_utf8(serial).ok()?.to_owned();
        Some((ArtRef { serial, size, name: *name }, expires))
    };
    let (art, expires) = read().ok_or(Invalid::Unsigned)?;
    in_time(art, expires, now)
}

/// The name of a picture: always the same for one address, and tells nothing about it.
pub(super) fn art_name(signer: &Signer, url: &str) -> [u8; NAME] {
    let mut name = [0; NAME];
    let tag = URL_SAFE_NO_PAD.decode(signer.sign("art name", url)).unwrap_or_default();
    for (to, from) in name.iter_mut().zip(tag) {
        *to = from;
    }
    name
}

fn head(expires: u64) -> Vec<u8> {
    let mut bytes = vec![LAYOUT];
    bytes.extend_from_slice(&expires.to_be_bytes());
    bytes
}

fn split(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (layout, rest) = bytes.split_first()?;
    if *layout != LAYOUT {
        return None;
    }
    number(rest)
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*number), rest))
}

fn in_time<T>(what: T, expires: u64, now: u64) -> Result<T, Invalid<T>> {
    if now < expires { Ok(what) } else { Err(Invalid::Expired(what)) }
}

fn sealed(signer: &Signer, purpose: &str, bytes: &[u8], ending: &str) -> String {
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let signature = signer.sign(purpose, &text);
    format!("{text}.{signature}{ending}")
}

fn open(signer: &Signer, purpose: &str, segment: &str, ending: &str) -> Option<Vec<u8>> {
    if segment.len() > LONGEST {
        return None;
    }
    let (text, signature) = segment.strip_suffix(ending)?.split_once('.')?;
    if !signer.is_signed(purpose, text, signature) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::Secret;

    fn signer() -> Signer {
        Signer::new(Secret::from("a key"))
    }

    fn cue() -> impl Strategy<Value = CueRef> {
        ("[A-Za-z0-9 ö]{0,40}", any::<u64>())
            .prop_map(|(serial, sequence)| CueRef { serial, sequence })
    }

    proptest! {
        #[test]
        fn a_stream_is_read_back_until_it_expires(cue in cue(), expires in 1..u64::MAX) {
            let text = stream(&signer(), &cue, expires);
            prop_assert_eq!(read_stream(&signer(), &text, expires - 1), Ok(cue.clone()));
            prop_assert_eq!(read_stream(&signer(), &text, expires), Err(Invalid::Expired(cue)));
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        }

        #[test]
        fn any_other_character_makes_it_unsigned(cue in cue(), at in any::<prop::sample::Index>(), to in "[A-Za-z0-9._-]") {
            let text = stream(&signer(), &cue, 1_000);
            let at = at.index(text.len());
            let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
            prop_assume!(changed != text);
            // The last character of a signature holds two bits that say nothing; they must be 0.
            prop_assert_eq!(read_stream(&signer(), &changed, 1), Err(Invalid::Unsigned));
        }

        #[test]
        fn nothing_that_comes_in_is_too_odd(text in ".{0,500}") {
            prop_assert_eq!(read_stream(&signer(), &text, 1), Err(Invalid::Unsigned));
            prop_assert_eq!(read_art(&signer(), &text, 1), Err(Invalid::Unsigned));
        }
    }

    #[test]
    fn a_picture_is_read_back_and_is_no_stream() {
        let name = art_name(&signer(), "http://box/cover.jpg");
        assert_ne!(name, art_name(&signer(), "http://box/other.jpg"));
        for size in [ArtSize::Small, ArtSize::Large] {
            let wanted = ArtRef { serial: "G0911W".to_owned(), size, name };
            let text = art(&signer(), &wanted, 50);
            assert_eq!(read_art(&signer(), &text, 49), Ok(wanted.clone()));
            assert_eq!(read_art(&signer(), &text, 50), Err(Invalid::Expired(wanted)));
            let as_stream = text.replace(".jpg", ".mp3");
            assert_eq!(read_stream(&signer(), &as_stream, 1), Err(Invalid::Unsigned));
        }
    }

    #[test]
    fn s_x4_another_key_or_another_cue_does_not_fit() {
        let cue = CueRef { serial: "A".to_owned(), sequence: 7 };
        let text = stream(&signer(), &cue, 50);
        let other = Signer::new(Secret::from("another key"));
        assert_eq!(read_stream(&other, &text, 1), Err(Invalid::Unsigned));
        let next = stream(&signer(), &CueRef { sequence: 8, ..cue }, 50);
        let mixed =
            format!("{}.{}", next.split('.').next().unwrap(), text.split_once('.').unwrap().1);
        assert_eq!(read_stream(&signer(), &mixed, 1), Err(Invalid::Unsigned));
    }
}
