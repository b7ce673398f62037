//! Time for tests of what goes on by itself: it passes when the test says so, here and at the
//! simulated Amazon alike, and everything that is due has its effect before it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use amazon_simulator::Simulator;
use mass_alexa::clock::{Clock, ManualClock, Sleep};
use mass_alexa::{Account, Settings};

use crate::support::World;

/// The longest piece of time that passes in one go: longer ones would leave out what happens in
/// between, such as signs of life every 30 seconds.
const STRIDE: Duration = Duration::from_secs(20);
/// Turns of the runtime without anything happening after which all is done. The simulator runs on
/// the same thread, so that a slow machine slows everything alike.
const QUIET_TURNS: u32 = 12;
/// The same where requests were made, in milliseconds: they may lead to work in other threads, such
/// as writing the session. Whoever needs that to be done waits for its effect.
const QUIET_MOMENTS: u32 = 30;
/// Turns after which it goes on anyhow.
const MOST_TURNS: u32 = 2_000;
/// How often a turn lets all others run, and the same where time matters more.
const YIELDS: u32 = 70;
const FEW_YIELDS: u32 = 20;
/// Milliseconds for what needs no time of the story but some on the clock on the wall, such as files.
const GRACE: u32 = 50;
/// For the case that what is waited for never comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Moves the clock of the code under test together with the simulator's.
pub(crate) struct Pace {
    clock: CountingClock,
    sims: Vec<Arc<Simulator>>,
    start: SystemTime,
    is_brisk: bool,
    /// See [`turn`].
    yields: u32,
}

impl Pace {
    /// Starts at the time of the machine.
    pub(crate) fn new(world: &World) -> Self {
        let start = SystemTime::now();
        let clock = CountingClock { clock: ManualClock::new(start), sleeps: Arc::default() };
        Self { clock, sims: vec![Arc::clone(&world.sim)], start, is_brisk: false, yields: YIELDS }
    }

    /// For whole days: work in other threads is not waited for.
    pub(crate) fn brisk(world: &World) -> Self {
        Self { is_brisk: true, ..Self::new(world) }
    }

    /// Time passes in this world as well.
    pub(crate) fn also(&mut self, world: &World) {
        self.sims.push(Arc::clone(&world.sim));
    }

    /// For weeks: what would be done a moment later is done with the next step.
    pub(crate) fn hasty(world: &World) -> Self {
        Self { yields: FEW_YIELDS, ..Self::brisk(world) }
    }

    /// The clock for the code under test.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    /// The account of a world that is signed in and closed, on this clock.
    pub(crate) async fn account(&self, world: &World) -> Account {
        self.account_with(world, &world.settings()).await
    }

    /// The same with other settings.
    pub(crate) async fn account_with(&self, world: &World, settings: &Settings) -> Account {
        Account::open_with(&world.store(), settings, self.clock()).await.unwrap()
    }

    /// What has passed since the start.
    pub(crate) fn passed(&self) -> Duration {
        self.clock.now().duration_since(self.start).unwrap()
    }

    /// Lets time pass.
    pub(crate) async fn step(&self, time: Duration) {
        self.step_by(time, STRIDE).await;
    }

    /// Lets time pass in pieces of this length.
    pub(crate) async fn step_by(&self, time: Duration, stride: Duration) {
        let mut rest = time;
        while !rest.is_zero() {
            let stride = rest.min(stride);
            rest -= stride;
            self.sims.iter().for_each(|sim| sim.advance(stride));
            // What Amazon says in this time is there before its end.
            turn(self.yields).await;
            turn(self.yields).await;
            self.clock.clock.advance(stride);
            self.settle().await;
        }
    }

    /// Lets time pass in steps until `holds`, and gives the time that took.
    ///
    /// Panics when it takes longer than `limit`, or much too long on the clock on the wall.
    pub(crate) async fn until(
        &self,
        limit: Duration,
        step: Duration,
        mut holds: impl FnMut() -> bool,
    ) -> Duration {
        let (started, real) = (self.passed(), Instant::now());
        self.settle().await;
        for _ in 0..GRACE {
            if !holds() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        while !holds() {
            let took = self.passed() - started;
            assert!(took < limit, "it did not come to be within {limit:?}");
            assert!(real.elapsed() < PATIENCE, "it did not come to be, after {took:?}");
            self.step(step).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.passed() - started
    }

    /// Runs something while time passes in tenths of a second, and gives the time that it took.
    pub(crate) async fn during<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> (T, Duration) {
        let task = tokio::spawn(work);
        let tenth = Duration::from_millis(100);
        let took = self.until(3 * PATIENCE, tenth, || task.is_finished()).await;
        (task.await.unwrap(), took)
    }

    /// Waits until all that is under way is done, without any time passing.
    pub(crate) async fn settle(&self) {
        let (mut quiet, mut last) = (0, self.activity());
        let before = last.requests;
        for _ in 0..MOST_TURNS {
            let was_asked = last.requests > before && !self.is_brisk;
            if was_asked {
                tokio::time::sleep(Duration::from_millis(1)).await;
            } else {
                turn(self.yields).await;
            }
            let now = self.activity();
            quiet = if now == last { quiet + 1 } else { 0 };
            last = now;
            if quiet >= if was_asked { QUIET_MOMENTS } else { QUIET_TURNS } {
                return;
            }
        }
    }

    fn activity(&self) -> Activity {
        let sleeps = self.clock.sleeps.load(Ordering::Relaxed);
        let none = Activity { sleeps, requests: 0, streams: 0, gone: 0, skills: 0 };
        self.sims.iter().map(|sim| sim.counters()).fold(none, |all, one| Activity {
            sleeps,
            requests: all.requests + one.requests,
            streams: all.streams + one.push_streams,
            gone: all.gone + one.aborted_connections,
            skills: all.skills
                + one.skill_requests
                + one.skill_answers
                + one.skill_fetches
                + one.skill_fetches_ended
                + one.skill_bytes,
        })
    }
}

/// Something of it changes whenever anything happens.
#[derive(Clone, Copy, PartialEq)]
struct Activity {
    sleeps: u64,
    requests: u64,
    streams: u64,
    gone: u64,
    /// What skills and Echos do.
    skills: u64,
}

/// Lets every task run that is ready, and the runtime look for what has arrived.
async fn turn(yields: u32) {
    for _ in 0..yields {
        tokio::task::yield_now().await;
    }
}

/// Counts how often somebody begins to wait.
#[derive(Clone)]
struct CountingClock {
    clock: ManualClock,
    sleeps: Arc<AtomicU64>,
}

impl Clock for CountingClock {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        self.sleeps.fetch_add(1, Ordering::Relaxed);
        self.clock.sleep(wait)
    }
}
