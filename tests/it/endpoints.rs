//! Every call in turn refused in every way: the rest works, and nobody is asked to sign in.

use std::time::Duration;

use amazon_simulator::{Expire, Fault, FaultKind, PlayRequest};
use mass_alexa::{Account, Error, ErrorKind, Transport};

use crate::leaping::{HOUR, Leaping, MINUTE};
use crate::support::{KITCHEN, World};

const CSRF_PAGE: &str = "/api/language";
const SECOND_CSRF_PAGE: &str = "/spa/";

/// What an account is used for; the name stands in messages and in the table of what may fail.
const USES: [&str; 6] = ["devices", "states", "volume", "play", "check", "push"];

/// Path, what must be invalid for it to be called, and what may fail when it does.
const ENDPOINTS: [(&str, Option<Expire>, &[&str]); 13] = [
    ("/api/devices-v2/", None, &["devices"]),
    ("/nexus/v1/graphql", None, &[]),
    ("/api/device-preferences", None, &[]),
    ("/api/devices/deviceType", None, &[]),
    ("/api/np/list-media-sessions", None, &[]),
    ("/api/np/command", None, &["play"]),
    ("/api/behaviors/preview", None, &["volume"]),
    ("/api/users/me", None, &["check"]),
    (CSRF_PAGE, Some(Expire::Csrf), &[]),
    (SECOND_CSRF_PAGE, Some(Expire::Csrf), &[]),
    ("/auth/token", Some(Expire::AccessTokens), &["push"]),
    ("/v20160207/events", None, &["push"]),
    ("/ap/exchangetoken", Some(Expire::Cookies), &USES),
];

/// Uses the account in every way, with pauses in which Amazon's waits are over.
async fn use_it(account: &Account, time: &Leaping, level: u8) -> Vec<(&'static str, Error)> {
    let mut failed = Vec::new();
    let mut note = |name, result: Result<(), Error>| {
        time.pass(MINUTE / 2);
        failed.extend(result.err().map(|error| (name, error)));
    };
    note("devices", account.devices(true).await.map(drop));
    note("states", account.states(Duration::ZERO).await.map(drop));
    note("volume", account.set_volume(KITCHEN, level).await.map(drop));
    note("play", account.transport(KITCHEN, Transport::Play).await.map(drop));
    note("check", account.check().await.map(|status| assert_ne!(status.signed_in, Some(false))));
    account.forget_push_host();
    note("push", account.push_host().await.map(drop));
    failed
}

fn status(status: u16) -> Fault {
    Fault::on("", FaultKind::Status).status(status)
}

macro_rules! every_endpoint {
    ($($test:ident: $fault:expr;)*) => {
        $(#[tokio::test] async fn $test() { every_endpoint_in_turn($fault).await; })*
    };
}

every_endpoint! {
    s_t2_every_endpoint_in_turn_answers_401: status(401);
    s_t2_every_endpoint_in_turn_answers_403: status(403);
    s_t2_every_endpoint_in_turn_answers_404: status(404);
    s_t2_every_endpoint_in_turn_answers_429: status(429);
    s_t2_every_endpoint_in_turn_answers_503: status(503);
    s_t2_every_endpoint_in_turn_leads_to_the_sign_in: Fault::on("", FaultKind::SignInRedirect);
    s_t2_every_endpoint_in_turn_answers_nothing: Fault::on("", FaultKind::Empty);
    s_t2_every_endpoint_in_turn_answers_a_web_page: Fault::on("", FaultKind::Html);
}

async fn every_endpoint_in_turn(fault: Fault) {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.play(&PlayRequest::new(KITCHEN, "One"));
    let time = Leaping::start();
    let account = time.account(&world).await;
    assert!(use_it(&account, &time, 1).await.is_empty());
    for (path, expired, may_fail) in ENDPOINTS {
        let cell = format!("{path} {:?} {:?}", fault.kind, fault.status);
        // More than the age of the csrf value.
        time.pass_everywhere(&world, 25 * HOUR);
        world.sim.clear_journal();
        if path == SECOND_CSRF_PAGE {
            world.fault(Fault::on(CSRF_PAGE, FaultKind::Status).status(503));
        }
        expired.into_iter().for_each(|what| world.sim.expire(what));
        world.fault(Fault { path_prefix: Some(path.to_owned()), ..fault.clone() });
        for level in [10, 20, 30] {
            for (used, error) in use_it(&account, &time, level).await {
                assert_ne!(error.kind(), ErrorKind::SignInRequired, "{cell}: {used}: {error}");
                assert!(may_fail.contains(&used), "{cell}: {used}: {error}");
            }
        }
        if !may_fail.contains(&"volume") {
            assert_eq!(world.device(KITCHEN).volume, 30, "{cell}");
        }
        assert!(!world.requests(path).is_empty(), "{cell} was never asked");
        let sent = world.sim.journal().len();
        assert!(sent <= 75, "{cell}: {sent} requests for {} uses", 3 * USES.len());
        let tokens = world.requests("/ap/exchangetoken").len() + world.requests("/auth/").len();
        // Nine minutes: at the start, after 1, 3 and 7 minutes, and one for the push host.
        assert!(tokens <= 5, "{cell}: {tokens} token calls");
        world.sim.clear_faults();
        time.pass(20 * MINUTE);
        let failed = use_it(&account, &time, 40).await;
        assert!(failed.is_empty(), "{cell} afterwards: {failed:?}");
        assert_eq!(world.device(KITCHEN).volume, 40, "{cell}");
    }
    let counters = world.sim.counters();
    assert_eq!((counters.registrations, counters.password_posts), (1, 1));
    let status = account.check().await.unwrap();
    assert_eq!((status.signed_in, status.ends_at), (Some(true), None));
}

/// What Amazon took away from 2025 to 2026, all at once.
#[tokio::test]
async fn s_t2_all_removed_endpoints_at_once_leave_music_and_volume() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.play(&PlayRequest::new(KITCHEN, "One"));
    let time = Leaping::start();
    let account = time.account(&world).await;
    let mut unsupported = Fault::on("/api/np/command", FaultKind::Status).status(404);
    unsupported
        .headers
        .insert("x-amzn-errortype".to_owned(), "UnsupportedProviderException:http://x/".to_owned());
    for fault in [
        Fault::on("/api/bootstrap", FaultKind::Status).status(404),
        Fault::on("/api/phoenix", FaultKind::Body).body("null"),
        Fault::on("/api/np/player", FaultKind::SignInRedirect),
        unsupported,
        Fault::on("/alexa-privacy/", FaultKind::Status).status(429),
        Fault::on("/api/notifications", FaultKind::Status).status(429),
        Fault::on("/nexus/", FaultKind::Body)
            .body(r#"{"errors":[{"message":"moved"}],"data":{"listEndpoints":null}}"#),
        Fault::on("", FaultKind::Status).status(503).host("alexa-comms-mobile-service.amazon.com"),
    ] {
        world.fault(fault);
    }
    world.sim.knobs(|knobs| {
        knobs.register_refused = true;
        knobs.users_me_refused = true;
    });
    for level in [10, 20, 30] {
        let devices = account.devices(true).await.unwrap();
        assert_eq!(devices.iter().filter(|device| device.is_player).count(), 10);
        let states = account.states(Duration::ZERO).await.unwrap();
        assert!(states.iter().all(|state| state.volume.is_some()));
        account.set_volume(KITCHEN, level).await.unwrap();
        assert_eq!(world.device(KITCHEN).volume, level);
        account.text_command(KITCHEN, "play some music").await.unwrap();
        account.transport(KITCHEN, Transport::Pause).await.unwrap();
        account.transport(KITCHEN, Transport::Play).await.unwrap();
        assert_eq!(account.check().await.unwrap().signed_in, None, "not a word about the session");
        time.pass_everywhere(&world, HOUR);
    }
    for path in ["/api/bootstrap", "/api/phoenix", "/alexa-privacy/", "/auth/register"] {
        assert!(world.requests(path).is_empty(), "{path} is not needed");
    }
    assert!(world.sim.journal().len() <= 60, "{}", world.sim.journal().len());
    assert_eq!(world.sim.counters().password_posts, 1);
}
