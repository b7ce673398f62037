//! Reading the lists of an account onto its board, each by one at a time.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::Account;
use crate::api::household::Extras;
use crate::api::{Household, PlayerState, readings};
use crate::error::{ErrorKind, Result};
use crate::players::Effects;
use crate::players::links::Name;

impl Account {
    /// State of all players. Read at most `max_age` ago, unless events tell every change. One of the
    /// two lists behind it may be missing: what it would have told stays as it was.
    ///
    /// # Errors
    /// Those of the device list, and when neither of the two lists could be had.
    pub async fn states(&self, max_age: Duration) -> Result<Vec<PlayerState>> {
        self.any_household().await?;
        if !self.board().is_live() {
            let both = tokio::join!(self.read_volumes(max_age), self.read_sessions(max_age));
            match both {
                (Err(error), Err(_)) => return Err(error),
                (Err(error), _) | (_, Err(error)) if error.kind() == ErrorKind::SignInRequired => {
                    return Err(error);
                }
                (Err(error), _) | (_, Err(error)) => {
                    tracing::warn!(%error, "part of the state is missing");
                }
                _ => {}
            }
        }
        Ok(self.board().states())
    }

    /// Reads the volumes unless that was done within `max_age`.
    pub(crate) async fn read_volumes(&self, max_age: Duration) -> Result<Effects> {
        let reading = Box::pin(async {
            let started = self.seconds();
            let list = readings::volumes(self.live()).await?;
            Ok(self.board().take_volumes(&list, started, self.seconds()))
        });
        let cached = self.inner.volumes.get(Some(max_age), || self.now(), reading);
        self.noted(Name::Volumes, self.open_for(cached).await.map(|effects| *effects))
    }

    /// Reads what is loaded unless that was done within `max_age`.
    pub(crate) async fn read_sessions(&self, max_age: Duration) -> Result<Effects> {
        let household = self.any_household().await?;
        let reading = Box::pin(async {
            let started = self.seconds();
            let list = readings::sessions(self.live(), &household, self.board().unit()).await?;
            Ok(self.board().take_sessions(list, started, self.seconds()))
        });
        let cached = self.inner.sessions.get(Some(max_age), || self.now(), reading);
        self.noted(Name::Sessions, self.open_for(cached).await.map(|effects| *effects))
    }

    /// Reads which devices were told not to disturb.
    pub(crate) async fn read_do_not_disturb(&self) -> Result<Effects> {
        let started = self.seconds();
        let list = self.open_for(readings::do_not_disturb(self.live())).await?;
        self.board().take_do_not_disturb(&list, started, self.seconds());
        Ok(Effects::default())
    }

    /// Has [`Account::states`] tell which devices were told not to disturb. Not needed while somebody
    /// watches.
    ///
    /// # Errors
    /// Those of the session.
    pub async fn refresh_do_not_disturb(&self) -> Result<()> {
        self.any_household().await?;
        self.read_do_not_disturb().await.map(drop)
    }

    /// Reads the list of devices in one request; models and languages stay as they were.
    pub(crate) async fn read_devices(&self) -> Result<Effects> {
        self.list(&self.inner.outline, Some(Duration::ZERO), Extras::Unneeded).await?;
        // Who was not in it is told by the board, whoever asked for the list.
        Ok(Effects::default())
    }

    /// Notes on the board how a link held.
    pub(super) fn noted<T>(&self, name: Name, outcome: Result<T>) -> Result<T> {
        self.board().note_link(self.whole_seconds(), name, outcome.as_ref().err());
        outcome
    }

    /// Any list of devices there is, or one without model names and languages.
    pub(super) async fn any_household(&self) -> Result<Arc<Household>> {
        match self.board().household() {
            Some(household) => Ok(household),
            None => self.list(&self.inner.outline, None, Extras::Unneeded).await,
        }
    }

    /// Unix seconds of now.
    pub(crate) fn seconds(&self) -> f64 {
        self.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
    }

    /// The same without a fraction.
    pub(crate) fn whole_seconds(&self) -> u64 {
        self.live().http().now()
    }

    /// Amazon's time of now in milliseconds since 1970, as far as it is known.
    pub(crate) fn amazon_milliseconds(&self) -> u64 {
        self.live().http().amazon_now().saturating_mul(1_000)
    }
}
