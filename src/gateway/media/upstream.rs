//! Where sound and pictures come from inside the house: one plain HTTP client, which goes nowhere but
//! where it is told to.

use std::time::Duration;

use axum::http::{StatusCode, header};
use reqwest::redirect::Policy;
use reqwest::{Method, Response};
use url::Url;

use crate::clock::Clock;
use crate::error::{Error, Result, code};
use crate::net::tls;

/// *Chosen*: it is in the same house.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the beginning of an answer may take (*chosen*: a source of music may have to be asked
/// first, and Alexa gives up on its own).
const ANSWER: Duration = Duration::from_secs(20);
const QUICK_ANSWER: Duration = Duration::from_secs(5);
/// What a player says of itself.
const USER_AGENT: &str = concat!("mass-alexa/", env!("CARGO_PKG_VERSION"));

/// Why nothing comes from there, with what the one who asked is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    /// For a person, without any address.
    pub(super) sentence: String,
    /// Whether the host said so before the source of the sound was asked at all.
    pub(super) is_refusal: bool,
}

impl Failure {
    pub(super) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into(), is_refusal: false }
    }

    pub(super) fn refusal(status: StatusCode, sentence: &str) -> Self {
        Self { is_refusal: true, ..Self::new(status, sentence) }
    }
}

/// The client.
///
/// # Errors
/// `tls` when it cannot be set up.
pub(super) fn client() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        // Each sound has a connection of its own, which is closed with it.
        .pool_max_idle_per_host(0)
        .http1_only()
        .gzip(false)
        .brotli(false)
        .deflate(false)
        .tls_backend_preconfigured(tls::config(None)?)
        .build()
        .map_err(|error| {
            Error::new(code::TLS, "The connection to the music cannot be set up.")
                .with_source(error)
        })
}

/// Asks for something and gives the answer with its body still to come, if it is a good one.
pub(super) async fn open(
    client: &reqwest::Client,
    method: Method,
    url: &Url,
    clock: &dyn Clock,
) -> Result<Response, Failure> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::new(StatusCode::BAD_GATEWAY, "has an address that is no http"));
    }
    let patience = if method == Method::HEAD { QUICK_ANSWER } else { ANSWER };
    let asked = client.request(method, url.clone()).header(header::ACCEPT, "*/*").send();
    let response = tokio::select! {
        response = asked => response.map_err(|error| explain(&error))?,
        () = clock.sleep(patience) => {
            return Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "did not answer in time"));
        }
    };
    match response.status().as_u16() {
        200 => Ok(response),
        404 | 410 => Err(Failure::new(StatusCode::NOT_FOUND, "is not there (404)")),
        300..400 => {
            Err(Failure::new(StatusCode::BAD_GATEWAY, "leads elsewhere, which is not followed"))
        }
        status => Err(Failure::new(StatusCode::BAD_GATEWAY, format!("answered {status}"))),
    }
}

/// Errors of the client name the address, so only their kind is told.
pub(super) fn explain(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        Failure::new(StatusCode::GATEWAY_TIMEOUT, "did not answer in time")
    } else if error.is_connect() {
        Failure::new(StatusCode::BAD_GATEWAY, "cannot be reached")
    } else {
        Failure::new(StatusCode::BAD_GATEWAY, "broke off")
    }
}

/// The type of what comes, as far as it is one of `kind/`.
pub(super) fn media_type(response: &Response, kind: &str) -> Option<String> {
    let text = response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let text = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    text.starts_with(kind).then_some(text)
}
