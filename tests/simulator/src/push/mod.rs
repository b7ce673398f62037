//! The push service: an endless multipart answer over which changes are told.
//!
//! The usual framing is one that every public client can cut (reasoned from their parsers): a
//! delimiter at the start, each event as one piece and its delimiter as another, everything on
//! one line.

pub(crate) mod events;
pub(crate) mod frames;
pub(crate) mod hub;
mod noise;

use std::time::Duration;

use axum::body::Body;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::answer::{self, Answer};
use crate::call::{Call, text};
use crate::coding;
use crate::knobs::PushRegion;
use crate::push::frames::Boundary;
use crate::server::Wire;
use crate::state::{State, World, lock, random_uuid};

/// Real time between two looks at the simulated clock.
const TICK: Duration = Duration::from_millis(200);

/// Where streams are opened.
pub(crate) const DIRECTIVES: &str = "/v20160207/directives";

/// Lets the time of the simulated clock pass: its time is real time plus what was advanced.
pub(crate) async fn pass_time(world: World, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TICK) => lock(&world).time_passed(),
        }
    }
}

/// Answers the push hosts. They ask for a bearer token, and for declared capabilities.
pub(crate) fn route(state: &mut State, call: &Call, world: &World, wire: &Wire) -> Answer {
    let Some(serial) = state.token_serial(call.bearer()) else {
        return answer::api_error(403, &Value::Null, "UnauthorizedException");
    };
    let right = state.knobs.push_region.filter(|region| {
        let letters = region.letters();
        !call.host.starts_with(&format!("bob-dispatch-prod-{letters}."))
            && !call.host.starts_with(&format!("alexa.{letters}."))
    });
    match (&call.method, call.path.as_str(), right) {
        (&Method::GET, DIRECTIVES, Some(_)) => {
            return answer::api_error(403, &Value::Null, "ForbiddenException");
        }
        (&Method::POST, "/v20160207/events", Some(region)) if synchronizes(call) => {
            return set_endpoint(state, region);
        }
        _ => {}
    }
    match (&call.method, call.path.as_str()) {
        (&Method::GET, DIRECTIVES) => directives(state, call, world, wire, &serial),
        (&Method::POST, "/v20160207/events") => answer::empty(StatusCode::NO_CONTENT),
        (_, "/ping") => match state.knobs.ping_status {
            Some(status) => answer::api_error(status, &Value::Null, "PingException"),
            None => answer::empty(StatusCode::NO_CONTENT),
        },
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
fn set_endpoint(state: &State, region: PushRegion) -> Answer {
    let directive = json!({ "directive": {
        "header": { "namespace": "System", "name": "SetEndpoint", "messageId": random_uuid() },
        "payload": {
            "endpoint": format!("https://bob-dispatch-prod-{}.amazon.com", region.letters()),
        },
    } });
    let boundary = Boundary::of(&state.knobs);
    let delimiter = boundary.delimiter();
    let body = format!(
        "{delimiter}\r\nContent-Type: application/json\r\n\r\n{directive}\r\n{delimiter}--\r\n"
    );
    answer::with_header(Answer::new(Body::from(body)), CONTENT_TYPE, &boundary.content_type())
}

/// Opens a stream, if nothing is against it. Without declared capabilities it is refused; the
/// field also knows streams that open then and carry nothing.
fn directives(state: &mut State, call: &Call, world: &World, wire: &Wire, serial: &str) -> Answer {
    if let Some(status) = state.knobs.push_refuse {
        return answer::api_error(status, &Value::Null, "ServiceUnavailableException");
    }
    if state.knobs.push_needs_capabilities && !state.sessions.capable.contains(serial) {
        return answer::api_error(403, &Value::Null, "ForbiddenException");
    }
    if state.knobs.push_replay {
        events::remember_volumes(state);
    }
    let gzip = hub::compresses(state) && coding::accepts(&coding::accepted(&call.headers), "gzip");
    let (kind, body) = hub::open(state, world, wire, gzip);
    let answer = answer::with_header(Answer::new(body), CONTENT_TYPE, &kind);
    if gzip { answer::with_header(answer, CONTENT_ENCODING, "gzip") } else { answer }
}
