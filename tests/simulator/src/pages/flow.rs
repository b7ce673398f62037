//! The sign-in: its first page, its forms and its addresses.
//!
//! Steps follow the hidden `workflowState` of the form, because one client posts a password with
//! every form (observed with alexapy 1.33). Wrong answers come back as the same page with a box.

use http::StatusCode;

use crate::answer::{self, Answer};
use crate::call::{Call, Fields};
use crate::pages::markup;
use crate::pages::sign_in::{Proven, SignIn, Step};
use crate::sites;
use crate::state::State;

fn client_identity(call: &Call) -> (String, String) {
    let header = |name: &str| call.header(name).unwrap_or_default().to_owned();
    (header("user-agent"), header("accept-language"))
}

/// `GET /ap/signin` and `/ap/register`: the first page, or the e-mail page of a sign-in that began
/// with the form for a new account.
pub(crate) fn open(state: &mut State, call: &Call) -> Answer {
    state.counters.sign_in_pages += 1;
    let query = call.query();
    if query.get("arb").is_some() {
        let Some(mut sign_in) = find(state, call, &query) else {
            return lost(call);
        };
        sign_in.step = Step::Email;
        sign_in.proven = Proven::Nothing;
        let page = sign_in.page("");
        keep(state, sign_in);
        return shown(&page);
    }
    if let Some(wanted) = &state.knobs.wanted_handle
        && query.text("openid.assoc_handle") != wanted
    {
        return answer::html(StatusCode::NOT_FOUND, &markup::wrong_address());
    }
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
        step: first_step(state, &query),
        proven: Proven::Nothing,
        factor_done: false,
        sms_only: state.knobs.sms_only,
        captcha: false,
        polls: 0,
        hop_id: String::new(),
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

fn first_step(state: &State, query: &Fields) -> Step {
    let knobs = &state.knobs;
    if !knobs.waf_after_email && barred(knobs.waf_unless_language.as_deref(), query) {
        Step::Waf
    } else if knobs.create_account_first {
        Step::CreateAccount
    } else if knobs.combined_page {
        Step::Combined
    } else {
        Step::Email
    }
}

/// Whether the sign-in address lacks the language that keeps the script captcha away. Hyphen and
/// underscore are alike.
pub(super) fn barred(wanted: Option<&str>, query: &Fields) -> bool {
    wanted
        .is_some_and(|wanted| query.text("language").replace('-', "_") != wanted.replace('-', "_"))
}

/// A POST of any form of the sign-in.
pub(crate) fn submit(state: &mut State, call: &Call) -> Answer {
    let form = call.form();
    if strays(call, &form) {
        return astray(call);
    }
    let Some(mut sign_in) = find(state, call, &form) else {
        return lost(call);
    };
    let answer = match state.knobs.next_page.take() {
        Some(next) => sign_in.obstacle(state, next),
        None => sign_in.judge(state, &form),
    };
    keep(state, sign_in);
    answer
}

/// A GET of a verification page: of the present step, of a hop, or of the way back from it.
pub(crate) fn request(state: &mut State, call: &Call) -> Answer {
    let Some(mut sign_in) = find(state, call, &call.query()) else {
        return lost(call);
    };
    let away = sign_in.step == Step::Hop;
    if call.path.ends_with("/back") && away && sign_in.hop_id.is_empty() {
        let answer = sign_in.onward(state);
        keep(state, sign_in);
        return answer;
    }
    if away != call.path.ends_with("/hop") {
        return lost(call);
    }
    let page = shown(&sign_in.page(""));
    if !away {
        return page;
    }
    let (id, domain) = (&sign_in.hop_id, call.site.domain);
    answer::with_cookie(page, &format!("session-id={id}; Domain=.{domain}; Path=/; Secure"))
}

/// A GET of the approval page or its poll.
pub(crate) fn poll_approval(state: &mut State, call: &Call) -> Answer {
    let query = call.query();
    if strays(call, &query) {
        return astray(call);
    }
    let Some(mut sign_in) = find(state, call, &query) else {
        return lost(call);
    };
    if sign_in.step != Step::Approval {
        return lost(call);
    }
    let answer =
        if call.path.ends_with("/poll") { sign_in.poll(state) } else { sign_in.approval(state) };
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

/// Whether a verification form carries a return address that is not Amazon's: a proxy rewrote it
/// and did not write it back.
fn strays(call: &Call, fields: &Fields) -> bool {
    call.path.starts_with("/ap/cvf/")
        && fields.get("openid.return_to").is_some_and(|url| !amazon_url(url))
}

/// Where such a form leads (field reports: an endless reload of a 404 page).
fn astray(call: &Call) -> Answer {
    answer::redirect(&format!("https://www.{}/a/c/404", call.site.domain))
}

/// The sign-in a form or address belongs to. The token, the session cookie and, if asked for, user
/// agent and language must be those of the first page. The host of a hop has a session of its own.
fn find(state: &State, call: &Call, fields: &Fields) -> Option<SignIn> {
    let arb = fields.text("arb");
    let (form, token) = if arb.is_empty() {
        (fields.text("workflowState"), fields.text("appActionToken"))
    } else {
        (arb, arb)
    };
    let sign_in = state.sign_ins.get(form)?;
    let cookie = call.cookie("session-id").unwrap_or_default();
    let known = if call.site.domain == sign_in.site.domain {
        cookie == sign_in.session_id
    } else {
        let new = call.path.ends_with("/hop");
        sign_in.step == Step::Hop
            && !sign_in.hop_id.is_empty()
            && call.site.domain == sign_in.hop_site().domain
            && (new || cookie == sign_in.hop_id)
    };
    let same = !state.knobs.same_identity || sign_in.identity == client_identity(call);
    (known && token == sign_in.form_token && same).then(|| sign_in.clone())
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
