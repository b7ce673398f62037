//! Which host and path is answered by what, and who may ask.

use http::header::RETRY_AFTER;
use http::{Method, StatusCode};

use crate::answer::{self, Answer};
use crate::auth::{deregister, register, token};
use crate::call::Call;
use crate::knobs::Throttle;
use crate::server::Wire;
use crate::sites::{Role, classify};
use crate::state::{State, World};
use crate::{api, pages, push, smapi};

/// Where a host sends somebody who is not signed in.
pub(crate) fn sign_in_url(host: &str) -> String {
    let site = classify(host).map_or("amazon.com", |(_, site)| site.domain);
    let back: String = url::form_urlencoded::byte_serialize(
        format!("https://alexa.{site}/spa/index.html").as_bytes(),
    )
    .collect();
    format!(
        "https://www.{site}/ap/signin?openid.pape.max_auth_age=1209600&openid.return_to={back}\
         &openid.identity=http%3A%2F%2Fspecs.openid.net%2Fauth%2F2.0%2Fidentifier_select\
         &openid.assoc_handle=amzn_dp_project_dee&openid.mode=checkid_setup"
    )
}

/// Answers one request.
pub(crate) fn route(state: &mut State, call: &Call, world: &World, wire: &Wire) -> Answer {
    let path = call.path.as_str();
    match call.role {
        Role::Identity => match (&call.method, path) {
            (&Method::POST, "/auth/register") => register::register(state, call),
            (&Method::POST, "/auth/deregister") => deregister::deregister(state, call),
            (&Method::POST, "/auth/token" | "/ap/exchangetoken" | "/ap/exchangetoken/cookies") => {
                token::exchange(state, call)
            }
            (&Method::POST, "/auth/o2/token") => smapi::tokens(state, call),
            _ => pages::not_found(),
        },
        Role::Retail => match (&call.method, path) {
            (&Method::POST, "/ap/exchangetoken" | "/ap/exchangetoken/cookies") => {
                token::exchange(state, call)
            }
            (&Method::GET, "/ap/oa") => smapi::ask(state, call),
            _ if path.starts_with("/ap/") => pages::route(state, call),
            _ if path.starts_with("/alexa-privacy/") => {
                guarded(state, call, |state| pages::privacy::route(state, call))
            }
            _ if path.starts_with("/alexashoppinglists/") => {
                guarded(state, call, |_| api::lists::route(call))
            }
            _ => pages::not_found(),
        },
        Role::Capabilities if path.starts_with("/v1/skills") || path == "/v1/vendors" => {
            smapi::route(state, call)
        }
        Role::Capabilities => api::capabilities::route(state, call),
        Role::Comms => guarded(state, call, |state| api::comms::route(state, call)),
        Role::Assets => pages::asset(call),
        Role::Chains => chain(state, call),
        Role::Push => push::route(state, call, world, wire),
        Role::Alexa => guarded(state, call, |state| api::route(state, call)),
    }
}

/// The chain that signed requests name.
fn chain(state: &State, call: &Call) -> Answer {
    let now_s = state.clock.now_s();
    let notary = state.skill.notary.as_ref().filter(|_| call.method == Method::GET);
    match notary.and_then(|notary| notary.chain(&call.path, now_s)) {
        Some(pem) => {
            let answer = Answer::new(axum::body::Body::from(pem));
            answer::with_header(answer, http::header::CONTENT_TYPE, "application/x-pem-file")
        }
        None => answer::empty(StatusCode::FORBIDDEN),
    }
}

/// Whether the request carries a live session of the site. Comms hosts accept a session of any
/// site: clients copy their cookies to `.amazon.com` for them (observed with aioamazondevices 17).
/// One call of the retail site goes by access token alone.
fn signed_in(state: &State, call: &Call) -> bool {
    if call.role == Role::Comms {
        return call
            .cookies()
            .iter()
            .any(|(name, value)| name.starts_with("at-") && state.web_session_valid(value, None));
    }
    let name = format!("at-{}", call.site.suffix);
    call.cookie(&name).is_some_and(|at| state.web_session_valid(&at, Some(call.site)))
        || (call.path.starts_with("/v1/alexa/device/reboot/")
            && state.token_serial(call.bearer()).is_some())
}

/// Pages and the player endpoints send strangers to the sign-in page, the rest of the API says
/// 401. Field reports know both; which path does which is our choice, but for `/api/users/me`:
/// alexapy 1.33 takes an answer there for a stranger's only when it is no JSON.
fn redirects_strangers(call: &Call) -> bool {
    let path = call.path.as_str();
    call.role == Role::Retail
        || path == "/"
        || ["/api/np/", "/api/users/me", "/spa/", "/templates/"]
            .iter()
            .any(|prefix| path.starts_with(prefix))
}

fn guarded(state: &mut State, call: &Call, handle: impl FnOnce(&mut State) -> Answer) -> Answer {
    if !signed_in(state, call) {
        return if redirects_strangers(call) {
            answer::redirect(&sign_in_url(&call.host))
        } else {
            answer::api_error(401, &serde_json::Value::Null, "UnauthorizedException")
        };
    }
    if call.role == Role::Alexa {
        if let Some(answer) = throttled(state.knobs.throttle).or_else(|| limited(state, call)) {
            return answer;
        }
        if state.knobs.csrf_required && changes_state(call) && !right_csrf(state, call) {
            return answer::api_error(403, &serde_json::Value::Null, "ForbiddenException");
        }
    }
    handle(state)
}

/// Calls that must carry the `csrf` header. GraphQL reads need none: one client posts them before
/// it has seen a csrf cookie (observed with aioamazondevices 17).
fn changes_state(call: &Call) -> bool {
    call.method != Method::GET
        && call.method != Method::HEAD
        && !call.path.starts_with("/nexus/")
        && !call.path.starts_with("/v1/alexa/device/reboot/")
}

/// The header must be a value that was issued and, when the cookie came along, equal to it.
fn right_csrf(state: &State, call: &Call) -> bool {
    let Some(header) = call.header("csrf") else {
        return false;
    };
    state.sessions.csrf.iter().any(|value| value == header)
        && call.cookie("csrf").is_none_or(|cookie| cookie == header)
}

fn throttled(throttle: Throttle) -> Option<Answer> {
    let exceeded = serde_json::Value::from("Rate exceeded");
    match throttle {
        Throttle::Off => None,
        Throttle::TooManyRequests => Some(answer::empty(StatusCode::TOO_MANY_REQUESTS)),
        Throttle::RateExceeded => Some(answer::api_error(400, &exceeded, "ThrottlingException")),
        Throttle::RateExceededOk => {
            Some(answer::json(&serde_json::json!({ "message": "Rate exceeded" })))
        }
        Throttle::Unavailable => Some(answer::empty(StatusCode::SERVICE_UNAVAILABLE)),
    }
}

/// 429 for calls beyond the rate limit. Refused calls do not count.
fn limited(state: &mut State, call: &Call) -> Option<Answer> {
    let limit = state.knobs.rate_limit.as_ref()?;
    if !call.path.starts_with(&limit.path_prefix) {
        return None;
    }
    let now_ms = state.clock.now_ms();
    let window_ms = i64::try_from(limit.window_s).unwrap_or(0).saturating_mul(1000);
    state.limited_calls.retain(|at_ms| (now_ms - window_ms..=now_ms).contains(at_ms));
    if state.limited_calls.len() < limit.calls {
        state.limited_calls.push(now_ms);
        return None;
    }
    state.counters.rate_limited += 1;
    let answer = answer::empty(StatusCode::TOO_MANY_REQUESTS);
    Some(match limit.retry_after_s {
        Some(seconds) => answer::with_header(answer, RETRY_AFTER, &seconds.to_string()),
        None => answer,
    })
}

/// Whether the account's household is visible on the call's site.
pub(crate) fn at_home(state: &State, call: &Call) -> bool {
    call.site.domain == state.knobs.home_site
}
