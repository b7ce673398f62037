//! Calls of the Alexa Skill Management API (*documented*; paths and shapes are those of Amazon's
//! published models).

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::http::Method;
use ::http::header::{AUTHORIZATION, USER_AGENT};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex as AsyncMutex;
use url::Url;
use zeroize::Zeroizing;

use super::lwa::{self, Consent, Profile, Tokens};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, code};
use crate::net::verdict::passing_trouble;
use crate::net::{Answer, Body, Http, Lane, Request};
use crate::secret::Secret;
use crate::session::Store;
use crate::session::store::blocking;
use crate::settings::Settings;

const HOST: &str = "https://api.amazonalexa.com";
/// Who asks. This is an interface for programs of others, so none is pretended to be another.
const AGENT: &str = concat!("mass-alexa/", env!("CARGO_PKG_VERSION"));
/// Calls per second in the long run, and at once after a pause (*chosen*): an interface for programs,
/// which says when it is too much.
const PER_SECOND: f64 = 5.0;
/// See [`PER_SECOND`].
const BURST: u32 = 10;
/// Tries of a call that Amazon puts off (*chosen*).
const TRIES: u32 = 6;
/// Pause after a failure of Amazon's own (*chosen*); it doubles.
const PAUSE: Duration = Duration::from_secs(1);
/// Seconds before its end at which an access token is renewed (*chosen*).
const MARGIN: u64 = 60;
/// Version of the content that is kept.
const VERSION: u32 = 1;

/// A request that says who asks.
pub(super) fn marked(request: Request) -> Request {
    request.with_header(USER_AGENT, AGENT)
}

/// What is kept of a developer, sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    version: u32,
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
    /// The developer organisation that the skill belongs to.
    #[serde(default)]
    vendor: Option<String>,
    /// The skill that was made.
    #[serde(default)]
    skill_id: Option<String>,
}

/// An answer that the caller judges: a success, 404 or 409.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// What it holds; null for nothing.
    pub(super) body: Value,
}

impl Reply {
    /// Whether there is no such thing.
    pub(super) fn is_missing(&self) -> bool {
        self.status == 404
    }

    /// Whether something else is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.status == 409
    }
}

/// The developer account of the owner.
pub struct Client {
    http: Http,
    store: Store,
    kept: Mutex<Kept>,
    access: AsyncMutex<Option<Access>>,
}

struct Access {
    token: Secret,
    until: u64,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// Takes the address that the browser was sent to after a consent, and keeps what comes of it.
    ///
    /// # Errors
    /// `bad-link`, `developer-refused`, those of the network and of the store.
    pub async fn sign_in(
        folder: &Path,
        settings: &Settings,
        clock: Arc<dyn Clock>,
        consent: &Consent,
        address: &Secret,
    ) -> Result<Self> {
        let http = http(settings, clock)?;
        let tokens = consent.tokens(&http, address).await?;
        let refresh_token = tokens.refresh.clone().ok_or_else(|| {
            Error::new(code::UNEXPECTED_ANSWER, "Amazon gave its consent without a lasting token.")
        })?;
        let store = Store::new(folder);
        let profile = consent.profile();
        // The same developer goes on with the same skill.
        let former = read(&store).await?.filter(|kept| kept.client_id == profile.client_id);
        let kept = Kept {
            version: VERSION,
            client_id: profile.client_id.clone(),
            client_secret: profile.client_secret.clone(),
            refresh_token,
            vendor: former.as_ref().and_then(|kept| kept.vendor.clone()),
            skill_id: former.and_then(|kept| kept.skill_id),
        };
        let client = Self::with(http, store, kept);
        *client.access.lock().await = Some(client.dated(&tokens));
        client.keep(|_| ()).await?;
        Ok(client)
    }

    /// The developer whose consent was kept.
    ///
    /// # Errors
    /// `developer-sign-in` when there is none.
    pub async fn open(folder: &Path, settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self> {
        let store = Store::new(folder);
        let kept = read(&store).await?.ok_or_else(|| {
            Error::new(code::DEVELOPER_SIGN_IN, "No developer has given a consent here yet.")
        })?;
        Ok(Self::with(http(settings, clock)?, store, kept))
    }

    fn with(http: Http, store: Store, kept: Kept) -> Self {
        Self { http, store, kept: Mutex::new(kept), access: AsyncMutex::default() }
    }

    /// Where the time comes from.
    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        self.http.clock()
    }

    /// The skill that was made or found last.
    pub fn skill_id(&self) -> Option<String> {
        self.kept().skill_id.clone()
    }

    /// The developer organisation that was used last.
    pub fn vendor(&self) -> Option<String> {
        self.kept().vendor.clone()
    }

    /// Remembers skill and organisation.
    pub(super) async fn remember(&self, vendor: &str, skill_id: Option<&str>) -> Result<()> {
        let (vendor, skill_id) = (Some(vendor.to_owned()), skill_id.map(str::to_owned));
        if self.vendor() == vendor && self.skill_id() == skill_id {
            return Ok(());
        }
        self.keep(|kept| (kept.vendor, kept.skill_id) = (vendor, skill_id)).await
    }

    async fn keep(&self, change: impl FnOnce(&mut Kept)) -> Result<()> {
        let plain = {
            let mut kept = self.kept();
            change(&mut kept);
            serde_json::to_vec(&*kept).map(Zeroizing::new)
        };
        let plain = plain.map_err(|error| {
            Error::new(code::STORE_WRITE, "The consent cannot be written down.").with_source(error)
        })?;
        let store = self.store.clone();
        blocking(move || store.keep_developer(&plain)).await
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dated(&self, tokens: &Tokens) -> Access {
        let until = self.http.now().saturating_add(tokens.life.saturating_sub(MARGIN));
        Access { token: tokens.access.clone(), until }
    }

    /// An access token; a new one instead of `spent`.
    async fn token(&self, spent: Option<&Secret>) -> Result<Secret> {
        let mut access = self.access.lock().await;
        if let Some(known) = &*access
            && known.until > self.http.now()
            && spent != Some(&known.token)
        {
            return Ok(known.token.clone());
        }
        let (profile, refresh) = {
            let kept = self.kept();
            let (client_id, client_secret) = (kept.client_id.clone(), kept.client_secret.clone());
            (Profile { client_id, client_secret }, kept.refresh_token.clone())
        };
        let tokens = lwa::renew(&self.http, &profile, &refresh).await?;
        let token = tokens.access.clone();
        *access = Some(self.dated(&tokens));
        if let Some(newer) = tokens.refresh.filter(|newer| *newer != refresh) {
            self.keep(|kept| kept.refresh_token = newer).await?;
        }
        Ok(token)
    }

    /// Reads something.
    pub(super) async fn get(&self, path: &str) -> Result<Reply> {
        self.call(Method::GET, path, None).await
    }

    /// Puts something in its place.
    pub(super) async fn put(&self, path: &str, body: Option<&Value>) -> Result<Reply> {
        self.call(Method::PUT, path, body).await
    }

    /// Makes a call until Amazon has answered it: waits where it asks for patience, and repeats what
    /// can be repeated after a failure of its own.
    ///
    /// # Errors
    /// `skill-rejected` with Amazon's words, `forbidden`, `developer-sign-in`, `throttled`,
    /// `amazon-down`, those of the network.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply> {
        let mut spent = None;
        let mut tries = 0;
        loop {
            tries += 1;
            let token = self.token(spent.as_ref()).await?;
            let answer = self.send(&method, path, body, &token).await?;
            if answer.status == 401 && spent.is_none() {
                spent = Some(token);
                continue;
            }
            match passing_trouble(&answer) {
                None => return judged(&answer),
                Some(error) if tries >= TRIES => return Err(error),
                Some(error) if error.kind() == ErrorKind::Throttled => {
                    let wait = error.retry_after().unwrap_or(PAUSE);
                    tracing::debug!(path, seconds = wait.as_secs(), "Amazon asks for patience");
                    self.clock().sleep(wait).await;
                }
                // Nobody knows whether a thing was made, so a second one is not asked for.
                Some(error) if method == Method::POST => return Err(error),
                Some(_) => self.clock().sleep(PAUSE * 2_u32.pow(tries - 1)).await,
            }
        }
    }

    async fn send(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        token: &Secret,
    ) -> Result<Answer> {
        let url = Url::parse(&format!("{HOST}{path}")).map_err(|error| {
            Error::new(code::BAD_SETTING, "An address could not be built.").with_source(error)
        })?;
        let mut request = marked(Request::new(method.clone(), url, Lane::Read)).with_secret_header(
            AUTHORIZATION,
            token,
            "Bearer ",
        );
        if let Some(body) = body {
            request = request.with_body(Body::json(body));
        }
        self.http.send(request, &crate::session::Jar::default(), "en-US").await
    }
}

/// A client in the pace of this interface; settings without any limit stay so.
fn http(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Http> {
    let is_free = settings.requests_per_second == 0.0;
    let requests_per_second = if is_free { 0.0 } else { PER_SECOND };
    Http::new(&Settings { requests_per_second, burst: BURST, ..settings.clone() }, clock)
}

async fn read(store: &Store) -> Result<Option<Kept>> {
    let store = store.clone();
    let plain = blocking(move || store.developer()).await?;
    // The parser's own message could quote the content, so it is not shown.
    Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
}

fn judged(answer: &Answer) -> Result<Reply> {
    let body = answer.json().unwrap_or(Value::Null);
    let status = answer.status;
    match status {
        200..=299 | 303 | 404 | 409 => Ok(Reply { status, body }),
        401 => Err(Error::new(
            code::DEVELOPER_SIGN_IN,
            "Amazon does not take the token of the developer.",
        )
        .with_status(status)),
        403 => Err(Error::new(
            code::FORBIDDEN,
            format!("Amazon does not let this developer do that: {}", words(&body)),
        )
        .with_next_step("Give the consent again with the account that the skill belongs to.")
        .with_status(status)),
        _ => Err(rejected(&body).with_status(status)),
    }
}

/// The error for what Amazon refused.
pub(super) fn rejected(body: &Value) -> Error {
    Error::new(code::SKILL_REJECTED, format!("Amazon refused the skill: {}", words(body)))
}

/// What Amazon says about an error, as sentences: of the body, of each violation, of each error.
pub(super) fn words(body: &Value) -> String {
    let lists = ["violations", "errors"].iter().filter_map(|name| body.get(name)?.as_array());
    let mut said: Vec<_> = lists.flatten().filter_map(one).collect();
    if said.is_empty() {
        said.extend(one(body));
    }
    if said.is_empty() {
        said.push("no reason was given.".to_owned());
    }
    said.dedup();
    let mut text: String = said.join(" ").chars().take(1_000).collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

fn one(error: &Value) -> Option<String> {
    let text = |name: &str| error.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (text("code"), text("message")) {
        (Some(code), Some(message)) if !message.contains(code) => {
            Some(format!("{} ({code}).", message.trim_end_matches('.')))
        }
        (_, Some(message)) => Some(message.to_owned()),
        (code, None) => code.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amazons_words_are_quoted() {
        for (body, said) in [
            (json!({"message": "Rate"}), "Rate."),
            (
                json!({"message": "x", "violations": [{"code": "INVALID_ENUM_VALUE", "message": "No such category."}]}),
                "No such category (INVALID_ENUM_VALUE).",
            ),
            (json!({"errors": [{"message": "a."}, {"message": "b"}]}), "a. b."),
            (Value::Null, "no reason was given."),
        ] {
            assert_eq!(words(&body), said);
        }
    }
}
