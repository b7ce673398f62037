//! Renewals that did not help: calls that want a sign-in although the cookies are fresh. Pure: the
//! time comes in, in Unix seconds.
//!
//! Two memories keep such calls from costing an exchange each time. The call itself renews nothing
//! for a while; and neither does any other, unless another kind of call shows that the cookies are
//! dead indeed. A time in the future comes from a clock that was wrong, and counts as none.

use std::collections::HashMap;

use crate::net::manners::{ALIVE_FOR, FUTILE, LONGEST_FUTILE};

/// What may be done about a call that wants a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Renew.
    Renew,
    /// Renew when another kind of call wants a sign-in too.
    Ask,
    /// Nothing: the cookies were good a moment ago, or renewing was tried to no avail.
    GiveUp,
}

/// What renewals did not help.
#[derive(Debug, Default)]
pub(super) struct Futility {
    /// Paths with the time of it.
    paths: HashMap<String, u64>,
    /// Renewals in a row that did not help the call they were made for.
    in_a_row: u32,
    /// The last of them: when, and its number among all renewals.
    last: Option<(u64, u64)>,
    /// Whether the present rest may still be cut short.
    can_hurry: bool,
    /// When another kind of call was found to work.
    alive_at: Option<u64>,
}

impl Futility {
    /// Whether a path is known not to be helped by fresh cookies.
    pub(super) fn is_known(&self, path: &str, now: u64) -> bool {
        self.paths.get(path).is_some_and(|at| is_within(*at, now, FUTILE))
    }

    /// What may be done about a call on another path.
    pub(super) fn way(&self, now: u64) -> Way {
        let rest = (FUTILE << self.in_a_row.saturating_sub(1).min(8)).min(LONGEST_FUTILE);
        let rests = self.last.is_some_and(|(at, _)| is_within(at, now, rest));
        let is_alive = self.alive_at.is_some_and(|at| is_within(at, now, ALIVE_FOR));
        match (rests, is_alive || !self.can_hurry) {
            (false, _) => Way::Renew,
            (true, false) => Way::Ask,
            (true, true) => Way::GiveUp,
        }
    }

    /// Another kind of call works: the cookies are good.
    pub(super) fn note_alive(&mut self, now: u64) {
        self.alive_at = Some(now);
    }

    /// A call got what it wanted after a renewal.
    pub(super) fn note_help(&mut self) {
        *self = Self { paths: std::mem::take(&mut self.paths), ..Self::default() };
    }

    /// A call on this path still wants a sign-in, and renewed nothing.
    pub(super) fn note_path(&mut self, path: &str, now: u64) {
        self.paths.retain(|_, at| is_within(*at, now, FUTILE));
        self.paths.entry(path.to_owned()).or_insert(now);
    }

    /// A call on this path still wants a sign-in after the renewal of this number.
    pub(super) fn note_futile(&mut self, path: &str, number: u64, now: u64) {
        self.note_path(path, now);
        if self.last.is_some_and(|(_, last)| last == number) {
            return;
        }
        // A rest that was cut short in vain is not followed by one that can be.
        self.can_hurry = self.way(now) == Way::Renew;
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.last = Some((now, number));
    }
}

fn is_within(at: u64, now: u64, seconds: u64) -> bool {
    now.checked_sub(at).is_some_and(|age| age < seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_remembered_for_a_while() {
        let mut futility = Futility::default();
        futility.note_path("/a", 1_000);
        futility.note_path("/a", 1_500);
        assert!(futility.is_known("/a", 1_599) && !futility.is_known("/b", 1_001));
        assert!(!futility.is_known("/a", 1_600) && !futility.is_known("/a", 999));
    }

    /// Exchanges within a time, when ever new paths want a sign-in every second and `is_dead` is
    /// what other kinds of calls say.
    fn storm(seconds: u64, is_dead: bool) -> (Vec<u64>, usize) {
        let (mut futility, mut renewed, mut asked) = (Futility::default(), Vec::new(), 0);
        for now in 0..seconds {
            let path = format!("/{now}");
            let renews = match futility.way(now) {
                Way::Renew => true,
                Way::Ask => {
                    asked += 1;
                    if !is_dead {
                        futility.note_alive(now);
                    }
                    is_dead
                }
                Way::GiveUp => false,
            };
            if renews {
                renewed.push(now);
                futility.note_futile(&path, renewed.len() as u64, now);
            }
        }
        (renewed, asked)
    }

    #[test]
    fn a_storm_costs_few_renewals() {
        let (renewed, asked) = storm(7_200, false);
        assert_eq!(renewed, [0, 600, 1_800, 3_600, 5_400]);
        assert!(asked <= 120, "{asked} questions");
        let (renewed, asked) = storm(7_200, true);
        assert_eq!(renewed, [0, 1, 1_201, 1_202, 3_002, 3_003, 4_803, 4_804, 6_604, 6_605]);
        assert_eq!(asked, 5);
    }

    #[test]
    fn help_ends_it_all() {
        let mut futility = Futility::default();
        futility.note_futile("/a", 1, 1_000);
        assert_eq!(futility.way(1_001), Way::Ask);
        futility.note_futile("/b", 1, 1_001);
        assert_eq!(futility.way(1_600), Way::Renew, "two calls of one renewal count once");
        futility.note_help();
        assert_eq!(futility.way(1_001), Way::Renew);
        assert!(futility.is_known("/a", 1_002), "but not for the path that is refused anyway");
    }

    #[test]
    fn a_clock_that_is_put_back_ends_a_rest() {
        let mut futility = Futility::default();
        futility.note_futile("/a", 1, 1_000);
        assert_eq!(futility.way(10), Way::Renew);
    }
}
