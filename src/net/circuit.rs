//! A breaker for each kind of call: what failed five times in a row rests, and one call at a time
//! finds out whether it works again. Pure: outcomes and the time come in.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::endpoint::EndpointClass;
use super::manners::{
    CIRCUIT_FAILURES, CIRCUIT_LONGEST_REST, CIRCUIT_REST, COMMAND_REST, NETWORK_REST,
};
use super::request::Lane;
use super::verdict::Verdict;
use crate::error::{Error, ErrorKind, code};

/// What the outcome of a request says about its kind of call.
#[derive(Debug)]
pub enum Outcome {
    /// Amazon answered, be it that it refused: this kind works.
    Answered,
    /// A failure of Amazon's own, no answer in time, or one that cannot be used.
    Failed,
    /// Nothing of Amazon was reached, which the network may be to blame for.
    Unreachable(Error),
    /// Nothing is known: it was not sent, or Amazon asks for patience.
    Unknown,
}

impl Outcome {
    /// Of a request that was answered. A web page can mean dead cookies, so it says nothing before
    /// those were renewed.
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Throttled(..) | Verdict::WebPage(_) => Self::Unknown,
            Verdict::Unavailable(_) => Self::Failed,
            Verdict::Failed(error)
                if error.code() == code::UNEXPECTED_ANSWER
                    && !matches!(error.status(), Some(400..=499)) =>
            {
                Self::Failed
            }
            Verdict::Fine
            | Verdict::SignInWanted
            | Verdict::Forbidden
            | Verdict::NothingToControl
            | Verdict::Failed(_) => Self::Answered,
        }
    }

    /// Of a request that got no answer.
    pub fn of_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Timeout | ErrorKind::UnexpectedAnswer => Self::Failed,
            ErrorKind::Network => Self::Unreachable(error.copy()),
            _ => Self::Unknown,
        }
    }
}

/// What a change of a breaker was, for the log and the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It rests from now on, because of failures of Amazon's.
    Opened,
    /// It works again.
    Closed,
}

/// The breakers of one account.
#[derive(Debug, Default)]
pub struct Circuits(BTreeMap<EndpointClass, Circuit>);

#[derive(Debug, Default)]
struct Circuit {
    failures: u32,
    /// Probes that failed while it was open.
    probes: u32,
    /// Since when nothing was tried.
    since: Option<SystemTime>,
    /// The last failure, when it was the network's.
    network: Option<Error>,
}

impl Circuit {
    fn is_open(&self) -> bool {
        self.failures >= CIRCUIT_FAILURES
    }

    /// How long it rests after each try. A person who pressed a button waits for less, and hears
    /// of a network that is away each time: there is nobody to spare.
    fn rest(&self, lane: Lane) -> Duration {
        let rest = match (lane, &self.network) {
            (Lane::Command, Some(_)) => return Duration::ZERO,
            (_, Some(_)) => NETWORK_REST,
            (_, None) => {
                CIRCUIT_REST.saturating_mul(1 << self.probes.min(10)).min(CIRCUIT_LONGEST_REST)
            }
        };
        if lane == Lane::Command { rest.min(COMMAND_REST) } else { rest }
    }

    /// What is left of it. A clock that was put back ends it.
    fn left(&self, lane: Lane, now: SystemTime) -> Duration {
        let since = self.since.filter(|_| self.is_open());
        let passed = since.and_then(|since| now.duration_since(since).ok());
        passed.map(|passed| self.rest(lane).saturating_sub(passed)).unwrap_or_default()
    }
}

impl Circuits {
    /// Lets a call through, which is then the only one of its class for a while if the class rests.
    ///
    /// # Errors
    /// `resting` with the time until the next try; that of the network where it was the network.
    pub fn admit(
        &mut self,
        class: EndpointClass,
        lane: Lane,
        now: SystemTime,
    ) -> Result<(), Error> {
        let Some(circuit) = self.0.get_mut(&class).filter(|circuit| circuit.is_open()) else {
            return Ok(());
        };
        let left = circuit.left(lane, now);
        if left.is_zero() {
            circuit.since = Some(now);
            return Ok(());
        }
        let error = circuit.network.as_ref().map_or_else(
            || {
                let (failures, seconds) = (circuit.failures, left.as_secs_f64().ceil());
                let what = class.title();
                Error::new(
                    code::RESTING,
                    format!(
                        "Amazon failed {failures} times in a row with {what}; it is asked again \
                         in {seconds} seconds."
                    ),
                )
            },
            Error::copy,
        );
        Err(error.with_retry_after(left))
    }

    /// Takes note of how a request went.
    pub fn note(
        &mut self,
        class: EndpointClass,
        outcome: Outcome,
        now: SystemTime,
    ) -> Option<Change> {
        let network = match outcome {
            Outcome::Unknown => return None,
            Outcome::Answered => {
                let closed = self.0.remove(&class);
                // The network is back, for all of them.
                self.0.retain(|_, circuit| circuit.network.is_none());
                return closed
                    .is_some_and(|circuit| circuit.is_open() && circuit.network.is_none())
                    .then_some(Change::Closed);
            }
            Outcome::Failed => None,
            Outcome::Unreachable(error) => Some(error),
        };
        let circuit = self.0.entry(class).or_default();
        let was_resting = circuit.is_open() && circuit.network.is_none();
        if was_resting && network.is_none() {
            circuit.probes = circuit.probes.saturating_add(1);
        }
        circuit.failures = circuit.failures.saturating_add(1);
        circuit.network = network;
        circuit.since = Some(now);
        let is_resting = circuit.is_open() && circuit.network.is_none();
        (is_resting && !was_resting).then_some(Change::Opened)
    }

    /// Whether calls of a class are not sent now.
    pub fn is_open(&self, class: EndpointClass) -> bool {
        self.0.get(&class).is_some_and(Circuit::is_open)
    }

    /// The classes that rest, and how long still.
    pub fn resting(&self, now: SystemTime) -> Vec<(EndpointClass, Duration)> {
        let lane = |class| match class {
            EndpointClass::Commands => Lane::Command,
            _ => Lane::Read,
        };
        let rests = self.0.iter().map(|(class, circuit)| (*class, circuit.left(lane(*class), now)));
        rests.filter(|(_, left)| !left.is_zero()).collect()
    }
}

#[cfg(test)]
#[path = "circuit_tests.rs"]
mod tests;
