//! The attempts behind the page: one at a time, each on a task of its own.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::SignInPage;
use super::state::{Phase, Shared, State, Way};
use crate::account::Account;
use crate::auth::attempt::Attempt;
use crate::auth::enrolment::{Enrolment, Progress};
use crate::auth::link::LinkSignIn;
use crate::auth::window::Window;
use crate::error::{Error, Result, code};
use crate::secret::Secret;

/// Attempts with a password per page, so that a mistyped one does not lock the Amazon account
/// (*chosen*).
pub(super) const MOST_ATTEMPTS: u8 = 5;

impl SignInPage {
    /// Has a link ready to show.
    pub(super) fn offer_link(&self, state: &mut State) {
        if state.link.is_some() || !state.is_idle() {
            return;
        }
        let clock = Arc::clone(&self.clock);
        match LinkSignIn::with_clock(&self.folder, self.site, &self.settings, clock) {
            Ok(link) => state.link = Some(link),
            Err(error) => state.phase = Phase::failed(&error),
        }
    }

    /// Signs in with a pasted address.
    pub(super) fn use_link(&self, state: &mut State, address: Secret) {
        let work = state.begin(Way::Link);
        let Some(mut link) = state.link.take() else { return };
        state.stage = link.stage();
        state.trail = link.trail();
        state.phase = Phase::Working;
        let shared = Arc::clone(&self.shared);
        self.spawn(work.clone(), async move {
            let result = link.finish(&address).await;
            let mut state = shared.lock();
            if !work.is_cancelled() {
                state.warning = link.warning();
                state.link = Some(link);
            }
            drop(state);
            result
        });
    }

    /// Opens the guided window; the address of its first page, relative to this one.
    pub(super) fn open_window(&self, state: &mut State) -> Option<String> {
        state.begin(Way::Window);
        let made = Attempt::new(&self.folder, self.site, &self.settings, Arc::clone(&self.clock))
            .and_then(|attempt| {
                let window = Window::new(attempt, &self.path);
                let first = window.first()?;
                Ok((window, first))
            });
        match made {
            Ok((window, first)) => {
                state.stage = window.attempt().stage.clone();
                state.trail = window.attempt().trail.clone();
                state.window = Some(Arc::new(window));
                state.phase = Phase::Window;
                Some(first)
            }
            Err(error) => {
                state.phase = Phase::failed(&error);
                None
            }
        }
    }

    /// Goes on with the code that the guided window landed with.
    pub(super) fn close_window(&self, state: &mut State, window: &Arc<Window>, code: Secret) {
        if !state.window.as_ref().is_some_and(|open| Arc::ptr_eq(open, window)) {
            return;
        }
        let work = state.begin(Way::Window);
        state.phase = Phase::Working;
        let window = Arc::clone(window);
        self.spawn(work, async move { window.attempt().settle(code).await });
    }

    /// Signs in with e-mail address and password.
    pub(super) fn use_password(&self, state: &mut State, password: Secret, one_time: &Secret) {
        let work = state.begin(Way::Password);
        if state.attempts >= MOST_ATTEMPTS {
            let message = format!("{MOST_ATTEMPTS} attempts failed on this page.");
            state.phase = Phase::failed(&Error::new(code::TOO_MANY_PAGES, message));
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
                state.trail = enrolment.trail();
                state.answers = Some(sender);
                state.phase = Phase::Working;
                let shared = Arc::clone(&self.shared);
                self.spawn(work.clone(), converse(shared, work, enrolment, receiver));
            }
        }
    }

    /// Does work until it ends, is called off, or the page is closed.
    fn spawn(
        &self,
        work: CancellationToken,
        attempt: impl Future<Output = Result<Account>> + Send + 'static,
    ) {
        let shared = Arc::clone(&self.shared);
        let closed = self.closed.clone();
        tokio::spawn(async move {
            let result = tokio::select! {
                biased;
                () = closed.cancelled() => return,
                () = work.cancelled() => return,
                result = attempt => result,
            };
            // Not while the lock is held: it is logged, and whoever takes the log down may be waiting
            // for the lock, as when Python drops the page.
            let phase = result.as_ref().map_or_else(Phase::failed, Phase::done);
            let mut state = shared.lock();
            if work.is_cancelled() {
                return;
            }
            state.phase = phase;
            if let Ok(account) = result {
                shared.outcome.send_replace(Some(account));
            }
        });
    }
}

/// Drives one attempt with a password, asking on the page what has to be asked.
async fn converse(
    shared: Arc<Shared>,
    work: CancellationToken,
    mut enrolment: Enrolment,
    mut answers: mpsc::Receiver<Secret>,
) -> Result<Account> {
    let mut answer = None;
    loop {
        let progress = enrolment.advance(answer.take()).await;
        {
            let mut state = shared.lock();
            if !work.is_cancelled() {
                state.warning = enrolment.warning();
            }
            match progress? {
                Progress::Done(account) => return Ok(account),
                Progress::Question(question) if !work.is_cancelled() => {
                    state.phase = Phase::Asking(question);
                }
                Progress::Question(_) => {}
            }
        }
        answer = answers.recv().await;
        if answer.is_none() {
            return Err(Error::new(code::CLOSED, "The sign-in was called off."));
        }
    }
}
