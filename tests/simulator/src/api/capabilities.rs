//! `PUT /v1/devices/@self/capabilities`: exactly 204 (observed with aioamazondevices 17).

use http::{Method, StatusCode};
use serde_json::Value;

use crate::answer::{self, Answer};
use crate::call::{Call, text};
use crate::pages;
use crate::state::State;

/// Answers the global host of the Alexa API.
pub(crate) fn route(state: &mut State, call: &Call) -> Answer {
    if call.path != "/v1/devices/@self/capabilities" {
        return pages::not_found();
    }
    let Some(serial) = state.token_serial(call.bearer()) else {
        return answer::api_error(
            403,
            &Value::from("The token is not valid."),
            "UnauthorizedException",
        );
    };
    let body = call.json();
    let whole = body.get("capabilities").is_some_and(Value::is_array)
        && text(&body, "/envelopeVersion") == "20160207";
    match (&call.method, whole) {
        (&Method::PUT, true) => {
            state.sessions.capable.insert(serial);
            answer::empty(StatusCode::NO_CONTENT)
        }
        (&Method::PUT, false) => {
            answer::api_error(400, &Value::from("Malformed capabilities."), "ValidationException")
        }
        _ => answer::empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}
