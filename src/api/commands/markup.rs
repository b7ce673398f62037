//! Markup of speech: SSML, as far as it has to be understood to know that Alexa will say it.

use super::speech::{LONGEST_TEXT, too_long};
use crate::error::{Error, Result, code};

/// Markup longer than this is refused (*chosen*; tags are not said and do not count as text).
const LONGEST_MARKUP: usize = 4_000;

/// What is inside of the one speak element, which may be left out.
pub(super) fn inner(text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_MARKUP {
        return Err(too_long(text.chars().count(), LONGEST_MARKUP));
    }
    let is_wrapped = text
        .strip_prefix("<speak")
        .is_some_and(|rest| rest.starts_with(|next: char| next == '>' || next.is_whitespace()));
    let inner = if is_wrapped {
        let inner = text.split_once('>').map(|(_, rest)| rest.trim_end());
        let inner = inner.and_then(|inner| inner.strip_suffix("</speak>"));
        inner.ok_or_else(|| bad_markup("the speak element does not end"))?.trim()
    } else {
        text
    };
    balanced(inner)?;
    let said = heard(inner, true);
    if said > LONGEST_TEXT {
        return Err(too_long(said, LONGEST_TEXT));
    }
    if said == 0 && !inner.contains("<audio") {
        return Err(Error::new(code::BAD_TEXT, "The text is empty."));
    }
    Ok(inner.to_owned())
}

/// Amazon says nothing at all when an element does not end or a sign is not escaped (*observed*).
fn balanced(markup: &str) -> Result<()> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = markup;
    while let Some(at) = rest.find(['<', '&']) {
        let (_, found) = rest.split_at(at);
        if found.starts_with('&') {
            let entity = found.get(1..).and_then(|rest| rest.split_once(';'));
            let (name, next) = entity.ok_or_else(|| bad_markup("a & is not written &amp;"))?;
            let is_known = matches!(name, "amp" | "lt" | "gt" | "apos" | "quot")
                || name.strip_prefix('#').is_some_and(|number| {
                    !number.is_empty() && number.chars().all(|one| one.is_ascii_alphanumeric())
                });
            if !is_known {
                return Err(bad_markup("a & is not written &amp;"));
            }
            rest = next;
            continue;
        }
        let end = tag_end(found).ok_or_else(|| bad_markup("a < is not written &lt;"))?;
        let (tag, next) = found.split_at(end);
        let tag = tag.trim_start_matches('<').trim_end_matches('>');
        let (closes, stands_alone) = (tag.starts_with('/'), tag.ends_with('/'));
        let name = tag.trim_matches('/');
        let name = name.split(char::is_whitespace).next().unwrap_or_default();
        if !is_name(name) {
            return Err(bad_markup("a < is not written &lt;"));
        }
        if name == "speak" {
            return Err(bad_markup("there is more than one speak element"));
        }
        if closes {
            if open.pop() != Some(name) {
                return Err(bad_markup(&format!("{name} ends before it begins")));
            }
        } else if !stands_alone {
            open.push(name);
        }
        rest = next;
    }
    match open.last() {
        Some(name) => Err(bad_markup(&format!("{name} does not end"))),
        None => Ok(()),
    }
}

/// Behind the end of the tag with which a text begins; a quoted value may hold anything.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, one) in text.char_indices().skip(1) {
        match (quote, one) {
            (None, '>') => return Some(at + 1),
            (None, '<') => return None,
            (None, '"' | '\'') => quote = Some(one),
            (Some(mark), one) if mark == one => quote = None,
            _ => {}
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || "-:_.".contains(one))
}

/// How many characters of a part are said.
pub(super) fn heard(part: &str, is_markup: bool) -> usize {
    if !is_markup {
        return part.chars().count();
    }
    let mut in_tag = false;
    let said = part.chars().filter(|one| {
        let is_said = !in_tag && *one != '<';
        in_tag = *one == '<' || in_tag && *one != '>';
        is_said
    });
    said.count()
}

/// A text as part of markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&apos;")
        .replace('"', "&quot;")
}

fn bad_markup(what: &str) -> Error {
    Error::new(code::BAD_TEXT, format!("This is no markup that Alexa could read: {what}."))
        .with_next_step("Give one speak element, or text without markup.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_must_be_one_element_that_ends() {
        assert_eq!(inner("<speak>Hi <break time='1s'/></speak>").unwrap(), "Hi <break time='1s'/>");
        let said = "Hi <emphasis level=\"strong\">you</emphasis> &amp; me";
        assert_eq!(inner(said).unwrap(), said);
        assert!(inner("<audio src=\"https://example.org/a>b.mp3\"/>").is_ok());
        for bad in [
            "",
            "<speak></speak>",
            "<speak>x",
            "<b>x",
            "x</b>",
            "<b><i>x</b></i>",
            "a < b",
            "a & b",
            "&nbsp;",
            "<speak>a</speak><speak>b</speak>",
            "<!-- x -->y",
            "<speak",
        ] {
            assert_eq!(inner(bad).unwrap_err().code(), code::BAD_TEXT, "{bad}");
        }
        assert!(inner(&format!("<p>{}</p>", "x".repeat(250))).is_ok());
        assert!(inner(&"x".repeat(251)).is_err());
    }
}
