//! The record of every request that reached the TLS port.

use std::collections::BTreeMap;

use serde::Serialize;

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

    /// Entries with a number above `since`.
    pub(crate) fn since(&self, since: u64) -> Vec<JournalEntry> {
        self.entries.iter().filter(|e| e.n > since).cloned().collect()
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
