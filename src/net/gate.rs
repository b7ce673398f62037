//! Politeness: how many requests may go out, and how fast.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;
use crate::error::{Error, Result, code};
use crate::settings::Settings;

/// A token bucket for the whole account, with a limit of requests under way.
pub struct Gate {
    clock: Arc<dyn Clock>,
    under_way: Arc<Semaphore>,
    per_second: f64,
    burst: f64,
    /// Locked while waiting, which serves everybody in turn. Who gives up takes nothing.
    bucket: AsyncMutex<Bucket>,
    /// Reads queue here first, so that a command waits for one of them at the most.
    reads: AsyncMutex<()>,
    /// Nothing goes out in this time: Amazon asked for it.
    held: Mutex<Held>,
}

/// A clock that was put back to before the beginning ends it too: else it would last for ever.
#[derive(Clone, Copy)]
struct Held {
    from: SystemTime,
    until: SystemTime,
}

impl Held {
    fn rest(self, now: SystemTime) -> Duration {
        let is_known = now >= self.from;
        self.until.duration_since(now).ok().filter(|_| is_known).unwrap_or_default()
    }
}

struct Bucket {
    tokens: f64,
    since: SystemTime,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gate({}/s)", self.per_second)
    }
}

impl Gate {
    /// A full bucket by the settings.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        Self {
            clock,
            under_way: Arc::new(Semaphore::new(settings.in_flight.max(1))),
            per_second: settings.requests_per_second,
            burst: f64::from(settings.burst),
            bucket: AsyncMutex::new(Bucket { tokens: f64::from(settings.burst), since: now }),
            reads: AsyncMutex::default(),
            held: Mutex::new(Held { from: now, until: now }),
        }
    }

    /// [`Gate::pass`] for what may wait longer than a command.
    ///
    /// # Errors
    /// As [`Gate::pass`].
    pub async fn pass_read(&self, patience: Duration) -> Result<Option<OwnedSemaphorePermit>> {
        let _turn = self.reads.lock().await;
        self.pass(patience).await
    }

    /// Waits for the turn; the request is under way until the permit is dropped.
    ///
    /// # Errors
    /// `throttled` when Amazon's own wait would be longer than `patience`: a command that comes
    /// minutes late is worse than one that fails.
    pub async fn pass(&self, patience: Duration) -> Result<Option<OwnedSemaphorePermit>> {
        // Before the queue: whoever is first in it may be waiting for just that.
        self.check(patience)?;
        let permit = Arc::clone(&self.under_way).acquire_owned().await.ok();
        let mut bucket = self.bucket.lock().await;
        loop {
            let held = self.check(patience)?;
            let wait = held.max(self.missing(&mut bucket));
            if wait.is_zero() {
                bucket.tokens -= 1.0;
                return Ok(permit);
            }
            self.clock.sleep(wait).await;
        }
    }

    /// The rest of Amazon's own wait.
    fn check(&self, patience: Duration) -> Result<Duration> {
        let held = self.held();
        if held > patience {
            let seconds = held.as_secs();
            return Err(Error::new(
                code::THROTTLED,
                format!("Amazon asked to wait {seconds} more seconds."),
            )
            .with_retry_after(held));
        }
        Ok(held)
    }

    /// Lets nothing out for `wait`: Amazon asked for it.
    pub fn hold(&self, wait: Duration) {
        let now = self.clock.now();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = held.rest(now);
        *held = Held { from: now, until: now + rest.max(wait) };
    }

    fn held(&self) -> Duration {
        self.last_held().rest(self.clock.now())
    }

    fn last_held(&self) -> Held {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until there is a token.
    fn missing(&self, bucket: &mut Bucket) -> Duration {
        if self.per_second <= 0.0 {
            bucket.tokens = self.burst;
            return Duration::ZERO;
        }
        let now = self.clock.now();
        let held = self.last_held();
        let held_until = if now < held.from { now } else { held.until };
        if held_until > bucket.since {
            // After a hold it starts slowly: nothing was saved up meanwhile.
            bucket.tokens = bucket.tokens.min(1.0);
            bucket.since = held_until;
        }
        // A clock that went backwards fills nothing.
        let passed = now.duration_since(bucket.since).unwrap_or_default().as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * self.per_second).min(self.burst);
        bucket.since = now.max(held_until);
        // Rounded up to a whole millisecond, so that a wait is never one token short.
        let missing = ((1.0 - bucket.tokens).max(0.0) / self.per_second * 1_000.0).ceil();
        Duration::from_millis(missing as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, from_unix};
    use futures_util::poll;
    use std::future::Future;
    use std::pin::Pin;

    const PATIENT: Duration = Duration::from_secs(3_600);

    fn gate(per_second: f64) -> (Gate, ManualClock) {
        let clock = ManualClock::new(from_unix(1_000));
        let settings = Settings {
            requests_per_second: per_second,
            burst: 4,
            in_flight: 100,
            ..Settings::default()
        };
        (Gate::new(&settings, Arc::new(clock.clone())), clock)
    }

    /// Without the scheduler's budget, which a test that polls by hand would use up.
    fn patient(
        gate: &Gate,
    ) -> Pin<Box<impl Future<Output = Result<Option<OwnedSemaphorePermit>>>>> {
        Box::pin(tokio::task::unconstrained(gate.pass(PATIENT)))
    }

    /// How many of many requests get out while `seconds` pass.
    async fn let_out(gate: &Gate, clock: &ManualClock, seconds: u64) -> usize {
        let mut waiting: Vec<_> = (0..50).map(|_| patient(gate)).collect();
        let mut out = 0;
        for _ in 0..=seconds * 10 {
            let mut still = Vec::new();
            for mut one in waiting {
                match poll!(&mut one) {
                    std::task::Poll::Ready(_) => out += 1,
                    std::task::Poll::Pending => still.push(one),
                }
            }
            waiting = still;
            clock.advance(Duration::from_millis(100));
        }
        out
    }

    #[tokio::test]
    async fn a_burst_is_free_and_then_one_a_second() {
        let (gate, clock) = gate(1.0);
        assert_eq!(let_out(&gate, &clock, 0).await, 4);
        let (gate, clock) = self::gate(1.0);
        assert_eq!(let_out(&gate, &clock, 20).await, 24);
    }

    #[tokio::test]
    async fn who_gives_up_takes_nothing() {
        let (gate, clock) = gate(1.0);
        let_out(&gate, &clock, 0).await;
        for _ in 0..100 {
            let mut impatient = patient(&gate);
            assert!(poll!(&mut impatient).is_pending());
        }
        clock.advance(Duration::from_secs(1));
        assert!(poll!(patient(&gate)).is_ready());
    }

    #[tokio::test]
    async fn a_hold_stops_those_who_wait_and_starts_slowly() {
        let (gate, clock) = gate(1.0);
        let_out(&gate, &clock, 0).await;
        let mut waiting = patient(&gate);
        assert!(poll!(&mut waiting).is_pending());
        gate.hold(Duration::from_secs(12));
        gate.hold(Duration::from_secs(5));
        clock.advance(Duration::from_secs(11));
        assert!(poll!(&mut waiting).is_pending());
        drop(waiting);
        assert!((1..=3).contains(&let_out(&gate, &clock, 2).await));
    }

    #[tokio::test]
    async fn a_command_does_not_wait_for_minutes() {
        let (gate, _) = gate(0.0);
        assert!(gate.pass(Duration::ZERO).await.is_ok());
        gate.hold(Duration::from_secs(12));
        let error = gate.pass(Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(
            (error.code(), error.retry_after()),
            (code::THROTTLED, Some(Duration::from_secs(12)))
        );
    }

    #[tokio::test]
    async fn a_command_does_not_queue_behind_a_read_that_waits_for_minutes() {
        let (gate, _) = gate(1.0);
        gate.hold(Duration::from_secs(45));
        let mut read = patient(&gate);
        assert!(poll!(&mut read).is_pending());
        let command = gate.pass(Duration::from_secs(5));
        let refused = futures_util::FutureExt::now_or_never(command).unwrap();
        assert_eq!(refused.unwrap_err().code(), code::THROTTLED);
    }

    #[test]
    fn a_clock_that_is_put_back_ends_a_hold() {
        let held = Held { from: from_unix(1_000), until: from_unix(1_012) };
        assert_eq!(held.rest(from_unix(1_002)), Duration::from_secs(10));
        assert_eq!(held.rest(from_unix(1_012)), Duration::ZERO);
        assert_eq!(held.rest(from_unix(400)), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_command_overtakes_the_reads() {
        let (gate, clock) = gate(1.0);
        let_out(&gate, &clock, 0).await;
        let read = || Box::pin(tokio::task::unconstrained(gate.pass_read(PATIENT)));
        let mut reads: Vec<_> = (0..10).map(|_| read()).collect();
        for read in &mut reads {
            assert!(poll!(read).is_pending());
        }
        let mut command = patient(&gate);
        assert!(poll!(&mut command).is_pending());
        clock.advance(Duration::from_secs(1));
        assert!(
            reads
                .iter_mut()
                .take(1)
                .all(|read| matches!(futures_util::FutureExt::now_or_never(read), Some(Ok(_))))
        );
        clock.advance(Duration::from_secs(1));
        assert!(poll!(&mut command).is_ready());
    }

    #[tokio::test]
    async fn only_so_many_are_under_way() {
        let clock = ManualClock::new(from_unix(1_000));
        let settings = Settings { requests_per_second: 0.0, in_flight: 2, ..Settings::default() };
        let gate = Gate::new(&settings, Arc::new(clock));
        let one = gate.pass(PATIENT).await;
        let _two = gate.pass(PATIENT).await;
        let third = gate.pass(PATIENT);
        tokio::pin!(third);
        assert!(poll!(&mut third).is_pending());
        drop(one);
        assert!(third.await.is_ok());
    }
}
