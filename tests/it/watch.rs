//! Watching: what happens in the house is told at once, and nothing is made up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use amazon_simulator::{DevicePatch, PlayRequest};
use futures_util::FutureExt;
use mass_alexa::clock::{Clock, Sleep, SystemClock};
use mass_alexa::{Account, Change, Device, Links, Playback, PlayerState, Watch};

use crate::pacing::Pace;
use crate::support::{BEDROOM, EVERYWHERE, KITCHEN, STUDIO, World};

/// Longer than anything here takes; nothing is right because of it.
const LIMIT: Duration = Duration::from_secs(20);

/// A watcher with what it was told so far.
pub(crate) struct Eyes {
    watch: Watch,
    pub(crate) players: BTreeMap<String, PlayerState>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) links: Option<Links>,
}

impl Eyes {
    pub(crate) fn on(account: &Account) -> Self {
        let watch = account.watch();
        Self { watch, players: BTreeMap::new(), names: BTreeMap::new(), links: None }
    }

    /// The account of a world that is signed in, on a clock that is moved, with or without somebody
    /// who watches; the journal begins after the start.
    pub(crate) async fn paced(
        world: World,
        is_watched: bool,
    ) -> (World, Pace, Account, Option<Self>) {
        let pace = Pace::new(&world);
        let account = pace.account(&world).await;
        account.outline(false).await.unwrap();
        let eyes = is_watched.then(|| Self::on(&account));
        pace.step(Duration::from_secs(10)).await;
        world.sim.clear_journal();
        (world, pace, account, eyes)
    }

    /// Looks until something is seen.
    pub(crate) async fn until(&mut self, what: &str, seen: impl Fn(&Self) -> bool) {
        let looking = async {
            while !seen(self) {
                let change = self.watch.next().await.expect("the watch goes on");
                self.take(change);
            }
        };
        let in_time = tokio::time::timeout(LIMIT, looking).await;
        assert!(in_time.is_ok(), "never seen: {what}; {:?}", self.players.values().next());
    }

    /// Whether something is seen by now, without waiting for it.
    pub(crate) fn sees(&mut self, seen: impl Fn(&Self) -> bool) -> bool {
        while let Some(change) = self.watch.next().now_or_never() {
            self.take(change.expect("the watch goes on"));
        }
        seen(self)
    }

    fn take(&mut self, change: Change) {
        match change {
            Change::Player(state) => {
                self.players.insert(state.serial.clone(), state);
            }
            Change::Devices(devices) => {
                let name = |device: &Arc<Device>| (device.serial.clone(), device.name.clone());
                self.names = devices.iter().map(name).collect();
                self.players.retain(|serial, _| self.names.contains_key(serial));
            }
            Change::Links(links) => self.links = Some(links),
        }
    }

    /// Until events tell every change.
    pub(crate) async fn open(account: &Account) -> Self {
        let mut eyes = Self::on(account);
        eyes.until("push", |eyes| {
            let push = eyes.links.as_ref().and_then(|links| links.push.ok);
            let is_known =
                |state: &PlayerState| state.volume.is_some() && state.playback != Playback::Unknown;
            push == Some(true) && !eyes.players.is_empty() && eyes.players.values().all(is_known)
        })
        .await;
        eyes
    }

    pub(crate) fn has(&self, serial: &str, fits: impl Fn(&PlayerState) -> bool) -> bool {
        self.players.get(serial).is_some_and(fits)
    }
}

#[tokio::test]
async fn s_s4_a_knob_is_seen_at_once_and_the_start_is_right_untouched() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    for (serial, state) in &eyes.players {
        let device = world.device(serial);
        if device.members.is_empty() {
            assert_eq!(state.volume, Some(device.volume), "{serial}");
        }
    }
    let turned = Instant::now();
    world.sim.patch_device(KITCHEN, DevicePatch { volume: Some(73), ..DevicePatch::default() });
    eyes.until("the knob", |eyes| eyes.has(KITCHEN, |state| state.volume == Some(73))).await;
    assert!(turned.elapsed() < Duration::from_secs(1), "{:?}", turned.elapsed());
    let group = eyes.players.get(EVERYWHERE).unwrap().volume;
    let members = world.device(EVERYWHERE).members;
    let mean = members.iter().map(|one| u32::from(world.device(one).volume)).sum::<u32>()
        / u32::try_from(members.len()).unwrap();
    eyes.until("the group's mean", |eyes| {
        eyes.has(EVERYWHERE, |state| state.volume.map(u32::from) == Some(mean))
    })
    .await;
    assert!(group.is_some());
}

#[tokio::test]
async fn s_g2_what_a_group_plays_is_seen_on_its_members() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    world.sim.play(&PlayRequest::new(EVERYWHERE, "One"));
    let members = world.device(EVERYWHERE).members;
    let all = |eyes: &Eyes, playback| {
        members.iter().map(String::as_str).chain([EVERYWHERE]).all(|serial| {
            eyes.has(serial, |state| {
                state.playback == playback && state.title.as_deref() == Some("One")
            })
        })
    };
    eyes.until("the group on its members", |eyes| all(eyes, Playback::Playing)).await;
    assert_eq!(eyes.players[KITCHEN].group.as_deref(), Some(EVERYWHERE));
    assert_eq!(eyes.players[EVERYWHERE].group, None);
    assert!(eyes.players[EVERYWHERE].duration.is_some());
    account.set_volume(STUDIO, 44).await.unwrap();
    eyes.until("one member's volume", |eyes| eyes.has(STUDIO, |s| s.volume == Some(44))).await;
    account.stop(EVERYWHERE).await.unwrap();
    eyes.until("silence", |eyes| {
        members.iter().all(|serial| eyes.has(serial, |s| s.playback != Playback::Playing))
    })
    .await;
}

#[tokio::test]
async fn s_d8_offline_and_back_is_seen_with_the_reason() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    let online = |online| DevicePatch { online: Some(online), ..DevicePatch::default() };
    world.sim.patch_device(BEDROOM, online(false));
    eyes.until("it goes", |eyes| eyes.has(BEDROOM, |state| !state.online)).await;
    assert_eq!(eyes.players[BEDROOM].reason.as_deref(), Some("Bedroom is offline."));
    world.sim.patch_device(BEDROOM, online(true));
    eyes.until("it returns", |eyes| eyes.has(BEDROOM, |state| state.online)).await;
    assert_eq!(eyes.players[BEDROOM].reason, None);
}

#[tokio::test]
async fn s_d2_a_rename_is_seen_on_the_same_player_whenever_the_list_is_read() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    world.sim.play(&PlayRequest::new(BEDROOM, "One"));
    eyes.until("music", |eyes| eyes.has(BEDROOM, |s| s.title.is_some())).await;
    world.sim.patch_device(
        BEDROOM,
        DevicePatch { name: Some("Attic".into()), ..DevicePatch::default() },
    );
    account.devices(true).await.unwrap();
    eyes.until("the new name", |eyes| eyes.names.get(BEDROOM).map(String::as_str) == Some("Attic"))
        .await;
    assert!(eyes.has(BEDROOM, |s| s.playback == Playback::Playing && s.title.is_some()));
}

#[tokio::test]
async fn watching_ends_with_the_account_and_streams_with_the_last_watcher() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let first = Eyes::open(&account).await;
    let mut second = Eyes::open(&account).await;
    assert_eq!(world.sim.counters().push_streams, 1);
    drop(first);
    world.sim.patch_device(KITCHEN, DevicePatch { volume: Some(12), ..DevicePatch::default() });
    second.until("a change", |eyes| eyes.has(KITCHEN, |state| state.volume == Some(12))).await;
    drop(second);
    let closed = async {
        while world.sim.counters().push_streams > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, closed).await.expect("nobody listens any more");
    let again = Eyes::open(&account).await;
    account.close().await;
    assert_eq!(again.watch.next().await, None);
    assert_eq!(account.watch().next().await, None);
}

/// The clock of the machine, put back by some seconds.
#[derive(Default)]
struct PutBack(AtomicU64);

impl Clock for PutBack {
    fn now(&self) -> SystemTime {
        SystemTime::now() - Duration::from_secs(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        SystemClock.sleep(wait)
    }
}

#[tokio::test]
async fn lists_are_read_although_the_clock_was_put_back_by_hours() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let clock = Arc::new(PutBack::default());
    let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let account = Account::open_with(&world.store(), &world.settings(), shared).await.unwrap();
    let mut eyes = Eyes::open(&account).await;
    clock.0.store(3 * 3_600, Ordering::Relaxed);
    let before = world.requests("/api/np/list-media-sessions").len();
    // No event tells the title of what has just begun.
    world.sim.play(&PlayRequest::new(BEDROOM, "One"));
    eyes.until("the title", |eyes| eyes.has(BEDROOM, |state| state.title.is_some())).await;
    world.sim.play(&PlayRequest::new(BEDROOM, "Two"));
    eyes.until("the next", |eyes| eyes.has(BEDROOM, |state| state.title.as_deref() == Some("Two")))
        .await;
    assert!(world.requests("/api/np/list-media-sessions").len() - before <= 4);
}

#[tokio::test]
async fn what_nobody_listens_to_is_not_said_to_work() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let eyes = Eyes::open(&account).await;
    assert_eq!(account.links().push.ok, Some(true));
    drop(eyes);
    let unknown = async {
        while account.links().push.ok.is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, unknown).await.expect("nobody knows any more");
}

#[tokio::test]
async fn s_s2_who_comes_and_goes_does_not_connect_each_time() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let pace = Pace::new(&world);
    let account = pace.account(&world).await;
    world.sim.knobs(|knobs| knobs.push_refuse = Some(503));
    for _ in 0..40 {
        let watch = account.watch();
        pace.step(Duration::from_secs(10)).await;
        drop(watch);
        pace.settle().await;
    }
    let tries = world.requests("/v20160207/directives").len();
    assert!((5..=8).contains(&tries), "{tries} tries in 400 seconds");
}
