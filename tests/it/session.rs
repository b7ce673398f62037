//! A session that lasts: reopening, renewing, and never giving up too early.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use amazon_simulator::{Expire, Fault, FaultKind};
use mass_alexa::clock::ManualClock;
use mass_alexa::{Account, ErrorKind, Transport};

use crate::leaping::Leaping;
use crate::support::{BEDROOM, KITCHEN, World, code_of};

#[tokio::test]
async fn a_reopened_session_asks_nothing_and_works() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let account = Account::open(&world.store(), &world.settings()).await.unwrap();
    assert!(world.sim.journal().is_empty());
    assert_eq!(account.set_volume(KITCHEN, 12).await.unwrap().done, [KITCHEN]);
    assert_eq!(world.device(KITCHEN).volume, 12);
    assert_eq!(account.check().await.unwrap().signed_in, Some(true));
    assert_eq!(world.sim.counters().password_posts, 1);
}

#[tokio::test]
async fn dead_cookies_are_renewed_once_for_everybody() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.expire(Expire::Cookies);
    let clock = ManualClock::new(SystemTime::now() + Duration::from_secs(3_600));
    let account =
        Account::open_with(&world.store(), &world.settings(), Arc::new(clock)).await.unwrap();
    let calls = (0..10).map(|_| account.check());
    for status in futures_util::future::join_all(calls).await {
        assert_eq!(status.unwrap().signed_in, Some(true));
    }
    assert_eq!(world.requests("/ap/exchangetoken").len(), 1);
    assert_eq!(world.sim.counters().registrations, 1);
}

#[tokio::test]
async fn old_cookies_are_renewed_before_they_die() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let clock = ManualClock::new(SystemTime::now());
    let account = Account::open_with(&world.store(), &world.settings(), Arc::new(clock.clone()))
        .await
        .unwrap();
    clock.advance(Duration::from_secs(5 * 86_400 - 60));
    account.check().await.unwrap();
    assert!(world.requests("/ap/exchangetoken").is_empty());
    clock.advance(Duration::from_secs(120));
    account.check().await.unwrap();
    assert_eq!(world.requests("/ap/exchangetoken").len(), 1);
}

#[tokio::test]
async fn a_stale_csrf_value_is_renewed() {
    let world = World::start().await;
    let account = world.signed_in().await;
    account.set_volume(KITCHEN, 10).await.unwrap();
    world.sim.expire(Expire::Csrf);
    account.set_volume(KITCHEN, 11).await.unwrap();
    assert_eq!(world.device(KITCHEN).volume, 11);
    assert_eq!(world.sim.counters().cookie_exchanges, 1);
}

#[tokio::test]
async fn one_endpoint_that_wants_a_sign_in_is_not_the_end() {
    for kind in [FaultKind::SignInRedirect, FaultKind::Status] {
        let world = World::start().await;
        let account = world.signed_in().await;
        world.fault(Fault::on("/api/np/command", kind).status(401));
        let error = account.transport(KITCHEN, Transport::Play).await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::SignInRequired, "{error}");
        assert_eq!(account.check().await.unwrap().signed_in, Some(true));
        assert!(account.set_volume(KITCHEN, 5).await.is_ok());
        let exchanges = world.sim.counters().cookie_exchanges;
        for _ in 0..5 {
            assert!(account.transport(KITCHEN, Transport::Play).await.is_err());
        }
        assert_eq!(
            world.sim.counters().cookie_exchanges,
            exchanges,
            "no exchange for every refusal"
        );
    }
}

#[tokio::test]
async fn the_end_is_believed_only_the_second_time_minutes_later() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.expire(Expire::Cookies);
    world.sim.expire(Expire::RefreshTokens);
    let clock = ManualClock::new(SystemTime::now() + Duration::from_secs(3_600));
    let account = Account::open_with(&world.store(), &world.settings(), Arc::new(clock.clone()))
        .await
        .unwrap();
    assert_eq!(code_of(account.devices(false).await), "token-refused");
    clock.advance(Duration::from_secs(100));
    assert_eq!(code_of(account.devices(false).await), "token-refused");
    clock.advance(Duration::from_secs(100));
    let error = account.devices(false).await.unwrap_err();
    assert_eq!((error.kind(), error.code().id()), (ErrorKind::SignInRequired, "session-ended"));
    assert_eq!(account.check().await.unwrap().signed_in, Some(false));
    let asked = world.requests("/ap/exchangetoken").len();
    assert_eq!(code_of(account.states(Duration::ZERO).await), "session-ended");
    assert_eq!(world.requests("/ap/exchangetoken").len(), asked, "the end is not asked for again");
    assert!(world.has_session(), "nothing is deleted because a token died");
}

#[tokio::test]
async fn an_outage_of_the_token_service_ends_nothing_and_is_not_hammered() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.expire(Expire::Cookies);
    world.fault(Fault::on("/ap/exchangetoken", FaultKind::Status).status(503).times(1));
    let clock = Leaping::start();
    let account = clock.account(&world).await;
    for _ in 0..5 {
        assert_eq!(code_of(account.set_volume(KITCHEN, 1).await), "amazon-down");
    }
    assert_eq!(world.requests("/ap/exchangetoken").len(), 1);
    clock.pass(Duration::from_secs(61));
    assert!(account.set_volume(KITCHEN, 1).await.is_ok());
}

#[tokio::test]
async fn signing_out_mints_a_token_removes_the_device_and_wipes() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let clock = ManualClock::new(SystemTime::now() + Duration::from_secs(2_900));
    let account =
        Account::open_with(&world.store(), &world.settings(), Arc::new(clock)).await.unwrap();
    account.sign_out().await.unwrap();
    let asked: Vec<_> = world.sim.journal().into_iter().map(|entry| entry.path).collect();
    assert_eq!(asked, ["/auth/token", "/auth/deregister"]);
    assert_eq!((world.registered(), world.has_session()), (0, false));
    assert_eq!(code_of(account.devices(false).await), "closed");
    assert_eq!(code_of(Account::open(&world.store(), &world.settings()).await), "no-session");
}

#[tokio::test]
async fn signing_out_without_amazon_loses_nothing() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world.fault(Fault::on("/auth/deregister", FaultKind::Status).status(503).times(1));
    assert_eq!(code_of(account.sign_out().await), "amazon-down");
    assert!(world.has_session());
    account.sign_out().await.unwrap();
    assert_eq!((world.registered(), world.has_session()), (0, false));
}

#[tokio::test]
async fn closing_ends_calls_under_way_and_is_idempotent() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world.fault(Fault::on("/api/devices-v2", FaultKind::Delay).delay_ms(60_000));
    let waiting = tokio::spawn({
        let account = account.clone();
        async move { account.devices(true).await.map(|devices| devices.len()) }
    });
    while world.requests("/api/devices-v2").is_empty() {
        tokio::task::yield_now().await;
    }
    account.close().await;
    account.close().await;
    assert_eq!(code_of(waiting.await.unwrap()), "closed");
    assert_eq!(code_of(account.stop(BEDROOM).await), "closed");
}

#[tokio::test]
async fn throttled_reads_are_repeated_and_writes_are_not() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let throttle = |path: &str| {
        let mut fault = Fault::on(path, FaultKind::Status).status(429).times(1);
        fault.headers.insert("retry-after".to_owned(), "0".to_owned());
        fault
    };
    world.fault(throttle("/api/devices-v2"));
    assert!(account.devices(true).await.is_ok());
    world.fault(throttle("/api/behaviors/preview"));
    assert_eq!(code_of(account.speak(KITCHEN, "once").await), "throttled");
    assert!(world.device(KITCHEN).spoken.is_empty());
    world.fault(throttle("/api/behaviors/preview"));
    account.set_volume(KITCHEN, 77).await.unwrap();
    assert_eq!(world.device(KITCHEN).volume, 77);
}

#[tokio::test]
async fn an_older_handle_leaves_a_newer_sign_in_alone() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.otp_single_use = false);
    let old = world.enrol().await;
    let new = world.enrol().await;
    old.close().await;
    let old = Account::open(&world.store(), &world.settings()).await.unwrap();
    assert_eq!(old.check().await.unwrap().signed_in, Some(true));
    let newest = world.enrol().await;
    assert_eq!(code_of(new.sign_out().await), "session-replaced");
    new.close().await;
    assert_eq!(newest.check().await.unwrap().signed_in, Some(true));
    assert_eq!(world.registered(), 1);
    drop(old);
    let reopened = Account::open(&world.store(), &world.settings()).await.unwrap();
    assert_eq!(reopened.check().await.unwrap().signed_in, Some(true));
}
