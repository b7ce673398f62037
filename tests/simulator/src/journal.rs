//! The record of every request that reached the TLS port.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One request. Bodies and headers are whole, secrets as sent: this is a test tool.
#[derive(Debug, Clone, Serialize)]
pub struct JournalEntry {
    /// Running number, from 1.
    pub n: u64,
    /// When it arrived, by the simulator's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// HTTP method.
    pub method: String,
    /// Host without port, lower case.
    pub host: String,
    /// Path without query.
    pub path: String,
    /// Query without the question mark.
    pub query: String,
    /// Status of the answer; `None` while it is worked on and when the client went away before.
    pub status: Option<u16>,
    /// `HTTP/1.1` or `HTTP/2`.
    pub http_version: String,
    /// Headers by lower-case name; several of one name are joined with `; ` (cookies) or `, `.
    pub headers: BTreeMap<String, String>,
    /// Body as text.
    pub body: String,
}

impl JournalEntry {
    /// The text of a header; empty when it was not sent. The name is lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Names of the cookies sent, in order.
    #[must_use]
    pub fn cookie_names(&self) -> Vec<&str> {
        let pairs = self.header("cookie").split(';').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, _)| name.trim()).collect()
    }

    /// Whether the body is a form with a field of this name that is not empty.
    #[must_use]
    pub fn posts(&self, field: &str) -> bool {
        url::form_urlencoded::parse(self.body.as_bytes())
            .any(|(name, value)| name == field && !value.is_empty())
    }
}

/// A choice of requests; what is not given does not matter.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requests {
    /// Only those with a higher number.
    pub since: u64,
    /// Only this method.
    pub method: Option<String>,
    /// Only this host.
    pub host: Option<String>,
    /// Only paths that begin so.
    pub path: Option<String>,
}

impl Requests {
    /// Requests of a method to paths that begin so, on any host.
    #[must_use]
    pub fn to(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_owned()), path: Some(path.to_owned()), ..Self::default() }
    }

    /// The same, on one host.
    #[must_use]
    pub fn at(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self }
    }

    fn fits(&self, entry: &JournalEntry) -> bool {
        let same = |want: &Option<String>, have: &str| {
            want.as_ref().is_none_or(|want| want.eq_ignore_ascii_case(have))
        };
        entry.n > self.since
            && same(&self.method, &entry.method)
            && same(&self.host, &entry.host)
            && self.path.as_ref().is_none_or(|path| entry.path.starts_with(path.as_str()))
    }
}

/// All entries since the start or the last clearing.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<JournalEntry>,
    last: u64,
}

impl Journal {
    /// Stores an entry and returns its number.
    pub(crate) fn add(&mut self, mut entry: JournalEntry) -> u64 {
        self.last += 1;
        entry.n = self.last;
        self.entries.push(entry);
        self.last
    }

    /// Notes the status of an answer.
    pub(crate) fn answered(&mut self, n: u64, status: u16) {
        if let Some(entry) = self.entries.iter_mut().rev().find(|e| e.n == n) {
            entry.status = Some(status);
        }
    }

    /// The entries of a choice.
    pub(crate) fn chosen(&self, requests: &Requests) -> Vec<JournalEntry> {
        self.entries.iter().filter(|entry| requests.fits(entry)).cloned().collect()
    }

    /// How many entries of a choice there are, by `METHOD host/path`.
    pub(crate) fn counts(&self, requests: &Requests) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| requests.fits(entry)) {
            let endpoint = format!("{} {}{}", entry.method, entry.host, entry.path);
            *counts.entry(endpoint).or_insert(0) += 1;
        }
        counts
    }

    /// The number of the newest entry ever stored.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Forgets the entries; numbers go on.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
