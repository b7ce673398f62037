//! Which calls Amazon asked to wait, and how long. Pure: the time comes in.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::endpoint::EndpointClass;
use super::manners::ACCOUNT_HOLD;

/// A stretch of time in which nothing goes out. A clock that was put back to before the beginning
/// ends it too: else it would last for as long as the clock was ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    from: SystemTime,
    until: SystemTime,
}

impl Held {
    pub(super) fn new(now: SystemTime, wait: Duration) -> Self {
        Self { from: now, until: now + wait }
    }

    pub(super) fn rest(self, now: SystemTime) -> Duration {
        let is_known = now >= self.from;
        self.until.duration_since(now).ok().filter(|_| is_known).unwrap_or_default()
    }

    /// When it ends or ended; `now` when the clock was put back.
    pub(super) fn end(self, now: SystemTime) -> SystemTime {
        if now < self.from { now } else { self.until }
    }
}

/// The holds of one account.
#[derive(Debug)]
pub(super) struct Holds {
    account: Held,
    classes: HashMap<EndpointClass, Held>,
}

impl Holds {
    /// None.
    pub(super) fn new(now: SystemTime) -> Self {
        Self { account: Held::new(now, Duration::ZERO), classes: HashMap::new() }
    }

    /// Holds the class that was answered for the whole wait, and all others for a moment: nobody
    /// knows how far a throttle of Amazon's reaches. A longer hold that is on stays.
    pub(super) fn add(&mut self, class: EndpointClass, wait: Duration, now: SystemTime) {
        let longer = |held: Held, wait: Duration| Held::new(now, held.rest(now).max(wait));
        self.account = longer(self.account, wait.min(ACCOUNT_HOLD));
        self.classes.retain(|_, held| !held.rest(now).is_zero());
        let held = self.classes.entry(class).or_insert_with(|| Held::new(now, Duration::ZERO));
        *held = longer(*held, wait);
    }

    /// That of everything.
    pub(super) fn account(&self) -> Held {
        self.account
    }

    /// How long calls of a class have to wait for their own hold.
    pub(super) fn rest(&self, class: EndpointClass, now: SystemTime) -> Duration {
        self.classes.get(&class).map(|held| held.rest(now)).unwrap_or_default()
    }

    /// The classes that are held.
    pub(super) fn all(&self, now: SystemTime) -> Vec<(EndpointClass, Duration)> {
        let rests = self.classes.iter().map(|(class, held)| (*class, held.rest(now)));
        rests.filter(|(_, rest)| !rest.is_zero()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_unix;

    const fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn a_clock_that_is_put_back_ends_a_hold() {
        let held = Held::new(from_unix(1_000), seconds(12));
        assert_eq!(held.rest(from_unix(1_002)), seconds(10));
        assert_eq!(held.rest(from_unix(1_012)), Duration::ZERO);
        assert_eq!(held.rest(from_unix(400)), Duration::ZERO);
        assert_eq!(held.end(from_unix(400)), from_unix(400));
    }

    #[test]
    fn a_class_is_held_for_long_and_all_others_for_a_moment() {
        use EndpointClass::{Commands, Endpoints};
        let mut holds = Holds::new(from_unix(1_000));
        holds.add(Endpoints, seconds(300), from_unix(1_000));
        holds.add(Endpoints, seconds(5), from_unix(1_100));
        assert_eq!(holds.account().rest(from_unix(1_100)), seconds(5));
        assert_eq!(holds.rest(Endpoints, from_unix(1_100)), seconds(200));
        assert_eq!(holds.rest(Commands, from_unix(1_100)), Duration::ZERO);
        assert_eq!(holds.all(from_unix(1_290)), [(Endpoints, seconds(10))]);
        assert!(holds.all(from_unix(1_300)).is_empty());
    }
}
