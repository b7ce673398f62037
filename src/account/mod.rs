//! The facade: one signed-in account, its devices and commands.

mod cached;
mod control;
mod readings;
mod status;
mod watch;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use self::cached::Cached;
use self::control::Control;
pub use self::status::SessionStatus;
use self::watch::Watchers;
use crate::api::devices::Device;
use crate::api::household::{Extras, Household};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result, code};
use crate::net::Http;
use crate::players::links::Name;
use crate::players::{Board, Effects};
use crate::push::home;
use crate::push::stream::Health;
use crate::session::key::KeySource;
use crate::session::store::blocking;
use crate::session::{Live, Store};
use crate::settings::Settings;

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountInfo {
    /// Customer id.
    pub customer_id: String,
    /// Name of the person.
    pub name: Option<String>,
    /// E-mail address as Amazon knows it.
    pub email: Option<String>,
    /// The account's own site, for example `amazon.de`.
    pub site: String,
    /// Name of this installation in the owner's device list.
    pub device_name: Option<String>,
    /// Serial of this installation.
    pub serial: String,
}

/// A signed-in account. Cheap to clone; all clones share one session.
#[derive(Clone)]
pub struct Account {
    inner: Arc<Inner>,
}

struct Inner {
    live: Live,
    key_source: KeySource,
    closed: CancellationToken,
    household: Cached<Arc<Household>>,
    /// The list without its extras, which is all that a command needs.
    outline: Cached<Arc<Household>>,
    volumes: Cached<Effects>,
    sessions: Cached<Effects>,
    board: Board,
    health: Health,
    watchers: Watchers,
    control: Control,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("site", &self.inner.live.site()).finish_non_exhaustive()
    }
}

impl Account {
    /// Brings back the account of a folder. Amazon is not asked: what is due is renewed on use.
    ///
    /// # Errors
    /// `no-session`, those of the key and the file, `bad-setting`.
    pub async fn open(folder: &Path, settings: &Settings) -> Result<Self> {
        Self::open_with(folder, settings, Arc::new(SystemClock)).await
    }

    /// [`Account::open`] with another clock.
    ///
    /// # Errors
    /// As [`Account::open`].
    pub async fn open_with(
        folder: &Path,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let http = Arc::new(Http::new(settings, clock)?);
        let store = Store::new(folder);
        let reader = store.clone();
        let (data, key_source) = blocking(move || reader.load()).await?;
        let account = Self::new(Live::new(http, store, data)?, key_source);
        account.restore_later();
        Ok(account)
    }

    pub(crate) fn new(live: Live, key_source: KeySource) -> Self {
        let board = Board::new(live.http().now());
        board.set_silenced(live.kept().with(|data| data.muted.keys().cloned().collect()));
        let inner = Inner {
            live,
            key_source,
            closed: CancellationToken::new(),
            household: Cached::default(),
            outline: Cached::default(),
            volumes: Cached::default(),
            sessions: Cached::default(),
            board,
            health: Health::default(),
            watchers: Watchers::default(),
            control: Control::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Who is signed in.
    pub fn info(&self) -> AccountInfo {
        self.inner.live.kept().with(|data| AccountInfo {
            customer_id: data.customer_id.clone(),
            name: data.name.clone(),
            email: data.email.clone(),
            site: data.site.clone(),
            device_name: data.device_name.clone(),
            serial: data.serial.clone(),
        })
    }

    /// All devices by serial; from memory unless `refresh`, or nothing was read yet.
    ///
    /// # Errors
    /// Those of the session.
    pub async fn devices(&self, refresh: bool) -> Result<Vec<Arc<Device>>> {
        let household = self.household(if refresh { Some(Duration::ZERO) } else { None }).await?;
        Ok(household.all().cloned().collect())
    }

    /// All devices by serial, without model names and languages unless they are known already: one
    /// request at the most, or exactly one with `refresh`.
    ///
    /// # Errors
    /// Those of the session.
    pub async fn outline(&self, refresh: bool) -> Result<Vec<Arc<Device>>> {
        if refresh {
            self.read_devices().await?;
        }
        Ok(self.any_household().await?.all().cloned().collect())
    }

    /// The host that tells what happens on the devices; asked for once and then remembered.
    ///
    /// # Errors
    /// Those of the session, `forbidden`, `foreign-host`.
    pub async fn push_host(&self) -> Result<String> {
        self.open_for(home::host(&self.inner.live)).await
    }

    /// Forgets that host, so that the next one who needs it asks anew.
    pub fn forget_push_host(&self) {
        home::forget(&self.inner.live);
    }

    /// Removes this installation at Amazon, then the session file. When Amazon cannot be reached
    /// nothing is removed; when it has ended the session already, only the file goes.
    ///
    /// # Errors
    /// Those of the session, `store-write`.
    pub async fn sign_out(&self) -> Result<()> {
        // On a task of its own: a caller that goes away must not part the two steps.
        let account = self.clone();
        tokio::spawn(async move { account.sign_out_whole().await }).await.map_err(|error| {
            Error::new(code::CLOSED, "The sign-out was cut off.").with_source(error)
        })?
    }

    async fn sign_out_whole(&self) -> Result<()> {
        let kept = self.inner.live.kept();
        let (store, enrolment) = (kept.store().clone(), kept.with(|data| data.enrolment.clone()));
        // The keyring may take its time.
        let looking = blocking(move || Ok(store.has_session() && !store.holds(&enrolment)));
        if looking.await? {
            // It is the same device at Amazon: removing it would end the newer session.
            return Err(Error::new(
                code::SESSION_REPLACED,
                "A newer sign-in took the place of this session.",
            ));
        }
        match self.open_for(self.inner.live.deregister()).await {
            Ok(()) => {}
            // Whoever wants to sign out need not wait for the second refusal.
            Err(error)
                if error.kind() == ErrorKind::SignInRequired
                    || error.code() == code::TOKEN_REFUSED =>
            {
                tracing::info!("the session had ended already, only its file is removed");
            }
            Err(error) => return Err(error),
        }
        self.inner.closed.cancel();
        self.inner.live.wipe().await
    }

    /// Ends all calls under way and saves the session. Later calls fail with `closed`.
    pub async fn close(&self) {
        if !self.inner.closed.is_cancelled() {
            self.inner.closed.cancel();
            self.inner.live.save_changes().await;
        }
    }

    /// The device list, at most `max_age` old; any age will do for `None`.
    async fn household(&self, max_age: Option<Duration>) -> Result<Arc<Household>> {
        self.list(&self.inner.household, max_age, Extras::Wanted).await
    }

    async fn list(
        &self,
        cached: &Cached<Arc<Household>>,
        max_age: Option<Duration>,
        extras: Extras,
    ) -> Result<Arc<Household>> {
        let reading = Box::pin(async {
            let started = self.seconds();
            let mut household = Household::read(&self.inner.live, extras).await?;
            self.confirm_customer(&household);
            if let Some(before) = self.board().household() {
                household.take_extras_of(&before);
            }
            let household = Arc::new(household);
            self.board().take_devices(&household, started, self.seconds());
            Ok(household)
        });
        let list = self.open_for(cached.get(max_age, || self.now(), reading)).await;
        self.noted(Name::Devices, list).map(|list| Arc::clone(&*list))
    }

    /// The owner of our own device is the customer, for sure.
    fn confirm_customer(&self, household: &Household) {
        self.inner.live.kept().with(|data| {
            let owner = household.get(&data.serial).and_then(|device| device.owner.clone());
            if let Some(owner) = owner.filter(|_| data.customer_is_guess) {
                data.customer_id = owner;
                data.customer_is_guess = false;
            }
        });
    }

    /// Runs a call unless and until the account is closed.
    ///
    /// Boxed, so that the futures handed to callers stay small.
    async fn open_for<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let call = Box::pin(call);
        tokio::select! {
            biased;
            () = self.inner.closed.cancelled() => {
                Err(Error::new(code::CLOSED, "The account was closed."))
            }
            result = call => result.inspect_err(|error| {
                // Whatever was being done, this is about the session.
                if error.kind() == ErrorKind::SignInRequired
                    || error.code() == code::SESSION_REPLACED
                {
                    self.board().note_link(self.whole_seconds(), Name::Session, Some(error));
                }
            }),
        }
    }

    /// What is known about the players.
    pub(crate) fn board(&self) -> &Board {
        &self.inner.board
    }

    /// What is known about the stream of events.
    pub(crate) fn health(&self) -> &Health {
        &self.inner.health
    }

    /// The session underneath.
    pub(crate) fn live(&self) -> &Live {
        &self.inner.live
    }

    fn now(&self) -> SystemTime {
        self.inner.live.http().clock().now()
    }
}
