//! What is said to people: plain text, markup and recordings, checked before anything is sent.

use std::time::Duration;

use serde_json::Value;

use super::markup;
use crate::api::sequence::{self, Content, Target};
use crate::error::{Error, Result, code};

/// Texts longer than this are cut by Amazon (*observed*: 250 in one client).
pub const LONGEST_TEXT: usize = 250;
/// So many pieces of that length are said one after the other (*chosen*).
const MOST_PARTS: usize = 4;
/// Until a voice begins, and for each character of what it says (*chosen*; one client waits 150 ms
/// for each, which is twice as slow as anybody speaks).
const BEGINNING: Duration = Duration::from_secs(1);
const CHARACTER: Duration = Duration::from_millis(65);
/// The chime before an announcement (*chosen*).
const CHIME: Duration = Duration::from_secs(2);
/// A recording of which nothing is known (*chosen*).
const RECORDING: Duration = Duration::from_secs(10);

/// How something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SpeechKind {
    /// By Alexa's voice, without a chime.
    #[default]
    Speak,
    /// After a chime, and shown on screens.
    Announce,
    /// As a recording: the text is the https address of an MP3 that Amazon can fetch.
    Audio,
}

/// Something to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Speech {
    /// The text, the markup, or the address of a recording.
    pub text: String,
    /// Whether the text is SSML.
    pub ssml: bool,
    /// Title of an announcement on screens.
    pub title: String,
    /// Volume for this alone, 0 to 100; afterwards the one before comes back, unless somebody
    /// changed it meanwhile.
    pub volume: Option<u8>,
    /// How it is said.
    pub kind: SpeechKind,
    /// Leave out devices that were told not to disturb.
    pub respect_do_not_disturb: bool,
}

/// A speech that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    /// What is said, one after the other; markup without its outermost element.
    parts: Vec<String>,
    is_markup: bool,
    /// Title of an announcement.
    title: Option<String>,
    length: Duration,
}

impl Script {
    /// # Errors
    /// `bad-text`, `bad-volume`.
    pub(crate) fn of(speech: &Speech) -> Result<Self> {
        if speech.volume.is_some_and(|volume| volume > 100) {
            return Err(Error::new(code::BAD_VOLUME, "That is no volume."));
        }
        let (parts, is_markup) = match speech.kind {
            SpeechKind::Audio => (vec![recording(&speech.text)?], true),
            _ if speech.ssml => (vec![markup::inner(&speech.text)?], true),
            _ => (parts(&speech.text)?, false),
        };
        let is_announced = speech.kind == SpeechKind::Announce;
        let said: usize = parts.iter().map(|part| markup::heard(part, is_markup)).sum();
        let said = u32::try_from(said).unwrap_or(u32::MAX);
        let mut length = BEGINNING + CHARACTER.saturating_mul(said);
        if is_markup && parts.iter().any(|part| part.contains("<audio")) {
            length += RECORDING;
        }
        if is_announced {
            length += CHIME;
        }
        let title = is_announced.then(|| speech.title.clone());
        Ok(Self { parts, is_markup, title, length })
    }

    /// Whether it comes with a chime.
    pub(crate) fn is_announced(&self) -> bool {
        self.title.is_some()
    }

    /// How long it takes to say, as far as can be told.
    pub(crate) fn length(&self) -> Duration {
        self.length
    }

    /// The node that says it on all of these at once. Those of `plain` get no announcement.
    pub(crate) fn node(&self, targets: &[Target<'_>], plain: &[Target<'_>]) -> Option<Value> {
        let mut at_once = Vec::new();
        let mut spoken: Vec<(&Target<'_>, &[String])> =
            plain.iter().map(|target| (target, self.parts.as_slice())).collect();
        match (&self.title, self.parts.split_first()) {
            (Some(title), Some((first, rest))) if !targets.is_empty() => {
                let announced = sequence::announce(targets, title, &self.content(first));
                // The chime comes once.
                let rest = targets.iter().map(|target| self.spoken(target, rest));
                let rest = sequence::parallel(rest.flatten().collect());
                at_once.extend(sequence::serial(
                    [Some(announced), rest].into_iter().flatten().collect(),
                ));
            }
            _ => spoken.extend(targets.iter().map(|target| (target, self.parts.as_slice()))),
        }
        at_once.extend(spoken.into_iter().filter_map(|(target, parts)| self.spoken(target, parts)));
        sequence::parallel(at_once)
    }

    fn spoken(&self, target: &Target<'_>, parts: &[String]) -> Option<Value> {
        sequence::serial(parts.iter().map(|part| target.speak(part)).collect())
    }

    fn content<'a>(&self, part: &'a str) -> Content<'a> {
        if self.is_markup { Content::Markup(part) } else { Content::Text(part) }
    }
}

/// A short text for a command.
///
/// # Errors
/// `bad-text`.
pub(crate) fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::new(code::BAD_TEXT, "The text is empty."));
    }
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        return Err(too_long(length, LONGEST_TEXT));
    }
    Ok(text)
}

pub(super) fn too_long(length: usize, most: usize) -> Error {
    let text = format!("The text has {length} characters; Alexa takes {most}.");
    Error::new(code::BAD_TEXT, text).with_next_step("Make it shorter, or send it in parts.")
}

/// Parts a text where a sentence ends, else between words, into pieces that Amazon does not cut.
fn parts(text: &str) -> Result<Vec<String>> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return checked(rest).map(|_| Vec::new());
    }
    let mut parts = Vec::new();
    while !rest.is_empty() {
        if parts.len() == MOST_PARTS {
            return Err(too_long(text.trim().chars().count(), MOST_PARTS * LONGEST_TEXT));
        }
        let limit = rest.char_indices().nth(LONGEST_TEXT).map_or(rest.len(), |(at, _)| at);
        let end = if limit == rest.len() { limit } else { break_in(rest, limit) };
        let (part, next) = rest.split_at(end);
        parts.push(part.trim().to_owned());
        rest = next.trim_start();
    }
    Ok(parts)
}

/// Where to part a text that goes on behind `limit`.
fn break_in(text: &str, limit: usize) -> usize {
    let (head, tail) = text.split_at(limit);
    let ends = |at: usize, mark: char| {
        let follows = head.get(at + mark.len_utf8()..).and_then(|rest| rest.chars().next());
        // A full-width mark needs no space behind it.
        let wide = matches!(mark, '\u{3002}' | '\u{ff01}' | '\u{ff1f}');
        wide || follows.or_else(|| tail.chars().next()).is_none_or(char::is_whitespace)
    };
    let is_mark = |mark: char| ".!?;:\u{2026}\u{3002}\u{ff01}\u{ff1f}\u{61f}\n".contains(mark);
    let sentence = head
        .char_indices()
        .rev()
        .find(|(at, mark)| is_mark(*mark) && ends(*at, *mark))
        .map(|(at, mark)| at + mark.len_utf8());
    let word = || head.rfind(char::is_whitespace).filter(|at| *at > 0);
    sentence.or_else(word).unwrap_or(limit)
}

/// A recording as markup.
fn recording(address: &str) -> Result<String> {
    let bad = || {
        Error::new(code::BAD_TEXT, "This is no https address of a recording.")
            .with_next_step("Give the public https address of an MP3; Amazon fetches it.")
    };
    let url = url::Url::parse(address.trim()).map_err(|_| bad())?;
    if url.scheme() != "https" || url.host_str().is_none() || url.as_str().len() > 2_000 {
        return Err(bad());
    }
    Ok(format!("<audio src='{}'/>", markup::escaped(url.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn script(text: &str, ssml: bool, kind: SpeechKind) -> Result<Script> {
        Script::of(&Speech { text: text.to_owned(), ssml, kind, ..Speech::default() })
    }

    fn said(text: &str) -> Vec<String> {
        script(text, false, SpeechKind::Speak).unwrap().parts
    }

    #[test]
    fn texts_are_checked_before_anything_is_sent() {
        assert_eq!(checked("  hello ").unwrap(), "hello");
        assert_eq!(checked(" \n").unwrap_err().code(), code::BAD_TEXT);
        assert!(checked(&"\u{e4}".repeat(250)).is_ok());
        assert!(checked(&"x".repeat(251)).unwrap_err().message().contains("251"));
        assert_eq!(said(" hello "), ["hello"]);
        let loud = Speech { text: "x".into(), volume: Some(101), ..Speech::default() };
        assert_eq!(Script::of(&loud).unwrap_err().code(), code::BAD_VOLUME);
    }

    #[test]
    fn long_texts_are_parted_at_the_end_of_a_sentence_else_of_a_word() {
        let sentence = format!("{}. ", "word ".repeat(30).trim());
        let parted = said(&sentence.repeat(3));
        assert_eq!(parted.len(), 3);
        assert!(parted.iter().all(|part| part.ends_with("word.")), "{parted:?}");
        let words = said(&"word ".repeat(60));
        assert!(words.iter().all(|part| part.ends_with("word") && part.chars().count() <= 250));
        assert_eq!(said(&"\u{e4}".repeat(251)).len(), 2);
        assert!(
            said(&format!("{}3.5 {}", "a ".repeat(120), "b ".repeat(30)))[0].ends_with('a')
                || said(&format!("{}3.5 {}", "a ".repeat(120), "b ".repeat(30)))[0].contains("3.5")
        );
        let error = script(&"x".repeat(1_001), false, SpeechKind::Speak).unwrap_err();
        assert!(error.message().contains("1001") && error.message().contains("1000"));
    }

    #[test]
    fn a_recording_is_an_escaped_https_address() {
        let script =
            script("https://example.org/a.mp3?x=1&y='2'", false, SpeechKind::Audio).unwrap();
        assert_eq!(script.parts, ["<audio src='https://example.org/a.mp3?x=1&amp;y=%272%27'/>"]);
        assert!(script.length() >= RECORDING);
        for bad in ["http://example.org/a.mp3", "file:///a", "a.mp3", ""] {
            assert!(self::script(bad, false, SpeechKind::Audio).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_takes_longer_to_say_is_waited_for_longer() {
        let length = |text: &str, kind| script(text, false, kind).unwrap().length();
        assert!(length("Dinner is ready", SpeechKind::Speak) < Duration::from_secs(3));
        assert!(length(&"x".repeat(200), SpeechKind::Speak) > Duration::from_secs(13));
        let (one, other) = (SpeechKind::Announce, SpeechKind::Speak);
        assert!(length("x", one) > length("x", other));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_nothing_is_lost(text in "\\PC{0,600}", ssml: bool) {
            if let Ok(script) = script(&text, ssml, SpeechKind::Speak) {
                prop_assert!(script.parts.iter().all(|part| !part.is_empty()));
                if !ssml {
                    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
                    prop_assert_eq!(squeeze(&script.parts.join(" ")), squeeze(&text));
                }
            }
        }
    }
}
