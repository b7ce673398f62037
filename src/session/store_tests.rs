use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::*;
use crate::session::key::Place;
use crate::session::keyring::tests::FakeKeyring;
use crate::session::store_folder::{LOCK, UNDER_WAY};

/// A store with another environment.
pub(in crate::session) fn store_with(
    folder: &Path,
    secret_file: Option<OsString>,
    keyring: &Arc<FakeKeyring>,
) -> Store {
    let keyring: Arc<FakeKeyring> = Arc::clone(keyring);
    Store::with_ladder(folder, Ladder::new(secret_file, true, keyring))
}

/// A store that has only the file beside the data.
pub(in crate::session) fn plain_store(folder: impl Into<PathBuf>) -> Store {
    Store::with_ladder(folder, Ladder::new(None, false, Arc::new(FakeKeyring::default())))
}

pub(in crate::session) fn data() -> SessionData {
    SessionData {
        version: VERSION,
        enrolment: "one".into(),
        serial: "0".repeat(32),
        site: "amazon.de".into(),
        portal: "amazon.com".into(),
        customer_id: "A1".into(),
        customer_is_guess: false,
        name: None,
        email: None,
        home_region: None,
        device_name: None,
        refresh_token: "Atnr|canary".into(),
        access: None,
        device_keys: None,
        frc: "f".into(),
        api_host: None,
        muted: Default::default(),
        cookies: Vec::new(),
        cookies_at: 1,
        enrolled_at: 1,
        capabilities_at: None,
        refused_at: None,
        learned: Default::default(),
        gateway: Default::default(),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub(in crate::session) fn names(store: &Store) -> Vec<String> {
    let entries = fs::read_dir(store.folder()).unwrap();
    let mut names: Vec<_> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn saves_sealed_and_private() {
    let base = tempfile::tempdir().unwrap();
    let store = plain_store(base.path().join("a/b"));
    assert_eq!(store.load().unwrap_err().code(), code::NO_SESSION);
    store.replace(&data()).unwrap();
    let (back, source) = store.load().unwrap();
    assert_eq!((back.refresh_token.expose(), source), ("Atnr|canary", KeySource::KeyFile));
    assert_eq!(mode(store.folder()), 0o700);
    for name in [SESSION, KEY] {
        assert_eq!(mode(&store.folder.path(name)), 0o600, "{name}");
        let bytes = fs::read(store.folder.path(name)).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"canary"));
    }
    assert_eq!(names(&store), [LOCK, KEY, SESSION]);
}

#[test]
fn a_loose_folder_is_tightened() {
    let base = tempfile::tempdir().unwrap();
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o755)).unwrap();
    plain_store(base.path()).replace(&data()).unwrap();
    assert_eq!(mode(base.path()), 0o700);
}

#[test]
fn a_folder_with_other_things_in_it_is_refused_and_left_alone() {
    let base = tempfile::tempdir().unwrap();
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(base.path().join("settings.json"), "{}").unwrap();
    let error = plain_store(base.path()).replace(&data()).unwrap_err();
    assert_eq!(error.code(), code::BAD_SETTING);
    assert_eq!(mode(base.path()), 0o755);
}

#[test]
fn a_damaged_file_is_set_aside_and_named() {
    let base = tempfile::tempdir().unwrap();
    let store = plain_store(base.path());
    store.replace(&data()).unwrap();
    let mut sealed = fs::read(store.folder.path(SESSION)).unwrap();
    let middle = sealed.len() / 2;
    sealed[middle] ^= 1;
    fs::write(store.folder.path(SESSION), &sealed).unwrap();
    let error = store.load().unwrap_err();
    assert_eq!(error.code(), code::STORE_DAMAGED);
    assert!(error.message().contains("session.sealed.damaged-1"), "{error}");
    assert_eq!(fs::read(store.folder.path("session.sealed.damaged-1")).unwrap(), sealed);
    assert_eq!(store.load().unwrap_err().code(), code::NO_SESSION);
}

#[test]
fn a_lost_or_changed_key_loses_nothing() {
    let base = tempfile::tempdir().unwrap();
    let store = plain_store(base.path());
    store.replace(&data()).unwrap();
    let key = fs::read(store.folder.path(KEY)).unwrap();
    fs::remove_file(store.folder.path(KEY)).unwrap();
    assert_eq!(store.load().unwrap_err().code(), code::KEY_MISSING);
    fs::write(store.folder.path(KEY), Place::Here(Key::generate()).to_text().as_bytes()).unwrap();
    assert_eq!(store.load().unwrap_err().code(), code::KEY_MISMATCH);
    fs::write(store.folder.path(KEY), &key).unwrap();
    assert!(store.load().is_ok());
}

#[test]
fn a_new_enrolment_overwrites_nothing_that_cannot_be_opened() {
    let base = tempfile::tempdir().unwrap();
    let store = plain_store(base.path());
    store.replace(&data()).unwrap();
    fs::write(store.folder.path(KEY), "nonsense").unwrap();
    store.replace(&data()).unwrap();
    assert!(store.load().is_ok());
    assert_eq!(names(&store), [LOCK, KEY, "key.damaged-1", SESSION, "session.sealed.damaged-1"]);
}

#[test]
fn an_older_session_never_overwrites_or_removes_a_newer_one() {
    let base = tempfile::tempdir().unwrap();
    let store = plain_store(base.path());
    let newer = SessionData { enrolment: "two".into(), ..data() };
    assert!(!store.update(&data()).unwrap(), "what was removed is not brought back");
    store.replace(&data()).unwrap();
    assert!(store.update(&data()).unwrap());
    store.replace(&newer).unwrap();
    assert!(!store.update(&data()).unwrap());
    assert!(!store.wipe("one").unwrap());
    assert_eq!(store.load().unwrap().0.enrolment, "two");
    assert!(store.wipe("two").unwrap());
    assert!(!store.has_session());
}

#[test]
fn the_serial_outlives_the_session() {
    let base = tempfile::tempdir().unwrap();
    let store = plain_store(base.path());
    let installation = store.installation();
    store.keep_installation(&installation).unwrap();
    store.replace(&data()).unwrap();
    assert!(store.wipe("one").unwrap());
    assert!(!store.wipe("one").unwrap());
    assert_eq!(store.installation(), installation);
    fs::write(store.folder.path(INSTALLATION), r#"{"serial":"../x"}"#).unwrap();
    assert!(store.installation().is_valid());
}

#[test]
fn a_newer_content_is_refused_and_left_alone() {
    let base = tempfile::tempdir().unwrap();
    let store = plain_store(base.path());
    let newer = SessionData { version: VERSION + 1, ..data() };
    store.replace(&newer).unwrap();
    assert_eq!(store.load().unwrap_err().code(), code::STORE_NEWER);
    assert!(store.has_session());
}

#[test]
fn what_dead_writers_left_is_cleaned_away() {
    let base = tempfile::tempdir().unwrap();
    let store = plain_store(base.path());
    store.replace(&data()).unwrap();
    for number in 0..3 {
        fs::write(store.folder.path(&format!("{UNDER_WAY}{number}")), "half").unwrap();
    }
    // Somebody else's, who may be writing it now.
    fs::write(store.folder.path(".tmp-records"), "half").unwrap();
    assert!(store.update(&data()).unwrap());
    assert_eq!(names(&store), [LOCK, ".tmp-records", KEY, SESSION]);
}

#[test]
fn content_without_a_version_is_refused() {
    for text in [&b"{}"[..], b"", b"[]", br#"{"version":"1"}"#, br#"{"version":0}"#, b"\x80\x04."] {
        assert_eq!(parse(text).unwrap_err().code(), code::STORE_DAMAGED);
    }
    for text in [&br#"{"version":2}"#[..], br#"{"version":4294967297,"x":[]}"#] {
        assert_eq!(parse(text).unwrap_err().code(), code::STORE_NEWER);
    }
}
