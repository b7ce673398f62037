//! The push stream: an endless multipart answer over which changes are told.
//!
//! Framing that every public client can cut (reasoned from their parsers): a delimiter at the
//! start, each event as one piece and its delimiter as another, everything on one line.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::answer::{self, Answer};
use crate::api::player::now_playing;
use crate::call::{Call, text};
use crate::household::views::Playback;
use crate::knobs::PushRegion;
use crate::state::{State, World, lock, random_uuid};

const BOUNDARY: &str = "------simulator0123";
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Writes a bare delimiter on every stream now and then.
pub(crate) async fn keep_alive(world: World, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(KEEP_ALIVE) => {
                let _ = lock(&world).push.send(String::new());
            }
        }
    }
}

/// Answers the push hosts. The bearer token is all they ask for.
pub(crate) fn route(state: &mut State, call: &Call, world: &World) -> Answer {
    if state.token_serial(call.bearer()).is_none() {
        return answer::api_error(403, &Value::Null, "UnauthorizedException");
    }
    let right = state.knobs.push_region.filter(|region| {
        let letters = region.letters();
        !call.host.starts_with(&format!("bob-dispatch-prod-{letters}."))
            && !call.host.starts_with(&format!("alexa.{letters}."))
    });
    match (&call.method, call.path.as_str(), right) {
        (&Method::GET, "/v20160207/directives", Some(_)) => {
            return answer::api_error(403, &Value::Null, "ForbiddenException");
        }
        (&Method::POST, "/v20160207/events", Some(region)) if synchronizes(call) => {
            return set_endpoint(region);
        }
        _ => {}
    }
    match (&call.method, call.path.as_str()) {
        (&Method::GET, "/v20160207/directives") => directives(state, world),
        (&Method::POST, "/v20160207/events") => answer::empty(StatusCode::NO_CONTENT),
        (_, "/ping") => answer::empty(StatusCode::NO_CONTENT),
        _ => answer::empty(StatusCode::NOT_FOUND),
    }
}

/// Whether a body, JSON or multipart with a JSON part, holds a `System.SynchronizeState` event.
fn synchronizes(call: &Call) -> bool {
    let body = String::from_utf8_lossy(&call.body);
    let part = body.find('{').and_then(|start| body.get(start..)).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(part).into_iter::<Value>();
    let event = values.next().and_then(Result::ok).unwrap_or_default();
    text(&event, "/event/header/namespace") == "System"
        && text(&event, "/event/header/name") == "SynchronizeState"
}

/// The answer of a host of the wrong region: a multipart body whose directive names the right host
/// in `payload.endpoint` (observed with aioamazondevices 17; its name is that of the documented
/// voice service interface).
fn set_endpoint(region: PushRegion) -> Answer {
    let directive = json!({ "directive": {
        "header": { "namespace": "System", "name": "SetEndpoint", "messageId": random_uuid() },
        "payload": {
            "endpoint": format!("https://bob-dispatch-prod-{}.amazon.com", region.letters()),
        },
    } });
    let body = format!(
        "--{BOUNDARY}\r\nContent-Type: application/json\r\n\r\n{directive}\r\n--{BOUNDARY}--\r\n"
    );
    let kind = format!("multipart/related; boundary={BOUNDARY}; type=application/json");
    answer::with_header(Answer::new(Body::from(body)), http::header::CONTENT_TYPE, &kind)
}

/// Counts a stream while it lives.
struct Open(World);

impl Drop for Open {
    fn drop(&mut self) {
        // Dropped by the connection, never while the state is locked.
        lock(&self.0).counters.push_streams -= 1;
    }
}

fn directives(state: &mut State, world: &World) -> Answer {
    state.counters.push_streams += 1;
    let delimiter = format!("--{BOUNDARY}\r\n");
    let start = (state.push.subscribe(), vec![delimiter.clone()], Open(Arc::clone(world)));
    let pieces = stream::unfold(start, move |(mut events, mut ready, open)| {
        let delimiter = delimiter.clone();
        async move {
            if ready.is_empty() {
                loop {
                    match events.recv().await {
                        Ok(event) => {
                            ready.push(delimiter);
                            if !event.is_empty() {
                                let kind = "Content-Type: application/json\r\n\r\n";
                                ready.push(format!("{kind}{event}\r\n"));
                            }
                            break;
                        }
                        Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return None,
                    }
                }
            }
            let piece = ready.pop()?;
            Some((Ok::<_, std::convert::Infallible>(Bytes::from(piece)), (events, ready, open)))
        }
    });
    let answer = Answer::new(Body::from_stream(pieces));
    let kind = format!("multipart/related; boundary={BOUNDARY}; type=application/json");
    answer::with_header(answer, http::header::CONTENT_TYPE, &kind)
}

/// Sends one event in its three layers, two of them JSON inside text (field report of 2026).
fn send(state: &State, command: &str, payload: &Value) {
    let metadata = json!({
        "command": command,
        "payload": payload.to_string(),
        "timeStamp": state.clock.now_ms(),
    });
    let directive = json!({ "directive": {
        "header": {
            "namespace": "Alexa.Mobile.Push", "name": "RenderUpdate", "messageId": random_uuid(),
        },
        "payload": { "renderingUpdates": [{
            "route": "EventBus:tcomm::message",
            "resourceId": command,
            "resourceMetadata": metadata.to_string(),
        }] },
    } });
    // Nobody listening is no failure.
    let _ = state.push.send(directive.to_string());
}

fn about(state: &State, serial: &str) -> Option<serde_json::Map<String, Value>> {
    let device = state.household.find(serial)?;
    let mut map = serde_json::Map::new();
    map.insert("destinationUserId".to_owned(), state.household.owner.into());
    let id = json!({ "deviceSerialNumber": serial, "deviceType": device.seed.device_type });
    map.insert("dopplerId".to_owned(), id);
    Some(map)
}

fn send_about(state: &State, serial: &str, command: &str, fields: Value) {
    let Some(mut map) = about(state, serial) else {
        return;
    };
    if let Value::Object(fields) = fields {
        map.extend(fields);
    }
    send(state, command, &Value::from(map));
}

/// A volume or mute state changed.
pub(crate) fn volume(state: &State, serial: &str) {
    let Some(device) = state.household.find(serial) else {
        return;
    };
    let fields = json!({ "volumeSetting": device.seed.volume, "isMuted": device.muted });
    send_about(state, serial, "PUSH_VOLUME_CHANGE", fields);
}

/// Do not disturb was switched.
pub(crate) fn do_not_disturb(state: &State, serial: &str) {
    let Some(device) = state.household.find(serial) else {
        return;
    };
    send_about(state, serial, "PUSH_DND_STATE_CHANGE", json!({ "enabled": device.dnd }));
}

/// A device came or went.
pub(crate) fn connection(state: &State, serial: &str) {
    let Some(device) = state.household.find(serial) else {
        return;
    };
    let word = if device.seed.online { "ONLINE" } else { "OFFLINE" };
    let fields = json!({ "dopplerConnectionState": word });
    send_about(state, serial, "PUSH_DOPPLER_CONNECTION_CHANGE", fields);
}

/// A player started, stopped or went to another track.
pub(crate) fn playback(state: &State, serial: &str) {
    let Some(device) = state.household.find(serial) else {
        return;
    };
    let Some(media) = &device.media else { return };
    let word = if device.playing == Playback::Playing { "PLAYING" } else { "INTERRUPTED" };
    let fields = json!({
        "mediaReferenceId": media.media_id(),
        "audioPlayerState": word,
        "error": false,
        "errorMessage": Value::Null,
    });
    send_about(state, serial, "PUSH_AUDIO_PLAYER_STATE", fields);
    let cause =
        if device.playing == Playback::Playing { "PLAYBACK_STARTED" } else { "PLAYBACK_PAUSED" };
    let data = now_playing(state, device, media);
    send(
        state,
        "NotifyNowPlayingUpdated",
        &json!({
            "customerId": state.household.owner,
            "name": "NotifyNowPlayingUpdated",
            "messageId": random_uuid(),
            "fallbackAllowed": false,
            "update": {
                "type": "SessionUpdate",
                "taskSessionId": media.session_id,
                "update": {
                    "type": "NotifyNowPlayingUpdated",
                    "cause": cause,
                    "mediaId": media.media_id(),
                    "playerState": data.get("playerState"),
                    "nowPlayingData": data,
                },
            },
        }),
    );
}
