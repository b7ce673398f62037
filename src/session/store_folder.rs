//! The files of one account: how they are locked, written whole, and set aside.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, code};

/// The sealed session.
pub(super) const SESSION: &str = "session.sealed";
/// The sealed consent of a developer.
pub(super) const DEVELOPER: &str = "developer.sealed";
/// The key, or where it is.
pub(super) const KEY: &str = "key";
/// The same of a rotation under way.
pub(super) const NEXT_KEY: &str = "key.next";
/// Where the former key was, until it is gone from there.
pub(super) const OLD_KEY: &str = "key.old";
/// The identity of the installation.
pub(super) const INSTALLATION: &str = "installation.json";
/// Counters for the owner.
pub(super) const RECORDS: &str = "records.json";
/// What the owner agreed to, written by the program that asked.
const CONSENT: &str = "consent.json";
pub(super) const LOCK: &str = ".lock";
/// Files of a write under way. They exist under the lock only.
pub(super) const UNDER_WAY: &str = ".tmp-saving-";

/// A folder of ours: 0700, its files 0600.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn as_path(&self) -> &Path {
        &self.0
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Makes the folder, or its rights tight.
    pub(super) fn make(&self) -> Result<()> {
        self.check()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
            let make = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
            make.map_err(|error| self.failed(error))?;
            let rights = fs::metadata(&self.0).map_err(|error| self.failed(error))?.permissions();
            // Some file systems cannot change rights, which is fine if they are tight.
            if rights.mode() & 0o777 == 0o700 {
                return Ok(());
            }
            fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700)).map_err(|error| {
                let folder = self.0.display();
                Error::new(
                    code::BAD_SETTING,
                    format!("The folder {folder} cannot be kept from other users: its owner or its file system does not allow it."),
                )
                .with_next_step("Use a folder of your own on a file system with access rights, or mount it with a mask of 077.")
                .with_source(error)
            })
        }
        #[cfg(not(unix))]
        fs::create_dir_all(&self.0).map_err(|error| self.failed(error))
    }

    /// Refuses a folder that is used for other things: its rights would have to be changed.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(stranger) = self.stranger() {
            let folder = self.0.display();
            return Err(Error::new(
                code::BAD_SETTING,
                format!("The folder {folder} holds other things ({stranger}), so its rights are left alone."),
            )
            .with_next_step("Give the session a folder of its own."));
        }
        Ok(())
    }

    /// A file in the folder that is not one of ours.
    fn stranger(&self) -> Option<String> {
        // What file systems and their tools leave by themselves.
        let litter = |name: &str| {
            name.starts_with(".nfs") || [".DS_Store", ".stfolder", "lost+found"].contains(&name)
        };
        let ours = |name: &str| {
            [SESSION, DEVELOPER, KEY, INSTALLATION, RECORDS, CONSENT, LOCK, ".tmp"]
                .iter()
                .any(|own| name.starts_with(own))
        };
        self.names().find(|name| !ours(name) && !litter(name))
    }

    /// The names of all files in it.
    pub(super) fn names(&self) -> impl Iterator<Item = String> + use<> {
        let entries = fs::read_dir(&self.0).into_iter().flatten();
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok())
    }

    /// Keeps other handles and processes from writing at the same time.
    pub(super) fn lock(&self) -> Result<fs::File> {
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

    /// Removes what writers left that died. Only under the lock.
    pub(super) fn clean(&self) {
        for name in self.names().filter(|name| name.starts_with(UNDER_WAY)) {
            if let Err(error) = fs::remove_file(self.path(&name)) {
                tracing::debug!(%error, "a file of a broken write stays");
            }
        }
    }

    /// Reads a file; `None` when there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unreadable(error)),
        }
    }

    /// Replaces a file whole or not at all. Only under the lock.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let write = || -> io::Result<()> {
            // Temporary files of this library are 0600 from the start.
            let mut file = tempfile::Builder::new().prefix(UNDER_WAY).tempfile_in(&self.0)?;
            file.write_all(content)?;
            file.as_file().sync_all()?;
            file.persist(self.path(name)).map_err(|error| error.error)?;
            self.sync()
        };
        write().map_err(|error| self.failed(error))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<()> {
        let rename = || {
            fs::rename(self.path(from), self.path(to))?;
            self.sync()
        };
        rename().map_err(|error| self.failed(error))
    }

    pub(super) fn remove(&self, name: &str) -> Result<()> {
        fs::remove_file(self.path(name)).map_err(|error| self.failed(error))
    }

    /// Renames to a free name `<name>.damaged-<n>`.
    pub(super) fn set_aside(&self, name: &str) -> Result<PathBuf> {
        let free = self.free(name, "damaged");
        fs::rename(self.path(name), &free).map_err(|error| self.failed(error))?;
        Ok(free)
    }

    /// Keeps what is about to be replaced under a free name `<name>.replaced-<n>` as well.
    pub(super) fn keep_copy(&self, name: &str) -> Result<PathBuf> {
        let free = self.free(name, "replaced");
        let content = fs::read(self.path(name)).map_err(|error| self.unreadable(error))?;
        let free_name = free.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.write(&free_name, &content)?;
        Ok(free)
    }

    fn free(&self, name: &str, why: &str) -> PathBuf {
        (1_u32..)
            .map(|number| self.path(&format!("{name}.{why}-{number}")))
            .find(|path| !path.exists())
            .unwrap_or_else(|| self.path(&format!("{name}.{why}")))
    }

    fn sync(&self) -> io::Result<()> {
        #[cfg(unix)]
        match fs::File::open(&self.0).and_then(|folder| folder.sync_all()) {
            // Some network file systems cannot do it; the file itself is whole all the same.
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
                ) =>
            {
                return Err(error);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn failed(&self, error: io::Error) -> Error {
        Error::new(code::STORE_WRITE, format!("The folder {} cannot be written.", self.0.display()))
            .with_source(error)
    }

    fn unreadable(&self, error: io::Error) -> Error {
        Error::new(code::STORE_READ, format!("The session in {} cannot be read.", self.0.display()))
            .with_source(error)
    }
}
