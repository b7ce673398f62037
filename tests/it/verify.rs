//! Requests of Alexa against the verifier and the gateway, with certificates that are really fetched.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue};
use mass_alexa::clock::{Clock, ManualClock, from_unix};
use mass_alexa::gateway::skill::verify::{
    Arrival, Certificates, LARGEST_BODY, Reason, Refusal, Verifier,
};
use mass_alexa::gateway::{Gateway, GatewaySettings};
use mass_alexa::{Account, Settings};
use rcgen::date_time_ymd;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::depot::{ALEXA, Depot, Page, leaf_params, signed};
use crate::support::World;

const SKILL: &str = "amzn1.ask.skill.ours";
const GOOD: &str = "https://s3.amazonaws.com/echo.api/good.pem";
/// 2026-11-22T03:00:00Z.
const NOW: u64 = 1_795_316_400;

struct Scene {
    depot: Depot,
    clock: ManualClock,
    verifier: Verifier,
}

impl Scene {
    async fn start() -> Self {
        Self::start_with(|settings| settings).await
    }

    async fn start_with(change: fn(Settings) -> Settings) -> Self {
        let depot = Depot::start().await;
        let clock = ManualClock::new(from_unix(NOW));
        let certificates = Certificates::new(&change(depot.settings())).unwrap();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let verifier = Verifier::new(certificates, Some(SKILL.to_owned()), shared);
        Self { depot, clock, verifier }
    }

    /// A good body that was never sent before.
    fn body(&self, id: &str) -> Value {
        launch(id, self.clock.now())
    }

    async fn send(&self, address: &str, body: &Value) -> Result<Arrival, Refusal> {
        let body = body.to_string();
        self.verifier.verify(&signed(address, body.as_bytes()), body.as_bytes()).await
    }

    /// What comes of a good request whose certificates are there.
    async fn verdict(&self, address: &str, id: &str) -> Option<Reason> {
        self.send(address, &self.body(id)).await.err().map(|refusal| refusal.reason)
    }
}

/// A good body, sent at this time.
fn launch(id: &str, sent: SystemTime) -> Value {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    // `Sun, 22 Nov 2026 03:00:00 GMT`
    let sent = httpdate::fmt_http_date(sent);
    let month = MONTHS.find(&sent[8..11]).unwrap() / 3 + 1;
    let timestamp = format!("{}-{month:02}-{}T{}Z", &sent[12..16], &sent[5..7], &sent[17..25]);
    let skill = json!({"application": {"applicationId": SKILL}});
    let device = json!({"deviceId": "amzn1.ask.device.stranger"});
    let user = json!({"userId": "amzn1.ask.account.stranger"});
    json!({
        "version": "1.0",
        "session": skill,
        "context": {
            "System": {"application": skill["application"], "device": device, "user": user},
        },
        "request": {
            "type": "LaunchRequest", "requestId": id, "timestamp": timestamp, "locale": "en-US",
        },
    })
}

fn reason(outcome: Result<Arrival, Refusal>) -> Reason {
    outcome.unwrap_err().reason
}

#[tokio::test]
async fn genuine_requests_are_taken_and_the_chain_is_fetched_once() {
    let scene = Scene::start().await;
    let body = scene.body("1");
    assert_eq!(scene.send(GOOD, &body).await, Ok(Arrival::New(body)));
    for (number, address) in [
        GOOD,
        "https://s3.amazonaws.com:443/echo.api/good.pem",
        "https://s3.amazonaws.com/echo.api/../echo.api/good.pem",
        "https://s3.amazonaws.com/echo.api/good.pem?number=1",
        "HTTPS://S3.AMAZONAWS.COM/echo.api/good.pem?number=2",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(scene.verdict(address, &format!("other-{number}")).await, None, "{address}");
    }
    assert_eq!(scene.depot.asked(), ["/echo.api/good.pem"]);
    let tally = scene.verifier.tally();
    assert_eq!((tally.accepted, tally.repeated, tally.refused.len()), (6, 0, 0));
    // Kept for a day, and no longer.
    scene.clock.advance(Duration::from_secs(86_399));
    assert_eq!(scene.verdict(GOOD, "later").await, None);
    assert!(scene.depot.asked().is_empty());
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(scene.verdict(GOOD, "tomorrow").await, None);
    assert_eq!(scene.depot.asked(), ["/echo.api/good.pem"]);
    // Where there is no other then, it is good as long as it is valid.
    scene.clock.advance(Duration::from_secs(86_400));
    scene.depot.put("/echo.api/good.pem", Page::Status(503));
    assert_eq!(scene.verdict(GOOD, "the day after").await, None);
    assert_eq!(scene.verdict(GOOD, "and again").await, None);
    assert_eq!(scene.depot.asked(), ["/echo.api/good.pem"]);
}

#[tokio::test]
async fn s_x4_strangers_who_name_many_addresses_do_not_pile_up() {
    let scene = Scene::start().await;
    let (body, clock) = (scene.body("1").to_string(), scene.clock.clone());
    let flood = (0..200).map(|number| {
        scene.depot.put(&format!("/echo.api/{number}.pem"), Page::Never);
        let address = format!("https://s3.amazonaws.com/echo.api/{number}.pem");
        let headers = signed(&address, body.as_bytes());
        let (verifier, body) = (&scene.verifier, &body);
        async move { verifier.verify(&headers, body.as_bytes()).await }
    });
    let mut flood: Vec<_> = flood.map(Box::pin).collect();
    // Four fetch and sixteen wait; the others are sent away at once, and those that wait soon.
    flood.retain_mut(|request| request.now_or_never().is_none());
    assert_eq!(flood.len(), 20);
    clock.advance(Duration::from_secs(3));
    flood.retain_mut(|request| request.now_or_never().is_none());
    assert_eq!(flood.len(), 4);
    assert_eq!(scene.verifier.tally().refused["no-chain"], 196);
    drop(flood);
    assert_eq!(scene.verdict(GOOD, "genuine").await, None);
}

#[tokio::test]
async fn s_x4_unsigned_requests_are_refused_before_anything_is_fetched() {
    let scene = Scene::start().await;
    let body = scene.body("1").to_string();
    let body = body.as_bytes();
    let whole = signed(GOOD, body);
    let without = |name: &str| {
        let mut headers = whole.clone();
        headers.remove(name).unwrap();
        headers
    };
    // What other projects took for a way around the signature is nothing here.
    let mut bypass = without("signature-256");
    bypass.insert("x-simulator-bypass", HeaderValue::from_static("1"));
    bypass.insert("signature", whole["signature-256"].clone());
    for headers in [HeaderMap::new(), without("signature-256"), bypass] {
        let outcome = scene.verifier.verify(&headers, body).await;
        assert_eq!(reason(outcome), Reason::NoSignature);
    }
    let outcome = scene.verifier.verify(&without("signaturecertchainurl"), body).await;
    assert_eq!(reason(outcome), Reason::BadAddress);
    let large = vec![b' '; LARGEST_BODY + 1];
    let outcome = scene.verifier.verify(&signed(GOOD, &large), &large).await;
    assert_eq!(reason(outcome), Reason::TooLarge);
    for address in [
        "http://s3.amazonaws.com/echo.api/good.pem",
        "https://notamazon.com/echo.api/good.pem",
        "https://s3.amazonaws.com/EcHo.aPi/good.pem",
        "https://s3.amazonaws.com/invalid.path/good.pem",
        "https://s3.amazonaws.com:563/echo.api/good.pem",
        "https://s3.amazonaws.com@evil.example/echo.api/good.pem",
        "https://s3.amazonaws.com/echo.api/%2e%2e/good.pem",
    ] {
        assert_eq!(scene.verdict(address, "1").await, Some(Reason::BadAddress), "{address}");
    }
    assert!(scene.depot.asked().is_empty());
    let tally = scene.verifier.tally();
    assert_eq!((tally.accepted, tally.refused["no-signature"]), (0, 3));
    assert_eq!((tally.refused["bad-address"], tally.refused["too-large"]), (8, 1));
    assert_eq!(tally.last_refusal.unwrap().at, NOW);
}

#[tokio::test]
async fn s_x4_changed_and_foreign_signatures_are_refused() {
    let scene = Scene::start().await;
    let body = scene.body("1").to_string();
    let headers = signed(GOOD, body.as_bytes());
    let tampered = body.replace("LaunchRequest", "IntentRequest");
    let outcome = scene.verifier.verify(&headers, tampered.as_bytes()).await;
    assert_eq!(reason(outcome), Reason::BadSignature);
    let spaced = body.replace(',', ", ");
    let outcome = scene.verifier.verify(&headers, spaced.as_bytes()).await;
    assert_eq!(reason(outcome), Reason::BadSignature);
    let mut old = leaf_params(ALEXA);
    old.not_after = date_time_ymd(2026, 11, 1);
    let good = scene.depot.chain(&leaf_params(ALEXA));
    for (path, chain, expected) in [
        ("name", scene.depot.chain(&leaf_params("evil.example")), Reason::WrongName),
        ("wildcard", scene.depot.chain(&leaf_params("*.amazon.com")), Reason::WrongName),
        ("expired", scene.depot.chain(&old), Reason::Expired),
        ("forged", Depot::forged_chain(&leaf_params(ALEXA)), Reason::BadChain),
        ("garbage", "<Error>none</Error>".to_owned(), Reason::BadChain),
        ("half", good[..good.len() / 2].to_owned(), Reason::BadChain),
        ("empty", String::new(), Reason::BadChain),
    ] {
        scene.depot.put(&format!("/echo.api/{path}.pem"), Page::Chain(chain));
        let address = format!("https://s3.amazonaws.com/echo.api/{path}.pem");
        assert_eq!(scene.verdict(&address, "1").await, Some(expected), "{path}");
    }
    // None of this was remembered as a request that came.
    assert_eq!(scene.verdict(GOOD, "1").await, None);
}

#[tokio::test]
async fn s_x4_requests_of_another_time_or_skill_are_refused() {
    let scene = Scene::start().await;
    for (timestamp, expected) in [
        ("2026-11-22T02:57:30Z", None),
        ("2026-11-22T03:02:30Z", None),
        ("2026-11-22T02:57:29Z", Some(Reason::TooOld { seconds: 151 })),
        ("2026-11-22T03:02:31Z", Some(Reason::TooOld { seconds: -151 })),
        ("soon", Some(Reason::NotJson)),
    ] {
        let mut body = scene.body(timestamp);
        body["request"]["timestamp"] = timestamp.into();
        let outcome = scene.send(GOOD, &body).await.err().map(|refusal| refusal.reason);
        assert_eq!(outcome, expected, "{timestamp}");
    }
    for pointer in ["/context/System", "/session"] {
        let mut body = scene.body("1");
        body.pointer_mut(pointer).unwrap()["application"]["applicationId"] =
            "amzn1.ask.skill.another".into();
        assert_eq!(reason(scene.send(GOOD, &body).await), Reason::OtherSkill, "{pointer}");
    }
    let certificates = Certificates::new(&scene.depot.settings()).unwrap();
    let none = Verifier::new(certificates, None, Arc::new(scene.clock.clone()));
    let body = scene.body("1").to_string();
    let outcome = none.verify(&signed(GOOD, body.as_bytes()), body.as_bytes()).await;
    assert_eq!(reason(outcome), Reason::OtherSkill);
}

#[tokio::test]
async fn s_x4_a_replayed_request_is_never_new() {
    let scene = Scene::start().await;
    let body = scene.body("1");
    assert_eq!(scene.send(GOOD, &body).await, Ok(Arrival::New(body.clone())));
    assert_eq!(scene.send(GOOD, &body).await, Ok(Arrival::Pending));
    let answer = Bytes::from_static(br#"{"version":"1.0"}"#);
    scene.verifier.answered("1", answer.clone());
    assert_eq!(scene.send(GOOD, &body).await, Ok(Arrival::Repeat(answer)));
    // Alexa would have given up by now.
    scene.clock.advance(Duration::from_secs(16));
    assert_eq!(reason(scene.send(GOOD, &body).await), Reason::Repeated);
    scene.clock.advance(Duration::from_secs(134));
    assert_eq!(reason(scene.send(GOOD, &body).await), Reason::Repeated);
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(reason(scene.send(GOOD, &body).await), Reason::TooOld { seconds: 151 });
    let tally = scene.verifier.tally();
    assert_eq!((tally.accepted, tally.repeated, tally.refused["repeated"]), (1, 2, 2));
}

#[tokio::test]
async fn of_many_copies_at_once_one_is_new() {
    let scene = Scene::start().await;
    let body = scene.body("1");
    let sent = (0..12).map(|_| scene.send(GOOD, &body));
    let outcomes = futures_util::future::join_all(sent).await;
    let count = |holds: fn(&Arrival) -> bool| {
        outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(holds)).count()
    };
    assert_eq!(count(|arrival| matches!(arrival, Arrival::New(_))), 1);
    assert_eq!(count(|arrival| matches!(arrival, Arrival::Pending)), 11);
    assert!(scene.depot.asked().len() <= 4);
}

#[tokio::test]
async fn only_a_whole_small_answer_from_the_address_itself_is_used() {
    let scene =
        Scene::start_with(|it| Settings { timeout: Duration::from_millis(800), ..it }).await;
    for (path, page) in [
        ("moved", Page::Moved("https://s3.amazonaws.com/echo.api/good.pem")),
        ("elsewhere", Page::Moved("https://evil.example/echo.api/good.pem")),
        ("forbidden", Page::Status(403)),
        ("broken", Page::Status(503)),
        ("empty", Page::Status(204)),
        ("large", Page::Large(64 * 1024 + 1)),
        ("never", Page::Never),
    ] {
        let target = format!("/echo.api/{path}.pem");
        scene.depot.put(&target, page);
        let address = format!("https://s3.amazonaws.com{target}");
        assert_eq!(scene.verdict(&address, "1").await, Some(Reason::NoChain), "{path}");
        assert_eq!(scene.depot.asked(), [target]);
    }
    // The longest that is looked at.
    scene.depot.put("/echo.api/full.pem", Page::Large(64 * 1024));
    let address = "https://s3.amazonaws.com/echo.api/full.pem";
    assert_eq!(scene.verdict(address, "1").await, Some(Reason::BadChain));
}

#[tokio::test]
async fn an_address_without_a_chain_rests_and_then_is_asked_again() {
    let scene = Scene::start().await;
    let target = "/echo.api/late.pem";
    let address = "https://s3.amazonaws.com/echo.api/late.pem";
    for _ in 0..5 {
        assert_eq!(scene.verdict(address, "1").await, Some(Reason::NoChain));
    }
    assert_eq!(scene.depot.asked(), [target]);
    scene.depot.put(target, Page::Chain(scene.depot.chain(&leaf_params(ALEXA))));
    scene.clock.advance(Duration::from_secs(10));
    assert_eq!(scene.verdict(address, "1").await, None);
    assert_eq!(scene.depot.asked(), [target]);
}

#[tokio::test]
async fn eight_chains_are_kept_and_what_expired_is_fetched_anew() {
    let scene = Scene::start().await;
    let address = |number| format!("https://s3.amazonaws.com/echo.api/{number}.pem");
    for number in 0..9 {
        let mut params = leaf_params(ALEXA);
        params.not_after = date_time_ymd(2026, 11, 22) + Duration::from_secs(4 * 3_600);
        let chain = scene.depot.chain(&params);
        scene.depot.put(&format!("/echo.api/{number}.pem"), Page::Chain(chain));
        assert_eq!(scene.verdict(&address(number), &format!("first-{number}")).await, None);
    }
    assert_eq!(scene.depot.asked().len(), 9);
    assert_eq!(scene.verdict(&address(1), "second-1").await, None);
    assert!(scene.depot.asked().is_empty());
    assert_eq!(scene.verdict(&address(0), "second-0").await, None);
    assert_eq!(scene.depot.asked(), ["/echo.api/0.pem"]);
    // An hour later those have expired. Amazon has put a new one in place of the first.
    scene.clock.advance(Duration::from_secs(3_601));
    scene.depot.put("/echo.api/0.pem", Page::Chain(scene.depot.chain(&leaf_params(ALEXA))));
    assert_eq!(scene.verdict(&address(0), "third-0").await, None);
    assert_eq!(scene.verdict(&address(1), "third-1").await, Some(Reason::Expired));
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_with_how_far_it_is_off() {
    let scene = Scene::start().await;
    // Ours is 200 s behind: requests come from the future.
    scene.depot.set_date(from_unix(NOW + 200));
    let mut body = scene.body("1");
    body["request"]["timestamp"] = "2026-11-22T03:03:20Z".into();
    assert_eq!(reason(scene.send(GOOD, &body).await), Reason::TooOld { seconds: -200 });
    assert_eq!(scene.verifier.tally().clock_off, Some(200));
    // Once requests pass again, it is not told any more.
    assert_eq!(scene.verdict(GOOD, "2").await, None);
    assert_eq!(scene.verifier.tally().clock_off, None);
    // A request that is old by itself says nothing about the clock.
    let other = Scene::start().await;
    other.depot.set_date(from_unix(NOW));
    let mut old = other.body("1");
    old["request"]["timestamp"] = "2026-11-22T02:00:00Z".into();
    assert_eq!(reason(other.send(GOOD, &old).await), Reason::TooOld { seconds: 3_600 });
    assert_eq!(other.verifier.tally().clock_off, None);
    // A comparison of an hour ago is none, so the clocks are compared again with the next request.
    other.clock.advance(Duration::from_secs(7_200));
    other.depot.set_date(from_unix(NOW));
    other.depot.asked();
    let mut from_amazon = other.body("2");
    from_amazon["request"]["timestamp"] = "2026-11-22T03:00:00Z".into();
    assert_eq!(reason(other.send(GOOD, &from_amazon).await), Reason::TooOld { seconds: 7_200 });
    assert_eq!(other.verifier.tally().clock_off, None);
    from_amazon["request"]["requestId"] = "3".into();
    assert_eq!(reason(other.send(GOOD, &from_amazon).await), Reason::TooOld { seconds: 7_200 });
    assert_eq!(other.verifier.tally().clock_off, Some(-7_200));
}

/// What a gateway answers to a request: status and body.
async fn posted(gateway: &Gateway, headers: &HeaderMap, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    let mut text = format!(
        "POST /alexa/skill HTTP/1.1\r\nHost: music.example.org\r\nContent-Length: {}\r\n\
         Connection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    stream.write_all(format!("{text}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn s_x4_a_gateway_answers_strangers_with_an_empty_400_and_does_nothing() {
    let (world, depot) = (World::start().await, Depot::start().await);
    world.signed_in().await.close().await;
    let clock = ManualClock::new(SystemTime::now());
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let account = Account::open_with(&world.store(), &world.settings(), shared).await.unwrap();
    let mut settings = GatewaySettings::new("https://music.example.org").unwrap();
    settings.listen = ([127, 0, 0, 1], 0).into();
    settings.skill_id = Some(SKILL.to_owned());
    let gateway = Gateway::start(&account, settings, &depot.settings()).await.unwrap();
    world.sim.clear_journal();
    let good = launch("1", clock.now());
    let with = |pointer: &str, value: Value| {
        let mut other = good.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        other.to_string()
    };
    let text = good.to_string();
    let foreign = with("/session/application/applicationId", json!("amzn1.ask.skill.another"));
    let old = with("/request/timestamp", json!("2026-01-01T00:00:00Z"));
    let cases = [
        ("no-signature", HeaderMap::new(), text.clone()),
        (
            "bad-address",
            signed("https://evil.example/echo.api/x.pem", text.as_bytes()),
            text.clone(),
        ),
        ("bad-signature", signed(GOOD, b"{}"), text.clone()),
        ("other-skill", signed(GOOD, foreign.as_bytes()), foreign),
        ("too-old", signed(GOOD, old.as_bytes()), old),
        ("not-json", signed(GOOD, b"{}"), "{}".to_owned()),
    ];
    for (expected, headers, body) in &cases {
        let answer = posted(&gateway, headers, body).await;
        assert_eq!(answer, (400, String::new()), "{expected}");
        assert_eq!(gateway.facts()["requests"]["refused"][expected], 1, "{expected}");
    }
    assert!(gateway.pairings().is_empty() && gateway.stages().is_empty());
    // The same from Alexa is answered, for a retry in the same words, and to a thief not at all.
    let headers = signed(GOOD, text.as_bytes());
    let (status, answer) = posted(&gateway, &headers, &text).await;
    assert_eq!(status, 200);
    assert!(answer.starts_with('{'), "{answer}");
    assert_eq!(gateway.pairings().len(), 1);
    assert_eq!(posted(&gateway, &headers, &text).await, (200, answer));
    clock.advance(Duration::from_secs(16));
    assert_eq!(posted(&gateway, &headers, &text).await, (400, String::new()));
    let requests = gateway.facts()["requests"].clone();
    assert_eq!((&requests["accepted"], &requests["refused"]["repeated"]), (&json!(1), &json!(1)));
    assert!(world.requests("/api/behaviors").is_empty());
    gateway.close().await;
    account.close().await;
}
