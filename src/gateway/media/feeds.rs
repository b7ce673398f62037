//! Which sounds are on their way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::CueRef;
use super::feed::Feed;
use super::inflow::Inflow;
use super::share::{Limits, Share};

/// How many may read the same at once: an Echo that fetches twice (*documented* for nobody, seen with
/// players that look at the beginning first), or comes back before the old connection is known dead.
const READERS: usize = 2;
/// Cues of an Echo that are kept although nobody reads them: what plays, and what comes next.
const KEPT_CUES: u64 = 2;

/// All feeds.
pub(super) struct Feeds {
    inflow: Arc<Inflow>,
    share: Arc<Share>,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    feeds: BTreeMap<CueRef, Vec<Arc<Feed>>>,
    is_closed: bool,
}

/// Why nobody can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSeat {
    /// Others read it already.
    Crowded,
    /// The gateway ends.
    Closed,
}

impl Feeds {
    pub(super) fn new(inflow: Arc<Inflow>, limits: Limits) -> Self {
        Self { inflow, share: Arc::new(Share::new(limits)), book: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The feed of a cue that is there, preferably one that is read.
    pub(super) fn of(&self, cue: &CueRef) -> Option<Arc<Feed>> {
        let book = self.lock();
        let feeds = book.feeds.get(cue)?;
        feeds.iter().max_by_key(|feed| feed.readers()).map(Arc::clone)
    }

    /// Lets somebody read a cue from a place on: out of a feed that is there, or one made for it.
    pub(super) fn sit_down(
        self: &Arc<Self>,
        cue: &CueRef,
        place: u64,
        now: SystemTime,
    ) -> Result<(Arc<Feed>, u64), NoSeat> {
        let mut book = self.lock();
        if book.is_closed {
            return Err(NoSeat::Closed);
        }
        let feeds = book.feeds.entry(cue.clone()).or_default();
        let readers: usize = feeds.iter().map(|feed| feed.readers()).sum();
        if readers >= READERS && !feeds.iter().any(|feed| feed.make_room(now)) {
            return Err(NoSeat::Crowded);
        }
        if let Some(feed) = feeds.iter().find(|feed| feed.can_serve(place)) {
            let feed = Arc::clone(feed);
            let id = feed.sit_down(place, now);
            return Ok((feed, id));
        }
        // What nobody reads and cannot be read either is in the way.
        feeds.retain(|feed| {
            let is_read = feed.readers() > 0;
            if !is_read {
                feed.give_up();
            }
            is_read
        });
        let feed = Arc::new(Feed::new(cue.clone(), place, Arc::clone(&self.share), now));
        let id = feed.sit_down(place, now);
        feeds.push(Arc::clone(&feed));
        book.forget_old(cue);
        self.share.among(book.count());
        drop(book);
        self.fill(&feed);
        Ok((feed, id))
    }

    fn fill(self: &Arc<Self>, feed: &Arc<Feed>) {
        let (inflow, filled, all) =
            (Arc::clone(&self.inflow), Arc::clone(feed), Arc::downgrade(self));
        let task = tokio::spawn(async move {
            loop {
                inflow.fill(&filled).await;
                // Somebody may have come in this very moment.
                if all.upgrade().is_none_or(|all| all.remove(&filled)) {
                    return;
                }
            }
        });
        feed.filled_by(task.abort_handle());
    }

    /// Forgets a feed, unless somebody reads it.
    fn remove(&self, gone: &Arc<Feed>) -> bool {
        let mut book = self.lock();
        if gone.readers() > 0 {
            return false;
        }
        if let Some(feeds) = book.feeds.get_mut(&gone.cue) {
            feeds.retain(|feed| !Arc::ptr_eq(feed, gone));
            if feeds.is_empty() {
                book.feeds.remove(&gone.cue);
            }
        }
        self.share.among(book.count());
        true
    }

    /// How many feeds there are, and how many bytes they hold.
    pub(super) fn size(&self) -> (usize, u64) {
        let book = self.lock();
        (book.count(), book.feeds.values().flatten().map(|feed| feed.held()).sum())
    }

    /// Ends them all, and lets no new ones begin.
    pub(super) fn close(&self) {
        let mut book = self.lock();
        book.is_closed = true;
        std::mem::take(&mut book.feeds).values().flatten().for_each(|feed| feed.give_up());
    }
}

impl Book {
    fn count(&self) -> usize {
        self.feeds.values().map(Vec::len).sum()
    }

    /// Gives up what came before, as far as nobody reads it.
    fn forget_old(&mut self, newest: &CueRef) {
        self.feeds.retain(|cue, feeds| {
            if cue.serial != newest.serial
                || cue.sequence.saturating_add(KEPT_CUES) > newest.sequence
            {
                return true;
            }
            feeds.retain(|feed| {
                let is_read = feed.readers() > 0;
                if !is_read {
                    feed.give_up();
                }
                is_read
            });
            !feeds.is_empty()
        });
    }
}
