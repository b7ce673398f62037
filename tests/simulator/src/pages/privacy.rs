//! The privacy pages and the voice history behind them, as far as clients read them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::household::model::Device;
use crate::pages::markup::page;
use crate::state::State;

/// Something that Alexa said to somebody.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) at_ms: i64,
    pub(crate) serial: String,
    pub(crate) answer: String,
}

/// `/alexa-privacy/...`: the page that carries the anti-forgery token and two histories (shapes
/// observed with alexapy 1.33 and aioamazondevices 17). Only what was said because of skills is in
/// them.
pub(crate) fn route(state: &mut State, call: &Call) -> Answer {
    match call.path.as_str() {
        "/alexa-privacy/apd/rvh" | "/alexa-privacy/apd/activity" => {
            let token = state.mint("h");
            let body = page("Alexa Privacy", "<h1>Voice recordings</h1>");
            let meta = format!("<meta name=\"csrf-token\" content=\"{token}\" />\n</head>");
            answer::html(StatusCode::OK, &body.replace("</head>", &meta))
        }
        "/alexa-privacy/apd/rvh/customer-history-records-v2" => {
            let records: Vec<Value> = recorded(state, call).map(|one| record(state, one)).collect();
            answer::json(&json!({ "customerHistoryRecords": records, "encodedRequestToken": null }))
        }
        "/alexa-privacy/apd/rah/alexa-history-records-v2" => {
            let records: Vec<Value> =
                recorded(state, call).map(|(said, _)| activity(said)).collect();
            answer::json(&json!({ "alexaHistoryRecords": records }))
        }
        _ => super::not_found(),
    }
}

/// What was said within the asked time, newest first.
fn recorded<'a>(
    state: &'a State,
    call: &Call,
) -> impl Iterator<Item = (&'a Said, &'a Device)> + use<'a> {
    let query = call.query();
    let time = |name: &str| query.text(name).parse::<i64>().ok();
    let from = time("startTime").unwrap_or(0);
    let until = time("endTime").unwrap_or(i64::MAX);
    let within = state.history.iter().rev().filter(move |s| (from..=until).contains(&s.at_ms));
    within.filter_map(|said| Some((said, state.household.find(&said.serial)?)))
}

fn record(state: &State, (said, device): (&Said, &Device)) -> Value {
    let (at_ms, kind, serial) = (said.at_ms, &device.seed.device_type, &said.serial);
    let owner = state.household.owner;
    json!({
        "recordKey": format!("{owner}#{at_ms}#{kind}#{serial}"), "recordType": "VOICE_HISTORY",
        "timestamp": at_ms, "customerId": owner,
        "device": { "deviceName": device.seed.name, "deviceEntityId": null },
        "isBinaryFeedbackProvided": false, "isFeedbackPositive": false,
        "utteranceType": "GENERAL", "domain": "Global", "intent": "LaunchIntent", "skillName": "",
        "voiceHistoryRecordItems": [{
            "recordItemKey": format!("{at_ms}#{kind}#{serial}#{at_ms}-0"),
            "recordItemType": "ALEXA_RESPONSE", "utteranceId": format!("{kind}:1.0/{at_ms}/0"),
            "timestamp": at_ms, "transcriptText": said.answer, "agentVisualName": "",
            "personsInfo": [],
        }],
        "personsInfo": [], "cardResponse": null,
    })
}

fn activity(said: &Said) -> Value {
    json!({
        "recordType": "VOICE_HISTORY", "utteranceType": "GENERAL", "timestamp": said.at_ms,
        "deviceInfo": [{ "deviceSerialNumber": said.serial }], "intent": "LaunchIntent",
        "title": "", "subTitle": said.answer, "personsInfo": [],
    })
}

impl State {
    /// Keeps what Alexa said.
    pub(crate) fn skill_history(&mut self, serial: &str, answer: &str) {
        let said = Said {
            at_ms: self.clock.now_ms(),
            serial: serial.to_owned(),
            answer: answer.to_owned(),
        };
        self.history.push(said);
    }
}
