//! What was wanted last of which device: a newer command ends the efforts for an older one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// What a command is about. Commands about different matters do not disturb each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Matter {
    /// What is heard.
    Sound,
    /// Whether it is shuffled.
    Shuffle,
    /// Whether it is repeated.
    Repeat,
    /// Whether it is muted.
    Mute,
}

/// The number of the last wish for each device and matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    latest: Mutex<HashMap<(String, Matter), u64>>,
    last: watch::Sender<u64>,
}

/// One wish for some devices.
#[derive(Debug)]
pub(super) struct Wish {
    wishes: Wishes,
    matter: Matter,
    serials: Vec<String>,
    number: u64,
}

impl Wishes {
    /// A new wish, which ends the older ones for these devices.
    pub(super) fn begin(&self, matter: Matter, serials: impl IntoIterator<Item = String>) -> Wish {
        let serials: Vec<_> = serials.into_iter().collect();
        let mut latest = self.0.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut number = 0;
        self.0.last.send_modify(|last| {
            *last += 1;
            number = *last;
        });
        latest.extend(serials.iter().map(|serial| ((serial.clone(), matter), number)));
        Wish { wishes: self.clone(), matter, serials, number }
    }
}

impl Wish {
    /// Whether nothing newer is wanted of any of its devices.
    pub(super) fn stands(&self) -> bool {
        self.serials.iter().all(|serial| self.stands_for(serial))
    }

    /// Whether nothing newer is wanted of this device.
    pub(super) fn stands_for(&self, serial: &str) -> bool {
        let latest = self.wishes.0.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.get(&(serial.to_owned(), self.matter)) == Some(&self.number)
    }

    /// Completes when something newer is wanted of any of its devices.
    pub(super) async fn replaced(&self) {
        let mut last = self.wishes.0.last.subscribe();
        while self.stands() {
            // The sender lives as long as the wish.
            if last.changed().await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_newer_wish_ends_an_older_one_of_the_same_matter() {
        let wishes = Wishes::default();
        let one = wishes.begin(Matter::Sound, ["A".to_owned(), "B".to_owned()]);
        let other = wishes.begin(Matter::Shuffle, ["A".to_owned()]);
        assert!(one.stands() && other.stands() && one.replaced().now_or_never().is_none());
        let newer = wishes.begin(Matter::Sound, ["B".to_owned()]);
        assert!(!one.stands() && one.stands_for("A") && newer.stands() && other.stands());
        assert!(one.replaced().now_or_never().is_some());
    }
}
