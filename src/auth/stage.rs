//! How far a sign-in is, for whoever waits for it.

use std::sync::{Arc, Mutex, PoisonError};

/// What is being done, for whoever waits. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stage(Arc<Mutex<&'static str>>);

impl Stage {
    /// The stage as a sentence without a full stop, for example "Sending the password".
    pub fn get(&self) -> &'static str {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, stage: &'static str) {
        tracing::info!(stage, "sign-in");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
}
