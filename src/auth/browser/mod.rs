//! Our own sign-in page, served on a one-time route of somebody else's web server.
//!
//! The host only hands requests over. The path cannot be guessed, belongs to the browser that opens
//! it first, and lives ten minutes. It offers three ways to sign in; what is typed is used for this
//! sign-in and kept nowhere.

mod progress;
mod state;
mod view;
mod ways;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use self::state::{Bound, Phase, Shared, State};
use super::identity::token;
use super::window::{Relayed, Window};
use crate::account::Account;
use crate::clock::{Clock, SystemClock, unix_seconds};
use crate::error::{Error, Result, code};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::site::Site;

/// How long a page can be used (*chosen*).
const LIFE: Duration = Duration::from_secs(600);
/// How much longer it lives for a sign-in that is being finished (*chosen*).
const GRACE: Duration = Duration::from_secs(120);
/// Largest form of our own that is read.
const LARGEST_BODY: usize = 16 * 1024;
/// Below this part of the page's path lies the guided window.
const WINDOW: &str = "/window";

/// A request as the host received it.
pub struct PageRequest {
    /// Method, upper case.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query without the question mark, as it was sent.
    pub query: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Zeroizing<Vec<u8>>,
}

impl PageRequest {
    /// The first header of a name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

/// What the host sends back, unchanged.
#[derive(Clone)]
pub struct PageResponse {
    /// HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for PageResponse {
    /// Without the headers, one of which can bind the page to a browser.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PageResponse({}, {} bytes)", self.status, self.body.len())
    }
}

/// One sign-in by web page.
pub struct SignInPage {
    folder: PathBuf,
    site: Site,
    settings: Settings,
    clock: Arc<dyn Clock>,
    path: String,
    cookie: String,
    opened_at: SystemTime,
    closed: CancellationToken,
    shared: Arc<Shared>,
}

impl SignInPage {
    /// A page below `base_path`, for an account that will be kept in `folder`.
    ///
    /// # Errors
    /// `bad-setting`.
    pub fn new(folder: PathBuf, site: Site, base_path: &str, settings: Settings) -> Result<Self> {
        Self::with_clock(folder, site, base_path, settings, Arc::new(SystemClock))
    }

    /// [`SignInPage::new`] with another clock.
    ///
    /// # Errors
    /// As [`SignInPage::new`].
    pub fn with_clock(
        folder: PathBuf,
        site: Site,
        base_path: &str,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        settings.check()?;
        let name = token::<32>();
        Ok(Self {
            folder,
            site,
            settings,
            path: format!("{}/{name}", base_path.trim_end_matches('/')),
            cookie: format!("mass_alexa_{}", token::<6>()),
            opened_at: clock.now(),
            clock,
            closed: CancellationToken::new(),
            shared: Arc::default(),
        })
    }

    /// The path of the page: the base path and an unguessable segment. The page also answers
    /// everything below it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is being done, as a sentence without a full stop; empty before the first attempt.
    pub fn stage(&self) -> String {
        self.shared.lock().stage.get()
    }

    /// When the wait of the stage ends at the latest, in Unix seconds.
    pub fn until(&self) -> Option<u64> {
        self.shared.lock().stage.until()
    }

    /// The pages that the last attempt met, for a report that can be shown to anybody.
    pub fn report(&self) -> String {
        self.shared.lock().trail.report()
    }

    /// Answers one request. Must be called inside a tokio runtime.
    pub async fn handle(&self, request: &PageRequest) -> PageResponse {
        if self.closed.is_cancelled() || self.age() >= self.life() {
            return view::message(
                410,
                "This page is over",
                "Press Sign in once more to get a new one.",
            );
        }
        let Some(below) = request.path.strip_prefix(&self.path) else {
            return view::not_found();
        };
        let new_cookie = match self.bind(&mut self.shared.lock(), request) {
            Ok(new_cookie) => new_cookie,
            Err(response) => return response,
        };
        let mut response = match below {
            "" => self.own_page(request),
            _ if below == WINDOW || below.starts_with("/window/") => self.window(request).await,
            _ => view::not_found(),
        };
        if let Some(value) = new_cookie {
            let cookie = format!("{}={}; HttpOnly; SameSite=Lax", self.cookie, value.expose());
            response.headers.push(("Set-Cookie".to_owned(), cookie));
        }
        response
    }

    /// Waits until somebody has signed in.
    ///
    /// # Errors
    /// `timeout` after `limit` or the life of the page, `closed` when the page was closed.
    pub async fn wait(&self, limit: Duration) -> Result<Account> {
        let mut outcome = self.shared.outcome.subscribe();
        let limit = limit.min(LIFE.saturating_sub(self.age()));
        let sleep = async {
            self.clock.sleep(limit).await;
            if matches!(self.shared.lock().phase, Phase::Working) {
                self.clock.sleep(GRACE).await;
            }
        };
        tokio::select! {
            biased;
            () = self.closed.cancelled() => Err(Error::new(code::CLOSED, "The sign-in page was closed.")
                .with_next_step("Press Sign in once more.")),
            done = outcome.wait_for(Option::is_some) => match done {
                Ok(account) => account.clone().ok_or_else(never_finished),
                Err(_) => Err(never_finished()),
            },
            () = sleep => Err(never_finished()),
        }
    }

    /// Ends the page and an attempt under way.
    pub fn close(&self) {
        self.closed.cancel();
        let mut state = self.shared.lock();
        state.start_over();
        state.link = None;
    }

    /// Gives the page to the first browser and refuses all others.
    fn bind(
        &self,
        state: &mut State,
        request: &PageRequest,
    ) -> Result<Option<Secret>, PageResponse> {
        let host = request.header("host").unwrap_or_default();
        let Some(bound) = &state.bound else {
            // Below the page its cookie would not come back to the page itself.
            if request.method != "GET" || request.path != self.path {
                return Err(view::message(405, "Not allowed", "This page has to be opened first."));
            }
            let cookie = Secret::new(token::<32>());
            state.bound = Some(Bound { cookie: cookie.clone(), host: host.to_owned() });
            return Ok(Some(cookie));
        };
        let carries = request
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
            .flat_map(|(_, line)| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(name, value)| name == self.cookie && same(value, bound.cookie.expose()));
        if carries {
            return Ok(None);
        }
        if !host.eq_ignore_ascii_case(&bound.host) {
            // The browser keeps cookies by host, so the same browser looks like another one here.
            return Err(view::message(
                421,
                "Opened at another address",
                &format!(
                    "This sign-in was begun at {}, and here it is {host}. Go on at the address where it was begun, or press Sign in once more to get a new page.",
                    bound.host
                ),
            ));
        }
        Err(view::message(
            403,
            "Opened elsewhere",
            "This sign-in belongs to the browser that opened it first. Press Sign in once more to get a new page.",
        ))
    }

    fn own_page(&self, request: &PageRequest) -> PageResponse {
        let mut state = self.shared.lock();
        match request.method.as_str() {
            "GET" | "HEAD" => {
                self.offer_link(&mut state);
                view::render(&state, self.site, unix_seconds(self.clock.now()))
            }
            "POST" => self.post(&mut state, &request.body),
            _ => view::message(
                405,
                "Not allowed",
                "This page is opened and its form is sent; nothing else.",
            ),
        }
    }

    fn post(&self, state: &mut State, body: &[u8]) -> PageResponse {
        if body.len() > LARGEST_BODY {
            return view::message(413, "Too large", "The form is larger than this page's own.");
        }
        let field = |wanted: &str| {
            url::form_urlencoded::parse(body)
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| Secret::new(value))
                .unwrap_or_default()
        };
        if !field("again").is_empty() {
            state.start_over();
        } else if state.is_idle() {
            match field("way").expose() {
                "link" => self.use_link(state, field("address")),
                "password" => {
                    field("email").expose().trim().clone_into(&mut state.email);
                    self.use_password(state, field("password"), &field("otp"));
                }
                "window" => {
                    if let Some(first) = self.open_window(state) {
                        return view::see(&first);
                    }
                }
                _ => {}
            }
        } else if matches!(state.phase, Phase::Asking(_)) {
            // The channel holds one answer, and there is one question at a time.
            let answer = field("answer");
            if state.answers.as_ref().is_some_and(|answers| answers.try_send(answer).is_ok()) {
                state.phase = Phase::Working;
            }
        }
        view::see(&self.segment())
    }

    async fn window(&self, request: &PageRequest) -> PageResponse {
        let window: Option<Arc<Window>> = self.shared.lock().window.clone();
        if let Some(window) = window {
            match window.relay(request).await {
                Relayed::Response(response) => return response,
                Relayed::Landed(code) => self.close_window(&mut self.shared.lock(), &window, code),
                Relayed::Stopped(error) => {
                    window.attempt().note_outcome(error.code().id()).await;
                    let failed = Phase::failed(&error);
                    let mut state = self.shared.lock();
                    if state.window.as_ref().is_some_and(|open| Arc::ptr_eq(open, &window)) {
                        state.start_over();
                        state.phase = failed;
                    }
                }
            }
        }
        // Back to our own page, which says how it goes on.
        let depth = request.path.get(self.path.len()..).unwrap_or_default().matches('/').count();
        view::see(&format!("{}{}", "../".repeat(depth), self.segment()))
    }

    /// The last segment of our path: relative addresses work below any prefix of a proxy.
    fn segment(&self) -> String {
        format!("./{}", self.path.rsplit('/').next().unwrap_or_default())
    }

    /// Nothing new begins after [`LIFE`], but what is under way may end.
    fn life(&self) -> Duration {
        let is_ending = matches!(self.shared.lock().phase, Phase::Working | Phase::Done { .. });
        if is_ending { LIFE + GRACE } else { LIFE }
    }

    fn age(&self) -> Duration {
        self.clock.now().duration_since(self.opened_at).unwrap_or_default()
    }
}

impl Drop for SignInPage {
    fn drop(&mut self) {
        self.close();
    }
}

/// Compares without telling by the time it takes where the difference is.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

fn never_finished() -> Error {
    Error::new(code::TIMEOUT, "Nobody signed in on the page in time.")
        .with_next_step("Press Sign in once more.")
}

#[cfg(test)]
mod tests;
