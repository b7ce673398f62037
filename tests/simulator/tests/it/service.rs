//! Connections, faults, and throttling.

use std::time::{Duration, Instant};

use crate::support::{self, world};
use amazon_simulator::{Fault, FaultKind, Throttle};
use reqwest::Version;
use serde_json::Value;

#[tokio::test]
async fn both_http_versions_are_spoken_on_every_host() {
    let world = world().await;
    let old = support::builder(&world.simulator).http1_only().build().unwrap();
    let hosts = [
        "www.amazon.de",
        "alexa.amazon.co.jp",
        "api.amazon.com",
        "api.amazonalexa.com",
        "eu-api-alexa.amazon.de",
        "alexa-comms-mobile-service.amazon.com",
        "bob-dispatch-prod-eu.amazon.com",
        "alexa.na.gateway.devices.a2z.com",
    ];
    for host in hosts {
        let url = format!("https://{host}/nothing");
        let response = old.get(&url).send().await.unwrap();
        assert_eq!(response.version(), Version::HTTP_11, "{host}");
        let response = world.client.get(&url).send().await.unwrap();
        assert_eq!(response.version(), Version::HTTP_2, "{host}");
        assert!(response.status().is_client_error() || response.status().is_redirection());
    }
    let strange = world.client.get("https://www.example.org/").send().await.unwrap();
    assert_eq!(strange.status(), 421);
    let journal = world.simulator.journal();
    assert_eq!(journal[0].http_version, "HTTP/1.1");
    assert_eq!((journal[1].http_version.as_str(), journal[1].host.as_str()), ("HTTP/2", hosts[0]));
    assert_eq!(journal[1].status, Some(404));
}

#[tokio::test]
async fn both_tls_versions_are_spoken() {
    use reqwest::tls::Version as Tls;
    let world = world().await;
    for version in [Tls::TLS_1_2, Tls::TLS_1_3] {
        let builder = support::builder(&world.simulator);
        let client = builder.tls_version_min(version).tls_version_max(version).build().unwrap();
        let response = client.get("https://www.amazon.de/nothing").send().await.unwrap();
        assert_eq!(response.status(), 404, "{version:?}");
    }
    let strangers = reqwest::Client::builder().tls_certs_only([]).no_proxy();
    let address = format!("https://{}/", world.simulator.address());
    assert!(
        strangers.build().unwrap().get(address).send().await.is_err(),
        "not trusted by default"
    );
}

#[tokio::test]
async fn the_date_header_follows_the_clock() {
    let world = world().await;
    world.simulator.shift_clock(-86_400);
    let url = "https://www.amazon.de/nothing";
    let response = world.client.get(url).send().await.unwrap();
    let date = httpdate::parse_http_date(response.headers()["date"].to_str().unwrap()).unwrap();
    let behind = std::time::SystemTime::now().duration_since(date).unwrap().as_secs();
    assert!((86_390..86_410).contains(&behind), "{behind}");
}

#[tokio::test]
async fn faults_strike_before_anything_else() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let path = "/api/users/me";
    let get = async || world.client.get(session.url(path)).send().await;
    let simulator = &world.simulator;

    simulator.fault(Fault::on(path, FaultKind::Status).status(503).times(2));
    assert_eq!(get().await.unwrap().status(), 503);
    assert_eq!(get().await.unwrap().status(), 503);
    assert_eq!(get().await.unwrap().status(), 200);

    simulator.fault(Fault::on(path, FaultKind::RateExceeded).times(1));
    let limited = get().await.unwrap();
    assert_eq!(limited.status(), 400);
    assert!(limited.text().await.unwrap().contains("Rate exceeded"));

    simulator.fault(Fault::on(path, FaultKind::Html).times(1));
    assert!(get().await.unwrap().text().await.unwrap().starts_with("<!doctype html>"));

    simulator.fault(Fault::on(path, FaultKind::SignInRedirect).times(1));
    let redirect = get().await.unwrap();
    assert!(redirect.headers()["location"].to_str().unwrap().contains("/ap/signin?"));

    simulator.fault(Fault::on(path, FaultKind::Empty).times(1));
    assert_eq!(get().await.unwrap().text().await.unwrap(), "");

    simulator.fault(Fault::on(path, FaultKind::Body).body("{\"id\":").times(1));
    assert!(get().await.unwrap().json::<Value>().await.is_err());

    simulator.fault(Fault::on(path, FaultKind::Close).times(1));
    assert!(get().await.is_err());

    simulator.fault(Fault::on(path, FaultKind::Delay).delay_ms(300).times(1));
    let before = Instant::now();
    assert_eq!(get().await.unwrap().status(), 200);
    assert!(before.elapsed() >= Duration::from_millis(300));

    simulator.fault(Fault::on(path, FaultKind::Status));
    assert_eq!(get().await.unwrap().status(), 503);
    simulator.clear_faults();
    assert_eq!(get().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_closed_connection_ends_an_old_style_request_too() {
    let world = world().await;
    let old = support::builder(&world.simulator).http1_only().build().unwrap();
    world.simulator.fault(Fault::on("/nothing", FaultKind::Close).times(1));
    assert!(old.get("https://www.amazon.de/nothing").send().await.is_err());
}

#[tokio::test]
async fn throttling_covers_the_web_api() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let cases = [
        (Throttle::TooManyRequests, 429),
        (Throttle::RateExceeded, 400),
        (Throttle::RateExceededOk, 200),
        (Throttle::Unavailable, 503),
    ];
    for (throttle, status) in cases {
        world.simulator.knobs(|k| k.throttle = throttle);
        assert_eq!(session.status("/api/customer-status").await, status);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_is_counted() {
    let world = world().await;
    for old in [true, false] {
        world.simulator.fault(Fault::on("/slow", FaultKind::Delay).delay_ms(60_000).times(1));
        let builder = support::builder(&world.simulator);
        let builder = if old { builder.http1_only() } else { builder };
        let client = builder.build().unwrap();
        let before = world.simulator.counters();
        let request = client.get("https://www.amazon.de/slow").send();
        let task = tokio::spawn(request);
        until(|| world.simulator.counters().requests > before.requests).await;
        task.abort();
        until(|| world.simulator.counters().aborted_connections > before.aborted_connections).await;
        assert_eq!(world.simulator.journal().last().unwrap().status, None);
    }
}

async fn until(done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < deadline, "it never came to be");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
