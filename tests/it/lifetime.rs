//! How long a session lasts, what ends it, and what stays when it is gone. Scenarios of group T.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use amazon_simulator::{Expire, Fault, FaultKind, PlayRequest};
use mass_alexa::clock::SystemClock;
use mass_alexa::{ErrorKind, Transport};

use crate::leaping::{DAY, HOUR, Leaping, MINUTE};
use crate::support::{KITCHEN, World, code_of};

/// Everything that was asked of the token service.
fn token_calls(world: &World) -> usize {
    world.requests("/ap/exchangetoken").len() + world.requests("/auth/token").len()
}

#[tokio::test]
async fn s_t1_sixty_days_without_a_question() {
    days_of_use(60, 14 * DAY, 6 * HOUR, 11..=13).await;
}

#[tokio::test]
async fn s_t1_cookies_that_end_before_their_time_are_no_question_either() {
    days_of_use(30, 3 * DAY, 12 * HOUR, 9..=11).await;
}

/// What Music Assistant does with an account, day by day, while nobody may register any more.
async fn days_of_use(days: u32, life: Duration, step: Duration, exchanges: RangeInclusive<u64>) {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.cookie_seconds = life.as_secs();
        knobs.odd_cookies = true;
    });
    world.enrol().await.close().await;
    world.sim.knobs(|knobs| knobs.register_refused = true);
    let time = Leaping::start();
    let mut account = time.account(&world).await;
    let steps = (days * DAY).as_secs() / step.as_secs();
    for number in 1..=steps {
        time.pass_everywhere(&world, step);
        if number % 25 == 0 {
            account.close().await;
            account = time.account(&world).await;
        }
        let level = u8::try_from(number % 100).unwrap();
        account.states(Duration::ZERO).await.unwrap();
        assert_eq!(account.set_volume(KITCHEN, level).await.unwrap().done, [KITCHEN]);
        assert_eq!(world.device(KITCHEN).volume, level);
        if number % 4 == 0 {
            account.forget_push_host();
            account.push_host().await.unwrap();
            assert_eq!(account.check().await.unwrap().signed_in, Some(true));
        }
    }
    let counters = world.sim.counters();
    assert_eq!((counters.registrations, counters.password_posts), (1, 1));
    assert_eq!(world.requests("/auth/register").len(), 1);
    // One exchange belongs to the sign-in.
    let renewed = counters.cookie_exchanges - 1;
    assert!(exchanges.contains(&renewed), "{renewed} exchanges");
    assert_eq!(counters.token_refreshes, steps / 4);
    let csrf = world.requests("/api/language").len();
    assert!(csrf <= days as usize + 1, "{csrf} times for a csrf value in {days} days");
    let status = account.status();
    assert_eq!((status.ends_at, status.warning), (None, None));
    assert_eq!(status.records.refreshes.cookies, renewed);
    assert_eq!(status.records.refreshes.access_token, steps / 4);
    assert_eq!(status.records.refresh_failures.cookies, 0);
    assert!(status.records.errors.is_empty(), "{:?}", status.records.errors);
}

#[tokio::test]
async fn an_access_token_is_made_anew_at_four_fifths_of_its_life() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    for (minutes, minted) in [(47, 0), (2, 1), (47, 1), (2, 2)] {
        time.pass_everywhere(&world, minutes * MINUTE);
        account.forget_push_host();
        account.push_host().await.unwrap();
        assert_eq!(world.requests("/auth/token").len(), minted);
    }
}

#[tokio::test]
async fn a_csrf_value_is_renewed_after_a_day_and_missed_pages_do_no_harm() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    account.set_volume(KITCHEN, 1).await.unwrap();
    time.pass(23 * HOUR);
    account.set_volume(KITCHEN, 2).await.unwrap();
    let before = world.requests("/api/language").len();
    time.pass(2 * HOUR);
    for level in [3, 4] {
        account.set_volume(KITCHEN, level).await.unwrap();
    }
    assert_eq!(world.requests("/api/language").len(), before + 1);
    world.fault(Fault::on("/api/language", FaultKind::Status).status(503));
    world.fault(Fault::on("/spa/", FaultKind::Empty).status(404));
    world.sim.expire(Expire::Csrf);
    time.pass(25 * HOUR);
    account.set_volume(KITCHEN, 5).await.unwrap();
    assert_eq!(world.device(KITCHEN).volume, 5);
    assert_eq!(world.sim.counters().cookie_exchanges, 1);
}

#[tokio::test]
async fn a_clock_that_jumps_costs_a_renewal_and_nothing_else() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    account.set_volume(KITCHEN, 1).await.unwrap();
    for (jump, back) in [(95 * MINUTE / 60, false), (10 * MINUTE, true), (2 * DAY, true)] {
        if back {
            time.put_back(jump)
        } else {
            time.pass(jump)
        }
        let (before, counted) = (world.sim.counters(), world.requests("/api/language").len());
        for level in 2..5 {
            account.set_volume(KITCHEN, level).await.unwrap();
            account.states(Duration::ZERO).await.unwrap();
            account.forget_push_host();
            account.push_host().await.unwrap();
        }
        let after = world.sim.counters();
        assert!(after.cookie_exchanges - before.cookie_exchanges <= 1, "{jump:?}");
        assert!(after.token_refreshes - before.token_refreshes <= 1, "{jump:?}");
        assert!(world.requests("/api/language").len() - counted <= 1, "{jump:?}");
    }
    assert_eq!(account.check().await.unwrap().signed_in, Some(true));
}

#[tokio::test]
async fn a_clock_that_was_ahead_while_amazon_was_away_blocks_nothing() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    time.pass(2 * DAY);
    let account = time.account(&world).await;
    for path in ["/ap/exchangetoken", "/auth/token"] {
        world.fault(Fault::on(path, FaultKind::Status).status(503).times(1));
    }
    world.fault(Fault::on("/api/behaviors", FaultKind::Status).status(401).times(1));
    assert_eq!(code_of(account.push_host().await), "amazon-down");
    assert_eq!(code_of(account.play_sound(KITCHEN, "bell_02").await), "amazon-down");
    // The time service sets the clock of this machine right.
    time.put_back(2 * DAY);
    world.sim.expire(Expire::Cookies);
    account.states(Duration::ZERO).await.unwrap();
    account.push_host().await.unwrap();
}

#[tokio::test]
async fn s_t6_a_revoked_session_asks_for_a_sign_in_and_then_keeps_quiet() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.expire(Expire::Cookies);
    world.sim.expire(Expire::RefreshTokens);
    let time = Leaping::start();
    let account = time.account(&world).await;
    let mut codes = Vec::new();
    for _ in 0..120 {
        let error = account.states(Duration::ZERO).await.unwrap_err();
        assert_eq!(
            error.kind() == ErrorKind::SignInRequired,
            error.code().id() == "session-ended",
            "{error}"
        );
        codes.push(error.code().id());
        time.pass_everywhere(&world, MINUTE / 2);
    }
    codes.dedup();
    assert_eq!(codes, ["token-refused", "session-ended"], "asked for once, and it stays so");
    assert_eq!(token_calls(&world), 2);
    assert!(world.requests("/api/").len() <= 10, "{}", world.requests("/api/").len());
    world.sim.clear_journal();
    assert_eq!(code_of(account.devices(true).await), "session-ended");
    assert_eq!(code_of(account.set_volume(KITCHEN, 1).await), "session-ended");
    assert_eq!(code_of(account.push_host().await), "session-ended");
    assert_eq!(account.check().await.unwrap().signed_in, Some(false));
    assert_eq!(world.sim.journal().len(), 0, "nothing is sent for a session that is over");
    account.close().await;
    // A new start believes the second refusal of all times, with one question.
    let account = time.account(&world).await;
    assert_eq!(code_of(account.devices(true).await), "session-ended");
    assert_eq!(token_calls(&world), 1);
    assert!(world.has_session());
}

#[tokio::test]
async fn s_t6_a_dead_session_is_known_by_any_of_amazons_answers() {
    let page = || Fault::on("/api/", FaultKind::Html);
    let forbidden = Fault::on("/api/", FaultKind::Status).status(403);
    for fault in [page(), forbidden, page().host("alexa.amazon.de")] {
        let world = World::start().await;
        world.signed_in().await.close().await;
        world.sim.expire(Expire::RefreshTokens);
        world.sim.expire(Expire::Cookies);
        world.fault(fault);
        let time = Leaping::start();
        let account = time.account(&world).await;
        let mut codes = Vec::new();
        for _ in 0..20 {
            codes.push(code_of(account.states(Duration::ZERO).await));
            codes.push(code_of(account.set_volume(KITCHEN, 1).await));
            time.pass_everywhere(&world, MINUTE / 2);
        }
        codes.dedup();
        assert_eq!(codes, ["token-refused", "session-ended"]);
        assert_eq!(token_calls(&world), 2);
        assert_eq!(account.check().await.unwrap().signed_in, Some(false));
    }
}

#[tokio::test]
async fn s_t6_while_the_cookies_live_music_goes_on_and_the_end_is_foretold() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.expire(Expire::RefreshTokens);
    let time = Leaping::start();
    let account = time.account(&world).await;
    let enrolled = account.status().cookies_at;
    let mut first_warning = None;
    for half_day in 1..28 {
        time.pass_everywhere(&world, 12 * HOUR);
        account.set_volume(KITCHEN, half_day).await.unwrap();
        let status = account.status();
        assert_eq!(status.ends_at.is_some(), half_day >= 10, "{half_day}");
        assert!(status.ends_at.is_none_or(|end| end == enrolled + 14 * 86_400));
        if let Some(text) = status.warning {
            assert!(text.contains("Sign in again"), "{text}");
            first_warning.get_or_insert(half_day);
        }
    }
    assert_eq!(first_warning, Some(22), "three days before the end");
    assert_eq!(token_calls(&world), 2);
    // One call that wants a sign-in is still no end, however often it does.
    world.fault(Fault::on("/api/np/command", FaultKind::SignInRedirect));
    world.fault(Fault::on("/api/device-preferences", FaultKind::Html));
    for _ in 0..5 {
        assert_ne!(code_of(account.transport(KITCHEN, Transport::Play).await), "session-ended");
        account.devices(true).await.unwrap();
    }
    account.set_volume(KITCHEN, 99).await.unwrap();
    time.pass_everywhere(&world, DAY);
    assert_eq!(code_of(account.set_volume(KITCHEN, 1).await), "session-ended");
}

#[tokio::test]
async fn s_t6_a_shop_that_refuses_alone_ends_no_session() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    let body = r#"{"response":{"error":{"code":"InvalidToken","message":"x"}}}"#;
    let fault = Fault::on("/ap/exchangetoken", FaultKind::Body).status(400).body(body);
    world.fault(fault);
    world.sim.expire(Expire::Cookies);
    for _ in 0..120 {
        let error = account.states(Duration::ZERO).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AmazonUnavailable, "{error}");
        time.pass_everywhere(&world, MINUTE);
    }
    let asked = token_calls(&world);
    assert!(asked <= 30, "{asked} token calls in two hours");
    account.push_host().await.unwrap();
    world.sim.clear_faults();
    time.pass_everywhere(&world, 16 * MINUTE);
    account.states(Duration::ZERO).await.unwrap();
    assert_eq!(account.check().await.unwrap().signed_in, Some(true));
    assert_eq!(account.status().ends_at, None);
}

#[tokio::test]
async fn s_t7_six_hours_offline_touch_nothing() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    account.states(Duration::ZERO).await.unwrap();
    account.set_volume(KITCHEN, 1).await.unwrap();
    let before = std::fs::read(world.store().join("session.sealed")).unwrap();
    world.sim.clear_journal();
    world.fault(Fault::on("", FaultKind::Close));
    for _ in 0..72 {
        time.pass_everywhere(&world, 5 * MINUTE);
        let error = account.states(Duration::ZERO).await.unwrap_err();
        assert_eq!((error.kind(), error.code().id()), (ErrorKind::Network, "unreachable"));
        assert_eq!(code_of(account.set_volume(KITCHEN, 2).await), "unreachable");
        assert_eq!(code_of(account.check().await), "unreachable");
    }
    assert_eq!(token_calls(&world), 0);
    world.sim.clear_faults();
    account.set_volume(KITCHEN, 3).await.unwrap();
    let status = account.check().await.unwrap();
    assert_eq!((status.signed_in, status.ends_at), (Some(true), None));
    assert_eq!(world.device(KITCHEN).volume, 3);
    assert_eq!(token_calls(&world), 0);
    assert_eq!(std::fs::read(world.store().join("session.sealed")).unwrap(), before);
}

#[tokio::test]
async fn s_t7_cookies_that_fall_due_offline_are_renewed_when_amazon_is_back() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    time.pass_everywhere(&world, 5 * DAY - HOUR);
    let account = time.account(&world).await;
    account.states(Duration::ZERO).await.unwrap();
    world.fault(Fault::on("", FaultKind::Close));
    for _ in 0..72 {
        time.pass_everywhere(&world, 5 * MINUTE);
        assert_eq!(code_of(account.states(Duration::ZERO).await), "unreachable");
    }
    let asked = token_calls(&world);
    assert!((5..=30).contains(&asked), "{asked}");
    let status = account.status();
    assert!(status.ends_at.is_some() && status.warning.is_none());
    world.sim.clear_faults();
    time.pass_everywhere(&world, 16 * MINUTE);
    account.states(Duration::ZERO).await.unwrap();
    assert_eq!(token_calls(&world), asked + 1);
    assert_eq!(account.status().ends_at, None);
}

#[tokio::test]
async fn s_t4_many_sign_ins_are_one_device_and_a_sign_out_leaves_none() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.otp_single_use = false);
    let known = world.sim.account();
    let ours = || {
        let serials: Vec<_> = world.sim.registrations().into_iter().map(|r| r.serial).collect();
        world.sim.devices().iter().filter(|device| serials.contains(&device.serial)).count()
    };
    for good in 0..3 {
        let wrong = world.enrolment_of(
            "amazon.com",
            &known.email,
            "wrong",
            Some(&world.code()),
            Arc::new(SystemClock),
        );
        assert_eq!(code_of({ wrong }.advance(None).await), "wrong-password");
        // Two of the five get as far as a registration.
        if good < 2 {
            world.fault(Fault::on("/ap/exchangetoken", FaultKind::Status).status(503).times(1));
            let late = world.enrolment("amazon.com", Some(&world.code()));
            assert_eq!(code_of({ late }.advance(None).await), "amazon-down");
            // The session of before is not ended by an attempt that fails.
            let before = good.min(1);
            assert_eq!((world.registered(), ours()), (before, before));
        }
        world.enrol().await.close().await;
        assert_eq!((world.registered(), ours()), (1, 1));
    }
    assert_eq!(world.sim.counters().registrations, 5);
    let account = mass_alexa::Account::open(&world.store(), &world.settings()).await.unwrap();
    account.sign_out().await.unwrap();
    assert_eq!((world.registered(), ours(), world.has_session()), (0, 0, false));
}

#[tokio::test]
async fn s_x7_after_a_sign_out_nothing_that_was_kept_is_good_any_more() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let stolen = tempfile::tempdir().unwrap();
    for name in ["session.sealed", "key"] {
        std::fs::copy(world.store().join(name), stolen.path().join(name)).unwrap();
    }
    account.sign_out().await.unwrap();
    assert_eq!((world.registered(), world.has_session()), (0, false));
    world.sim.clear_journal();
    let time = Leaping::start();
    let copy = time.open(stolen.path(), &world.settings()).await;
    assert_eq!(code_of(copy.devices(true).await), "token-refused");
    time.pass(4 * MINUTE);
    assert_eq!(code_of(copy.devices(true).await), "session-ended");
    time.pass(HOUR);
    assert_eq!(code_of(copy.push_host().await), "session-ended");
    assert_eq!((token_calls(&world), world.sim.counters().cookie_exchanges), (2, 1));
    assert_eq!(world.sim.counters().token_refreshes, 1, "only the sign-out minted one");
}

#[tokio::test]
async fn a_sign_in_elsewhere_makes_the_old_handle_say_that_it_was_replaced() {
    for ended_before in [false, true] {
        let world = World::start().await;
        world.sim.knobs(|knobs| knobs.otp_single_use = false);
        world.signed_in().await.close().await;
        let time = Leaping::start();
        let old = time.account(&world).await;
        if ended_before {
            world.sim.expire(Expire::RefreshTokens);
            world.sim.expire(Expire::Cookies);
            assert_eq!(code_of(old.devices(true).await), "token-refused");
            time.pass_everywhere(&world, 4 * MINUTE);
            assert_eq!(code_of(old.devices(true).await), "session-ended");
            assert_eq!(code_of(old.push_host().await), "session-ended");
            time.pass_everywhere(&world, MINUTE);
        } else {
            // What became of the old tokens when the device was registered anew.
            world.sim.expire(Expire::RefreshTokens);
            world.sim.expire(Expire::Cookies);
        }
        world.enrol().await.close().await;
        world.sim.clear_journal();
        for _ in 0..3 {
            let error = old.devices(true).await.unwrap_err();
            assert_eq!((error.code().id(), error.kind()), ("session-replaced", ErrorKind::Closed));
            assert_eq!(code_of(old.push_host().await), "session-replaced");
            assert_eq!(code_of(old.set_volume(KITCHEN, 1).await), "session-replaced");
            assert_eq!(code_of(old.check().await), "session-replaced");
            time.pass(10 * MINUTE);
        }
        let asked = world.sim.journal().len();
        let paths: Vec<_> = world.sim.journal().into_iter().map(|entry| entry.path).collect();
        assert!(asked <= if ended_before { 0 } else { 6 }, "{paths:?}");
        old.close().await;
        let new = time.account(&world).await;
        assert_eq!(new.check().await.unwrap().signed_in, Some(true));
    }
}

#[tokio::test]
async fn signing_out_believes_only_a_confirmation() {
    let world = World::start().await;
    let account = world.signed_in().await;
    for fault in [
        Fault::on("", FaultKind::Status).status(401),
        Fault::on("", FaultKind::Status).status(403),
        Fault::on("", FaultKind::Status).status(404),
        Fault::on("", FaultKind::Status).status(429),
        Fault::on("", FaultKind::Status).status(503),
        Fault::on("", FaultKind::SignInRedirect),
        Fault::on("", FaultKind::Html),
    ] {
        let fault = Fault { path_prefix: Some("/auth/deregister".to_owned()), ..fault.times(1) };
        let shown = format!("{fault:?}");
        world.fault(fault);
        let error = account.sign_out().await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::SignInRequired, "{shown}");
        assert_eq!((world.registered(), world.has_session()), (1, true), "{shown}");
    }
    account.sign_out().await.unwrap();
    assert_eq!((world.registered(), world.has_session()), (0, false));
}

#[tokio::test]
async fn records_count_what_happened_and_outlive_the_session() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    world.sim.play(&PlayRequest::new(KITCHEN, "One"));
    world.fault(Fault::on("/api/np/command", FaultKind::SignInRedirect).times(2));
    // There is another way to press the button; the failure counts all the same.
    account.transport(KITCHEN, Transport::Play).await.unwrap();
    account.transport(KITCHEN, Transport::Play).await.unwrap();
    world.fault(Fault::on("/api/devices/deviceType", FaultKind::Status).status(429).times(1));
    account.states(Duration::ZERO).await.unwrap();
    world.fault(Fault::on("/ap/exchangetoken", FaultKind::Status).status(503).times(1));
    world.sim.expire(Expire::Cookies);
    time.pass(MINUTE);
    assert!(account.devices(true).await.is_err());
    let counted = account.status().records;
    assert_eq!((counted.errors["commands"], counted.throttles), (1, 1));
    assert_eq!((counted.refreshes.cookies, counted.refresh_failures.cookies), (1, 1));
    account.close().await;
    let again = time.account(&world).await;
    assert_eq!(again.status().records, counted);
    let text = std::fs::read_to_string(world.store().join("records.json")).unwrap();
    for secret in world.sim.account().secrets {
        assert!(!text.contains(&secret));
    }
    time.pass(2 * MINUTE);
    again.sign_out().await.unwrap();
    let kept = mass_alexa::session::Store::new(world.store()).records();
    assert_eq!(kept.refreshes.cookies, 1);
}
