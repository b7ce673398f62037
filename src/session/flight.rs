//! Single flight: what many ask for at once is done once, and all get its outcome.

use std::future::Future;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Mutex as AsyncMutex;

use crate::error::{Error, Result, code};
use crate::net::manners::{LONGEST_RENEWAL_REST, REFUSALS_APART, RENEWAL_REST};

/// One kind of work that must not be done twice at a time.
#[derive(Debug, Default)]
pub struct Flight {
    turn: AsyncMutex<()>,
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    number: u64,
    error: Option<Error>,
    failures: u32,
    /// Seconds in which nothing is tried. A clock that was put back to before the beginning ends it
    /// too: else it would last for as long as the clock was ahead.
    rest: Range<u64>,
}

impl Flight {
    /// The number of the last flight. Taken before the work is found to be needed.
    pub fn number(&self) -> u64 {
        self.lock().number
    }

    /// [`Flight::once`], but after a failure the next flight has to wait: a minute, doubling up to a
    /// quarter of an hour (*chosen*); until it can be believed after a refusal. Until then everybody
    /// gets the failure. `now` is in seconds.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn once_in_a_while(
        &self,
        seen: u64,
        now: u64,
        work: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        {
            let last = self.lock();
            if let Some(error) = last.error.as_ref().filter(|_| last.rest.contains(&now)) {
                return Err(error.copy());
            }
        }
        let outcome = self.once(seen, work).await;
        let mut last = self.lock();
        match &outcome {
            Ok(()) => last.failures = 0,
            // Nothing is sent for a session that is over, and a newer one may take its place.
            Err(error) if [code::SESSION_ENDED, code::SESSION_REPLACED].contains(&error.code()) => {
                last.rest = 0..0;
            }
            Err(error) if error.code() == code::TOKEN_REFUSED => {
                last.rest = now..now + REFUSALS_APART;
            }
            Err(_) if !last.rest.contains(&now) => {
                let rest = (RENEWAL_REST << last.failures.min(4)).min(LONGEST_RENEWAL_REST);
                last.rest = now..now + rest;
                last.failures += 1;
            }
            Err(_) => {}
        }
        outcome
    }

    /// Does the work, unless a flight has landed since `seen`: then its outcome is given. A flight
    /// that is dropped on the way counts as never started.
    ///
    /// # Errors
    /// Those of the work; those who only waited get a copy without the causes.
    pub async fn once(&self, seen: u64, work: impl Future<Output = Result<()>>) -> Result<()> {
        let _turn = self.turn.lock().await;
        {
            let last = self.lock();
            if last.number != seen {
                return last.error.as_ref().map_or(Ok(()), |error| Err(error.copy()));
            }
        }
        let outcome = work.await;
        let mut last = self.lock();
        last.number += 1;
        last.error = outcome.as_ref().err().map(Error::copy);
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    async fn fly(flight: &Flight, seen: u64, done: &AtomicU32, fails: bool) -> Result<()> {
        let work = async {
            tokio::task::yield_now().await;
            done.fetch_add(1, Ordering::Relaxed);
            if fails { Err(Error::new(code::AMAZON_DOWN, "Down.")) } else { Ok(()) }
        };
        flight.once(seen, work).await
    }

    #[tokio::test]
    async fn many_get_the_outcome_of_one() {
        for fails in [false, true] {
            let (flight, done) = (Flight::default(), AtomicU32::new(0));
            let seen = flight.number();
            let all =
                futures_util::future::join_all((0..20).map(|_| fly(&flight, seen, &done, fails)))
                    .await;
            assert!(all.iter().all(|outcome| outcome.is_err() == fails));
            assert_eq!(done.load(Ordering::Relaxed), 1);
            let _ = fly(&flight, flight.number(), &done, fails).await;
            assert_eq!(done.load(Ordering::Relaxed), 2);
        }
    }

    #[tokio::test]
    async fn failures_are_not_repeated_at_once() {
        let (flight, done) = (Flight::default(), AtomicU32::new(0));
        let mut tries = Vec::new();
        for now in 0..2_000 {
            let before = done.load(Ordering::Relaxed);
            let seen = flight.number();
            let work = async {
                done.fetch_add(1, Ordering::Relaxed);
                Err(Error::new(code::AMAZON_DOWN, "Down."))
            };
            assert!(flight.once_in_a_while(seen, now, work).await.is_err());
            if done.load(Ordering::Relaxed) > before {
                tries.push(now);
            }
        }
        assert_eq!(tries, [0, 60, 180, 420, 900, 1_800]);
        let fine = flight.once_in_a_while(flight.number(), 10_000, async { Ok(()) }).await;
        assert!(fine.is_ok());
    }

    #[tokio::test]
    async fn a_clock_that_is_put_back_ends_a_rest() {
        for (failure, end) in [(code::AMAZON_DOWN, 60), (code::TOKEN_REFUSED, 180)] {
            let flight = Flight::default();
            let fails = |now| {
                let work = async { Err(Error::new(failure, "No.")) };
                flight.once_in_a_while(flight.number(), now, work)
            };
            assert!(fails(1_000_000).await.is_err());
            let rests = |now| flight.once_in_a_while(flight.number(), now, async { Ok(()) });
            assert!(rests(1_000_000 + end - 1).await.is_err());
            rests(500).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_dropped_flight_is_started_anew() {
        let (flight, done) = (Flight::default(), AtomicU32::new(0));
        {
            let first = fly(&flight, 0, &done, false);
            tokio::pin!(first);
            assert!(futures_util::poll!(&mut first).is_pending());
        }
        fly(&flight, 0, &done, false).await.unwrap();
        assert_eq!(done.load(Ordering::Relaxed), 1);
    }
}
