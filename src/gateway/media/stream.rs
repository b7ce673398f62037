//! Answers to requests for sound.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream;
use reqwest::Method;

use super::address::{self, Invalid};
use super::feed::{Facts, Outlook};
use super::feeds::NoSeat;
use super::fetch::Fetch;
use super::range::{Answer, Wanted};
use super::upstream::{self, Failure};
use super::{CueRef, Inner, Media};

/// Parts up to this length are waited for, so that their length can be told.
const SMALL_PART: u64 = 64 * 1024;

/// What is known about the length of a sound in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// Exactly so many.
    Known(u64),
    /// By its rate and its time, which is rounded.
    About(u64),
    /// Nothing.
    Unknown,
}

/// `GET /alexa/s/{segment}`
pub(super) async fn get(
    State(media): State<Media>,
    Path(segment): Path<String>,
    headers: HeaderMap,
) -> Response {
    let media = media.inner;
    let Some(cue) = admitted(&media, &segment) else { return empty(StatusCode::FORBIDDEN) };
    let wanted = wanted(&headers);
    let now = media.clock.now();
    media.ledger.note(&cue.serial, |traffic| {
        traffic.requests += 1;
        traffic.ranges += u64::from(!matches!(wanted, Wanted::Whole | Wanted::From(0)));
        traffic.last_fetch = Some(now);
    });
    let (feed, id) = match media.feeds.sit_down(&cue, wanted.first(), now) {
        Ok(seat) => seat,
        Err(NoSeat::Closed) => return try_later(StatusCode::SERVICE_UNAVAILABLE),
        Err(NoSeat::Crowded) => {
            media.ledger.note(&cue.serial, |traffic| traffic.refusals += 1);
            return try_later(StatusCode::TOO_MANY_REQUESTS);
        }
    };
    let mut fetch = Fetch::new(Arc::clone(&media), feed, id);
    let needed = match wanted {
        Wanted::Between(first, last) if last - first < SMALL_PART => last,
        _ => wanted.first(),
    };
    let outlook = match fetch.outlook(needed).await {
        Ok(outlook) => outlook,
        Err(failure) => {
            fetch.fail(&failure);
            return refused(&failure);
        }
    };
    answer(fetch, wanted, &outlook)
}

fn answer(fetch: Fetch, wanted: Wanted, outlook: &Outlook) -> Response {
    let is_live = outlook.facts.as_ref().is_some_and(|facts| facts.is_live);
    let wanted = if is_live { Wanted::Whole } else { wanted };
    let mut response = head_of(outlook.facts.as_ref());
    match Answer::to(wanted, outlook.length, outlook.end) {
        Answer::Whole { length } => {
            set_length(&mut response, length);
            *response.body_mut() = fetch.body(None, length);
        }
        Answer::Part { first, last, length, content_range } => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            set(&mut response, header::CONTENT_RANGE, &content_range);
            set_length(&mut response, length);
            *response.body_mut() = fetch.body(Some(first), last.map(|last| last + 1));
        }
        Answer::None { content_range } => {
            fetch.dismiss();
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            response.headers_mut().remove(header::CONTENT_TYPE);
            set(&mut response, header::CONTENT_RANGE, &content_range);
        }
    }
    response
}

/// `HEAD /alexa/s/{segment}`: what a GET would say, without a connection that stays.
pub(super) async fn head(State(media): State<Media>, Path(segment): Path<String>) -> Response {
    let media = media.inner;
    let Some(cue) = admitted(&media, &segment) else { return empty(StatusCode::FORBIDDEN) };
    media.ledger.note(&cue.serial, |traffic| traffic.requests += 1);
    let known = media.feeds.of(&cue).map(|feed| feed.outlook());
    let (facts, length) = match known {
        Some(Outlook { facts: Some(facts), length, .. }) => (facts, length),
        _ => match asked(&media, &cue).await {
            Ok(found) => found,
            Err(failure) => return refused(&failure),
        },
    };
    let mut response = head_of(Some(&facts));
    match length {
        Length::Known(length) => set_length(&mut response, Some(length)),
        // An empty body would be told as the length 0.
        _ => {
            *response.body_mut() = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())
        }
    }
    response
}

/// What the source of a sound says about it.
async fn asked(media: &Inner, cue: &CueRef) -> Result<(Facts, Length), Failure> {
    let source = media.inflow.source(cue).await?;
    let (client, clock) = (&media.inflow.client, &*media.clock);
    let response = upstream::open(client, Method::HEAD, &source.url, clock).await?;
    let facts = super::inflow::facts(&source, &response);
    Ok((facts, Length::Unknown))
}

/// The cue of an address that is good.
fn admitted(media: &Inner, segment: &str) -> Option<CueRef> {
    match address::read_stream(&media.signer, segment, media.seconds()) {
        Ok(cue) => Some(cue),
        Err(Invalid::Unsigned) => {
            media.note_stranger();
            None
        }
        Err(Invalid::Expired(cue)) => {
            media.ledger.note(&cue.serial, |traffic| traffic.refusals += 1);
            None
        }
    }
}

/// A part counts only without a condition: nothing here has a mark that could be compared.
fn wanted(headers: &HeaderMap) -> Wanted {
    if headers.contains_key(header::IF_RANGE) {
        return Wanted::Whole;
    }
    Wanted::read(headers.get(header::RANGE).and_then(|range| range.to_str().ok()))
}

/// Status 200 and the headers that are always the same.
fn head_of(facts: Option<&Facts>) -> Response {
    let mut response = empty(StatusCode::OK);
    let content_type = facts.map_or("audio/mpeg", |facts| &facts.content_type);
    set(&mut response, header::CONTENT_TYPE, content_type);
    let ranges = if facts.is_some_and(|facts| facts.is_live) { "none" } else { "bytes" };
    set(&mut response, header::ACCEPT_RANGES, ranges);
    // Something in between that takes it all at once would take it from memory to disk (*documented*
    // for nginx).
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

/// An answer for who may come back.
pub(super) fn try_later(status: StatusCode) -> Response {
    let mut response = empty(status);
    set(&mut response, header::RETRY_AFTER, "1");
    response
}

/// The answer where nothing comes.
pub(super) fn refused(failure: &Failure) -> Response {
    if failure.status == StatusCode::SERVICE_UNAVAILABLE {
        return try_later(failure.status);
    }
    empty(failure.status)
}

/// Sets a header. What cannot stand in one is left out.
pub(super) fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn set_length(response: &mut Response, length: Option<u64>) {
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
}
