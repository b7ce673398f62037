//! Telling changes to those who watch. Whoever is slow gets the latest of everything and never a
//! queue: memory is bounded by the number of players.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::links::Links;
use crate::api::{Device, PlayerState};

/// What changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The state of one player.
    Player(PlayerState),
    /// The list of devices: all of them, as they are now.
    Devices(Vec<Arc<Device>>),
    /// What the account hangs on.
    Links(Links),
}

/// All who watch.
#[derive(Debug, Default)]
pub(super) struct Feed {
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
}

#[derive(Debug, Default)]
struct Mailbox {
    pending: Mutex<Pending>,
    ready: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    links: Option<Links>,
    devices: Option<Vec<Arc<Device>>>,
    players: BTreeMap<String, PlayerState>,
    /// Serials in the order of their first change that was not fetched.
    order: VecDeque<String>,
    is_closed: bool,
}

impl Pending {
    fn put(&mut self, change: Change) {
        match change {
            Change::Links(links) => self.links = Some(links),
            Change::Devices(devices) => {
                // Nobody needs to hear of what is gone, nor to keep it until somebody listens.
                let players = devices.iter().filter(|one| one.is_player);
                let serials: BTreeSet<_> = players.map(|one| one.serial.as_str()).collect();
                self.players.retain(|serial, _| serials.contains(serial.as_str()));
                self.order.retain(|serial| serials.contains(serial.as_str()));
                self.devices = Some(devices);
            }
            Change::Player(state) => {
                if !self.players.contains_key(&state.serial) {
                    self.order.push_back(state.serial.clone());
                }
                self.players.insert(state.serial.clone(), state);
            }
        }
    }

    /// The list before the players in it, and a broken link before everything.
    fn fetch(&mut self) -> Option<Change> {
        if let Some(links) = self.links.take() {
            return Some(Change::Links(links));
        }
        if let Some(devices) = self.devices.take() {
            return Some(Change::Devices(devices));
        }
        let serial = self.order.pop_front()?;
        self.players.remove(&serial).map(Change::Player)
    }
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    /// Somebody more, who starts with what there is.
    pub(super) fn join(&self, start: Vec<Change>) -> Watch {
        let mailbox = Arc::new(Mailbox::default());
        {
            let mut pending = mailbox.lock();
            start.into_iter().for_each(|change| pending.put(change));
        }
        let mut mailboxes = self.lock();
        mailboxes.retain(|mailbox| mailbox.strong_count() > 0);
        mailboxes.push(Arc::downgrade(&mailbox));
        Watch { mailbox, on_drop: None }
    }

    /// Tells everybody.
    pub(super) fn tell(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        for mailbox in self.lock().iter().filter_map(Weak::upgrade) {
            let mut pending = mailbox.lock();
            changes.iter().cloned().for_each(|change| pending.put(change));
            drop(pending);
            mailbox.ready.notify_one();
        }
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        for mailbox in self.lock().iter().filter_map(Weak::upgrade) {
            mailbox.lock().is_closed = true;
            mailbox.ready.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Mailbox>>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells one watcher what changes, beginning with how everything is.
pub struct Watch {
    mailbox: Arc<Mailbox>,
    on_drop: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Watch {
    /// The next change; `None` once the account or this watch is closed. One caller at a time.
    pub async fn next(&self) -> Option<Change> {
        loop {
            // Made before the look, so that nothing is missed in between.
            let ready = self.mailbox.ready.notified();
            {
                let mut pending = self.mailbox.lock();
                if pending.is_closed {
                    return None;
                }
                if let Some(change) = pending.fetch() {
                    return Some(change);
                }
            }
            ready.await;
        }
    }

    /// Ends it: whoever waits for a change gets `None`.
    pub fn close(&self) {
        self.mailbox.lock().is_closed = true;
        self.mailbox.ready.notify_one();
    }

    /// Has something done when nobody needs this watch any more.
    pub(crate) fn on_drop(&mut self, then: impl FnOnce() + Send + Sync + 'static) {
        self.on_drop = Some(Box::new(then));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(then) = self.on_drop.take() {
            then();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Household;
    use futures_util::FutureExt;
    use serde_json::json;

    fn state(serial: &str, volume: u8) -> Change {
        Change::Player(PlayerState {
            serial: serial.to_owned(),
            volume: Some(volume),
            ..PlayerState::default()
        })
    }

    fn devices(serials: &[&str]) -> Change {
        let echo = |serial| json!({"serialNumber": serial, "deviceFamily": "ECHO"});
        let list: Vec<_> = serials.iter().map(echo).collect();
        let household = Household::merge(&json!({"devices": list}), None, None);
        Change::Devices(household.all().cloned().collect())
    }

    #[test]
    fn who_is_slow_gets_the_latest_of_each() {
        let feed = Feed::default();
        let watch = feed.join(vec![state("A", 1)]);
        for level in 0..100 {
            feed.tell(&[state("B", level), state("A", level)]);
        }
        feed.tell(&[devices(&["A", "B"])]);
        let all: Vec<_> = std::iter::from_fn(|| watch.next().now_or_never().flatten()).collect();
        assert_eq!(all, [devices(&["A", "B"]), state("A", 99), state("B", 99)]);
    }

    #[test]
    fn nothing_is_kept_of_devices_that_are_gone() {
        let feed = Feed::default();
        let watch = feed.join(Vec::new());
        for number in 0..100 {
            let serial = format!("S{number}");
            feed.tell(&[devices(&["A", &serial]), state("A", 1), state(&serial, 1)]);
        }
        feed.tell(&[devices(&["A"])]);
        let all: Vec<_> = std::iter::from_fn(|| watch.next().now_or_never().flatten()).collect();
        assert_eq!(all, [devices(&["A"]), state("A", 1)]);
    }

    #[test]
    fn what_is_no_player_any_more_is_not_told_as_one() {
        let feed = Feed::default();
        let watch = feed.join(vec![state("A", 1)]);
        let list = json!({"devices": [{"serialNumber": "A", "deviceFamily": "FIRE_TV"}]});
        let list = Change::Devices(Household::merge(&list, None, None).all().cloned().collect());
        feed.tell(std::slice::from_ref(&list));
        let all: Vec<_> = std::iter::from_fn(|| watch.next().now_or_never().flatten()).collect();
        assert_eq!(all, [list]);
    }

    #[tokio::test]
    async fn closing_wakes_who_waits() {
        let feed = Feed::default();
        let watch = Arc::new(feed.join(Vec::new()));
        let other = Arc::clone(&watch);
        let waiting = tokio::spawn(async move { other.next().await });
        tokio::task::yield_now().await;
        watch.close();
        assert_eq!(waiting.await.unwrap(), None);
        let second = feed.join(vec![state("A", 1)]);
        feed.close();
        assert_eq!(second.next().await, None);
        drop(second);
        assert!(feed.join(Vec::new()).next().now_or_never().is_none());
    }
}
