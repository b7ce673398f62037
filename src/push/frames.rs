//! Cuts the endless answer of the push host into its parts.
//!
//! No I/O and no clock: bytes go in as they come, parts come out. However the bytes are cut into
//! chunks, the parts are the same, and no more than [`LONGEST_PART`] of them is ever kept.

use memchr::{memchr, memchr_iter, memchr2};

use crate::error::{Error, Result, code};
use crate::net::http::essence;

/// Longer parts are skipped (*chosen*; the longest known events have some ten thousand bytes).
pub const LONGEST_PART: usize = 1024 * 1024;
/// How much of a line is looked at where only delimiters and headers matter.
const LONGEST_LINE: usize = 512;
/// Longer boundaries are refused (the limit of RFC 2046 is 70).
const LONGEST_BOUNDARY: usize = 200;

/// One part of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Nothing between two delimiters: a sign of life.
    Blank,
    /// What says of itself, or looks as if, it was JSON. Whether it is, nobody has checked.
    Json(Vec<u8>),
    /// Something else, such as speech.
    Other,
    /// More than [`LONGEST_PART`], and therefore skipped.
    TooLong,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first delimiter, or behind the last one.
    Outside,
    Headers,
    Json,
    Other,
    Skipped,
}

/// The cutter of one stream.
#[derive(Debug)]
pub struct Frames {
    /// Without the dashes that a delimiter begins with. Learned from the first delimiter where the
    /// header does not tell.
    boundary: Option<Vec<u8>>,
    place: Place,
    is_json: bool,
    /// Whether there was anything in this part that is not in `body`.
    has_content: bool,
    /// The beginning of the line under way, and its whole length.
    line: Vec<u8>,
    line_length: usize,
    /// The JSON of this part so far, with the line under way.
    body: Vec<u8>,
    line_start: usize,
    depth: Depth,
}

impl Frames {
    /// A cutter for a stream of this content type. The boundary may be quoted, anywhere among the
    /// parameters, or missing: then the first line that begins with dashes is it.
    ///
    /// # Errors
    /// `unexpected-answer` when the stream has no parts at all.
    pub fn new(content_type: &str) -> Result<Self> {
        let boundary = boundary(content_type).filter(|boundary| !boundary.is_empty());
        let is_usable = boundary.as_ref().is_none_or(|one| one.len() <= LONGEST_BOUNDARY);
        if !essence(content_type).starts_with("multipart/") || !is_usable {
            return Err(Error::new(
                code::UNEXPECTED_ANSWER,
                "The push host answered something that has no parts.",
            ));
        }
        Ok(Self {
            boundary: boundary.map(String::into_bytes),
            place: Place::Outside,
            is_json: true,
            has_content: false,
            line: Vec::new(),
            line_length: 0,
            body: Vec::new(),
            line_start: 0,
            depth: Depth::default(),
        })
    }

    /// Takes the next bytes and gives the parts that they complete. JSON is complete at the end of
    /// the line that closes its last bracket: the next delimiter may be minutes away.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            self.take(bytes.get(start..end).unwrap_or_default(), &mut parts);
            self.end_line(&mut parts);
            start = end + 1;
        }
        self.take(bytes.get(start..).unwrap_or_default(), &mut parts);
        parts
    }

    /// How many bytes it holds back.
    pub fn held(&self) -> usize {
        self.body.capacity() + self.line.capacity()
    }

    fn take(&mut self, text: &[u8], parts: &mut Vec<Part>) {
        if self.place == Place::Headers && self.line_length == 0 && text.starts_with(b"{") {
            // A part without headers and without the empty line behind them.
            self.place = Place::Json;
        }
        let room = LONGEST_LINE.saturating_sub(self.line.len());
        self.line.extend_from_slice(text.get(..room).unwrap_or(text));
        self.line_length = self.line_length.saturating_add(text.len());
        if self.place != Place::Json {
            return;
        }
        self.depth.read(text);
        let room = (LONGEST_PART + 1).saturating_sub(self.body.len());
        self.body.extend_from_slice(text.get(..room).unwrap_or(text));
        if self.body.len() > LONGEST_PART {
            self.empty();
            self.place = Place::Skipped;
            parts.push(Part::TooLong);
        }
    }

    fn end_line(&mut self, parts: &mut Vec<Part>) {
        let mut line = std::mem::take(&mut self.line);
        let is_whole = line.len() == self.line_length;
        if is_whole && self.boundary.is_none() {
            self.learn(&line);
        }
        match self.delimiter(&line).filter(|_| is_whole) {
            Some(end) => {
                parts.extend(self.end_part());
                self.place = end;
            }
            None => parts.extend(self.line_inside(&line)),
        }
        line.clear();
        self.line = line;
        self.line_length = 0;
    }

    fn line_inside(&mut self, line: &[u8]) -> Option<Part> {
        let is_blank = line.trim_ascii().is_empty();
        match self.place {
            Place::Outside | Place::Skipped => {}
            Place::Headers if is_blank && self.is_json => self.place = Place::Json,
            Place::Headers if is_blank => self.place = Place::Other,
            Place::Headers => self.header(line),
            Place::Other => self.has_content |= !is_blank,
            Place::Json => {
                self.body.push(b'\n');
                self.line_start = self.body.len();
                if self.depth.is_closed() {
                    self.has_content = true;
                    return self.json();
                }
            }
        }
        None
    }

    fn header(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        match text.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-type") => {
                let kind = essence(value);
                self.is_json = kind == "application/json" || kind.ends_with("+json");
            }
            Some(_) => {}
            None => self.has_content = true,
        }
    }

    /// What a part that is over leaves to be given out.
    fn end_part(&mut self) -> Option<Part> {
        self.body.truncate(self.line_start);
        let rest = self.json();
        let part = match self.place {
            Place::Outside | Place::Skipped => None,
            Place::Json if self.has_content => rest,
            Place::Headers | Place::Other if self.has_content => Some(Part::Other),
            _ => Some(rest.unwrap_or(Part::Blank)),
        };
        (self.is_json, self.has_content) = (true, false);
        part
    }

    /// Takes out the JSON so far, unless it is blank.
    fn json(&mut self) -> Option<Part> {
        let mut json = std::mem::take(&mut self.body);
        self.empty();
        json.truncate(json.trim_ascii_end().len());
        let blank = json.len() - json.trim_ascii_start().len();
        json.drain(..blank);
        (!json.is_empty()).then_some(Part::Json(json))
    }

    fn empty(&mut self) {
        self.body = Vec::new();
        self.line_start = 0;
        self.depth = Depth::default();
    }

    fn learn(&mut self, line: &[u8]) {
        let name = line.trim_ascii_end().strip_prefix(b"--").unwrap_or_default();
        if !name.is_empty() && name.len() <= LONGEST_BOUNDARY {
            self.boundary = Some(name.to_vec());
        }
    }

    /// Where a delimiter leads to; `None` for any other line. Some servers write the boundary of the
    /// header without the two dashes in front (*observed*).
    fn delimiter(&self, line: &[u8]) -> Option<Place> {
        let boundary = self.boundary.as_deref()?;
        let line = line.trim_ascii_end();
        let behind = line
            .strip_prefix(b"--")
            .and_then(|rest| rest.strip_prefix(boundary))
            .or_else(|| line.strip_prefix(boundary))?;
        match behind {
            b"" => Some(Place::Headers),
            b"--" => Some(Place::Outside),
            _ => None,
        }
    }
}

/// How deep the brackets are nested, so far.
#[derive(Debug, Default)]
struct Depth {
    open: usize,
    has_begun: bool,
    in_text: bool,
    is_escaped: bool,
}

impl Depth {
    fn read(&mut self, mut text: &[u8]) {
        while !text.is_empty() {
            let read = if self.is_escaped {
                self.is_escaped = false;
                1
            } else if self.in_text {
                // Most of an event is text in text, so what does not matter is skipped.
                let Some(at) = memchr2(b'"', b'\\', text) else { return };
                self.is_escaped = text.get(at) == Some(&b'\\');
                self.in_text = self.is_escaped;
                at + 1
            } else {
                let at = memchr(b'"', text);
                self.brackets(text.get(..at.unwrap_or(text.len())).unwrap_or_default());
                self.in_text = at.is_some();
                at.map_or(text.len(), |at| at + 1)
            };
            text = text.get(read..).unwrap_or_default();
        }
    }

    fn brackets(&mut self, text: &[u8]) {
        for byte in text {
            match byte {
                b'{' | b'[' => {
                    self.open += 1;
                    self.has_begun = true;
                }
                b'}' | b']' => self.open = self.open.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn is_closed(&self) -> bool {
        self.has_begun && self.open == 0 && !self.in_text
    }
}

/// The parameter `boundary` of a content type.
fn boundary(content_type: &str) -> Option<String> {
    let mut rest = content_type.split_once(';')?.1;
    loop {
        let (name, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let (value, next) = match behind.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = behind.find(';').unwrap_or(behind.len());
                let (value, next) = behind.split_at_checked(end)?;
                (value.trim().to_owned(), next)
            }
        };
        // What stands before an earlier `;` is a parameter without a value.
        let name = name.rsplit(';').next().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case("boundary") {
            return Some(value);
        }
        rest = next.split_once(';')?.1;
    }
}

/// A quoted text up to its closing quote, and what follows.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            _ => value.push(letter),
        }
    }
    (value, "")
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
