//! The keyring of the operating system: Secret Service, Keychain or Credential Manager.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::seal::Key;
use crate::error::{Error, Result, code};

/// A keyring that asks its owner something, or hangs, is not waited for (*chosen*).
const PATIENCE: Duration = Duration::from_secs(5);
/// So many calls may hang at a time; each holds a thread.
const MOST_CALLS: usize = 16;

/// Keeps keys under names.
pub(super) trait Keyring: Debug + Send + Sync {
    /// The key of this name, `None` when there is none.
    ///
    /// # Errors
    /// `keyring-unavailable`; `key-missing` when the entry is no key.
    fn get(&self, id: &str) -> Result<Option<Key>>;

    /// Keeps a key.
    ///
    /// # Errors
    /// `keyring-unavailable`.
    fn put(&self, id: &str, key: &Key) -> Result<()>;

    /// Removes a key; fine if there is none.
    ///
    /// # Errors
    /// `keyring-unavailable`.
    fn remove(&self, id: &str) -> Result<()>;
}

/// The one of this system and user.
#[derive(Debug)]
pub(super) struct SystemKeyring;

impl Keyring for SystemKeyring {
    fn get(&self, id: &str) -> Result<Option<Key>> {
        let id = id.to_owned();
        let found = in_time(PATIENCE, move || platform::get(&id), || {})?;
        found
            .map(|bytes| {
                Key::from_bytes(&bytes).ok_or_else(|| {
                    Error::new(code::KEY_MISSING, "The entry in the system's keyring is no key.")
                })
            })
            .transpose()
    }

    fn put(&self, id: &str, key: &Key) -> Result<()> {
        let (id, late, key) = (id.to_owned(), id.to_owned(), key.clone());
        // Nobody knows of an entry that was made too late.
        in_time(PATIENCE, move || platform::put(&id, &key), move || drop(platform::remove(&late)))
    }

    fn remove(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        in_time(PATIENCE, move || platform::remove(&id), || {})
    }
}

/// Runs the call on a thread of its own: it must not stand on one of the runtime, and may hang.
fn in_time<T: Send + 'static>(
    patience: Duration,
    call: impl FnOnce() -> Result<T, String> + Send + 'static,
    too_late: impl FnOnce() + Send + 'static,
) -> Result<T> {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let unavailable = |why: String| {
        Error::new(code::KEYRING_UNAVAILABLE, "The keyring of this system does not answer.")
            .with_source(std::io::Error::other(why))
    };
    if CALLS.fetch_add(1, Ordering::Relaxed) >= MOST_CALLS {
        CALLS.fetch_sub(1, Ordering::Relaxed);
        return Err(unavailable("earlier calls still hang".to_owned()));
    }
    let (answer, answered) = mpsc::channel();
    let thread = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        if let Err(mpsc::SendError(Ok(_))) = answer.send(call()) {
            too_late();
        }
        CALLS.fetch_sub(1, Ordering::Relaxed);
    });
    if let Err(error) = thread {
        CALLS.fetch_sub(1, Ordering::Relaxed);
        return Err(unavailable(error.to_string()));
    }
    match answered.recv_timeout(patience) {
        Ok(result) => result.map_err(unavailable),
        Err(RecvTimeoutError::Timeout) => Err(unavailable("no answer in time".to_owned())),
        Err(RecvTimeoutError::Disconnected) => Err(unavailable("the call broke off".to_owned())),
    }
}

#[cfg(any(target_os = "linux", target_os = "macos", windows))]
mod platform {
    use ::keyring::{Entry, Error};
    use zeroize::Zeroizing;

    use super::Key;

    const SERVICE: &str = "mass-alexa";

    pub(super) fn get(id: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        match entry(id)?.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(cause(&error)),
        }
    }

    pub(super) fn put(id: &str, key: &Key) -> Result<(), String> {
        entry(id)?.set_secret(key.expose()).map_err(|error| cause(&error))
    }

    pub(super) fn remove(id: &str) -> Result<(), String> {
        match entry(id)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(cause(&error)),
        }
    }

    fn entry(id: &str) -> Result<Entry, String> {
        Entry::new(SERVICE, id).map_err(|error| cause(&error))
    }

    /// Errors of the library can hold the secret itself, so only harmless ones are quoted.
    fn cause(error: &Error) -> String {
        match error {
            Error::PlatformFailure(error) | Error::NoStorageAccess(error) => error.to_string(),
            Error::Ambiguous(_) => "several entries of one name".to_owned(),
            _ => "unusable entry".to_owned(),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod platform {
    use zeroize::Zeroizing;

    use super::Key;

    const NONE: &str = "no keyring is known for this system";

    pub(super) fn get(_: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        Err(NONE.to_owned())
    }

    pub(super) fn put(_: &str, _: &Key) -> Result<(), String> {
        Err(NONE.to_owned())
    }

    pub(super) fn remove(_: &str) -> Result<(), String> {
        Err(NONE.to_owned())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    /// A keyring in memory that can be switched off.
    #[derive(Debug, Default)]
    pub(in crate::session) struct FakeKeyring {
        pub(in crate::session) entries: Mutex<BTreeMap<String, Key>>,
        pub(in crate::session) is_off: Mutex<bool>,
    }

    impl FakeKeyring {
        fn check(&self) -> Result<()> {
            if *self.is_off.lock().unwrap() {
                return Err(Error::new(code::KEYRING_UNAVAILABLE, "Switched off."));
            }
            Ok(())
        }

        pub(in crate::session) fn switch(&self, is_off: bool) {
            *self.is_off.lock().unwrap() = is_off;
        }

        pub(in crate::session) fn len(&self) -> usize {
            self.entries.lock().unwrap().len()
        }
    }

    impl Keyring for FakeKeyring {
        fn get(&self, id: &str) -> Result<Option<Key>> {
            self.check()?;
            Ok(self.entries.lock().unwrap().get(id).cloned())
        }

        fn put(&self, id: &str, key: &Key) -> Result<()> {
            self.check()?;
            self.entries.lock().unwrap().insert(id.to_owned(), key.clone());
            Ok(())
        }

        fn remove(&self, id: &str) -> Result<()> {
            self.check()?;
            self.entries.lock().unwrap().remove(id);
            Ok(())
        }
    }

    #[test]
    fn a_hanging_keyring_is_not_waited_for_and_what_comes_late_is_undone() {
        let (go, wait) = mpsc::channel::<()>();
        let (undone, is_undone) = mpsc::channel();
        let hanging = move || {
            wait.recv().unwrap();
            Ok(())
        };
        let error = in_time(Duration::from_millis(1), hanging, move || undone.send(()).unwrap())
            .unwrap_err();
        assert_eq!(error.code(), code::KEYRING_UNAVAILABLE);
        go.send(()).unwrap();
        is_undone.recv().unwrap();
    }

    #[test]
    fn a_failing_call_gives_its_cause() {
        let error = in_time(PATIENCE, || Err::<(), _>("no bus".to_owned()), || {}).unwrap_err();
        assert_eq!(error.code(), code::KEYRING_UNAVAILABLE);
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("no bus"));
    }
}
