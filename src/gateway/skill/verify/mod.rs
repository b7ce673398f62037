//! Whether a request really comes from Alexa, for our skill, now, and for the first time.
//!
//! [`Proof`], [`Chain`] and [`Message`] judge bytes and know neither network nor clock;
//! [`Certificates`] fetches what they need, and [`Verifier`] asks them in order, the cheapest and
//! those that keep strangers from making us do something first. There is no way around it in any
//! build: tests sign what they send.

mod address;
mod certificates;
mod chain;
mod extension;
mod instant;
mod memory;
mod message;
mod proof;
mod reason;
mod tally;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use axum::body::Bytes;
use http::HeaderMap;
use serde_json::Value;

pub use self::address::ChainAddress;
pub use self::certificates::Certificates;
pub use self::chain::Chain;
use self::memory::{Memory, Seen};
pub use self::message::Message;
pub use self::proof::Proof;
pub use self::reason::{Reason, Refusal};
pub use self::tally::{LastRefusal, Tally};
use crate::clock::Clock;

/// Largest body that is looked at (*chosen*; real ones have 2 to 10 KiB).
pub const LARGEST_BODY: usize = 128 * 1024;

/// A request that is Alexa's.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// One to be worked on, and then [`Verifier::answered`].
    New(Value),
    /// One that came again, with the answer that the first one got.
    Repeat(Bytes),
    /// One that came again while the first one is being worked on. To be answered like a refusal.
    Pending,
}

/// Judges a body by a chain that passed: whether its key signed it, and whether it was sent just now
/// for this skill.
///
/// # Errors
/// [`Reason::BadSignature`], [`Reason::NotJson`], [`Reason::TooOld`] or [`Reason::OtherSkill`].
pub fn judge(
    chain: &Chain,
    signature: &[u8],
    body: &[u8],
    now: SystemTime,
    skill_id: Option<&str>,
) -> Result<Message, Reason> {
    chain.check_signature(body, signature)?;
    let message = Message::read(body)?;
    message.check_time(now)?;
    message.check_skill(skill_id)?;
    Ok(message)
}

/// Checks requests.
pub struct Verifier {
    certificates: Certificates,
    skill_id: Option<String>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    memory: Memory,
    tally: Tally,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({:?})", self.certificates)
    }
}

impl Verifier {
    /// For requests of this skill; without one, all are refused.
    pub fn new(
        certificates: Certificates,
        skill_id: Option<String>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { certificates, skill_id, clock, state: Mutex::default() }
    }

    /// Checks a request by its headers and its body, which has to be as it came, byte for byte.
    ///
    /// # Errors
    /// A [`Refusal`], for the log and the diagnostics. Whoever sent it gets 400 and an empty body.
    pub async fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<Arrival, Refusal> {
        let outcome = match self.checked(headers, body).await {
            Ok(message) => self.first_time(message),
            Err(reason) => Err(reason),
        };
        let now = self.clock.now();
        match outcome {
            Ok(arrival) => {
                let mut state = self.state();
                match arrival {
                    Arrival::New(_) => state.tally.accept(now),
                    Arrival::Repeat(_) | Arrival::Pending => state.tally.repeated += 1,
                }
                Ok(arrival)
            }
            Err(reason) => {
                let is_late = matches!(reason, Reason::TooOld { .. });
                let off = if is_late { self.certificates.clock_off(now) } else { None };
                self.state().tally.refuse(reason, off, now);
                let refusal = Refusal::from(reason);
                tracing::warn!(reason = reason.name(), "{refusal}");
                Err(refusal)
            }
        }
    }

    /// Remembers the answer of a request, so that a retry of it gets the same one.
    pub fn answered(&self, request_id: &str, body: Bytes) {
        self.state().memory.answered(request_id, body);
    }

    /// What came so far.
    pub fn tally(&self) -> Tally {
        self.state().tally.clone()
    }

    async fn checked(&self, headers: &HeaderMap, body: &[u8]) -> Result<Message, Reason> {
        if body.len() > LARGEST_BODY {
            return Err(Reason::TooLarge);
        }
        let proof = Proof::read(headers)?;
        let chain = self.certificates.chain(&proof.address, self.clock.as_ref()).await?;
        judge(&chain, &proof.signature, body, self.clock.now(), self.skill_id.as_deref())
    }

    fn first_time(&self, message: Message) -> Result<Arrival, Reason> {
        let now = self.clock.now();
        match self.state().memory.meet(&message.id, message.good_until(), now) {
            Seen::Never => Ok(Arrival::New(message.content)),
            Seen::Answered(answer) => Ok(Arrival::Repeat(answer)),
            Seen::Pending => Ok(Arrival::Pending),
            Seen::Before => Err(Reason::Repeated),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
