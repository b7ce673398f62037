//! The part of a session that is kept on disk, and the one place that writes it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::data::SessionData;
use super::jar::Jar;
use super::key::KeySource;
use super::store::Store;
use crate::error::Result;

/// How the file of a session stands, as far as this handle knows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum File {
    #[default]
    Ours,
    /// Gone, or that of another sign-in. It may come back, as with a disk that was not there.
    Away,
    /// Removed by this handle: nothing is written any more.
    Wiped,
}

/// Data, cookies and the folder they are kept in.
#[derive(Debug)]
pub struct Kept {
    /// The cookies in use.
    pub jar: Jar,
    store: Store,
    /// Without cookies: they live in the jar.
    data: Mutex<SessionData>,
    /// Held while the file is written, so that an older state never replaces a newer one.
    file: Mutex<File>,
    /// Digest of what this handle read or wrote last.
    on_disk: Mutex<Option<[u8; 32]>>,
}

impl Kept {
    /// Takes over what was read or enrolled.
    pub fn new(store: Store, mut data: SessionData) -> Self {
        let jar = Jar::from_records(&std::mem::take(&mut data.cookies));
        let kept = Self {
            jar,
            store,
            data: Mutex::new(data),
            file: Mutex::default(),
            on_disk: Mutex::default(),
        };
        *kept.known() = digest(&kept.snapshot());
        kept
    }

    /// Where it is kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where the key is that the file is sealed with.
    ///
    /// # Errors
    /// `key-missing` before the first save.
    pub fn key_source(&self) -> Result<KeySource> {
        self.store.key_source()
    }

    /// Reads or changes what is known, in memory.
    pub fn with<T>(&self, change: impl FnOnce(&mut SessionData) -> T) -> T {
        change(&mut self.lock())
    }

    /// Writes the file of a new enrolment, whatever was there. Blocks for moments.
    ///
    /// # Errors
    /// `store-write`.
    pub fn replace(&self) -> Result<()> {
        let _writing = self.writing();
        let snapshot = self.snapshot();
        self.store.replace(&snapshot)?;
        *self.known() = digest(&snapshot);
        Ok(())
    }

    /// Writes the file if it is still that of this enrolment. Blocks for moments.
    ///
    /// # Errors
    /// `store-write`, `key-missing`.
    pub fn save(&self) -> Result<()> {
        let mut file = self.writing();
        if *file == File::Wiped {
            return Ok(());
        }
        let snapshot = self.snapshot();
        let is_ours = self.store.update(&snapshot)?;
        *self.known() = digest(&snapshot);
        if !is_ours && *file == File::Ours {
            tracing::warn!("the session was removed, or another sign-in took its place");
        }
        *file = if is_ours { File::Ours } else { File::Away };
        Ok(())
    }

    /// [`Kept::save`], unless there is nothing new: a program that only looked must not put an older
    /// state over what another one wrote meanwhile.
    ///
    /// # Errors
    /// As [`Kept::save`].
    pub fn save_changes(&self) -> Result<()> {
        let now = digest(&self.snapshot());
        if now.is_some() && now == *self.known() {
            return Ok(());
        }
        self.save()
    }

    /// Removes the file for good, if it is still that of this enrolment. Blocks for moments.
    ///
    /// # Errors
    /// `store-write`.
    pub fn wipe(&self) -> Result<()> {
        let mut file = self.writing();
        self.store.wipe(&self.lock().enrolment)?;
        *file = File::Wiped;
        Ok(())
    }

    fn snapshot(&self) -> SessionData {
        SessionData { cookies: self.jar.records(), ..self.lock().clone() }
    }

    fn known(&self) -> MutexGuard<'_, Option<[u8; 32]>> {
        self.on_disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, SessionData> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(data: &SessionData) -> Option<[u8; 32]> {
    let text = Zeroizing::new(serde_json::to_vec(data).ok()?);
    Some(Sha256::digest(text.as_slice()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::store::tests::data;

    #[test]
    fn a_wiped_session_stays_wiped() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(Store::new(folder.path()), data());
        kept.replace().unwrap();
        assert!(kept.store().has_session());
        kept.wipe().unwrap();
        kept.save().unwrap();
        assert!(!kept.store().has_session());
    }

    #[test]
    fn a_file_that_comes_back_is_written_again() {
        let base = tempfile::tempdir().unwrap();
        let (folder, away) = (base.path().join("account"), base.path().join("away"));
        let kept = Kept::new(Store::new(&folder), data());
        kept.replace().unwrap();
        std::fs::rename(&folder, &away).unwrap();
        kept.save().unwrap();
        assert!(!folder.exists(), "a session that is gone is not made anew");
        std::fs::rename(&away, &folder).unwrap();
        kept.with(|data| data.cookies_at = 7);
        kept.save().unwrap();
        assert_eq!(kept.store().load().unwrap().0.cookies_at, 7);
    }

    #[test]
    fn a_file_that_is_damaged_in_use_is_mended_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(Store::new(folder.path()), data());
        kept.replace().unwrap();
        let path = folder.path().join("session.sealed");
        for number in 1..3 {
            std::fs::write(&path, b"MASSALEXA damaged").unwrap();
            kept.save().unwrap();
            assert_eq!(kept.store().load().unwrap().0.enrolment, data().enrolment);
            assert!(folder.path().join(format!("session.sealed.damaged-{number}")).exists());
        }
    }

    #[test]
    fn who_only_looked_writes_nothing_over_a_newer_state() {
        let folder = tempfile::tempdir().unwrap();
        let first = Kept::new(Store::new(folder.path()), data());
        first.replace().unwrap();
        let (read, _) = first.store().load().unwrap();
        let second = Kept::new(Store::new(folder.path()), read);
        first.with(|data| data.cookies_at += 1_000);
        first.save().unwrap();
        second.save_changes().unwrap();
        let expected = first.with(|data| data.cookies_at);
        assert_eq!(first.store().load().unwrap().0.cookies_at, expected);
        second.with(|data| data.cookies_at += 5_000);
        second.save_changes().unwrap();
        assert_eq!(first.store().load().unwrap().0.cookies_at, expected + 4_000);
    }
}
