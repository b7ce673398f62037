//! What every Echo plays of ours, and what is done about it.

mod answers;
pub(crate) mod cue;
mod deck;
#[cfg(test)]
mod deck_tests;
mod feed;
mod happening;
mod launch;
mod numbers;
mod orders;
mod pairing;
mod record;
mod slots;
mod sources;
mod time;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{Notify, oneshot, watch};
use tokio_util::sync::CancellationToken;

pub(crate) use self::deck::Deck;

use self::feed::Feed;
pub use self::feed::GatewayWatch;
use self::record::DeckRecord;
pub use self::record::GatewayData;
use self::slots::Slots;
use crate::Account;
use crate::auth::identity::token;
use crate::clock::Clock;
use crate::error::Error;
use crate::gateway::event::{GatewayEvent, SkillDevice, Stage, Trouble};
use crate::gateway::item::Item;
use crate::gateway::media::Media;
use crate::gateway::settings::GatewaySettings;
use crate::gateway::signer::Signer;

/// Seconds between two reminders of a wrong clock (*chosen*).
const CLOCK_REMINDER: u64 = 3_600;

/// All Echos of an account, as the skill sees them.
pub(crate) struct Stages {
    account: Account,
    settings: GatewaySettings,
    signer: Signer,
    clock: Arc<dyn Clock>,
    media: OnceLock<Media>,
    slots: Slots,
    feed: Feed,
    state: Mutex<State>,
    /// Counts changes, for whoever waits for one.
    version: watch::Sender<u64>,
    /// One launch at a time: that is how it is known who answers it.
    launching: tokio::sync::Mutex<()>,
    unsaved: Notify,
    closed: CancellationToken,
}

#[derive(Default)]
struct State {
    decks: BTreeMap<String, Deck>,
    pairings: pairing::Pairings,
    told: BTreeMap<String, Stage>,
    asked: u64,
    /// When it was told last that the clock is wrong, in seconds since 1970.
    clock_told: u64,
    /// What the source of a sound did last instead of giving it, by serial.
    source_failures: BTreeMap<String, String>,
    /// Where the host's answers about lost addresses go.
    sources: BTreeMap<u64, oneshot::Sender<Option<Item>>>,
}

impl State {
    fn deck(&mut self, serial: &str) -> &mut Deck {
        self.decks.entry(serial.to_owned()).or_insert_with(|| Deck::new(serial))
    }
}

impl Stages {
    /// Takes up what was left by an earlier run.
    pub(crate) fn new(account: &Account, settings: GatewaySettings) -> Arc<Self> {
        let clock = Arc::clone(account.live().http().clock());
        let now = clock.now();
        let data = account.live().kept().with(|data| {
            if data.gateway.key.is_empty() {
                data.gateway.key = token::<32>().into();
            }
            data.gateway.clone()
        });
        let decks = data.decks.into_iter().map(|(serial, record)| {
            let deck = record.deck(&serial, now);
            (serial, deck)
        });
        let state = State { decks: decks.collect(), pairings: data.pairings, ..State::default() };
        let stages = Arc::new(Self {
            account: account.clone(),
            settings,
            signer: Signer::new(data.key),
            clock,
            media: OnceLock::new(),
            slots: Slots::default(),
            feed: Feed::default(),
            state: Mutex::new(state),
            version: watch::Sender::new(0),
            launching: tokio::sync::Mutex::new(()),
            unsaved: Notify::new(),
            closed: CancellationToken::new(),
        });
        stages.save_later();
        tokio::spawn(Arc::clone(&stages).keep_time());
        tokio::spawn(Arc::clone(&stages).keep_saved());
        tokio::spawn(Arc::clone(&stages).look_after_start());
        stages
    }

    /// Where sound and pictures are given out.
    pub(crate) fn set_media(&self, media: Media) {
        let _ = self.media.set(media);
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// Tells what there is to tell from now on, beginning with how everything is.
    pub(crate) fn watch(&self) -> GatewayWatch {
        let start: Vec<_> = {
            let state = self.lock();
            let stages = state.decks.values().map(|deck| GatewayEvent::Stage(self.stamped(deck)));
            stages.chain([GatewayEvent::Pairings(state.pairings.list())]).collect()
        };
        self.feed.join(start)
    }

    /// What each Echo does with the music of this gateway.
    pub(crate) fn stages(&self) -> Vec<Stage> {
        self.lock().decks.values().map(|deck| self.stamped(deck)).collect()
    }

    pub(crate) fn pairings(&self) -> Vec<SkillDevice> {
        self.lock().pairings.list()
    }

    /// A person says which Echo a device of the skill is; false if there is no such device.
    pub(crate) fn pair(&self, device: &str, serial: Option<&str>) -> bool {
        let is_known = self.lock().pairings.choose(device, serial);
        self.tell_pairings();
        is_known
    }

    /// Ends all that goes on by itself. The Echos go on with what they have.
    pub(crate) async fn close(&self) {
        self.closed.cancel();
        self.feed.close();
        self.keep_all();
        self.account.live().save_changes().await;
    }

    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn seconds(&self) -> u64 {
        crate::clock::unix_seconds(self.now())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a deck, and tells and keeps what is different then.
    fn change<T>(&self, serial: &str, change: impl FnOnce(&mut Deck, SystemTime) -> T) -> T {
        let now = self.now();
        let mut state = self.lock();
        let result = change(state.deck(serial), now);
        let shown = self.stamped(state.deck(serial));
        let is_new = state.told.get(serial).is_none_or(|told| !is_same(told, &shown));
        if is_new {
            state.told.insert(serial.to_owned(), shown.clone());
        }
        let record = DeckRecord::of(state.deck(serial));
        drop(state);
        if is_new {
            self.feed.tell(&GatewayEvent::Stage(shown));
        }
        let is_kept = self.account.live().kept().with(|data| {
            let is_kept = data.gateway.decks.get(serial) == Some(&record);
            if !is_kept {
                data.gateway.decks.insert(serial.to_owned(), record);
            }
            is_kept
        });
        if !is_kept {
            self.save_later();
        }
        self.version.send_modify(|version| *version += 1);
        result
    }

    /// What a deck shows, with a time where it stands still.
    fn stamped(&self, deck: &Deck) -> Stage {
        let mut stage = deck.shown();
        if stage.updated_at == 0.0 {
            stage.updated_at = deck::unix(self.now());
        }
        stage
    }

    /// Waits until something holds; `None` if that takes longer than `limit`.
    async fn until<T>(
        &self,
        limit: Duration,
        mut holds: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let mut changes = self.version.subscribe();
        let mut over = self.clock.sleep(limit);
        loop {
            if let Some(result) = holds(&mut self.lock()) {
                return Some(result);
            }
            tokio::select! {
                changed = changes.changed() => changed.ok()?,
                () = &mut over => return holds(&mut self.lock()),
                () = self.closed.cancelled() => return None,
            }
        }
    }

    fn tell_pairings(&self) {
        let (list, pairings) = {
            let state = self.lock();
            (state.pairings.list(), state.pairings.clone())
        };
        self.account.live().kept().with(|data| data.gateway.pairings = pairings);
        self.save_later();
        self.feed.tell(&GatewayEvent::Pairings(list));
    }

    fn trouble(&self, serial: Option<&str>, error: Error) {
        tracing::warn!(code = error.code().id(), "{error}");
        let trouble = Trouble { serial: serial.map(str::to_owned), error: Arc::new(error) };
        self.feed.tell(&GatewayEvent::Trouble(trouble));
    }

    /// Tells once in an hour that the clock is wrong.
    pub(crate) fn clock_trouble(&self, error: Error) {
        let now = self.seconds();
        let is_new = {
            let mut state = self.lock();
            let is_new = now >= state.clock_told + CLOCK_REMINDER;
            if is_new {
                state.clock_told = now;
            }
            is_new
        };
        if is_new {
            self.trouble(None, error);
        }
    }

    fn keep_all(&self) {
        let (decks, pairings) = {
            let state = self.lock();
            let of = |(serial, deck): (&String, &Deck)| (serial.clone(), DeckRecord::of(deck));
            (state.decks.iter().map(of).collect(), state.pairings.clone())
        };
        self.account.live().kept().with(|data| {
            data.gateway.decks = decks;
            data.gateway.pairings = pairings;
        });
    }

    /// Has the session written soon; several changes at once are one writing.
    fn save_later(&self) {
        self.unsaved.notify_one();
    }

    async fn keep_saved(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = self.unsaved.notified() => self.account.live().save_changes().await,
                () = self.closed.cancelled() => return,
            }
        }
    }
}

/// Whether two stages say the same: what plays on as expected is no news.
fn is_same(a: &Stage, b: &Stage) -> bool {
    let moment = |stage: &Stage| match stage.playback {
        crate::gateway::StagePlayback::Playing => {
            Some(stage.updated_at - stage.position.unwrap_or_default())
        }
        _ => stage.position,
    };
    let close = match (moment(a), moment(b)) {
        (Some(a), Some(b)) => (a - b).abs() < 0.25,
        (None, None) => true,
        _ => false,
    };
    close && a.playback == b.playback && a.item == b.item && a.reason == b.reason
}
