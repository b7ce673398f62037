//! The folder of one account: `session.sealed`, `key` and `installation.json`.
//!
//! The folder is 0700, its files 0600. A file is replaced whole or not at all: written beside,
//! synced, renamed, folder synced. What cannot be opened is set aside, never overwritten.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::data::{SessionData, VERSION};
use super::key::{self, KeySource, Place};
use super::key_ladder::Ladder;
use super::seal::{self, Key};
use super::store_folder::{Folder, INSTALLATION, KEY, NEXT_KEY, SESSION};
use crate::auth::identity::Installation;
use crate::error::{Error, ErrorKind, Result, code};

/// Does work of a [`Store`] on a thread that may wait.
///
/// # Errors
/// Those of the work; `store-write` when it was cut off.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Error::new(code::STORE_WRITE, "The work on the session file was cut off.")
            .with_source(error)
    })?
}

/// The folder of one account. All calls block for moments, or for seconds where the keyring of the
/// system hangs; async callers use a blocking thread.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) folder: Folder,
    pub(super) ladder: Ladder,
}

/// What a session file held, and what opened it.
pub(super) struct Opened {
    pub(super) plain: Zeroizing<Vec<u8>>,
    pub(super) key: Key,
    pub(super) source: KeySource,
}

impl Store {
    /// The store in `folder`, which need not exist. Where a new key goes is for the environment to
    /// say: `MASS_ALEXA_KEY_FILE` names a file with the key, `MASS_ALEXA_KEYRING=off` keeps keys
    /// out of the keyring of the system.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::with_ladder(folder, Ladder::of_environment())
    }

    /// The same with other places for keys.
    pub(super) fn with_ladder(folder: impl Into<PathBuf>, ladder: Ladder) -> Self {
        Self { folder: Folder::new(folder.into()), ladder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.as_path()
    }

    /// Whether there is a session file, usable or not.
    pub fn has_session(&self) -> bool {
        self.folder.has(SESSION)
    }

    /// Opens the session. A file that is damaged or foreign is set aside and named in the error.
    ///
    /// # Errors
    /// `no-session`, `key-missing`, `key-mismatch`, `keyring-unavailable`, `store-damaged`,
    /// `store-newer` or `store-read`.
    pub fn load(&self) -> Result<(SessionData, KeySource)> {
        let opened = self.open_session();
        let is_doubtful = |error: &Error| {
            [code::STORE_DAMAGED, code::KEY_MISSING, code::KEY_MISMATCH].contains(&error.code())
        };
        let opened = if opened.as_ref().is_err_and(is_doubtful)
            && let Ok(_lock) = self.folder.lock()
        {
            // Another program may have just replaced file or key, so both are looked at again.
            self.open_session().map_err(|error| self.set_aside_because(error))
        } else {
            opened
        };
        opened.inspect(|(_, source)| self.ladder.hint(*source))
    }

    fn open_session(&self) -> Result<(SessionData, KeySource)> {
        let opened = self.open()?;
        Ok((parse(&opened.plain)?, opened.source))
    }

    /// The content as it is, and the key that opened it.
    pub(super) fn open(&self) -> Result<Opened> {
        let sealed = self
            .folder
            .read(SESSION)?
            .ok_or_else(|| Error::new(code::NO_SESSION, "Nobody is signed in here yet."))?;
        let (key, source) = self.key_of(&sealed)?;
        let plain = seal::open(&sealed, &key)?;
        Ok(Opened { plain, key, source })
    }

    /// Saves the session of a new enrolment. Whatever is there and cannot be opened is set aside,
    /// so that nothing is overwritten that somebody might want back.
    ///
    /// # Errors
    /// `store-write` with the cause, `bad-setting` for a folder that cannot be ours alone,
    /// `key-missing` when `MASS_ALEXA_KEY_FILE` names no key.
    pub fn replace(&self, data: &SessionData) -> Result<()> {
        self.folder.make()?;
        let _lock = self.begin_writing()?;
        self.make_way()?;
        self.seal(data)
    }

    /// Sets aside what cannot be opened. Only under the lock.
    pub(super) fn make_way(&self) -> Result<()> {
        self.drop_old_key();
        let key = self.found(KEY);
        if !matches!(key, Ok(Some(_))) {
            // Nothing is moved if there will be no key to go on with.
            self.ladder.check()?;
        }
        let unusable = |error: &Error| {
            [code::STORE_DAMAGED, code::STORE_NEWER].contains(&error.code())
                || error.kind() == ErrorKind::KeyUnavailable
        };
        if self.open_session().is_err_and(|error| unusable(&error)) {
            self.folder.set_aside(SESSION)?;
        }
        if key.is_err() {
            self.folder.set_aside(KEY)?;
        }
        if self.folder.has(NEXT_KEY) {
            self.folder.set_aside(NEXT_KEY)?;
        }
        Ok(())
    }

    /// Saves a newer state of the session that is there, also when its file was damaged meanwhile.
    /// False, and nothing is written, when it was removed or replaced by another enrolment.
    ///
    /// # Errors
    /// `store-write` with the cause, those of [`Store::load`] when the key cannot be had.
    pub fn update(&self, data: &SessionData) -> Result<bool> {
        if !self.has_session() {
            return Ok(false);
        }
        let _lock = self.begin_writing()?;
        let is_current = match self.open_session() {
            Ok((kept, _)) => kept.enrolment == data.enrolment,
            Err(error) if error.code() == code::NO_SESSION => false,
            Err(error) if error.code() == code::STORE_DAMAGED => {
                let told = self.set_aside_because(error);
                tracing::warn!(error = %told, "the session is written anew");
                true
            }
            Err(error) => return Err(error),
        };
        if is_current {
            self.seal(data)?;
        }
        Ok(is_current)
    }

    /// Removes the session of this enrolment and the consent of a developer beside it; key and
    /// installation stay for the next one, except for a key in the keyring of the system. False when it was removed or replaced before.
    ///
    /// # Errors
    /// `store-write` when it cannot be removed.
    pub fn wipe(&self, enrolment: &str) -> Result<bool> {
        if !self.has_session() {
            return Ok(false);
        }
        let _lock = self.begin_writing()?;
        let is_current = self.is_of(enrolment)?;
        if is_current {
            self.folder.remove(SESSION)?;
            self.drop_developer()?;
            self.retire_key();
        }
        Ok(is_current)
    }

    /// Whether the session that is there belongs to this enrolment.
    pub fn holds(&self, enrolment: &str) -> bool {
        // Another program may be changing the key just now.
        let looked_again = |_| {
            let _lock = self.folder.lock()?;
            self.is_of(enrolment)
        };
        self.is_of(enrolment).or_else(looked_again).unwrap_or(false)
    }

    /// Whether there is a session of another enrolment: one that cannot be opened is none.
    pub fn holds_another(&self, enrolment: &str) -> bool {
        self.open_session().is_ok_and(|(data, _)| data.enrolment != enrolment)
    }

    /// [`Store::holds`]; an error when it cannot be told, because it cannot be opened.
    fn is_of(&self, enrolment: &str) -> Result<bool> {
        match self.open_session() {
            Ok((data, _)) => Ok(data.enrolment == enrolment),
            Err(error) if [code::NO_SESSION, code::STORE_DAMAGED].contains(&error.code()) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes the session. Only under the lock.
    pub(super) fn seal(&self, data: &SessionData) -> Result<()> {
        let key = self.sealing_key()?;
        let plain =
            serde_json::to_vec(data).map_err(|error| self.folder.failed(io::Error::other(error)));
        self.folder.write(SESSION, &seal::seal(&Zeroizing::new(plain?), &key)?)
    }

    /// Takes the lock and tidies up what a writer left that was killed.
    pub(super) fn begin_writing(&self) -> Result<std::fs::File> {
        let lock = self.folder.lock()?;
        self.folder.clean();
        self.finish_rotation();
        Ok(lock)
    }

    /// Refuses a folder that is used for other things, because its rights would have to be changed,
    /// and a place for the key that is named but unusable.
    ///
    /// # Errors
    /// `bad-setting` with the name of one of the other things, `key-missing` with the path.
    pub fn check_folder(&self) -> Result<()> {
        self.folder.check()?;
        match key::read(&self.folder.path(KEY)) {
            Ok(Some(Place::Keyring(_) | Place::Here(_))) => Ok(()),
            _ => self.ladder.check(),
        }
    }

    /// The identity of this installation, made on first use but not saved by this call.
    pub fn installation(&self) -> Installation {
        let kept = self.folder.read(INSTALLATION).ok().flatten();
        kept.and_then(|bytes| serde_json::from_slice::<Installation>(&bytes).ok())
            .filter(Installation::is_valid)
            .unwrap_or_else(Installation::generate)
    }

    /// Keeps the identity, so that a later enrolment is the same device.
    ///
    /// # Errors
    /// `store-write` with the cause.
    pub fn keep_installation(&self, installation: &Installation) -> Result<()> {
        self.folder.make()?;
        let _lock = self.folder.lock()?;
        self.write_installation(installation)
    }

    /// Only under the lock.
    pub(super) fn write_installation(&self, installation: &Installation) -> Result<()> {
        let text = serde_json::to_vec(installation)
            .map_err(|error| self.folder.failed(io::Error::other(error)))?;
        self.folder.write(INSTALLATION, &text)
    }

    /// Where the key of the next save is, without asking for the key.
    ///
    /// # Errors
    /// `key-missing`, `store-newer`.
    pub fn key_source(&self) -> Result<KeySource> {
        let place = key::read(&self.folder.path(KEY))?;
        place.map(|place| place.source()).ok_or_else(|| {
            Error::new(code::KEY_MISSING, "There is no key file beside the session.")
        })
    }

    fn set_aside_because(&self, error: Error) -> Error {
        if error.code() != code::STORE_DAMAGED {
            return error;
        }
        match self.folder.set_aside(SESSION) {
            Ok(kept) => {
                let reason = error.message().trim_end_matches('.').to_owned();
                Error::new(error.code(), format!("{reason}; it was kept as {}.", kept.display()))
            }
            Err(_) => error,
        }
    }
}

/// Reads the content of a session file.
///
/// # Errors
/// `store-newer` for one of a later version, `store-damaged`.
pub(super) fn parse(plain: &[u8]) -> Result<SessionData> {
    let damaged = || Error::new(code::STORE_DAMAGED, "The session file has an unknown content.");
    let value = serde_json::from_slice::<VersionOnly>(plain).map_err(|_| damaged())?;
    match value.version {
        0 => Err(damaged()),
        version if version > u64::from(VERSION) => {
            Err(Error::new(code::STORE_NEWER, "The session is of a newer version."))
        }
        // The parser's own message could quote the content, so it is not kept as the source.
        _ => serde_json::from_slice(plain).map_err(|_| damaged()),
    }
}

#[derive(serde::Deserialize)]
struct VersionOnly {
    version: u64,
}

#[cfg(test)]
#[path = "store_tests.rs"]
pub(super) mod tests;
