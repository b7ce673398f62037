//! The push streams under control.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::Control;
use crate::push::events;
use crate::push::hub::{self, PushDrop};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    command: String,
    #[serde(default)]
    payload: Value,
    /// Milliseconds since 1970; without it now.
    #[serde(default)]
    time_stamp: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    #[serde(default)]
    text: String,
    /// Bytes that are no text.
    #[serde(default)]
    base64: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Drop {
    how: PushDrop,
}

pub(super) async fn event(c: Shared<Control>, Json(event): Json<Event>) -> Json<Value> {
    c.with(|s| {
        let at_ms = event.time_stamp.unwrap_or_else(|| s.clock.now_ms());
        events::send_at(s, &event.command, &event.payload, at_ms);
        Json(json!({ "streams": s.counters.push_streams }))
    })
}

pub(super) async fn raw(c: Shared<Control>, Json(raw): Json<Raw>) -> Response {
    let bytes = match raw.base64.as_deref().map(|text| STANDARD.decode(text)) {
        None => raw.text.into_bytes(),
        Some(Ok(bytes)) => bytes,
        Some(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
    };
    c.with(|s| {
        hub::raw(s, &Bytes::from(bytes));
        Json(json!({ "streams": s.counters.push_streams })).into_response()
    })
}

pub(super) async fn drop(c: Shared<Control>, Json(drop): Json<Drop>) -> Json<Value> {
    Json(json!({ "streams": c.with(|s| hub::drop_streams(s, drop.how)) }))
}
