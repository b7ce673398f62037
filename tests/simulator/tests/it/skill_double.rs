//! A double of a gateway: an endpoint that answers as told, and sound with ranges, over TLS.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amazon_simulator::{
    Audible, CertificateOrder, EchoView, Issuer, Options, Simulator, SkillSeed, sound,
};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::support::KITCHEN;

pub(crate) const SKILL: &str = "amzn1.ask.skill.00000000-0000-4000-a000-000000000006";
pub(crate) const HOST: &str = "music.example.org";

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) json: Value,
}

impl Asked {
    pub(crate) fn kind(&self) -> &str {
        self.json["request"]["type"].as_str().unwrap()
    }
}

type Answers = Box<dyn FnMut(&Value) -> Value + Send>;

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) asked: Vec<Asked>,
    /// Ranges asked for, by item; empty without one.
    pub(crate) fetched: Vec<(String, String)>,
    answers: Option<Answers>,
    /// Bytes after which the next bodies break.
    pub(crate) breaks: VecDeque<usize>,
    /// Whether answers have a length.
    pub(crate) chunked: bool,
    pub(crate) status: Option<u16>,
    /// Answers come only after this.
    pub(crate) waits: Option<Arc<Notify>>,
    /// Lets `slow` sound go on.
    pub(crate) more: Arc<Notify>,
}

#[derive(Clone, Default)]
pub(crate) struct Double(Arc<Mutex<Inner>>);

impl Double {
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    pub(crate) fn answer(&self, answers: impl FnMut(&Value) -> Value + Send + 'static) {
        self.with(|inner| inner.answers = Some(Box::new(answers)));
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.with(|inner| inner.asked.iter().map(|one| short(one.kind())).collect())
    }

    pub(crate) fn asked(&self, kind: &str) -> Vec<Asked> {
        self.with(|inner| inner.asked.iter().filter(|a| short(a.kind()) == kind).cloned().collect())
    }
}

/// The last word of a kind.
fn short(kind: &str) -> String {
    kind.rsplit('.').next().unwrap().to_owned()
}

/// An answer with directives.
pub(crate) fn answer(directives: &[Value]) -> Value {
    json!({ "version": "1.0", "response": { "directives": directives, "shouldEndSession": true } })
}

pub(crate) fn nothing() -> Value {
    json!({ "version": "1.0", "response": {} })
}

/// A Play directive for an item of so many seconds.
pub(crate) fn play(behavior: &str, item: &str, seconds: u64, after: Option<&str>) -> Value {
    let mut stream = json!({
        "url": format!("https://{HOST}/audio/{item}/{seconds}"), "token": item,
        "offsetInMilliseconds": 0,
    });
    if let Some(after) = after {
        stream["expectedPreviousToken"] = after.into();
    }
    json!({
        "type": "AudioPlayer.Play", "playBehavior": behavior,
        "audioItem": { "stream": stream, "metadata": {
            "title": format!("Title of {item}"), "subtitle": "Somebody - Something",
        } },
    })
}

async fn asked(State(double): State<Double>, headers: HeaderMap, body: Bytes) -> Response {
    let json: Value = serde_json::from_slice(&body).unwrap();
    let waits = double.with(|inner| {
        inner.asked.push(Asked { headers, body, json: json.clone() });
        inner.waits.clone()
    });
    if let Some(waits) = waits {
        waits.notified().await;
    }
    double.with(|inner| {
        if let Some(status) = inner.status {
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        let answer = inner.answers.as_mut().map_or_else(nothing, |answers| answers(&json));
        Json(answer).into_response()
    })
}

async fn audio(
    State(double): State<Double>,
    Path((item, seconds)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Response {
    let range = headers.get("range").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let (cut, chunked, more) = double.with(|inner| {
        inner.fetched.push((item.clone(), range.clone()));
        (inner.breaks.pop_front(), inner.chunked, Arc::clone(&inner.more))
    });
    if item == "gone" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let whole = sound::frames(&item, 0, sound::frames_in(seconds * 1000));
    let from = range.strip_prefix("bytes=").and_then(|r| r.strip_suffix('-'));
    let from: usize = from.map_or(0, |from| from.parse().unwrap());
    let rest = whole[from..].to_vec();
    let mut response = Response::builder();
    if from > 0 {
        let said = format!("bytes {from}-{}/{}", whole.len() - 1, whole.len());
        response = response.status(206).header("content-range", said);
    }
    if !chunked {
        response = response.header("content-length", rest.len());
    }
    let pieces: Vec<Result<Bytes, std::io::Error>> = match cut {
        Some(cut) => vec![
            Ok(Bytes::copy_from_slice(&rest[..cut.min(rest.len())])),
            Err(std::io::Error::other("broken")),
        ],
        None => rest.chunks(4000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect(),
    };
    let is_slow = item == "slow";
    let pieces = futures_util::stream::iter(pieces).enumerate().then(move |(n, piece)| {
        let more = Arc::clone(&more);
        async move {
            if is_slow && n == 2 {
                more.notified().await;
            }
            told(piece).await
        }
    });
    response.body(Body::from_stream(pieces)).unwrap()
}

async fn told(piece: Result<Bytes, std::io::Error>) -> Result<Bytes, std::io::Error> {
    if piece.is_err() {
        // What came before it has to get out.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    piece
}

/// A simulator with a skill whose endpoint is the double.
pub(crate) struct Stage {
    pub(crate) simulator: Arc<Simulator>,
    pub(crate) double: Double,
}

pub(crate) async fn serve(
    simulator: &Simulator,
    order: &CertificateOrder,
    versions: &[&'static rustls::SupportedProtocolVersion],
    router: Router,
) -> SocketAddr {
    let issued = simulator.issue(order).unwrap();
    let chain = CertificateDer::pem_slice_iter(issued.chain_pem.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                let Ok(tls) = acceptor.accept(stream).await else { return };
                let service = TowerToHyperService::new(router);
                let builder = Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(TokioIo::new(tls), service).await;
            });
        }
    });
    address
}

pub(crate) const BOTH: &[&rustls::SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

impl Stage {
    pub(crate) async fn new() -> Self {
        let mut order = CertificateOrder::new(&[HOST]);
        order.issuer = Issuer::Intermediate;
        Self::with(&order, BOTH).await
    }

    pub(crate) async fn with(
        order: &CertificateOrder,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Self {
        let simulator = Simulator::start(Options::default()).await.unwrap();
        simulator.hold_clock(true);
        let double = Double::default();
        let router = Router::new()
            .route("/alexa/skill", post(asked))
            .route("/audio/{item}/{seconds}", get(audio))
            .with_state(double.clone());
        let address = serve(&simulator, order, versions, router).await;
        simulator.resolve(HOST, address);
        let endpoint = format!("https://{HOST}/alexa/skill").parse().unwrap();
        simulator.add_skill(SkillSeed::new(SKILL, endpoint, "music assistant"));
        Self { simulator: Arc::new(simulator), double }
    }

    pub(crate) fn echo(&self) -> EchoView {
        self.simulator.echo(KITCHEN).unwrap()
    }

    pub(crate) fn audible(&self) -> Option<Audible> {
        self.simulator.audible(KITCHEN)
    }

    pub(crate) fn open(&self) {
        self.simulator.say(KITCHEN, "Alexa, open music assistant");
    }

    /// Waits until nothing happens any more.
    pub(crate) async fn settle(&self) {
        let (mut last, mut quiet) = (String::new(), 0);
        while quiet < 5 {
            tokio::time::sleep(Duration::from_millis(3)).await;
            let counters = self.simulator.counters();
            let answered = counters.skill_requests == counters.skill_answers;
            let now = format!("{counters:?}");
            let rests = now == last && (answered || self.double.with(|i| i.waits.is_some()));
            quiet = if rests { quiet + 1 } else { 0 };
            last = now;
        }
    }

    /// Lets seconds pass, one by one.
    pub(crate) async fn pass(&self, seconds: u64) {
        for _ in 0..seconds {
            self.simulator.advance(Duration::from_secs(1));
            self.settle().await;
        }
    }

    /// Waits for something real.
    pub(crate) async fn until(&self, mut holds: impl FnMut(&Self) -> bool) {
        for _ in 0..2000 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("it did not come to be: {:?}", self.echo());
    }

    /// Plays an item of so many seconds, with nothing after it.
    pub(crate) async fn playing(&self, item: &'static str, seconds: u64) {
        self.double.answer(move |asked| match asked["request"]["type"].as_str() {
            Some("LaunchRequest") => answer(&[play("REPLACE_ALL", item, seconds, None)]),
            Some("IntentRequest") => answer(&[json!({ "type": "AudioPlayer.Stop" })]),
            _ => nothing(),
        });
        self.open();
        self.until(|stage| stage.double.kinds().contains(&"PlaybackStarted".to_owned())).await;
        self.settle().await;
    }
}
