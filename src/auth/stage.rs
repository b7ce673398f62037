//! How far a sign-in is, for whoever waits for it.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is being done, for whoever waits. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stage(Arc<Mutex<Now>>);

#[derive(Debug, Default)]
struct Now {
    text: Cow<'static, str>,
    until: Option<u64>,
}

impl Stage {
    /// The stage as a sentence without a full stop, for example "Sending the password".
    pub fn get(&self) -> String {
        self.lock().text.to_string()
    }

    /// When the wait of this stage ends at the latest, in Unix seconds of this machine; for a
    /// countdown.
    pub fn until(&self) -> Option<u64> {
        self.lock().until
    }

    pub(super) fn set(&self, text: impl Into<Cow<'static, str>>) {
        self.wait(text, None);
    }

    /// A stage that is a wait until a time.
    pub(super) fn wait(&self, text: impl Into<Cow<'static, str>>, until: Option<u64>) {
        let text = text.into();
        let before = std::mem::replace(&mut *self.lock(), Now { text: text.clone(), until });
        // Not while the lock is held: whoever takes the log down may be reading the stage.
        if before.text != text {
            tracing::info!(stage = %text, "sign-in");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
