use std::fs;
use std::sync::Arc;

use super::*;
use crate::session::keyring::tests::FakeKeyring;
use crate::session::store::tests::{data, names, store_with};

struct Bench {
    base: tempfile::TempDir,
    keyring: Arc<FakeKeyring>,
}

impl Bench {
    fn new() -> Self {
        Self { base: tempfile::tempdir().unwrap(), keyring: Arc::default() }
    }

    /// A handle such as another process would have: it knows no key yet.
    fn store(&self) -> Store {
        store_with(&self.base.path().join("a"), None, &self.keyring)
    }

    fn store_with_secret(&self) -> Store {
        store_with(&self.base.path().join("a"), Some(self.secret().into_os_string()), &self.keyring)
    }

    fn secret(&self) -> std::path::PathBuf {
        self.base.path().join("secret")
    }

    /// A new store whose key is in the keyring, or beside the data.
    fn signed_in(&self, source: KeySource) -> Store {
        self.keyring.switch(source == KeySource::KeyFile);
        let store = self.store();
        store.replace(&data()).unwrap();
        self.keyring.switch(false);
        assert_eq!(store.load().unwrap().1, source);
        assert_eq!(store.key_source().unwrap(), source);
        store
    }
}

const TIDY: [&str; 3] = [".lock", "key", "session.sealed"];

#[test]
fn a_new_store_takes_the_best_place_and_says_which() {
    let bench = Bench::new();
    bench.signed_in(KeySource::Keyring);
    let text = fs::read_to_string(bench.store().folder.path(KEY)).unwrap();
    assert!(text.starts_with("mass-alexa-key-1:keyring:"));
    assert_eq!((bench.keyring.len(), names(&bench.store())), (1, TIDY.map(String::from).to_vec()));
    let bench = Bench::new();
    bench.signed_in(KeySource::KeyFile);
    assert_eq!((bench.keyring.len(), names(&bench.store())), (0, TIDY.map(String::from).to_vec()));
    let bench = Bench::new();
    fs::write(bench.secret(), [7; 32]).unwrap();
    bench.store_with_secret().replace(&data()).unwrap();
    assert_eq!(bench.store_with_secret().load().unwrap().1, KeySource::EnvFile);
    let text = fs::read_to_string(bench.store().folder.path(KEY)).unwrap();
    assert_eq!(text, "mass-alexa-key-1:env-file\n");
}

#[test]
fn an_unusable_secret_file_is_never_skipped() {
    let bench = Bench::new();
    let store = bench.store_with_secret();
    assert_eq!(store.check_folder().unwrap_err().code(), code::KEY_MISSING);
    let error = store.replace(&data()).unwrap_err();
    assert_eq!(error.code(), code::KEY_MISSING);
    assert!(error.message().contains(bench.secret().to_str().unwrap()));
    assert!(!store.has_session() && bench.keyring.len() == 0);
    // Nor when there is something whose key it was: nothing is moved then.
    fs::write(bench.secret(), [7; 32]).unwrap();
    store.replace(&data()).unwrap();
    fs::write(bench.secret(), "garbage").unwrap();
    assert_eq!(store.load().unwrap_err().code(), code::KEY_MISSING);
    assert_eq!(store.update(&data()).unwrap_err().code(), code::KEY_MISSING);
    assert_eq!(store.replace(&data()).unwrap_err().code(), code::KEY_MISSING);
    assert_eq!(names(&store), TIDY);
    fs::write(bench.secret(), [7; 32]).unwrap();
    assert!(store.load().is_ok());
    // Without the variable the sentence names it.
    let error = bench.store().load().unwrap_err();
    assert_eq!(error.code(), code::KEY_MISSING);
    assert!(error.message().contains("MASS_ALEXA_KEY_FILE"), "{error}");
}

#[test]
fn an_existing_store_keeps_its_place_until_it_is_rotated() {
    let bench = Bench::new();
    bench.signed_in(KeySource::KeyFile);
    assert!(bench.store().update(&data()).unwrap());
    assert_eq!(bench.store().key_source().unwrap(), KeySource::KeyFile);
    assert_eq!(bench.store().rotate_key().unwrap(), KeySource::Keyring);
    fs::write(bench.secret(), [7; 32]).unwrap();
    let store = bench.store_with_secret();
    assert_eq!(store.load().unwrap().1, KeySource::Keyring);
    assert_eq!(store.rotate_key().unwrap(), KeySource::EnvFile);
    assert_eq!((bench.keyring.len(), names(&store)), (0, TIDY.map(String::from).to_vec()));
    assert_eq!(store.load().unwrap().1, KeySource::EnvFile);
}

#[test]
fn without_its_keyring_a_session_waits_and_is_not_given_another_key() {
    let bench = Bench::new();
    let open = bench.signed_in(KeySource::Keyring);
    bench.keyring.switch(true);
    let store = bench.store();
    assert_eq!(store.load().unwrap_err().code(), code::KEYRING_UNAVAILABLE);
    assert_eq!(store.update(&data()).unwrap_err().code(), code::KEYRING_UNAVAILABLE);
    assert_eq!(store.rotate_key().unwrap_err().code(), code::KEYRING_UNAVAILABLE);
    assert_eq!(names(&store), TIDY);
    assert!(open.update(&data()).unwrap(), "who has the key already needs no keyring");
    bench.keyring.switch(false);
    assert!(bench.store().load().is_ok());
    bench.keyring.entries.lock().unwrap().clear();
    assert_eq!(bench.store().load().unwrap_err().code(), code::KEY_MISSING);
    // A new sign-in is what helps then; nothing of the old one is lost.
    bench.store().replace(&data()).unwrap();
    assert!(bench.store().load().is_ok());
    assert!(bench.store().folder.has("session.sealed.damaged-1"));
    assert!(bench.store().folder.has("key.damaged-1"));
}

#[test]
fn a_rotated_key_is_another_and_the_old_one_is_gone() {
    for source in [KeySource::Keyring, KeySource::KeyFile] {
        let bench = Bench::new();
        let open = bench.signed_in(source);
        let before = fs::read(open.folder.path(KEY)).unwrap();
        let sealed = fs::read(open.folder.path(SESSION)).unwrap();
        bench.keyring.switch(source == KeySource::KeyFile);
        assert_eq!(bench.store().rotate_key().unwrap(), source);
        assert_ne!(fs::read(open.folder.path(KEY)).unwrap(), before);
        assert_ne!(
            seal::fingerprint_of(&fs::read(open.folder.path(SESSION)).unwrap()),
            seal::fingerprint_of(&sealed)
        );
        assert_eq!(bench.keyring.len(), usize::from(source == KeySource::Keyring));
        // The handle that was open before goes on with the new key.
        assert!(open.update(&data()).unwrap());
        assert!(bench.store().load().is_ok());
        assert_eq!(names(&open), TIDY);
    }
}

#[test]
fn a_secret_file_is_rotated_by_its_owner() {
    let bench = Bench::new();
    let (old, new) = ("07".repeat(32), "08".repeat(32));
    fs::write(bench.secret(), &old).unwrap();
    let store = bench.store_with_secret();
    store.replace(&data()).unwrap();
    assert_eq!(store.rotate_key().unwrap_err().code(), code::BAD_SETTING);
    assert_eq!(names(&store), TIDY);
    fs::write(bench.secret(), format!("{new}\n{old}\n")).unwrap();
    assert_eq!(store.rotate_key().unwrap(), KeySource::EnvFile);
    fs::write(bench.secret(), &new).unwrap();
    assert!(store.load().is_ok());
    fs::write(bench.secret(), &old).unwrap();
    assert_eq!(store.load().unwrap_err().code(), code::KEY_MISMATCH);
}

#[test]
fn a_secret_file_that_is_gone_is_said_before_a_sign_in() {
    let bench = Bench::new();
    fs::write(bench.secret(), [7; 32]).unwrap();
    let store = bench.store_with_secret();
    store.replace(&data()).unwrap();
    store.check_folder().unwrap();
    fs::remove_file(bench.secret()).unwrap();
    assert_eq!(store.check_folder().unwrap_err().code(), code::KEY_MISSING);
    // Without the variable a new sign-in finds another place.
    bench.store().check_folder().unwrap();
}

#[test]
fn a_rotation_may_be_interrupted_anywhere() {
    let all = [KeySource::Keyring, KeySource::KeyFile];
    for (from, to) in all.into_iter().flat_map(|from| all.map(|to| (from, to))) {
        for steps in 0..4 {
            let bench = Bench::new();
            let store = bench.signed_in(from);
            let plain = store.open().unwrap().plain;
            bench.keyring.switch(to == KeySource::KeyFile);
            let (key, _) = store.make_key().unwrap();
            bench.keyring.switch(false);
            if steps > 0 {
                store.folder.write(SESSION, &seal::seal(&plain, &key).unwrap()).unwrap();
            }
            if steps > 1 && from == KeySource::Keyring {
                let old = fs::read(store.folder.path(KEY)).unwrap();
                store.folder.write(OLD_KEY, &old).unwrap();
            }
            if steps > 2 {
                store.folder.rename(NEXT_KEY, KEY).unwrap();
            }
            let what = format!("{from:?} to {to:?}, {steps} steps");
            let expected = if steps > 0 { to } else { from };
            assert_eq!(bench.store().load().unwrap().1, expected, "{what}");
            assert!(bench.store().update(&data()).unwrap(), "{what}");
            bench.store().replace(&data()).unwrap();
            assert_eq!(bench.store().key_source().unwrap(), expected, "{what}");
            assert_eq!(bench.store().load().unwrap().1, expected, "{what}");
            assert_eq!(names(&store), TIDY, "{what}");
            assert_eq!(bench.keyring.len(), usize::from(expected == KeySource::Keyring), "{what}");
        }
    }
}

#[test]
fn what_was_set_aside_outlives_an_interrupted_rotation() {
    for source in [KeySource::Keyring, KeySource::KeyFile] {
        let bench = Bench::new();
        let store = bench.signed_in(source);
        let kept = store.folder.keep_copy(SESSION).unwrap();
        let plain = store.open().unwrap().plain;
        let (key, _) = store.make_key().unwrap();
        store.folder.write(SESSION, &seal::seal(&plain, &key).unwrap()).unwrap();
        // Here the program is killed. The next one to write ends what it began.
        assert!(bench.store().update(&data()).unwrap());
        assert!(!store.folder.has(NEXT_KEY) && !store.folder.has(OLD_KEY));
        fs::rename(kept, store.folder.path(SESSION)).unwrap();
        assert!(bench.store().load().is_ok(), "{source:?}");
    }
}

#[test]
fn an_interrupted_first_save_leaves_nothing_behind() {
    let bench = Bench::new();
    let store = bench.store();
    store.folder.make().unwrap();
    store.make_key().unwrap();
    assert_eq!(bench.store().load().unwrap_err().code(), code::NO_SESSION);
    bench.store().replace(&data()).unwrap();
    assert_eq!((bench.keyring.len(), names(&store)), (1, TIDY.map(String::from).to_vec()));
}

#[test]
fn what_cannot_be_told_yet_is_left_alone() {
    let bench = Bench::new();
    let store = bench.signed_in(KeySource::KeyFile);
    let plain = store.open().unwrap().plain;
    let (key, _) = store.make_key().unwrap();
    store.folder.write(SESSION, &seal::seal(&plain, &key).unwrap()).unwrap();
    bench.keyring.switch(true);
    assert_eq!(bench.store().load().unwrap_err().code(), code::KEYRING_UNAVAILABLE);
    assert_eq!(bench.store().update(&data()).unwrap_err().code(), code::KEYRING_UNAVAILABLE);
    bench.keyring.switch(false);
    assert!(bench.store().update(&data()).unwrap());
    assert_eq!(bench.store().key_source().unwrap(), KeySource::Keyring);
}

#[test]
fn a_sign_out_takes_the_key_out_of_the_keyring() {
    let bench = Bench::new();
    let store = bench.signed_in(KeySource::Keyring);
    assert!(store.wipe("one").unwrap());
    assert_eq!((bench.keyring.len(), names(&store)), (0, vec![".lock".to_owned()]));
    let store = bench.signed_in(KeySource::KeyFile);
    assert!(store.wipe("one").unwrap());
    assert!(store.folder.has(KEY));
}

#[test]
fn a_later_key_file_is_refused_and_left_alone() {
    let bench = Bench::new();
    let store = bench.signed_in(KeySource::KeyFile);
    let later = "mass-alexa-key-2:something";
    fs::write(store.folder.path(KEY), later).unwrap();
    assert_eq!(store.load().unwrap_err().code(), code::STORE_NEWER);
    assert_eq!(store.update(&data()).unwrap_err().code(), code::STORE_NEWER);
    assert_eq!(store.rotate_key().unwrap_err().code(), code::STORE_NEWER);
    assert_eq!(fs::read_to_string(store.folder.path(KEY)).unwrap(), later);
}
