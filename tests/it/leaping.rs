//! A clock for long stories: whoever waits makes the time pass.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use mass_alexa::clock::{Clock, Sleep};
use mass_alexa::{Account, Settings};

use crate::support::World;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// Starts now and moves by itself only when somebody waits.
#[derive(Clone)]
pub(crate) struct Leaping(Arc<Mutex<SystemTime>>);

impl Leaping {
    pub(crate) fn start() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::now())))
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }

    /// What it shows, for measuring.
    pub(crate) fn passed(&self) -> Duration {
        self.0.lock().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap()
    }

    /// Somebody puts the clock of this machine back.
    pub(crate) fn put_back(&self, time: Duration) {
        *self.0.lock().unwrap() -= time;
    }

    /// The same time passes at Amazon.
    pub(crate) fn pass_everywhere(&self, world: &World, time: Duration) {
        self.pass(time);
        world.sim.advance(time);
    }

    pub(crate) async fn open(&self, folder: &Path, settings: &Settings) -> Account {
        Account::open_with(folder, settings, Arc::new(self.clone())).await.unwrap()
    }

    /// The account of a world that is signed in, on this clock.
    pub(crate) async fn account(&self, world: &World) -> Account {
        self.open(&world.store(), &world.settings()).await
    }
}

impl Clock for Leaping {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        let clock = self.clone();
        Box::pin(async move {
            clock.pass(wait);
            tokio::task::yield_now().await;
        })
    }
}
