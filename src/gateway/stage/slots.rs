//! Where an answer to Alexa and a command of the host meet. While Alexa waits for what a wish leads
//! to, a command for the same Echo goes into the answer: it never becomes a command to Alexa, which
//! would come back as another wish.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// What a wish led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The current cue of the Echo is to be given.
    Play,
    /// It is to be silent.
    Stop,
    /// There is nothing to be done in the answer.
    Done,
    /// It did not work, for this reason.
    Problem(String),
}

/// The answers that wait.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    open: Mutex<BTreeMap<String, Slot>>,
}

#[derive(Debug)]
struct Slot {
    ask: u64,
    answer: oneshot::Sender<Outcome>,
}

impl Slots {
    /// Waits for what a wish at an Echo leads to. An older wait of the same Echo ends.
    pub(crate) fn open(&self, serial: &str, ask: u64) -> oneshot::Receiver<Outcome> {
        let (answer, outcome) = oneshot::channel();
        let before = self.lock().insert(serial.to_owned(), Slot { ask, answer });
        if let Some(before) = before {
            let _ = before.answer.send(Outcome::Done);
        }
        outcome
    }

    /// Puts the effect of a command into the answer that waits; false if none does.
    pub(crate) fn fill(&self, serial: &str, outcome: Outcome) -> bool {
        let slot = self.lock().remove(serial);
        slot.is_some_and(|slot| slot.answer.send(outcome).is_ok())
    }

    /// Ends the wait of a wish, unless something was put into it.
    pub(crate) fn end(&self, ask: u64, outcome: Outcome) {
        let mut open = self.lock();
        let serial =
            open.iter().find(|(_, slot)| slot.ask == ask).map(|(serial, _)| serial.clone());
        if let Some(slot) = serial.and_then(|serial| open.remove(&serial)) {
            let _ = slot.answer.send(outcome);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_goes_into_the_answer_once() {
        let slots = Slots::default();
        let outcome = slots.open("G1", 1);
        assert!(!slots.fill("G2", Outcome::Play));
        assert!(slots.fill("G1", Outcome::Play));
        assert!(!slots.fill("G1", Outcome::Stop));
        slots.end(1, Outcome::Done);
        assert_eq!(outcome.await.unwrap(), Outcome::Play);
    }

    #[tokio::test]
    async fn who_waits_no_more_gets_nothing() {
        let slots = Slots::default();
        drop(slots.open("G1", 1));
        assert!(!slots.fill("G1", Outcome::Play));
        let (first, second) = (slots.open("G1", 2), slots.open("G1", 3));
        assert_eq!(first.await.unwrap(), Outcome::Done);
        slots.end(2, Outcome::Play);
        slots.end(3, Outcome::Problem("no".to_owned()));
        assert_eq!(second.await.unwrap(), Outcome::Problem("no".to_owned()));
    }
}
