//! Sending one request.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use ::http::Method;
use ::http::header::{
    ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, DATE, HeaderMap, HeaderValue, LOCATION,
};
use serde::de::IgnoredAny;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::endpoint::EndpointClass;
use super::gate::Gate;
use super::manners::Jitter;
use super::request::{Body, Lane, RawBody, Request, encode};
use super::tls;
use crate::auth::identity::USER_AGENT;
use crate::clock::{Clock, unix_seconds};
use crate::error::{Code, Error, Result, code};
use crate::push::rhythm::{LIBRARY_PING, LIBRARY_REPLY};
use crate::session::Jar;
use crate::settings::Settings;
use crate::site::{is_amazon_host, is_picture_host, is_push_host};

/// Answers larger than this are cut off as unusable (*chosen*; a list of 2,000 devices has 4 MiB).
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Answers slower than this do not tell the time well (*chosen*).
const QUICK: Duration = Duration::from_secs(2);
const NO_SKEW: i64 = i64::MIN;

/// What came back. Not printable: pages and answers hold secrets.
pub struct Answer<B = Zeroizing<String>> {
    /// HTTP status.
    pub status: u16,
    /// The address that was asked.
    pub url: Url,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, wiped when dropped.
    pub body: B,
}

/// An answer that can hold anything, such as a picture.
pub type RawAnswer = Answer<Zeroizing<Vec<u8>>>;

impl<B: Deref<Target: AsRef<[u8]>>> std::fmt::Debug for Answer<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.deref().as_ref().len())
    }
}

impl<B> Answer<B> {
    /// Where a redirect leads.
    pub fn location(&self) -> Option<Url> {
        let location = std::str::from_utf8(self.headers.get(LOCATION)?.as_bytes()).ok()?;
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
            .then(|| self.url.join(location).ok())
            .flatten()
    }

    /// The type of the body without its parameters, for example `image/png`.
    pub fn media_type(&self) -> Option<String> {
        let kind = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        Some(essence(kind))
    }
}

impl RawAnswer {
    fn into_text(self) -> Answer {
        let Self { status, url, headers, mut body } = self;
        let text = String::from_utf8(std::mem::take(&mut *body)).unwrap_or_else(|error| {
            String::from_utf8_lossy(&Zeroizing::new(error.into_bytes())).into_owned()
        });
        Answer { status, url, headers, body: Zeroizing::new(text) }
    }
}

impl Answer {
    /// Whether the body is JSON; cheaper than reading it.
    pub fn is_json(&self) -> bool {
        serde_json::from_str::<IgnoredAny>(&self.body).is_ok()
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }
}

/// The client of one account.
pub struct Http {
    client: reqwest::Client,
    /// For connections of their own.
    tls: rustls::ClientConfig,
    settings: Settings,
    clock: Arc<dyn Clock>,
    gate: Gate,
    /// Amazon's clock minus ours in seconds, or [`NO_SKEW`].
    skew: AtomicI64,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Http({:?})", self.gate)
    }
}

impl Http {
    /// A client by the settings.
    ///
    /// # Errors
    /// `bad-setting` or `tls`.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self> {
        settings.check()?;
        let tls = tls::config(settings.extra_ca.as_deref())?;
        let client = built(client(settings, &tls).timeout(settings.timeout))?;
        let gate = Gate::new(settings, Arc::clone(&clock));
        let skew = AtomicI64::new(NO_SKEW);
        Ok(Self { client, tls, settings: settings.clone(), clock, gate, skew })
    }

    /// The longest wait for an answer.
    pub(super) fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    /// A client with connections of its own, for answers that may take any time.
    pub(super) fn patient_client(&self) -> Result<reqwest::Client> {
        built(
            client(&self.settings, &self.tls)
                // Compression would hold back what is to be known at once.
                .gzip(false)
                .brotli(false)
                .deflate(false)
                .http2_keep_alive_interval(LIBRARY_PING)
                .http2_keep_alive_timeout(LIBRARY_REPLY)
                .http2_keep_alive_while_idle(true),
        )
    }

    /// The same with another source of chance.
    #[must_use]
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { gate: self.gate.with_jitter(jitter), ..self }
    }

    /// Where the time comes from.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The gate of the account.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Amazon's clock minus ours in seconds, from the last answer.
    pub fn skew(&self) -> Option<i64> {
        Some(self.skew.load(Ordering::Relaxed)).filter(|skew| *skew != NO_SKEW)
    }

    /// Our time in seconds.
    pub fn now(&self) -> u64 {
        unix_seconds(self.clock.now())
    }

    /// Amazon's time in seconds, as far as it is known.
    pub fn amazon_now(&self) -> u64 {
        self.now().saturating_add_signed(self.skew().unwrap_or_default())
    }

    /// Sends one request with the cookies of `jar` and learns those that come back.
    ///
    /// # Errors
    /// `foreign-host` before anything is sent, else `unreachable`, `tls`, `timeout` or
    /// `unexpected-answer` for a body that is too large. HTTP errors are answers, not errors.
    pub async fn send(&self, request: Request, jar: &Jar, language: &str) -> Result<Answer> {
        Ok(self.fetch(request, jar, language).await?.into_text())
    }

    /// [`Http::send`] to a host that tells what happens on the devices, without cookies.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn send_to_push(&self, request: Request, language: &str) -> Result<Answer> {
        Ok(self.ask(request, &Jar::default(), language, is_push_host).await?.into_text())
    }

    /// [`Http::send`] for bodies that need not be text in UTF-8.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn fetch(&self, request: Request, jar: &Jar, language: &str) -> Result<RawAnswer> {
        self.ask(request, jar, language, is_amazon_host).await
    }

    /// Fetches a picture of a page, also from where Amazon keeps pictures. No cookie goes to such a
    /// place, none is taken from it, and nothing says which page the picture is on.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn fetch_picture(&self, url: Url, jar: &Jar, language: &str) -> Result<RawAnswer> {
        let request = Request::new(Method::GET, url, Lane::SignIn);
        if is_amazon_host(request.url.host_str().unwrap_or_default()) {
            return self.fetch(request, jar, language).await;
        }
        self.ask(request, &Jar::default(), language, is_picture_host).await
    }

    async fn ask(
        &self,
        request: Request,
        jar: &Jar,
        language: &str,
        is_allowed: fn(&str) -> bool,
    ) -> Result<RawAnswer> {
        let host = checked_host(&request, is_allowed)?;
        let class = EndpointClass::of(request.url.path());
        let _permit = self.gate.pass(class, request.lane).await?;
        let started = self.clock.now();
        let method = request.method.clone();
        let path = shown_path(&request.url);
        let timeout = self.settings.timeout;
        let (url, built) = build(&self.client, request, jar, Some(language));
        let response = built.send().await.map_err(|error| explain(error, &host, timeout))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        jar.learn(&url, &headers);
        self.compare_clocks(&headers, started);
        let body = read(response).await.map_err(|error| match error {
            Some(error) => explain(error, &host, timeout),
            None => Error::new(code::UNEXPECTED_ANSWER, "Amazon's answer is too large.")
                .with_status(status),
        })?;
        tracing::debug!(%method, host, path, status, bytes = body.len(), "request");
        Ok(RawAnswer { status, url, headers, body })
    }

    /// A slow answer says little about the clock, so only the middle of a quick one counts.
    pub(super) fn compare_clocks(&self, headers: &HeaderMap, started: SystemTime) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let Some(theirs) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
            return;
        };
        let took = self.clock.now().duration_since(started).unwrap_or_default();
        if took > QUICK && self.skew().is_some() {
            return;
        }
        let ours = started + took / 2;
        let skew = unix_seconds(theirs).cast_signed() - unix_seconds(ours).cast_signed();
        self.skew.store(skew, Ordering::Relaxed);
    }
}

/// A request as the library wants it.
pub(super) fn build(
    client: &reqwest::Client,
    request: Request,
    jar: &Jar,
    language: Option<&str>,
) -> (Url, reqwest::RequestBuilder) {
    let Request { method, url, headers, body, .. } = request;
    let mut built = client.request(method, url.clone());
    if let Some(Ok(language)) = language.map(HeaderValue::from_str) {
        built = built.header(ACCEPT_LANGUAGE, language);
    }
    for (name, value) in headers {
        built = built.header(name, value);
    }
    if let Some(cookies) = jar.header(&url) {
        built = built.header(COOKIE, cookies);
    }
    let built = match body {
        Body::Empty => built,
        Body::Json(text) => built
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(text.expose().to_owned()),
        Body::Form(fields) => {
            built.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(encode(&fields))
        }
        Body::Raw(RawBody(mut bytes)) => built.body(std::mem::take(&mut *bytes)),
    };
    (url, built)
}

/// The host of a request, when it may be sent there.
pub(super) fn checked_host(request: &Request, is_allowed: fn(&str) -> bool) -> Result<String> {
    let host = request.url.host_str().unwrap_or_default();
    if request.url.scheme() != "https" || request.url.port().is_some() || !is_allowed(host) {
        return Err(Error::new(
            code::FOREIGN_HOST,
            format!("\u{201c}{host}\u{201d} is not Amazon."),
        ));
    }
    Ok(host.to_owned())
}

/// What all clients have in common.
fn client(settings: &Settings, tls: &rustls::ClientConfig) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
        .referer(false)
        .https_only(true)
        .tls_backend_preconfigured(tls.clone());
    match settings.connect_to {
        Some(address) => builder.no_proxy().dns_resolver(Arc::new(tls::Everywhere(address))),
        None => builder,
    }
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|error| {
        Error::new(code::TLS, "The connection cannot be set up.").with_source(error)
    })
}

/// What went wrong, in words. `timeout` is the longest wait for an answer.
pub(super) fn explain(error: reqwest::Error, host: &str, timeout: Duration) -> Error {
    let (code, message): (Code, String) = if error.is_timeout() {
        let limit = if error.is_connect() { CONNECT_TIMEOUT.min(timeout) } else { timeout };
        (code::TIMEOUT, format!("{host} did not answer within {} seconds.", limit.as_secs_f64()))
    } else if let Some(tls) = tls_error(&error) {
        let message = match tls {
            rustls::Error::InvalidCertificate(_) => {
                format!("The certificate of {host} is not trusted.")
            }
            _ => format!("No secure connection to {host} could be made."),
        };
        (code::TLS, message)
    } else if error.is_connect() {
        (code::UNREACHABLE, format!("{host} cannot be reached."))
    } else {
        (code::UNREACHABLE, format!("The connection to {host} broke."))
    };
    // The address can hold secrets in its query, so the cause goes without it.
    Error::new(code, message).with_source(error.without_url())
}

/// What TLS had to complain about, found by walking the causes and what I/O errors wrap, which are
/// no causes of theirs.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error
        .downcast_ref::<rustls::Error>()
        .or_else(|| wrapped.and_then(|wrapped| tls_error(wrapped)))
        .or_else(|| error.source().and_then(tls_error))
}

async fn read(
    mut response: reqwest::Response,
) -> Result<Zeroizing<Vec<u8>>, Option<reqwest::Error>> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(Some)? {
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return Err(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A type of content without its parameters.
pub(crate) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// An https address of a host.
///
/// # Errors
/// `bad-setting` when host and path make none; hosts come from the site table or were checked.
pub(crate) fn address(host: &str, path: &str) -> Result<Url> {
    Url::parse(&format!("https://{host}{path}")).map_err(|error| {
        Error::new(code::BAD_SETTING, "An address could not be built.").with_source(error)
    })
}

/// The path for logs and messages. Sign-in paths can hold a session id behind the second segment.
pub(crate) fn shown_path(url: &Url) -> String {
    if url.path().starts_with("/ap/") {
        url.path().split('/').take(3).collect::<Vec<_>>().join("/")
    } else {
        url.path().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn nothing_leaves_for_a_foreign_host() {
        let http = Http::new(&Settings::default(), Arc::new(SystemClock)).unwrap();
        for address in [
            "https://amazon.de.example/",
            "http://www.amazon.de/",
            "https://www.amazon.de:8443/",
            "https://opfcaptcha-prod.s3.amazonaws.com/",
        ] {
            let request = Request::new(Method::GET, Url::parse(address).unwrap(), Lane::Read);
            let error = http.send(request, &Jar::default(), "en-US").await.unwrap_err();
            assert_eq!(error.code(), code::FOREIGN_HOST, "{address}");
        }
        for address in [
            "https://x.s3.amazonaws.com/",
            "http://opfcaptcha-prod.s3.amazonaws.com/",
            "https://opfcaptcha-prod.s3.amazonaws.com:444/",
            "data:image/png;base64,AA==",
        ] {
            let url = Url::parse(address).unwrap();
            let error = http.fetch_picture(url, &Jar::default(), "en-US").await.unwrap_err();
            assert_eq!(error.code(), code::FOREIGN_HOST, "{address}");
        }
    }
}
