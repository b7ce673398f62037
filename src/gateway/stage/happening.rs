//! What events and time do to a [`Deck`].

use std::time::{Duration, SystemTime};

use super::cue::{Anchor, Cue};
use super::deck::{Deck, Intent, Move, Next, State};
use super::numbers::{EARLY_END, FAILURES, TRANSPORT};
use crate::clock::from_unix;
use crate::gateway::skill::envelope::AudioKind;

/// One event of the player of an Echo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happening<'a> {
    /// Number of the cue that it is about.
    pub(crate) sequence: u64,
    /// What happened.
    pub(crate) kind: &'a AudioKind,
    /// Where in the stream.
    pub(crate) offset: Duration,
    /// When Alexa made it, in whole seconds since 1970.
    pub(crate) made_at: Option<u64>,
}

impl Happening<'_> {
    /// When it most likely happened: its own time has whole seconds, its arrival is more exact
    /// unless it was under way for long.
    fn at(&self, now: SystemTime) -> SystemTime {
        let arrived = now.checked_sub(TRANSPORT).unwrap_or(now);
        let Some(made_at) = self.made_at.map(from_unix) else { return arrived };
        let last = made_at + Duration::from_secs(1);
        if arrived > last {
            made_at + Duration::from_millis(500)
        } else {
            // A clock that is ahead is believed for the order of events only.
            arrived
        }
    }
}

impl Deck {
    /// Takes in an event.
    pub(crate) fn happen(&mut self, event: Happening<'_>, now: SystemTime) -> Move {
        let is_about =
            |cue: &Option<Cue>| cue.as_ref().is_some_and(|c| c.sequence == event.sequence);
        if is_about(&self.enqueued) {
            if let AudioKind::Failed { kind, .. } = event.kind {
                return self.preload_failed(kind);
            }
            // Whatever happens to it, it is what plays.
            if let Some(other) = self.promote(event.at(now), event.offset) {
                return other;
            }
        } else if !is_about(&self.current) {
            self.note_interrupted(&event);
            return Move::Nothing;
        }
        self.is_unheard = false;
        let is_late = event.made_at.is_some_and(|made_at| made_at < self.heard_at);
        self.heard_at = self.heard_at.max(event.made_at.unwrap_or(0));
        let position = self.current.as_ref().map_or(Duration::ZERO, |cue| cue.base) + event.offset;
        match event.kind {
            AudioKind::Started => {
                let is_expected = matches!(self.state, State::Starting { .. } | State::Playing(_));
                if self.intent == Intent::Sound && (is_expected || !is_late) {
                    self.state = State::Playing(Anchor { position, at: event.at(now) });
                }
                Move::Nothing
            }
            AudioKind::Stopped => {
                if !is_late || self.intent != Intent::Sound {
                    self.stopped(position, now);
                }
                Move::Nothing
            }
            AudioKind::NearlyFinished => {
                let is_silent = matches!(
                    self.state,
                    State::Starting { .. } | State::Held { .. } | State::Paused { .. }
                );
                if is_silent && self.intent == Intent::Sound && !is_late {
                    self.state = State::Playing(Anchor { position, at: event.at(now) });
                }
                self.prepare()
            }
            AudioKind::Finished => self.finished(position, now),
            AudioKind::Failed { kind, playing, .. } => {
                let known = playing.as_ref().map_or(Duration::ZERO, |playing| playing.offset);
                self.failed(kind, position.max(known), now)
            }
        }
    }

    /// What an Echo should be given next, once it can be loaded.
    pub(crate) fn prepare(&mut self) -> Move {
        let Some(after) = self.current.as_ref().map(|cue| cue.sequence) else {
            return Move::Nothing;
        };
        if self.enqueued.is_some() || self.intent != Intent::Sound {
            return Move::Nothing;
        }
        if self.current.as_ref().is_some_and(|cue| cue.is_announcement) {
            let Some(interrupted) = self.interrupted.clone().filter(|one| one.goes_on) else {
                return Move::Nothing;
            };
            let mut cue = self.cue(interrupted.cue.item, interrupted.position);
            cue.is_stale = interrupted.cue.is_stale;
            self.enqueued = Some(cue);
            return Move::Enqueue { after };
        }
        match self.next.clone() {
            Next::Unknown => Move::Wait,
            Next::Nothing => Move::Nothing,
            Next::Item(item) => {
                let cue = self.cue(*item, Duration::ZERO);
                self.enqueued = Some(cue);
                Move::Enqueue { after }
            }
        }
    }

    /// What plays is what was put behind it before. What is to be done where that is not what the
    /// host wants by now.
    fn promote(&mut self, at: SystemTime, offset: Duration) -> Option<Move> {
        let cue = self.enqueued.take()?;
        let was_announcement = self.current.as_ref().is_some_and(|cue| cue.is_announcement);
        let position = cue.base + offset;
        let item = cue.item.id.clone();
        self.current = Some(cue);
        self.failures = 0;
        if self.intent == Intent::Sound {
            self.state = State::Playing(Anchor { position, at });
        }
        if was_announcement {
            self.next = self.interrupted.take().map(|one| one.next).unwrap_or_default();
            return None;
        }
        match std::mem::take(&mut self.next) {
            Next::Item(next) if next.id != item => {
                self.begin(*next, Duration::ZERO, at);
                Some(Move::Launch)
            }
            // The queue was emptied after the Echo had fetched it.
            Next::Nothing => {
                self.stop();
                Some(Move::Silence)
            }
            _ => None,
        }
    }

    /// The exact place at which an announcement interrupted something.
    fn note_interrupted(&mut self, event: &Happening<'_>) {
        if let (Some(interrupted), AudioKind::Stopped) = (&mut self.interrupted, event.kind)
            && interrupted.cue.sequence == event.sequence
            && self.enqueued.is_none()
        {
            interrupted.position = interrupted.cue.base + event.offset;
        }
    }

    fn stopped(&mut self, position: Duration, now: SystemTime) {
        match (self.intent, self.state) {
            (_, State::Idle) => {}
            (Intent::Silence, _) => self.clear(),
            (Intent::Pause, _) => self.state = State::Paused { position, since: now },
            (Intent::Sound, State::Paused { .. }) => {}
            (Intent::Sound, _) => self.hold(position, now),
        }
    }

    fn finished(&mut self, position: Duration, now: SystemTime) -> Move {
        let Some(cue) = &self.current else { return Move::Nothing };
        if cue.item.duration.is_some_and(|duration| position + EARLY_END < duration) {
            tracing::warn!(
                item = %cue.item.id,
                at = position.as_secs(),
                "an item ended before its length; its source may be broken"
            );
        }
        if self.enqueued.is_some() {
            let other = self.promote(now, Duration::ZERO);
            if other.is_none() {
                self.state = State::Starting { since: now };
            }
            return other.unwrap_or(Move::Nothing);
        }
        self.go_on(now)
    }

    /// What comes after something that is over, where the Echo was not told of it in time.
    fn go_on(&mut self, now: SystemTime) -> Move {
        if let Some(interrupted) = self.interrupted.take() {
            let position = interrupted.position;
            self.next = interrupted.next;
            self.again(interrupted.cue, position, now);
            if interrupted.goes_on {
                return Move::Launch;
            }
            self.intent = Intent::Pause;
            self.state = State::Paused { position, since: now };
            return Move::Nothing;
        }
        if let Next::Item(item) = std::mem::take(&mut self.next)
            && self.intent == Intent::Sound
        {
            self.begin(*item, Duration::ZERO, now);
            return Move::Launch;
        }
        self.clear();
        Move::Nothing
    }

    /// What should come next could not be loaded: what plays is left in peace.
    fn preload_failed(&mut self, kind: &str) -> Move {
        self.failures += 1;
        self.enqueued = None;
        if self.failures >= FAILURES {
            self.next = Next::Nothing;
            return Move::GiveUp(kind.to_owned());
        }
        Move::Nothing
    }

    fn failed(&mut self, kind: &str, position: Duration, now: SystemTime) -> Move {
        if self.intent != Intent::Sound {
            self.stopped(position, now);
            return Move::Nothing;
        }
        self.failures += 1;
        let Some(cue) = self.current.take() else { return Move::Nothing };
        if self.failures >= FAILURES || cue.is_announcement && self.failures > 1 {
            let reason = format!("The Echo could not play it ({kind}).");
            return self.give_up(kind, reason, now);
        }
        if self.failures == 1 {
            self.again(cue, position, now);
            return Move::Play;
        }
        if let Next::Item(item) = std::mem::take(&mut self.next) {
            self.begin(*item, Duration::ZERO, now);
            return Move::Play;
        }
        self.current = Some(cue);
        self.state = State::Paused { position, since: now };
        Move::Skip
    }

    fn give_up(&mut self, kind: &str, reason: String, now: SystemTime) -> Move {
        if self.interrupted.is_some() {
            return self.go_on(now);
        }
        self.clear();
        self.reason = Some(reason);
        Move::GiveUp(kind.to_owned())
    }

    /// Does what is due without any event.
    pub(crate) fn pass(&mut self, now: SystemTime) -> Move {
        if self.due().is_none_or(|due| due > now) {
            return Move::Nothing;
        }
        match self.state {
            State::Idle => Move::Nothing,
            State::Held { position, .. } => {
                self.intent = Intent::Pause;
                self.state = State::Paused { position, since: now };
                Move::Nothing
            }
            State::Paused { .. } => {
                self.clear();
                Move::Nothing
            }
            State::Starting { .. } => self.not_begun(now),
            State::Playing(_) => {
                if self.enqueued.is_some() {
                    let end = self.end().unwrap_or(now);
                    return self.promote(end, Duration::ZERO).unwrap_or(Move::Nothing);
                }
                self.go_on(now)
            }
        }
    }

    /// What should have begun was not heard of.
    fn not_begun(&mut self, now: SystemTime) -> Move {
        self.failures += 1;
        let Some(cue) = self.current.take() else { return Move::Nothing };
        if self.failures >= FAILURES || !cue.is_given {
            let reason = "The Echo was told to play and did not begin.".to_owned();
            return self.give_up("it never began", reason, now);
        }
        let base = cue.base;
        self.again(cue, base, now);
        Move::Launch
    }
}
