//! One connection to the push host: opening the stream, and asking for a sign of life.

use std::time::Duration;

use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};

use super::frames::Frames;
use super::rhythm::OPENING;
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::streaming::Line;
use crate::net::{Lane, Request, Streaming};
use crate::secret::Secret;
use crate::session::{Jar, Live};

/// The stream (*documented* for the device interface of Alexa: its downchannel).
const DIRECTIVES: &str = "/v20160207/directives";
/// Answers 204 while the connection is alive (*documented*).
const PING: &str = "/ping";
/// What came of asking for a sign of life.
pub(super) enum Reply {
    Alive,
    /// The host is alive and refuses the token.
    Refused(Secret),
    Broken(Error),
}

/// Opens the stream.
pub(super) async fn open(live: &Live, host: &str, token: &Secret) -> Result<Streaming> {
    let request = Request::new(Method::GET, address(host, DIRECTIVES)?, Lane::SignIn)
        .with_header(ACCEPT, "multipart/related")
        .with_secret_header(AUTHORIZATION, token, "Bearer ");
    let (http, jar) = (live.http(), Jar::default());
    tokio::select! {
        biased;
        opened = http.open(request, &jar) => opened,
        () = http.clock().sleep(OPENING) => Err(Error::new(
            code::TIMEOUT,
            format!("{host} did not answer within {} seconds.", OPENING.as_secs()),
        )),
    }
}

/// The cutter for a stream that was opened.
///
/// # Errors
/// `forbidden` for a refusal, otherwise what the answer means.
pub(super) fn judge(host: &str, stream: &Streaming) -> Result<Frames> {
    let kind = stream.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    match stream.status {
        200 => Frames::new(kind.unwrap_or_default()),
        _ => Err(failed(host, stream)),
    }
}

fn failed(host: &str, stream: &Streaming) -> Error {
    let status = stream.status;
    let (code, text) = match status {
        401 | 403 => (code::FORBIDDEN, "refuses to tell what happens on the devices"),
        429 => (code::THROTTLED, "asks for patience"),
        404 | 410 | 421 => (code::ENDPOINT_GONE, "no longer knows the push stream"),
        500..=599 => (code::AMAZON_DOWN, "has a problem of its own"),
        _ => (code::UNEXPECTED_ANSWER, "does not tell what happens on the devices"),
    };
    let error = Error::new(code, format!("{host} {text} (status {status}).")).with_status(status);
    let wait = stream.headers.get(RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse().ok());
    match wait {
        Some(seconds) => error.with_retry_after(Duration::from_secs(seconds)),
        None => error,
    }
}

/// Asks the host for a sign of life, over the connection of the stream. The token of the opening may
/// have ended long ago: the stream outlives it (observed).
pub(super) async fn ping(line: Line, host: String, token: Secret) -> Reply {
    let url = match address(&host, PING) {
        Ok(url) => url,
        Err(error) => return Reply::Broken(error),
    };
    let request = Request::new(Method::GET, url, Lane::SignIn).with_secret_header(
        AUTHORIZATION,
        &token,
        "Bearer ",
    );
    match line.ask(request).await {
        Ok(401 | 403) => Reply::Refused(token),
        Ok(_) => Reply::Alive,
        Err(error) => Reply::Broken(error),
    }
}
