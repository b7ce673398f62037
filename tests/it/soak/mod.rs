//! Endurance: weeks in the life of two accounts in one process, in minutes. Chance decides what
//! happens; what must hold does not depend on it.

mod calls;
mod dice;
mod gauges;
mod house;
mod household;
mod plan;
mod requests;
mod troubles;
mod truth;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use mass_alexa::clock::{Clock, Sleep};
use mass_alexa::session::Store;

use self::dice::{Dice, given_seed, new_seed};
use self::gauges::{Sample, alive, descriptors};
use self::house::House;
use self::plan::{Plan, QUIET_FROM};
use self::requests::Asked;
use crate::keys::child;
use crate::leaping::MINUTE;
use crate::pacing::Pace;

/// Days in the ordinary tests, and in `make soak` unless `DAYS` says otherwise.
const FEW_DAYS: u32 = 2;
const MANY_DAYS: u32 = 30;
/// Of the ordinary tests: what they find must not depend on when they run.
const USUAL_SEED: u64 = 20_261_121;
/// Time passes in such pieces while a call is under way.
const FINE: Duration = Duration::from_millis(250);
const DAY_MINUTES: u32 = 24 * 60;
/// Everything is right again within so many minutes of the last trouble: lists are read every half
/// hour, devices are gone with the second list without them, and an hour has room for a number of
/// streams only.
const RIGHT_WITHIN: u32 = 80;

/// After these days everything has happened once: caches, pools and lists have their size.
const WARM: u32 = 6;
/// In KiB. Both sides are in this process; the simulator remembers all that was ever said and issued.
const MOST_GROWTH: u64 = 4 * 1_024;
/// Connections of both accounts: to each of the hosts there are, and one for the stream. Idle ones
/// are closed after a time on the clock on the wall.
const MOST_CONNECTIONS: usize = 2 * 12;
/// Tasks of one connection, on both sides together.
const TASKS_PER_CONNECTION: usize = 4;
/// Tasks of both accounts beside those.
const MOST_OTHER_TASKS: usize = 12;
const MOST_SEALED: u64 = 64 * 1_024;
/// Files of an account folder, and one more for whoever saves at the moment.
const MOST_FILES: usize = 2 * 6;

/// The clock of the machine: somebody may set it, and waits do not mind.
struct Wall {
    steady: Arc<dyn Clock>,
    /// Seconds that it is ahead.
    ahead: Arc<AtomicU64>,
}

impl Clock for Wall {
    fn now(&self) -> SystemTime {
        self.steady.now() + Duration::from_secs(self.ahead.load(Ordering::Relaxed))
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        self.steady.sleep(wait)
    }
}

#[test]
fn s_s6_two_days_of_two_accounts_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = child("soak::days_in_the_life_of_two_accounts", folder.path());
    child.env("MASS_ALEXA_KEYRING", "off").env("DAYS", FEW_DAYS.to_string());
    child.env("SEED", given_seed().unwrap_or(USUAL_SEED).to_string());
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "the name of the test is wrong: {text}");
    println!("{text}");
}

#[tokio::test]
#[ignore = "takes minutes; `make soak` runs it, and another test runs two days of it"]
async fn days_in_the_life_of_two_accounts() {
    let asked_for = std::env::var("DAYS").ok().map(|text| text.parse().expect("DAYS is a number"));
    Soak::begin(given_seed().unwrap_or_else(new_seed))
        .await
        .run(asked_for.unwrap_or(MANY_DAYS))
        .await;
}

struct Soak {
    houses: [House; 2],
    pace: Pace,
    ahead: Arc<AtomicU64>,
    samples: Vec<Sample>,
    most: Asked,
    /// Tasks and descriptors before any account was opened.
    before: (usize, usize),
}

impl Soak {
    #[allow(clippy::print_stdout)]
    async fn begin(seed: u64) -> Self {
        println!("SEED={seed}");
        let worlds = [House::world(false).await, House::world(true).await];
        let mut pace = Pace::hasty(&worlds[0]);
        pace.also(&worlds[1]);
        pace.step(MINUTE).await;
        let before = (alive(), descriptors());
        let ahead = Arc::<AtomicU64>::default();
        let clock = Arc::new(Wall { steady: pace.clock(), ahead: Arc::clone(&ahead) });
        let [first, second] = worlds;
        let houses = [
            House::open(first, Arc::clone(&clock) as _, Dice::new(seed, 1)).await,
            House::open(second, clock, Dice::new(seed, 2)).await,
        ];
        Self { houses, pace, ahead, samples: Vec::new(), most: Asked::default(), before }
    }

    async fn run(mut self, days: u32) {
        let began = Instant::now();
        for day in 1..=days {
            self.day(day).await;
        }
        self.end(days, began).await;
    }

    /// One day: what is planned, quiet, and a look at everything.
    async fn day(&mut self, day: u32) {
        let mut plans = self.houses.each_mut().map(|house| Plan::of(day, &mut house.dice));
        let jump = (day % 7 == 1).then(|| u64::from(self.houses[0].dice.between(60, 3 * 3_600)));
        for minute in 0..QUIET_FROM {
            match (minute, jump) {
                (600, Some(jump)) => self.ahead.store(jump, Ordering::Relaxed),
                (840, Some(_)) => self.ahead.store(0, Ordering::Relaxed),
                _ => {}
            }
            for (house, plan) in self.houses.iter_mut().zip(&mut plans) {
                while let Some(act) = plan.due(minute) {
                    house.perform(act).await;
                }
            }
            self.minute().await;
            if minute % 60 == 59 {
                self.houses.iter_mut().for_each(House::count);
            }
        }
        for house in &mut self.houses {
            house.end_music();
            troubles::end_all(house);
        }
        let mut minutes = self.right_again(day).await;
        self.houses.iter_mut().for_each(House::call_in_calm);
        minutes += self.right_again(day).await;
        for house in &self.houses {
            house.world.sim.let_go();
        }
        self.minute().await;
        self.look(day, minutes);
        for _ in QUIET_FROM + minutes + 1..DAY_MINUTES {
            self.minute().await;
        }
    }

    /// Waits until nobody does anything and all is as it should be; gives the minutes that took.
    async fn right_again(&mut self, day: u32) -> u32 {
        for minutes in 1..=RIGHT_WITHIN {
            self.minute().await;
            if !self.houses.iter_mut().any(|house| house.is_busy() || house.fault().is_some()) {
                return minutes;
            }
        }
        panic!("day {day}: {:?}", self.houses.each_mut().map(House::fault));
    }

    async fn minute(&mut self) {
        let mut rest = MINUTE;
        while !rest.is_zero() {
            let is_busy = self.houses.iter().any(House::is_busy);
            let piece = if is_busy { FINE.min(rest) } else { rest };
            rest -= piece;
            self.pace.step_by(piece, piece).await;
            for house in &mut self.houses {
                house.look(piece).await;
            }
        }
    }

    /// The quiet point of a day.
    #[allow(clippy::print_stdout)]
    fn look(&mut self, day: u32, minutes: u32) {
        let mut asked = [0, 0];
        for (house, all) in self.houses.iter_mut().zip(&mut asked) {
            house.count();
            let of_day = std::mem::take(&mut house.asked);
            assert_eq!(of_day.excess(), [""; 0], "day {day}");
            *all = of_day.all;
            self.most.raise(&of_day);
            let counters = house.world.sim.counters();
            assert_eq!((counters.registrations, counters.password_posts), (1, 1));
            assert_eq!(counters.sign_ins, 1, "nobody signs in again");
        }
        let stores = self.houses.each_ref().map(|house| house.world.store());
        let sample = Sample::take(day, &stores.each_ref().map(std::path::PathBuf::as_path));
        let Sample { memory, tasks, descriptors, sealed, .. } = sample;
        println!(
            "day {day:>2}: {memory} KiB, {tasks} tasks, {descriptors} descriptors, {sealed} bytes \
             sealed; {} and {} requests; right after {minutes} minutes",
            asked[0], asked[1],
        );
        // Both ends are in this process.
        let connections = (sample.descriptors - self.before.1).div_ceil(2);
        let tasks = self.before.0 + TASKS_PER_CONNECTION * connections + MOST_OTHER_TASKS;
        assert!(connections <= MOST_CONNECTIONS, "{sample:?}");
        assert!(sample.tasks <= tasks, "{sample:?}, {connections} connections");
        assert!(sample.sealed <= MOST_SEALED && sample.files <= MOST_FILES, "{sample:?}");
        self.samples.push(sample);
    }

    #[allow(clippy::print_stdout)]
    async fn end(self, days: u32, began: Instant) {
        let (before, pace) = (self.before, self.pace);
        self.most.print();
        gauges::print(&self.samples);
        let mut worlds = Vec::new();
        for house in self.houses {
            let (worked, failed) = (house.outcomes.worked, house.outcomes.failures());
            let restarts = house.restarts;
            println!("{worked} calls worked, {failed} failed; {restarts} restarts");
            println!("  {:?}", house.outcomes.failed);
            assert!(failed * 2 <= worked, "{failed} calls failed, {worked} worked");
            let world = house.close().await;
            Store::new(world.store()).load().expect("the session opens");
            worlds.push(world);
        }
        pace.step(MINUTE).await;
        let after = (alive(), descriptors());
        println!("tasks and descriptors before any account {before:?}, after the last {after:?}");
        println!("{days} days in {:.0} s", began.elapsed().as_secs_f64());
        assert_eq!(before, after);
        let most = |of: std::ops::RangeInclusive<u32>| {
            self.samples.iter().filter(|one| of.contains(&one.day)).map(|one| one.memory).max()
        };
        if let (Some(warm), Some(end)) = (most(1..=WARM), most(WARM + 1..=days)) {
            println!("memory until day {WARM} {warm} KiB at the most, after it {end} KiB");
            assert!(end < warm + MOST_GROWTH, "it grew from {warm} to {end} KiB");
        } else {
            println!("{days} days are too short to tell of memory, more than {WARM} are needed");
        }
    }
}
