//! Registration, tokens, cookie exchange, deregistration.

pub(crate) mod deregister;
pub(crate) mod register;
pub(crate) mod token;

use http::StatusCode;
use serde_json::{Value, json};

use crate::account::sessions::WebCookie;
use crate::answer::{self, Answer};
use crate::state::{State, random_uuid};

/// The error form of the registration service: `response.error` with code, message and index
/// (field reports).
pub(crate) fn refused(code: &str, message: &str) -> Answer {
    answer::json_status(
        StatusCode::BAD_REQUEST,
        &json!({
            "response": { "error": { "code": code, "index": "None", "message": message } },
            "request_id": random_uuid(),
        }),
    )
}

/// A website cookie as JSON. All six keys are needed by one client (observed with alexapy 1.33).
pub(crate) fn cookie_json(state: &State, cookie: &WebCookie) -> Value {
    json!({
        "Name": cookie.name,
        "Value": cookie.value,
        "Path": "/",
        "Secure": true,
        "HttpOnly": cookie.http_only,
        "Expires": state.clock.cookie_expiry(state.knobs.cookie_seconds),
    })
}
