//! The folder of one account: `session.sealed`, `key` and `installation.json`.
//!
//! The folder is 0700, its files 0600. A file is replaced whole or not at all: written beside,
//! synced, renamed, folder synced. What cannot be opened is set aside, never overwritten.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::data::{SessionData, VERSION};
use super::key::{self, KeySource};
use super::seal::{self, Key};
use crate::auth::identity::Installation;
use crate::error::{Error, Result, code};

const SESSION: &str = "session.sealed";
const KEY: &str = "key";
const INSTALLATION: &str = "installation.json";
const LOCK: &str = ".lock";

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

/// The folder of one account. All calls block for moments; async callers use a blocking thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in `folder`, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is a session file, usable or not.
    pub fn has_session(&self) -> bool {
        self.path(SESSION).exists()
    }

    /// Opens the session. A file that is damaged or foreign is set aside and named in the error.
    ///
    /// # Errors
    /// `no-session`, `key-missing`, `key-mismatch`, `store-damaged` or `store-newer`.
    pub fn load(&self) -> Result<(SessionData, KeySource)> {
        let opened = self.open_session();
        if !opened.as_ref().is_err_and(|error| error.code() == code::STORE_DAMAGED) {
            return opened;
        }
        // Another program may have just replaced it, so it is looked at again under the lock.
        let _lock = self.lock()?;
        match self.open_session() {
            Err(error) if error.code() == code::STORE_DAMAGED => Err(self.set_aside_because(error)),
            other => other,
        }
    }

    fn open_session(&self) -> Result<(SessionData, KeySource)> {
        let sealed = match fs::read(self.path(SESSION)) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::new(code::NO_SESSION, "Nobody is signed in here yet."));
            }
            Err(error) => return Err(self.unreadable(error)),
        };
        let key = key::read(&self.path(KEY))?.ok_or_else(|| {
            Error::new(code::KEY_MISSING, "There is a session file, but its key file is missing.")
        })?;
        let plain = seal::open(&sealed, &key)?;
        let version = serde_json::from_slice::<serde_json::Value>(&plain)
            .ok()
            .and_then(|value| value.get("version")?.as_u64());
        if version.is_some_and(|version| version > u64::from(VERSION)) {
            return Err(Error::new(code::STORE_NEWER, "The session is of a newer version."));
        }
        // The parser's own message could quote the content, so it is not kept as the source.
        let data = serde_json::from_slice(&plain).map_err(|_| {
            Error::new(code::STORE_DAMAGED, "The session file has an unknown content.")
        })?;
        Ok((data, KeySource::KeyFile))
    }

    /// Saves the session of a new enrolment. Whatever is there and cannot be opened is set aside,
    /// so that nothing is overwritten that somebody might want back.
    ///
    /// # Errors
    /// `store-write` with the cause.
    pub fn replace(&self, data: &SessionData) -> Result<()> {
        self.make_folder()?;
        let _lock = self.lock()?;
        if key::read(&self.path(KEY)).is_err() {
            self.set_aside(KEY)?;
        }
        let unusable = |error: Error| {
            [code::STORE_DAMAGED, code::STORE_NEWER, code::KEY_MISSING, code::KEY_MISMATCH]
                .contains(&error.code())
        };
        if self.open_session().is_err_and(unusable) {
            self.set_aside(SESSION)?;
        }
        self.seal(data)
    }

    /// Saves a newer state of the session that is there. False, and nothing is written, when it was
    /// removed or replaced by another enrolment meanwhile.
    ///
    /// # Errors
    /// `store-write` with the cause, `key-missing` when the key file is unusable.
    pub fn update(&self, data: &SessionData) -> Result<bool> {
        if !self.has_session() {
            return Ok(false);
        }
        let _lock = self.lock()?;
        let is_current = self.holds(&data.enrolment);
        if is_current {
            self.seal(data)?;
        }
        Ok(is_current)
    }

    /// Removes the session of this enrolment; key and installation stay for the next one. False
    /// when it was removed or replaced before.
    ///
    /// # Errors
    /// `store-write` when it cannot be removed.
    pub fn wipe(&self, enrolment: &str) -> Result<bool> {
        if !self.has_session() {
            return Ok(false);
        }
        let _lock = self.lock()?;
        let is_current = self.holds(enrolment);
        if is_current {
            fs::remove_file(self.path(SESSION)).map_err(|error| self.failed(error))?;
        }
        Ok(is_current)
    }

    /// Whether the session that is there belongs to this enrolment.
    pub fn holds(&self, enrolment: &str) -> bool {
        self.open_session().is_ok_and(|(data, _)| data.enrolment == enrolment)
    }

    fn seal(&self, data: &SessionData) -> Result<()> {
        let key = match key::read(&self.path(KEY))? {
            Some(key) => key,
            None => {
                let key = Key::generate();
                self.write(KEY, key::to_text(&key).as_bytes())?;
                key
            }
        };
        let plain = zeroize::Zeroizing::new(
            serde_json::to_vec(data).map_err(|error| self.failed(io::Error::other(error)))?,
        );
        self.write(SESSION, &seal::seal(&plain, &key)?)
    }

    /// Keeps other handles and processes from writing at the same time.
    fn lock(&self) -> Result<fs::File> {
        let lock = || {
            let mut options = fs::OpenOptions::new();
            options.create(true).truncate(false).write(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(self.path(LOCK))?;
            // Some network file systems have no locks; there one program has to be enough.
            match file.lock() {
                Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
                _ => Ok(file),
            }
        };
        lock().map_err(|error| self.failed(error))
    }

    /// Refuses a folder that is used for other things: its rights would have to be changed.
    ///
    /// # Errors
    /// `bad-setting` with the name of one of the other things.
    pub fn check_folder(&self) -> Result<()> {
        if let Some(stranger) = self.stranger() {
            let folder = self.folder.display();
            return Err(Error::new(
                code::BAD_SETTING,
                format!("The folder {folder} holds other things ({stranger}), so its rights are left alone."),
            )
            .with_next_step("Give the session a folder of its own."));
        }
        Ok(())
    }

    /// The identity of this installation, made on first use but not saved by this call.
    pub fn installation(&self) -> Installation {
        fs::read(self.path(INSTALLATION))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Installation>(&bytes).ok())
            .filter(Installation::is_valid)
            .unwrap_or_else(Installation::generate)
    }

    /// Keeps the identity, so that a later enrolment is the same device.
    ///
    /// # Errors
    /// `store-write` with the cause.
    pub fn keep_installation(&self, installation: &Installation) -> Result<()> {
        self.make_folder()?;
        let text = serde_json::to_vec(installation)
            .map_err(|error| self.failed(io::Error::other(error)))?;
        self.write(INSTALLATION, &text)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn make_folder(&self) -> Result<()> {
        self.check_folder()?;
        let make = || {
            #[cfg(unix)]
            {
                use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
                fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
                fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700))
            }
            #[cfg(not(unix))]
            fs::create_dir_all(&self.folder)
        };
        make().map_err(|error| self.failed(error))
    }

    /// A file in the folder that is not one of ours.
    fn stranger(&self) -> Option<String> {
        let ours = |name: &str| {
            [SESSION, KEY, INSTALLATION, LOCK, ".tmp"].iter().any(|own| name.starts_with(own))
        };
        let names = fs::read_dir(&self.folder).ok()?;
        names
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .find(|name| !ours(name))
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let write = || -> io::Result<()> {
            // Temporary files of this library are 0600 from the start.
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(content)?;
            file.as_file().sync_all()?;
            file.persist(self.path(name)).map_err(|error| error.error)?;
            #[cfg(unix)]
            fs::File::open(&self.folder)?.sync_all()?;
            Ok(())
        };
        write().map_err(|error| self.failed(error))
    }

    fn set_aside_because(&self, error: Error) -> Error {
        match self.set_aside(SESSION) {
            Ok(kept) => {
                let reason = error.message().trim_end_matches('.').to_owned();
                Error::new(error.code(), format!("{reason}; it was kept as {}.", kept.display()))
            }
            Err(_) => error,
        }
    }

    /// Renames to a free name `<name>.damaged-<n>`.
    fn set_aside(&self, name: &str) -> Result<PathBuf> {
        let free = (1_u32..)
            .map(|number| self.path(&format!("{name}.damaged-{number}")))
            .find(|path| !path.exists())
            .unwrap_or_else(|| self.path("damaged"));
        fs::rename(self.path(name), &free).map_err(|error| self.failed(error))?;
        Ok(free)
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::new(
            code::STORE_WRITE,
            format!("The folder {} cannot be written.", self.folder.display()),
        )
        .with_source(error)
    }

    fn unreadable(&self, error: io::Error) -> Error {
        Error::new(
            code::STORE_READ,
            format!("The session in {} cannot be read.", self.folder.display()),
        )
        .with_source(error)
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
pub(super) mod tests;
