//! Our own sign-in page, served on a one-time route of somebody else's web server.
//!
//! The host only hands requests over. The path cannot be guessed, belongs to the browser that opens
//! it first, and lives ten minutes. What is typed is used for this sign-in and kept nowhere.

mod view;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::enrolment::{Enrolment, Progress};
use super::flow::Question;
use super::identity::token;
use super::stage::Stage;
use crate::account::Account;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result, code};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::site::Site;

/// How long a page can be used (*chosen*).
const LIFE: Duration = Duration::from_secs(600);
/// Attempts per page, so that a mistyped password does not lock the Amazon account (*chosen*).
const MOST_ATTEMPTS: u8 = 5;
/// Largest form that is read.
const LARGEST_BODY: usize = 16 * 1024;

/// A request as the host received it.
pub struct PageRequest {
    /// Method, upper case.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Zeroizing<Vec<u8>>,
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

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    outcome: watch::Sender<Option<Account>>,
}

#[derive(Default)]
struct State {
    /// Value of the cookie of the browser that opened the page first.
    bound: Option<Secret>,
    phase: Phase,
    email: String,
    attempts: u8,
    stage: Stage,
    answers: Option<mpsc::Sender<Secret>>,
}

#[derive(Default)]
enum Phase {
    /// The form, with what went wrong last time.
    #[default]
    Form,
    Failed(Failure),
    Working,
    Asking(Question),
    Done {
        name: Option<String>,
        site: String,
    },
}

/// What a page says about a failed attempt.
struct Failure {
    code: &'static str,
    message: String,
    next_step: String,
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

    /// The path of the page: the base path and an unguessable segment.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is being done, as a sentence without a full stop; empty before the first attempt.
    pub fn stage(&self) -> String {
        self.lock().stage.get()
    }

    /// Answers one request. Must be called inside a tokio runtime.
    pub fn handle(&self, request: &PageRequest) -> PageResponse {
        if self.closed.is_cancelled() || self.age() >= LIFE {
            return view::message(
                410,
                "This page is over",
                "Press Sign in once more to get a new one.",
            );
        }
        if request.path != self.path {
            return view::message(404, "Not found", "There is nothing at this address.");
        }
        let mut state = self.lock();
        let new_cookie = match self.bind(&mut state, request) {
            Ok(new_cookie) => new_cookie,
            Err(response) => return response,
        };
        let mut response = match request.method.as_str() {
            "GET" | "HEAD" => view::render(&state, self.site),
            "POST" => self.post(&mut state, &request.body),
            _ => view::message(
                405,
                "Not allowed",
                "This page is opened and its form is sent; nothing else.",
            ),
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
        tokio::select! {
            biased;
            () = self.closed.cancelled() => Err(Error::new(code::CLOSED, "The sign-in page was closed.")
                .with_next_step("Press Sign in once more.")),
            done = outcome.wait_for(Option::is_some) => match done {
                Ok(account) => account.clone().ok_or_else(never_finished),
                Err(_) => Err(never_finished()),
            },
            () = self.clock.sleep(limit) => Err(never_finished()),
        }
    }

    /// Ends the page and an attempt under way.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Gives the page to the first browser and refuses all others.
    fn bind(
        &self,
        state: &mut State,
        request: &PageRequest,
    ) -> Result<Option<Secret>, PageResponse> {
        let Some(bound) = &state.bound else {
            if request.method != "GET" {
                return Err(view::message(405, "Not allowed", "This page has to be opened first."));
            }
            let value = Secret::new(token::<32>());
            state.bound = Some(value.clone());
            return Ok(Some(value));
        };
        let carries = request
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
            .flat_map(|(_, line)| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(name, value)| name == self.cookie && same(value, bound.expose()));
        if carries {
            return Ok(None);
        }
        Err(view::message(
            403,
            "Opened elsewhere",
            "This sign-in belongs to the browser that opened it first. Press Sign in once more to get a new page.",
        ))
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
        match &state.phase {
            Phase::Form | Phase::Failed(_) => {
                field("email").expose().trim().clone_into(&mut state.email);
                self.start(state, field("password"), &field("otp"));
            }
            Phase::Asking(_) => {
                // The channel holds one answer, and there is one question at a time.
                let taken = state
                    .answers
                    .as_ref()
                    .is_some_and(|answers| answers.try_send(field("answer")).is_ok());
                if taken {
                    state.phase = Phase::Working;
                }
            }
            Phase::Working | Phase::Done { .. } => {}
        }
        view::see(&self.path)
    }

    fn start(&self, state: &mut State, password: Secret, one_time: &Secret) {
        if state.attempts >= MOST_ATTEMPTS {
            state.phase = Phase::Failed(Failure {
                code: code::TOO_MANY_PAGES.id(),
                message: format!("{MOST_ATTEMPTS} attempts failed on this page."),
                next_step: code::TOO_MANY_PAGES.next_step().to_owned(),
            });
            return;
        }
        let enrolment = Enrolment::with_clock(
            &self.folder,
            self.site,
            Secret::new(state.email.as_str()),
            password,
            Some(one_time),
            &self.settings,
            Arc::clone(&self.clock),
        );
        match enrolment {
            Err(error) => state.phase = Phase::failed(&error),
            Ok(enrolment) => {
                let (sender, receiver) = mpsc::channel(1);
                state.attempts += 1;
                state.stage = enrolment.stage();
                state.answers = Some(sender);
                state.phase = Phase::Working;
                tokio::spawn(run(
                    Arc::clone(&self.shared),
                    enrolment,
                    receiver,
                    self.closed.clone(),
                ));
            }
        }
    }

    fn age(&self) -> Duration {
        self.clock.now().duration_since(self.opened_at).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Drop for SignInPage {
    fn drop(&mut self) {
        self.closed.cancel();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Phase {
    fn failed(error: &Error) -> Self {
        Self::Failed(Failure {
            code: error.code().id(),
            message: error.message().to_owned(),
            next_step: error.next_step().to_owned(),
        })
    }
}

/// Drives one attempt to its end, or until the page is closed.
async fn run(
    shared: Arc<Shared>,
    mut enrolment: Enrolment,
    mut answers: mpsc::Receiver<Secret>,
    closed: CancellationToken,
) {
    let attempt = async {
        let mut answer = None;
        loop {
            match enrolment.advance(answer.take()).await? {
                Progress::Done(account) => return Ok(account),
                Progress::Question(question) => shared.lock().phase = Phase::Asking(question),
            }
            answer = answers.recv().await;
        }
    };
    let result: Option<Result<Account>> = tokio::select! {
        biased;
        () = closed.cancelled() => None,
        result = attempt => Some(result),
    };
    match result {
        None => {}
        Some(Err(error)) => {
            tracing::info!(code = error.code().id(), "sign-in by page failed");
            shared.lock().phase = Phase::failed(&error);
        }
        Some(Ok(account)) => {
            let info = account.info();
            shared.lock().phase = Phase::Done { name: info.name, site: info.site };
            shared.outcome.send_replace(Some(account));
        }
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
#[path = "tests.rs"]
mod tests;
