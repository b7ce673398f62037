//! Telling the host. It gets the latest stage of each Echo, every wish that still waits, and the
//! latest troubles: memory is bounded however slow it reads.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::gateway::event::{Ask, GatewayEvent, SkillDevice, Stage, Trouble};

/// Wishes and troubles that wait to be fetched; the oldest ones go first (*chosen*).
const MOST: usize = 100;

/// All who listen.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
}

#[derive(Debug, Default)]
struct Mailbox {
    pending: Mutex<Pending>,
    ready: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    asks: VecDeque<Ask>,
    troubles: VecDeque<Trouble>,
    pairings: Option<Vec<SkillDevice>>,
    stages: BTreeMap<String, Stage>,
    order: VecDeque<String>,
    is_closed: bool,
}

impl Pending {
    fn put(&mut self, event: GatewayEvent) {
        match event {
            GatewayEvent::Ask(ask) => {
                self.asks.push_back(ask);
                if self.asks.len() > MOST {
                    self.asks.pop_front();
                }
            }
            GatewayEvent::Trouble(trouble) => {
                self.troubles.push_back(trouble);
                if self.troubles.len() > MOST {
                    self.troubles.pop_front();
                }
            }
            GatewayEvent::Pairings(list) => self.pairings = Some(list),
            GatewayEvent::Stage(stage) => {
                if !self.stages.contains_key(&stage.serial) {
                    self.order.push_back(stage.serial.clone());
                }
                self.stages.insert(stage.serial.clone(), stage);
            }
        }
    }

    /// What is, before what is wished for: a wish is about what is.
    fn fetch(&mut self) -> Option<GatewayEvent> {
        if let Some(serial) = self.order.pop_front() {
            return self.stages.remove(&serial).map(GatewayEvent::Stage);
        }
        if let Some(ask) = self.asks.pop_front() {
            return Some(GatewayEvent::Ask(ask));
        }
        if let Some(list) = self.pairings.take() {
            return Some(GatewayEvent::Pairings(list));
        }
        self.troubles.pop_front().map(GatewayEvent::Trouble)
    }
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    /// Somebody more, who starts with what there is.
    pub(crate) fn join(&self, start: impl IntoIterator<Item = GatewayEvent>) -> GatewayWatch {
        let mailbox = Arc::new(Mailbox::default());
        start.into_iter().for_each(|event| mailbox.lock().put(event));
        let mut mailboxes = self.lock();
        mailboxes.retain(|mailbox| mailbox.strong_count() > 0);
        mailboxes.push(Arc::downgrade(&mailbox));
        GatewayWatch { mailbox }
    }

    /// Tells everybody; false if there is nobody.
    pub(crate) fn tell(&self, event: &GatewayEvent) -> bool {
        let mailboxes: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        for mailbox in &mailboxes {
            mailbox.lock().put(event.clone());
            mailbox.ready.notify_one();
        }
        !mailboxes.is_empty()
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        for mailbox in self.lock().iter().filter_map(Weak::upgrade) {
            mailbox.lock().is_closed = true;
            mailbox.ready.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Mailbox>>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells what a gateway has to tell, beginning with how everything is.
#[derive(Debug)]
pub struct GatewayWatch {
    mailbox: Arc<Mailbox>,
}

impl GatewayWatch {
    /// The next event; `None` once the gateway or this watch is closed. Nothing is lost when the
    /// wait is dropped.
    pub async fn next(&self) -> Option<GatewayEvent> {
        loop {
            {
                let mut pending = self.mailbox.lock();
                if let Some(event) = pending.fetch() {
                    return Some(event);
                }
                if pending.is_closed {
                    drop(pending);
                    // Whoever else waits shall end, too.
                    self.mailbox.ready.notify_one();
                    return None;
                }
            }
            self.mailbox.ready.notified().await;
        }
    }

    /// Ends it.
    pub fn close(&self) {
        let mut pending = self.mailbox.lock();
        *pending = Pending { is_closed: true, ..Pending::default() };
        drop(pending);
        self.mailbox.ready.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::event::{StagePlayback, Wish};

    fn stage(serial: &str, position: f64) -> GatewayEvent {
        GatewayEvent::Stage(Stage {
            serial: serial.to_owned(),
            playback: StagePlayback::Playing,
            item: None,
            position: Some(position),
            updated_at: 0.0,
            reason: None,
        })
    }

    #[tokio::test]
    async fn the_latest_of_each_echo_comes_before_its_wishes() {
        let feed = Feed::default();
        let watch = feed.join([]);
        feed.tell(&stage("G1", 1.0));
        let wish = Ask { id: 1, serial: "G1".to_owned(), wish: Wish::Next };
        feed.tell(&GatewayEvent::Ask(wish));
        feed.tell(&stage("G1", 2.0));
        let Some(GatewayEvent::Stage(stage)) = watch.next().await else { panic!("no stage") };
        assert_eq!(stage.position, Some(2.0));
        assert!(matches!(watch.next().await, Some(GatewayEvent::Ask(_))));
        feed.close();
        assert!(watch.next().await.is_none());
    }

    #[tokio::test]
    async fn whoever_is_slow_does_not_fill_the_memory() {
        let feed = Feed::default();
        let watch = feed.join([]);
        for id in 0..1_000 {
            let wish = Ask { id, serial: "G1".to_owned(), wish: Wish::Next };
            feed.tell(&GatewayEvent::Ask(wish));
        }
        let Some(GatewayEvent::Ask(ask)) = watch.next().await else { panic!("no wish") };
        assert_eq!(ask.id, 1_000 - MOST as u64);
        watch.close();
        assert!(watch.next().await.is_none());
        drop(watch);
        assert!(!feed.tell(&stage("G1", 1.0)));
    }
}
