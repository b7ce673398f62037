//! Routines: running a sequence, and the lists around it.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::call::{Call, text};
use crate::household::sequence;
use crate::pages;
use crate::state::State;

/// `/api/behaviors/...`.
pub(crate) fn route(state: &mut State, call: &Call, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::POST, ["behaviors", "preview"]) => preview(state, call),
        (&Method::POST, ["behaviors", "operation", "validate"]) => validate(call),
        (&Method::GET, ["behaviors", "entities"]) => entities(call),
        (&Method::GET, ["behaviors", "v2", "automations"]) => answer::octet_json(&automations()),
        _ => pages::not_found(),
    }
}

/// Runs a sequence. 200 means only that it could be read: there is no receipt of what it did.
fn preview(state: &mut State, call: &Call) -> Answer {
    let body = call.json();
    let sequence = serde_json::from_str::<Value>(text(&body, "/sequenceJson"));
    let known = !text(&body, "/behaviorId").is_empty() && text(&body, "/status") == "ENABLED";
    let Some(sequence) = sequence.ok().filter(|_| known) else {
        return answer::api_error(400, &Value::Null, "MalformedSequenceException");
    };
    state.counters.sequences += 1;
    if state.knobs.ignore_sequences || sequence::run(state, &sequence) {
        answer::empty(StatusCode::OK)
    } else {
        answer::api_error(400, &Value::Null, "MalformedSequenceException")
    }
}

/// The payload comes as text and goes back as an object, with the search phrase cleaned up
/// (observed: alexa-remote2 8 puts the answer into its node as it is, and another public client
/// reads `operationPayload.sanitizedSearchPhrase`; how it is cleaned up is our choice).
fn validate(call: &Call) -> Answer {
    let body = call.json();
    let payload = serde_json::from_str::<Value>(text(&body, "/operationPayload"));
    let Ok(Value::Object(mut payload)) = payload else {
        return answer::json(&json!({ "result": "INVALID" }));
    };
    if let Some(phrase) = payload.get("searchPhrase").and_then(Value::as_str) {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        payload.insert("sanitizedSearchPhrase".to_owned(), words.join(" ").into());
    }
    answer::json(&json!({ "result": "VALID", "operationPayload": payload }))
}

fn entities(call: &Call) -> Answer {
    let list = match call.query().text("skillId") {
        "amzn1.ask.1p.music" => {
            let provider = |id: &str, name: &str, available: bool, default: bool| {
                json!({
                    "id": id,
                    "displayName": name,
                    "availability": if available { "AVAILABLE" } else { "UNAVAILABLE" },
                    "supportedProperties": ["Alexa.Music.PlaySearchPhrase"],
                    "providerData": { "isDefaultMusicProvider": default },
                    "icon": Value::Null,
                    "description": Value::Null,
                })
            };
            json!([
                provider("AMAZON_MUSIC", "Amazon Music", true, true),
                provider("TUNEIN", "TuneIn", true, false),
                provider("SPOTIFY", "Spotify", false, false),
            ])
        }
        "amzn1.ask.1p.sound" => json!([
            { "id": "amzn_sfx_doorbell_chime_01", "displayName": "Doorbell", "availability": "AVAILABLE" },
            { "id": "bell_02", "displayName": "Bell", "availability": "AVAILABLE" },
        ]),
        _ => json!([]),
    };
    answer::octet_json(&list)
}

fn automations() -> Value {
    json!([{
        "automationId": "amzn1.alexa.automation.5e0f3d6a-0000-4000-a000-000000000001",
        "name": "Bedtime",
        "status": "ENABLED",
        "triggers": [{
            "type": "CustomUtterance",
            "payload": { "utterance": "bedtime", "utterances": ["bedtime"], "locale": "de-DE" },
        }],
        "sequence": {
            "@type": "com.amazon.alexa.behaviors.model.Sequence",
            "startNode": {
                "@type": "com.amazon.alexa.behaviors.model.OpaquePayloadOperationNode",
                "type": "Alexa.Speak",
                "skillId": "amzn1.ask.1p.saysomething",
                "operationPayload": {
                    "deviceType": "ALEXA_CURRENT_DEVICE_TYPE",
                    "deviceSerialNumber": "ALEXA_CURRENT_DSN",
                    "locale": "ALEXA_CURRENT_LOCALE",
                    "textToSpeak": "Good night",
                },
            },
        },
    }])
}
