//! What lies on the disk: nothing readable, nothing that can be changed unnoticed, nothing that is
//! executed. And a session that moves with its backup.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use mass_alexa::session::{Store, backup, seal};
use mass_alexa::{Account, Secret};

use crate::support::{World, code_of, done};

const PASSPHRASE: &str = "a passphrase of this test";

/// A signed-in world that was used a little, its folder closed.
async fn used_world() -> World {
    let world = World::start().await;
    let seed = world.sim.account().otp_seed;
    let account = done(world.enrolment("amazon.com", Some(&seed)).advance(None).await).unwrap();
    account.devices(true).await.unwrap();
    account.check().await.unwrap();
    account.close().await;
    world
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// How a text would look inside of base64, wherever in it it begins.
fn in_base64(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for before in 0..3 {
        let text = [&[b' '; 2][..before.min(2)], secret].concat();
        // The characters at both ends depend on the neighbours.
        let (skipped, whole) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
        for engine in [&STANDARD, &URL_SAFE] {
            all.push(engine.encode(&text).as_bytes()[skipped..whole].to_vec());
        }
    }
    all
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn s_x1_folder_and_backup_hold_no_secret_in_the_clear() {
    let world = used_world().await;
    let exported = backup::export(&world.store(), &PASSPHRASE.into()).unwrap();
    let known = world.sim.account();
    let mut secrets = known.secrets;
    assert!(secrets.len() > 10, "{} secrets", secrets.len());
    let (session, _) = Store::new(world.store()).load().unwrap();
    let own = [&session.refresh_token, &session.frc, session.device_keys.as_ref().unwrap()];
    secrets.extend(own.into_iter().map(|secret| secret.expose().to_owned()));
    secrets.extend(session.access.iter().map(|token| token.value.expose().to_owned()));
    secrets.extend(session.cookies.iter().map(|cookie| cookie.value.expose().to_owned()));
    secrets.extend([known.password, known.otp_seed, PASSPHRASE.to_owned()]);
    // Shorter ones are found by chance, such as a cookie that says 1.
    secrets.retain(|secret| secret.len() >= 6);
    let mut all = files(&world.store());
    assert!(all.len() >= 4, "{} files", all.len());
    all.push(("the backup".into(), exported));
    for (path, bytes) in &all {
        for secret in &secrets {
            let plain = secret.as_bytes();
            let hex: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
            let forms = [plain.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
            for form in forms.into_iter().chain(in_base64(plain)) {
                assert!(!holds(bytes, &form), "{} characters in {}", plain.len(), path.display());
            }
        }
    }
}

#[test]
fn the_scan_finds_what_is_in_base64() {
    for before in 0..4 {
        let text = STANDARD.encode([&b"{\"a\""[..before], b"canary-?>?", b"\"}"].concat());
        assert!(in_base64(b"canary-?>?").iter().any(|form| holds(text.as_bytes(), form)));
    }
}

#[tokio::test]
async fn s_x2_every_flipped_bit_of_a_session_is_refused() {
    let world = used_world().await;
    let folder = world.store();
    let path = folder.join("session.sealed");
    let sealed = fs::read(&path).unwrap();
    let key = fs::read_to_string(folder.join("key")).unwrap();
    let key = STANDARD.decode(key.trim().rsplit(':').next().unwrap()).unwrap();
    let key = seal::Key::from_bytes(&key).unwrap();
    assert!(seal::open(&sealed, &key).is_ok());
    for byte in 0..sealed.len() {
        for bit in 0..8 {
            let mut flipped = sealed.clone();
            flipped[byte] ^= 1 << bit;
            assert!(seal::open(&flipped, &key).is_err(), "byte {byte} bit {bit}");
        }
    }
    // Through the front door a sample is enough.
    for byte in (0..sealed.len()).step_by(61) {
        let mut flipped = sealed.clone();
        flipped[byte] ^= 1 << (byte % 8);
        fs::write(&path, &flipped).unwrap();
        let code = code_of(Account::open(&folder, &world.settings()).await.map(drop));
        assert!(
            ["store-damaged", "store-newer", "key-mismatch"].contains(&code),
            "byte {byte}: {code}"
        );
    }
    fs::write(&path, &sealed).unwrap();
    Account::open(&folder, &world.settings()).await.unwrap().close().await;
}

/// What other programs keep their sessions in, and what such a file could do to them.
fn crafted(trap: &Path) -> [Vec<u8>; 3] {
    let command = format!("touch {}", trap.display());
    let mut binary = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c".to_vec();
    binary.push(command.len().try_into().unwrap());
    binary.extend_from_slice(command.as_bytes());
    binary.extend_from_slice(b"\x85R.");
    let cookies = "# Netscape HTTP Cookie File\n.amazon.de\tTRUE\t/\tTRUE\t0\tsession-id\tx\n";
    [format!("cos\nsystem\n(S'{command}'\ntR.").into_bytes(), binary, cookies.as_bytes().to_vec()]
}

#[tokio::test]
async fn s_x2_a_crafted_file_is_set_aside_and_never_executed() {
    let world = used_world().await;
    let folder = world.store();
    let trap = world.folder.path().join("trap");
    let good = fs::read(folder.join("session.sealed")).unwrap();
    let passphrase = Secret::from(PASSPHRASE);
    for (number, bytes) in crafted(&trap).into_iter().enumerate() {
        fs::write(folder.join("session.sealed"), &bytes).unwrap();
        let error = Account::open(&folder, &world.settings()).await.map(drop).unwrap_err();
        assert_eq!(error.code().id(), "store-damaged");
        let kept = format!("session.sealed.damaged-{}", number + 1);
        assert!(error.message().contains(&kept), "{error}");
        assert_eq!(fs::read(folder.join(&kept)).unwrap(), bytes);
        assert_eq!(
            code_of(Account::open(&folder, &world.settings()).await.map(drop)),
            "no-session"
        );
        assert_eq!(code_of(backup::import(&folder, &bytes, &passphrase, true)), "backup-damaged");
        // Nor as a key.
        fs::write(folder.join("session.sealed"), &good).unwrap();
        let key = fs::read(folder.join("key")).unwrap();
        fs::write(folder.join("key"), &bytes).unwrap();
        assert_eq!(
            code_of(Account::open(&folder, &world.settings()).await.map(drop)),
            "key-missing"
        );
        fs::write(folder.join("key"), key).unwrap();
    }
    assert!(!trap.exists(), "a file was executed");
    Account::open(&folder, &world.settings()).await.unwrap().close().await;
    // Under the names that other programs give them they make it a folder of somebody else.
    fs::write(folder.join("alexa_media.a@b.c.pickle"), b"cos\nsystem\n").unwrap();
    assert_eq!(code_of(Store::new(&folder).check_folder()), "bad-setting");
}

#[tokio::test]
async fn a_backup_is_the_same_device_in_another_folder() {
    let world = used_world().await;
    let exported = backup::export(&world.store(), &PASSPHRASE.into()).unwrap();
    let serial = Store::new(world.store()).installation();
    let elsewhere = world.folder.path().join("elsewhere");
    backup::import(&elsewhere, &exported, &PASSPHRASE.into(), false).unwrap();
    assert_eq!(Store::new(&elsewhere).installation(), serial);
    let account = Account::open(&elsewhere, &world.settings()).await.unwrap();
    account.check().await.unwrap();
    account.close().await;
    assert_eq!(world.registered(), 1);
}

#[tokio::test]
async fn a_restored_session_ends_the_handle_of_the_one_before() {
    let world = used_world().await;
    let open = Account::open(&world.store(), &world.settings()).await.unwrap();
    let exported = backup::export(&world.store(), &PASSPHRASE.into()).unwrap();
    let refused = backup::import(&world.store(), &exported, &PASSPHRASE.into(), false);
    assert_eq!(code_of(refused), "session-exists");
    backup::import(&world.store(), &exported, &PASSPHRASE.into(), true).unwrap();
    assert!(world.store().join("session.sealed.replaced-1").exists());
    assert_eq!(code_of(open.sign_out().await), "session-replaced");
    let account = Account::open(&world.store(), &world.settings()).await.unwrap();
    account.check().await.unwrap();
    account.close().await;
}
