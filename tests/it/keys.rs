//! The places for keys as they are in the wild: a real Secret Service on a bus of its own, none at
//! all, one that hangs, and the secret file of a container.
//!
//! What reads the environment runs in a child: the one of the test process belongs to all tests.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use mass_alexa::error::code;
use mass_alexa::session::key::KeySource;
use mass_alexa::session::{SessionData, Store, rotate_key};

use crate::support::code_of;

/// Names the folder to a child and makes it one.
const FOLDER: &str = "MASS_ALEXA_TEST_FOLDER";
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden");

/// The session of the golden file, for tests that need any.
pub(crate) fn any_session() -> SessionData {
    let folder = tempfile::tempdir().unwrap();
    golden_store(folder.path()).load().unwrap().0
}

fn golden_store(folder: &Path) -> Store {
    for (from, to) in [("format-1.sealed", "session.sealed"), ("format-1.key", "key")] {
        fs::copy(Path::new(GOLDEN).join(from), folder.join(to)).unwrap();
    }
    Store::new(folder)
}

/// This test binary again, for one of its ignored tests, with nothing of the environment that
/// matters here.
pub(crate) fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    for name in [
        "MASS_ALEXA_KEY_FILE",
        "MASS_ALEXA_KEYRING",
        "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR",
        "DISPLAY",
        "WAYLAND_DISPLAY",
    ] {
        command.env_remove(name);
    }
    command.env(FOLDER, folder).env("HOME", folder);
    command
}

/// The folder, in a child; `None` when somebody runs the ignored tests by hand.
pub(crate) fn folder_of_child() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "the name of the test is wrong: {text}");
    output
}

/// A process that ends with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A session bus and a Secret Service with an unlocked keyring, both private.
struct SecretService {
    home: tempfile::TempDir,
    keyring: Option<Daemon>,
    _bus: Daemon,
}

impl SecretService {
    /// `None` where this machine has no such programs.
    fn start() -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("bus.conf");
        let socket = home.path().join("bus");
        fs::write(
            &config,
            format!(
                "<busconfig><type>session</type><listen>unix:path={}</listen><policy context=\"default\">\
                 <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
                 <allow own=\"*\"/></policy></busconfig>",
                socket.display()
            ),
        )
        .unwrap();
        let mut bus = Command::new("dbus-daemon");
        bus.arg("--nofork").arg(format!("--config-file={}", config.display()));
        let bus = spawn(&mut bus, "dbus-daemon")?;
        wait_for(&socket);
        let mut service = Self { home, keyring: None, _bus: bus };
        service.keyring = Some(service.spawn_keyring()?);
        Some(service)
    }

    fn spawn_keyring(&self) -> Option<Daemon> {
        let control = self.home.path().join("control");
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        command.arg("--control-directory").arg(&control).stdin(Stdio::piped());
        let mut daemon = spawn(self.within(&mut command), "gnome-keyring-daemon")?;
        let mut stdin = daemon.0.stdin.take().unwrap();
        stdin.write_all(b"password of the keyring").unwrap();
        drop(stdin);
        wait_for(&control.join("control"));
        Some(daemon)
    }

    fn within<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let home = self.home.path();
        command
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", home.join("bus").display()))
            .env("HOME", home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_RUNTIME_DIR", home)
    }
}

#[allow(clippy::print_stdout)]
fn spawn(command: &mut Command, name: &str) -> Option<Daemon> {
    match command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
        Ok(child) => Some(Daemon(child)),
        Err(error) => {
            println!("skipped: {name} does not run here ({error})");
            None
        }
    }
}

fn wait_for(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{} never came", path.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_real_secret_service_keeps_the_key() {
    let Some(mut service) = SecretService::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("account");
    succeed(service.within(&mut child("keys::in_a_child_with_a_keyring", &account)));
    // A later process finds the key again, also when the keyring was restarted.
    service.keyring = None;
    fs::remove_dir_all(service.home.path().join("control")).unwrap();
    service.keyring = service.spawn_keyring();
    succeed(service.within(&mut child("keys::in_a_child_with_the_key_of_another", &account)));
    // Without it nothing opens, and nothing is changed.
    service.keyring = None;
    let before = content(&account);
    succeed(service.within(&mut child("keys::in_a_child_whose_keyring_is_gone", &account)));
    assert_eq!(content(&account), before);
}

fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
#[ignore = "runs in a child of another test"]
fn in_a_child_with_a_keyring() {
    let Some(folder) = folder_of_child() else { return };
    let store = Store::new(&folder);
    store.replace(&any_session()).unwrap();
    let line = fs::read_to_string(folder.join("key")).unwrap();
    assert!(line.starts_with("mass-alexa-key-1:keyring:"), "{line}");
    assert_eq!(store.load().unwrap().1, KeySource::Keyring);
    assert!(Store::new(&folder).update(&any_session()).unwrap());
    // A copy from before a rotation is worth nothing afterwards.
    let copy = tempfile::tempdir().unwrap();
    for name in ["session.sealed", "key"] {
        fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    assert!(Store::new(copy.path()).load().is_ok());
    assert_eq!(rotate_key(&folder).unwrap(), KeySource::Keyring);
    assert_ne!(fs::read_to_string(folder.join("key")).unwrap(), line);
    assert_eq!(code_of(Store::new(copy.path()).load()), "key-missing");
    assert_eq!(Store::new(&folder).load().unwrap().1, KeySource::Keyring);
    assert!(store.update(&any_session()).unwrap(), "an open handle goes on");
    assert!(!folder.join("key.old").exists() && !folder.join("key.next").exists());
}

#[test]
#[ignore = "runs in a child of another test"]
fn in_a_child_with_the_key_of_another() {
    let Some(folder) = folder_of_child() else { return };
    let (session, source) = Store::new(&folder).load().unwrap();
    assert_eq!(source, KeySource::Keyring);
    assert_eq!(session.refresh_token.expose(), any_session().refresh_token.expose());
}

#[test]
#[ignore = "runs in a child of another test"]
fn in_a_child_whose_keyring_is_gone() {
    let Some(folder) = folder_of_child() else { return };
    let error = Store::new(&folder).load().unwrap_err();
    assert_eq!(error.code(), code::KEYRING_UNAVAILABLE);
    assert_eq!(code_of(Store::new(&folder).update(&any_session())), "keyring-unavailable");
}

#[test]
fn without_a_bus_the_key_goes_beside_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("account");
    let nowhere = format!("unix:path={}", folder.path().join("no-bus").display());
    succeed(
        child("keys::in_a_child_without_a_keyring", &account)
            .env("DBUS_SESSION_BUS_ADDRESS", nowhere),
    );
}

#[test]
fn a_bus_that_hangs_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("account");
    let socket = folder.path().join("bus");
    // Connections are taken by the system and never answered.
    let _bus = UnixListener::bind(&socket).unwrap();
    let begun = Instant::now();
    succeed(
        child("keys::in_a_child_without_a_keyring", &account)
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display())),
    );
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
#[ignore = "runs in a child of another test"]
fn in_a_child_without_a_keyring() {
    let Some(folder) = folder_of_child() else { return };
    let store = Store::new(&folder);
    store.replace(&any_session()).unwrap();
    assert_eq!(store.key_source().unwrap(), KeySource::KeyFile);
    assert_eq!(store.load().unwrap().1, KeySource::KeyFile);
}

#[test]
fn the_secret_file_of_a_container_is_taken_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("account");
    let secret = folder.path().join("secret");
    let test = "keys::in_a_child_with_a_secret_file";
    succeed(child(test, &account).env("MASS_ALEXA_KEY_FILE", &secret));
    fs::write(&secret, "f".repeat(64)).unwrap();
    succeed(child(test, &account).env("MASS_ALEXA_KEY_FILE", &secret));
    let line = fs::read_to_string(account.join("key")).unwrap();
    assert_eq!(line, "mass-alexa-key-1:env-file\n");
}

#[test]
#[ignore = "runs in a child of another test"]
fn in_a_child_with_a_secret_file() {
    let Some(folder) = folder_of_child() else { return };
    let store = Store::new(&folder);
    let secret = PathBuf::from(std::env::var_os("MASS_ALEXA_KEY_FILE").unwrap());
    if secret.exists() {
        store.replace(&any_session()).unwrap();
        assert_eq!(store.load().unwrap().1, KeySource::EnvFile);
    } else {
        let error = store.replace(&any_session()).unwrap_err();
        assert_eq!(error.code(), code::KEY_MISSING);
        assert!(error.message().contains(secret.to_str().unwrap()), "{error}");
        assert!(!store.has_session());
    }
}

#[test]
fn files_of_the_first_format_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let store = golden_store(folder.path());
    let (session, source) = store.load().unwrap();
    assert_eq!(source, KeySource::KeyFile);
    assert_eq!(session.enrolment, "golden-enrolment");
    assert_eq!(session.serial, "0123456789ABCDEF0123456789ABCDEF");
    assert_eq!((session.site.as_str(), session.portal.as_str()), ("amazon.de", "amazon.com"));
    assert_eq!(session.refresh_token.expose(), "Atnr|golden-refresh");
    assert_eq!(session.access.as_ref().unwrap().value.expose(), "Atna|golden-access");
    assert_eq!(session.device_keys.as_ref().unwrap().expose(), r#"{"adp_token":"golden"}"#);
    assert_eq!(session.api_host.as_deref(), Some("eu-api-alexa.amazon.de"));
    assert_eq!(session.muted.get("G0911W0000000001"), Some(&35));
    let cookies: Vec<_> = session
        .cookies
        .iter()
        .map(|cookie| (cookie.name.as_str(), cookie.value.expose()))
        .collect();
    assert_eq!(cookies, [("session-id", "golden-cookie"), ("csrf", "golden-csrf")]);
    assert_eq!((session.cookies_at, session.refused_at), (1_760_000_001, Some(1_760_000_004)));
    // And it is taken further from there.
    assert!(store.update(&session).unwrap());
    assert_eq!(store.load().unwrap().0.enrolment, "golden-enrolment");
}
