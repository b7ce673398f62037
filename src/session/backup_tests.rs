use std::sync::Arc;

use super::*;

use crate::session::store::tests::{data, store_with};

const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

fn passphrase() -> Secret {
    "correct horse".into()
}

fn signed_in(folder: &Path) -> Store {
    let store = store_with(folder, None, &Arc::default());
    store.replace(&SessionData { serial: "AB".repeat(16), ..data() }).unwrap();
    store
}

fn fresh(folder: &Path) -> Store {
    store_with(folder, None, &Arc::default())
}

/// With the sum made right again, as somebody would who crafts a file.
fn resummed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - SUM);
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

#[test]
fn a_backup_brings_the_session_and_the_serial_back() {
    let base = tempfile::tempdir().unwrap();
    let store = signed_in(&base.path().join("a"));
    let backup = export_of(&store, &passphrase(), COST).unwrap();
    assert!(!backup.windows(6).any(|window| window == b"canary"));
    let back = fresh(&base.path().join("b"));
    import_into(&back, &backup, &passphrase(), false).unwrap();
    let (session, _) = back.load().unwrap();
    assert_eq!(session.refresh_token.expose(), "Atnr|canary");
    assert_eq!(back.installation().serial, "AB".repeat(16));
    assert_ne!(session.enrolment, data().enrolment);
}

#[test]
fn a_short_passphrase_and_a_wrong_one_are_refused() {
    let base = tempfile::tempdir().unwrap();
    let store = signed_in(&base.path().join("a"));
    let short = export_of(&store, &"seven77".into(), CHEAP).unwrap_err();
    assert_eq!(short.code(), code::BAD_PASSPHRASE);
    let backup = export_of(&store, &"eight888".into(), CHEAP).unwrap();
    let back = fresh(&base.path().join("b"));
    for wrong in ["eight889", "", "eight888 "] {
        let error = import_into(&back, &backup, &wrong.into(), false).unwrap_err();
        assert_eq!(error.code(), code::BAD_PASSPHRASE);
    }
    assert!(!back.folder().exists(), "nothing is made before the backup is open");
}

#[test]
fn a_session_that_is_there_is_refused_or_kept() {
    let base = tempfile::tempdir().unwrap();
    let store = signed_in(base.path());
    let backup = export_of(&store, &passphrase(), CHEAP).unwrap();
    let other = SessionData { enrolment: "two".into(), customer_id: "B2".into(), ..data() };
    store.replace(&other).unwrap();
    let error = import_into(&store, &backup, &passphrase(), false).unwrap_err();
    assert_eq!(error.code(), code::SESSION_EXISTS);
    assert_eq!(store.load().unwrap().0.customer_id, "B2");
    import_into(&store, &backup, &passphrase(), true).unwrap();
    assert_eq!(store.load().unwrap().0.customer_id, "A1");
    assert!(!store.update(&other).unwrap(), "an open handle of the old one ends");
    // The key is still the same, so the old one is there for whoever wants it back.
    let kept = store.folder.path("session.sealed.replaced-1");
    store.rotate_key().unwrap();
    std::fs::rename(kept, store.folder.path(SESSION)).unwrap();
    assert_eq!(store.load().unwrap().0.customer_id, "B2");
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let base = tempfile::tempdir().unwrap();
    let backup = export_of(&signed_in(base.path()), &passphrase(), CHEAP).unwrap();
    for byte in 0..backup.len() {
        for bit in 0..8 {
            let mut flipped = backup.clone();
            flipped[byte] ^= 1 << bit;
            let error = open(&flipped, &passphrase()).unwrap_err();
            let is_version = byte == MAGIC.len();
            let expected = [code::BACKUP_DAMAGED, code::STORE_NEWER];
            assert!(
                error.code() == expected[0] || is_version && error.code() == expected[1],
                "byte {byte} bit {bit}: {error}"
            );
        }
    }
    for length in 0..backup.len() {
        let error = open(&backup[..length], &passphrase()).unwrap_err();
        assert_eq!(error.code(), code::BACKUP_DAMAGED, "length {length}");
    }
    // Also when the sum is made to fit.
    for byte in MAGIC.len() + 1..backup.len() - SUM {
        let mut flipped = backup.clone();
        flipped[byte] ^= 1;
        assert!(open(&resummed(flipped), &passphrase()).is_err(), "byte {byte}");
    }
}

#[test]
fn a_crafted_file_cannot_eat_memory_or_time() {
    let base = tempfile::tempdir().unwrap();
    let backup = export_of(&signed_in(base.path()), &passphrase(), CHEAP).unwrap();
    let at = MAGIC.len() + 1;
    for (field, number) in
        [(0, u32::MAX), (0, MOST_MEMORY + 1), (0, 0), (1, u32::MAX), (1, 0), (2, u32::MAX), (2, 0)]
    {
        let mut crafted = backup.clone();
        crafted[at + 4 * field..at + 4 * field + 4].copy_from_slice(&number.to_be_bytes());
        let error = open(&resummed(crafted), &passphrase()).unwrap_err();
        assert_eq!(error.code(), code::BACKUP_DAMAGED, "field {field} {number}");
    }
}

#[test]
fn a_later_version_is_refused() {
    let base = tempfile::tempdir().unwrap();
    let store = signed_in(&base.path().join("a"));
    let mut backup = export_of(&store, &passphrase(), CHEAP).unwrap();
    for version in 2..=u8::MAX {
        backup[MAGIC.len()] = version;
        assert_eq!(open(&backup, &passphrase()).unwrap_err().code(), code::STORE_NEWER);
    }
    let (session, _) = store.load().unwrap();
    let json = |version: u64, session_version: u64| {
        let mut session = serde_json::to_value(&session).unwrap();
        session["version"] = session_version.into();
        let installation = serde_json::json!({"serial": "AB".repeat(16)});
        let content = serde_json::json!({"version": version, "installation": installation, "session": session});
        serde_json::to_vec(&content).unwrap()
    };
    assert!(parse(&json(1, 1)).is_ok());
    for (version, session_version) in [(2, 1), (1, 2), (1, u64::MAX)] {
        let error = parse(&json(version, session_version)).err().unwrap();
        assert_eq!(error.code(), code::STORE_NEWER);
    }
    for (version, session_version) in [(0, 1), (1, 0)] {
        let error = parse(&json(version, session_version)).err().unwrap();
        assert_eq!(error.code(), code::BACKUP_DAMAGED);
    }
}

#[test]
fn what_is_not_a_backup_is_said_to_be_none() {
    for bytes in [&b""[..], b"MASSALEXA", b"# Netscape HTTP Cookie File", b"\x80\x04\x95.", MAGIC] {
        let error = open(bytes, &passphrase()).unwrap_err();
        assert_eq!(error.code(), code::BACKUP_DAMAGED);
    }
}
