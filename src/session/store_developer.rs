//! The consent of the owner as a developer, kept beside the session and sealed as it is.

use zeroize::Zeroizing;

use super::seal;
use super::store::Store;
use super::store_folder::DEVELOPER;
use crate::error::{Result, code};

impl Store {
    /// What was kept; `None` when there is nothing, or nothing that can still be opened.
    ///
    /// # Errors
    /// `keyring-unavailable`, `store-newer`, `store-read`.
    pub(crate) fn developer(&self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(sealed) = self.folder.read(DEVELOPER)? else { return Ok(None) };
        let opened = self.key_of(&sealed).and_then(|(key, _)| seal::open(&sealed, &key));
        match opened {
            Ok(plain) => Ok(Some(plain)),
            Err(error)
                if [code::STORE_DAMAGED, code::KEY_MISSING, code::KEY_MISMATCH]
                    .contains(&error.code()) =>
            {
                tracing::warn!(%error, "the consent of the developer cannot be opened");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps this in its place. What is there and cannot be opened is set aside.
    ///
    /// # Errors
    /// `store-write` with the cause, `bad-setting` for a folder that cannot be ours alone, those of
    /// the key.
    pub(crate) fn keep_developer(&self, plain: &[u8]) -> Result<()> {
        self.folder.make()?;
        let _lock = self.begin_writing()?;
        if self.folder.has(DEVELOPER) && self.developer()?.is_none() {
            self.folder.set_aside(DEVELOPER)?;
        }
        let key = self.sealing_key()?;
        self.folder.write(DEVELOPER, &seal::seal(plain, &key)?)
    }

    /// Removes it, with what was set aside. Only under the lock.
    pub(super) fn drop_developer(&self) -> Result<()> {
        for name in self.folder.names().filter(|name| name.starts_with(DEVELOPER)) {
            self.folder.remove(&name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{data, plain_store};
    use super::super::store_folder::KEY;
    use super::*;

    #[test]
    fn it_is_sealed_survives_a_new_key_and_goes_with_the_session() {
        let base = tempfile::tempdir().unwrap();
        let store = plain_store(base.path());
        assert!(store.developer().unwrap().is_none());
        store.keep_developer(b"canary").unwrap();
        let sealed = std::fs::read(base.path().join(DEVELOPER)).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"canary"));
        store.replace(&data()).unwrap();
        store.rotate_key().unwrap();
        assert_eq!(store.developer().unwrap().unwrap().as_slice(), b"canary");
        assert!(store.wipe("one").unwrap());
        assert!(store.developer().unwrap().is_none());
        assert!(!base.path().join(DEVELOPER).exists());
    }

    #[test]
    fn what_cannot_be_opened_counts_as_nothing_and_is_set_aside() {
        let base = tempfile::tempdir().unwrap();
        let store = plain_store(base.path());
        store.keep_developer(b"one").unwrap();
        std::fs::remove_file(base.path().join(KEY)).unwrap();
        assert!(store.developer().unwrap().is_none());
        store.keep_developer(b"two").unwrap();
        assert_eq!(store.developer().unwrap().unwrap().as_slice(), b"two");
        assert!(base.path().join("developer.sealed.damaged-1").exists());
    }
}
