//! What the settings of push, state and commands choose from.

use serde::{Deserialize, Serialize};

/// How the parts of a push stream travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushFraming {
    /// Every event in one piece, every delimiter in another: what all public clients can read.
    #[default]
    Usual,
    /// Everything in pieces of `push_piece` bytes.
    Split,
    /// All events of one act in one piece, delimiters included.
    Joined,
    /// Lines end with LF alone.
    Lf,
    /// Parts have no headers.
    NoType,
    /// Compressed, flushed after every piece; for streams that open from now on and whose client
    /// accepts gzip.
    Gzip,
}

/// How a push stream names and uses its boundary; applies to streams that open from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushBoundary {
    /// `boundary=b; type=application/json`, delimiters `--b`.
    #[default]
    Usual,
    /// The value in quotes.
    Quoted,
    /// The boundary as the last parameter.
    Last,
    /// Delimiters are the bare value, without two more dashes (one client accepts both).
    Unprefixed,
}

/// The unit of positions and lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionsUnit {
    /// As the push events have it.
    #[default]
    Milliseconds,
    /// As one public client reads it.
    Seconds,
}

/// The list of sessions of an account that plays nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionsShape {
    /// `[]`.
    #[default]
    Empty,
    /// `null`.
    Null,
    /// The field is not there.
    Missing,
}

/// How the members of a playing group appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// In the list of endpoints of the group's session, without a state of their own.
    #[default]
    Listed,
    /// Each with a session of its own that says `PAUSED`, although sound comes out; the group's
    /// session lists the group alone (field reports).
    Paused,
}

/// So many calls in a time, then 429.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Only paths that begin so.
    pub path_prefix: String,
    /// Calls that pass in any such window.
    pub calls: usize,
    /// Length of the window in simulated seconds.
    pub window_s: u64,
    /// Value of `Retry-After`, if there is one.
    pub retry_after_s: Option<u64>,
}
