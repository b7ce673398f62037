//! What was fetched by each Echo, in numbers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use crate::clock::unix_seconds;

/// What one Echo fetched since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Requests for sound with an address that was made here for this Echo.
    pub requests: u64,
    /// How many of them asked for a part, as after a connection that broke.
    pub ranges: u64,
    /// Bytes of sound that were handed out.
    pub bytes: u64,
    /// How often sound was waited for while it should have come.
    pub stalls: u64,
    /// Requests that were refused: too late, or too many at once.
    pub refusals: u64,
    /// Fetches that the source of the sound broke.
    pub failures: u64,
    /// Pictures that were handed out.
    pub pictures: u64,
    /// When sound was asked for last; in whole seconds since 1970 where it is shown.
    #[serde(serialize_with = "seconds")]
    pub last_fetch: Option<SystemTime>,
}

fn seconds<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(unix_seconds).serialize(serializer)
}

/// The numbers of all Echos. Serials come from signed addresses only, so there are few.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    books: Mutex<BTreeMap<String, Traffic>>,
}

impl Ledger {
    /// Changes the numbers of an Echo.
    pub(super) fn note(&self, serial: &str, change: impl FnOnce(&mut Traffic)) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        if !books.contains_key(serial) {
            books.insert(serial.to_owned(), Traffic::default());
        }
        if let Some(traffic) = books.get_mut(serial) {
            change(traffic);
        }
    }

    /// The numbers of an Echo.
    pub(super) fn of(&self, serial: &str) -> Traffic {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.get(serial).cloned().unwrap_or_default()
    }
}
