//! What the sign-in page looks like. HTML without scripts, readable on a phone.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::state::{Phase, State};
use super::{PageResponse, progress, ways};
use crate::site::Site;

const STYLE: &str = include_str!("style.css");
/// How often a page that waits reloads itself, in seconds.
const RELOAD: &str = "1";

/// The page for the state the sign-in is in, at `now` in Unix seconds.
pub(super) fn render(state: &State, site: Site, now: u64) -> PageResponse {
    let (reloads, body) = match &state.phase {
        Phase::Choice => (false, ways::choice(state, site, None)),
        Phase::Failed(failure) => (false, ways::choice(state, site, Some(failure))),
        Phase::Window => (false, progress::window_open()),
        Phase::Working => (true, progress::working(state, now)),
        Phase::Asking(question) => (false, progress::question(question, state)),
        Phase::Done { name, site } => (false, progress::done(name.as_deref(), site, state)),
    };
    let status = if matches!(state.phase, Phase::Failed(_)) { 422 } else { 200 };
    page(status, "Sign in to Amazon", reloads, &body)
}

/// A page with one sentence.
pub(super) fn message(status: u16, title: &str, text: &str) -> PageResponse {
    let body = html! { h1 { (title) } p { (text) } };
    page(status, title, false, &body)
}

pub(super) fn not_found() -> PageResponse {
    message(404, "Not found", "There is nothing at this address.")
}

/// Sends the browser on with GET. The address is relative, so that a proxy may serve the page below
/// another path.
pub(super) fn see(address: &str) -> PageResponse {
    let mut response = PageResponse { status: 303, headers: headers(), body: Vec::new() };
    response.headers.push(("Location".to_owned(), address.to_owned()));
    response
}

fn page(status: u16, title: &str, reloads: bool, body: &Markup) -> PageResponse {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="color-scheme" content="light dark";
                @if reloads { meta http-equiv="refresh" content=(RELOAD); }
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    };
    PageResponse { status, headers: headers(), body: markup.into_string().into_bytes() }
}

fn headers() -> Vec<(String, String)> {
    [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
