//! Chains of certificates: fetched where requests say, kept while they are good.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rustls::pki_types::TrustAnchor;
use tokio::sync::Semaphore;

use super::address::ChainAddress;
use super::chain::{self, Chain};
use super::reason::Reason;
use crate::clock::{Clock, unix_seconds};
use crate::error::Result;
use crate::net::chains::ChainClient;
use crate::net::tls;
use crate::settings::Settings;

/// Chains that are kept (*chosen*; Amazon uses one or two at a time).
const MOST: usize = 8;
/// How long one is kept (*chosen*). Whether it is valid is looked at for every request anyway.
const LIFE: Duration = Duration::from_secs(24 * 3_600);
/// How long an address that had none is not asked again (*chosen*).
const REST: Duration = Duration::from_secs(10);
/// Fetches under way at the same time (*chosen*): anyone can send addresses, so that there is one
/// more fetch for each of them.
const AT_ONCE: usize = 4;
/// Requests that may wait for their turn, and how long (*chosen*). More than that are strangers.
const WAITING: usize = 16;
const TURN: Duration = Duration::from_secs(3);
/// How long a comparison of the clocks says something (*chosen*).
const COMPARISON_LIFE: Duration = Duration::from_secs(600);

/// Fetches chains and keeps those that passed.
pub struct Certificates {
    client: ChainClient,
    roots: Vec<TrustAnchor<'static>>,
    waiting: Semaphore,
    fetches: Semaphore,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Latest used first.
    chains: VecDeque<(ChainAddress, Arc<Chain>, SystemTime)>,
    /// Latest first.
    failures: VecDeque<(ChainAddress, Reason, SystemTime)>,
    comparison: Option<Comparison>,
}

/// What is kept of an address.
enum Known {
    Fresh(Arc<Chain>),
    Old(Arc<Chain>),
    Nothing,
}

/// How our clock compares with that of where chains come from.
#[derive(Debug, Clone, Copy)]
struct Comparison {
    at: SystemTime,
    /// Their time minus ours in seconds.
    off: i64,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificates({} roots)", self.roots.len())
    }
}

impl Certificates {
    /// By the settings: the public authorities and those of `extra_ca` are trusted.
    ///
    /// # Errors
    /// `bad-setting` or `tls`.
    pub fn new(settings: &Settings) -> Result<Self> {
        Ok(Self {
            client: ChainClient::new(settings)?,
            roots: tls::roots(settings.extra_ca.as_deref())?.roots,
            waiting: Semaphore::new(AT_ONCE + WAITING),
            fetches: Semaphore::new(AT_ONCE),
            kept: Mutex::default(),
        })
    }

    /// The chain at an address, which is good now. One that is kept for too long is still used as
    /// long as there is no other.
    ///
    /// # Errors
    /// [`Reason::NoChain`], [`Reason::BadChain`], [`Reason::Expired`] or [`Reason::WrongName`].
    pub(super) async fn chain(
        &self,
        address: &ChainAddress,
        clock: &dyn Clock,
    ) -> Result<Arc<Chain>, Reason> {
        let old = match self.known(address, clock.now()) {
            Known::Fresh(chain) => return Ok(chain),
            Known::Old(chain) => Some(chain),
            Known::Nothing => None,
        };
        match self.fetched(address, clock).await {
            Err(Reason::NoChain) => old.ok_or(Reason::NoChain),
            outcome => outcome,
        }
    }

    /// What is there now, after a wait for the turn.
    async fn fetched(
        &self,
        address: &ChainAddress,
        clock: &dyn Clock,
    ) -> Result<Arc<Chain>, Reason> {
        self.failure(address, clock.now()).map_or(Ok(()), Err)?;
        let _place = self.waiting.try_acquire().map_err(|_| Reason::NoChain)?;
        let _turn = tokio::select! {
            turn = self.fetches.acquire() => turn.map_err(|_| Reason::NoChain)?,
            () = clock.sleep(TURN) => return Err(Reason::NoChain),
        };
        // Another request may have fetched it in the meantime, or tried to.
        if let Known::Fresh(chain) = self.known(address, clock.now()) {
            return Ok(chain);
        }
        self.failure(address, clock.now()).map_or(Ok(()), Err)?;
        let outcome = self.fetch(address, clock).await;
        let now = clock.now();
        let mut kept = self.kept();
        match &outcome {
            Ok(chain) => {
                kept.chains.retain(|(other, ..)| other != address);
                kept.chains.push_front((address.clone(), Arc::clone(chain), now + LIFE));
                kept.chains.truncate(MOST);
            }
            Err(reason) => {
                kept.failures.push_front((address.clone(), *reason, now + REST));
                kept.failures.truncate(MOST);
            }
        }
        outcome
    }

    async fn fetch(&self, address: &ChainAddress, clock: &dyn Clock) -> Result<Arc<Chain>, Reason> {
        let before = clock.now();
        let fetched = self.client.fetch(address.url(), chain::LARGEST).await;
        let fetched = fetched.ok_or(Reason::NoChain)?;
        let now = clock.now();
        if let Some(date) = fetched.date {
            let took = now.duration_since(before).unwrap_or_default();
            let whole = |time| unix_seconds(time).cast_signed();
            let off = whole(date) - whole(before + took / 2);
            self.kept().comparison = Some(Comparison { at: now, off });
        }
        let chain = Chain::read(&fetched.bytes)?;
        chain.check(&self.roots, now)?;
        Ok(Arc::new(chain))
    }

    /// What is kept of an address. A chain that is not valid any more is dropped.
    fn known(&self, address: &ChainAddress, now: SystemTime) -> Known {
        let mut kept = self.kept();
        let place = kept.chains.iter().position(|(other, ..)| other == address);
        let Some((address, chain, until)) = place.and_then(|place| kept.chains.remove(place))
        else {
            return Known::Nothing;
        };
        if chain.check(&self.roots, now).is_err() {
            return Known::Nothing;
        }
        kept.chains.push_front((address, Arc::clone(&chain), until));
        if is_ahead(now, until, LIFE) { Known::Fresh(chain) } else { Known::Old(chain) }
    }

    /// Why there was no chain a moment ago.
    fn failure(&self, address: &ChainAddress, now: SystemTime) -> Option<Reason> {
        let mut kept = self.kept();
        kept.failures.retain(|(_, _, until)| is_ahead(now, *until, REST));
        let failure = kept.failures.iter().find(|(other, ..)| other == address);
        failure.map(|(_, reason, _)| *reason)
    }

    /// Their time minus ours in seconds, as far as it was seen lately. Where that was long ago, the
    /// next request looks anew.
    pub(super) fn clock_off(&self, now: SystemTime) -> Option<i64> {
        let mut kept = self.kept();
        let Comparison { at, off } = kept.comparison?;
        let since = now.duration_since(at).or_else(|_| at.duration_since(now)).unwrap_or_default();
        if since <= COMPARISON_LIFE {
            return Some(off);
        }
        kept.comparison = None;
        for (_, _, until) in &mut kept.chains {
            *until = now;
        }
        None
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an end is still to come, but not further away than it can be: a clock that was set back
/// keeps nothing for longer.
fn is_ahead(now: SystemTime, end: SystemTime, longest: Duration) -> bool {
    end.duration_since(now).is_ok_and(|left| !left.is_zero() && left <= longest)
}
