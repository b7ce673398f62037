//! The three ways to sign in, on one page.

use maud::{Markup, html};

use super::state::{Failure, State, Way};
use crate::auth::authorize::LANDING_PATH;
use crate::auth::link::LinkSignIn;
use crate::error::code;
use crate::site::Site;

/// The choice of the way, with what went wrong last time.
pub(super) fn choice(state: &State, site: Site, failure: Option<&Failure>) -> Markup {
    html! {
        h1 { "Sign in to Amazon" }
        p.lead { "For the account whose Echo devices should become players (" (site.domain()) ")." }
        @if let Some(failure) = failure { (alert(failure, &state.trail.report())) }
        @if is_retry(failure) { (by_password(state)) }
        @if let Some(link) = &state.link { (by_link(link)) }
        (by_window(state.way == Way::Window))
        @if !is_retry(failure) { (by_password(state)) }
        p.fine {
            "What you type is used for this sign-in only and is not stored. "
            "This is not an official interface of Amazon."
        }
    }
}

/// Whether what was typed was wrong: then the same form is wanted again.
fn is_retry(failure: Option<&Failure>) -> bool {
    let typed = [
        code::WRONG_PASSWORD,
        code::UNKNOWN_EMAIL,
        code::WRONG_CODE,
        code::BAD_SEED,
        code::BAD_CREDENTIALS,
    ];
    failure.is_some_and(|failure| typed.iter().any(|code| code.id() == failure.code))
}

fn alert(failure: &Failure, report: &str) -> Markup {
    html! {
        div.alert role="alert" {
            p { strong { (failure.message) } }
            @if !failure.next_step.is_empty() { p { (failure.next_step) } }
            p.code { "Code: " code { (failure.code) } }
            @if !report.is_empty() {
                details.report {
                    summary { "Pages that were seen" }
                    pre { (report) }
                    p.code { "Holds nothing secret. Add it when you report the problem." }
                }
            }
        }
    }
}

fn by_link(link: &LinkSignIn) -> Markup {
    html! {
        section aria-labelledby="way-link" {
            h2 #way-link { "On Amazon\u{2019}s own page" }
            p.help { "Works with everything Amazon offers: password, passkey, approval in an app, codes by message." }
            ol {
                li {
                    a.button href=(link.url()) target="_blank" rel="noreferrer noopener" { "Open Amazon\u{2019}s sign-in" }
                }
                li { "Sign in there. The last page says that it was not found: that is right." }
                li {
                    "Copy the whole address of that page from the address bar, and paste it here."
                    form method="post" action="" {
                        input type="hidden" name="way" value="link";
                        label for="address" { "Address of the last page" }
                        input #address name="address" type="text" inputmode="url" autocomplete="off"
                            autocapitalize="none" spellcheck="false" required
                            placeholder=(format!("https://\u{2026}{LANDING_PATH}?\u{2026}"));
                        button type="submit" { "Finish signing in" }
                    }
                }
            }
            p.help { "The address works once and for a few minutes. Use a computer: on a phone, the Alexa app may catch the link." }
        }
    }
}

fn by_window(is_open: bool) -> Markup {
    html! {
        details open[is_open] {
            summary { "In a guided window" }
            p.help {
                "Amazon\u{2019}s pages, shown through this server, with nothing to copy. For accounts that sign in with a "
                "password and a code or an approval; passkeys work on Amazon\u{2019}s own page only."
            }
            form method="post" action="" {
                input type="hidden" name="way" value="window";
                button.second type="submit" { "Open the guided window" }
            }
        }
    }
}

fn by_password(state: &State) -> Markup {
    html! {
        details open[state.way == Way::Password] {
            summary { "With e-mail and password" }
            p.help { "The sign-in is done for you. What Amazon asks on the way is asked here." }
            form method="post" action="" autocomplete="on" {
                input type="hidden" name="way" value="password";
                label for="email" { "E-mail address or phone number" }
                input #email name="email" type="text" inputmode="email" autocomplete="username"
                    autocapitalize="none" spellcheck="false" required value=(state.email);
                label for="password" { "Password" }
                input #password name="password" type="password" autocomplete="current-password" required;
                label for="otp" { "Authenticator seed or one-time code" }
                input #otp name="otp" type="password" autocomplete="off" spellcheck="false" aria-describedby="otp-help";
                p.help #otp-help {
                    "The 52 characters that Amazon shows under " em { "can\u{2019}t scan the barcode" }
                    " when you add an authenticator app, or the 6 digits that the app shows now. "
                    "Leave it empty to be asked when a code is needed."
                }
                button.second type="submit" { "Sign in" }
            }
        }
    }
}
