//! The ladder of places for a key: secret file, keyring of the system, file beside the data.
//!
//! A new store takes the first that there is; an existing one keeps its place until its key is
//! rotated. A secret file that is named but unusable is an error, never skipped.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::key::{self, KEY_FILE_VARIABLE, KeySource, Place};
use super::keyring::{Keyring, SystemKeyring};
use super::seal::Key;
use crate::auth::identity::random;
use crate::error::{Error, Result, code};

/// `off` keeps new keys out of the keyring, for example where it is locked when programs start.
const KEYRING_VARIABLE: &str = "MASS_ALEXA_KEYRING";

/// What this process can use.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    secret_file: Option<PathBuf>,
    is_keyring_used: bool,
    keyring: Arc<dyn Keyring>,
    /// Keys of the keyring by name, so that saving does not need it each time.
    known: Arc<Mutex<HashMap<String, Key>>>,
}

impl Ladder {
    /// As the environment says; nothing else of the session reads it.
    pub(super) fn of_environment() -> Self {
        Self::new(
            std::env::var_os(KEY_FILE_VARIABLE),
            std::env::var_os(KEYRING_VARIABLE).is_none_or(|value| value != "off"),
            Arc::new(SystemKeyring),
        )
    }

    /// With these instead.
    pub(super) fn new(
        secret_file: Option<OsString>,
        is_keyring_used: bool,
        keyring: Arc<dyn Keyring>,
    ) -> Self {
        let secret_file = secret_file.filter(|path| !path.is_empty()).map(PathBuf::from);
        Self { secret_file, is_keyring_used, keyring, known: Arc::default() }
    }

    /// Refuses a secret file that is named but unusable.
    ///
    /// # Errors
    /// `key-missing` with its path.
    pub(super) fn check(&self) -> Result<()> {
        self.secret_file.as_deref().map_or(Ok(()), |path| key::read_secret_file(path).map(drop))
    }

    /// The keys of a place, the one to seal with first.
    ///
    /// # Errors
    /// `key-missing`, `keyring-unavailable`.
    pub(super) fn keys(&self, place: &Place) -> Result<Vec<Key>> {
        match place {
            Place::Here(key) => Ok(vec![key.clone()]),
            Place::EnvFile => match &self.secret_file {
                Some(path) => key::read_secret_file(path),
                None => Err(Error::new(
                    code::KEY_MISSING,
                    format!(
                        "The key of this session is in the file that {KEY_FILE_VARIABLE} names, but the variable is not set."
                    ),
                )
                .with_next_step("Set the variable again, or sign in again.")),
            },
            Place::Keyring(id) => {
                if let Some(key) = self.known().get(id) {
                    return Ok(vec![key.clone()]);
                }
                let key = self.keyring.get(id)?.ok_or_else(|| {
                    Error::new(
                        code::KEY_MISSING,
                        "The key of this session is no longer in the system's keyring.",
                    )
                    .with_next_step("Restore the keyring, or sign in again.")
                })?;
                self.known().insert(id.clone(), key.clone());
                Ok(vec![key])
            }
        }
    }

    /// A new key in the best place there is. Its line is given to `note` before an entry is made,
    /// so that no entry is ever without a line that knows it.
    ///
    /// # Errors
    /// `key-missing` for an unusable secret file, those of `note`.
    pub(super) fn make(&self, note: impl Fn(&Place) -> Result<()>) -> Result<(Key, Place)> {
        if let Some(path) = &self.secret_file {
            let key = key::read_secret_file(path)?.into_iter().next();
            let key = key.ok_or_else(|| Error::new(code::KEY_MISSING, "There is no key."))?;
            note(&Place::EnvFile)?;
            return Ok((key, Place::EnvFile));
        }
        let key = Key::generate();
        if self.is_keyring_used {
            let id: String = random::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
            let place = Place::Keyring(id.clone());
            note(&place)?;
            match self.put(&id, &key) {
                Ok(()) => return Ok((key, place)),
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::debug!(cause, "no keyring here, the key goes beside the data");
                }
            }
        }
        let place = Place::Here(key.clone());
        note(&place)?;
        Ok((key, place))
    }

    /// Keeps the key and looks whether it is really there.
    fn put(&self, id: &str, key: &Key) -> Result<()> {
        self.keyring.put(id, key)?;
        let back = self.keyring.get(id)?;
        if back.is_none_or(|back| back.expose() != key.expose()) {
            let _ = self.keyring.remove(id);
            return Err(Error::new(code::KEYRING_UNAVAILABLE, "The keyring did not keep the key."));
        }
        self.known().insert(id.to_owned(), key.clone());
        Ok(())
    }

    /// Removes a key that nothing is sealed with any more.
    ///
    /// # Errors
    /// `keyring-unavailable`.
    pub(super) fn forget(&self, place: &Place) -> Result<()> {
        if let Place::Keyring(id) = place {
            self.keyring.remove(id)?;
            self.known().remove(id);
        }
        Ok(())
    }

    /// Says it once where a better place is set up than the one in use.
    pub(super) fn hint(&self, used: KeySource) {
        if self.secret_file.is_some() && used != KeySource::EnvFile {
            tracing::info!(
                "{KEY_FILE_VARIABLE} is set, but this session has its key elsewhere ({}); rotate the key to move it",
                used.name()
            );
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Key>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
