//! A value read from Amazon, kept in memory and read by one at a time.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::error::{Error, Result, code};
use crate::session::flight::Flight;

/// The last value with the time of its reading. Whoever is content with it never waits for those
/// who read anew.
#[derive(Debug)]
pub(super) struct Cached<T> {
    value: Mutex<Option<(Arc<T>, SystemTime)>>,
    reading: Flight,
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self { value: Mutex::default(), reading: Flight::default() }
    }
}

impl<T> Cached<T> {
    /// The value, at most `max_age` old; any age will do for `None`, and for zero it is read anew,
    /// or taken from somebody who began after this call.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) async fn get(
        &self,
        max_age: Option<Duration>,
        now: impl Fn() -> SystemTime,
        read: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        let seen = self.reading.number();
        if let Some(value) = self.fresh(max_age, now()) {
            return Ok(value);
        }
        self.reading
            .once(seen, async {
                let value = Arc::new(read.await?);
                *self.value.lock().unwrap_or_else(PoisonError::into_inner) = Some((value, now()));
                Ok(())
            })
            .await?;
        self.fresh(None, now())
            .ok_or_else(|| Error::new(code::CLOSED, "The value was dropped while it was read."))
    }

    fn fresh(&self, max_age: Option<Duration>, now: SystemTime) -> Option<Arc<T>> {
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, at) = value.as_ref()?;
        let is_fresh = max_age.is_none_or(|max| {
            !max.is_zero() && now.duration_since(*at).is_ok_and(|age| age <= max)
        });
        is_fresh.then(|| Arc::clone(value))
    }
}
