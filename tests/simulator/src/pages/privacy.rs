//! The privacy pages and the voice history behind them, as far as clients read them.

use http::StatusCode;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::pages::markup::page;
use crate::state::State;

/// `/alexa-privacy/...`: the page that carries the anti-forgery token and two empty histories
/// (shapes observed with alexapy 1.33 and aioamazondevices 17).
pub(crate) fn route(state: &mut State, call: &Call) -> Answer {
    match call.path.as_str() {
        "/alexa-privacy/apd/rvh" | "/alexa-privacy/apd/activity" => {
            let token = state.mint("h");
            let body = page("Alexa Privacy", "<h1>Voice recordings</h1>");
            let meta = format!("<meta name=\"csrf-token\" content=\"{token}\" />\n</head>");
            answer::html(StatusCode::OK, &body.replace("</head>", &meta))
        }
        "/alexa-privacy/apd/rvh/customer-history-records-v2" => {
            answer::json(&json!({ "customerHistoryRecords": [], "encodedRequestToken": null }))
        }
        "/alexa-privacy/apd/rah/alexa-history-records-v2" => {
            answer::json(&json!({ "alexaHistoryRecords": [] }))
        }
        _ => super::not_found(),
    }
}
