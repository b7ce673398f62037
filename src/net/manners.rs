//! Every number of politeness towards Amazon, in one place, and the jitter that goes with them.
//!
//! Those of the push stream are in [`crate::push::rhythm`]. Each says how sure it is: *documented* by Amazon, *observed* in public clients or *chosen*. No
//! limit of Amazon's is known; nobody has seen a `Retry-After` from it either.

use std::sync::Arc;
use std::time::Duration;

/// Requests per second in the long run (*chosen*), unless the settings say otherwise.
pub const REQUESTS_PER_SECOND: f64 = 1.0;
/// Requests at once after a pause (*chosen*: what a page of the web client asks for at once).
pub const BURST: u32 = 4;
/// Requests under way at the same time (*observed* in one client).
pub const IN_FLIGHT: usize = 2;

/// Longest wait of Amazon's that a read sits out (*chosen*: a little more than the longest pause
/// after a harsh answer).
pub const READ_PATIENCE: Duration = Duration::from_secs(65);
/// The same for a command (*chosen*): minutes late is worse than refused.
pub const COMMAND_PATIENCE: Duration = Duration::from_secs(5);

/// Pause after a throttle answer that names no time (*observed*: 10 to 13 s in three clients).
pub const THROTTLE_PAUSE: Pause = Pause::between(10_000, 13_000);
/// The same after "Too many requests" (*observed*: those and 20 to 50 s more).
pub const HARSH_PAUSE: Pause = Pause::between(30_000, 63_000);
/// Shortest and longest wait that is taken over from Amazon (*chosen*).
pub const SHORTEST_HOLD: Duration = Duration::from_secs(1);
/// See [`SHORTEST_HOLD`].
pub const LONGEST_HOLD: Duration = Duration::from_secs(300);
/// Longest time that one throttle answer holds calls of other classes too (*chosen*: the longest
/// [`THROTTLE_PAUSE`]).
pub const ACCOUNT_HOLD: Duration = Duration::from_secs(13);
/// Pause before a call is repeated after a failure of Amazon's own (*observed*: 0.5 to 1 s).
pub const REPEAT_PAUSE: Pause = Pause::between(500, 1_000);

/// Straight failures of a class after which it rests (*chosen*).
pub const CIRCUIT_FAILURES: u32 = 5;
/// How long it rests at first (*chosen*); it doubles with every probe that fails.
pub const CIRCUIT_REST: Duration = Duration::from_secs(30);
/// How long it rests at the most (*chosen*).
pub const CIRCUIT_LONGEST_REST: Duration = Duration::from_secs(600);
/// How long commands rest (*chosen*): a person pressed a button and waits.
pub const COMMAND_REST: Duration = Duration::from_secs(10);
/// How long a class rests that could not be reached at all (*chosen*). It does not grow: the network
/// is back at once when it is back.
pub const NETWORK_REST: Duration = Duration::from_secs(30);

/// Seconds without a sign-in by password after the first, second, ... captcha in a row (*chosen*).
pub const CAPTCHA_WAITS: [u64; 4] = [60, 300, 900, 3_600];

/// Seconds without a renewal after one that failed (*chosen*); it doubles up to
/// [`LONGEST_RENEWAL_REST`].
pub const RENEWAL_REST: u64 = 60;
/// See [`RENEWAL_REST`].
pub const LONGEST_RENEWAL_REST: u64 = 900;
/// Two refusals of the token service must lie this many seconds apart to be believed, and it is not
/// asked in between (*chosen*).
pub const REFUSALS_APART: u64 = 180;
/// Seconds in which a call renews no cookies after fresh ones did not help it (*chosen*): a single
/// endpoint that always refuses must not cause an exchange each time.
pub const FUTILE: u64 = 600;
/// How long all other calls renew none either, at the most (*chosen*); it begins with [`FUTILE`] and
/// doubles. It is cut short once when another kind of call wants a sign-in too.
pub const LONGEST_FUTILE: u64 = 1_800;
/// Seconds for which it is believed that another kind of call works (*chosen*).
pub const ALIVE_FOR: u64 = 60;
/// Seconds after which cookies are exchanged anew (*observed*: they live 14 days).
pub const COOKIE_AGE: u64 = 5 * 24 * 3_600;
/// Seconds after which Amazon gets the chance to set a new csrf value (*chosen*; public clients take
/// 24, 12 and 2 hours for a value of the same kind).
pub const CSRF_AGE: u64 = 24 * 3_600;
/// Seconds for which a csrf value that is only old is left as it is after no page could be had for
/// it (*chosen*): it is good until it is refused, and each try keeps a call waiting.
pub const CSRF_REST: u64 = 3_600;

/// A pause of about some length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    least: Duration,
    most: Duration,
}

impl Pause {
    /// From so many milliseconds to so many.
    pub const fn between(least: u64, most: u64) -> Self {
        Self { least: Duration::from_millis(least), most: Duration::from_millis(most) }
    }

    /// Of exactly this length.
    pub const fn exactly(length: Duration) -> Self {
        Self { least: length, most: length }
    }

    /// How long it can be.
    pub const fn longest(self) -> Duration {
        self.most
    }
}

/// Where chance comes from, so that many installations do not ask at the same moment.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> f64 + Send + Sync>);

impl std::fmt::Debug for Jitter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jitter")
    }
}

impl Jitter {
    /// Real chance.
    pub fn random() -> Self {
        // Without a source of chance the middle will do.
        Self(Arc::new(|| {
            getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
        }))
    }

    /// Always the same: 0 for the least, 1 for the most.
    pub fn fixed(share: f64) -> Self {
        Self(Arc::new(move || share))
    }

    /// A number from 0 to 1.
    pub fn share(&self) -> f64 {
        (self.0)().clamp(0.0, 1.0)
    }

    /// The length of a pause this time.
    pub fn length(&self, pause: Pause) -> Duration {
        pause.least + pause.most.saturating_sub(pause.least).mul_f64(self.share())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_within_their_bounds() {
        let (low, high) = (Jitter::fixed(0.0), Jitter::fixed(1.0));
        assert_eq!(low.length(THROTTLE_PAUSE), Duration::from_secs(10));
        assert_eq!(high.length(HARSH_PAUSE), Duration::from_secs(63));
        assert_eq!(high.length(Pause::exactly(NETWORK_REST)), NETWORK_REST);
        let jitter = Jitter::random();
        let lengths: Vec<_> = (0..50).map(|_| jitter.length(HARSH_PAUSE)).collect();
        assert!(lengths.iter().all(|one| (30..=63).contains(&one.as_secs())));
        assert!(lengths.iter().any(|one| Some(one) != lengths.first()));
    }

    #[test]
    fn numbers_fit_together() {
        assert!(READ_PATIENCE > HARSH_PAUSE.longest(), "a read sits out every usual pause");
        const { assert!(CSRF_REST < CSRF_AGE, "an age never lies in the future") };
        assert!(ACCOUNT_HOLD >= THROTTLE_PAUSE.longest());
        assert!(CAPTCHA_WAITS.is_sorted() && CIRCUIT_REST < CIRCUIT_LONGEST_REST);
    }
}
