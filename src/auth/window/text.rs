//! Telling pages from other answers, and reading them in the encoding they are written in.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use zeroize::Zeroizing;

use crate::net::http::essence;

/// How far into a page browsers look for its encoding.
const LOOKED_AT: usize = 1024;

/// A page as text.
pub(super) struct Text {
    pub(super) html: Zeroizing<String>,
    /// What its forms have to be sent in, unless that is UTF-8.
    pub(super) charset: Option<&'static str>,
}

/// Whether an answer is a page. One without a type is, if it looks like one: it is better to clean
/// too much than too little.
pub(super) fn is_page(content_type: Option<&str>, body: &[u8]) -> bool {
    match content_type.map(essence) {
        Some(kind) => matches!(kind.as_str(), "text/html" | "application/xhtml+xml"),
        None => body.trim_ascii_start().starts_with(b"<"),
    }
}

/// The type under which the browser gets what is no page. A document of XML can hold links and forms
/// that nobody has cleaned, so it is shown as text; a picture of that kind stays one.
pub(super) fn shown_type(content_type: Option<&str>) -> &str {
    let Some(given) = content_type else {
        return "application/octet-stream";
    };
    let kind = essence(given);
    if kind.ends_with("xml") && kind != "image/svg+xml" { "text/plain" } else { given }
}

/// Decodes a page as browsers do: byte order mark, header, element, and then a guess.
pub(super) fn decode(content_type: Option<&str>, body: &[u8]) -> Text {
    let encoding = Encoding::for_bom(body)
        .map(|(encoding, _)| encoding)
        .or_else(|| content_type.and_then(labelled))
        .or_else(|| {
            let head = String::from_utf8_lossy(body.get(..LOOKED_AT).unwrap_or(body)).into_owned();
            labelled(&head)
        })
        .unwrap_or(if std::str::from_utf8(body).is_ok() { UTF_8 } else { WINDOWS_1252 });
    let (html, _, _) = encoding.decode(body);
    let forms = encoding.output_encoding();
    Text {
        html: Zeroizing::new(html.into_owned()),
        charset: (forms != UTF_8).then(|| forms.name()),
    }
}

/// The encoding named behind the first `charset=`.
fn labelled(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset=")?;
    let label = after.trim_start_matches(['"', '\'', ' ']);
    let ends = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
    Encoding::for_label(label.get(..ends.unwrap_or(label.len()))?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pages_in_their_encoding() {
        let read = |kind: Option<&str>, body: &[u8]| {
            let text = decode(kind, body);
            (text.html.to_string(), text.charset)
        };
        let utf8 = "\u{e4}\u{3042}".as_bytes();
        assert_eq!(
            read(Some("text/html;charset=UTF-8"), utf8),
            ("\u{e4}\u{3042}".to_owned(), None)
        );
        assert_eq!(read(Some("text/html"), utf8).1, None);
        assert_eq!(read(None, b"\xe4").0, "\u{e4}");
        let sjis = [b"<meta charset='Shift_JIS'>".as_slice(), b"\x82\xa0"].concat();
        let (html, charset) = read(Some("text/html"), &sjis);
        assert!(html.ends_with('\u{3042}'));
        assert_eq!(charset, Some("Shift_JIS"));
        // The header counts more than the page.
        assert!(read(Some("text/html; charset=\"latin1\""), &sjis).0.ends_with("\u{201a}\u{a0}"));
        assert_eq!(read(Some("text/html; charset=utf-16le"), b"a\0").1, None);
    }

    #[test]
    fn knows_pages() {
        assert!(is_page(Some("Text/HTML ; charset=x"), b""));
        assert!(is_page(None, b" <!doctype html>"));
        assert!(!is_page(None, b"\x89PNG") && !is_page(Some("image/svg+xml"), b"<svg>"));
    }

    #[test]
    fn documents_that_are_no_pages_are_harmless() {
        for (given, shown) in [
            (Some("image/jpeg"), "image/jpeg"),
            (Some("image/svg+xml"), "image/svg+xml"),
            (Some("Text/XML; charset=utf-8"), "text/plain"),
            (Some("application/rss+xml"), "text/plain"),
            (None, "application/octet-stream"),
        ] {
            assert_eq!(shown_type(given), shown, "{given:?}");
        }
    }
}
