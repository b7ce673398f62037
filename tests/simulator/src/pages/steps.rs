//! How the forms of a sign-in are judged, and which page follows.

use crate::account::codes::Refusal;
use crate::account::sessions::AuthorizationCode;
use crate::answer::{self, Answer};
use crate::call::Fields;
use crate::clock::iso_utc;
use crate::knobs::{ApprovalRefusal, NextPage, ProblemBox};
use crate::pages::flow::{barred, shown};
use crate::pages::markup::{self, error_box};
use crate::pages::obstacles;
use crate::pages::sign_in::{Proven, SignIn, Step};
use crate::state::State;

const NO_ACCOUNT: &str = "We cannot find an account with that e-mail address";
const WRONG_CODE: &str = "The code you entered is not valid. Please check the code and try again.";

fn solves(guess: &str) -> bool {
    guess.trim().eq_ignore_ascii_case(obstacles::CAPTCHA)
}

impl SignIn {
    /// Judges the form of the present step.
    pub(super) fn judge(&mut self, state: &mut State, form: &Fields) -> Answer {
        // Only a browser on Amazon's own origin can have made one.
        let assertion = form.text("webauthn_assertion");
        if !assertion.is_empty() {
            state.secrets.push(assertion.to_owned());
            self.proven = Proven::Password;
            self.factor_done = true;
            return self.onward(state);
        }
        match self.step {
            Step::Email => self.email(state, form),
            Step::Password | Step::Combined => self.password(state, form),
            Step::Code => self.code(state, form),
            Step::DeviceChoice if self.has_device(form.text("otpDeviceContext")) => {
                self.step = Step::Code;
                shown(&self.page(""))
            }
            Step::ClaimsPicker if !form.text("option").is_empty() => {
                self.step = Step::Verification;
                shown(&self.page(""))
            }
            Step::Verification | Step::Approval | Step::Hop => self.mailed_code(state, form),
            Step::CvfCaptcha if solves(form.text("cvf_captcha_input")) => self.onward(state),
            Step::CvfCaptcha => {
                let problem = "Enter the characters as they are given in the challenge.";
                shown(&self.page(&error_box(problem)))
            }
            Step::Unknown => self.onward(state),
            Step::Waf if !form.text("cvf_aamation_response_token").is_empty() => {
                state.secrets.push(form.text("cvf_aamation_response_token").to_owned());
                self.onward(state)
            }
            Step::CreateAccount => {
                state.counters.create_account_posts += 1;
                let problem = "An account with this e-mail address exists already.";
                shown(&self.page(&error_box(problem)))
            }
            Step::Waf | Step::Passkey | Step::DeviceChoice | Step::ClaimsPicker => {
                shown(&self.page(""))
            }
        }
    }

    fn has_device(&self, device: &str) -> bool {
        if self.sms_only { !device.is_empty() } else { device.ends_with("TOTP") }
    }

    /// The page that follows: the next one ordered, or the one of a plain sign-in, or its end.
    pub(super) fn onward(&mut self, state: &mut State) -> Answer {
        let ordered = match self.proven {
            Proven::Nothing => None,
            Proven::Email => Some(&mut state.knobs.pages_after_email),
            Proven::Password => Some(&mut state.knobs.pages_after_password),
        };
        if let Some(next) = ordered.filter(|list| !list.is_empty()).map(|list| list.remove(0)) {
            return self.present(state, next);
        }
        self.step = match self.proven {
            Proven::Nothing if state.knobs.create_account_first => Step::CreateAccount,
            Proven::Nothing if state.knobs.combined_page => Step::Combined,
            Proven::Nothing => Step::Email,
            Proven::Email if state.knobs.passkey_only => Step::Passkey,
            Proven::Email => Step::Password,
            Proven::Password if self.factor_done || !state.knobs.otp_required => {
                return self.finish(state);
            }
            Proven::Password if self.sms_only => Step::DeviceChoice,
            Proven::Password => Step::Code,
        };
        shown(&self.page(""))
    }

    fn email(&mut self, state: &mut State, form: &Fields) -> Answer {
        let Some(email) = form.get("email") else {
            return shown(&self.page(""));
        };
        state.counters.email_posts += 1;
        if !email.trim().eq_ignore_ascii_case(state.identity.email) {
            return shown(&self.page(&error_box(NO_ACCOUNT)));
        }
        self.proven = Proven::Email;
        let wanted = state.knobs.waf_unless_language.as_deref();
        if state.knobs.waf_after_email && barred(wanted, &Fields::of_query(&self.query)) {
            return self.present(state, NextPage::Waf);
        }
        self.onward(state)
    }

    fn password(&mut self, state: &mut State, form: &Fields) -> Answer {
        if self.step == Step::Combined {
            match form.get("email").filter(|email| !email.is_empty()) {
                None => return shown(&self.page("")),
                Some(email) if !email.trim().eq_ignore_ascii_case(state.identity.email) => {
                    state.counters.email_posts += 1;
                    return shown(&self.page(&error_box(NO_ACCOUNT)));
                }
                Some(_) => state.counters.email_posts += 1,
            }
        }
        let Some(password) = form.get("password").filter(|p| !p.is_empty()) else {
            return shown(&self.page(&error_box("Enter your password")));
        };
        state.counters.password_posts += 1;
        if let Some(text) = &state.knobs.password_problem {
            let problem = match state.knobs.password_problem_box {
                ProblemBox::Error => error_box(text),
                ProblemBox::Warning => markup::warning_box("Important message", text),
            };
            return shown(&self.page(&problem));
        }
        if self.captcha && !solves(form.text("guess")) {
            return shown(&self.page(&error_box("captcha")));
        }
        // One client appends the code to the password (observed with alexapy 1.33).
        let right = password.strip_prefix(state.identity.password).is_some_and(|rest| {
            rest.is_empty() || state.authenticator.fits(rest, state.clock.now_s()).is_some()
        });
        if !right {
            return shown(&self.page(&error_box("Your password is incorrect")));
        }
        self.captcha = false;
        self.proven = Proven::Password;
        self.onward(state)
    }

    /// A code that came by mail: where it is asked for, on the host of a hop, or in place of an
    /// approval.
    fn mailed_code(&mut self, state: &mut State, form: &Fields) -> Answer {
        if form.text("code").trim() != obstacles::MAIL_CODE {
            return shown(&self.page(&error_box("Invalid OTP. Please check your code.")));
        }
        state.secrets.push(obstacles::MAIL_CODE.to_owned());
        if self.step == Step::Hop {
            self.hop_id.clear();
            let (domain, arb) = (self.site.domain, self.arb());
            return answer::redirect(&format!("https://www.{domain}/ap/cvf/back?arb={arb}"));
        }
        self.factor_done |= self.step == Step::Approval;
        self.onward(state)
    }

    /// The answer to a poll of the approval page.
    pub(super) fn poll(&mut self, state: &State) -> Answer {
        self.polls = self.polls.saturating_add(1);
        shown(&obstacles::approval_state(match self.refused(state) {
            Some(ApprovalRefusal::Denied) => "TransactionDenied",
            Some(ApprovalRefusal::Expired) => "TransactionExpired",
            None if self.approved(state) => "TransactionCompleted",
            None => "TransactionPending",
        }))
    }

    /// The approval page: it leads on when the approval is there.
    pub(super) fn approval(&mut self, state: &mut State) -> Answer {
        match self.refused(state) {
            Some(_) => shown(&obstacles::approval_refused()),
            None if self.approved(state) => {
                self.factor_done = true;
                self.onward(state)
            }
            None => {
                let page = self.page("");
                let hidden = self.hidden("CVF");
                let by_code = state.knobs.approval_by_code;
                shown(&if by_code { obstacles::approval_by_code(&page, &hidden) } else { page })
            }
        }
    }

    fn approved(&self, state: &State) -> bool {
        state.knobs.approved || state.knobs.approval_after_polls.is_some_and(|n| self.polls > n)
    }

    /// A refusal is told after the pending polls, if there are any.
    fn refused(&self, state: &State) -> Option<ApprovalRefusal> {
        let told = state.knobs.approval_after_polls.is_none_or(|n| self.polls > n);
        state.knobs.approval_refused.filter(|_| told)
    }

    fn code(&mut self, state: &mut State, form: &Fields) -> Answer {
        let code = form.text("otpCode").trim().to_owned();
        if code.is_empty() {
            return shown(&self.page(&error_box("Enter the code")));
        }
        state.counters.otp_posts += 1;
        let now = state.clock.now_s();
        let judged = if !self.sms_only {
            state.authenticator.accept(&code, now, state.knobs.otp_single_use)
        } else if code == obstacles::MAIL_CODE {
            Ok(())
        } else {
            Err(Refusal::Wrong)
        };
        match judged {
            Ok(()) => {
                state.secrets.push(code);
                self.factor_done = true;
                self.proven = Proven::Password;
                self.onward(state)
            }
            Err(Refusal::Wrong) => shown(&self.page(&error_box(WRONG_CODE))),
            Err(Refusal::UsedBefore) => shown(&self.page(&markup::warning_box(
                "There was a problem",
                "The code you entered has already been used. Please wait for the next code.",
            ))),
        }
    }

    /// 302 to the landing page, with the code when one was asked for, and the website cookies of
    /// the site the sign-in was on.
    pub(super) fn finish(&mut self, state: &mut State) -> Answer {
        state.counters.sign_ins += 1;
        self.finished = true;
        let mut target = self.return_to.clone();
        let handle = match Fields::of_query(&self.query).text("openid.assoc_handle") {
            "" => "amzn_dp_project_dee_ios".to_owned(),
            handle => handle.to_owned(),
        };
        if self.wants_code && !state.knobs.landing_without_code {
            let code = state.mint("AN");
            let expires_s = state.clock.now_s() + state.knobs.code_seconds;
            let entry = AuthorizationCode {
                client_id: self.client_id.clone(),
                challenge: self.challenge.clone(),
                expires_s,
            };
            state.sessions.codes.insert(code.clone(), entry);
            if let Ok(mut url) = url::Url::parse(&self.return_to) {
                url.query_pairs_mut()
                    .append_pair("openid.assoc_handle", &handle)
                    .append_pair("openid.mode", "id_res")
                    .append_pair("openid.ns", "http://specs.openid.net/auth/2.0")
                    .append_pair("openid.oa2.authorization_code", &code)
                    .append_pair("openid.pape.auth_time", &iso_utc(state.clock.now_s()))
                    .append_pair("openid.return_to", &self.return_to);
                target = url.to_string();
            }
        }
        let mut answer = answer::redirect(&target);
        let expires = state.clock.http_date_in(state.knobs.cookie_seconds);
        for cookie in state.issue_web_cookies(self.site, None) {
            let flag = if cookie.http_only { "; HttpOnly" } else { "" };
            let text = format!(
                "{}={}; Domain=.{}; Expires={expires}; Path=/; Secure{flag}",
                cookie.name, cookie.value, self.site.domain
            );
            answer = answer::with_cookie(answer, &text);
        }
        answer
    }
}
