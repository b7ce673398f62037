//! Addresses of Amazon as the window shows them, and back. Pure functions.
//!
//! `https://<host>/<path>?<query>` is `<page path>/window/<host>/<path>?<query>`. What is given out
//! is relative to the page that is shown, because the host may serve everything below a prefix that
//! we never see; what comes back is recognised by the segment of the page path that cannot be
//! guessed, wherever it stands.

use std::borrow::Cow;

use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::site::is_amazon;

/// The segment behind the page path.
const WINDOW: &str = "window";
/// How deep addresses may be packed into the queries of others.
const MOST_LAYERS: u8 = 4;

/// The addresses of one window.
#[derive(Debug)]
pub(super) struct Addresses {
    /// The path of the sign-in page, without a slash at its end.
    page: String,
    /// Its last segment, which cannot be guessed.
    name: String,
}

/// What a request to the window asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The window itself.
    First,
    /// A page of Amazon: https, the usual port, an Amazon host.
    Page(Url),
    /// Something that is not Amazon's.
    Foreign,
    /// Nothing in the window.
    Nothing,
}

/// Where in the window an answer is shown; links in it are relative to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Folders between the window and the answer.
    depth: usize,
}

impl Addresses {
    pub(super) fn new(page: &str) -> Self {
        let page = page.trim_end_matches('/').to_owned();
        let name = page.rsplit('/').next().unwrap_or_default().to_owned();
        Self { page, name }
    }

    /// Understands a requested path and query.
    pub(super) fn asked(&self, path: &str, query: &str) -> Asked {
        match self.inside(path) {
            None => Asked::Nothing,
            Some(rest) if rest.trim_matches('/').is_empty() => Asked::First,
            Some(rest) => {
                amazon(rest.strip_prefix('/').unwrap_or(rest)).map_or(Asked::Foreign, |mut url| {
                    let query = self.query_back(query);
                    url.set_query((!query.is_empty()).then_some(&query));
                    Asked::Page(url)
                })
            }
        }
    }

    /// Where an answer to a path is shown.
    pub(super) fn place(&self, path: &str) -> Place {
        let rest = self.inside(path).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
        Place { depth: rest.matches('/').count() }
    }

    /// An address as seen from the sign-in page itself.
    pub(super) fn seen_from_page(&self, url: &Url) -> String {
        format!("./{}/{WINDOW}/{}", self.name, spelled(url))
    }

    /// An address as seen from the window's own address, which can end with a slash or not.
    pub(super) fn seen_from_window(&self, path: &str, url: &Url) -> String {
        let slash = self.inside(path).is_some_and(|rest| rest.starts_with('/'));
        format!("./{}{}", if slash { "" } else { "window/" }, spelled(url))
    }

    /// The address of Amazon behind a `Referer`; nothing for other pages.
    pub(super) fn referer_back(&self, referer: &str) -> Option<Url> {
        if !referer.contains(&self.name) {
            return None;
        }
        let mut url = Url::parse(&self.value_back(referer, 0)?).ok()?;
        url.set_fragment(None);
        is_amazon(&url).then_some(url)
    }

    /// A query or an encoded form, with the window's addresses in its values turned into Amazon's.
    /// What holds none stays as it is, byte by byte.
    pub(super) fn query_back<'a>(&self, query: &'a str) -> Cow<'a, str> {
        self.pairs_back(query, 0)
    }

    fn pairs_back<'a>(&self, query: &'a str, layer: u8) -> Cow<'a, str> {
        let named = |text: &str| {
            url::form_urlencoded::parse(text.as_bytes())
                .any(|(name, value)| name.contains(&self.name) || value.contains(&self.name))
        };
        if !named(query) {
            return Cow::Borrowed(query);
        }
        let pair_back = |pair: &str| {
            if !named(pair) {
                return Some(pair.to_owned());
            }
            let (name, value) = pair.split_once('=')?;
            let decoded = url::form_urlencoded::parse(pair.as_bytes()).next()?.1;
            // Nobody else learns the path, whatever it is part of.
            let value_back = self.value_back(&decoded, layer).unwrap_or_default();
            let value = if decoded == value_back {
                value.to_owned()
            } else {
                byte_serialize(value_back.as_bytes()).collect()
            };
            Some(format!("{name}={value}")).filter(|pair| !named(pair))
        };
        Cow::Owned(query.split('&').filter_map(pair_back).collect::<Vec<_>>().join("&"))
    }

    /// A value: as it is when it has nothing to do with the window, else translated; nothing when
    /// it names the window in a way that means no page of Amazon.
    fn value_back(&self, text: &str, layer: u8) -> Option<String> {
        if !text.contains(&self.name) {
            return Some(text.to_owned());
        }
        if layer >= MOST_LAYERS {
            return None;
        }
        let is_path = text.starts_with('/') && !text.starts_with("//");
        let whole = if is_path { format!("https://host.invalid{text}") } else { text.to_owned() };
        let mut url = Url::parse(&whole).ok()?;
        let query = url.query().map(|query| self.pairs_back(query, layer + 1).into_owned());
        let marker = format!("/{}/{WINDOW}/", self.name);
        if let Some((_, rest)) = url.path().split_once(&marker) {
            let fragment = url.fragment().map(ToOwned::to_owned);
            url = amazon(rest)?;
            url.set_fragment(fragment.as_deref());
        } else if is_path {
            return None;
        }
        url.set_query(query.as_deref());
        Some(String::from(url)).filter(|text| !text.contains(&self.name))
    }

    /// What follows the window's own path: nothing, or something that begins with a slash.
    fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&self.page)?
            .strip_prefix('/')?
            .strip_prefix(WINDOW)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Place {
    /// An http address as a link from here. Hosts that are not Amazon's get one too; the window
    /// refuses to open it, which is better than a link that leads nowhere or out.
    pub(super) fn to(self, url: &Url) -> String {
        format!("./{}{}", "../".repeat(self.depth), spelled(url))
    }

    /// The window's own address, which leads to the first page.
    pub(super) fn to_first(self) -> String {
        format!("./{}../{WINDOW}", "../".repeat(self.depth))
    }
}

/// An address behind the window's slash: `www.amazon.de/ap/x` without query.
fn amazon(rest: &str) -> Option<Url> {
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_plain = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if !host.split('.').all(is_plain) {
        return None;
    }
    let mut url = Url::parse(&format!("https://{host}/")).ok()?;
    url.set_path(path);
    is_amazon(&url).then_some(url)
}

/// An address as it stands behind the window's slash.
fn spelled(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{}{port}{}{query}{fragment}", url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
