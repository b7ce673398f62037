//! `POST /auth/deregister`: both known bodies are accepted (alexapy 1.33 and field reports).

use http::StatusCode;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::state::{State, random_uuid};

/// Ends the registration the access token belongs to.
pub(crate) fn deregister(state: &mut State, call: &Call) -> Answer {
    let body = call.json();
    let known = body.get("requested_deregister_type").is_some()
        || body.get("deregister_all_existing_accounts").is_some();
    let Some(serial) = state.token_serial(call.bearer()) else {
        return answer::json_status(
            StatusCode::UNAUTHORIZED,
            &json!({
                "response": { "error": {
                    "code": "Unauthorized",
                    "message": "The access token is not valid.",
                }},
                "request_id": random_uuid(),
            }),
        );
    };
    if !known {
        return super::refused("MissingValue", "The kind of deregistration is missing.");
    }
    state.counters.deregistrations += 1;
    state.remove_device(&serial);
    answer::json(&json!({ "response": { "success": {} }, "request_id": random_uuid() }))
}
