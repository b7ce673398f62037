//! A writer that is killed at any point leaves a session that opens.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use mass_alexa::auth::identity::Installation;
use mass_alexa::session::jar::CookieRecord;
use mass_alexa::session::{SessionData, Store, rotate_key};

use crate::keys::{any_session, child, folder_of_child};

/// Small numbers that look random and can be had again (xorshift).
struct Dice(u64);

impl Dice {
    /// The seed is printed with a failure; `MASS_ALEXA_TEST_SEED` sets it.
    #[allow(clippy::print_stdout)]
    fn new() -> Self {
        let given = std::env::var("MASS_ALEXA_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
        let seed = given.unwrap_or(now) | 1;
        println!("MASS_ALEXA_TEST_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A session whose parts all tell the same number, and which is as long as real ones.
fn session(number: u64) -> SessionData {
    let cookie = |at| CookieRecord::new(&format!("cookie-{at}"), &number.to_string(), ".amazon.de");
    SessionData {
        name: Some(number.to_string()),
        cookies_at: number,
        refresh_token: format!("Atnr|{}|{number}", "x".repeat(500)).into(),
        cookies: (0..40).map(cookie).collect(),
        ..any_session()
    }
}

/// The number that all parts of the session in a folder tell.
fn number_in(folder: &Path) -> u64 {
    let (kept, _) = Store::new(folder).load().unwrap();
    let number = kept.cookies_at;
    let expected = session(number);
    assert_eq!(kept.name, expected.name);
    assert_eq!(kept.refresh_token.expose(), expected.refresh_token.expose());
    assert_eq!(kept.cookies, expected.cookies);
    number
}

/// Starts the test of that name in a child, waits until it is at work, and kills it a random time
/// later.
fn kill_one(test: &str, folder: &Path, dice: &mut Dice, most_micros: u64) {
    let mut child = child(test, folder)
        .env("MASS_ALEXA_KEYRING", "off")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("at work")), "{test} did not begin");
    std::thread::sleep(Duration::from_micros(dice.below(most_micros)));
    // SIGKILL: nothing of the child runs any more.
    child.kill().unwrap();
    child.wait().unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// More than one writer's litter would mean that it grows.
fn assert_little_litter(folder: &Path) {
    let litter = names(folder).iter().filter(|name| name.starts_with(".tmp")).count();
    assert!(litter <= 1, "{:?}", names(folder));
}

#[test]
fn s_t3_killed_while_saving_two_hundred_times() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("account");
    let mut dice = Dice::new();
    Store::new(&folder).replace(&session(0)).unwrap();
    let mut last = 0;
    for _ in 0..200 {
        kill_one("crash::in_a_child_that_saves", &folder, &mut dice, 40_000);
        let number = number_in(&folder);
        assert!(number >= last, "an older state came back");
        last = number;
        assert_little_litter(&folder);
    }
    println!("{last} saves were made");
    assert!(last > 0, "nothing was ever saved");
    Store::new(&folder).replace(&session(0)).unwrap();
    assert_eq!(names(&folder), [".lock", "key", "session.sealed"]);
}

#[test]
#[ignore = "runs in a child of another test"]
fn in_a_child_that_saves() {
    let Some(folder) = folder_of_child() else { return };
    let store = Store::new(&folder);
    let begun = number_in(&folder);
    println!("at work");
    for number in begun + 1.. {
        assert!(store.update(&session(number)).unwrap());
    }
}

#[test]
fn s_t3_killed_while_the_key_is_rotated() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("account");
    let mut dice = Dice::new();
    Store::new(&folder).replace(&session(0)).unwrap();
    let first_key = fs::read(folder.join("key")).unwrap();
    for _ in 0..60 {
        kill_one("crash::in_a_child_that_rotates", &folder, &mut dice, 20_000);
        number_in(&folder);
        assert_little_litter(&folder);
    }
    assert_ne!(fs::read(folder.join("key")).unwrap(), first_key);
    assert!(Store::new(&folder).update(&session(1)).unwrap());
    assert_eq!(names(&folder), [".lock", "key", "session.sealed"]);
    assert_eq!(number_in(&folder), 1);
}

#[test]
#[ignore = "runs in a child of another test"]
fn in_a_child_that_rotates() {
    let Some(folder) = folder_of_child() else { return };
    println!("at work");
    loop {
        rotate_key(&folder).unwrap();
    }
}

#[test]
fn s_t3_killed_while_the_first_session_is_saved() {
    let base = tempfile::tempdir().unwrap();
    let mut dice = Dice::new();
    let mut saved = 0;
    for number in 0..40 {
        let folder = base.path().join(number.to_string());
        kill_one("crash::in_a_child_that_enrols", &folder, &mut dice, 80_000);
        // All or nothing, and the next sign-in finds nothing in its way.
        match Store::new(&folder).load() {
            Ok(_) => {
                assert_eq!(number_in(&folder), 1);
                saved += 1;
            }
            Err(error) => assert_eq!(error.code().id(), "no-session"),
        }
        let store = Store::new(&folder);
        store.keep_installation(&Installation::generate()).unwrap();
        store.replace(&session(2)).unwrap();
        assert_eq!(number_in(&folder), 2);
        assert_eq!(names(&folder), [".lock", "installation.json", "key", "session.sealed"]);
    }
    println!("{saved} of 40 were saved in time");
}

#[test]
#[ignore = "runs in a child of another test"]
fn in_a_child_that_enrols() {
    let Some(folder) = folder_of_child() else { return };
    let session = session(1);
    let store = Store::new(&folder);
    println!("at work");
    store.keep_installation(&Installation::generate()).unwrap();
    store.replace(&session).unwrap();
    loop {
        std::thread::park();
    }
}

/// Handles as of several programs: none has to know that the key changes.
#[test]
fn saving_reading_and_rotating_at_once_harm_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    Store::new(path).replace(&session(0)).unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let store = Store::new(path);
            for number in 1.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                assert!(store.update(&session(number)).unwrap());
            }
        });
        scope.spawn(|| {
            let enrolment = session(0).enrolment;
            while !is_over.load(Ordering::Relaxed) {
                number_in(path);
                assert!(Store::new(path).holds(&enrolment));
            }
        });
        for _ in 0..40 {
            rotate_key(path).unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(names(path), [".lock", "key", "session.sealed"]);
}
