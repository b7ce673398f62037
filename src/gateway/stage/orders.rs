//! What the host orders.

use std::sync::Arc;
use std::time::Duration;

use super::numbers::{BEGIN, LAUNCH, RETRY, STOP};
use super::slots::Outcome;
use super::{Deck, Stages, deck};
use crate::error::{Error, Result, code};
use crate::gateway::item::Item;

/// Wait for an announcement without a known length (*chosen*).
const LONGEST_ANNOUNCEMENT: Duration = Duration::from_secs(300);

/// What became of an order.
enum Fate {
    /// It is heard.
    Heard,
    /// A newer one took its place.
    Replaced,
    /// It was given up, for this reason.
    GivenUp(Option<String>),
}

impl Stages {
    /// Plays an item from its beginning, and waits until it is heard.
    ///
    /// # Errors
    /// `skill-missing`, `launch-unanswered`, `nothing-heard`, `stream-failed`, those of the session
    /// and of devices.
    pub(crate) async fn play(self: &Arc<Self>, serial: &str, item: Item) -> Result<()> {
        let order = self.change(serial, |deck, now| {
            deck.load(item, now);
            deck.new_order()
        });
        self.give_and_wait(serial, order).await
    }

    /// Goes on with what is paused.
    ///
    /// # Errors
    /// `nothing-playing` where nothing is paused, and as [`Stages::play`].
    pub(crate) async fn resume(self: &Arc<Self>, serial: &str) -> Result<()> {
        let order = self.change(serial, |deck, now| deck.resume(now).map(|_| deck.new_order()));
        let Some(order) = order else {
            return Err(Error::new(code::NOTHING_PLAYING, "Nothing is paused on this Echo."));
        };
        self.give_and_wait(serial, order).await
    }

    /// Plays an item in between, waits for its end, and has what it interrupted go on.
    ///
    /// # Errors
    /// As [`Stages::play`].
    pub(crate) async fn announce(self: &Arc<Self>, serial: &str, item: Item) -> Result<()> {
        let longest = item.duration.map_or(LONGEST_ANNOUNCEMENT, |length| length + BEGIN + BEGIN);
        let order = self.change(serial, |deck, now| {
            deck.announce(item, now);
            deck.new_order()
        });
        self.give_and_wait(serial, order).await?;
        let over = self.until(longest, |state| {
            let deck = state.deck(serial);
            let goes_on = deck.order() == order
                && deck.current().is_some_and(|cue| cue.is_announcement)
                && deck.state() != deck::State::Idle;
            (!goes_on).then_some(())
        });
        over.await;
        Ok(())
    }

    async fn give_and_wait(self: &Arc<Self>, serial: &str, order: u64) -> Result<()> {
        if !self.slots.fill(serial, Outcome::Play) {
            // On a task of its own: the order stands although its caller may go away.
            let (stages, of) = (Arc::clone(self), serial.to_owned());
            let launch = tokio::spawn(async move {
                let launched = stages.launch(&of).await;
                if let Err(error) = &launched {
                    let reason = error.message().to_owned();
                    stages.change(&of, |deck, _| {
                        if deck.order() == order {
                            deck.give_up_waiting(&reason);
                        }
                    });
                }
                launched
            });
            launch.await.map_err(|error| {
                Error::new(code::CLOSED, "The launch was cut off.").with_source(error)
            })??;
        }
        self.heard(serial, order).await
    }

    /// Waits until what was ordered is heard.
    async fn heard(&self, serial: &str, order: u64) -> Result<()> {
        let fate = self.until(BEGIN + BEGIN + LAUNCH + RETRY, |state| {
            let deck = state.deck(serial);
            if deck.order() != order {
                return Some(Fate::Replaced);
            }
            match deck.state() {
                deck::State::Starting { .. } => None,
                deck::State::Idle => Some(Fate::GivenUp(deck.reason().map(str::to_owned))),
                deck::State::Playing(_) | deck::State::Held { .. } | deck::State::Paused { .. } => {
                    Some(Fate::Heard)
                }
            }
        });
        match fate.await {
            Some(Fate::Heard | Fate::Replaced) => Ok(()),
            Some(Fate::GivenUp(Some(reason))) => Err(Error::new(code::NOTHING_HEARD, reason)),
            // Stopped meanwhile: there is nothing wrong with that.
            Some(Fate::GivenUp(None)) => Ok(()),
            None => {
                Err(Error::new(code::NOTHING_HEARD, "The Echo was told to play and did not begin."))
            }
        }
    }

    /// What comes after the current item.
    pub(crate) fn enqueue(&self, serial: &str, item: Option<Item>) {
        self.change(serial, |deck, _| deck.follow(item));
    }

    /// Pauses, and waits until the Echo says where.
    ///
    /// # Errors
    /// `not-confirmed`, those of the session and of devices.
    pub(crate) async fn pause(&self, serial: &str) -> Result<()> {
        if !self.change(serial, Deck::pause) || self.slots.fill(serial, Outcome::Stop) {
            return Ok(());
        }
        self.quiet(serial).await?;
        self.change(serial, Deck::paused);
        Ok(())
    }

    /// Stops for good.
    ///
    /// # Errors
    /// Those of the session and of devices.
    pub(crate) async fn stop(&self, serial: &str) -> Result<()> {
        if !self.change(serial, |deck, _| deck.stop()) || self.slots.fill(serial, Outcome::Stop) {
            return Ok(());
        }
        self.account.stop_sound(serial).await
    }

    async fn quiet(&self, serial: &str) -> Result<()> {
        // Amazon takes such a command and now and then does nothing (*observed*).
        for _ in 0..2 {
            self.account.stop_sound(serial).await?;
            let is_quiet = self.until(STOP, |state| {
                let state = state.deck(serial).state();
                matches!(state, deck::State::Paused { .. } | deck::State::Idle).then_some(())
            });
            if is_quiet.await.is_some() {
                return Ok(());
            }
        }
        self.change(serial, |deck, _| deck.sound_on());
        Err(Error::new(code::NOT_CONFIRMED, "Amazon took the command, but the Echo plays on."))
    }
}
