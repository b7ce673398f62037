//! The sign-in machine: pages and answers go in, requests and questions come out. No I/O.
//!
//! Promises that the tests hold it to: a field is sent only to a form that has it, only to an
//! Amazon host; the password is sent at most once; a page that is not known ends the attempt.

use std::time::Duration;

use url::Url;

use super::pages::{self, Form, Notice, Page, Reading};
use super::totp::{LEAST_LEFT, OneTime, STEP};
use crate::error::{Error, Result, code};
use crate::net::http::shown_path;
use crate::secret::Secret;
use crate::site::is_amazon_host;

/// Pages after which an attempt is given up (*chosen*; a plain sign-in shows three).
const MOST_PAGES: u8 = 10;

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What kind of answer is wanted.
    pub kind: QuestionKind,
    /// The question, for a person.
    pub prompt: String,
}

/// The kinds of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionKind {
    /// A one-time code of six digits.
    Code,
}

impl QuestionKind {
    /// Name for bindings and pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
        }
    }
}

/// What goes into the machine. Not printable: pages and landing addresses hold secrets.
pub enum Input<'a> {
    /// A page was served.
    Page {
        /// The address it came from, after redirects.
        url: &'a Url,
        /// Its HTML.
        body: &'a str,
    },
    /// The sign-in landed with this authorization code.
    Landed(Secret),
    /// The person answered the last question.
    Answer(Secret),
    /// The wait that was asked for is over.
    Waited,
}

/// What comes out.
#[derive(Debug)]
pub enum Step {
    /// Send this form and feed what comes back.
    Submit(Submission),
    /// Ask this and feed the answer.
    Ask(Question),
    /// Wait for the next code and say so.
    Wait(Duration),
    /// Signed in: register with this authorization code.
    Done(Secret),
}

/// A form, filled.
#[derive(Debug)]
pub struct Submission {
    /// Where to send it: always https and Amazon.
    pub url: Url,
    /// The page it was on.
    pub referer: Url,
    /// Names and values in order.
    pub fields: Vec<(String, Secret)>,
    /// What is being done, for the person waiting.
    pub stage: &'static str,
}

/// The machine of one attempt.
#[derive(Debug)]
pub struct Flow {
    email: Secret,
    password: Secret,
    one_time: Option<OneTime>,
    pages: u8,
    email_sent: bool,
    password_sent: bool,
    /// Whether e-mail and password went on one form: then either can be to blame.
    both_sent: bool,
    codes_sent: u8,
    waiting: Option<(Form, Url)>,
}

impl Flow {
    /// A machine for one attempt.
    ///
    /// # Errors
    /// `bad-credentials` when e-mail or password is empty.
    pub fn new(email: Secret, password: Secret, one_time: Option<OneTime>) -> Result<Self> {
        if email.expose().trim().is_empty() || password.is_empty() {
            return Err(Error::new(
                code::BAD_CREDENTIALS,
                "The e-mail address or the password is empty.",
            ));
        }
        let email = Secret::new(email.expose().trim());
        Ok(Self {
            email,
            password,
            one_time,
            pages: 0,
            email_sent: false,
            password_sent: false,
            both_sent: false,
            codes_sent: 0,
            waiting: None,
        })
    }

    /// One step. `unix` is Amazon's time in seconds, from which codes are made.
    ///
    /// # Errors
    /// The named reason for which the attempt is over.
    pub fn step(&mut self, input: Input<'_>, unix: u64) -> Result<Step> {
        match input {
            Input::Landed(code) => Ok(Step::Done(code)),
            Input::Page { url, body } => self.page(url, pages::read(body, url), unix),
            Input::Answer(text) => match OneTime::parse(text.expose()) {
                Ok(one_time) => {
                    self.one_time = Some(one_time);
                    self.send_code(unix)
                }
                Err(_) => Ok(Step::Ask(Question {
                    kind: QuestionKind::Code,
                    prompt: "That is not a code. Amazon's codes have six digits.".to_owned(),
                })),
            },
            Input::Waited => self.send_code(unix),
        }
    }

    fn page(&mut self, url: &Url, reading: Reading, unix: u64) -> Result<Step> {
        self.pages += 1;
        if self.pages > MOST_PAGES {
            return Err(Error::new(
                code::TOO_MANY_PAGES,
                format!("Amazon showed more than {MOST_PAGES} pages and the sign-in was stopped."),
            ));
        }
        tracing::debug!(page = name(&reading.page), number = self.pages, "sign-in page");
        let notice = reading.notice.as_ref();
        match reading.page {
            Page::Email(form) => self.send_email(form, url, notice),
            Page::Password(form) => self.send_password(form, url, notice),
            Page::Combined(form) => self.send_both(form, url, notice),
            Page::OneTimeCode(form) => {
                self.waiting = Some((form, url.clone()));
                if self.codes_sent == 0 {
                    return self.send_code(unix);
                }
                // A code made from the seed may have been used before in its window; a second one
                // of the next window settles that. What a person typed is refused at once.
                if self.codes_sent == 1 && matches!(self.one_time, Some(OneTime::Seed(_))) {
                    return Ok(Step::Wait(Duration::from_secs(STEP - unix % STEP)));
                }
                Err(refused(code::WRONG_CODE, "the code", notice))
            }
            _ => Err(stopped_by(&reading, url)),
        }
    }

    fn send_email(&mut self, form: Form, url: &Url, notice: Option<&Notice>) -> Result<Step> {
        if self.email_sent {
            return Err(refused(code::UNKNOWN_EMAIL, "the e-mail address", notice));
        }
        self.email_sent = true;
        let own = [("email", self.email.clone())];
        submit(form, url, own, "Sending the e-mail address")
    }

    fn send_password(&mut self, form: Form, url: &Url, notice: Option<&Notice>) -> Result<Step> {
        self.spend_password(notice)?;
        submit(form, url, [("password", self.password.clone())], "Sending the password")
    }

    fn send_both(&mut self, form: Form, url: &Url, notice: Option<&Notice>) -> Result<Step> {
        self.spend_password(notice)?;
        self.both_sent = true;
        self.email_sent = true;
        let own = [("email", self.email.clone()), ("password", self.password.clone())];
        submit(form, url, own, "Sending the e-mail address and the password")
    }

    fn spend_password(&mut self, notice: Option<&Notice>) -> Result<()> {
        if self.password_sent {
            let what =
                if self.both_sent { "the e-mail address or the password" } else { "the password" };
            return Err(refused(code::WRONG_PASSWORD, what, notice));
        }
        self.password_sent = true;
        Ok(())
    }

    fn send_code(&mut self, unix: u64) -> Result<Step> {
        let digits = match &self.one_time {
            None => {
                return Ok(Step::Ask(Question {
                    kind: QuestionKind::Code,
                    prompt:
                        "Amazon asks for the one-time code of your authenticator app or message."
                            .to_owned(),
                }));
            }
            Some(OneTime::Code(digits)) => digits.clone(),
            Some(OneTime::Seed(seed)) => {
                let made = seed.code_at(unix);
                if made.left < LEAST_LEFT {
                    return Ok(Step::Wait(made.left));
                }
                made.digits
            }
        };
        let Some((form, url)) = self.waiting.take() else {
            return Err(Error::new(
                code::UNKNOWN_PAGE,
                "A code was given although Amazon asked for none.",
            ));
        };
        self.codes_sent += 1;
        submit(form, &url, [("otpCode", digits)], "Sending the one-time code")
    }
}

/// Fills a form: every hidden input as it is, then those of `own` that the form has, then the
/// button that a browser would have pressed.
fn submit<const N: usize>(
    form: Form,
    page: &Url,
    own: [(&str, Secret); N],
    stage: &'static str,
) -> Result<Step> {
    let target = form.action.clone().filter(|url| {
        url.scheme() == "https"
            && url.port().is_none()
            && url.host_str().is_some_and(is_amazon_host)
    });
    let Some(url) = target else {
        let host = form.action.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
        return Err(Error::new(
            code::FOREIGN_HOST,
            format!(
                "A sign-in page wants its answer sent to \u{201c}{host}\u{201d}, which is not Amazon."
            ),
        ));
    };
    let mut fields: Vec<(String, Secret)> =
        form.hidden.iter().map(|(name, value)| (name.clone(), Secret::new(value))).collect();
    for (name, value) in own {
        if !form.has(name) {
            let message = format!("Amazon's page has no field {name} to fill.");
            return Err(Error::new(code::UNKNOWN_PAGE, message));
        }
        fields.retain(|(other, _)| other != name);
        fields.push((name.to_owned(), value));
    }
    if form.has("mfaSubmit") {
        fields.push(("mfaSubmit".to_owned(), Secret::new("Submit")));
    }
    Ok(Step::Submit(Submission { url, referer: page.clone(), fields, stage }))
}

fn refused(code: code::Code, what: &str, notice: Option<&Notice>) -> Error {
    let message = match notice {
        Some(notice) => {
            format!("Amazon refused {what}: \u{201c}{}\u{201d}.", notice.text.trim_end_matches('.'))
        }
        None => format!("Amazon asked for {what} again without saying why."),
    };
    Error::new(code, message)
}

fn stopped_by(reading: &Reading, url: &Url) -> Error {
    let said = reading.notice.as_ref().map(|n| format!(" It says: \u{201c}{}\u{201d}.", n.text));
    let said = said.unwrap_or_default();
    let (code, text) = match reading.page {
        Page::Captcha => (code::CAPTCHA, "Amazon wants the letters of a picture (captcha)."),
        Page::Passkey => (code::PASSKEY, "Amazon wants a passkey for this account."),
        Page::Approval => {
            (code::APPROVAL, "Amazon wants the sign-in approved in an app or by mail.")
        }
        Page::BrowserCheck => (code::BROWSER_CHECK, "Amazon checks for a real browser."),
        Page::Locked => {
            (code::ACCOUNT_LOCKED, "Amazon wants the password reset or has locked the account.")
        }
        Page::DeviceChoice | Page::ClaimsPicker | Page::VerificationCode => {
            (code::VERIFICATION, "Amazon wants to verify the sign-in in another way.")
        }
        _ => {
            let forms =
                if reading.forms.is_empty() { "none".to_owned() } else { reading.forms.join(", ") };
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

fn name(page: &Page) -> &'static str {
    match page {
        Page::Email(_) => "e-mail",
        Page::Password(_) => "password",
        Page::Combined(_) => "e-mail and password",
        Page::OneTimeCode(_) => "one-time code",
        Page::Captcha => "captcha",
        Page::DeviceChoice => "device choice",
        Page::ClaimsPicker => "claims picker",
        Page::VerificationCode => "verification code",
        Page::Approval => "approval",
        Page::BrowserCheck => "browser check",
        Page::Passkey => "passkey",
        Page::Locked => "locked",
        Page::Failed => "error",
        Page::Unknown => "unknown",
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
