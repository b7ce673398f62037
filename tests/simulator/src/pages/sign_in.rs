//! One sign-in under way, and the page of its present step.

use crate::answer::{self, Answer};
use crate::knobs::NextPage;
use crate::pages::flow::shown;
use crate::pages::markup::{self, Hidden};
use crate::pages::{challenges, obstacles};
use crate::sites::{self, Site};
use crate::state::State;

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
    CreateAccount,
    CvfCaptcha,
    Hop,
    Passkey,
    Unknown,
    Waf,
}

/// What the person has proven so far; it says which pages come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proven {
    Nothing,
    Email,
    Password,
}

/// One sign-in under way.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(super) site: &'static Site,
    pub(super) session_id: String,
    pub(super) form_token: String,
    pub(super) step: Step,
    pub(super) proven: Proven,
    /// A code, an approval or a passkey has stood for the second factor.
    pub(super) factor_done: bool,
    /// The account has a phone number and no authenticator.
    pub(super) sms_only: bool,
    pub(super) captcha: bool,
    /// How often an approval was asked for.
    pub(super) polls: u32,
    /// The session cookie on the other host while the sign-in is there.
    pub(super) hop_id: String,
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
                let fields = markup::email_field("") + &markup::hint("password");
                form("SIGNIN_CLAIM_COLLECT", fields, "continue", "Continue")
            }
            Step::Password => {
                let fields = markup::password_field() + &markup::hint("email");
                form("SIGNIN_PWD_COLLECT", fields, "signInSubmit", "Sign in")
            }
            Step::Combined => {
                let fields = markup::email_field("") + "\n" + &markup::password_field();
                form("SIGNIN", fields, "signInSubmit", "Sign in")
            }
            Step::Code => markup::code_page(&action, &self.hidden("MFA"), problem),
            Step::CreateAccount => {
                let link = format!("{}&arb={}", self.restart(), self.arb());
                challenges::create_account(self.site, &self.hidden("REGISTER"), &link, problem)
            }
            Step::CvfCaptcha => challenges::cvf_captcha(&self.hidden("CVF"), problem),
            Step::Passkey => obstacles::passkey(&action, &self.hidden("SIGNIN_PASSKEY")),
            Step::Unknown => challenges::unknown(&self.hidden("FIXUP")),
            Step::Waf => obstacles::waf(&self.hidden("CVF")),
            Step::DeviceChoice => {
                obstacles::device_choice("/ap/mfa/new-otp", &self.hidden("MFA"), self.sms_only)
            }
            Step::ClaimsPicker => obstacles::claims_picker("/ap/cvf/verify", &self.hidden("CVF")),
            Step::Verification | Step::Hop => {
                obstacles::verification(&self.hidden("CVF").and("action", "code"), problem)
            }
            Step::Approval => {
                let back = format!("https://www.{}/ap/cvf/approval?", self.site.domain);
                let query = format!(
                    "workflowState={0}&appActionToken={0}",
                    url::form_urlencoded::byte_serialize(self.form_token.as_bytes())
                        .collect::<String>()
                );
                let hidden = Hidden::new(&[
                    ("workflowState", &self.form_token),
                    ("appActionToken", &self.form_token),
                    ("openid.return_to", &(back + &query)),
                ]);
                problem.to_owned() + &obstacles::approval(&hidden)
            }
        }
    }

    /// The form token as a query value: how addresses of pages name a sign-in.
    pub(super) fn arb(&self) -> String {
        url::form_urlencoded::byte_serialize(self.form_token.as_bytes()).collect()
    }

    /// The Amazon host that a hop leads to.
    pub(super) fn hop_site(&self) -> &'static Site {
        let other = if self.site.domain == "amazon.de" { "amazon.com" } else { "amazon.de" };
        sites::site(other).unwrap_or(self.site)
    }

    /// A page that takes the place of the answer to a form. The form is not judged; what it would
    /// have proven is taken as proven.
    pub(super) fn obstacle(&mut self, state: &mut State, next: NextPage) -> Answer {
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
            _ => {
                self.proven = match self.step {
                    Step::Email => Proven::Email,
                    _ => Proven::Password,
                };
                return self.present(state, next);
            }
        }
        if self.captcha {
            if self.step == Step::Email {
                self.step = Step::Combined;
            }
        } else {
            self.proven = Proven::Password;
        }
        shown(&self.page(""))
    }

    /// A page of a list. Verification pages come by a redirect to their own address.
    pub(super) fn present(&mut self, state: &mut State, next: NextPage) -> Answer {
        self.step = match next {
            NextPage::Locked => return shown(&obstacles::locked(&self.hidden("FORGOT_PWD"))),
            NextPage::Error => return shown(&markup::cookies_page(&self.restart())),
            NextPage::Captcha => {
                self.captcha = true;
                Step::Password
            }
            NextPage::SecondPassword => Step::Password,
            NextPage::Unknown => Step::Unknown,
            NextPage::Passkey => Step::Passkey,
            NextPage::Approval => Step::Approval,
            NextPage::DeviceChoice => Step::DeviceChoice,
            NextPage::ClaimsPicker => Step::ClaimsPicker,
            NextPage::Verification => Step::Verification,
            NextPage::Waf => Step::Waf,
            NextPage::CreateAccount => Step::CreateAccount,
            NextPage::Code => Step::Code,
            NextPage::Hop => Step::Hop,
            NextPage::CvfCaptcha => Step::CvfCaptcha,
        };
        let (domain, name) = match self.step {
            Step::Approval => (self.site.domain, "approval"),
            Step::ClaimsPicker | Step::Verification | Step::CvfCaptcha | Step::Waf => {
                (self.site.domain, "request")
            }
            Step::Hop => {
                self.hop_id = state.mint("259-");
                (self.hop_site().domain, "hop")
            }
            _ => return shown(&self.page("")),
        };
        answer::redirect(&format!("https://www.{domain}/ap/cvf/{name}?arb={}", self.arb()))
    }

    pub(super) fn restart(&self) -> String {
        format!("{}?{}", self.action(), self.query)
    }
}
