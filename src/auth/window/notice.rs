//! The window's own pages, for what Amazon's cannot say, and the headers of all that it answers.

use maud::{DOCTYPE, PreEscaped, html};

use crate::auth::browser::PageResponse;
use crate::error::Error;
use crate::site::PICTURE_HOSTS;

const STYLE: &str = include_str!("../browser/style.css");

/// The headers of every answer. Nothing that Amazon says about policies, cookies or caches reaches
/// the browser; this does.
pub(super) fn headers() -> Vec<(String, String)> {
    let pictures = PICTURE_HOSTS.map(|host| format!("https://{host}")).join(" ");
    let policy = format!(
        "default-src 'none'; script-src 'none'; object-src 'none'; img-src 'self' data: {pictures}; \
         media-src 'self' {pictures}; style-src 'self' 'unsafe-inline' {pictures}; \
         font-src 'self' data: {pictures}; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    [
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Content-Security-Policy", &policy),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The type of every page.
pub(super) fn content_type() -> (String, String) {
    ("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())
}

/// A page with a sentence, what to do next, and a link with a label and an address.
pub(super) fn page(status: u16, title: &str, text: &[&str], link: (&str, &str)) -> PageResponse {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    @for sentence in text { @if !sentence.is_empty() { p { (sentence) } } }
                    p { a href=(link.1) { (link.0) } }
                }
            }
        }
    };
    let mut headers = headers();
    headers.push(content_type());
    PageResponse { status, headers, body: markup.into_string().into_bytes() }
}

/// Amazon could not be asked.
pub(super) fn unreachable(error: &Error, again: &str) -> PageResponse {
    page(
        502,
        "Amazon cannot be reached",
        &[error.message(), error.next_step()],
        ("Try again", again),
    )
}

/// Something outside of Amazon.
pub(super) fn foreign(back: &str) -> PageResponse {
    page(
        403,
        "This leads out of Amazon",
        &["Nothing was sent there. The window shows Amazon's own pages only."],
        ("Back to the first page", back),
    )
}

/// Sends the browser elsewhere with GET.
pub(super) fn see(address: String) -> PageResponse {
    let mut headers = headers();
    headers.push(("Location".to_owned(), address));
    PageResponse { status: 303, headers, body: Vec::new() }
}
