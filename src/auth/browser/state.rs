//! Where a sign-in by page stands.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::account::Account;
use crate::auth::link::LinkSignIn;
use crate::auth::question::Question;
use crate::auth::stage::Stage;
use crate::auth::trail::Trail;
use crate::auth::window::Window;
use crate::error::Error;
use crate::secret::Secret;

/// What the requests and the work behind them share.
#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) outcome: watch::Sender<Option<Account>>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
pub(super) struct State {
    /// The browser that opened the page first.
    pub(super) bound: Option<Bound>,
    pub(super) phase: Phase,
    /// The way that was chosen last.
    pub(super) way: Way,
    pub(super) email: String,
    /// Attempts with a password.
    pub(super) attempts: u8,
    pub(super) stage: Stage,
    pub(super) trail: Trail,
    /// Something the person should know although the sign-in goes on.
    pub(super) warning: Option<String>,
    pub(super) answers: Option<mpsc::Sender<Secret>>,
    /// The link on offer; away while its address is being used.
    pub(super) link: Option<LinkSignIn>,
    pub(super) window: Option<Arc<Window>>,
    /// Ends the work under way.
    pub(super) work: CancellationToken,
}

/// How the page knows its browser.
pub(super) struct Bound {
    /// Value of its cookie.
    pub(super) cookie: Secret,
    /// The host it was opened under.
    pub(super) host: String,
}

/// The ways to sign in, the one that always works first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Way {
    #[default]
    Link,
    Window,
    Password,
}

#[derive(Default)]
pub(super) enum Phase {
    /// The choice of the way.
    #[default]
    Choice,
    /// The same, with what went wrong last time.
    Failed(Failure),
    /// The guided window is open.
    Window,
    Working,
    Asking(Question),
    Done {
        name: Option<String>,
        site: String,
    },
}

/// What a page says about a failed attempt.
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) next_step: String,
}

impl Phase {
    pub(super) fn failed(error: &Error) -> Self {
        tracing::info!(code = error.code().id(), "sign-in by page failed");
        Self::Failed(Failure {
            code: error.code().id(),
            message: error.message().to_owned(),
            next_step: error.next_step().to_owned(),
        })
    }

    pub(super) fn done(account: &Account) -> Self {
        let info = account.info();
        Self::Done { name: info.name, site: info.site }
    }
}

impl State {
    /// Whether a new attempt may begin.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Choice | Phase::Failed(_) | Phase::Window)
    }

    /// Ends what is under way and goes back to the choice.
    pub(super) fn start_over(&mut self) {
        if matches!(self.phase, Phase::Done { .. }) {
            return;
        }
        self.work.cancel();
        self.window = None;
        self.answers = None;
        self.warning = None;
        self.phase = Phase::Choice;
    }

    /// Begins work; what was under way before is over.
    pub(super) fn begin(&mut self, way: Way) -> CancellationToken {
        self.start_over();
        self.way = way;
        self.work = CancellationToken::new();
        self.work.clone()
    }
}
