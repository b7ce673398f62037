//! `POST /auth/token` and `POST /ap/exchangetoken[/cookies]`.
//!
//! Fields as four public clients send them; the error body is inferred from the one client that
//! classifies it (alexapy 1.33): `invalid_grant` with status 400.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::answer::{self, Answer};
use crate::auth::cookie_json;
use crate::call::{Call, Fields};
use crate::sites;
use crate::state::{State, random_uuid};

/// Handles any request for tokens or cookies in exchange for a refresh token.
pub(crate) fn exchange(state: &mut State, call: &Call) -> Answer {
    let form = call.form();
    let token = form.text("source_token");
    if form.text("source_token_type") != "refresh_token" || token.is_empty() {
        return error("invalid_request", "The request is missing a required parameter.");
    }
    let Some(registration) = state.sessions.by_refresh_token(token) else {
        return error("invalid_grant", "The request has an invalid grant parameter.");
    };
    let serial = registration.view.serial.clone();
    let kind = match form.text("requested_token_type") {
        "" if call.path.starts_with("/ap/exchangetoken") => "auth_cookies",
        kind => kind,
    };
    match kind {
        "access_token" => access_token(state, &serial),
        "auth_cookies" => cookies(state, call, &form, &serial),
        _ => error("invalid_request", "requested_token_type is not known."),
    }
}

fn access_token(state: &mut State, serial: &str) -> Answer {
    state.counters.token_refreshes += 1;
    let token = state.issue_access_token(serial, false);
    answer::json(&json!({
        "access_token": token,
        "expires_in": state.knobs.access_token_seconds,
        "token_type": "bearer",
    }))
}

/// The answer's key is `.D` however the domain was spelled.
fn cookies(state: &mut State, call: &Call, form: &Fields, serial: &str) -> Answer {
    let asked = form.text("domain");
    let Some(site) = (if asked.is_empty() { Some(call.site) } else { sites::site(asked) }) else {
        return error("invalid_request", "The domain is not known.");
    };
    state.counters.cookie_exchanges += 1;
    let cookies = state.issue_web_cookies(site, Some(serial));
    let list: Vec<Value> = cookies.iter().map(|cookie| cookie_json(state, cookie)).collect();
    let key = if state.knobs.exchange_wrong_domain {
        ".amazon.example".to_owned()
    } else {
        format!(".{}", site.domain)
    };
    let mut domains = Map::new();
    domains.insert(key, Value::from(list));
    answer::json(&json!({
        "response": { "tokens": { "cookies": domains } },
        "request_id": random_uuid(),
    }))
}

fn error(code: &str, description: &str) -> Answer {
    answer::json_status(
        StatusCode::BAD_REQUEST,
        &json!({
            "error": code,
            "error_description": description,
            "request_id": random_uuid(),
        }),
    )
}
