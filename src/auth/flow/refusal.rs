//! Why an attempt is over: Amazon's sentences and pages, translated to causes.

use url::Url;

use crate::auth::pages::{Page, Reading};
use crate::error::{Code, Error, code};
use crate::net::http::shown_path;

/// A sentence of Amazon's: words that it contains, what it means, and what to add for a person.
struct Sentence {
    words: &'static [&'static str],
    code: Code,
    meaning: &'static str,
}

/// English only: the portal is asked for English unless another one is needed. Words *observed* in
/// field reports; in other languages the page on which a sentence stands decides.
const SENTENCES: &[Sentence] = &[
    Sentence {
        words: &["verify your mobile number"],
        code: code::WRONG_PASSWORD,
        meaning: "Amazon says so mostly when the password is wrong, often one that a browser or a \
            password manager filled in; sometimes for accounts without two-step verification.",
    },
    Sentence {
        words: &["enter the characters", "characters as they are"],
        code: code::CAPTCHA,
        meaning: "Amazon did not accept the letters of the picture.",
    },
    Sentence { words: &["password is incorrect"], code: code::WRONG_PASSWORD, meaning: "" },
    Sentence {
        words: &["find an account", "valid e-mail", "valid email", "wrong or invalid e"],
        code: code::UNKNOWN_EMAIL,
        meaning: "",
    },
    Sentence {
        words: &["already been used", "code has expired"],
        code: code::WRONG_CODE,
        meaning: "Each code works once and for half a minute.",
    },
    Sentence {
        words: &["code you entered", "invalid otp", "one time password"],
        code: code::WRONG_CODE,
        meaning: "",
    },
    Sentence {
        words: &["too many", "temporarily", "locked", "on hold", "suspended"],
        code: code::ACCOUNT_LOCKED,
        meaning: "",
    },
    Sentence {
        words: &["internal error", "try again later"],
        code: code::AMAZON_DOWN,
        meaning: "",
    },
];

/// What was refused, for the sentence and for the code where Amazon's words are not known.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Email,
    Password,
    Both,
    Code,
}

impl What {
    fn words(self) -> (&'static str, Code) {
        match self {
            Self::Email => ("the e-mail address", code::UNKNOWN_EMAIL),
            Self::Password => ("the password", code::WRONG_PASSWORD),
            Self::Both => ("the e-mail address or the password", code::WRONG_PASSWORD),
            Self::Code => ("the code", code::WRONG_CODE),
        }
    }
}

/// The error for something that Amazon refused, with the sentence on the page.
pub(super) fn refused(what: What, notice: Option<&str>) -> Error {
    let (words, code) = what.words();
    let Some(notice) = notice else {
        return Error::new(code, format!("Amazon asked for {words} again without saying why."));
    };
    let lower = notice.to_lowercase();
    let sentence = SENTENCES.iter().find(|known| known.words.iter().any(|w| lower.contains(w)));
    let said = notice.trim_end_matches('.');
    let (code, meaning) = sentence.map_or((code, ""), |known| (known.code, known.meaning));
    let message = format!("Amazon refused {words}: \u{201c}{said}\u{201d}. {meaning}");
    Error::new(code, message.trim_end())
}

/// The error for a page that ends the attempt.
pub(super) fn stopped_by(reading: &Reading, url: &Url) -> Error {
    let said = reading.notice.as_ref().map(|said| format!(" It says: \u{201c}{said}\u{201d}."));
    let said = said.unwrap_or_default();
    let (code, text) = match reading.page {
        Page::Captcha(_) => (
            code::CAPTCHA,
            "Amazon wants the letters of a picture together with the password, which was sent already.",
        ),
        Page::Passkey => (
            code::PASSKEY,
            "Amazon wants a passkey for this account, which works on Amazon's own page only.",
        ),
        Page::BrowserCheck => (
            code::BROWSER_CHECK,
            "Amazon checks for a real browser, which only Amazon's own page passes.",
        ),
        Page::Locked => {
            (code::ACCOUNT_LOCKED, "Amazon wants the password reset or has locked the account.")
        }
        Page::CreateAccount(_) => (
            code::UNKNOWN_EMAIL,
            "Amazon knows no account by this e-mail address and offers a new one.",
        ),
        _ => {
            let forms = reading.form_names();
            return Error::new(
                code::UNKNOWN_PAGE,
                format!(
                    "Amazon showed a page that is not known here: title \u{201c}{}\u{201d}, path {}, forms: {forms}.{said}",
                    reading.title,
                    shown_path(url),
                ),
            );
        }
    };
    Error::new(code, format!("{text}{said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_translated_to_causes() {
        for (what, said, expected) in [
            (What::Password, "Your password is incorrect", code::WRONG_PASSWORD),
            (What::Password, "We're unable to verify your mobile number.", code::WRONG_PASSWORD),
            (What::Email, "We're unable to verify your mobile number.", code::WRONG_PASSWORD),
            (What::Password, "Your account has been temporarily locked", code::ACCOUNT_LOCKED),
            (What::Password, "Enter a valid email or mobile number", code::UNKNOWN_EMAIL),
            (What::Code, "The code you entered is not valid.", code::WRONG_CODE),
            (What::Password, "Too many failed attempts", code::ACCOUNT_LOCKED),
            (What::Password, "Ihr Passwort ist falsch", code::WRONG_PASSWORD),
            (What::Password, "Enter the characters as they are shown", code::CAPTCHA),
            (What::Password, "An internal error occurred", code::AMAZON_DOWN),
        ] {
            let error = refused(what, Some(said));
            assert_eq!(error.code(), expected, "{said}");
            assert!(error.message().contains(said.trim_end_matches('.')), "{}", error.message());
        }
    }

    #[test]
    fn the_mobile_number_sentence_is_explained() {
        let error = refused(What::Password, Some("We cannot verify your mobile number."));
        assert!(error.message().contains("mostly when the password is wrong"));
    }
}
