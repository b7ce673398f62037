//! The sign-in: e-mail, password, code, and the redirect that ends it.
//!
//! Steps follow the hidden `workflowState` of the form, because one client posts a password with
//! every form (observed with alexapy 1.33). Wrong answers come back as the same page with a box.

use http::StatusCode;

use crate::account::codes::Refusal;
use crate::account::sessions::AuthorizationCode;
use crate::answer::{self, Answer};
use crate::call::{Call, Fields};
use crate::clock::iso_utc;
use crate::pages::markup::{self, error_box};
use crate::pages::obstacles;
use crate::pages::sign_in::{SignIn, Step};
use crate::sites;
use crate::state::State;

fn client_identity(call: &Call) -> (String, String) {
    let header = |name: &str| call.header(name).unwrap_or_default().to_owned();
    (header("user-agent"), header("accept-language"))
}

/// `GET /ap/signin` and `/ap/register`: the first page.
pub(crate) fn open(state: &mut State, call: &Call) -> Answer {
    state.counters.sign_in_pages += 1;
    let query = call.query();
    let field = |name: &str| query.text(name).to_owned();
    let known = call.cookie("session-id").filter(|id| state.secrets.contains(id));
    let session_id = known.unwrap_or_else(|| state.mint("262-"));
    let return_to = match query.get("openid.return_to") {
        Some(url) if amazon_url(url) => url.to_owned(),
        Some(_) => return answer::html(StatusCode::BAD_REQUEST, &markup::not_found()),
        None => format!("https://www.{}/", call.site.domain),
    };
    let client_id = field("openid.oa2.client_id");
    let sign_in = SignIn {
        site: call.site,
        session_id: session_id.clone(),
        form_token: state.mint("ape:"),
        step: if state.knobs.combined_page { Step::Combined } else { Step::Email },
        captcha: false,
        identity: client_identity(call),
        query: call.query.clone(),
        return_to,
        client_id: client_id.strip_prefix("device:").unwrap_or(&client_id).to_owned(),
        challenge: field("openid.oa2.code_challenge"),
        wants_code: query.text("openid.oa2.response_type") == "code",
        finished: false,
    };
    let page = sign_in.page("");
    let mut page = answer::html(StatusCode::OK, &page);
    let domain = call.site.domain;
    let expires = state.clock.http_date_in(365 * 86_400);
    for (name, value) in [("session-id", session_id.as_str()), ("session-id-time", "2082787201l")] {
        let cookie = format!("{name}={value}; Domain=.{domain}; Expires={expires}; Path=/; Secure");
        page = answer::with_cookie(page, &cookie);
    }
    state.sign_ins.insert(sign_in.form_token.clone(), sign_in);
    page
}

/// A POST of any form of the sign-in.
pub(crate) fn submit(state: &mut State, call: &Call) -> Answer {
    let form = call.form();
    let Some(mut sign_in) = find(state, call, &form) else {
        return lost(call);
    };
    if let Some(next) = state.knobs.next_page.take() {
        let answer = sign_in.obstacle(next);
        keep(state, sign_in);
        return answer;
    }
    let answer = match sign_in.step {
        Step::Email => sign_in.email(state, &form),
        Step::Password | Step::Combined => sign_in.password(state, &form),
        Step::Code => sign_in.code(state, &form),
        Step::DeviceChoice if form.text("otpDeviceContext").ends_with("TOTP") => {
            sign_in.step = Step::Code;
            shown(&sign_in.page(""))
        }
        Step::ClaimsPicker if !form.text("option").is_empty() => {
            sign_in.step = Step::Verification;
            shown(&sign_in.page(""))
        }
        Step::Verification if form.text("code") == obstacles::MAIL_CODE => sign_in.second(state),
        Step::Verification => {
            shown(&sign_in.page(&error_box("Invalid OTP. Please check your code.")))
        }
        Step::DeviceChoice | Step::ClaimsPicker | Step::Approval => shown(&sign_in.page("")),
    };
    keep(state, sign_in);
    answer
}

/// A GET of the approval page or its poll.
pub(crate) fn poll_approval(state: &mut State, call: &Call) -> Answer {
    let query = call.query();
    let Some(mut sign_in) = find(state, call, &query) else {
        return lost(call);
    };
    if sign_in.step != Step::Approval {
        return lost(call);
    }
    if call.path.ends_with("/poll") {
        return shown(&obstacles::approval_state(state.knobs.approved));
    }
    if !state.knobs.approved {
        return shown(&sign_in.page(""));
    }
    let answer = sign_in.finish(state);
    keep(state, sign_in);
    answer
}

pub(super) fn shown(page: &str) -> Answer {
    answer::html(StatusCode::OK, page)
}

fn lost(call: &Call) -> Answer {
    let restart = format!("https://www.{}/ap/signin?{}", call.site.domain, call.query);
    shown(&markup::cookies_page(&restart))
}

/// The sign-in a form belongs to. The form token, the session cookie and, if asked for, user agent
/// and language must be those of the first page.
fn find(state: &State, call: &Call, fields: &Fields) -> Option<SignIn> {
    let sign_in = state.sign_ins.get(fields.text("workflowState"))?;
    let cookie = call.cookie("session-id")?;
    let same = !state.knobs.same_identity || sign_in.identity == client_identity(call);
    (cookie == sign_in.session_id && fields.text("appActionToken") == sign_in.form_token && same)
        .then(|| sign_in.clone())
}

fn keep(state: &mut State, sign_in: SignIn) {
    if sign_in.finished {
        state.sign_ins.remove(&sign_in.form_token);
    } else {
        state.sign_ins.insert(sign_in.form_token.clone(), sign_in);
    }
}

fn amazon_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https" && url.host_str().and_then(sites::classify).is_some()
    })
}

impl SignIn {
    fn email(&mut self, state: &mut State, form: &Fields) -> Answer {
        let Some(email) = form.get("email") else {
            return shown(&self.page(""));
        };
        state.counters.email_posts += 1;
        if !email.trim().eq_ignore_ascii_case(state.identity.email) {
            let problem = "We cannot find an account with that e-mail address";
            return shown(&self.page(&error_box(problem)));
        }
        self.step = Step::Password;
        shown(&self.page(""))
    }

    fn password(&mut self, state: &mut State, form: &Fields) -> Answer {
        if self.step == Step::Combined {
            match form.get("email").filter(|email| !email.is_empty()) {
                None => return shown(&self.page("")),
                Some(email) if !email.trim().eq_ignore_ascii_case(state.identity.email) => {
                    state.counters.email_posts += 1;
                    let problem = "We cannot find an account with that e-mail address";
                    return shown(&self.page(&error_box(problem)));
                }
                Some(_) => state.counters.email_posts += 1,
            }
        }
        let Some(password) = form.get("password").filter(|p| !p.is_empty()) else {
            return shown(&self.page(&error_box("Enter your password")));
        };
        state.counters.password_posts += 1;
        if self.captcha && form.text("guess").trim() != obstacles::CAPTCHA {
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
        self.second(state)
    }

    fn second(&mut self, state: &mut State) -> Answer {
        if !state.knobs.otp_required {
            return self.finish(state);
        }
        self.step = Step::Code;
        shown(&self.page(""))
    }

    fn code(&mut self, state: &mut State, form: &Fields) -> Answer {
        let code = form.text("otpCode").trim().to_owned();
        if code.is_empty() {
            return shown(&self.page(&error_box("Enter the code")));
        }
        state.counters.otp_posts += 1;
        let now = state.clock.now_s();
        match state.authenticator.accept(&code, now, state.knobs.otp_single_use) {
            Ok(()) => {
                state.secrets.push(code);
                self.finish(state)
            }
            Err(Refusal::Wrong) => {
                let problem =
                    "The code you entered is not valid. Please check the code and try again.";
                shown(&self.page(&error_box(problem)))
            }
            Err(Refusal::UsedBefore) => shown(&self.page(&markup::warning_box(
                "There was a problem",
                "The code you entered has already been used. Please wait for the next code.",
            ))),
        }
    }

    /// 302 to the landing page, with the code when one was asked for, and the website cookies of
    /// the site the sign-in was on.
    fn finish(&mut self, state: &mut State) -> Answer {
        state.counters.sign_ins += 1;
        self.finished = true;
        let mut target = self.return_to.clone();
        if self.wants_code {
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
                    .append_pair("openid.assoc_handle", "amzn_dp_project_dee_ios")
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
