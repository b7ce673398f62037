//! Counters for the owner: how often what worked and what did not. Plain and nothing secret: names
//! of outcomes and kinds of calls, numbers and times.
//!
//! A session counts in memory and adds that to `records.json` whenever it is saved, so that several
//! handles and sign-ins add up. Counting never fails anything.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::store::{Store, blocking};
use super::store_folder::{INSTALLATION, RECORDS};
use crate::error::Result;
pub use crate::net::EndpointClass;
use crate::net::manners::CAPTCHA_WAITS;

/// Outcome of a sign-in that worked; all others are message codes.
pub const OK: &str = "ok";

/// Everything that is counted for one account folder. Times are Unix seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Records {
    /// Sign-ins by outcome: `ok` or a message code.
    pub sign_ins: BTreeMap<String, u64>,
    /// Captchas since the last sign-in that worked.
    pub captchas: Captchas,
    /// What was renewed how often.
    pub refreshes: Refreshes,
    /// What could not be renewed how often.
    pub refresh_failures: Refreshes,
    /// Calls that failed in the end, by the name of an [`EndpointClass`].
    pub errors: BTreeMap<String, u64>,
    /// How often a kind of call failed so often in a row that it rested, by the same names.
    pub rests: BTreeMap<String, u64>,
    /// How often Amazon asked to wait.
    pub throttles: u64,
    /// The first sign-in that worked.
    pub first_sign_in_at: Option<u64>,
    /// The last sign-in that worked.
    pub last_sign_in_at: Option<u64>,
    /// Mean time between sign-ins that worked, from the second one on.
    pub mean_days_between_sign_ins: Option<f64>,
}

/// Counters of the three things that a session renews.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Refreshes {
    /// Access tokens.
    pub access_token: u64,
    /// Cookies of the account's site.
    pub cookies: u64,
    /// The csrf value.
    pub csrf: u64,
}

/// Sign-ins by password that met a captcha, one after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Captchas {
    /// How many.
    pub in_a_row: u64,
    /// When the last one was.
    pub last_at: Option<u64>,
}

impl Captchas {
    /// Seconds that the next sign-in by password should wait. A clock that was put back ends it.
    pub fn rest(self, now: u64) -> u64 {
        let longest = CAPTCHA_WAITS.last().copied().unwrap_or_default();
        let number = usize::try_from(self.in_a_row).unwrap_or(usize::MAX);
        let wait = match number.checked_sub(1) {
            None => 0,
            Some(number) => CAPTCHA_WAITS.get(number).copied().unwrap_or(longest),
        };
        let passed = self.last_at.and_then(|at| now.checked_sub(at));
        passed.map(|passed| wait.saturating_sub(passed)).unwrap_or_default()
    }
}

impl Records {
    /// Reads what is on disk. What cannot be read starts anew: nothing depends on it.
    pub fn parse(text: &[u8]) -> Self {
        serde_json::from_slice(text).unwrap_or_default()
    }

    /// Counts a sign-in.
    pub fn add_sign_in(&mut self, outcome: &str, now: u64) {
        count(&mut self.sign_ins, outcome, 1);
        if outcome == OK {
            self.first_sign_in_at.get_or_insert(now);
            self.last_sign_in_at = Some(now);
        }
    }

    /// Counts a sign-in that met a captcha.
    pub fn add_captcha(&mut self, now: u64) {
        self.captchas.in_a_row = self.captchas.in_a_row.saturating_add(1);
        self.captchas.last_at = Some(now);
    }

    /// Counts a call that failed.
    pub fn add_error(&mut self, class: EndpointClass) {
        count(&mut self.errors, class.name(), 1);
    }

    /// Counts that a kind of call rests.
    pub fn add_rest(&mut self, class: EndpointClass) {
        count(&mut self.rests, class.name(), 1);
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        if other.sign_ins.contains_key(OK) {
            self.captchas = Captchas::default();
        }
        self.captchas.in_a_row = self.captchas.in_a_row.saturating_add(other.captchas.in_a_row);
        // The last one to be counted, also when the clock was put back in between.
        self.captchas.last_at = other.captchas.last_at.or(self.captchas.last_at);
        for (outcome, times) in &other.sign_ins {
            count(&mut self.sign_ins, outcome, *times);
        }
        for (class, times) in &other.errors {
            count(&mut self.errors, class, *times);
        }
        for (class, times) in &other.rests {
            count(&mut self.rests, class, *times);
        }
        self.refreshes.add(other.refreshes);
        self.refresh_failures.add(other.refresh_failures);
        self.throttles = self.throttles.saturating_add(other.throttles);
        let first = [self.first_sign_in_at, other.first_sign_in_at];
        self.first_sign_in_at = first.into_iter().flatten().min();
        self.last_sign_in_at = self.last_sign_in_at.max(other.last_sign_in_at);
        self.mean_days_between_sign_ins = self.mean_days();
    }

    fn mean_days(&self) -> Option<f64> {
        let gaps = self.sign_ins.get(OK)?.checked_sub(1).filter(|gaps| *gaps > 0)?;
        let passed = self.last_sign_in_at?.saturating_sub(self.first_sign_in_at?);
        let days = passed as f64 / 86_400.0 / gaps as f64;
        // One digit: more would only look exact.
        Some((days * 10.0).round() / 10.0)
    }
}

impl Refreshes {
    fn add(&mut self, other: Self) {
        self.access_token = self.access_token.saturating_add(other.access_token);
        self.cookies = self.cookies.saturating_add(other.cookies);
        self.csrf = self.csrf.saturating_add(other.csrf);
    }
}

impl Store {
    /// Whether somebody was signed in here, now or before.
    pub fn was_enrolled(&self) -> bool {
        self.folder.has(INSTALLATION)
    }

    /// The counters of this folder; none where there are none or they cannot be read.
    pub fn records(&self) -> Records {
        let text = self.folder.read(RECORDS).ok().flatten().unwrap_or_default();
        Records::parse(&text)
    }

    /// Adds to the counters of this folder.
    ///
    /// # Errors
    /// `store-write` with the cause.
    pub fn add_records(&self, counted: &Records) -> Result<()> {
        self.folder.make()?;
        let _lock = self.folder.lock()?;
        let mut records = self.records();
        records.add(counted);
        let text = serde_json::to_vec(&records)
            .map_err(|error| self.folder.failed(io::Error::other(error)))?;
        self.folder.write(RECORDS, &text)
    }
}

fn count(counters: &mut BTreeMap<String, u64>, name: &str, times: u64) {
    let counter = counters.entry(name.to_owned()).or_default();
    *counter = counter.saturating_add(times);
}

/// Counts a sign-in: `ok` or the message code it failed with. An attempt that fails before anybody
/// was ever signed in here leaves no file. Blocks for moments.
pub fn note_sign_in(folder: &Path, outcome: &str, now: u64) {
    let mut records = Records::default();
    records.add_sign_in(outcome, now);
    if outcome == OK {
        keep(&Store::new(folder), &records);
    } else {
        Tally::from(records).flush(&Store::new(folder));
    }
}

/// [`note_sign_in`] for asynchronous callers. A failure is no reason to fail a sign-in.
pub(crate) async fn note(store: &Store, outcome: &'static str, now: u64) {
    let folder = store.folder().to_owned();
    let note = move || {
        note_sign_in(&folder, outcome, now);
        Ok(())
    };
    if let Err(error) = blocking(note).await {
        tracing::debug!(%error, "sign-in not counted");
    }
}

/// What was counted since the last saving.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Records>);

impl From<Records> for Tally {
    fn from(records: Records) -> Self {
        Self(Mutex::new(records))
    }
}

impl Tally {
    /// Counts something.
    pub fn note(&self, change: impl FnOnce(&mut Records)) {
        change(&mut self.lock());
    }

    /// What is on disk together with what is not there yet. Blocks for moments.
    pub fn total(&self, store: &Store) -> Records {
        let mut records = store.records();
        records.add(&self.lock());
        records
    }

    /// Adds everything to the file, unless the folder is gone or was never signed in. Blocks for
    /// moments.
    pub fn flush(&self, store: &Store) {
        let counted = std::mem::take(&mut *self.lock());
        if counted != Records::default() && store.was_enrolled() && !keep(store, &counted) {
            self.lock().add(&counted);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(store: &Store, counted: &Records) -> bool {
    let kept: Result<()> = store.add_records(counted);
    kept.inspect_err(|error| tracing::warn!(%error, "records not saved")).is_ok()
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
