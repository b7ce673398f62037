//! A gateway's sound and pictures alone: on a port of loopback, with a host that knows what plays.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use mass_alexa::Secret;
use mass_alexa::clock::{Clock, ManualClock, from_unix};
use mass_alexa::gateway::media::{
    CueRef, FetchKind, FetchReport, Limits, Media, NoSource, Source, Sources,
};
use mass_alexa::gateway::signer::Signer;
use reqwest::Response;
use tokio::net::{TcpListener, TcpSocket};
use url::Url;

use crate::support::log_everything;
use crate::upstream::{Sound, Upstream};

pub(crate) const ECHO: &str = "G0911W0000000001";
const PUBLIC: &str = "https://music.example.org";
/// Waits on the wall for what needs no time.
const TURN: Duration = Duration::from_millis(2);
const TURNS: usize = 5_000;

/// What became of a fetch: what, bytes, from where.
pub(crate) type Report = (FetchKind, u64, u64);

/// What plays, as the host knows it.
#[derive(Default)]
pub(crate) struct Host {
    sources: Mutex<HashMap<u64, Result<Source, NoSource>>>,
    reports: Mutex<Vec<Report>>,
}

impl Sources for Host {
    fn source(&self, cue: CueRef) -> BoxFuture<'_, Result<Source, NoSource>> {
        assert_eq!(cue.serial, ECHO);
        let source = self.sources.lock().unwrap().get(&cue.sequence).cloned();
        Box::pin(async move { source.unwrap_or(Err(NoSource::Gone)) })
    }

    fn fetched(&self, _: &CueRef, report: &FetchReport) {
        let report = (report.kind.clone(), report.bytes, report.from);
        self.reports.lock().unwrap().push(report);
    }
}

/// All of it.
pub(crate) struct Stage {
    pub(crate) media: Media,
    pub(crate) host: Arc<Host>,
    pub(crate) clock: ManualClock,
    pub(crate) upstream: Upstream,
    address: SocketAddr,
    client: reqwest::Client,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    /// With little memory.
    pub(crate) async fn small() -> Self {
        let limits = Limits { ring: 200_000, together: 400_000, least: 50_000, ahead: 50_000 };
        Self::with(limits).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        log_everything();
        let (host, clock) = (Arc::new(Host::default()), ManualClock::new(from_unix(1_800_000_000)));
        let signer = Signer::new(Secret::from("the key of this gateway"));
        let public = Url::parse(PUBLIC).unwrap();
        let sources: Arc<dyn Sources> = Arc::clone(&host) as _;
        let media =
            Media::with_limits(signer, public, sources, Arc::new(clock.clone()), limits).unwrap();
        let listener = listener();
        let address = listener.local_addr().unwrap();
        let routes = media.router();
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .tls_backend_preconfigured(no_tls())
            .build()
            .unwrap();
        Self { media, host, clock, upstream: Upstream::start().await, address, client }
    }

    /// Serves a sound and gives it to the Echo under this number.
    pub(crate) fn play(&self, sequence: u64, item: &str, sound: Sound) {
        let url = self.upstream.add(item, sound);
        let source = Source { url, start: Duration::ZERO, duration: None, live: false };
        self.cue(sequence, Ok(source));
    }

    pub(crate) fn cue(&self, sequence: u64, source: Result<Source, NoSource>) {
        self.host.sources.lock().unwrap().insert(sequence, source);
    }

    /// Changes what a number is.
    pub(crate) fn change(&self, sequence: u64, change: impl FnOnce(&mut Source)) {
        let mut sources = self.host.sources.lock().unwrap();
        change(sources.get_mut(&sequence).unwrap().as_mut().unwrap());
    }

    /// The signed address of a number, good for an hour, on the port of loopback.
    pub(crate) fn address(&self, sequence: u64) -> String {
        let cue = CueRef { serial: ECHO.to_owned(), sequence };
        let expires = self.clock.now() + Duration::from_secs(3_600);
        let url = self.media.stream_url(&cue, expires);
        self.local(&url)
    }

    /// An address of the gateway on the port of loopback.
    pub(crate) fn local(&self, url: &Url) -> String {
        self.at(url.as_str().strip_prefix(PUBLIC).unwrap())
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, address: &str) -> Response {
        self.client.get(address).send().await.unwrap()
    }

    pub(crate) async fn head(&self, address: &str) -> Response {
        self.client.head(address).send().await.unwrap()
    }

    pub(crate) async fn part(&self, address: &str, range: &str) -> Response {
        self.client.get(address).header("range", range).send().await.unwrap()
    }

    /// What was reported so far.
    pub(crate) fn reports(&self) -> Vec<Report> {
        self.host.reports.lock().unwrap().clone()
    }

    /// Waits until the reports are so.
    pub(crate) async fn until(&self, holds: impl Fn(&[Report]) -> bool) {
        for _ in 0..TURNS {
            if holds(&self.reports()) {
                return;
            }
            tokio::time::sleep(TURN).await;
        }
        panic!("it did not come to be: {:?}", self.reports());
    }
}

/// A port whose connections hold little: on loopback, a whole track would be on its way at once.
fn listener() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(64 * 1024).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket.listen(64).unwrap()
}

/// Plain HTTP needs none, but the client wants it to be said.
fn no_tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

/// The whole rest of a body, which must end as it should.
pub(crate) async fn bytes_of(answer: Response) -> Vec<u8> {
    answer.bytes().await.unwrap().to_vec()
}

/// About the next `least` bytes of a body.
pub(crate) async fn read(answer: &mut Response, least: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < least {
        bytes.extend_from_slice(&answer.chunk().await.unwrap().expect("there is more"));
    }
    bytes
}

/// Waits until a number does not change any more.
pub(crate) async fn quiet<T: PartialEq>(number: impl Fn() -> T) {
    let (mut last, mut same) = (number(), 0);
    for _ in 0..TURNS {
        tokio::time::sleep(TURN).await;
        let now = number();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        if same == 50 {
            return;
        }
    }
    panic!("it does not come to rest");
}
