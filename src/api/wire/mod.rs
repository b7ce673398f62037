//! Types as Amazon sends them. They stay inside [`crate::api`].
//!
//! Everything is optional and `null` is the same as absent: shapes change without notice
//! (*observed*), and one odd entry must not lose the rest.

pub(super) mod devices;
pub(super) mod state;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// Reads a value that may be `null` or of another type as its default.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// Reads the entries of a list one by one and leaves out, with a note, those that cannot be read.
pub(super) fn entries<T: DeserializeOwned>(list: Option<&Value>, what: &str) -> Vec<T> {
    let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read: Vec<T> = list.iter().filter_map(|entry| T::deserialize(entry).ok()).collect();
    if read.len() < list.len() {
        tracing::warn!(what, skipped = list.len() - read.len(), "entries of an unknown shape");
    }
    read
}
