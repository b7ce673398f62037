//! Amazon's HTML made fit for the window: no scripts, and links that stay inside.
//!
//! The parser works on tokens and logs nothing. Attribute values come out of it as they were
//! written, so character references are resolved here before anything is judged; whatever is written
//! back is escaped again. A value is never passed on because it looks harmless: links are parsed and
//! written anew, or dropped.

use std::cell::RefCell;

use lol_html::html_content::{ContentType, Element, TextType};
use lol_html::{
    RewriteStrSettings, doc_comments, doc_text, element, errors::RewritingError, rewrite_str,
};
use url::Url;

use super::address::Place;
use super::charref;
use crate::site::{is_amazon, is_picture_host};

/// Elements that go with all they hold: they run code, show other documents, or are parsed by rules
/// of their own that nothing on a sign-in page needs.
const DROPPED: &str = "script, iframe, frame, frameset, fencedframe, portal, object, embed, applet, \
    template, noscript, noframes, noembed, xmp, plaintext, listing, svg, math, base";

/// How a page is shown.
pub(super) struct View<'a> {
    /// The address the page came from.
    pub(super) url: &'a Url,
    /// Where it is shown.
    pub(super) place: Place,
    /// The character encoding of its forms, unless it is UTF-8.
    pub(super) charset: Option<&'a str>,
}

/// Rewrites a page.
///
/// # Errors
/// For markup that browsers and this parser could understand differently.
pub(super) fn rewrite(html: &str, view: &View<'_>) -> Result<String, RewritingError> {
    let (html, base) = uncover(html)?;
    let base = base.and_then(|base| view.url.join(&base).ok());
    let base = base.as_ref().unwrap_or(view.url);
    let settings = RewriteStrSettings {
        element_content_handlers: vec![
            element!(DROPPED, |element| {
                element.remove();
                Ok(())
            }),
            element!("*", |element| {
                if !element.removed() {
                    clean(element, base, view);
                }
                Ok(())
            }),
        ],
        document_content_handlers: vec![
            doc_comments!(|comment| {
                comment.remove();
                Ok(())
            }),
            // What is taken out must not make a tag of what stood before and behind it.
            doc_text!(|text| {
                let mut escaped = match text.text_type() {
                    TextType::Data | TextType::CDataSection => text.as_str().replace('<', "&lt;"),
                    _ => return Ok(()),
                };
                if text.text_type() == TextType::CDataSection {
                    // Once the foreign element around it is gone, a browser takes the beginning of
                    // the section for a comment that any ">" ends.
                    escaped = escaped.replace('>', "&gt;");
                }
                if escaped != text.as_str() {
                    text.replace(&escaped, ContentType::Html);
                }
                Ok(())
            }),
        ],
        strict: true,
        ..RewriteStrSettings::new()
    };
    rewrite_str(&html, settings)
}

/// Takes `noscript` away and leaves what it holds, which the parser reads as text while it is
/// inside; and finds the base address.
fn uncover(html: &str) -> Result<(String, Option<String>), RewritingError> {
    let base = RefCell::new(None);
    let settings = RewriteStrSettings {
        element_content_handlers: vec![
            element!("noscript", |element| {
                element.remove_and_keep_content();
                Ok(())
            }),
            element!("script", |element| {
                element.remove();
                Ok(())
            }),
            element!("base[href]", |element| {
                let href = element.get_attribute("href");
                let mut base = base.borrow_mut();
                if base.is_none() {
                    *base = href.map(|href| charref::resolve(&href));
                }
                Ok(())
            }),
        ],
        strict: true,
        ..RewriteStrSettings::new()
    };
    let html = rewrite_str(html, settings)?;
    Ok((html, base.into_inner()))
}

/// Cleans the attributes of one element, or removes it.
fn clean(element: &mut Element<'_, '_>, base: &Url, view: &View<'_>) {
    let tag = element.tag_name();
    let attributes: Vec<(String, String)> = element
        .attributes()
        .iter()
        .map(|attribute| (attribute.name(), charref::resolve(&attribute.value())))
        .collect();
    // Of attributes with one name, the first counts.
    let value_of = |name: &str| {
        attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    };
    let keeps = match tag.as_str() {
        "meta" => keeps_meta(value_of("http-equiv"), value_of("name"), value_of("charset")),
        "link" => value_of("rel").is_some_and(keeps_link),
        _ => true,
    };
    if !keeps {
        element.remove();
        return;
    }
    if tag == "input" {
        // A script of Amazon's copies the code from the one into the other; here the one is sent.
        match value_of("id") {
            Some("otpCode") if value_of("type") == Some("hidden") => return element.remove(),
            Some("input-box-otp") if value_of("name").is_none() => {
                put(element, "name", Some("otpCode"))
            }
            _ => {}
        }
    }
    let mut done: Vec<&str> = Vec::new();
    for (name, value) in &attributes {
        if done.contains(&name.as_str()) {
            continue;
        }
        done.push(name);
        let new = match role(&tag, name) {
            Role::Plain => continue,
            Role::Dropped => None,
            Role::Goes => goes(value, base, view),
            Role::Loads => loads(value, base, view.place),
            Role::LoadsOneOf => Some(loads_one_of(value, base, view.place)),
            Role::Describes => match value_of("http-equiv") {
                Some(_) => refresh(value, base, view.place),
                None => continue,
            },
        };
        put(element, name, new.as_deref());
    }
    if tag == "form" {
        // A form without an address goes to the page, and the page may be shown elsewhere.
        if value_of("action").is_none() {
            put(element, "action", Some(&view.place.to(view.url)));
        }
        if let Some(charset) = view.charset.filter(|_| value_of("accept-charset").is_none()) {
            put(element, "accept-charset", Some(charset));
        }
    }
}

/// What an attribute does.
enum Role {
    /// Nothing of interest.
    Plain,
    /// Something that must not be.
    Dropped,
    /// Holds an address that the person goes to.
    Goes,
    /// Holds the address of a picture, a sound or a style.
    Loads,
    /// Holds a list of such.
    LoadsOneOf,
    /// Describes the page, or holds a time and an address to go to.
    Describes,
}

fn role(tag: &str, name: &str) -> Role {
    match (tag, name) {
        ("a" | "area", "href") | ("form", "action") | (_, "formaction") => Role::Goes,
        ("link", "href") | (_, "src" | "poster" | "background") => Role::Loads,
        (_, "srcset" | "imagesrcset") => Role::LoadsOneOf,
        ("meta", "content") => Role::Describes,
        (
            _,
            "href" | "xlink:href" | "action" | "data" | "ping" | "manifest" | "srcdoc" | "codebase"
            | "archive" | "classid" | "longdesc" | "lowsrc" | "dynsrc" | "profile" | "cite"
            | "icon" | "attributionsrc" | "nonce" | "referrerpolicy",
        ) => Role::Dropped,
        (_, name) if name.starts_with("on") => Role::Dropped,
        _ => Role::Plain,
    }
}

/// Only refreshes and plain descriptions stay: policies and charsets are ours, and an app banner
/// would lead out of the browser.
fn keeps_meta(http_equiv: Option<&str>, name: Option<&str>, charset: Option<&str>) -> bool {
    match (http_equiv, name) {
        (Some(header), _) => header.trim().eq_ignore_ascii_case("refresh"),
        (None, Some(name)) => name.trim().eq_ignore_ascii_case("viewport") && charset.is_none(),
        (None, None) => false,
    }
}

fn keeps_link(rel: &str) -> bool {
    rel.split_ascii_whitespace()
        .any(|word| word.eq_ignore_ascii_case("stylesheet") || word.eq_ignore_ascii_case("icon"))
}

fn goes(value: &str, base: &Url, view: &View<'_>) -> Option<String> {
    let value = value.trim();
    if value.is_empty() {
        return Some(view.place.to(view.url));
    }
    if value.starts_with('#') {
        return Some(value.to_owned());
    }
    let url = base.join(value).ok()?;
    match url.scheme() {
        "http" | "https" => Some(view.place.to(&url)),
        "mailto" | "tel" => Some(url.into()),
        _ => None,
    }
}

fn loads(value: &str, base: &Url, place: Place) -> Option<String> {
    let mut url = base.join(value.trim()).ok()?;
    if url.scheme() == "data" {
        return url.path().to_ascii_lowercase().starts_with("image/").then(|| url.into());
    }
    if url.scheme() == "http" {
        url.set_scheme("https").ok()?;
    }
    if is_amazon(&url) {
        return Some(place.to(&url));
    }
    let host = url.host_str()?;
    (url.scheme() == "https" && url.port().is_none() && is_picture_host(host)).then(|| url.into())
}

/// A list of pictures with their widths. One with a comma in its address is lost, no more.
fn loads_one_of(value: &str, base: &Url, place: Place) -> String {
    let one = |candidate: &str| {
        let mut words = candidate.split_ascii_whitespace();
        let url = loads(words.next()?, base, place)?;
        let width = words.next().map(|width| format!(" {width}")).unwrap_or_default();
        Some(url + &width)
    };
    value.split(',').filter_map(one).collect::<Vec<_>>().join(", ")
}

/// The value of a `Refresh` header or element with its address translated; nothing for a value that
/// means nothing to a browser.
pub(super) fn refresh(value: &str, base: &Url, place: Place) -> Option<String> {
    let value = value.trim();
    if !value.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let time_ends = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (time, rest) = value.split_at(time_ends);
    let seconds: u64 =
        time.split('.').next().filter(|t| !t.is_empty()).unwrap_or("0").parse().ok()?;
    let rest = rest.trim_start_matches(|c: char| c == ';' || c == ',' || c.is_ascii_whitespace());
    if rest.is_empty() {
        return Some(seconds.to_string());
    }
    let bare = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => {
            let after = rest.get(3..).unwrap_or_default().trim_start();
            after.strip_prefix('=').map_or(rest, str::trim_start)
        }
        _ => rest,
    };
    let target = match bare.chars().next() {
        Some(quote @ ('"' | '\'')) => bare.get(1..)?.split(quote).next()?,
        _ => bare,
    };
    let url = base.join(target.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| format!("{seconds}; url={}", place.to(&url)))
}

fn put(element: &mut Element<'_, '_>, name: &str, value: Option<&str>) {
    // Removing takes all of the name away; setting would touch the first only.
    element.remove_attribute(name);
    if let Some(value) = value {
        // A name that cannot be one does not come from the parser.
        let _ = element.set_attribute(name, &charref::escape(value));
    }
}

#[cfg(test)]
#[path = "markup_tests.rs"]
mod tests;
