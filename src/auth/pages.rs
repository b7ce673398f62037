//! Reading Amazon's sign-in pages: HTML in, a named [`Page`] out. Nothing here does I/O.
//!
//! Pages are recognised by the ids and form names that public clients rely on (*observed*), never
//! by their words, which come in every language. A page that is none of them is named, not guessed.

use std::collections::BTreeSet;
use std::fmt;

use scraper::{ElementRef, Html, Selector};
use tracing::subscriber::NoSubscriber;
use url::Url;

/// Marks of a passkey page. Ordinary pages may carry such inputs too, so a form that can be filled
/// comes first.
const PASSKEY: &str = "#passkey-error-alert, #passkey-client-error-message, \
    #passkey-server-error-message, form[name^=webAuthn], input[name^=webAuthn]";

/// A form as the page offers it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// Where it is sent, resolved against the page; `None` when it cannot be resolved.
    pub action: Option<Url>,
    /// Hidden inputs in document order; they go back unchanged.
    pub hidden: Vec<(String, String)>,
    /// Names of the inputs a person could fill or press.
    pub fields: BTreeSet<String>,
}

impl fmt::Debug for Form {
    /// Hidden inputs hold tokens, so only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden: Vec<_> = self.hidden.iter().map(|(name, _)| name).collect();
        f.debug_struct("Form").field("hidden", &hidden).field("fields", &self.fields).finish()
    }
}

impl Form {
    /// Whether a person could fill this field.
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains(name)
    }
}

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
    Captcha,
    /// Asks which device should receive the code.
    DeviceChoice,
    /// Asks how the person wants to be verified.
    ClaimsPicker,
    /// Asks for a code sent by mail or message.
    VerificationCode,
    /// Waits for an approval in the app or by mail.
    Approval,
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

/// A box with a message to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The words, in the language of the page, white space folded.
    pub text: String,
    /// Whether it is only a warning.
    pub warning: bool,
}

/// Everything the machine needs to know of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it is.
    pub page: Page,
    /// What it says, if it says something.
    pub notice: Option<Notice>,
    /// The title, for naming an unknown page.
    pub title: String,
    /// Names or ids of its forms, for naming an unknown page.
    pub forms: Vec<String>,
}

/// Reads a page that was served from `url`.
///
/// The parser logs every character it reads; pages hold tokens, so it is kept from the log.
pub fn read(html: &str, url: &Url) -> Reading {
    tracing::subscriber::with_default(NoSubscriber::default(), || read_quietly(html, url))
}

fn read_quietly(html: &str, url: &Url) -> Reading {
    let document = Document { html: Html::parse_document(html), url };
    Reading {
        page: document.classify(),
        notice: document.notice(),
        title: document.title(),
        forms: document.form_names(),
    }
}

struct Document<'a> {
    html: Html,
    url: &'a Url,
}

impl Document<'_> {
    /// The order matters: special pages contain ordinary forms too.
    fn classify(&self) -> Page {
        if self.has("#cvf-aamation-challenge-form") {
            Page::BrowserCheck
        } else if self.has("#auth-captcha-image") || self.has("img[alt=captcha], img[alt=CAPTCHA]")
        {
            Page::Captcha
        } else if let Some(form) = self.form_with("#auth-mfa-otpcode") {
            Page::OneTimeCode(form)
        } else if self.has("#auth-select-device-form") {
            Page::DeviceChoice
        } else if self.has("form[name=claimspicker]") {
            Page::ClaimsPicker
        } else if self.has("#pollingForm, #updatedChannelDetails, #resend-approval-form") {
            Page::Approval
        } else if self.has("form[action=verify] input[name=code]") {
            Page::VerificationCode
        } else if self.has("form[name=forgotPassword], input[name=OTPChallengeOptions]") {
            Page::Locked
        } else if let Some(page) = self.sign_in_form() {
            page
        } else if self.has(PASSKEY) {
            Page::Passkey
        } else if self.has("#ap_error_return_home") {
            Page::Failed
        } else {
            Page::Unknown
        }
    }

    fn sign_in_form(&self) -> Option<Page> {
        let form = self
            .form_with("form[name=signIn]")
            .or_else(|| self.form_with("input[name=password]"))
            .or_else(|| self.form_with("input[name=email]"))?;
        match (form.has("email"), form.has("password")) {
            (true, true) => Some(Page::Combined(form)),
            (true, false) => Some(Page::Email(form)),
            (false, true) => Some(Page::Password(form)),
            (false, false) => None,
        }
    }

    fn notice(&self) -> Option<Notice> {
        let message = |id: &str, warning| {
            let element = self.first(id)?;
            let all = words(&element);
            // The heading says that there is a problem; what follows says which.
            let heading = Selector::parse("h4")
                .ok()
                .and_then(|heading| element.select(&heading).next())
                .map(|heading| words(&heading))
                .unwrap_or_default();
            let rest = all.strip_prefix(&heading).unwrap_or(&all).trim();
            let text = if rest.is_empty() { heading } else { rest.to_owned() };
            (!text.is_empty()).then_some(Notice { text, warning })
        };
        message("#auth-error-message-box", false)
            .or_else(|| message("#auth-warning-message-box", true))
            .or_else(|| message("#ap_error_page_message", false))
    }

    fn title(&self) -> String {
        self.first("title")
            .map(|title| words(&title).chars().take(80).collect())
            .unwrap_or_default()
    }

    fn form_names(&self) -> Vec<String> {
        let Ok(selector) = Selector::parse("form") else {
            return Vec::new();
        };
        let name = |form: ElementRef<'_>| {
            let value = form.value();
            value.attr("name").or(value.attr("id")).unwrap_or("unnamed").chars().take(40).collect()
        };
        self.html.select(&selector).take(5).map(name).collect()
    }

    /// The form that is, or encloses, the first match.
    fn form_with(&self, selector: &str) -> Option<Form> {
        let found = self.first(selector)?;
        if found.value().name() == "form" {
            return Some(self.form(found));
        }
        let form =
            found.ancestors().filter_map(ElementRef::wrap).find(|e| e.value().name() == "form")?;
        Some(self.form(form))
    }

    fn form(&self, element: ElementRef<'_>) -> Form {
        let mut form = Form {
            action: self.url.join(element.value().attr("action").unwrap_or_default()).ok(),
            ..Form::default()
        };
        let Ok(inputs) = Selector::parse("input[name], button[name]") else {
            return form;
        };
        for input in element.select(&inputs) {
            let value = input.value();
            let name = value.attr("name").unwrap_or_default().to_owned();
            if value.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden")) {
                form.hidden.push((name, value.attr("value").unwrap_or_default().to_owned()));
            } else {
                form.fields.insert(name);
            }
        }
        form
    }

    fn has(&self, selector: &str) -> bool {
        self.first(selector).is_some()
    }

    fn first(&self, selector: &str) -> Option<ElementRef<'_>> {
        let selector = Selector::parse(selector).ok()?;
        self.html.select(&selector).next()
    }
}

fn words(element: &ElementRef<'_>) -> String {
    let text: String = element.text().flat_map(|part| [part, " "]).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
