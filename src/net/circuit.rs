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
    /// A failure of Amazon's own, or an answer that cannot be used.
    Failed,
    /// No answer came, for which Amazon can be to blame, or the network.
    Unanswered(Error),
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
            ErrorKind::UnexpectedAnswer => Self::Failed,
            ErrorKind::Network | ErrorKind::Timeout => Self::Unanswered(error.copy()),
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
pub struct Circuits {
    circuits: BTreeMap<EndpointClass, Circuit>,
    /// When Amazon answered anything last.
    answered: Option<SystemTime>,
}

#[derive(Debug, Default)]
struct Circuit {
    failures: u32,
    /// Probes that failed while it was open.
    probes: u32,
    /// When it failed last.
    failed: Option<SystemTime>,
    /// When it was tried last; `None` when it is time to try again.
    tried: Option<SystemTime>,
    /// The last failure, when it may be the network's: nothing was answered since the one before.
    network: Option<Error>,
}

impl Circuit {
    fn is_open(&self) -> bool {
        self.failures >= CIRCUIT_FAILURES
    }

    /// Whether it is open because of Amazon.
    fn is_resting(&self) -> bool {
        self.is_open() && self.network.is_none()
    }

    /// How long it rests after each try. A person who pressed a button waits for less, and not at all
    /// for a network that is away: there is nobody to spare.
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
        let tried = self.tried.filter(|_| self.is_open());
        let passed = tried.and_then(|tried| now.duration_since(tried).ok());
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
        let Some(circuit) = self.circuits.get_mut(&class).filter(|circuit| circuit.is_open())
        else {
            return Ok(());
        };
        let left = circuit.left(lane, now);
        if left.is_zero() {
            circuit.tried = Some(now);
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
        let unanswered = match outcome {
            Outcome::Unknown => return None,
            Outcome::Answered => {
                self.note_contact(now);
                let closed = self.circuits.remove(&class)?;
                return closed.is_resting().then_some(Change::Closed);
            }
            Outcome::Failed => {
                self.note_contact(now);
                None
            }
            Outcome::Unanswered(error) => Some(error),
        };
        let answered = self.answered;
        let circuit = self.circuits.entry(class).or_default();
        let was_resting = circuit.is_resting();
        let is_silent = circuit.failed.is_none_or(|failed| answered.is_none_or(|at| at <= failed));
        circuit.failures = circuit.failures.saturating_add(1);
        (circuit.tried, circuit.failed) = (Some(now), Some(now));
        circuit.network = unanswered.filter(|_| is_silent);
        if was_resting && circuit.is_resting() {
            circuit.probes = circuit.probes.saturating_add(1);
        }
        (circuit.is_resting() && !was_resting).then_some(Change::Opened)
    }

    /// The network works, so what may have failed for its sake can be tried at once.
    fn note_contact(&mut self, now: SystemTime) {
        self.answered = Some(now);
        for circuit in self.circuits.values_mut().filter(|circuit| circuit.network.is_some()) {
            circuit.tried = None;
        }
    }

    /// Whether a class failed so often that calls are let through one by one.
    pub fn is_open(&self, class: EndpointClass) -> bool {
        self.circuits.get(&class).is_some_and(Circuit::is_open)
    }

    /// The classes that rest, and how long still.
    pub fn resting(&self, now: SystemTime) -> Vec<(EndpointClass, Duration)> {
        let lane = |class| match class {
            EndpointClass::Commands => Lane::Command,
            _ => Lane::Read,
        };
        let rests =
            self.circuits.iter().map(|(class, circuit)| (*class, circuit.left(lane(*class), now)));
        rests.filter(|(_, left)| !left.is_zero()).collect()
    }
}

#[cfg(test)]
#[path = "circuit_tests.rs"]
mod tests;
