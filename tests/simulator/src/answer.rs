//! Building answers in the shapes Amazon gives them.

use axum::body::{Body, Bytes};
use futures_util::stream;
use http::header::{CONTENT_TYPE, HeaderName, LOCATION, SET_COOKIE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

/// An answer to a request.
pub(crate) type Answer = Response<Body>;

fn build(status: StatusCode, content_type: Option<&'static str>, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    if let Some(kind) = content_type {
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    answer
}

/// JSON with status 200.
pub(crate) fn json(value: &Value) -> Answer {
    json_status(StatusCode::OK, value)
}

/// JSON with any status.
pub(crate) fn json_status(status: StatusCode, value: &Value) -> Answer {
    build(status, Some("application/json;charset=UTF-8"), Body::from(value.to_string()))
}

/// JSON that is labelled `application/octet-stream`: music providers and automations come so, and
/// one client insists on it (observed with aioamazondevices 17).
pub(crate) fn octet_json(value: &Value) -> Answer {
    build(StatusCode::OK, Some("application/octet-stream"), Body::from(value.to_string()))
}

/// No body at all; commands are answered so.
pub(crate) fn empty(status: StatusCode) -> Answer {
    build(status, None, Body::empty())
}

/// A page. It is sent without a length, in two pieces: a page with a declared length breaks the
/// sign-in proxy of alexa-cookie2 (observed).
pub(crate) fn html(status: StatusCode, page: &str) -> Answer {
    let middle = (0..=page.len() / 2).rev().find(|i| page.is_char_boundary(*i)).unwrap_or(0);
    let (first, second) = page.split_at(middle);
    let pieces = [Bytes::from(first.to_owned()), Bytes::from(second.to_owned())]
        .into_iter()
        .filter(|piece| !piece.is_empty())
        .map(Ok::<_, std::convert::Infallible>);
    let body = Body::from_stream(stream::iter(pieces));
    build(status, Some("text/html;charset=UTF-8"), body)
}

/// A redirect with status 302.
pub(crate) fn redirect(location: &str) -> Answer {
    let answer = build(StatusCode::FOUND, Some("text/html;charset=UTF-8"), Body::empty());
    with_header(answer, LOCATION, location)
}

/// Adds a header, keeping those of the same name; text that cannot be a header value is left out.
pub(crate) fn with_header(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().append(name, value);
    }
    answer
}

/// Adds a `Set-Cookie` header.
pub(crate) fn with_cookie(answer: Answer, cookie: &str) -> Answer {
    with_header(answer, SET_COOKIE, cookie)
}

/// Namespace of the error types of the web API.
const MODEL: &str = "http://internal.amazon.com/coral/com.amazon.dee.web.coral.model";

/// The answer of the player to a command it cannot pass on: nothing is loaded, or something that
/// is not under Amazon's player (field reports since November 2025).
pub(crate) fn unsupported_provider() -> Answer {
    let body = serde_json::json!({ "message": Value::Null });
    let kind = format!("UnsupportedProviderException:{MODEL}.nowplaying/");
    let answer = json_status(StatusCode::NOT_FOUND, &body);
    with_header(answer, HeaderName::from_static("x-amzn-errortype"), &kind)
}

/// An error of the web API: `{"message": ...}` with Amazon's error type header (field reports).
pub(crate) fn api_error(status: u16, message: &Value, kind: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let answer = json_status(status, &serde_json::json!({ "message": message }));
    let kind = format!("{kind}:{MODEL}/");
    with_header(answer, HeaderName::from_static("x-amzn-errortype"), &kind)
}
