//! Keeps the board true while somebody watches: listens to events and reads lists when it is time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::TryFutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use super::book::Effects;
use super::conductor::{Conductor, Job};
use super::links::Name;
use crate::account::Account;
use crate::error::{Error, ErrorKind, Result};
use crate::push::rhythm::Steady;
use crate::push::stream::{self, Signal};

/// An event can be this much later than a list that told the same (*chosen*).
const EVENT_DELAY: f64 = 30.0;

/// A stream that is down for no longer is not worth a word (*chosen*).
const BRIEF: Duration = Duration::from_secs(10);

/// One round of watching, until nobody watches any more.
pub(crate) struct Watcher {
    account: Account,
    conductor: Mutex<Conductor>,
    /// What the conductor goes by: a clock that is put back must not keep anything from being read.
    time: Mutex<Steady>,
    /// The conductor has something new to decide, about devices and about what they do.
    poked: [Notify; 2],
    up_at: Mutex<Option<f64>>,
}

impl Watcher {
    pub(crate) fn new(account: Account) -> Self {
        let conductor = Conductor::new(0.0, account.board().has_devices());
        let time = Steady::new(account.live().http().clock().now());
        Self {
            account,
            conductor: Mutex::new(conductor),
            time: Mutex::new(time),
            poked: [Notify::new(), Notify::new()],
            up_at: Mutex::default(),
        }
    }

    /// Runs until the session is over. To be dropped when nobody watches.
    pub(crate) async fn run(self) {
        let mut on_signal = |signal| self.take(signal);
        let listening =
            Box::pin(stream::listen(self.account.live(), self.account.health(), &mut on_signal));
        let over = tokio::select! {
            over = listening => over,
            over = Box::pin(self.read(Job::is_of_state)) => over,
            over = Box::pin(self.read(Job::is_of_devices)) => over,
        };
        self.account.board().set_live(false);
        self.account.board().note_link(self.account.whole_seconds(), Name::Session, Some(&over));
    }

    /// Reads what is due of some lists until the session is over. A slow list of devices must not
    /// hold up what is heard.
    async fn read(&self, among: fn(Job) -> bool) -> Error {
        let mut was_away = false;
        loop {
            let (due, job) = self.conductor().next(among);
            let wait = due - self.now();
            if wait > 0.0 {
                let is_of_devices = among(Job::Devices);
                let [of_devices, of_state] = &self.poked;
                let poked = if is_of_devices { of_devices } else { of_state };
                let board = self.account.board();
                tokio::select! {
                    () = self.account.live().http().clock().sleep(seconds(wait)) => {}
                    () = poked.notified() => {}
                    () = board.absentees(), if is_of_devices => {
                        let now = self.now();
                        self.conductor().look_again(now);
                    }
                    () = board.newcomers(), if !is_of_devices => {
                        let now = self.now();
                        self.conductor().welcome(now);
                    }
                }
                continue;
            }
            self.conductor().begin(job);
            let outcome = self.carry_out(job).await;
            let now = self.now();
            match outcome {
                Ok(effects) => {
                    if std::mem::take(&mut was_away) {
                        self.account.health().note_network_back();
                    }
                    self.conductor().done(job, effects, now);
                    self.compare(effects, now);
                }
                Err(error) if error.ends_session() => return error,
                Err(error) => {
                    was_away |= matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout);
                    tracing::debug!(?job, %error, "a list could not be read");
                    let retry_after = error.retry_after().map(|wait| wait.as_secs_f64());
                    self.conductor().failed(job, retry_after, now);
                }
            }
            self.settle(now);
            self.poke();
        }
    }

    fn carry_out(&self, job: Job) -> BoxFuture<'_, Result<Effects>> {
        let account = &self.account;
        match job {
            Job::Devices => Box::pin(account.read_devices()),
            Job::Extras => Box::pin(account.devices(true).map_ok(|_| Effects::default())),
            Job::Sessions => Box::pin(account.read_sessions(Duration::ZERO)),
            Job::Volumes => Box::pin(account.read_volumes(Duration::ZERO)),
            Job::DoNotDisturb => Box::pin(account.read_do_not_disturb()),
        }
    }

    /// A list that tells what an event should have told: the stream may be deaf.
    fn compare(&self, effects: Effects, now: f64) {
        let up_at = *self.up_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_settled = up_at.is_some_and(|at| now - at > EVENT_DELAY);
        if effects.is_news && is_settled && self.account.board().is_live() {
            self.account.health().note_missed();
        }
    }

    /// What follows from the state of things for the next readings.
    fn settle(&self, now: f64) {
        let is_playing = self.account.board().is_playing();
        let is_live = {
            let mut conductor = self.conductor();
            conductor.set_playing(is_playing, now);
            conductor.is_live()
        };
        if is_live != self.account.board().is_live() {
            self.account.board().set_live(is_live);
        }
    }

    fn take(&self, signal: Signal) {
        let now = self.now();
        let board = self.account.board();
        let up_at = |at| *self.up_at.lock().unwrap_or_else(PoisonError::into_inner) = at;
        match signal {
            Signal::Up => {
                up_at(Some(now));
                self.conductor().came_up(now);
                board.note_link(self.account.whole_seconds(), Name::Push, None);
            }
            Signal::Down { error, retry_in } => {
                let was_up = self.conductor().went_down(now);
                up_at(None);
                board.set_live(false);
                // A stream that is made anew at once is no broken link.
                if !was_up || retry_in > BRIEF {
                    board.note_link(self.account.whole_seconds(), Name::Push, Some(&error));
                }
            }
            Signal::Events(events) => {
                let (at, amazon_ms) = (self.account.seconds(), self.account.amazon_milliseconds());
                let effects = board.apply(&events, at, amazon_ms);
                self.conductor().wants(effects, now);
            }
        }
        self.poke();
    }

    /// Seconds since the start.
    fn now(&self) -> f64 {
        let now = self.account.live().http().clock().now();
        self.time.lock().unwrap_or_else(PoisonError::into_inner).at(now).as_secs_f64()
    }

    fn poke(&self) {
        self.poked.iter().for_each(Notify::notify_one);
    }

    fn conductor(&self) -> MutexGuard<'_, Conductor> {
        self.conductor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(wait: f64) -> Duration {
    Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
}
