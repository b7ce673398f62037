//! When the next connection may be made. Pure: times and chance go in, waits come out.

use std::collections::VecDeque;
use std::time::Duration;

use super::rhythm::{APART, FIRST_WAIT, HOURLY, JITTER, LONGEST_WAIT, STABLE, UNREACHED};

const HOUR: Duration = Duration::from_secs(3_600);

/// The memory of connections and their ends.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
    /// When the connections of the last hour were made, at most [`HOURLY`] of them.
    made: VecDeque<Duration>,
    up_since: Option<Duration>,
    /// Before that no connection is made.
    earliest: Duration,
}

impl Backoff {
    /// A connection is being made.
    pub fn note_connection(&mut self, now: Duration) {
        self.made.push_back(now);
        while self.made.len() > HOURLY {
            self.made.pop_front();
        }
    }

    /// The first bytes came.
    pub fn note_up(&mut self, now: Duration) {
        self.up_since = Some(now);
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether the failures so far are a reason to ask for another host: after [`UNREACHED`] of them,
    /// and after as many more each time, since a host can be given up during an outage too.
    pub fn is_turning_point(&self) -> bool {
        self.failures > 0 && self.failures.is_multiple_of(UNREACHED)
    }

    /// The connection ended, or none could be made: how long to wait before the next one. After a
    /// stable one that is no time at all. `chance` lies between 0 and 1.
    pub fn wait(&mut self, now: Duration, chance: f64) -> Duration {
        let was_stable = self.up_since.take().is_some_and(|up| now.saturating_sub(up) >= STABLE);
        let wait = if was_stable {
            self.failures = 0;
            Duration::ZERO
        } else {
            let doubled = FIRST_WAIT * (1 << self.failures.min(10));
            self.failures = self.failures.saturating_add(1);
            doubled.min(LONGEST_WAIT).mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0))
        };
        let wait = wait.max(self.least_wait(now));
        self.earliest = now + wait;
        wait
    }

    /// Somebody listens again after nobody did for a while: how long the first connection has to
    /// wait. Whoever comes and goes all the time must not make one each time.
    pub fn resume(&mut self, now: Duration) -> Duration {
        if self.up_since.take().is_some_and(|up| now.saturating_sub(up) >= STABLE) {
            self.failures = 0;
        }
        self.earliest.saturating_sub(now).max(self.least_wait(now))
    }

    /// The wait that nothing shortens.
    pub fn least_wait(&self, now: Duration) -> Duration {
        let rest = |since: Option<&Duration>, least: Duration| {
            since.map(|since| (*since + least).saturating_sub(now)).unwrap_or_default()
        };
        let oldest = self.made.front().filter(|_| self.made.len() == HOURLY);
        rest(self.made.back(), APART).max(rest(oldest, HOUR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    /// Makes connections for a while; each lives for a time and ends.
    fn connections(lives: Option<Duration>, whole: Duration, chance: f64) -> Vec<Duration> {
        let (mut backoff, mut now, mut made) = (Backoff::default(), Duration::ZERO, Vec::new());
        while now < whole {
            made.push(now);
            backoff.note_connection(now);
            if let Some(life) = lives {
                backoff.note_up(now);
                now += life;
            }
            now += backoff.wait(now, chance);
        }
        made
    }

    #[test]
    fn s_s2_thirty_refused_connections_are_twelve_tries_in_the_first_hour() {
        for chance in [0.0, 0.3, 1.0] {
            let tries = connections(None, seconds(3_600), chance).len();
            assert!((11..=12).contains(&tries), "{tries} tries at chance {chance}");
        }
        let waits: Vec<_> =
            connections(None, seconds(5_000), 0.0).windows(2).map(|two| two[1] - two[0]).collect();
        let expected = [5, 10, 20, 40, 80, 160, 320, 600, 600];
        assert_eq!(waits.get(..9).unwrap(), expected.map(seconds));
    }

    #[test]
    fn a_stable_stream_is_made_anew_at_once() {
        let mut backoff = Backoff::default();
        for number in 0..8 {
            backoff.note_connection(seconds(number));
            backoff.wait(seconds(number), 0.5);
        }
        backoff.note_connection(seconds(1_000));
        backoff.note_up(seconds(1_001));
        assert!(backoff.wait(seconds(1_060), 0.0) > seconds(500), "not stable yet");
        backoff.note_connection(seconds(2_000));
        backoff.note_up(seconds(2_001));
        assert_eq!(backoff.wait(seconds(2_061), 1.0), Duration::ZERO);
        assert_eq!(backoff.failures(), 0);
        // What fails right after it starts with the shortest wait.
        backoff.note_connection(seconds(2_061));
        assert_eq!(backoff.wait(seconds(2_061), 0.0), FIRST_WAIT);
    }

    #[test]
    fn whoever_comes_and_goes_makes_no_more_connections() {
        for is_refused in [true, false] {
            let (mut backoff, mut now, mut made) = (Backoff::default(), Duration::ZERO, 0);
            while now < seconds(3_600) {
                let wait = backoff.resume(now);
                if wait <= seconds(10) {
                    now += wait;
                    made += usize::from(now < seconds(3_600));
                    backoff.note_connection(now);
                    if is_refused {
                        backoff.wait(now, 0.0);
                    } else {
                        backoff.note_up(now);
                    }
                }
                now += seconds(10);
            }
            let most = if is_refused { 12 } else { HOURLY };
            assert!((5..=most).contains(&made), "{made}");
        }
    }

    #[test]
    fn streams_that_end_after_every_minute_do_not_become_a_storm() {
        let made = connections(Some(STABLE), seconds(86_400), 0.0);
        assert!(made.len() <= 24 * HOURLY, "{}", made.len());
        assert!(made.len() >= 23 * HOURLY, "{}", made.len());
    }

    proptest! {
        #[test]
        fn connections_keep_apart(
            lives in prop::collection::vec(prop::option::of(0_u64..200_000), 1..80),
            chance in 0.0..1.0,
        ) {
            let (mut backoff, mut now) = (Backoff::default(), Duration::ZERO);
            let mut made: Vec<Duration> = Vec::new();
            for life in lives {
                if let Some(last) = made.last() {
                    prop_assert!(now - *last >= APART);
                }
                made.push(now);
                backoff.note_connection(now);
                if let Some(life) = life {
                    backoff.note_up(now);
                    now += Duration::from_millis(life);
                }
                let wait = backoff.wait(now, chance);
                prop_assert!(wait <= HOUR);
                now += wait;
            }
            for window in made.windows(HOURLY + 1) {
                prop_assert!(window[HOURLY] - window[0] >= HOUR);
            }
        }
    }
}
