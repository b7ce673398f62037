//! Fetching the certificates under skill requests. The address comes from whoever sent the request,
//! so this client does as little as possible.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::DATE;
use url::Url;

use super::tls;
use crate::error::{Error, Result, code};
use crate::settings::Settings;

/// Longest wait for a chain (*chosen*: Alexa wants an answer to the request within 8 s).
const TIMEOUT: Duration = Duration::from_secs(3);

/// A client without redirects, proxies, cookies and compression.
#[derive(Debug)]
pub(crate) struct ChainClient {
    client: reqwest::Client,
}

/// What was fetched.
pub(crate) struct Fetched {
    /// The body.
    pub(crate) bytes: Vec<u8>,
    /// What time it is where it came from.
    pub(crate) date: Option<SystemTime>,
}

impl ChainClient {
    /// By the settings: where hosts are, whom to trust, how long to wait at most.
    ///
    /// # Errors
    /// `bad-setting` or `tls`.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("mass-alexa/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .referer(false)
            .https_only(true)
            .timeout(TIMEOUT.min(settings.timeout))
            .tls_backend_preconfigured(tls::config(settings.extra_ca.as_deref())?);
        let builder = match settings.connect_to {
            Some(address) => builder.dns_resolver(Arc::new(tls::Everywhere(address))),
            None => builder,
        };
        let client = builder.build().map_err(|error| {
            Error::new(code::TLS, "The connection cannot be set up.").with_source(error)
        })?;
        Ok(Self { client })
    }

    /// Fetches at most so many bytes. `None` when there is anything but a whole answer of that
    /// size with status 200; why is a line for the log.
    pub(crate) async fn fetch(&self, url: &Url, largest: usize) -> Option<Fetched> {
        let refused = |why: &dyn std::fmt::Display| {
            tracing::warn!(path = url.path(), %why, "certificates of a skill request not fetched");
        };
        let mut response = match self.client.get(url.clone()).send().await {
            Ok(response) => response,
            Err(error) => {
                refused(&error.without_url());
                return None;
            }
        };
        if response.status() != http::StatusCode::OK {
            refused(&response.status());
            return None;
        }
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() <= largest => bytes.extend(chunk),
                Ok(Some(_)) => {
                    refused(&"too large");
                    return None;
                }
                Ok(None) => return Some(Fetched { bytes, date }),
                Err(error) => {
                    refused(&error.without_url());
                    return None;
                }
            }
        }
    }
}
