//! A household with its account, and everything that is done with that.

use std::sync::Arc;
use std::time::Duration;

use amazon_simulator::Options;
use mass_alexa::clock::Clock;
use mass_alexa::{Account, Error, Settings};
use tokio::task::JoinHandle;

use super::calls::{self, Outcomes};
use super::dice::Dice;
use super::plan::Act;
use super::requests::Asked;
use super::truth;
use crate::support::World;
use crate::watch::Eyes;

/// A call, and when its caller loses patience.
type UnderWay = (&'static str, JoinHandle<Result<(), Error>>, Option<Duration>);

pub(super) struct House {
    pub(super) world: World,
    pub(super) account: Account,
    pub(super) eyes: Eyes,
    pub(super) dice: Dice,
    pub(super) outcomes: Outcomes,
    /// What Amazon was asked on this day so far.
    pub(super) asked: Asked,
    pub(super) restarts: u32,
    settings: Settings,
    clock: Arc<dyn Clock>,
    /// They watch too, and never look.
    others: Vec<Eyes>,
    under_way: Vec<UnderWay>,
    pub(super) added: Vec<String>,
    pub(super) number: u64,
}

impl House {
    /// Signs in to a world of its own.
    pub(super) async fn world(second_account: bool) -> World {
        let world = World::unlogged(Options { second_account, ..Options::default() }).await;
        world.enrol().await.close().await;
        world.sim.knobs(|knobs| {
            knobs.auto_advance = true;
            knobs.odd_cookies = true;
            knobs.register_refused = true;
        });
        world.sim.clear_journal();
        world
    }

    pub(super) async fn open(world: World, clock: Arc<dyn Clock>, dice: Dice) -> Self {
        let settings = Settings { requests_per_second: 1.0, ..world.settings() };
        let account =
            Account::open_with(&world.store(), &settings, Arc::clone(&clock)).await.unwrap();
        let eyes = Eyes::on(&account);
        Self {
            world,
            account,
            eyes,
            dice,
            outcomes: Outcomes::default(),
            asked: Asked::default(),
            restarts: 0,
            settings,
            clock,
            others: Vec::new(),
            under_way: Vec::new(),
            added: Vec::new(),
            number: 0,
        }
    }

    /// Whether calls are under way.
    pub(super) fn is_busy(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Looks at what came of calls, after some time passed.
    pub(super) async fn look(&mut self, time: Duration) {
        for (name, task, patience) in std::mem::take(&mut self.under_way) {
            if task.is_finished() {
                self.outcomes.note(name, task.await.unwrap());
                continue;
            }
            match patience.map(|left| left.checked_sub(time)) {
                Some(None) => task.abort(),
                Some(left) => self.under_way.push((name, task, left)),
                None => self.under_way.push((name, task, None)),
            }
        }
        self.eyes.sees(|_| true);
    }

    /// Counts what Amazon was asked so far.
    pub(super) fn count(&mut self) {
        self.asked.count(&self.world.sim.journal());
        self.world.sim.clear_journal();
    }

    pub(super) async fn perform(&mut self, act: Act) {
        match act {
            Act::Hand => self.hand(),
            Act::Music(true) => self.begin_music(),
            Act::Music(false) => self.end_music(),
            Act::Button => self.press(),
            Act::Churn => self.churn(),
            Act::Command => self.call(None),
            Act::Cancelled => {
                let patience = Duration::from_millis(u64::from(self.dice.below(3_000)));
                self.call(Some(patience));
            }
            Act::Watch(true) => self.others.push(Eyes::on(&self.account)),
            Act::Watch(false) => drop(self.others.pop()),
            Act::Restart => self.restart().await,
            Act::Trouble(trouble) => super::troubles::begin(self, trouble),
            Act::Over(trouble) => super::troubles::end(self, trouble),
        }
    }

    fn call(&mut self, patience: Option<Duration>) {
        let devices = self.world.sim.devices();
        let (name, call) = calls::any(&self.account, &devices, &mut self.dice);
        self.under_way.push((name, tokio::spawn(call), patience));
    }

    /// A command while nothing is wrong.
    pub(super) fn call_in_calm(&mut self) {
        let (account, serial) = (self.account.clone(), self.any_speaker().serial);
        let level = u8::try_from(self.dice.below(101)).unwrap();
        let call = async move { account.set_volume(&serial, level).await.map(drop) };
        self.under_way.push((calls::CALM, tokio::spawn(call), None));
    }

    /// The account comes back from its file, after a good end or a sudden one.
    async fn restart(&mut self) {
        self.restarts += 1;
        for (_, task, _) in self.under_way.drain(..) {
            task.abort();
        }
        self.others.clear();
        if self.dice.below(2) == 0 {
            self.account.close().await;
        }
        let store = self.world.store();
        let opened = Account::open_with(&store, &self.settings, Arc::clone(&self.clock)).await;
        self.account = opened.unwrap();
        self.eyes = Eyes::on(&self.account);
    }

    /// What is shown wrongly, or not working.
    pub(super) fn fault(&mut self) -> Option<String> {
        self.eyes.sees(|_| true);
        let links = self.account.links();
        if links.session.ok == Some(false) || links.push.ok != Some(true) {
            return Some(format!("{links:?}"));
        }
        let streams = self.world.sim.counters().push_streams;
        if streams != 1 {
            return Some(format!("{streams} streams are open"));
        }
        truth::difference(&self.world, &self.eyes)
    }

    /// Ends the account; the world with its files stays.
    pub(super) async fn close(self) -> World {
        self.account.close().await;
        self.world
    }
}
