//! How many requests came, and what became of them.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::Serialize;

use super::reason::Reason;
use crate::clock::unix_seconds;

/// Smallest difference of the clocks that is told, in seconds (*chosen*): below it, requests pass.
const TOLD: i64 = 60;

/// Counts since the start, for diagnostics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Requests that were taken.
    pub accepted: u64,
    /// When the last one was taken, in seconds since 1970.
    pub accepted_at: Option<u64>,
    /// Requests that came again and got the same answer.
    pub repeated: u64,
    /// Requests that were refused, by [`Reason::name`].
    pub refused: BTreeMap<&'static str, u64>,
    /// The last one that was refused.
    pub last_refusal: Option<LastRefusal>,
    /// How far our clock is behind, in seconds (ahead when negative), when requests are refused
    /// for it.
    pub clock_off: Option<i64>,
}

/// A refusal for diagnostics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastRefusal {
    /// Why, as a phrase.
    pub reason: String,
    /// When, in seconds since 1970.
    pub at: u64,
}

impl Tally {
    pub(super) fn accept(&mut self, now: SystemTime) {
        self.accepted += 1;
        self.accepted_at = Some(unix_seconds(now));
        self.clock_off = None;
    }

    /// `off` is Amazon's time minus ours, as far as it is known.
    pub(super) fn refuse(&mut self, reason: Reason, off: Option<i64>, now: SystemTime) {
        *self.refused.entry(reason.name()).or_default() += 1;
        self.last_refusal = Some(LastRefusal { reason: reason.to_string(), at: unix_seconds(now) });
        if matches!(reason, Reason::TooOld { .. }) {
            self.clock_off = off.filter(|off| off.abs() >= TOLD);
        }
    }
}
