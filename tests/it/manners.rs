//! Politeness through the whole stack: throttles in every disguise, what fails all the time, an
//! outage, and exchanges that do not help. Each with a budget of requests.

use std::sync::Arc;
use std::time::Duration;

use amazon_simulator::{Expire, Fault, FaultKind, NextPage};
use mass_alexa::auth::Enrolment;
use mass_alexa::net::Http;
use mass_alexa::net::manners::Jitter;
use mass_alexa::session::Call;
use mass_alexa::{Account, Error, ErrorKind, Secret};

use crate::browser::Browser;
use crate::leaping::{HOUR, Leaping, MINUTE};
use crate::sign_in_scenarios::{answer, asked, link};
use crate::support::{BEDROOM, KITCHEN, World, code_of, done};

const SECOND: Duration = Duration::from_secs(1);

/// An account on a clock of its own that has read the devices once.
async fn settled(world: &World) -> (Account, Leaping) {
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(world).await;
    account.devices(true).await.unwrap();
    account.set_volume(KITCHEN, 1).await.unwrap();
    world.sim.clear_journal();
    (account, time)
}

fn waits(fault: Fault, seconds: &str) -> Fault {
    let headers = [("retry-after".to_owned(), seconds.to_owned())].into();
    Fault { headers, ..fault }
}

/// All the ways in which Amazon asks for patience.
fn disguises() -> [Fault; 5] {
    let body = |status, text: &str| Fault::on("/api/", FaultKind::Body).status(status).body(text);
    [
        Fault::on("/api/", FaultKind::Status).status(429),
        Fault::on("/api/", FaultKind::RateExceeded),
        body(200, r#"{"message":"Rate exceeded"}"#),
        body(200, r#"{"message":"Too many requests"}"#),
        waits(Fault::on("/api/", FaultKind::Status).status(503), "20"),
    ]
}

/// With one throttle answer each: how long the call waits that may be repeated, by chance.
#[tokio::test]
async fn a_throttle_that_names_no_time_waits_a_little_by_chance() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let [plain, .., harsh, told] = disguises();
    let waits = [
        (&plain, 0.0, 10),
        (&plain, 1.0, 13),
        (&harsh, 0.0, 30),
        (&harsh, 1.0, 63),
        (&told, 0.5, 20),
    ];
    for (fault, share, seconds) in waits {
        let time = Leaping::start();
        let http = Http::new(&world.settings(), Arc::new(time.clone())).unwrap();
        let live = world.live(http.with_jitter(Jitter::fixed(share)));
        world.sim.clear_journal();
        world.fault(fault.clone().times(1));
        let start = time.passed();
        live.call(Call::get("/api/users/me")).await.unwrap();
        assert_eq!(time.passed() - start, seconds * SECOND, "{fault:?}");
        assert_eq!(world.sim.journal().len(), 2);
    }
}

#[tokio::test]
async fn a_storm_of_throttles_costs_a_request_in_ten_seconds() {
    for fault in disguises() {
        let shown = format!("{fault:?}");
        let world = World::start().await;
        let (account, time) = settled(&world).await;
        world.fault(fault);
        // Ten minutes in which somebody asks all the time.
        let start = time.passed();
        while time.passed() - start < 10 * MINUTE {
            let error = account.states(Duration::ZERO).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Throttled, "{shown}: {error}");
            assert!(error.retry_after().is_some(), "{shown}");
            assert_eq!(
                code_of(account.play_sound(KITCHEN, "bell_02").await),
                "throttled",
                "{shown}"
            );
            time.pass(SECOND);
        }
        let sent = world.sim.journal().len();
        assert!(sent <= 90, "{shown}: {sent} requests");
        assert!(account.status().resting.contains_key("state"), "{shown}");
        world.sim.clear_faults();
        time.pass(MINUTE + 3 * SECOND);
        account.states(Duration::ZERO).await.unwrap();
        account.set_volume(KITCHEN, 3).await.unwrap();
        assert_eq!(world.device(KITCHEN).volume, 3, "{shown}");
        assert!(account.status().resting.is_empty(), "{shown}");
    }
}

#[tokio::test]
async fn a_throttle_of_something_optional_holds_commands_for_seconds_only() {
    for date in [false, true] {
        let world = World::start().await;
        let (account, time) = settled(&world).await;
        let late = std::time::SystemTime::now() + 300 * SECOND;
        let wait = if date { httpdate::fmt_http_date(late) } else { "300".to_owned() };
        let throttle = |path| waits(Fault::on(path, FaultKind::Status).status(429), &wait);
        world.fault(throttle("/nexus/"));
        let start = time.passed();
        account.devices(true).await.unwrap();
        assert!(time.passed() - start <= 13 * SECOND, "the rest of the list waited for seconds");
        world.fault(throttle("/api/users/me").times(1));
        assert_eq!(code_of(account.check().await), "throttled");
        let error = account.play_sound(KITCHEN, "bell_02").await.unwrap_err();
        assert_eq!(error.code().id(), "throttled");
        assert!(error.retry_after().unwrap() <= 13 * SECOND, "{error}");
        time.pass(13 * SECOND);
        account.set_volume(KITCHEN, 20).await.unwrap();
        assert_eq!(world.device(KITCHEN).volume, 20);
        account.states(Duration::ZERO).await.unwrap();
        let resting = account.status().resting;
        assert!(resting["endpoints"] > 250.0 && resting["account"] > 250.0, "{resting:?}");
        for _ in 0..3 {
            time.pass(MINUTE);
            account.devices(true).await.unwrap();
        }
        assert_eq!(world.requests("/nexus/").len(), 1, "not before Amazon's wait is over");
        time.pass(2 * MINUTE);
        account.devices(true).await.unwrap();
        assert_eq!(world.requests("/nexus/").len(), 2);
    }
}

#[tokio::test]
async fn what_fails_all_the_time_rests_while_the_rest_works() {
    let world = World::start().await;
    let (account, time) = settled(&world).await;
    for path in ["/api/np/list-media-sessions", "/api/devices/deviceType"] {
        world.fault(Fault::on(path, FaultKind::Status).status(503));
    }
    let mut codes = Vec::new();
    for _ in 0..360 {
        codes.push(code_of(account.states(Duration::ZERO).await));
        time.pass(10 * SECOND);
    }
    codes.dedup();
    assert_eq!(codes[..2], ["amazon-down", "resting"]);
    // Five, and then after half a minute, one, two, four, eight, ten, ten, ... minutes.
    let sent = world.sim.journal().len();
    assert!(sent <= 16, "{sent} requests in an hour");
    let error = account.states(Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.message().contains("with what is playing"), "{error}");
    let status = account.status();
    let left = status.resting["state"];
    assert!(left > 0.0 && left <= 600.0 && status.resting.len() == 1, "{:?}", status.resting);
    assert_eq!(status.records.rests["state"], 1);
    account.set_volume(KITCHEN, 20).await.unwrap();
    account.devices(true).await.unwrap();
    assert_eq!(world.device(KITCHEN).volume, 20);
    world.sim.clear_faults();
    time.pass(10 * MINUTE);
    // One call finds out, and whoever comes with it waits for the next time.
    let _ = account.states(Duration::ZERO).await;
    assert!(account.states(Duration::ZERO).await.unwrap().iter().all(|s| s.volume.is_some()));
    assert!(account.status().resting.is_empty());
}

#[tokio::test]
async fn a_person_who_presses_a_button_is_let_through_every_ten_seconds() {
    let world = World::start().await;
    let (account, time) = settled(&world).await;
    world.fault(Fault::on("/api/behaviors", FaultKind::Status).status(500));
    for _ in 0..120 {
        let error = account.set_volume(KITCHEN, 50).await.unwrap_err();
        assert!(["amazon-down", "resting"].contains(&error.code().id()), "{error}");
        assert!(error.retry_after().is_none_or(|wait| wait <= 10 * SECOND));
        time.pass(SECOND);
    }
    let sent = world.requests("/api/behaviors").len();
    assert!((12..=18).contains(&sent), "{sent} requests in two minutes");
    world.sim.clear_faults();
    time.pass(10 * SECOND);
    account.set_volume(KITCHEN, 50).await.unwrap();
    account.set_volume(BEDROOM, 51).await.unwrap();
    assert_eq!(world.device(BEDROOM).volume, 51);
}

#[tokio::test]
async fn s_t7_an_outage_stays_cheap_and_ends_at_once() {
    let world = World::start().await;
    let (account, time) = settled(&world).await;
    world.fault(Fault::on("", FaultKind::Close));
    for _ in 0..360 {
        assert_eq!(code_of(account.states(Duration::ZERO).await), "unreachable");
        time.pass_everywhere(&world, 10 * SECOND);
    }
    let sent = world.sim.journal().len();
    assert!(sent <= 130, "{sent} tries in an hour");
    assert_eq!(code_of(account.set_volume(KITCHEN, 2).await), "unreachable");
    let status = account.status();
    assert!(status.records.rests.is_empty(), "the network is nobody's fault at Amazon");
    world.sim.clear_faults();
    account.set_volume(KITCHEN, 3).await.unwrap();
    assert_eq!(world.device(KITCHEN).volume, 3);
    account.states(Duration::ZERO).await.unwrap();
}

/// What else there is to ask while single endpoints want a sign-in all the time.
async fn ask_everything(account: &Account) -> Vec<Error> {
    let outcomes = [
        account.devices(true).await.map(drop),
        account.states(Duration::ZERO).await.map(drop),
        account.transport(KITCHEN, mass_alexa::Transport::Pause).await.map(drop),
        account.text_command(KITCHEN, "hello").await.map(drop),
    ];
    outcomes.into_iter().filter_map(Result::err).collect()
}

#[tokio::test]
async fn many_paths_that_want_a_sign_in_cost_few_exchanges() {
    let world = World::start().await;
    let (account, time) = settled(&world).await;
    for path in [
        "/nexus/",
        "/api/device-preferences",
        "/api/np/",
        "/api/devices/deviceType",
        "/api/behaviors/preview",
    ] {
        world.fault(Fault::on(path, FaultKind::SignInRedirect));
    }
    for _ in 0..120 {
        for error in ask_everything(&account).await {
            assert_eq!(error.code().id(), "forbidden", "{error}");
        }
        time.pass_everywhere(&world, MINUTE / 2);
    }
    let exchanges = world.requests("/ap/exchangetoken").len();
    assert!((1..=3).contains(&exchanges), "{exchanges} exchanges in an hour");
    assert_eq!(account.check().await.unwrap().signed_in, Some(true));
    // Cookies that are really dead are renewed all the same, although exchanges rest.
    world.sim.clear_faults();
    time.pass_everywhere(&world, 10 * MINUTE);
    world.fault(Fault::on("/nexus/", FaultKind::SignInRedirect));
    account.devices(true).await.unwrap();
    let exchanges = world.requests("/ap/exchangetoken").len();
    time.pass_everywhere(&world, MINUTE);
    world.sim.expire(Expire::Cookies);
    account.set_volume(KITCHEN, 33).await.unwrap();
    assert_eq!(world.device(KITCHEN).volume, 33);
    assert_eq!(world.requests("/ap/exchangetoken").len(), exchanges + 1);
}

#[tokio::test]
async fn a_site_that_refuses_everything_is_asked_for_cookies_a_few_times_an_hour() {
    let world = World::start().await;
    let (account, time) = settled(&world).await;
    world.fault(Fault::on("/api/", FaultKind::SignInRedirect));
    world.fault(Fault::on("/nexus/", FaultKind::SignInRedirect));
    for _ in 0..(HOUR.as_secs() / 30) {
        for error in ask_everything(&account).await {
            assert_eq!(error.code().id(), "forbidden", "{error}");
        }
        time.pass_everywhere(&world, MINUTE / 2);
    }
    let exchanges = world.requests("/ap/exchangetoken").len();
    assert!((2..=6).contains(&exchanges), "{exchanges} exchanges in an hour");
    world.sim.clear_faults();
    time.pass_everywhere(&world, 10 * MINUTE);
    assert!(ask_everything(&account).await.iter().all(|e| e.code().id() == "nothing-playing"));
}

/// A new attempt with the right password, as after a restart of the program.
fn attempt(world: &World, time: &Leaping) -> Enrolment {
    let known = world.sim.account();
    let code = world.code();
    let clock = Arc::new(time.clone());
    world.enrolment_of("amazon.com", &known.email, &known.password, Some(&code), clock)
}

/// What an attempt is asked when Amazon shows a picture.
async fn meets(world: &World, attempt: &mut Enrolment) -> &'static str {
    world.sim.knobs(|knobs| knobs.pages_after_email = vec![NextPage::CvfCaptcha]);
    asked(attempt.advance(None).await.unwrap()).kind.name()
}

#[tokio::test]
async fn s_l7_after_a_captcha_a_sign_in_by_password_waits_and_the_link_does_not() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.otp_single_use = false);
    let time = Leaping::start();
    let mut last = attempt(&world, &time);
    for minutes in [1, 5, 15, 60, 60] {
        assert_eq!(meets(&world, &mut last).await, "captcha");
        let sent = world.sim.journal().len();
        for passed in [0, minutes * 60 - 1] {
            time.pass_everywhere(&world, passed * SECOND);
            let error = attempt(&world, &time).advance(None).await.unwrap_err();
            assert_eq!((error.code().id(), error.kind()), ("captcha-wait", ErrorKind::Throttled));
            assert_eq!(error.retry_after(), Some((minutes * 60 - passed) * SECOND));
            assert!(error.next_step().contains("the link"), "{error}");
        }
        assert_eq!(world.sim.journal().len(), sent, "nothing is sent before its time");
        time.pass_everywhere(&world, SECOND);
        last = attempt(&world, &time);
    }
    // A clock that is put back, by whatever, locks nobody out.
    assert_eq!(meets(&world, &mut last).await, "captcha");
    assert_eq!(code_of(attempt(&world, &time).advance(None).await), "captcha-wait");
    time.put_back(HOUR);
    let mut late = attempt(&world, &time);
    assert_eq!(meets(&world, &mut late).await, "captcha");
    assert_eq!(code_of(attempt(&world, &time).advance(None).await), "captcha-wait");
    // The link is open all the time, and what works starts the count anew.
    let mut link = link(&world, "amazon.de");
    let address = Browser::new(&world).sign_in(link.url(), &world).await;
    link.finish(&Secret::new(address)).await.unwrap().close().await;
    let mut free = attempt(&world, &time);
    assert_eq!(meets(&world, &mut free).await, "captcha");
    done(answer(&mut free, "k7mwp3").await).unwrap().close().await;
    let known = mass_alexa::session::Store::new(world.store()).records();
    assert_eq!((known.captchas.in_a_row, known.sign_ins["ok"]), (0, 2));
}
