//! Failures a test orders: matched before routing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a fault does to a matching request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Answers `status` with `body` (default `{"message":null}`).
    #[default]
    Status,
    /// Answers 200 (or `status`) with `body`.
    Body,
    /// Answers 200 (or `status`) with a web page where JSON is expected.
    Html,
    /// Answers 302 to the sign-in page.
    SignInRedirect,
    /// Answers 400 (or `status`) with `{"message":"Rate exceeded"}` (field reports).
    RateExceeded,
    /// Answers 200 (or `status`) without a body.
    Empty,
    /// Breaks the connection without an answer.
    Close,
    /// Waits `delay_ms`, then handles the request as usual.
    Delay,
}

/// A failure and the requests it applies to. All given conditions must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Only this host.
    pub host: Option<String>,
    /// Only this method.
    pub method: Option<String>,
    /// Only paths that begin so.
    pub path_prefix: Option<String>,
    /// How often it applies; without it, until the faults are cleared.
    pub times: Option<u32>,
    /// How many matching requests pass before the first failure.
    pub skip: u32,
    /// What happens.
    pub kind: FaultKind,
    /// Status for the kinds that answer.
    pub status: Option<u16>,
    /// Extra answer headers.
    pub headers: BTreeMap<String, String>,
    /// Answer body.
    pub body: Option<String>,
    /// Wait before anything else happens, in milliseconds; any kind may have one.
    pub delay_ms: u64,
}

impl Fault {
    /// A fault of a kind on paths that begin with `path_prefix`, until cleared.
    #[must_use]
    pub fn on(path_prefix: &str, kind: FaultKind) -> Self {
        Self { path_prefix: Some(path_prefix.to_owned()), kind, ..Self::default() }
    }

    /// The same fault, applying only so often.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The same fault with a status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The same fault with a body.
    #[must_use]
    pub fn body(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
    }

    /// The same fault with a wait before it.
    #[must_use]
    pub fn delay_ms(self, delay_ms: u64) -> Self {
        Self { delay_ms, ..self }
    }

    /// The same fault, only on one host.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self }
    }

    /// The same fault, only for one method.
    #[must_use]
    pub fn method(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    fn matches(&self, method: &str, host: &str, path: &str) -> bool {
        let fits = |want: &Option<String>, have: &str| {
            want.as_ref().is_none_or(|want| want.eq_ignore_ascii_case(have))
        };
        fits(&self.host, host)
            && fits(&self.method, method)
            && self.path_prefix.as_ref().is_none_or(|prefix| path.starts_with(prefix.as_str()))
    }
}

/// The faults that are set, in the order they were set.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Vec<(u64, Fault)>,
    last: u64,
}

impl Faults {
    /// Adds a fault and returns its id.
    pub(crate) fn add(&mut self, fault: Fault) -> u64 {
        self.last += 1;
        self.list.push((self.last, fault));
        self.last
    }

    /// Removes all faults.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// The first fault for a request, counted down.
    pub(crate) fn take(&mut self, method: &str, host: &str, path: &str) -> Option<Fault> {
        let mut found = None;
        for (_, fault) in &mut self.list {
            if fault.times == Some(0) || !fault.matches(method, host, path) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if let Some(times) = &mut fault.times {
                *times -= 1;
            }
            found = Some(fault.clone());
            break;
        }
        self.list.retain(|(_, fault)| fault.times != Some(0));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_count_down_and_skip() {
        let mut faults = Faults::default();
        let fault = Fault { skip: 1, ..Fault::on("/api/", FaultKind::Status).times(1) };
        faults.add(fault);
        assert!(faults.take("GET", "alexa.amazon.de", "/auth/token").is_none());
        assert!(faults.take("GET", "alexa.amazon.de", "/api/ping").is_none());
        assert!(faults.take("GET", "alexa.amazon.de", "/api/ping").is_some());
        assert!(faults.take("GET", "alexa.amazon.de", "/api/ping").is_none());
    }

    #[test]
    fn every_condition_must_hold() {
        let mut faults = Faults::default();
        faults.add(Fault::on("/api", FaultKind::Close).host("alexa.amazon.de").method("post"));
        assert!(faults.take("GET", "alexa.amazon.de", "/api/ping").is_none());
        assert!(faults.take("POST", "alexa.amazon.com", "/api/ping").is_none());
        assert!(faults.take("POST", "alexa.amazon.de", "/api/ping").is_some());
    }
}
