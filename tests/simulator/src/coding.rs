//! How the bytes of a web page travel: with or without a length, or compressed.

use std::io::Write as _;

use axum::body::{Body, to_bytes};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};

use crate::answer::{self, Answer};
use crate::knobs::Encoding;

/// Bytes of one uncompressed brotli block.
const BLOCK: usize = 1 << 16;

/// Gives a web page its coding, if the client accepts that; other answers stay as they are.
pub(crate) async fn encode(answer: Answer, encoding: Encoding, accepted: &str) -> Answer {
    let page = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes().starts_with(b"text/html")
            && !answer.headers().contains_key(CONTENT_ENCODING)
    });
    let name = match encoding {
        Encoding::Chunked => return answer,
        Encoding::Identity => "",
        Encoding::Gzip => "gzip",
        Encoding::Deflate => "deflate",
        Encoding::Br => "br",
    };
    if !page || !(name.is_empty() || accepts(accepted, name)) {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Answer::from_parts(parts, Body::empty());
    };
    if bytes.is_empty() {
        return Answer::from_parts(parts, Body::empty());
    }
    let coded = match encoding {
        Encoding::Gzip => {
            let mut to = GzEncoder::new(Vec::new(), Compression::default());
            to.write_all(&bytes).and_then(|()| to.finish())
        }
        Encoding::Deflate => {
            let mut to = ZlibEncoder::new(Vec::new(), Compression::default());
            to.write_all(&bytes).and_then(|()| to.finish())
        }
        Encoding::Br => Ok(brotli(&bytes)),
        Encoding::Chunked | Encoding::Identity => Ok(bytes.to_vec()),
    };
    let answer = Answer::from_parts(parts, Body::from(coded.unwrap_or_default()));
    if name.is_empty() { answer } else { answer::with_header(answer, CONTENT_ENCODING, name) }
}

/// The text of `Accept-Encoding`.
pub(crate) fn accepted(headers: &HeaderMap) -> String {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    values.collect::<Vec<_>>().join(",")
}

/// Whether a coding is among those that a client accepts.
pub(crate) fn accepts(accepted: &str, name: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut pieces = one.split(';').map(str::trim);
        pieces.next().is_some_and(|coding| coding.eq_ignore_ascii_case(name))
            && !pieces.any(|weight| weight == "q=0")
    })
}

/// A brotli stream of uncompressed blocks (RFC 7932, section 9.2): a window of 64 KiB, blocks of up
/// to that size, an empty last block.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    for (number, block) in bytes.chunks(BLOCK).enumerate() {
        // From the lowest bit: window size 0 (first block only), not last 0, four nibbles 00,
        // length minus one, uncompressed 1.
        let before = if number == 0 { 4 } else { 3 };
        let length = u32::try_from(block.len() - 1).unwrap_or(0);
        let header = (length | 1 << 16) << before;
        stream.extend(header.to_le_bytes().iter().take(3));
        stream.extend(block);
    }
    stream.push(3);
    stream
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_read_from_the_header() {
        assert!(accepts("gzip, deflate;q=0.5 , BR", "br"));
        assert!(accepts("gzip, deflate;q=0.5", "deflate"));
        assert!(!accepts("gzip;q=0", "gzip") && !accepts("", "br"));
    }

    #[test]
    fn brotli_blocks_have_the_published_layout() {
        assert_eq!(brotli(b"ab"), [0x10, 0x00, 0x10, b'a', b'b', 3]);
        let long = brotli(&vec![7; BLOCK + 1]);
        assert_eq!(long.len(), 3 + BLOCK + 3 + 1 + 1);
        assert_eq!(long.get(..3), Some([0xf0, 0xff, 0x1f].as_slice()));
        assert_eq!(long.get(3 + BLOCK..), Some([0x00, 0x00, 0x08, 7, 3].as_slice()));
    }
}
