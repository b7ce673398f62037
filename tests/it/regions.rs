//! Where an account lives, whatever was chosen and however Amazon says it. Scenarios of group R.

use amazon_simulator::{Expire, Fault, FaultKind, MarketplaceShape, PushRegion};
use serde_json::json;

use crate::leaping::{HOUR, Leaping};
use crate::support::{World, code_of, done};

const EU_PUSH: &str = "bob-dispatch-prod-eu.amazon.com";
const NA_PUSH: &str = "bob-dispatch-prod-na.amazon.com";

#[tokio::test]
async fn s_r1_a_sign_in_at_com_ends_with_the_cookies_of_the_own_site() {
    for chosen in ["amazon.com", "amazon.fr", "amazon.de"] {
        let world = World::start().await;
        let mut enrolment = world.enrolment(chosen, Some(&world.code()));
        let account = done(enrolment.advance(None).await).unwrap();
        assert_eq!(account.info().site, "amazon.de", "{chosen}");
        let exchanged = world.requests("/ap/exchangetoken");
        assert_eq!(exchanged.len(), 1);
        assert_eq!(exchanged[0].host, "www.amazon.de");
        assert!(exchanged[0].body.contains("domain=.amazon.de"));
        assert_eq!(world.sim.counters().password_posts, 1);
        world.sim.clear_journal();
        let devices = account.devices(true).await.unwrap();
        assert_eq!(devices.iter().filter(|device| device.is_player).count(), 10);
        let hosts: Vec<_> = world.sim.journal().into_iter().map(|entry| entry.host).collect();
        assert!(hosts.iter().all(|host| host.ends_with(".amazon.de")), "{hosts:?}");
    }
}

#[tokio::test]
async fn s_r2_a_country_without_an_own_alexa_is_no_host() {
    for shape in [
        MarketplaceShape::String,
        MarketplaceShape::List,
        MarketplaceShape::Bare,
        MarketplaceShape::Missing,
    ] {
        for chosen in ["amazon.com", "amazon.pl"] {
            let world = World::start().await;
            world.sim.knobs(|knobs| {
                knobs.home_site = "amazon.com".to_owned();
                knobs.country = "PL".to_owned();
                knobs.marketplace_shape = shape;
                assert!(knobs.missing_hosts.contains(&"alexa.amazon.pl".to_owned()));
            });
            let mut enrolment = world.enrolment(chosen, Some(&world.code()));
            let account = done(enrolment.advance(None).await).unwrap();
            assert_eq!(account.info().site, "amazon.com", "{shape:?} {chosen}");
            assert!(world.requests("/ap/exchangetoken")[0].body.contains("domain=.amazon.com"));
            let devices = account.devices(true).await.unwrap();
            assert_eq!(devices.iter().filter(|device| device.is_player).count(), 10);
            assert_eq!(account.check().await.unwrap().signed_in, Some(true));
            let journal = world.sim.journal();
            let alexa = journal.iter().filter(|entry| entry.path.starts_with("/api/"));
            let strange: Vec<_> =
                alexa.filter(|entry| !entry.host.ends_with(".amazon.com")).collect();
            assert!(strange.is_empty(), "{shape:?} {chosen}: {strange:?}");
            assert_eq!(world.sim.counters().password_posts, 1);
        }
    }
}

#[tokio::test]
async fn s_r2_silence_about_the_home_never_leads_to_a_host_that_is_not_there() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.home_site = "amazon.com".to_owned());
    for path in ["/api/users/me", "/api/welcome", "/api/endpoints"] {
        world.fault(Fault::on(path, FaultKind::Status).status(404));
    }
    let mut enrolment = world.enrolment("amazon.pl", Some(&world.code()));
    let account = done(enrolment.advance(None).await).unwrap();
    assert_eq!(account.info().site, "amazon.com");
    assert!(world.sim.journal().iter().all(|entry| entry.host != "alexa.amazon.pl"));
}

fn directive(endpoint: &str) -> String {
    let directive = json!({"directive": {
        "header": {"namespace": "System", "name": "SetEndpoint", "messageId": "1"},
        "payload": {"endpoint": endpoint},
    }});
    format!("--x\r\nContent-Type: application/json\r\n\r\n{directive}\r\n--x--\r\n")
}

#[tokio::test]
async fn s_r5_the_push_host_that_amazon_names_is_followed_once_and_remembered() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.home_region = "EU".to_owned();
        knobs.push_region = Some(PushRegion::Na);
    });
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    for _ in 0..3 {
        assert_eq!(account.push_host().await.unwrap(), NA_PUSH);
    }
    let asked = world.requests("/v20160207/");
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method.as_str(), asked[0].host.as_str()), ("POST", EU_PUSH));
    assert!(asked[0].body.contains("SynchronizeState"));
    assert!(!asked[0].headers.contains_key("cookie"));
    account.close().await;
    world.sim.clear_journal();
    let account = time.account(&world).await;
    assert_eq!(account.push_host().await.unwrap(), NA_PUSH);
    assert!(world.sim.journal().is_empty(), "remembered without a question");
    // A host that fails is learned anew, and by then it is another one.
    world.sim.knobs(|knobs| knobs.push_region = Some(PushRegion::Eu));
    account.forget_push_host();
    assert_eq!(account.push_host().await.unwrap(), EU_PUSH);
    assert_eq!(world.requests("/v20160207/").len(), 1);
}

#[tokio::test]
async fn s_r5_a_push_host_is_amazons_or_none() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    let evil = directive("https://bob-dispatch-prod-na.amazon.com.example/");
    world.fault(Fault::on("/v20160207/events", FaultKind::Body).body(&evil).times(1));
    for _ in 0..5 {
        assert_eq!(code_of(account.push_host().await), "foreign-host");
    }
    assert_eq!(world.requests("/v20160207/").len(), 1, "not asked again at once");
    for (status, code) in [(403, "forbidden"), (503, "amazon-down"), (404, "unexpected-answer")] {
        time.pass(HOUR);
        let fault = Fault::on("/v20160207/events", FaultKind::Status).status(status);
        // A refusal is believed with a new token.
        world.fault(fault.times(if status == 403 { 2 } else { 1 }));
        assert_eq!(code_of(account.push_host().await), code);
    }
    time.pass(HOUR);
    assert_eq!(account.push_host().await.unwrap(), EU_PUSH);
    assert_eq!(account.status().records.errors["push"], 4);
}

#[tokio::test]
async fn an_access_token_that_ended_before_its_time_is_made_anew() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world.sim.expire(Expire::AccessTokens);
    assert_eq!(account.push_host().await.unwrap(), EU_PUSH);
    assert_eq!(world.requests("/auth/token").len(), 1);
    // A host that refuses every token costs one and no more.
    world.fault(Fault::on("/v20160207/events", FaultKind::Status).status(401));
    account.forget_push_host();
    for _ in 0..5 {
        assert_eq!(code_of(account.push_host().await), "forbidden");
    }
    assert_eq!(world.requests("/auth/token").len(), 2);
}
