//! What time alone leads to.

use std::sync::Arc;
use std::time::Duration;

use super::Stages;
use super::deck::{Deck, Move};
use crate::error::{Error, code};

/// Where nothing is due.
const LONG: Duration = Duration::from_secs(3_600);

impl Stages {
    pub(super) async fn keep_time(self: Arc<Self>) {
        let mut changes = self.version.subscribe();
        loop {
            let due = self.lock().decks.values().filter_map(Deck::due).min();
            let wait = due.map_or(LONG, |due| due.duration_since(self.now()).unwrap_or_default());
            tokio::select! {
                () = self.clock.sleep(wait) => self.pass(),
                changed = changes.changed() => if changed.is_err() { return },
                () = self.closed.cancelled() => return,
            }
        }
    }

    fn pass(self: &Arc<Self>) {
        let now = self.now();
        let due: Vec<_> = {
            let state = self.lock();
            let is_due = |deck: &Deck| deck.due().is_some_and(|due| due <= now);
            let due = state.decks.iter().filter(|(_, deck)| is_due(deck));
            due.map(|(serial, _)| serial.clone()).collect()
        };
        for serial in due {
            let step = self.change(&serial, Deck::pass);
            self.do_later(&serial, step);
        }
    }

    /// Does what cannot go into an answer.
    pub(super) fn do_later(self: &Arc<Self>, serial: &str, step: Move) {
        match step {
            Move::Nothing | Move::Wait | Move::Enqueue { .. } | Move::Skip => {}
            Move::Play | Move::Launch => self.launch_later(serial),
            Move::Silence => self.silence_later(serial),
            Move::GiveUp(reason) => {
                let failure = self.lock().source_failures.remove(serial);
                let why = failure.map_or(reason, |why| format!("its source {why}"));
                let sentence = format!("The Echo could not play what it was given: {why}.");
                self.trouble(Some(serial), Error::new(code::STREAM_FAILED, sentence));
            }
        }
    }
}
