//! Reading Amazon's sign-in pages: HTML in, a named [`Page`] out. Nothing here does I/O.
//!
//! Pages are recognised by the ids and form names that public clients rely on (*observed*), never
//! by their words, which come in every language. A page that is none of them is named, not guessed.

mod approval;
mod document;
mod form;

use tracing::subscriber::NoSubscriber;
use url::Url;

pub use approval::{Approval, Standing};
pub use form::Form;

use document::Document;

/// The kinds of pages a sign-in can show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// Asks for the e-mail address.
    Email(Form),
    /// Asks for the password.
    Password(Form),
    /// Asks for both on one form.
    Combined(Form),
    /// Asks for a one-time code.
    OneTimeCode(Form),
    /// A picture with letters to read.
    Captcha(Captcha),
    /// Asks which device should receive the code.
    DeviceChoice(Choices),
    /// Asks how the person wants to be verified.
    ClaimsPicker(Choices),
    /// Offers to send a code by mail or message.
    SendCode(Form),
    /// Asks for a code sent by mail or message.
    VerificationCode(Form),
    /// Waits for an approval in the app or by mail.
    Approval(Approval),
    /// Says how an approval stands, in a word of Amazon's.
    ApprovalState(String),
    /// Offers a new account, with the address for those who have one.
    CreateAccount(Option<Url>),
    /// A check that only a browser running scripts can pass.
    BrowserCheck,
    /// Wants a passkey.
    Passkey,
    /// Reset of the password, or a locked account.
    Locked,
    /// Amazon's own error page.
    Failed,
    /// None of the above.
    Unknown,
}

impl Page {
    /// Name for logs and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Email(_) => "e-mail",
            Self::Password(_) => "password",
            Self::Combined(_) => "e-mail and password",
            Self::OneTimeCode(_) => "one-time code",
            Self::Captcha(_) => "captcha",
            Self::DeviceChoice(_) => "device choice",
            Self::ClaimsPicker(_) => "claims picker",
            Self::SendCode(_) => "offer of a code",
            Self::VerificationCode(_) => "verification code",
            Self::Approval(_) => "approval",
            Self::ApprovalState(_) => "state of the approval",
            Self::CreateAccount(_) => "new account",
            Self::BrowserCheck => "browser check",
            Self::Passkey => "passkey",
            Self::Locked => "locked",
            Self::Failed => "error",
            Self::Unknown => "unknown",
        }
    }
}

/// A captcha with its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captcha {
    /// The form that takes the letters.
    pub form: Form,
    /// The field for them.
    pub field: &'static str,
    /// Where the picture is.
    pub picture: Option<Url>,
}

/// A form that offers a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The form.
    pub form: Form,
    /// The field that takes the value of the choice.
    pub field: &'static str,
    /// What there is to choose from.
    pub options: Vec<Choice>,
    /// Value of the option that stands for the authenticator app.
    pub authenticator: Option<String>,
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What a person reads.
    pub label: String,
}

/// Everything the machine needs to know of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it is.
    pub page: Page,
    /// What a box on it says, in the language of the page, white space folded.
    pub notice: Option<String>,
    /// The title, for naming an unknown page.
    pub title: String,
    /// Names or ids of its forms, for naming an unknown page.
    pub forms: Vec<String>,
}

impl Reading {
    /// What the page is, for a report; a page that is not known with what tells it apart.
    pub fn shown(&self) -> String {
        match self.page {
            Page::Unknown | Page::Failed => format!(
                "{} page \u{201c}{}\u{201d}, forms: {}",
                self.page.name(),
                self.title,
                self.form_names()
            ),
            _ => format!("{} page", self.page.name()),
        }
    }

    /// The names of the forms in one line.
    pub fn form_names(&self) -> String {
        if self.forms.is_empty() { "none".to_owned() } else { self.forms.join(", ") }
    }
}

/// Reads a page that was served from `url`.
///
/// The parser logs every character it reads; pages hold tokens, so it is kept from the log.
pub fn read(html: &str, url: &Url) -> Reading {
    tracing::subscriber::with_default(NoSubscriber::default(), || {
        let document = Document::parse(html, url);
        Reading {
            page: document.classify(),
            notice: document.notice(),
            title: document.title(),
            forms: document.form_names(),
        }
    })
}

#[cfg(test)]
mod tests;
