//! What is known about the stream besides what it tells.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::backoff::Backoff;
use super::rhythm::Steady;
use super::watchdog::Watchdog;

/// Most names that are counted one by one (*chosen*).
const MOST_NAMES: usize = 50;
/// The name for all that came when there were so many.
const THE_REST: &str = "others";

/// Shared by whoever listens and whoever compares what is heard with what is read.
#[derive(Debug, Default)]
pub struct Health {
    missed: AtomicU32,
    changed: Notify,
    network_back: Notify,
    unknown: Mutex<BTreeMap<String, u64>>,
    past: Mutex<Past>,
}

/// What is to be remembered from one listening to the next.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// None before the first one.
    pub(super) time: Option<Steady>,
    pub(super) backoff: Backoff,
    pub(super) watchdog: Watchdog,
    /// When the capabilities were last declared from here.
    pub(super) declared: Option<Duration>,
}

impl Health {
    /// A read found a change that the stream should have told. After some of them, with no news in
    /// between, the stream is made anew.
    pub fn note_missed(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// A call got through, and those before it did not: who waits to connect because Amazon could not
    /// be reached need not wait any longer. To be called once for each such turn.
    pub fn note_network_back(&self) {
        self.network_back.notify_waiters();
    }

    /// Kinds of events that this version does not know, by name, with how often they came. At most
    /// fifty names; what comes in addition is counted as `others`.
    pub fn unknown(&self) -> BTreeMap<String, u64> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note_unknown(&self, name: &str) {
        let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_room = unknown.contains_key(name) || unknown.len() < MOST_NAMES - 1;
        let name = if is_room { name } else { THE_REST };
        match unknown.get_mut(name) {
            Some(times) => *times = times.saturating_add(1),
            None => drop(unknown.insert(name.to_owned(), 1)),
        }
    }

    /// Takes what is remembered, for as long as somebody listens.
    pub(super) fn recall(&self) -> Past {
        std::mem::take(&mut *self.past.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn remember(&self, past: Past) {
        *self.past.lock().unwrap_or_else(PoisonError::into_inner) = past;
    }

    pub(super) fn missed(&self) -> u32 {
        self.missed.load(Ordering::Relaxed)
    }

    /// There were news, or there is another stream.
    pub(super) fn forget_missed(&self) {
        self.missed.store(0, Ordering::Relaxed);
    }

    /// Ready when the network comes back.
    pub(super) async fn network_back(&self) {
        self.network_back.notified().await;
    }

    /// Ready when something was missed.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_kinds_are_counted_in_bounds() {
        let health = Health::default();
        for number in 0..1_000 {
            health.note_unknown(&format!("PUSH_NEW_{number:04}"));
            health.note_unknown("PUSH_NEW_0000");
        }
        let unknown = health.unknown();
        assert_eq!(unknown.len(), MOST_NAMES);
        assert_eq!((unknown["PUSH_NEW_0000"], unknown[THE_REST]), (1_001, 1_000 - 49));
    }
}
