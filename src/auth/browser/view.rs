//! What the sign-in page looks like. HTML without scripts, readable on a phone.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Failure, PageResponse, Phase, State};
use crate::auth::flow::Question;
use crate::site::Site;

const STYLE: &str = include_str!("style.css");
/// How often a page that waits reloads itself, in seconds.
const RELOAD: &str = "1";

/// The page for the state the sign-in is in.
pub(super) fn render(state: &State, site: Site) -> PageResponse {
    let (reloads, body) = match &state.phase {
        Phase::Form => (false, form(&state.email, None, site)),
        Phase::Failed(failure) => (false, form(&state.email, Some(failure), site)),
        Phase::Working => (true, working(&state.stage.get())),
        Phase::Asking(question) => (false, question_form(question)),
        Phase::Done { name, site } => (false, done(name.as_deref(), site)),
    };
    let status = if matches!(state.phase, Phase::Failed(_)) { 422 } else { 200 };
    page(status, "Sign in to Amazon", reloads, &body)
}

/// A page with one sentence.
pub(super) fn message(status: u16, title: &str, text: &str) -> PageResponse {
    let body = html! { h1 { (title) } p { (text) } };
    page(status, title, false, &body)
}

/// Sends the browser back to the page with GET. The address is relative, so that a proxy may serve
/// it below another path.
pub(super) fn see(path: &str) -> PageResponse {
    let segment = path.rsplit('/').next().unwrap_or_default();
    let mut response = PageResponse { status: 303, headers: headers(), body: Vec::new() };
    response.headers.push(("Location".to_owned(), format!("./{segment}")));
    response
}

fn form(email: &str, failure: Option<&Failure>, site: Site) -> Markup {
    html! {
        h1 { "Sign in to Amazon" }
        p.lead { "For the account whose Echo devices should become players (" (site.domain()) ")." }
        @if let Some(failure) = failure {
            div.alert role="alert" {
                p { strong { (failure.message) } }
                @if !failure.next_step.is_empty() { p { (failure.next_step) } }
                p.code { "Code: " code { (failure.code) } }
            }
        }
        form method="post" action="" autocomplete="on" {
            label for="email" { "E-mail address or phone number" }
            input #email name="email" type="text" inputmode="email" autocomplete="username"
                autocapitalize="none" spellcheck="false" required autofocus[email.is_empty()] value=(email);
            label for="password" { "Password" }
            input #password name="password" type="password" autocomplete="current-password" required
                autofocus[!email.is_empty()];
            label for="otp" { "Authenticator seed or one-time code" }
            input #otp name="otp" type="password" autocomplete="off" spellcheck="false" aria-describedby="otp-help";
            p.help #otp-help {
                "The 52 characters that Amazon shows under " em { "can't scan the barcode" }
                " when you add an authenticator app, or the 6 digits that the app shows now. "
                "Leave it empty if your account has no two-step verification."
            }
            button type="submit" { "Sign in" }
        }
        p.fine {
            "Used for this sign-in only: what you type goes to Amazon and is not stored. "
            "This is not an official interface of Amazon."
        }
    }
}

fn question_form(question: &Question) -> Markup {
    html! {
        h1 { "One more step" }
        p.lead { (question.prompt) }
        form method="post" action="" {
            label for="answer" { "One-time code" }
            input #answer name="answer" type="text" inputmode="numeric" autocomplete="one-time-code" required autofocus;
            button type="submit" { "Continue" }
        }
    }
}

fn working(stage: &str) -> Markup {
    html! {
        h1 { "Signing in" }
        div.bar role="progressbar" aria-label="Signing in" { span {} }
        p.lead role="status" { (stage) "\u{2026}" }
        p.fine { "This usually takes a few seconds. With an authenticator seed it can take up to half a minute." }
    }
}

fn done(name: Option<&str>, site: &str) -> Markup {
    html! {
        div.tick aria-hidden="true" { "\u{2713}" }
        h1 { @if let Some(name) = name { "Signed in as " (name) } @else { "Signed in" } }
        p.lead { "The account lives at " (site) ". You can close this window and go on in the settings." }
    }
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
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
