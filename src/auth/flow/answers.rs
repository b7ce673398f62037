//! Questions to the person, and their answers.

use url::Url;

use super::refusal::{What, refused};
use super::{Flow, MOST_CODES, Step, Submission, Waiting};
use crate::auth::pages::{Approval, Captcha, Choices, Form};
use crate::auth::question::{Question, chosen};
use crate::auth::totp::OneTime;
use crate::error::{Error, Result, code};
use crate::secret::Secret;

impl Flow {
    /// A code by mail or message, or in place of the approval that the page waits for.
    pub(super) fn verification_code(
        &mut self,
        form: Form,
        approval: Option<Approval>,
        url: &Url,
        notice: Option<&str>,
    ) -> Result<Step> {
        if self.mailed_codes_sent >= MOST_CODES {
            return Err(refused(What::Code, notice));
        }
        let step = match &approval {
            Some(approval) => {
                let said = [notice.unwrap_or_default(), &approval.text].join(" ");
                let prompt = format!(
                    "{said} Type the code that Amazon sent, or leave it empty to wait for the approval."
                );
                Step::Ask(Question::code(prompt.trim()), None)
            }
            None if self.mailed_codes_sent > 0 && notice.is_some() => again(notice),
            None => {
                let prompt = "Amazon sent a code by mail or message. Which code is it?";
                Step::Ask(Question::code(prompt), None)
            }
        };
        self.waiting = Some((Waiting::VerificationCode(form, approval), url.clone()));
        Ok(step)
    }

    /// The authenticator app is preferred; when Amazon asks once more, the person decides.
    pub(super) fn device_choice(&mut self, choices: Choices, url: &Url) -> Result<Step> {
        if let Some(app) = choices.authenticator.clone().filter(|_| !self.device_chosen) {
            self.device_chosen = true;
            return choose(&choices, url, &app);
        }
        if choices.options.is_empty() {
            return Err(Error::new(
                code::VERIFICATION,
                "Amazon asks which device should get the code, but offers none.",
            ));
        }
        Ok(self.ask_choice(choices, url, "Where should Amazon send the code?"))
    }

    pub(super) fn ask_choice(&mut self, choices: Choices, url: &Url, prompt: &str) -> Step {
        let question = Question::choice(prompt, &choices.options);
        self.waiting = Some((Waiting::Choice(choices), url.clone()));
        Step::Ask(question, None)
    }

    pub(super) fn ask_letters(
        &mut self,
        captcha: Captcha,
        url: &Url,
        notice: Option<&str>,
    ) -> Step {
        let prompt = "Which letters and digits does Amazon's picture show?";
        let said = notice.map(|said| format!("{} ", said.trim())).unwrap_or_default();
        let picture = captcha.picture.clone();
        self.waiting = Some((Waiting::Captcha(captcha), url.clone()));
        Step::Ask(Question::captcha(format!("{said}{prompt}")), picture)
    }

    pub(super) fn answer(&mut self, answer: &Secret, unix: u64) -> Result<Step> {
        let Some((waiting, url)) = self.waiting.take() else {
            return Err(Error::new(code::UNKNOWN_PAGE, "An answer was given to no question."));
        };
        let text = answer.expose().trim();
        let asked_again = match &waiting {
            Waiting::Choice(choices) => match chosen(&choices.options, text) {
                Some(value) => return choose(choices, &url, value),
                None => Question::choice("Choose one of these.", &choices.options),
            },
            Waiting::Captcha(captcha) if !text.is_empty() => {
                return self.send_letters(captcha, &url, text);
            }
            Waiting::Captcha(_) => Question::captcha("Type the letters and digits of the picture."),
            Waiting::OneTimeCode(_) => match OneTime::parse(text) {
                Ok(one_time) => {
                    self.waiting = Some((waiting, url));
                    let step = self.send_code_of(&one_time, unix);
                    // A seed may be used for a second code, a typed code may not.
                    self.one_time = Some(one_time).filter(|one| matches!(one, OneTime::Seed(_)));
                    return step;
                }
                Err(_) => Question::code("That is not a code. Amazon's codes have six digits."),
            },
            Waiting::VerificationCode(_, Some(approval)) if text.is_empty() => {
                return self.await_approval(approval.clone(), &url, unix);
            }
            Waiting::VerificationCode(form, _) => {
                let code: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                if (4..=10).contains(&code.len()) {
                    self.mailed_codes_sent += 1;
                    let field = if form.has("code") { "code" } else { "otpCode" };
                    let own = vec![(field, Secret::new(code))];
                    return Submission::fill(form, &url, own, "Sending the code").map(Step::Submit);
                }
                Question::code("That is not a code. Type it as the message shows it.")
            }
        };
        let picture = match &waiting {
            Waiting::Captcha(captcha) => captcha.picture.clone(),
            _ => None,
        };
        self.waiting = Some((waiting, url));
        Ok(Step::Ask(asked_again, picture))
    }

    pub(super) fn send_letters(
        &mut self,
        captcha: &Captcha,
        url: &Url,
        letters: &str,
    ) -> Result<Step> {
        let mut own = vec![(captcha.field, Secret::new(letters))];
        if captcha.form.has("email") {
            self.email_sent = true;
            own.push(("email", self.email.clone()));
        }
        if captcha.form.has("password") {
            self.spend_password(None)?;
            own.push(("password", self.password.clone()));
        }
        Submission::fill(&captcha.form, url, own, "Sending the letters").map(Step::Submit)
    }
}

fn choose(choices: &Choices, url: &Url, value: &str) -> Result<Step> {
    let own = vec![(choices.field, Secret::new(value))];
    Submission::fill(&choices.form, url, own, "Sending the choice").map(Step::Submit)
}

/// Asks once more for a code that a person typed.
pub(super) fn again(notice: Option<&str>) -> Step {
    let said = notice.unwrap_or("Amazon did not accept the code.");
    Step::Ask(Question::code(format!("{} Type a new one.", said.trim())), None)
}
