//! What one Echo was given, what it does with it, and what it gets next. Pure: events, wishes and
//! times go in, moves come out.
//!
//! Everything is told apart by the number of the cue, never by address or title: events come late,
//! twice, and in any order.

use std::time::{Duration, SystemTime};

use super::cue::{Anchor, Cue};
use super::numbers::{BEGIN, INTERRUPTION, LATE_EVENT, OVERTIME, PAUSE};
use crate::gateway::event::{Stage, StagePlayback};
use crate::gateway::item::Item;

/// What the host wants after the current item.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Next {
    /// It has not said.
    #[default]
    Unknown,
    /// Nothing.
    Nothing,
    /// This one.
    Item(Box<Item>),
}

/// What is going on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum State {
    /// Nothing of ours.
    #[default]
    Idle,
    /// The current cue should begin.
    Starting {
        /// Since when.
        since: SystemTime,
    },
    /// It plays.
    Playing(Anchor),
    /// It was stopped by nobody that we know of: most likely somebody speaks.
    Held {
        /// Where in the sound of the item.
        position: Duration,
        /// When it counts as paused.
        until: SystemTime,
    },
    /// It was paused.
    Paused {
        /// Where in the sound of the item.
        position: Duration,
        /// Since when.
        since: SystemTime,
    },
}

/// What should be, by the last wish.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Intent {
    #[default]
    Sound,
    Pause,
    Silence,
}

/// What an announcement interrupts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Interrupted {
    pub(super) cue: Cue,
    pub(super) position: Duration,
    /// Whether it goes on by itself afterwards.
    pub(super) goes_on: bool,
    pub(super) next: Next,
}

/// What is to be done because of an event or of time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Move {
    /// Nothing.
    Nothing,
    /// Give the current cue, in the answer if that may hold it.
    Play,
    /// Put the cue behind this one, in the answer.
    Enqueue {
        /// The cue that it comes after.
        after: u64,
    },
    /// Wait for the host to say what comes next.
    Wait,
    /// The current cue can be given by a launch only.
    Launch,
    /// The Echo plays what it should not.
    Silence,
    /// Ask the host for another item.
    Skip,
    /// It was given up, for this reason.
    GiveUp(String),
}

/// What one Echo was given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deck {
    pub(super) serial: String,
    pub(super) sequence: u64,
    pub(super) current: Option<Cue>,
    pub(super) enqueued: Option<Cue>,
    pub(super) next: Next,
    pub(super) state: State,
    pub(super) intent: Intent,
    pub(super) interrupted: Option<Interrupted>,
    /// When Alexa made the newest event that counted, in seconds since 1970.
    pub(super) heard_at: u64,
    pub(super) failures: u32,
    pub(super) reason: Option<String>,
    /// Whether it is only from before a restart that it is taken to play.
    pub(super) is_unheard: bool,
    /// Counts what the host ordered.
    order: u64,
}

impl Deck {
    pub(crate) fn new(serial: &str) -> Self {
        Self { serial: serial.to_owned(), ..Self::default() }
    }

    /// Wants an item played from its beginning, or from `base` on. Gives the number of its cue.
    pub(crate) fn load(&mut self, item: Item, now: SystemTime) -> u64 {
        self.interrupted = None;
        self.failures = 0;
        self.begin(item, Duration::ZERO, now)
    }

    /// A new cue in place of everything.
    pub(super) fn begin(&mut self, item: Item, base: Duration, now: SystemTime) -> u64 {
        let cue = self.cue(item, base);
        self.current = Some(cue);
        self.enqueued = None;
        self.next = Next::Unknown;
        self.state = State::Starting { since: now };
        self.intent = Intent::Sound;
        self.reason = None;
        self.is_unheard = false;
        self.sequence
    }

    /// The same thing once more under a new cue, from a place on. What comes after it stays.
    pub(super) fn again(&mut self, before: Cue, base: Duration, now: SystemTime) -> u64 {
        let next = std::mem::take(&mut self.next);
        let sequence = self.begin(before.item, base, now);
        self.next = next;
        if let Some(cue) = &mut self.current {
            cue.is_stale = before.is_stale;
            cue.is_announcement = before.is_announcement;
        }
        sequence
    }

    pub(super) fn cue(&mut self, item: Item, base: Duration) -> Cue {
        self.sequence += 1;
        // What has no end has no place to go on from either.
        let base = if item.duration.is_some() { base } else { Duration::ZERO };
        Cue::new(self.sequence, item, base)
    }

    /// Plays an item in between; what plays now goes on afterwards.
    pub(crate) fn announce(&mut self, item: Item, now: SystemTime) -> u64 {
        let position = self.position(now);
        let goes_on =
            matches!(self.state, State::Playing(_) | State::Held { .. } | State::Starting { .. });
        let interrupted = match self.current.take() {
            // Announcements that follow each other interrupt the same thing.
            Some(cue) if cue.is_announcement => self.interrupted.take(),
            Some(cue) if self.state != State::Idle => Some(Interrupted {
                cue,
                position: position.unwrap_or_default(),
                goes_on,
                next: std::mem::take(&mut self.next),
            }),
            _ => None,
        };
        self.failures = 0;
        let sequence = self.begin(item, Duration::ZERO, now);
        if let Some(cue) = &mut self.current {
            cue.is_announcement = true;
        }
        self.interrupted = interrupted;
        sequence
    }

    /// What the host wants after the current item. What the Echo was told already is another one
    /// from now on, unless it has fetched it.
    pub(crate) fn follow(&mut self, item: Option<Item>) {
        let next = item.map_or(Next::Nothing, |item| Next::Item(Box::new(item)));
        if let Some(interrupted) = &mut self.interrupted {
            interrupted.next = next;
            return;
        }
        if let Some(cue) = self.enqueued.as_mut().filter(|cue| cue.fetched_at.is_none()) {
            match &next {
                Next::Item(item) => cue.item = (**item).clone(),
                Next::Nothing | Next::Unknown => self.enqueued = None,
            }
        }
        self.next = next;
    }

    /// Goes on with what is paused, under a new cue; `None` if nothing is.
    pub(crate) fn resume(&mut self, now: SystemTime) -> Option<u64> {
        let (State::Paused { position, .. } | State::Held { position, .. }) = self.state else {
            return None;
        };
        let before = self.current.take()?;
        let sequence = self.again(before, position, now);
        Some(sequence)
    }

    /// Wants a pause. Whether the Echo has to be told.
    pub(crate) fn pause(&mut self, now: SystemTime) -> bool {
        match self.state {
            State::Idle | State::Paused { .. } => false,
            State::Held { position, .. } => {
                self.intent = Intent::Pause;
                self.state = State::Paused { position, since: now };
                true
            }
            State::Starting { .. } if !self.is_given() => {
                let position = self.current.as_ref().map_or(Duration::ZERO, |cue| cue.base);
                self.state = State::Paused { position, since: now };
                self.intent = Intent::Pause;
                false
            }
            State::Starting { .. } | State::Playing(_) => {
                self.intent = Intent::Pause;
                true
            }
        }
    }

    /// Whether it is taken to play only because it did before a restart.
    pub(crate) fn is_unheard(&self) -> bool {
        self.is_unheard && matches!(self.state, State::Playing(_))
    }

    /// The Echo was silent after a restart: it is paused, unless it is heard of. `told` is where in
    /// its stream, as far as known; otherwise `position` in the sound of the item is taken.
    pub(crate) fn lose(&mut self, told: Option<Duration>, position: Duration, now: SystemTime) {
        if self.is_unheard() {
            let base = self.current.as_ref().map_or(Duration::ZERO, |cue| cue.base);
            let position = told.map_or(position, |told| base + told);
            self.state = State::Paused { position, since: now };
        }
    }

    /// The pause is a fact, although no event told it.
    pub(crate) fn paused(&mut self, now: SystemTime) {
        if let (Intent::Pause, Some(position)) = (self.intent, self.position(now))
            && !matches!(self.state, State::Idle | State::Paused { .. })
        {
            self.state = State::Paused { position, since: now };
        }
    }

    /// Wants silence. Whether the Echo has to be told.
    pub(crate) fn stop(&mut self) -> bool {
        let sounds = match self.state {
            State::Starting { .. } => self.is_given(),
            State::Playing(_) | State::Held { .. } => true,
            State::Idle | State::Paused { .. } => false,
        };
        self.intent = Intent::Silence;
        self.order += 1;
        self.clear();
        sounds
    }

    pub(super) fn clear(&mut self) {
        self.state = State::Idle;
        self.current = None;
        self.enqueued = None;
        self.interrupted = None;
        self.next = Next::Unknown;
        self.reason = None;
    }

    /// The wait for the Echo to ask is over, for this reason.
    pub(crate) fn give_up_waiting(&mut self, reason: &str) {
        if self.is_waiting() {
            self.clear();
            self.reason = Some(reason.to_owned());
        }
    }

    /// A pause that could not be had is not waited for any more.
    pub(crate) fn sound_on(&mut self) {
        self.intent = Intent::Sound;
    }

    /// Counts an order of the host; gives its number.
    pub(crate) fn new_order(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    /// Number of the host's last order.
    pub(crate) fn order(&self) -> u64 {
        self.order
    }

    /// Why it is idle although something should play.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    fn is_given(&self) -> bool {
        self.current.as_ref().is_some_and(|cue| cue.is_given)
    }

    /// The cue of a number, if it still counts.
    pub(crate) fn cue_of(&self, sequence: u64) -> Option<&Cue> {
        let cues = self.current.iter().chain(&self.enqueued);
        cues.into_iter().find(|cue| cue.sequence == sequence)
    }

    pub(crate) fn cue_mut(&mut self, sequence: u64) -> Option<&mut Cue> {
        let cues = self.current.iter_mut().chain(&mut self.enqueued);
        cues.into_iter().find(|cue| cue.sequence == sequence)
    }

    /// What is or should be heard.
    pub(crate) fn current(&self) -> Option<&Cue> {
        self.current.as_ref()
    }

    pub(crate) fn enqueued(&self) -> Option<&Cue> {
        self.enqueued.as_ref()
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Whether a cue waits to be given by a launch.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state, State::Starting { .. }) && !self.is_given()
    }

    /// Where in the sound of the current item it is, as far as known.
    pub(crate) fn position(&self, now: SystemTime) -> Option<Duration> {
        let cue = self.current.as_ref()?;
        Some(match self.state {
            State::Idle => return None,
            State::Starting { .. } => cue.base,
            State::Playing(anchor) => {
                let position = anchor.at(now);
                cue.item.duration.map_or(position, |duration| position.min(duration))
            }
            State::Held { position, .. } | State::Paused { position, .. } => position,
        })
    }

    /// When the current item ends, if it goes on playing.
    pub(super) fn end(&self) -> Option<SystemTime> {
        let State::Playing(anchor) = self.state else { return None };
        let rest = self.current.as_ref()?.rest(anchor.position)?;
        Some(anchor.at + rest)
    }

    /// When there is something to do without any event.
    pub(crate) fn due(&self) -> Option<SystemTime> {
        match self.state {
            State::Idle => None,
            State::Starting { since } => Some(since + BEGIN),
            State::Held { until, .. } => Some(until),
            State::Paused { since, .. } => Some(since + PAUSE),
            State::Playing(_) => {
                let is_fetched = |cue: &Cue| cue.fetched_at.is_some();
                let wait = if self.enqueued.as_ref().is_some_and(is_fetched) {
                    LATE_EVENT
                } else {
                    OVERTIME
                };
                self.end().map(|end| end + wait)
            }
        }
    }

    /// For what is to be shown.
    pub(crate) fn shown(&self) -> Stage {
        let mut stage = Stage {
            serial: self.serial.clone(),
            playback: StagePlayback::Idle,
            item: None,
            position: None,
            updated_at: 0.0,
            reason: self.reason.clone(),
        };
        // An announcement is no item of the queue: what it interrupts stands still.
        if let Some(interrupted) = &self.interrupted {
            stage.playback =
                if interrupted.goes_on { StagePlayback::Playing } else { StagePlayback::Paused };
            stage.item = Some(interrupted.cue.item.id.clone());
            stage.position = Some(interrupted.position.as_secs_f64());
            return stage;
        }
        let Some(cue) = &self.current else { return stage };
        let (playback, position) = match self.state {
            State::Idle => return stage,
            State::Starting { .. } => (StagePlayback::Starting, cue.base),
            State::Playing(anchor) => {
                stage.updated_at = unix(anchor.at);
                (StagePlayback::Playing, anchor.position)
            }
            State::Held { position, .. } => (StagePlayback::Playing, position),
            State::Paused { position, .. } => (StagePlayback::Paused, position),
        };
        stage.playback = playback;
        stage.item = Some(cue.item.id.clone());
        stage.position = Some(position.as_secs_f64());
        stage
    }

    /// A stop that nobody asked for.
    pub(super) fn hold(&mut self, position: Duration, now: SystemTime) {
        self.state = State::Held { position, until: now + INTERRUPTION };
    }
}

pub(super) fn unix(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
