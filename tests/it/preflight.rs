//! The check of the whole way, with one link broken at a time.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::routing::post;
use axum::{Json, Router};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::StatusCode;
use mass_alexa::clock::SystemClock;
use mass_alexa::gateway::GatewaySettings;
use mass_alexa::gateway::listener::Listener;
use mass_alexa::gateway::preflight::{
    Console, Launch, LocaleFacts, Probe, Resolver, SkillFacts, Sound, Step, StepName, Subject,
    SystemResolver, Verdict, check,
};
use mass_alexa::{Device, DeviceKind, Result};
use rustls::SupportedProtocolVersion;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::front::{Authority, BOTH, Front, ONLY_12, ONLY_13, Order};

const NAME: &str = "music.example.org";
const SKILL: &str = "amzn1.ask.skill.1";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A house with a gateway and something in front of it, and all that Amazon knows.
struct House {
    authority: Authority,
    folder: TempDir,
    settings: GatewaySettings,
    listener: Option<Listener>,
    front: Option<Front>,
    facts: Option<SkillFacts>,
    has_console: bool,
    launch: fn() -> Launch,
    sound: fn() -> Sound,
    heard_at: Option<SystemTime>,
    locale: &'static str,
}

impl House {
    /// With everything as it should be.
    async fn new() -> Self {
        let mut house = Self::closed();
        house.open(&Order::of(NAME), BOTH).await;
        house
    }

    /// With nothing that listens.
    fn closed() -> Self {
        let settings = GatewaySettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            skill_id: Some(SKILL.to_owned()),
            ..GatewaySettings::new("https://music.example.org").unwrap()
        };
        let locales = BTreeMap::from([(
            "de-DE".to_owned(),
            LocaleFacts {
                invocation_name: Some("music assistant".to_owned()),
                is_built: Some(true),
            },
        )]);
        let facts = SkillFacts {
            version: Some(VERSION.to_owned()),
            endpoint: Some("https://music.example.org/alexa/skill".to_owned()),
            locales,
            is_testing: Some(true),
        };
        Self {
            authority: Authority::new(),
            folder: tempfile::tempdir().unwrap(),
            settings,
            listener: None,
            front: None,
            facts: Some(facts),
            has_console: true,
            launch: || Launch::Answered,
            sound: || Sound::Fetched(4_096),
            heard_at: None,
            locale: "de-DE",
        }
    }

    /// Opens the gateway and something in front of it.
    async fn open(&mut self, order: &Order, versions: &[&'static SupportedProtocolVersion]) {
        let routes = Router::new().route("/alexa/skill", post(async || StatusCode::BAD_REQUEST));
        let listener =
            Listener::start(&self.settings, routes, Arc::new(SystemClock)).await.unwrap();
        let to = listener.address();
        self.listener = Some(listener);
        self.put_before(to, order, versions).await;
    }

    async fn put_before(
        &mut self,
        to: SocketAddr,
        order: &Order,
        versions: &[&'static SupportedProtocolVersion],
    ) {
        let front = Front::start(to, &self.authority.issue(order), versions).await;
        self.settings.public_at = Some(front.address);
        self.front = Some(front);
    }

    /// Something else than a gateway, with this router.
    async fn serve_instead(&mut self, routes: Router) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        self.put_before(to, &Order::of(NAME), BOTH).await;
    }

    fn facts(&mut self) -> &mut SkillFacts {
        self.facts.as_mut().unwrap()
    }

    fn extra_ca(&self) -> PathBuf {
        let path = self.folder.path().join("ca.pem");
        std::fs::write(&path, self.authority.pem()).unwrap();
        path
    }

    async fn check(&self) -> Report {
        self.check_with(&SystemResolver, true).await
    }

    async fn check_with(&self, resolver: &dyn Resolver, has_probe: bool) -> Report {
        let (extra_ca, echo) = (self.extra_ca(), echo(self.locale));
        let subject = Subject {
            settings: &self.settings,
            extra_ca: Some(&extra_ca),
            clock: Arc::new(SystemClock),
            resolver,
            echo: Some(&echo),
            console: self.has_console.then_some(self as &dyn Console),
            probe: has_probe.then_some(self as &dyn Probe),
        };
        let told = Mutex::new(Vec::new());
        let steps = check(&subject, |step| told.lock().unwrap().push(step.clone())).await;
        assert_eq!(told.into_inner().unwrap(), steps);
        assert!(steps.iter().map(|step| step.name).eq(StepName::ALL));
        for step in &steps {
            let needs_one = matches!(step.verdict, Verdict::Failed | Verdict::Warned);
            assert!(!needs_one || step.next_step.ends_with('.'), "{step:?}");
            assert!(step.sentence.ends_with(['.', '\u{201d}']), "{step:?}");
        }
        Report(steps)
    }
}

impl Console for House {
    fn skill<'a>(
        &'a self,
        id: &'a str,
        locale: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<SkillFacts>>> {
        assert_eq!(locale, Some(self.locale));
        assert_eq!(id, self.settings.skill_id.as_deref().unwrap());
        async { Ok(self.facts.clone()) }.boxed()
    }
}

impl Probe for House {
    fn heard_at(&self) -> Option<SystemTime> {
        self.heard_at
    }

    fn launch<'a>(&'a self, _serial: &'a str) -> BoxFuture<'a, Launch> {
        async { (self.launch)() }.boxed()
    }

    fn play<'a>(&'a self, _serial: &'a str) -> BoxFuture<'a, Sound> {
        async { (self.sound)() }.boxed()
    }
}

fn echo(locale: &str) -> Device {
    Device {
        serial: "G0911W0000000001".to_owned(),
        device_type: "A3RMGO6LYLH7YN".to_owned(),
        name: "Kitchen".to_owned(),
        family: "ECHO".to_owned(),
        kind: DeviceKind::Speaker,
        model: None,
        manufacturer: None,
        firmware: None,
        online: true,
        owner: None,
        members: Vec::new(),
        parents: Vec::new(),
        capabilities: [].into(),
        locale: Some(locale.to_owned()),
        is_player: true,
        reason: None,
        features: [].into(),
    }
}

struct Report(Vec<Step>);

impl Report {
    fn step(&self, name: StepName) -> &Step {
        self.0.iter().find(|step| step.name == name).unwrap()
    }

    fn broken(&self) -> Vec<&'static str> {
        let broken = self.0.iter().filter(|step| step.verdict == Verdict::Failed);
        broken.map(|step| step.name.name()).collect()
    }

    /// The only broken link has this name and is described by these words.
    fn names(&self, name: StepName, words: &[&str]) {
        assert_eq!(self.broken(), [name.name()], "{:#?}", self.0);
        let sentence = &self.step(name).sentence;
        assert!(words.iter().all(|word| sentence.contains(word)), "{sentence}");
    }

    fn warns(&self, name: StepName, words: &[&str]) {
        let step = self.step(name);
        assert_eq!(step.verdict, Verdict::Warned, "{step:?}");
        assert!(words.iter().all(|word| step.sentence.contains(word)), "{step:?}");
    }
}

#[tokio::test]
async fn with_everything_in_order_every_step_passes() {
    let report = House::new().await.check().await;
    for step in &report.0 {
        let expected = if step.name == StepName::Dns { Verdict::Skipped } else { Verdict::Passed };
        assert_eq!(step.verdict, expected, "{step:?}");
    }
}

#[tokio::test]
async fn without_the_developer_sign_in_a_launch_proves_the_skill() {
    let mut house = House::new().await;
    house.has_console = false;
    let report = house.check().await;
    assert!(report.broken().is_empty());
    for name in [StepName::Skill, StepName::Endpoint, StepName::Locale, StepName::Testing] {
        assert_eq!(report.step(name).verdict, Verdict::Passed, "{:?}", report.step(name));
    }
}

#[tokio::test]
async fn without_a_running_gateway_it_says_what_cannot_be_known_and_where_to_look() {
    let mut house = House::new().await;
    house.has_console = false;
    let report = house.check_with(&SystemResolver, false).await;
    assert!(report.broken().is_empty());
    for step in report.0.iter().filter(|step| !step.next_step.is_empty()) {
        assert!(step.next_step.ends_with('.'), "{step:?}");
    }
    assert_eq!(report.step(StepName::Reachable).verdict, Verdict::Passed);
    for name in [StepName::Skill, StepName::Endpoint, StepName::Locale, StepName::Testing] {
        let step = report.step(name);
        assert_eq!(step.verdict, Verdict::Skipped);
        assert!(step.next_step.contains("developer.amazon.com"), "{step:?}");
    }
    assert!(report.step(StepName::Launch).next_step.contains("Check streaming"));
    house.settings.skill_id = None;
    house.listener = None;
    house.open(&Order::of(NAME), BOTH).await;
    let report = house.check_with(&SystemResolver, false).await;
    assert!(report.broken().is_empty());
    assert_eq!(report.step(StepName::Skill).verdict, Verdict::Skipped);
}

#[tokio::test]
async fn s_k1_a_skill_that_is_missing_is_named() {
    let mut house = House::new().await;
    house.facts = None;
    house.check().await.names(StepName::Skill, &["no skill", SKILL]);
    house.settings.skill_id = None;
    house.listener = None;
    house.open(&Order::of(NAME), BOTH).await;
    house.check().await.names(StepName::Skill, &["No skill is set"]);
}

#[tokio::test]
async fn s_k1_another_account_is_named() {
    let mut house = House::new().await;
    house.launch = || Launch::Refused { said: "I could not find that skill.".to_owned() };
    let report = house.check().await;
    assert_eq!(report.broken(), ["enabled", "launch"]);
    assert!(report.step(StepName::Enabled).sentence.contains("account of Kitchen"));
    assert!(report.step(StepName::Launch).sentence.contains("could not find that skill"));
    house.launch = || Launch::Unanswered;
    house.check().await.warns(StepName::Enabled, &["Perhaps", "account of Kitchen"]);
}

#[tokio::test]
async fn s_k1_testing_that_is_off_is_named() {
    let mut house = House::new().await;
    house.facts().is_testing = Some(false);
    house.check().await.names(StepName::Testing, &["switched off"]);
}

#[tokio::test]
async fn s_k1_a_locale_that_does_not_fit_is_named() {
    let mut house = House::new().await;
    house.locale = "fr-FR";
    house.check().await.names(StepName::Locale, &["fr-FR", "de-DE", "Kitchen"]);
    house.locale = "sv-SE";
    house.check().await.names(StepName::Locale, &["sv-SE", "no skills"]);
    house.locale = "de-DE";
    house.facts().locales.get_mut("de-DE").unwrap().is_built = Some(false);
    house.check().await.names(StepName::Locale, &["not built"]);
}

#[tokio::test]
async fn s_k1_an_endpoint_that_differs_is_named() {
    let mut house = House::new().await;
    house.facts().endpoint = Some("https://old.example.org/alexa/skill".to_owned());
    let words = ["https://old.example.org/alexa/skill", "https://music.example.org/alexa/skill"];
    house.check().await.names(StepName::Endpoint, &words);
    house.facts().endpoint = None;
    house.check().await.names(StepName::Endpoint, &["nowhere"]);
}

#[tokio::test]
async fn s_k1_an_endpoint_that_is_not_reachable_is_named() {
    let mut house = House::closed();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    house.settings.public_at = Some(nobody.local_addr().unwrap());
    drop(nobody);
    house.launch = || Launch::Unanswered;
    let report = house.check().await;
    assert_eq!(report.broken(), ["reachable", "launch"]);
    assert!(report.step(StepName::Reachable).sentence.contains("refuses connections"));
    assert_eq!(report.step(StepName::Enabled).verdict, Verdict::Skipped);
    // The gateway behind the proxy is down.
    let mut house = House::new().await;
    house.serve_instead(Router::new().fallback(async || StatusCode::BAD_GATEWAY)).await;
    house.check().await.names(StepName::Reachable, &["502", "behind it"]);
    // The proxy hands on one path only.
    let mut house = House::new().await;
    let health = serde_json::json!({"service": "mass-alexa", "version": VERSION,
        "skill": mass_alexa::gateway::listener::fingerprint(SKILL)});
    let routes = Router::new()
        .route("/alexa/health", axum::routing::get(async move || Json(health)))
        .fallback(async || StatusCode::FORBIDDEN);
    house.serve_instead(routes).await;
    house.check().await.names(StepName::Reachable, &["do not get through", "403"]);
}

#[tokio::test]
async fn s_k1_a_launch_without_an_answer_and_another_phrase_are_named() {
    let mut house = House::new().await;
    house.launch = || Launch::Unanswered;
    house.check().await.names(StepName::Launch, &["Kitchen", "no request came"]);
    let locale = house.facts().locales.get_mut("de-DE").unwrap();
    locale.invocation_name = Some("musik zuhause".to_owned());
    house.check().await.names(StepName::Launch, &["musik zuhause", "music assistant"]);
    house.launch = || Launch::Answered;
    house.check().await.warns(StepName::Launch, &["musik zuhause"]);
    house.launch = || Launch::Rejected { reason: "too-old" };
    house.check().await.names(StepName::Launch, &["our clock"]);
    house.launch = || Launch::Rejected { reason: "other-skill" };
    let report = house.check().await;
    assert_eq!(report.broken(), ["skill", "launch"]);
}

#[tokio::test]
async fn s_k1_an_echo_that_fetched_nothing_is_named() {
    let mut house = House::new().await;
    house.sound = || Sound::NotFetched;
    house.check().await.names(StepName::Audio, &["Kitchen", "no byte"]);
}

/// Where every name leads.
struct Leads(&'static [&'static str]);

impl Resolver for Leads {
    fn resolve<'a>(&'a self, _host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async { Ok(self.0.iter().map(|text| text.parse().unwrap()).collect()) }.boxed()
    }
}

#[tokio::test]
async fn s_k2_an_address_inside_the_house_is_refused_with_the_reason() {
    let mut house = House::closed();
    for (address, why) in [
        ("https://192.168.1.5", "number"),
        ("http://music.example.org", "https://"),
        ("https://nas.local", "this network only"),
    ] {
        house.settings.public_url = address.parse().unwrap();
        house.check().await.names(StepName::Address, &[why]);
    }
    house.settings.public_url = "https://music.example.org:8443".parse().unwrap();
    house.check().await.names(StepName::Address, &["8443", "443"]);
    house.settings.public_url = "https://music.example.org".parse().unwrap();
    house.launch = || Launch::Unanswered;
    let report = house.check_with(&Leads(&["127.0.0.1"]), true).await;
    let dns = report.step(StepName::Dns);
    assert_eq!(dns.verdict, Verdict::Failed);
    assert!(dns.sentence.contains("127.0.0.1") && dns.sentence.contains("machine itself"));
    let report = house.check_with(&Leads(&[]), true).await;
    assert!(report.step(StepName::Dns).sentence.contains("leads nowhere"));
}

#[tokio::test]
async fn s_k3_every_fault_of_the_certificate_is_named() {
    let good = Order::of(NAME);
    for (order, words) in [
        (Order { from: -90, until: -3, ..good.clone() }, vec!["expired", "3 days"]),
        (Order { from: 2, ..good.clone() }, vec!["not valid before"]),
        (Order { is_self_signed: true, ..good.clone() }, vec!["self-signed"]),
        (
            Order { name: "other.example.org".into(), ..good.clone() },
            vec!["other.example.org", NAME],
        ),
        (Order { is_complete: false, ..good.clone() }, vec!["incomplete", "Between"]),
        (
            Order {
                is_self_signed: true,
                until: -3,
                from: -9,
                name: "x.example.org".into(),
                ..good.clone()
            },
            vec!["self-signed", "expired", "x.example.org"],
        ),
    ] {
        let mut house = House::closed();
        house.open(&order, BOTH).await;
        house.check().await.names(StepName::Certificate, &words);
    }
    let mut house = House::new().await;
    house.authority = Authority::new();
    house.check().await.names(StepName::Certificate, &["authority", "Root"]);
    let mut house = House::closed();
    house.open(&Order { until: 5, ..good.clone() }, BOTH).await;
    house.check().await.warns(StepName::Certificate, &["ends in"]);
    let mut house = House::closed();
    house.open(&Order { name: "*.example.org".into(), ..good }, BOTH).await;
    assert!(house.check().await.broken().is_empty());
}

#[tokio::test]
async fn s_k3_versions_of_tls_are_named() {
    let mut house = House::closed();
    house.open(&Order::of(NAME), ONLY_13).await;
    house.check().await.names(StepName::Tls, &["Only TLS 1.3", "TLS 1.2"]);
    let mut house = House::closed();
    house.open(&Order::of(NAME), ONLY_12).await;
    assert!(house.check().await.broken().is_empty());
    // The gateway's own port without TLS in front.
    let mut house = House::new().await;
    house.settings.public_at = house.listener.as_ref().map(Listener::address);
    house.check().await.names(StepName::Tls, &["Neither"]);
}

#[tokio::test]
async fn s_k4_an_old_gateway_and_an_old_skill_are_told() {
    let mut house = House::new().await;
    let health = serde_json::json!({"service": "mass-alexa", "version": "0.0.9", "skill": null});
    let routes = Router::new()
        .route("/alexa/health", axum::routing::get(async move || Json(health)))
        .route("/alexa/skill", post(async || StatusCode::BAD_REQUEST));
    house.serve_instead(routes).await;
    house.check().await.names(StepName::Reachable, &["0.0.9", VERSION]);
    let mut house = House::new().await;
    house.facts().version = Some("0.0.9".to_owned());
    let report = house.check().await;
    report.warns(StepName::Skill, &["0.0.9", VERSION]);
    assert!(report.step(StepName::Skill).next_step.contains("skill deploy"));
    house.facts().version = None;
    house.check().await.warns(StepName::Skill, &["not made by mass-alexa"]);
}

#[tokio::test]
async fn a_router_that_does_not_lead_back_in_is_told_from_a_closed_port() {
    let mut house = House::closed();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    house.settings.public_at = Some(nobody.local_addr().unwrap());
    drop(nobody);
    let report = house.check().await;
    assert!(report.broken().is_empty(), "{:#?}", report.0);
    report.warns(StepName::Reachable, &["requests of Amazon arrive"]);
    house.launch = || Launch::Unanswered;
    house.heard_at = Some(SystemTime::now() - Duration::from_secs(60));
    house.check().await.warns(StepName::Reachable, &["requests of Amazon arrive"]);
    house.heard_at = Some(SystemTime::now() - Duration::from_secs(6_000));
    assert!(house.check().await.broken().contains(&"reachable"));
}
