//! How the parts of a stream are cut into pieces. Each piece becomes one HTTP/2 DATA frame.

use axum::body::Bytes;

use crate::knobs::{Knobs, PushBoundary, PushFraming};

/// What a stream writes.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    /// Bytes for one frame.
    Whole(Bytes),
    /// Bytes that go into one frame with those that follow at once.
    Joined(Bytes),
    /// The stream is aborted.
    Break,
}

/// One part of the multipart body.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Content type, and further headers if there are any.
    pub(crate) head: &'static [&'static str],
    pub(crate) body: String,
}

impl Part {
    /// A JSON part as every event is.
    pub(crate) fn json(body: String) -> Self {
        Self { head: &["Content-Type: application/json"], body }
    }
}

/// The boundary of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Boundary {
    value: String,
    style: PushBoundary,
}

impl Boundary {
    /// The one that new streams get.
    pub(crate) fn of(knobs: &Knobs) -> Self {
        Self { value: knobs.push_boundary.clone(), style: knobs.push_boundary_style }
    }

    /// The header that names it.
    pub(crate) fn content_type(&self) -> String {
        let value = &self.value;
        match self.style {
            PushBoundary::Usual | PushBoundary::Unprefixed => {
                format!("multipart/related; boundary={value}; type=application/json")
            }
            PushBoundary::Quoted => {
                format!("multipart/related; boundary=\"{value}\"; type=\"application/json\"")
            }
            PushBoundary::Last => {
                format!("multipart/related; type=application/json; boundary={value}")
            }
        }
    }

    /// A delimiter without its line end.
    pub(crate) fn delimiter(&self) -> String {
        let dashes = if self.style == PushBoundary::Unprefixed { "" } else { "--" };
        format!("{dashes}{}", self.value)
    }
}

fn line_end(framing: PushFraming) -> &'static str {
    if framing == PushFraming::Lf { "\n" } else { "\r\n" }
}

fn cut(texts: &[String], knobs: &Knobs) -> Vec<Piece> {
    match knobs.push_framing {
        PushFraming::Split => texts
            .concat()
            .as_bytes()
            .chunks(knobs.push_piece.max(1))
            .map(|piece| Piece::Whole(Bytes::copy_from_slice(piece)))
            .collect(),
        PushFraming::Joined => vec![Piece::Joined(Bytes::from(texts.concat()))],
        _ => texts.iter().map(|text| Piece::Whole(Bytes::from(text.clone()))).collect(),
    }
}

/// A delimiter alone: the keep-alive.
pub(crate) fn bare(boundary: &Boundary, knobs: &Knobs) -> Vec<Piece> {
    cut(&[format!("{}{}", boundary.delimiter(), line_end(knobs.push_framing))], knobs)
}

/// What a new stream begins with.
pub(crate) fn opening(boundary: &Boundary, knobs: &Knobs) -> Vec<Piece> {
    let end = line_end(knobs.push_framing);
    let mut texts = Vec::new();
    if !knobs.push_preamble.is_empty() {
        texts.push(format!("{}{end}", knobs.push_preamble));
    }
    texts.push(format!("{}{end}", boundary.delimiter()));
    cut(&texts, knobs)
}

/// A part and the delimiter after it.
pub(crate) fn part(part: &Part, boundary: &Boundary, knobs: &Knobs) -> Vec<Piece> {
    let end = line_end(knobs.push_framing);
    let head: String = match knobs.push_framing {
        PushFraming::NoType => String::new(),
        _ => part.head.iter().map(|line| format!("{line}{end}")).collect(),
    };
    let text = format!("{head}{end}{}{end}", part.body);
    cut(&[text, format!("{}{end}", boundary.delimiter())], knobs)
}

/// The delimiter that says that a body is over.
pub(crate) fn closing(boundary: &Boundary, knobs: &Knobs) -> Vec<Piece> {
    cut(&[format!("{}--{}", boundary.delimiter(), line_end(knobs.push_framing))], knobs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(pieces: &[Piece]) -> Vec<Vec<u8>> {
        let bytes = |piece: &Piece| match piece {
            Piece::Whole(bytes) | Piece::Joined(bytes) => bytes.to_vec(),
            Piece::Break => Vec::new(),
        };
        pieces.iter().map(bytes).collect()
    }

    #[test]
    fn every_framing_has_the_same_parts() {
        let mut knobs = Knobs::default();
        let boundary = Boundary::of(&knobs);
        let one = Part::json("{}".to_owned());
        let usual = bytes(&part(&one, &boundary, &knobs));
        assert_eq!(usual.len(), 2);
        assert_eq!(
            usual.concat(),
            b"Content-Type: application/json\r\n\r\n{}\r\n--------simulator0123\r\n"
        );
        knobs.push_framing = PushFraming::Split;
        let split = bytes(&part(&one, &boundary, &knobs));
        assert!(split.iter().all(|piece| piece.len() <= 7));
        assert_eq!(split.concat(), usual.concat());
        knobs.push_framing = PushFraming::Joined;
        assert_eq!(bytes(&part(&one, &boundary, &knobs)), [usual.concat()]);
        knobs.push_framing = PushFraming::Lf;
        let lines = bytes(&part(&one, &boundary, &knobs)).concat();
        assert_eq!(lines, b"Content-Type: application/json\n\n{}\n--------simulator0123\n");
        knobs.push_framing = PushFraming::NoType;
        let bare = bytes(&part(&one, &boundary, &knobs)).concat();
        assert_eq!(bare, b"\r\n{}\r\n--------simulator0123\r\n");
    }
}
