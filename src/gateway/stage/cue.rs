//! One thing given to one Echo.

use std::time::{Duration, SystemTime};

use crate::gateway::item::Item;

/// One thing given to one Echo, under a number of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cue {
    /// Counts what was given to this Echo.
    pub(crate) sequence: u64,
    /// What it is.
    pub(crate) item: Item,
    /// Where in its sound the stream begins that the Echo gets.
    pub(crate) base: Duration,
    /// Whether the Echo has been told of it.
    pub(crate) is_given: bool,
    /// When the Echo began to fetch it.
    pub(crate) fetched_at: Option<SystemTime>,
    /// Whether its address has to be asked for again, as after a restart.
    pub(crate) is_stale: bool,
    /// Whether it interrupts something else, which goes on after it.
    pub(crate) is_announcement: bool,
}

impl Cue {
    pub(crate) fn new(sequence: u64, item: Item, base: Duration) -> Self {
        Self {
            sequence,
            item,
            base,
            is_given: false,
            fetched_at: None,
            is_stale: false,
            is_announcement: false,
        }
    }

    /// How much of the sound there is from `position` to its end.
    pub(crate) fn rest(&self, position: Duration) -> Option<Duration> {
        self.item.duration.map(|duration| duration.saturating_sub(position))
    }
}

/// Where something is in its sound, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Anchor {
    /// Position in the sound of the item.
    pub(crate) position: Duration,
    /// When.
    pub(crate) at: SystemTime,
}

impl Anchor {
    /// Where it is at another moment, if it goes on playing.
    pub(crate) fn at(&self, now: SystemTime) -> Duration {
        match now.duration_since(self.at) {
            Ok(since) => self.position + since,
            Err(before) => self.position.saturating_sub(before.duration()),
        }
    }
}
