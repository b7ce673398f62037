//! The part of a session that is kept on disk, and the one place that writes it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::data::SessionData;
use super::jar::Jar;
use super::key::KeySource;
use super::store::Store;
use crate::error::Result;

/// Data, cookies and the folder they are kept in.
#[derive(Debug)]
pub struct Kept {
    /// The cookies in use.
    pub jar: Jar,
    store: Store,
    /// Without cookies: they live in the jar.
    data: Mutex<SessionData>,
    /// Held while the file is written, so that an older state never replaces a newer one. True once
    /// the session was wiped or replaced by another sign-in: then nothing is written any more.
    is_over: Mutex<bool>,
}

impl Kept {
    /// Takes over what was read or enrolled.
    pub fn new(store: Store, mut data: SessionData) -> Self {
        let jar = Jar::from_records(&std::mem::take(&mut data.cookies));
        Self { jar, store, data: Mutex::new(data), is_over: Mutex::default() }
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
        self.store.replace(&self.snapshot())
    }

    /// Writes the file if it is still that of this enrolment. Blocks for moments.
    ///
    /// # Errors
    /// `store-write`, `key-missing`.
    pub fn save(&self) -> Result<()> {
        let mut is_over = self.writing();
        if !*is_over && !self.store.update(&self.snapshot())? {
            tracing::warn!("another sign-in took the place of this session");
            *is_over = true;
        }
        Ok(())
    }

    /// Removes the file for good, if it is still that of this enrolment. Blocks for moments.
    ///
    /// # Errors
    /// `store-write`.
    pub fn wipe(&self) -> Result<()> {
        let mut is_over = self.writing();
        self.store.wipe(&self.lock().enrolment)?;
        *is_over = true;
        Ok(())
    }

    fn snapshot(&self) -> SessionData {
        SessionData { cookies: self.jar.records(), ..self.lock().clone() }
    }

    fn writing(&self) -> MutexGuard<'_, bool> {
        self.is_over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, SessionData> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
}
