//! What an Echo has to tell skills: one after another, each when the one before was answered.

use std::collections::VecDeque;

use serde_json::{Map, Value};

/// Events of the player go one way, what people say and press another: nobody has to wait for the
/// answer to an event to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Events,
    Talk,
}

/// A request to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) skill: String,
    pub(crate) request: Map<String, Value>,
    /// `context.AudioPlayer`; that of the moment of sending where there is none.
    pub(crate) player: Option<Value>,
    pub(crate) at_ms: i64,
    /// Not before.
    pub(crate) due_ms: i64,
    /// Whether it belongs to the conversation, and begins it.
    pub(crate) session: Option<bool>,
}

impl Outgoing {
    pub(crate) fn kind(&self) -> &str {
        self.request.get("type").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A request that was sent and is not answered.
#[derive(Debug)]
pub(crate) struct UnderWay {
    pub(crate) n: u64,
    pub(crate) kind: String,
    pub(crate) skill: String,
    pub(crate) request_id: String,
    /// Its place in the list of what was sent.
    pub(crate) place: usize,
    pub(crate) deadline_ms: i64,
}

/// One way.
#[derive(Debug, Default)]
pub(crate) struct Way {
    pub(crate) queue: VecDeque<Outgoing>,
    pub(crate) under_way: Option<UnderWay>,
    /// Kept back to go after the next one.
    kept: Option<Outgoing>,
    sent: u64,
}

/// So long something is kept back at most.
const KEPT_MS: i64 = 5000;

impl Way {
    /// Puts a request in; with `swaps` every two change places.
    pub(crate) fn put(&mut self, outgoing: Outgoing, swaps: bool) {
        match self.kept.take() {
            Some(mut kept) => {
                kept.due_ms = kept.due_ms.max(outgoing.due_ms);
                self.queue.push_back(outgoing);
                self.queue.push_back(kept);
            }
            None if swaps => self.kept = Some(outgoing),
            None => self.queue.push_back(outgoing),
        }
    }

    /// The next one that may go now, with its number.
    pub(crate) fn next(&mut self, now_ms: i64) -> Option<(u64, Outgoing)> {
        if self.kept.as_ref().is_some_and(|kept| now_ms - kept.at_ms >= KEPT_MS) {
            self.queue.extend(self.kept.take());
        }
        if self.under_way.is_some() || self.queue.front()?.due_ms > now_ms {
            return None;
        }
        self.sent += 1;
        Some((self.sent, self.queue.pop_front()?))
    }
}
