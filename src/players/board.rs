//! The book, shared between tasks, with the feed that tells its changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::book::{Book, Effects};
use super::feed::{Change, Feed, Watch};
use super::links::{Links, Name};
use crate::api::media::Unit;
use crate::api::readings::{Sessions, Volume};
use crate::api::{Device, Household, Playback, PlayerState};
use crate::error::Error;
use crate::push::event::Event;

/// What every player does, as far as it is known. Times are Unix seconds.
#[derive(Debug)]
pub struct Board {
    inner: Mutex<Inner>,
    feed: Feed,
    /// Counts changes, for those who wait for one.
    version: watch::Sender<u64>,
    /// There are devices that no list of volumes or sessions was read for.
    newcomers: Notify,
    /// There are devices that the last list did not have.
    absentees: Notify,
}

#[derive(Debug)]
struct Inner {
    book: Book,
    links: Links,
    /// What was told last, by serial.
    told: BTreeMap<String, PlayerState>,
    has_devices: bool,
    /// Events arrive, and what happened before they did was read.
    is_live: bool,
}

impl Board {
    /// Nothing is known yet.
    pub fn new(now: u64) -> Self {
        let inner = Inner {
            book: Book::default(),
            links: Links::new(now),
            told: BTreeMap::new(),
            has_devices: false,
            is_live: false,
        };
        Self {
            inner: Mutex::new(inner),
            feed: Feed::default(),
            version: watch::Sender::new(0),
            newcomers: Notify::new(),
            absentees: Notify::new(),
        }
    }

    /// The state of one player.
    pub fn state(&self, serial: &str) -> Option<PlayerState> {
        self.lock().book.state(serial)
    }

    /// The states of all players by serial.
    pub fn states(&self) -> Vec<PlayerState> {
        self.lock().book.states().collect()
    }

    /// Whether anything plays.
    pub(crate) fn is_playing(&self) -> bool {
        self.lock().book.states().any(|state| state.playback == Playback::Playing)
    }

    /// Whether events tell every change at once.
    pub fn is_live(&self) -> bool {
        self.lock().is_live
    }

    /// Whether Amazon can reach a device, as far as is known since the last list.
    pub fn is_online(&self, device: &Arc<Device>) -> bool {
        let inner = self.lock();
        if inner.book.household().get(&device.serial).is_none() {
            return device.online;
        }
        inner.book.is_online(device)
    }

    /// Amazon's id of the session that is heard on a device.
    pub fn session_of(&self, serial: &str) -> Option<String> {
        self.lock().book.loaded(serial)?.id.clone()
    }

    /// The links of the account.
    pub fn links(&self) -> Links {
        self.lock().links.clone()
    }

    /// Waits until the state of a player fits. To be raced against a clock.
    pub async fn until(&self, serial: &str, wanted: impl Fn(&PlayerState) -> bool) {
        let mut version = self.version.subscribe();
        loop {
            version.mark_unchanged();
            if self.state(serial).is_some_and(|state| wanted(&state)) {
                return;
            }
            if version.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Tells that something changed, for those who wait for more than one state.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Somebody watches from now on.
    pub fn join(&self) -> Watch {
        let inner = self.lock();
        let mut start = vec![Change::Links(inner.links.clone())];
        if inner.has_devices {
            start.push(Change::Devices(inner.book.household().all().cloned().collect()));
        }
        start.extend(inner.told.values().cloned().map(Change::Player));
        self.feed.join(start)
    }

    /// Nothing more will be told.
    pub(crate) fn close(&self) {
        self.feed.close();
    }

    /// Whether a list of devices was read.
    pub(crate) fn has_devices(&self) -> bool {
        self.lock().has_devices
    }

    /// The devices as the last list had them, and those missing from it for the first time.
    pub fn household(&self) -> Option<Arc<Household>> {
        let inner = self.lock();
        inner.has_devices.then(|| Arc::clone(inner.book.household()))
    }

    /// Ready when there are devices whose volume nobody has asked for.
    pub(crate) async fn newcomers(&self) {
        self.newcomers.notified().await;
    }

    /// Ready when devices are shown that the last list did not have.
    pub(crate) async fn absentees(&self) {
        self.absentees.notified().await;
    }

    pub(crate) fn unit(&self) -> Unit {
        self.lock().book.unit()
    }

    /// Takes over events that came at once; `amazon_ms` is Amazon's time of now in milliseconds.
    /// Who watches is told once what became of them.
    pub fn apply(&self, events: &[Event], now: f64, amazon_ms: u64) -> Effects {
        let mut inner = self.lock();
        let mut all = Effects::default();
        let mut concerned = BTreeSet::new();
        for event in events {
            let (by_this, effects) = inner.book.apply(event, now, amazon_ms);
            concerned.extend(by_this);
            all = all.and(effects);
        }
        self.tell(inner, Some(&concerned), Vec::new());
        all
    }

    /// Takes over a list of devices whose reading began at `started`.
    pub fn take_devices(&self, household: &Arc<Household>, started: f64, now: f64) {
        let mut inner = self.lock();
        let before = Arc::clone(inner.book.household());
        inner.book.take_devices(household, started, now);
        let after = Arc::clone(inner.book.household());
        let is_news =
            !std::mem::replace(&mut inner.has_devices, true) || !before.all().eq(after.all());
        if is_news && after.all().any(|device| before.get(&device.serial).is_none()) {
            self.newcomers.notify_one();
        }
        if inner.book.misses_devices() {
            self.absentees.notify_one();
        }
        let list = || Change::Devices(after.all().cloned().collect());
        let changes = if is_news { vec![list()] } else { Vec::new() };
        self.tell(inner, None, changes);
    }

    /// Takes over a list of volumes; see [`crate::api::readings::volumes_of`].
    pub fn take_volumes(&self, list: &[Volume], started: f64, now: f64) -> Effects {
        let mut inner = self.lock();
        let effects = inner.book.take_volumes(list, started, now);
        self.tell(inner, None, Vec::new());
        effects
    }

    /// Takes over a list of sessions; see [`crate::api::readings::sessions_of`].
    pub fn take_sessions(&self, list: Sessions, started: f64, now: f64) -> Effects {
        let mut inner = self.lock();
        let effects = inner.book.take_sessions(list, started, now);
        self.tell(inner, None, Vec::new());
        effects
    }

    /// Takes over a list of devices that are, or are not, to be left in peace.
    pub fn take_do_not_disturb(&self, list: &[(String, bool)], started: f64, now: f64) {
        let mut inner = self.lock();
        inner.book.take_do_not_disturb(list, started, now);
        let concerned = list.iter().map(|(serial, _)| serial.clone()).collect();
        self.tell(inner, Some(&concerned), Vec::new());
    }

    /// A stop was carried out at our wish; `None` when something else is wanted since.
    pub(crate) fn note_stop(&self, serial: &str, stopped_at: Option<f64>) {
        let mut inner = self.lock();
        inner.book.note_stop(serial, stopped_at);
        self.tell(inner, None, Vec::new());
    }

    /// Which devices were silenced here by a volume of 0.
    pub(crate) fn set_silenced(&self, silenced: BTreeSet<String>) {
        let mut inner = self.lock();
        inner.book.set_silenced(silenced);
        self.tell(inner, None, Vec::new());
    }

    pub(crate) fn set_live(&self, is_live: bool) {
        self.lock().is_live = is_live;
        self.version.send_modify(|version| *version += 1);
    }

    /// Nobody listens for events any more.
    pub(crate) fn forget_push(&self, now: u64) {
        self.set_live(false);
        let mut inner = self.lock();
        if inner.links.forget_push(now) {
            let changes = vec![Change::Links(inner.links.clone())];
            self.tell(inner, Some(&BTreeSet::new()), changes);
        }
    }

    /// Notes how a use of one link went.
    pub(crate) fn note_link(&self, now: u64, name: Name, error: Option<&Error>) {
        let mut inner = self.lock();
        if inner.links.note(now, name, error) {
            let changes = vec![Change::Links(inner.links.clone())];
            self.tell(inner, Some(&BTreeSet::new()), changes);
        }
    }

    /// Tells what is different now among some or all players.
    fn tell(
        &self,
        mut inner: MutexGuard<'_, Inner>,
        concerned: Option<&BTreeSet<String>>,
        mut changes: Vec<Change>,
    ) {
        let states: Vec<_> = match concerned {
            Some(serials) => serials.iter().filter_map(|serial| inner.book.state(serial)).collect(),
            None => inner.book.states().collect(),
        };
        if concerned.is_none() {
            let household = Arc::clone(inner.book.household());
            inner.told.retain(|serial, _| household.get(serial).is_some_and(|d| d.is_player));
        }
        for state in states {
            if inner.told.get(&state.serial) != Some(&state) {
                inner.told.insert(state.serial.clone(), state.clone());
                changes.push(Change::Player(state));
            }
        }
        // Under the lock, so that nobody is told an older state after a newer one.
        self.feed.tell(&changes);
        drop(inner);
        self.version.send_modify(|version| *version += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
