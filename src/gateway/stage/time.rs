//! What time alone leads to.

use std::sync::Arc;
use std::time::Duration;

use super::Stages;
use super::deck::{Deck, Move};
use super::numbers::SILENCE;
use crate::api::{Playback, PlayerState};
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

    /// Asks the Echos that played before a restart, and were not heard of since, whether they still
    /// do: one that ran dry meanwhile could tell nobody.
    pub(super) async fn look_after_start(self: Arc<Self>) {
        let started = self.now();
        let unheard: Vec<_> = {
            let state = self.lock();
            let unheard = state.decks.iter().filter(|(_, deck)| deck.is_unheard());
            unheard
                .filter_map(|(serial, deck)| Some((serial.clone(), deck.position(started)?)))
                .collect()
        };
        if unheard.is_empty() {
            return;
        }
        tokio::select! {
            () = self.clock.sleep(SILENCE) => {}
            () = self.closed.cancelled() => return,
        }
        let still: Vec<_> = {
            let mut state = self.lock();
            unheard.into_iter().filter(|(serial, _)| state.deck(serial).is_unheard()).collect()
        };
        if still.is_empty() {
            return;
        }
        let states = match self.account.states(Duration::ZERO).await {
            Ok(states) => states,
            Err(error) => {
                tracing::debug!(%error, "whether Echos still play is not known");
                return;
            }
        };
        for (serial, position) in still {
            let state = states.iter().find(|state| state.serial == serial);
            let is_silent =
                |state: &&PlayerState| matches!(state.playback, Playback::Paused | Playback::Idle);
            if let Some(state) = state.filter(is_silent) {
                // Where it fell silent is known to Amazon at best.
                let told = state.position.and_then(|told| Duration::try_from_secs_f64(told).ok());
                self.change(&serial, |deck, now| deck.lose(told, position, now));
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
