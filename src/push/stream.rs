//! Listening to what happens. Nothing is listened to yet: the lists tell everything so far.

use std::time::Duration;

use super::event::Event;
use crate::error::Error;
use crate::session::Live;

/// What is known about how well events arrive.
#[derive(Debug, Default)]
pub struct Health {}

impl Health {
    /// A list told what an event should have told.
    pub fn note_missed(&self) {}
}

/// What listening comes to.
#[derive(Debug)]
pub enum Signal {
    /// Events begin to arrive.
    Up,
    /// One of them.
    Event(Event),
    /// They do not arrive any more.
    Down {
        /// Why.
        error: Error,
        /// Until the next attempt.
        retry_in: Duration,
    },
}

/// Listens until the session is over.
pub async fn listen(
    _live: &Live,
    _health: &Health,
    _on_signal: &mut (dyn FnMut(Signal) + Send),
) -> Error {
    std::future::pending().await
}
