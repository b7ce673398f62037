//! One sign-in under way, and the page of its present step.

use crate::answer::Answer;
use crate::knobs::NextPage;
use crate::pages::flow::shown;
use crate::pages::markup::{self, Hidden};
use crate::pages::obstacles;
use crate::sites::Site;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Email,
    Password,
    Combined,
    Code,
    DeviceChoice,
    ClaimsPicker,
    Verification,
    Approval,
}

/// One sign-in under way.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(super) site: &'static Site,
    pub(super) session_id: String,
    pub(super) form_token: String,
    pub(super) step: Step,
    pub(super) captcha: bool,
    pub(super) identity: (String, String),
    pub(super) query: String,
    pub(super) return_to: String,
    pub(super) client_id: String,
    pub(super) challenge: String,
    pub(super) wants_code: bool,
    pub(super) finished: bool,
}

impl SignIn {
    pub(super) fn action(&self) -> String {
        format!("https://www.{}/ap/signin", self.site.domain)
    }

    pub(super) fn hidden(&self, action: &str) -> Hidden {
        Hidden::new(&[
            ("appActionToken", &self.form_token),
            ("appAction", action),
            ("subPageType", "SignInClaimCollect"),
            ("openid.return_to", &self.return_to),
            ("prevRID", "S1MULAT0RREQUEST0001"),
            ("workflowState", &self.form_token),
            ("showRmrMe", "1"),
            ("encryptedPasswordExpected", ""),
        ])
    }

    /// The page of the present step, with a box above it.
    pub(super) fn page(&self, problem: &str) -> String {
        let action = self.action();
        let form = |kind: &str, inner: String, id: &str, label: &str| {
            let inner = inner + &markup::button(id, label);
            let form = markup::sign_in_form(&action, &self.hidden(kind), &inner);
            markup::page("Amazon Sign-In", &format!("{problem}<h1>Sign in</h1>\n{form}"))
        };
        match self.step {
            _ if self.captcha => {
                let hidden = self.hidden("SIGNIN").and("use_image_captcha", "true");
                obstacles::captcha(&action, &hidden, "", !problem.is_empty())
            }
            Step::Email => {
                form("SIGNIN_CLAIM_COLLECT", markup::email_field(""), "continue", "Continue")
            }
            Step::Password => {
                form("SIGNIN_PWD_COLLECT", markup::password_field(), "signInSubmit", "Sign in")
            }
            Step::Combined => {
                let fields = markup::email_field("") + "\n" + &markup::password_field();
                form("SIGNIN", fields, "signInSubmit", "Sign in")
            }
            Step::Code => markup::code_page(&action, &self.hidden("MFA"), problem),
            Step::DeviceChoice => obstacles::device_choice("/ap/mfa/new-otp", &self.hidden("MFA")),
            Step::ClaimsPicker => obstacles::claims_picker("/ap/cvf/verify", &self.hidden("CVF")),
            Step::Verification => {
                obstacles::verification(&self.hidden("CVF").and("action", "code"), problem)
            }
            Step::Approval => {
                let back = format!("https://www.{}/ap/cvf/approval?", self.site.domain);
                let query = format!(
                    "workflowState={0}&appActionToken={0}",
                    url::form_urlencoded::byte_serialize(self.form_token.as_bytes())
                        .collect::<String>()
                );
                obstacles::approval(&Hidden::new(&[
                    ("workflowState", &self.form_token),
                    ("appActionToken", &self.form_token),
                    ("openid.return_to", &(back + &query)),
                ]))
            }
        }
    }

    pub(super) fn obstacle(&mut self, next: NextPage) -> Answer {
        match next {
            NextPage::Captcha => self.captcha = true,
            NextPage::DeviceChoice => self.step = Step::DeviceChoice,
            NextPage::ClaimsPicker => self.step = Step::ClaimsPicker,
            NextPage::Verification => self.step = Step::Verification,
            NextPage::Approval => self.step = Step::Approval,
            NextPage::Unknown => return shown(&obstacles::unknown()),
            NextPage::Waf => return shown(&obstacles::waf(&self.hidden("CVF"))),
            NextPage::Locked => return shown(&obstacles::locked(&self.hidden("FORGOT_PWD"))),
            NextPage::Error => return shown(&markup::cookies_page(&self.restart())),
            NextPage::Passkey => {
                return shown(&obstacles::passkey(&self.action(), &self.hidden("SIGNIN_PASSKEY")));
            }
        }
        if self.captcha && self.step == Step::Email {
            self.step = Step::Combined;
        }
        shown(&self.page(""))
    }

    pub(super) fn restart(&self) -> String {
        format!("{}?{}", self.action(), self.query)
    }
}
