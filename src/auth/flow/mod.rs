//! The sign-in machine: pages and answers go in, requests and questions come out. No I/O.
//!
//! Promises that the tests hold it to: a field is sent only to a form that has it, only to an
//! Amazon host; the password is sent at most once; a page that is not known ends the attempt.

mod answers;
mod approval;
mod refusal;
mod step;

use std::time::Duration;

use url::Url;

use self::answers::again;
use self::approval::Patience;
use self::refusal::{What, refused, stopped_by};
use self::step::amazon;
pub use self::step::{Input, Poll, Restart, Step, Submission};
use super::pages::{self, Approval, Captcha, Choices, Form, Page, Reading};
use super::question::Question;
use super::totp::{LEAST_LEFT, OneTime, STEP};
use crate::error::{Error, Result, code};
use crate::secret::Secret;

/// Pages after which an attempt is given up (*chosen*; a plain sign-in shows three).
const MOST_PAGES: u8 = 12;
/// Codes that are sent in one attempt (*chosen*): a person may mistype one.
const MOST_CODES: u8 = 3;
/// Times that Amazon is told to send a code (*chosen*): each is a message to somebody's phone.
const MOST_OFFERS: u8 = 2;

/// The machine of one attempt.
#[derive(Debug)]
pub struct Flow {
    email: Secret,
    password: Secret,
    one_time: Option<OneTime>,
    pages: u8,
    /// What the last page was, for a report.
    last_page: String,
    email_sent: bool,
    password_sent: bool,
    /// Whether e-mail and password went on one form: then either can be to blame.
    both_sent: bool,
    /// Codes of an authenticator or message to a phone, and codes by mail.
    codes_sent: u8,
    mailed_codes_sent: u8,
    /// How often Amazon was told to send a code.
    codes_wanted: u8,
    device_chosen: bool,
    was_restarted: bool,
    waiting: Option<(Waiting, Url)>,
    /// The wait for an approval, once it has begun.
    approval: Option<Patience>,
}

/// What an answer or the end of a wait is for.
#[derive(Debug)]
enum Waiting {
    OneTimeCode(Form),
    /// With the approval that the code can stand for.
    VerificationCode(Form, Option<Approval>),
    Captcha(Captcha),
    Choice(Choices),
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
            last_page: String::new(),
            email_sent: false,
            password_sent: false,
            both_sent: false,
            codes_sent: 0,
            mailed_codes_sent: 0,
            codes_wanted: 0,
            device_chosen: false,
            was_restarted: false,
            waiting: None,
            approval: None,
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
            Input::Answer(text) => self.answer(&text, unix),
            Input::Waited => self.send_code(unix),
        }
    }

    /// What the last page was, for a report.
    pub fn last_page(&self) -> &str {
        &self.last_page
    }

    /// Begins again at another entrance, as [`Step::Restart`] asks for; this happens once.
    pub fn restart(&mut self) {
        self.was_restarted = true;
        self.pages = 0;
        self.email_sent = false;
    }

    fn page(&mut self, url: &Url, reading: Reading, unix: u64) -> Result<Step> {
        self.last_page = reading.shown();
        let is_wait = matches!(reading.page, Page::Approval(_) | Page::ApprovalState(_));
        if !is_wait || self.approval.is_none() {
            self.pages += 1;
        }
        if self.pages > MOST_PAGES {
            return Err(Error::new(
                code::TOO_MANY_PAGES,
                format!("Amazon showed more than {MOST_PAGES} pages and the sign-in was stopped."),
            ));
        }
        tracing::debug!(page = reading.page.name(), number = self.pages, "sign-in page");
        let notice = reading.notice.as_deref();
        match reading.page {
            Page::Email(form) => self.send_email(&form, url, notice),
            Page::Password(form) => self.send_password(&form, url, notice),
            Page::Combined(form) => self.send_both(&form, url, notice),
            Page::OneTimeCode(form) => self.one_time_code(form, url, notice, unix),
            Page::VerificationCode(form) => self.verification_code(form, None, url, notice),
            Page::SendCode(form) if self.codes_wanted < MOST_OFFERS => {
                self.codes_wanted += 1;
                Submission::fill(&form, url, Vec::new(), "Asking for a code").map(Step::Submit)
            }
            Page::DeviceChoice(choices) => self.device_choice(choices, url),
            Page::ClaimsPicker(choices) if !choices.options.is_empty() => {
                Ok(self.ask_choice(choices, url, "How should Amazon verify that it is you?"))
            }
            // The letters can be sent alone, or with what was not sent yet.
            Page::Captcha(ref captcha)
                if captcha.form.has(captcha.field)
                    && !(captcha.form.has("password") && self.password_sent) =>
            {
                Ok(self.ask_letters(captcha.clone(), url, notice))
            }
            Page::Approval(mut approval) => {
                match approval.by_code.take().filter(|_| self.approval.is_none()) {
                    Some(form) => self.verification_code(form, Some(approval), url, notice),
                    None => self.await_approval(approval, url, unix),
                }
            }
            Page::ApprovalState(ref state) if self.approval.is_some() => {
                self.approval_state(state, unix)
            }
            Page::CreateAccount(Some(ref link)) if !self.email_sent => {
                amazon(Some(link)).map(Step::Visit)
            }
            Page::BrowserCheck if !self.password_sent && !self.was_restarted => {
                Ok(Step::Restart(Restart::BrowserCheck, stopped_by(&reading, url)))
            }
            Page::Failed if self.pages == 1 && !self.was_restarted => {
                Ok(Step::Restart(Restart::ErrorPage, stopped_by(&reading, url)))
            }
            _ => Err(stopped_by(&reading, url)),
        }
    }

    fn send_email(&mut self, form: &Form, url: &Url, notice: Option<&str>) -> Result<Step> {
        if self.email_sent {
            return Err(refused(What::Email, notice));
        }
        self.email_sent = true;
        let own = vec![("email", self.email.clone())];
        Submission::fill(form, url, own, "Sending the e-mail address").map(Step::Submit)
    }

    fn send_password(&mut self, form: &Form, url: &Url, notice: Option<&str>) -> Result<Step> {
        self.spend_password(notice)?;
        let own = vec![("password", self.password.clone())];
        Submission::fill(form, url, own, "Sending the password").map(Step::Submit)
    }

    fn send_both(&mut self, form: &Form, url: &Url, notice: Option<&str>) -> Result<Step> {
        self.spend_password(notice)?;
        self.both_sent = true;
        self.email_sent = true;
        let own = vec![("email", self.email.clone()), ("password", self.password.clone())];
        Submission::fill(form, url, own, "Sending the e-mail address and the password")
            .map(Step::Submit)
    }

    fn spend_password(&mut self, notice: Option<&str>) -> Result<()> {
        if self.password_sent {
            return Err(refused(if self.both_sent { What::Both } else { What::Password }, notice));
        }
        self.password_sent = true;
        Ok(())
    }

    fn one_time_code(
        &mut self,
        form: Form,
        url: &Url,
        notice: Option<&str>,
        unix: u64,
    ) -> Result<Step> {
        self.waiting = Some((Waiting::OneTimeCode(form), url.clone()));
        match (&self.one_time, self.codes_sent) {
            (_, 0) => self.send_code(unix),
            // A code made from the seed may have been used before in its window; a second one of
            // the next window settles that.
            (Some(OneTime::Seed(_)), 1) => Ok(Step::Wait(Duration::from_secs(STEP - unix % STEP))),
            (None, sent) if sent < MOST_CODES => Ok(again(notice)),
            _ => Err(refused(What::Code, notice)),
        }
    }

    fn send_code(&mut self, unix: u64) -> Result<Step> {
        match self.one_time.clone() {
            Some(one_time) => self.send_code_of(&one_time, unix),
            None => {
                let prompt =
                    "Amazon asks for the one-time code of your authenticator app or message.";
                Ok(Step::Ask(Question::code(prompt), None))
            }
        }
    }

    fn send_code_of(&mut self, one_time: &OneTime, unix: u64) -> Result<Step> {
        let digits = match one_time {
            OneTime::Code(digits) => digits.clone(),
            OneTime::Seed(seed) => {
                let made = seed.code_at(unix);
                if made.left < LEAST_LEFT {
                    return Ok(Step::Wait(made.left));
                }
                made.digits
            }
        };
        let Some((Waiting::OneTimeCode(form), url)) = self.waiting.take() else {
            return Err(Error::new(
                code::UNKNOWN_PAGE,
                "A code was given although Amazon asked for none.",
            ));
        };
        self.codes_sent += 1;
        let own = vec![("otpCode", digits)];
        Submission::fill(&form, &url, own, "Sending the one-time code").map(Step::Submit)
    }
}

#[cfg(test)]
mod tests;
