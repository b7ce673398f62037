//! Login with Amazon: `GET /ap/oa` and `POST /auth/o2/token` (*documented*).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::CLIENT_ID;
use crate::answer::{self, Answer};
use crate::call::Call;
use crate::state::{State, random_hex};

/// Life of a code (*documented*: five minutes).
const CODE_MS: i64 = 300_000;
/// Life of an access token (*documented*: an hour).
const ACCESS_S: i64 = 3_600;

/// A code that waits for its exchange.
#[derive(Debug)]
pub(super) struct Code {
    return_url: String,
    challenge: Option<String>,
    scope: String,
    until_ms: i64,
}

/// An access token.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) scope: String,
    pub(super) until_ms: i64,
}

/// The consent page. Whoever opens it is signed in and has decided beforehand.
pub(crate) fn ask(state: &mut State, call: &Call) -> Answer {
    let query = call.query();
    let return_url = query.text("redirect_uri").to_owned();
    let is_known = query.text("client_id") == CLIENT_ID
        && state.smapi.return_urls.contains(&return_url)
        && query.text("response_type") == "code";
    let (true, Ok(mut back)) = (is_known, Url::parse(&return_url)) else {
        let page = "<!doctype html><html><body><h1>We're sorry!</h1><p>An error occurred when we \
                    tried to process your request. 400 Bad Request</p></body></html>";
        return answer::html(StatusCode::BAD_REQUEST, page);
    };
    let scope = query.text("scope").to_owned();
    if !state.smapi.consents {
        back.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("error_description", "Access not permitted.")
            .append_pair("state", query.text("state"));
        return answer::redirect(back.as_str());
    }
    let code = state.mint("AN");
    let challenge = query.get("code_challenge").map(str::to_owned);
    let until_ms = state.clock.now_ms() + CODE_MS;
    let kept = Code { return_url, challenge, scope: scope.clone(), until_ms };
    state.smapi.codes.insert(code.clone(), kept);
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("scope", &scope)
        .append_pair("state", query.text("state"));
    answer::redirect(back.as_str())
}

/// Exchanges a code or a refresh token.
pub(crate) fn tokens(state: &mut State, call: &Call) -> Answer {
    let form = call.form();
    let basic = call.header("authorization").and_then(basic);
    let (id, secret) = basic.unwrap_or_else(|| {
        (form.text("client_id").to_owned(), form.text("client_secret").to_owned())
    });
    if id != CLIENT_ID || secret != state.smapi.client_secret {
        return refuse(401, "invalid_client", "Client authentication failed");
    }
    match form.text("grant_type") {
        "authorization_code" => {
            let now_ms = state.clock.now_ms();
            let Some(code) = state.smapi.codes.remove(form.text("code")) else {
                return refuse(400, "invalid_grant", "The code has been used or never was.");
            };
            let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(form.text("code_verifier")));
            let is_right = code.until_ms > now_ms
                && code.return_url == form.text("redirect_uri")
                && code.challenge.is_none_or(|challenge| challenge == proof);
            if !is_right {
                return refuse(400, "invalid_grant", "The code does not belong to this request.");
            }
            let refresh = state.mint("Atzr|");
            state.smapi.refresh.insert(refresh.clone(), code.scope.clone());
            give(state, &code.scope, &refresh)
        }
        "refresh_token" => {
            let refresh = form.text("refresh_token").to_owned();
            match state.smapi.refresh.get(&refresh).cloned() {
                Some(scope) => give(state, &scope, &refresh),
                None => refuse(400, "invalid_grant", "The refresh token is not valid."),
            }
        }
        _ => refuse(400, "unsupported_grant_type", "The grant type is not known."),
    }
}

fn give(state: &mut State, scope: &str, refresh: &str) -> Answer {
    let access = state.mint("Atza|");
    let until_ms = state.clock.now_ms() + ACCESS_S * 1_000;
    state.smapi.access.insert(access.clone(), Token { scope: scope.to_owned(), until_ms });
    answer::json(&json!({
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "bearer",
        "expires_in": ACCESS_S,
    }))
}

fn basic(header: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(header.strip_prefix("Basic ")?).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

fn refuse(status: u16, error: &str, description: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let body =
        json!({ "error": error, "error_description": description, "request_id": random_hex() });
    answer::json_status(status, &body)
}
