//! The gate that every call of an account passes: a token bucket, a limit of requests under way,
//! and the waits that Amazon asks for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};

use super::endpoint::EndpointClass;
use super::hold::Holds;
use super::manners::{COMMAND_PATIENCE, Jitter, READ_PATIENCE};
use super::request::Lane;
use crate::clock::Clock;
use crate::error::{Error, Result, code};
use crate::settings::Settings;

/// A token bucket for the whole account, with a limit of requests under way.
pub struct Gate {
    clock: Arc<dyn Clock>,
    jitter: Jitter,
    under_way: Arc<Semaphore>,
    per_second: f64,
    burst: f64,
    /// Locked while waiting, which serves everybody in turn. Who gives up takes nothing.
    bucket: AsyncMutex<Bucket>,
    /// Reads queue here first, so that a command waits for one of them at the most.
    reads: AsyncMutex<()>,
    /// What Amazon asked to wait.
    holds: Mutex<Holds>,
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
            jitter: Jitter::random(),
            under_way: Arc::new(Semaphore::new(settings.in_flight.max(1))),
            per_second: settings.requests_per_second,
            burst: f64::from(settings.burst),
            bucket: AsyncMutex::new(Bucket { tokens: f64::from(settings.burst), since: now }),
            reads: AsyncMutex::default(),
            holds: Mutex::new(Holds::new(now)),
        }
    }

    /// The same with another source of chance.
    #[must_use]
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// Where chance comes from.
    pub fn jitter(&self) -> &Jitter {
        &self.jitter
    }

    /// Waits for the turn; the request is under way until the permit is dropped. Sign-ins and tokens
    /// pass freely.
    ///
    /// # Errors
    /// `throttled` when Amazon's own wait would be longer than the lane has patience for.
    pub async fn pass(
        &self,
        class: EndpointClass,
        lane: Lane,
    ) -> Result<Option<OwnedSemaphorePermit>> {
        match lane {
            Lane::SignIn => Ok(None),
            Lane::Read => self.turn(class, lane, READ_PATIENCE).await.map(Some),
            Lane::Command => self.turn(class, lane, COMMAND_PATIENCE).await.map(Some),
        }
    }

    async fn turn(
        &self,
        class: EndpointClass,
        lane: Lane,
        patience: Duration,
    ) -> Result<OwnedSemaphorePermit> {
        loop {
            // Before the queue: calls of a class that is held must not keep others waiting, and
            // whoever is first in the queue may be waiting for the account.
            loop {
                let rest = self.check(class, patience)?.class;
                if rest.is_zero() {
                    break;
                }
                self.clock.sleep(rest).await;
            }
            let _turn = match lane {
                Lane::Read => Some(self.reads.lock().await),
                _ => None,
            };
            let permit = Arc::clone(&self.under_way).acquire_owned().await.map_err(|error| {
                Error::new(code::CLOSED, "The connection was closed.").with_source(error)
            })?;
            let mut bucket = self.bucket.lock().await;
            loop {
                let Rests { account, class } = self.check(class, patience)?;
                if !class.is_zero() {
                    break;
                }
                let wait = account.max(self.missing(&mut bucket));
                if wait.is_zero() {
                    bucket.tokens -= 1.0;
                    return Ok(permit);
                }
                self.clock.sleep(wait).await;
            }
        }
    }

    /// What is left of Amazon's own waits, if that is worth waiting for.
    fn check(&self, class: EndpointClass, patience: Duration) -> Result<Rests> {
        let now = self.clock.now();
        let holds = self.holds();
        let rests = Rests { account: holds.account().rest(now), class: holds.rest(class, now) };
        drop(holds);
        let longest = rests.account.max(rests.class);
        if longest <= patience {
            return Ok(rests);
        }
        let seconds = longest.as_secs_f64().ceil();
        let whom = if rests.class >= rests.account { class.title() } else { "every call" };
        let message = format!("Amazon asked to wait {seconds} more seconds with {whom}.");
        Err(Error::new(code::THROTTLED, message).with_retry_after(longest))
    }

    /// Lets nothing of `class` out for `wait`, and nothing at all for the first moments of it:
    /// Amazon asked for it.
    pub fn hold(&self, class: EndpointClass, wait: Duration) {
        let now = self.clock.now();
        self.holds().add(class, wait, now);
    }

    /// The classes that are held, and how long still.
    pub fn held(&self) -> Vec<(EndpointClass, Duration)> {
        let now = self.clock.now();
        self.holds().all(now)
    }

    fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until there is a token.
    fn missing(&self, bucket: &mut Bucket) -> Duration {
        if self.per_second <= 0.0 {
            bucket.tokens = self.burst;
            return Duration::ZERO;
        }
        let now = self.clock.now();
        let held_until = self.holds().account().end(now);
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

/// What is left of two holds.
struct Rests {
    account: Duration,
    class: Duration,
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
