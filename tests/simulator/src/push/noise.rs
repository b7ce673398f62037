//! Things a stream also carries: what is foreign, unknown or half empty. None of it may change
//! what a client shows or end its stream.

use serde_json::{Value, json};

use crate::push::events::{directive, update};
use crate::push::frames::Part;
use crate::state::{State, random_uuid};

/// An update of the smart-home bus: its payload is an object, its id no command (field report).
pub(crate) fn smart_home() -> Value {
    let metadata = json!({
        "metricName": "EndpointTemperatureSensor",
        "payload": {
            "data": { "features": [{
                "name": "temperatureSensor", "instance": Value::Null,
                "properties": [{ "name": "value", "value": { "value": 20.5, "scale": "CELSIUS" } }],
            }] },
            "entity": { "id": "amzn1.alexa.endpoint.simulated" },
            "fragment": Value::Null,
        },
        "type": "UPDATE_ENTITY",
        "timestamp": "2026-01-01T00:00:00Z",
    });
    json!({
        "route": "EventBus:AlexaMobile::FDAL",
        "resourceId": random_uuid(),
        "resourceMetadata": metadata.to_string(),
    })
}

/// An update no client knows.
pub(crate) fn unknown(at_ms: i64) -> Value {
    update("PUSH_SOMETHING_NEW", &json!({ "list": [1, Value::Null, {}] }), at_ms)
}

/// The next of a fixed row of oddities.
pub(crate) fn part(state: &State) -> Part {
    let now_ms = state.clock.now_ms();
    let first = state.household.devices.first();
    let device = json!({
        "deviceSerialNumber": first.map(|d| d.serial()),
        "deviceType": first.map(|d| d.seed.device_type.as_str()),
    });
    let session = state.household.devices.iter().find_map(|d| d.media.as_ref());
    let rows: [&dyn Fn() -> Part; 9] = [
        &|| Part::json(directive(&[smart_home()])),
        &|| Part::json(directive(&[unknown(now_ms)])),
        &|| {
            let payload = json!({
                "destinationUserId": Value::Null, "dopplerId": device,
                "volumeSetting": Value::Null, "isMuted": Value::Null,
            });
            Part::json(directive(&[update("PUSH_VOLUME_CHANGE", &payload, now_ms)]))
        },
        &|| Part::json(directive(&[])),
        &|| {
            let speak = json!({ "directive": {
                "header": {
                    "namespace": "SpeechSynthesizer", "name": "Speak",
                    "messageId": random_uuid(), "dialogRequestId": random_uuid(),
                },
                "payload": { "url": "cid:speech", "format": "AUDIO_MPEG", "token": Value::Null },
            } });
            Part::json(speak.to_string())
        },
        &|| Part {
            head: &["Content-Type: application/octet-stream", "Content-ID: <speech>"],
            body: "ID3\u{1}{\"not\":\"json".to_owned(),
        },
        &|| {
            let nulls = json!({ "directive": {
                "header": {
                    "namespace": "Alexa.Mobile.Push", "name": "RenderUpdate",
                    "messageId": Value::Null,
                },
                "payload": { "renderingUpdates": [
                    Value::Null,
                    { "route": Value::Null, "resourceId": Value::Null,
                      "resourceMetadata": Value::Null },
                    { "route": "EventBus:tcomm::message", "resourceId": "PUSH_VOLUME_CHANGE",
                      "resourceMetadata": "{\"command\":\"PUSH_VOLUME_CHANGE\",\"payload\":null}" },
                ] },
            } });
            Part::json(nulls.to_string())
        },
        &|| {
            let payload = json!({
                "customerId": state.household.owner, "name": "NotifyNowPlayingUpdated",
                "update": {
                    "type": "SessionUpdate",
                    "taskSessionId": session.map(|media| media.session_id.as_str()),
                    "update": {
                        "type": "NotifyNowPlayingUpdated", "cause": Value::Null,
                        "mediaId": Value::Null, "playerState": Value::Null,
                        "nowPlayingData": {
                            "transport": Value::Null, "progress": Value::Null,
                            "infoText": Value::Null, "mainArt": Value::Null,
                            "provider": Value::Null, "mediaReference": Value::Null,
                        },
                    },
                },
            });
            Part::json(directive(&[update("NotifyNowPlayingUpdated", &payload, now_ms)]))
        },
        &|| {
            let payload = json!({
                "destinationUserId": state.household.owner, "dopplerId": device,
                "bass": Value::Null, "treble": 7.5, "midrange": "x",
            });
            Part::json(directive(&[update("PUSH_EQUALIZER_STATE_CHANGE", &payload, now_ms)]))
        },
    ];
    let turn = usize::try_from(state.counters.push_events).unwrap_or(0) % rows.len();
    rows.get(turn).map_or_else(|| Part::json("{}".to_owned()), |row| row())
}
