//! Somebody who listens to the push stream, in a world whose time passes on demand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use amazon_simulator::DevicePatch;
use mass_alexa::Error;
use mass_alexa::net::Http;
use mass_alexa::net::manners::Jitter;
use mass_alexa::push::event::{Event, EventKind};
use mass_alexa::push::stream::{Health, Signal, listen};
use mass_alexa::session::Live;
use tokio::task::JoinHandle;

use crate::leaping::MINUTE;
use crate::pacing::Pace;
use crate::support::{KITCHEN, World};

pub(crate) const DIRECTIVES: &str = "/v20160207/directives";
pub(crate) const EVENTS: &str = "/v20160207/events";
pub(crate) const CAPABILITIES: &str = "/v1/devices/@self/capabilities";
pub(crate) const NA_PUSH: &str = "bob-dispatch-prod-na.amazon.com";
pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    Up,
    Event(Event),
    Down(&'static str, Duration),
}

/// Somebody who listens, in a world whose time passes on demand.
pub(crate) struct Ear {
    pub(crate) world: World,
    pub(crate) pace: Pace,
    pub(crate) live: Arc<Live>,
    pub(crate) health: Arc<Health>,
    pub(crate) heard: Arc<Mutex<Vec<Heard>>>,
    pub(crate) listening: JoinHandle<Error>,
}

impl Ear {
    /// An account that is signed in and listens from now on.
    pub(crate) async fn open() -> Self {
        let world = World::start().await;
        world.signed_in().await.close().await;
        let ear = Self::of(world);
        ear.is_up_within(MINUTE).await;
        ear
    }

    /// The same in a world that was made before.
    pub(crate) fn of(world: World) -> Self {
        Self::with_chance(world, 0.5)
    }

    /// The same with waits that chance makes short (0) or long (1).
    pub(crate) fn with_chance(world: World, share: f64) -> Self {
        let pace = Pace::new(&world);
        let http = Http::new(&world.settings(), pace.clock()).unwrap();
        let live = Arc::new(world.live(http.with_jitter(Jitter::fixed(share))));
        let (health, heard) = (Arc::<Health>::default(), Arc::<Mutex<Vec<_>>>::default());
        let listening = tokio::spawn({
            let (live, health, heard) = (Arc::clone(&live), Arc::clone(&health), heard.clone());
            async move {
                let mut note = |signal| {
                    let mut heard = heard.lock().unwrap();
                    match signal {
                        Signal::Up => heard.push(Heard::Up),
                        Signal::Events(events) => {
                            heard.extend(events.into_iter().map(Heard::Event))
                        }
                        Signal::Down { error, retry_in } => {
                            heard.push(Heard::Down(error.code().id(), retry_in));
                        }
                    }
                };
                listen(&live, &health, &mut note).await
            }
        });
        Self { world, pace, live, health, heard, listening }
    }

    /// What was heard since the last time.
    pub(crate) fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    pub(crate) fn has(&self, holds: impl Fn(&Heard) -> bool) -> bool {
        self.heard.lock().unwrap().iter().any(holds)
    }

    pub(crate) async fn is_up_within(&self, limit: Duration) -> Duration {
        self.pace.until(limit, SECOND.min(limit), || self.has(|heard| *heard == Heard::Up)).await
    }

    /// Somebody turns a knob; whether that is told at once.
    pub(crate) async fn hears(&self, level: u8) -> bool {
        let patch = DevicePatch { volume: Some(level), ..DevicePatch::default() };
        assert!(self.world.sim.patch_device(KITCHEN, patch));
        self.pace.settle().await;
        self.has(|heard| {
            let expected = EventKind::Volume { level: Some(level), muted: Some(false) };
            matches!(heard, Heard::Event(Event { serial: Some(serial), kind, .. })
                if serial == KITCHEN && *kind == expected)
        })
    }

    pub(crate) fn asked(&self) -> u64 {
        self.world.sim.counters().push_asked
    }

    pub(crate) fn count(&self, path: &str) -> usize {
        self.world.requests(path).len()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The waits of all downs.
pub(crate) fn waits(heard: &[Heard]) -> Vec<Duration> {
    let wait = |heard: &Heard| match heard {
        Heard::Down(_, wait) => Some(*wait),
        _ => None,
    };
    heard.iter().filter_map(wait).collect()
}
