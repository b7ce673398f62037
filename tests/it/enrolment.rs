//! Signing in: every way through, and what is left behind.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use amazon_simulator::{Fault, FaultKind};
use mass_alexa::auth::Progress;
use mass_alexa::clock::{Clock, ManualClock};
use serde_json::Value;

use crate::support::{World, code_of, done};

#[tokio::test]
async fn signs_in_registers_once_and_seals() {
    let world = World::start().await;
    let account = world.enrol().await;
    let info = account.info();
    assert_eq!((info.site.as_str(), info.customer_id.as_str()), ("amazon.de", "A1SIMULATOR001"));
    assert_eq!(info.device_name.as_deref(), Some("Alex's Music Assistant"));
    let counters = world.sim.counters();
    let spent =
        (counters.email_posts, counters.password_posts, counters.otp_posts, counters.registrations);
    assert_eq!(spent, (1, 1, 1, 1));
    let exchanged = world.requests("/ap/exchangetoken");
    assert_eq!(exchanged.iter().map(|e| e.host.as_str()).collect::<Vec<_>>(), ["www.amazon.de"]);
    assert!(world.has_session());
    let names: Vec<_> =
        std::fs::read_dir(world.store()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
}

#[tokio::test]
async fn is_one_browser_from_the_first_page_to_the_registration() {
    let world = World::start().await;
    world.enrol().await;
    let journal = world.sim.journal();
    let until = journal.iter().position(|entry| entry.path == "/auth/register").unwrap();
    let agents: std::collections::BTreeSet<_> = journal[..=until]
        .iter()
        .map(|e| (&e.headers["user-agent"], &e.headers["accept-language"]))
        .collect();
    assert_eq!(agents.len(), 1, "{agents:?}");
    for name in ["frc=", "map-md=", "amzn-app-id="] {
        assert!(
            journal[..=until]
                .iter()
                .filter(|e| e.host == "www.amazon.com")
                .all(|e| e.headers["cookie"].contains(name))
        );
    }
    let body: Value = serde_json::from_str(&journal[until].body).unwrap();
    let frc = body["user_context_map"]["frc"].as_str().unwrap();
    assert!(journal[0].headers["cookie"].contains(frc));
    assert!(journal.iter().all(|entry| entry.http_version == "HTTP/2"));
}

#[tokio::test]
async fn asks_for_answers_as_most_clients_do() {
    let world = World::start().await;
    world.enrol().await.devices(true).await.unwrap();
    for (path, charset) in [
        ("/auth/register", true),
        ("/v1/devices/@self/capabilities", true),
        ("/api/users/me", true),
        ("/api/devices-v2/device", false),
    ] {
        let headers = &world.requests(path)[0].headers;
        assert_eq!(headers["accept"], "*/*", "{path}");
        assert_eq!(headers.contains_key("accept-charset"), charset, "{path}");
    }
}

#[tokio::test]
async fn takes_accounts_with_one_page_or_one_step() {
    for (combined, second_step) in [(true, true), (false, false), (true, false)] {
        let world = World::start().await;
        world.sim.knobs(|knobs| {
            knobs.combined_page = combined;
            knobs.otp_required = second_step;
        });
        let mut enrolment = world.enrolment("amazon.de", Some(&world.code()));
        assert!(done(enrolment.advance(None).await).is_ok(), "{combined} {second_step}");
        assert_eq!(world.sim.counters().password_posts, 1);
    }
}

#[tokio::test]
async fn asks_for_the_code_when_none_was_given() {
    let world = World::start().await;
    let mut enrolment = world.enrolment("amazon.com", None);
    let Progress::Question(question) = enrolment.advance(None).await.unwrap() else { panic!() };
    assert_eq!(question.kind.name(), "code");
    let answered = enrolment.advance(Some(world.code().as_str().into())).await;
    assert!(done(answered).is_ok());
    assert_eq!(world.sim.counters().password_posts, 1);
}

#[tokio::test]
async fn makes_the_code_from_the_seed_on_amazons_clock() {
    let world = World::start().await;
    world.sim.shift_clock(-7_200);
    // The simulator's clock is two hours behind; ours stands in the middle of a window.
    let now = SystemTime::now();
    let account = world.sim.account();
    let seed = account
        .otp_seed
        .to_lowercase()
        .as_bytes()
        .chunks(4)
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join(" ");
    let clock = ManualClock::new(now);
    let mut enrolment = world.enrolment_of(
        "amazon.com",
        &account.email,
        &account.password,
        Some(&seed),
        Arc::new(clock.clone()),
    );
    let moving = async {
        // Only an attempt that falls on the last three seconds of a window waits.
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            clock.advance(Duration::from_millis(50));
        }
    };
    let account = tokio::select! {
        result = enrolment.advance(None) => done(result).unwrap(),
        () = moving => unreachable!(),
    };
    let skew = account.status().clock_skew.unwrap();
    assert!((-7_205..=-7_195).contains(&skew), "{skew}");
    assert!(clock.now() >= now);
}

#[tokio::test]
async fn finds_the_home_of_the_account_whatever_was_chosen() {
    for (chosen, home, portal) in [
        ("amazon.com", "amazon.de", "www.amazon.com"),
        ("amazon.de", "amazon.com", "www.amazon.com"),
        ("amazon.fr", "amazon.co.uk", "www.amazon.com"),
        ("amazon.co.jp", "amazon.co.jp", "www.amazon.co.jp"),
    ] {
        let world = World::start().await;
        world.sim.knobs(|knobs| home.clone_into(&mut knobs.home_site));
        let mut enrolment = world.enrolment(chosen, Some(&world.code()));
        let account = done(enrolment.advance(None).await).unwrap();
        assert_eq!(account.info().site, home);
        assert_eq!(world.requests("/ap/signin")[0].host, portal);
        assert_eq!(
            account.devices(false).await.unwrap().iter().filter(|d| d.is_player).count(),
            10
        );
    }
}

#[tokio::test]
async fn lives_without_every_optional_answer() {
    for path in
        ["/api/users/me", "/api/welcome", "/api/endpoints", "/v1/devices/@self/capabilities"]
    {
        let world = World::start().await;
        world.fault(Fault::on(path, FaultKind::Status).status(503));
        let account = world.enrol().await;
        assert_eq!(account.info().site, "amazon.de", "{path}");
    }
    let world = World::start().await;
    for path in ["/api/users/me", "/api/welcome", "/api/endpoints"] {
        world.fault(Fault::on(path, FaultKind::Html));
    }
    let mut enrolment = world.enrolment("amazon.de", Some(&world.code()));
    assert_eq!(done(enrolment.advance(None).await).unwrap().info().site, "amazon.de");
}

#[tokio::test]
async fn an_attempt_that_fails_after_registration_takes_the_device_back() {
    let world = World::start().await;
    world.fault(Fault::on("/ap/exchangetoken", FaultKind::Status).status(503));
    let result = world.enrolment("amazon.com", Some(&world.code())).advance(None).await;
    assert_eq!(code_of(result), "amazon-down");
    assert_eq!((world.sim.counters().registrations, world.registered()), (1, 0));
    assert!(!world.has_session());
}

#[tokio::test]
async fn a_second_enrolment_is_the_same_device() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.otp_single_use = false);
    let first = world.enrol().await;
    first.sign_out().await.unwrap();
    let second = world.enrol().await;
    assert_eq!(first.info().serial, second.info().serial);
    assert_eq!(world.registered(), 1);
}

#[tokio::test]
async fn a_failed_attempt_leaves_the_session_before_it_alone() {
    let world = World::start().await;
    let account = world.enrol().await;
    account.close().await;
    let before = std::fs::read(world.store().join("session.sealed")).unwrap();
    let known = world.sim.account();
    let mut wrong = world.enrolment_of(
        "amazon.com",
        &known.email,
        "not-the-password",
        None,
        Arc::new(mass_alexa::clock::SystemClock),
    );
    assert_eq!(code_of(wrong.advance(None).await), "wrong-password");
    assert_eq!(std::fs::read(world.store().join("session.sealed")).unwrap(), before);
}

#[tokio::test]
async fn an_abandoned_attempt_leaves_no_device_and_no_file() {
    let world = World::start().await;
    world.fault(Fault::on("/ap/exchangetoken", FaultKind::Delay).delay_ms(60_000));
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    tokio::select! {
        result = enrolment.advance(None) => panic!("{result:?}"),
        () = async {
            while world.requests("/ap/exchangetoken").is_empty() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    while world.registered() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(!world.has_session());
}

#[tokio::test]
async fn a_customer_id_that_was_guessed_is_put_right_by_the_device_list() {
    let world = World::start().await;
    world.fault(Fault::on("/api/users/me", FaultKind::Status).status(503));
    let account = world.enrol().await;
    account.devices(false).await.unwrap();
    assert_eq!(account.info().customer_id, "A1SIMULATOR001");
}
