//! A board of players under observation: its values are possible ones, what was known is not lost,
//! and whoever watches, however seldom, sees what is true.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use http::HeaderMap;
use mass_alexa::api::media::Unit;
use mass_alexa::api::{Device, Household, readings};
use mass_alexa::net::Answer;
use mass_alexa::players::{Board, Effects};
use mass_alexa::push::event;
use mass_alexa::{Change, DeviceKind, PlayerState, Watch};
use serde_json::Value;
use url::Url;

/// What an input was good for; the corpus test makes sure that there is something of everything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Statements that changed the state of a player.
    pub(crate) changes: usize,
    pub(crate) players: usize,
    pub(crate) playing: usize,
    /// Statements after which this list has to be read.
    pub(crate) sessions: usize,
    pub(crate) volumes: usize,
    pub(crate) devices: usize,
}

/// A board with somebody who watches each change, and somebody who looks up at the end only.
pub(crate) struct Scene {
    pub(crate) now: f64,
    board: Board,
    unit: Unit,
    quick: Eyes,
    slow: Eyes,
    before: BTreeMap<String, PlayerState>,
    alone: BTreeSet<String>,
    outcome: Outcome,
}

impl Scene {
    pub(crate) fn new(now: f64) -> Self {
        let board = Board::new(now as u64);
        let (quick, slow) = (Eyes::on(&board), Eyes::on(&board));
        Self {
            now,
            board,
            unit: Unit::default(),
            quick,
            slow,
            before: BTreeMap::new(),
            alone: BTreeSet::new(),
            outcome: Outcome::default(),
        }
    }

    pub(crate) fn devices(&mut self, household: Household) {
        check_household(&household);
        self.board.take_devices(&Arc::new(household), self.now - 1.0, self.now);
        self.check(Effects::default());
    }

    pub(crate) fn volumes(&mut self, answer: &Value) {
        let list = readings::volumes_of(answer);
        let effects = self.board.take_volumes(&list, self.now - 1.0, self.now);
        self.check(effects);
    }

    pub(crate) fn sessions(&mut self, answer: &Value) {
        let list = readings::sessions_of(answer, self.unit);
        self.unit = list.unit;
        let effects = self.board.take_sessions(list, self.now - 1.0, self.now);
        self.check(effects);
    }

    pub(crate) fn do_not_disturb(&mut self, answer: &Value) {
        let list = readings::do_not_disturb_of(answer);
        self.board.take_do_not_disturb(&list, self.now - 1.0, self.now);
        self.check(Effects::default());
    }

    pub(crate) fn part(&mut self, part: &[u8]) {
        for event in event::read(part) {
            let effects = self.board.apply(
                std::slice::from_ref(&event),
                self.now,
                (self.now * 1_000.0) as u64,
            );
            self.check(effects);
        }
    }

    pub(crate) fn end(mut self) -> Outcome {
        self.slow.look();
        assert_eq!(self.slow.players, self.before, "who looks up seldom sees something else");
        self.outcome.players = self.before.len();
        let is_playing = |state: &&PlayerState| state.playback == mass_alexa::Playback::Playing;
        self.outcome.playing = self.before.values().filter(is_playing).count();
        self.outcome
    }

    fn check(&mut self, effects: Effects) {
        let after: BTreeMap<_, _> =
            self.board.states().into_iter().map(|state| (state.serial.clone(), state)).collect();
        let household = self.board.household().unwrap_or_default();
        let players = household.all().filter(|device| device.is_player);
        assert!(players.map(|device| &device.serial).eq(after.keys()), "not all players");
        let is_alone = |serial: &String| household.get(serial).is_some_and(|d| stands_alone(d));
        for (serial, state) in &after {
            check_state(state);
            if let Some(before) = self.before.get(serial)
                && self.alone.contains(serial)
                && is_alone(serial)
            {
                assert!(before.volume.is_none() || state.volume.is_some(), "volume was lost");
                assert!(before.muted.is_none() || state.muted.is_some(), "mute was lost");
                let is_lost = before.do_not_disturb.is_some() && state.do_not_disturb.is_none();
                assert!(!is_lost, "do not disturb was lost");
            }
        }
        self.quick.look();
        assert_eq!(self.quick.players, after, "who watches sees something else");
        self.outcome.changes += usize::from(after != self.before);
        self.outcome.sessions += usize::from(effects.sessions);
        self.outcome.volumes += usize::from(effects.volumes);
        self.outcome.devices += usize::from(effects.devices);
        self.alone = after.keys().filter(|serial| is_alone(serial)).cloned().collect();
        self.before = after;
    }
}

/// Somebody who watches.
struct Eyes {
    watch: Watch,
    players: BTreeMap<String, PlayerState>,
}

impl Eyes {
    fn on(board: &Board) -> Self {
        Self { watch: board.join(), players: BTreeMap::new() }
    }

    fn look(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(change) = pin!(self.watch.next()).poll(&mut context) {
            match change.expect("nobody closed it") {
                Change::Player(state) => {
                    self.players.insert(state.serial.clone(), state);
                }
                Change::Devices(list) => {
                    let players = list.iter().filter(|device| device.is_player);
                    let serials: BTreeSet<_> = players.map(|device| &device.serial).collect();
                    self.players.retain(|serial, _| serials.contains(serial));
                }
                Change::Links(_) => {}
            }
        }
    }
}

/// The body of an answer as the client reads it.
pub(crate) fn json(body: &[u8]) -> Value {
    let url = Url::parse("https://alexa.amazon.de/api").expect("an address");
    let body = String::from_utf8_lossy(body).into_owned().into();
    Answer { status: 200, url, headers: HeaderMap::new(), body }.json().unwrap_or_default()
}

fn stands_alone(device: &Device) -> bool {
    device.members.is_empty() && !matches!(device.kind, DeviceKind::Group | DeviceKind::Pair)
}

fn check_state(state: &PlayerState) {
    assert!(state.volume.is_none_or(|volume| volume <= 100), "{state:?}");
    assert!(state.position.is_none_or(|at| at.is_finite() && at >= 0.0), "{state:?}");
    assert!(state.duration.is_none_or(|length| length.is_finite() && length > 0.0), "{state:?}");
    assert!(state.updated_at.is_finite() && state.volume_at.is_none_or(f64::is_finite));
    assert_ne!(state.group.as_ref(), Some(&state.serial), "a group of itself");
    assert_eq!(state.online, state.reason.is_none(), "{state:?}");
    assert!(state.image_url.as_ref().is_none_or(|url| url.starts_with("https://")), "{state:?}");
}

fn check_household(household: &Household) {
    for device in household.all() {
        assert!(!device.serial.is_empty() && !device.name.is_empty(), "{device:?}");
        assert_eq!(device.is_player, device.reason.is_none(), "{device:?}");
        assert!(device.is_player || device.features.is_empty(), "{device:?}");
        assert!(!device.members.contains(&device.serial), "in itself: {device:?}");
        let within = household.within(&device.serial);
        assert!(within.contains(&device.serial));
        for speaker in household.speakers(device) {
            assert!(stands_alone(&speaker) && within.contains(&speaker.serial), "{speaker:?}");
        }
        for listener in household.listeners(device) {
            assert!(household.get(&listener.serial).is_some());
        }
        for parent in household.parents(device) {
            assert!(household.within(&parent.serial).contains(&device.serial));
        }
    }
}
