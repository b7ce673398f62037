//! The key of a store: found by fingerprint, made in the best place, rotated.
//!
//! Rotation writes the new place to `key.next`, seals the session anew, and renames `key.next` to
//! `key`. Whatever point it is interrupted at, one of the two files opens the session, and the
//! fingerprint in its header says which. The next writer finishes or undoes it.

use std::path::Path;

use super::key::{self, KeySource, Place};
use super::seal::{self, Key};
use super::store::{Store, parse};
use super::store_folder::{DEVELOPER, KEY, NEXT_KEY, OLD_KEY, SESSION};
use crate::error::{Error, Result, code};

/// Gives the session in `folder` a new key, in the best place there is now, and drops the old one.
/// Other handles of the session need not be closed. Blocks for moments, or for seconds where the
/// keyring of the system hangs.
///
/// # Errors
/// `no-session`, `bad-setting` when the key is in the file that `MASS_ALEXA_KEY_FILE` names and no
/// new one was put there, `store-write`, those of [`Store::load`].
pub fn rotate_key(folder: &Path) -> Result<KeySource> {
    Store::new(folder).rotate_key()
}

impl Store {
    /// [`rotate_key`] for this store.
    ///
    /// # Errors
    /// As [`rotate_key`].
    pub fn rotate_key(&self) -> Result<KeySource> {
        if !self.has_session() {
            return Err(Error::new(code::NO_SESSION, "Nobody is signed in here yet."));
        }
        let _lock = self.begin_writing()?;
        let opened = self.open()?;
        parse(&opened.plain)?;
        self.drop_old_key();
        let former = self.found(KEY)?.map(|(_, keys)| keys).unwrap_or_default();
        let (key, place) = self.make_key()?;
        if key.fingerprint() == opened.key.fingerprint() {
            self.folder.remove(NEXT_KEY)?;
            return Err(Error::new(
                code::BAD_SETTING,
                format!("The key comes from the file that {} names, so it is changed there.", key::KEY_FILE_VARIABLE),
            )
            .with_next_step("Put a new key into its first line, keep the old one in the second, and rotate again."));
        }
        self.folder.write(SESSION, &seal::seal(&opened.plain, &key)?)?;
        self.reseal_kept(&former, &key);
        self.take_next_key()?;
        Ok(place.source())
    }

    /// Sessions that were set aside, and the consent of a developer, stay readable if they were so
    /// before.
    fn reseal_kept(&self, former: &[Key], key: &Key) {
        let kept = format!("{SESSION}.");
        let is_kept = |name: &String| name.starts_with(&kept) || name.starts_with(DEVELOPER);
        for name in self.folder.names().filter(is_kept) {
            let Ok(Some(sealed)) = self.folder.read(&name) else { continue };
            let plain = former.iter().find_map(|key| seal::open(&sealed, key).ok());
            let Some(plain) = plain else { continue };
            let written =
                seal::seal(&plain, key).and_then(|sealed| self.folder.write(&name, &sealed));
            if let Err(error) = written {
                tracing::warn!(%error, name, "something that was sealed keeps its former key");
            }
        }
    }

    /// What a key file says, with the keys of that place.
    pub(super) fn found(&self, name: &str) -> Result<Option<(Place, Vec<Key>)>> {
        let Some(place) = key::read(&self.folder.path(name))? else { return Ok(None) };
        let keys = self.ladder.keys(&place)?;
        Ok(Some((place, keys)))
    }

    /// The key that a file says it was sealed with, or else the one it should have been.
    pub(super) fn key_of(&self, sealed: &[u8]) -> Result<(Key, KeySource)> {
        let current = self.found(KEY);
        if let Ok(Some((place, keys))) = &current
            && let Some(key) = matching(keys, sealed)
        {
            return Ok((key, place.source()));
        }
        // A rotation may have been interrupted.
        if let Some((place, keys)) = self.found(NEXT_KEY)?
            && let Some(key) = matching(&keys, sealed)
        {
            return Ok((key, place.source()));
        }
        let (place, keys) = current?.ok_or_else(missing)?;
        Ok((keys.into_iter().next().ok_or_else(missing)?, place.source()))
    }

    /// The key for the next save; the first one is made here.
    pub(super) fn sealing_key(&self) -> Result<Key> {
        if let Some((_, keys)) = self.found(KEY)? {
            return keys.into_iter().next().ok_or_else(missing);
        }
        let (key, _) = self.make_key()?;
        self.folder.rename(NEXT_KEY, KEY)?;
        Ok(key)
    }

    fn make_key(&self) -> Result<(Key, Place)> {
        self.ladder.make(|place| self.folder.write(NEXT_KEY, place.to_text().as_bytes()))
    }

    /// Ends what an interrupted writer began: the file that does not open the session goes. When
    /// that cannot be told, nothing changes. Only under the lock.
    pub(super) fn finish_rotation(&self) {
        if !self.folder.has(NEXT_KEY) {
            return;
        }
        let done = match self.folder.read(SESSION) {
            Ok(None) => self.drop_next_key(),
            Ok(Some(sealed)) => {
                let opens = |name| {
                    let found = self.found(name).ok().flatten();
                    found.is_some_and(|(_, keys)| matching(&keys, &sealed).is_some())
                };
                if opens(KEY) {
                    self.drop_next_key()
                } else if opens(NEXT_KEY) {
                    self.end_rotation(&sealed)
                } else {
                    Ok(())
                }
            }
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "an interrupted change of the key is still unfinished");
        }
    }

    /// Does what is left of a rotation once the session is sealed with its new key.
    fn end_rotation(&self, sealed: &[u8]) -> Result<()> {
        let former = match self.found(KEY) {
            // It is needed for what was set aside, and may come back.
            Err(error) if error.code() == code::KEYRING_UNAVAILABLE => return Err(error),
            former => former.ok().flatten().map(|(_, keys)| keys).unwrap_or_default(),
        };
        let next = self.found(NEXT_KEY)?.and_then(|(_, keys)| matching(&keys, sealed));
        if let Some(key) = next {
            self.reseal_kept(&former, &key);
        }
        self.take_next_key()
    }

    fn take_next_key(&self) -> Result<()> {
        if let Ok(Some(former @ Place::Keyring(_))) = key::read(&self.folder.path(KEY)) {
            self.folder.write(OLD_KEY, former.to_text().as_bytes())?;
        }
        self.folder.rename(NEXT_KEY, KEY)?;
        self.drop_old_key();
        Ok(())
    }

    fn drop_next_key(&self) -> Result<()> {
        match key::read(&self.folder.path(NEXT_KEY)) {
            Ok(Some(Place::Keyring(_))) => {
                self.folder.rename(NEXT_KEY, OLD_KEY)?;
                self.drop_old_key();
                Ok(())
            }
            _ => self.folder.remove(NEXT_KEY),
        }
    }

    /// Removes the key that was in use before from the keyring, if it is still there. Without an
    /// answer of the keyring it is tried again at the next occasion.
    pub(super) fn drop_old_key(&self) {
        let read = |name| key::read(&self.folder.path(name));
        let Ok(Some(old)) = read(OLD_KEY) else { return };
        let is_used = match (&old, read(KEY)) {
            (Place::Keyring(old), Ok(Some(Place::Keyring(used)))) => *old == used,
            _ => false,
        };
        let forgotten = if is_used { Ok(()) } else { self.ladder.forget(&old) };
        if let Err(error) = forgotten.and_then(|()| self.folder.remove(OLD_KEY)) {
            tracing::debug!(%error, "a former key is still in the keyring");
        }
    }

    /// After a sign-out an entry in the keyring would be there for nothing, unless it still opens
    /// what was set aside.
    pub(super) fn retire_key(&self) {
        let kept = format!("{SESSION}.");
        let is_needed = self.folder.names().any(|name| name.starts_with(&kept));
        if !is_needed
            && let Ok(Some(Place::Keyring(_))) = key::read(&self.folder.path(KEY))
            && self.folder.rename(KEY, OLD_KEY).is_ok()
        {
            self.drop_old_key();
        }
    }
}

fn matching(keys: &[Key], sealed: &[u8]) -> Option<Key> {
    let wanted = seal::fingerprint_of(sealed)?;
    keys.iter().find(|key| key.fingerprint() == wanted).cloned()
}

fn missing() -> Error {
    Error::new(code::KEY_MISSING, "There is a session file, but its key file is missing.")
}

#[cfg(test)]
#[path = "store_keys_tests.rs"]
mod tests;
