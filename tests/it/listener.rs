//! The gateway's port against clients that do as they like.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Extension;
use axum::routing::{get, post};
use http::StatusCode;
use mass_alexa::Result;
use mass_alexa::clock::{Clock, ManualClock, SystemClock};
use mass_alexa::error::code;
use mass_alexa::gateway::listener::{ClientAddress, INVENTORY, Listener, fingerprint};
use mass_alexa::gateway::{GatewaySettings, TlsFiles};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::front::{Authority, BOTH, Issued, ONLY_12, ONLY_13, Order};
use crate::support::code_of;

const NAME: &str = "music.example.org";
const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway whose skill answers with the address of the client once it is let go.
struct Port {
    listener: Listener,
    gate: Arc<Semaphore>,
}

fn settings() -> GatewaySettings {
    GatewaySettings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        skill_id: Some("amzn1.ask.skill.1".to_owned()),
        ..GatewaySettings::new("https://music.example.org").unwrap()
    }
}

fn routes(gate: Arc<Semaphore>) -> Router {
    let skill = async move |Extension(client): Extension<ClientAddress>, body: Bytes| {
        gate.acquire().await.unwrap().forget();
        format!("{} {}", client.0, body.len())
    };
    let stream = async || {
        let pieces = futures_util::stream::unfold(0_u32, async |n| {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"sound")), n + 1))
        });
        Body::from_stream(pieces)
    };
    Router::new()
        .route("/alexa/skill", post(skill))
        .route("/alexa/s/{*rest}", get(stream))
        .route("/alexa/i/{*rest}", get(async || "picture"))
        .route("/api/secret", get(async || "secret"))
        .fallback(async || "fallback")
}

impl Port {
    async fn open() -> Self {
        Self::with(&settings(), Arc::new(SystemClock)).await.unwrap()
    }

    async fn with(settings: &GatewaySettings, clock: Arc<dyn Clock>) -> Result<Self> {
        let gate = Arc::new(Semaphore::new(1_000));
        let listener = Listener::start(settings, routes(Arc::clone(&gate)), clock).await?;
        Ok(Self { listener, gate })
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.listener.address()).await.unwrap()
    }

    /// One request on a connection of its own: status line, headers and body as they came.
    async fn ask(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }
}

/// All that comes until the end.
async fn rest<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whatever comes next.
async fn some<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = vec![0; 4096];
    let length = timeout(PATIENCE, stream.read(&mut bytes)).await.unwrap().unwrap_or_default();
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

fn line(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n{headers}\r\n")
}

const KEPT: &str = "GET /alexa/health HTTP/1.1\r\nHost: x\r\n\r\n";

/// Moves time in seconds until the connection ends, and gives what passed.
async fn life(clock: &ManualClock, stream: &mut TcpStream) -> u64 {
    let mut byte = [0];
    for passed in 0..1_000 {
        tokio::select! {
            biased;
            read = stream.read(&mut byte) => {
                assert_eq!(read.unwrap_or_default(), 0);
                return passed;
            }
            () = tokio::time::sleep(Duration::from_millis(2)) => clock.advance(Duration::from_secs(1)),
        }
    }
    panic!("it lives forever");
}

#[tokio::test]
async fn only_what_is_in_the_inventory_can_be_reached() {
    let port = Port::open().await;
    for (place, methods) in INVENTORY {
        let path = if place.ends_with('/') { format!("{place}x.mp3") } else { place.to_owned() };
        if place.starts_with("/alexa/s/") {
            continue;
        }
        let answer = port.ask(&line(methods[0].as_str(), &path, "Content-Length: 0\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    for path in [
        "/",
        "/api/secret",
        "/alexa",
        "/alexa/",
        "/alexa/s/",
        "/x",
        "/alexa/../api/secret",
        "//alexa/health",
    ] {
        let answer = port.ask(&line("GET", path, "")).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        assert!(answer.contains("content-length: 0"), "{path}: {answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{path}: {answer}");
    }
    let answer = port.ask(&line("DELETE", "/alexa/skill", "")).await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    port.listener.stop().await;
}

#[tokio::test]
async fn its_health_names_service_version_and_a_fingerprint_and_nothing_else() {
    let port = Port::open().await;
    let answer = port.ask(&line("GET", "/alexa/health", "")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let health: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(health["service"], "mass-alexa");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["skill"], fingerprint("amzn1.ask.skill.1"));
    assert_eq!(health.as_object().unwrap().len(), 3);
    let head = head.to_ascii_lowercase();
    assert!(!head.contains("server:") && !head.contains("x-powered-by"), "{head}");
}

#[tokio::test]
async fn slow_headers_and_idle_connections_are_cut() {
    let clock = ManualClock::new(SystemTime::now());
    let port = Port::with(&settings(), Arc::new(clock.clone())).await.unwrap();
    let mut silent = port.connect().await;
    assert!((9..=12).contains(&life(&clock, &mut silent).await));
    let mut slow = port.connect().await;
    slow.write_all(KEPT.as_bytes()).await.unwrap();
    assert!(some(&mut slow).await.starts_with("HTTP/1.1 200"));
    slow.write_all(b"GET /alexa/health HTTP/1.1\r\nHost:").await.unwrap();
    assert!((9..=13).contains(&life(&clock, &mut slow).await));
    let mut idle = port.connect().await;
    idle.write_all(KEPT.as_bytes()).await.unwrap();
    assert!(some(&mut idle).await.starts_with("HTTP/1.1 200"));
    assert!((74..=78).contains(&life(&clock, &mut idle).await));
}

#[tokio::test]
async fn slow_and_large_bodies_are_refused() {
    let clock = ManualClock::new(SystemTime::now());
    let port = Port::with(&settings(), Arc::new(clock.clone())).await.unwrap();
    let mut slow = port.connect().await;
    let head = line("POST", "/alexa/skill", "Content-Length: 100\r\n");
    slow.write_all(format!("{head}only so much").as_bytes()).await.unwrap();
    for _ in 0..11 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        clock.advance(Duration::from_secs(1));
    }
    assert!(some(&mut slow).await.starts_with("HTTP/1.1 400"));
    let large = line("POST", "/alexa/skill", "Content-Length: 1000000\r\n");
    assert!(port.ask(&large).await.starts_with("HTTP/1.1 413"));
    let mut chunked = port.connect().await;
    let head = line("POST", "/alexa/skill", "Transfer-Encoding: chunked\r\n");
    let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(6);
    // It may be cut before all was written.
    let _ = chunked.write_all(format!("{head}{piece}0\r\n\r\n").as_bytes()).await;
    let answer = some(&mut chunked).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn large_headers_are_refused() {
    let port = Port::open().await;
    let large = line("GET", "/alexa/health", &format!("X: {}\r\n", "x".repeat(20_000)));
    assert!(port.ask(&large).await.starts_with("HTTP/1.1 431"));
    let many = line("GET", "/alexa/health", &"X: y\r\n".repeat(80));
    assert!(port.ask(&many).await.starts_with("HTTP/1.1 431"));
    let fine = line("GET", "/alexa/health", &format!("X: {}\r\n", "x".repeat(8_000)));
    assert!(port.ask(&fine).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let port = Port::open().await;
    let mut open = Vec::new();
    for _ in 0..32 {
        let mut stream = port.connect().await;
        stream.write_all(KEPT.as_bytes()).await.unwrap();
        assert!(some(&mut stream).await.starts_with("HTTP/1.1 200"));
        open.push(stream);
    }
    assert_eq!(port.ask(&line("GET", "/alexa/health", "")).await, "");
    open.pop();
    let again = async {
        while port.ask(&line("GET", "/alexa/health", "")).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, again).await.unwrap();
}

#[tokio::test]
async fn connections_that_do_nothing_make_room_for_others() {
    let settings =
        GatewaySettings { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..settings() };
    let port = Port::with(&settings, Arc::new(SystemClock)).await.unwrap();
    let mut open = Vec::new();
    for _ in 0..256 {
        let mut stream = port.connect().await;
        stream.write_all(KEPT.as_bytes()).await.unwrap();
        assert!(some(&mut stream).await.starts_with("HTTP/1.1 200"));
        open.push(stream);
    }
    assert!(port.ask(&line("GET", "/alexa/health", "")).await.starts_with("HTTP/1.1 200"));
    assert_eq!(some(&mut open[0]).await, "", "the one that was idle for longest is gone");
    open[255].write_all(KEPT.as_bytes()).await.unwrap();
    assert!(some(&mut open[255]).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_stop_lets_a_request_end_and_cuts_streams() {
    let port = Port::open().await;
    port.gate.forget_permits(1_000);
    let mut request = port.connect().await;
    let head = line("POST", "/alexa/skill", "Content-Length: 4\r\n");
    request.write_all(format!("{head}body").as_bytes()).await.unwrap();
    let mut stream = port.connect().await;
    stream.write_all(line("GET", "/alexa/s/x.mp3", "").as_bytes()).await.unwrap();
    assert!(some(&mut stream).await.starts_with("HTTP/1.1 200"));
    let address = port.listener.address();
    let stop = tokio::spawn(port.listener.stop());
    let cut = rest(&mut stream).await;
    assert!(!cut.ends_with("0\r\n\r\n"), "a cut stream must not look like a whole one");
    assert!(TcpStream::connect(address).await.is_err());
    assert!(!stop.is_finished());
    port.gate.add_permits(1);
    let answer = rest(&mut request).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1 4"), "{answer}");
    timeout(PATIENCE, stop).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_waits_five_seconds_for_a_request_and_no_longer() {
    let clock = ManualClock::new(SystemTime::now());
    let port = Port::with(&settings(), Arc::new(clock.clone())).await.unwrap();
    port.gate.forget_permits(1_000);
    let mut request = port.connect().await;
    request.write_all(line("POST", "/alexa/skill", "").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let stop = tokio::spawn(port.listener.stop());
    assert!((4..=7).contains(&life(&clock, &mut request).await));
    timeout(PATIENCE, stop).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_is_known_by_what_trusted_proxies_say() {
    let ask = async |trusted: &str| {
        let networks = Vec::from_iter(trusted.parse());
        let settings = GatewaySettings { trusted_proxies: networks, ..settings() };
        let port = Port::with(&settings, Arc::new(SystemClock)).await.unwrap();
        let said = "X-Forwarded-For: 192.0.2.1, 198.51.100.7\r\nContent-Length: 0\r\n";
        let answer = port.ask(&line("POST", "/alexa/skill", said)).await;
        answer.rsplit("\r\n").next().unwrap().to_owned()
    };
    assert_eq!(ask("").await, "127.0.0.1 0");
    assert_eq!(ask("10.0.0.0/8").await, "127.0.0.1 0");
    assert_eq!(ask("127.0.0.1/32").await, "198.51.100.7 0");
    assert_eq!(ask("::ffff:127.0.0.0/104").await, "198.51.100.7 0");
}

#[tokio::test]
async fn an_ipv4_client_of_an_ipv6_port_is_still_ipv4() {
    let wide = GatewaySettings {
        listen: "[::]:0".parse().unwrap(),
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap(), "::1/128".parse().unwrap()],
        ..settings()
    };
    let Ok(port) = Port::with(&wide, Arc::new(SystemClock)).await else {
        return eprintln!("skipped: this machine has no IPv6");
    };
    for loopback in ["127.0.0.1", "::1"] {
        let to =
            SocketAddr::new(loopback.parse::<IpAddr>().unwrap(), port.listener.address().port());
        let Ok(mut stream) = TcpStream::connect(to).await else {
            eprintln!("skipped: no {loopback} here");
            continue;
        };
        let said = "X-Forwarded-For: 2001:db8::1\r\nContent-Length: 0\r\n";
        stream.write_all(line("POST", "/alexa/skill", said).as_bytes()).await.unwrap();
        assert!(rest(&mut stream).await.ends_with("2001:db8::1 0"));
    }
}

/// Certificate files in a folder.
fn write(folder: &Path, issued: &Issued) -> TlsFiles {
    let files = TlsFiles { certificates: folder.join("full.pem"), key: folder.join("key.pem") };
    fs::write(&files.certificates, &issued.chain).unwrap();
    fs::write(&files.key, &issued.key).unwrap();
    files
}

async fn shake(port: &Port, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(NAME).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, port.connect().await).await
}

async fn health_over<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> String {
    stream.write_all(line("GET", "/alexa/health", "").as_bytes()).await.unwrap();
    rest(stream).await
}

#[tokio::test]
async fn with_files_it_speaks_tls_of_both_versions_and_http_of_both() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let tls = Some(write(folder.path(), &authority.issue(&Order::of(NAME))));
    let port = Port::with(&GatewaySettings { tls, ..settings() }, Arc::new(SystemClock)).await;
    let port = port.unwrap();
    for (versions, spoken) in
        [(ONLY_12, ProtocolVersion::TLSv1_2), (ONLY_13, ProtocolVersion::TLSv1_3)]
    {
        let mut stream = shake(&port, authority.client(versions)).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(spoken));
        assert!(health_over(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
    let mut config = authority.client(BOTH);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .resolve(NAME, port.listener.address())
        .build()
        .unwrap();
    let url = format!("https://{NAME}:{}", port.listener.address().port());
    let answer = client.get(format!("{url}/alexa/health")).send().await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, http::Version::HTTP_2));
    let large = client.get(format!("{url}/alexa/health")).header("x", "y".repeat(40_000));
    assert!(large.send().await.is_err_or_refused());
    let mut stream = client.get(format!("{url}/alexa/s/x.mp3")).send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    let stop = tokio::spawn(port.listener.stop());
    let cut = async { while let Ok(Some(_)) = stream.chunk().await {} };
    timeout(PATIENCE, cut).await.unwrap();
    timeout(PATIENCE, stop).await.unwrap().unwrap();
}

/// Whether a request was not let in, in one way or the other.
trait Refused {
    fn is_err_or_refused(&self) -> bool;
}

impl Refused for reqwest::Result<reqwest::Response> {
    fn is_err_or_refused(&self) -> bool {
        self.as_ref().map_or(true, |answer| answer.status() == 431)
    }
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_cut() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let tls = Some(write(folder.path(), &authority.issue(&Order::of(NAME))));
    let clock = ManualClock::new(SystemTime::now());
    let port = Port::with(&GatewaySettings { tls, ..settings() }, Arc::new(clock.clone())).await;
    let mut stream = port.as_ref().unwrap().connect().await;
    assert!((9..=12).contains(&life(&clock, &mut stream).await));
}

#[tokio::test]
async fn what_is_wrong_with_certificate_files_is_said_with_the_file() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let good = authority.issue(&Order::of(NAME));
    let other = authority.issue(&Order::of(NAME));
    let refused = async |chain: Option<&str>, key: Option<&str>| {
        let files = write(folder.path(), &good);
        for (path, text) in [(&files.certificates, chain), (&files.key, key)] {
            match text {
                Some(text) => fs::write(path, text).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
        }
        let settings = GatewaySettings { tls: Some(files), ..settings() };
        let Err(error) = Port::with(&settings, Arc::new(SystemClock)).await else {
            panic!("it was taken")
        };
        assert_eq!(error.code(), code::BAD_CERTIFICATE);
        error.message().to_owned()
    };
    let (chain, key) = (Some(good.chain.as_str()), Some(good.key.as_str()));
    for (message, file, why) in [
        (refused(None, key).await, "full.pem", "does not exist"),
        (refused(chain, None).await, "key.pem", "does not exist"),
        (refused(Some(""), key).await, "full.pem", "no certificate"),
        (refused(key, chain).await, "full.pem", "wrong way round"),
        (refused(chain, chain).await, "key.pem", "wrong way round"),
        (refused(chain, Some("nothing")).await, "key.pem", "no private key"),
        (refused(chain, Some(&other.key)).await, "key.pem", "not the key"),
        (
            refused(chain, Some(&good.key.replace("PRIVATE", "ENCRYPTED PRIVATE"))).await,
            "key.pem",
            "passphrase",
        ),
    ] {
        assert!(message.contains(file) && message.contains(why), "{message}");
    }
}

#[tokio::test]
async fn new_files_are_taken_within_a_minute_and_bad_ones_are_not() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let first = authority.issue(&Order::of(NAME));
    let files = write(folder.path(), &first);
    let clock = ManualClock::new(SystemTime::now());
    let settings = GatewaySettings { tls: Some(files.clone()), ..settings() };
    let port = Port::with(&settings, Arc::new(clock.clone())).await.unwrap();
    let shown = async || {
        let stream = shake(&port, authority.client(BOTH)).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    let before = shown().await;
    let until = async |holds: &mut dyn FnMut() -> bool| {
        for _ in 0..600 {
            if holds() {
                return;
            }
            clock.advance(Duration::from_secs(61));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it was not noticed");
    };
    let second = authority.issue(&Order { until: 81, ..Order::of(NAME) });
    fs::write(&files.certificates, &second.chain).unwrap();
    until(&mut || port.listener.certificate_problem().is_some()).await;
    let problem = port.listener.certificate_problem().unwrap();
    assert!(problem.message().contains("key.pem"), "{problem}");
    assert_eq!(shown().await, before);
    fs::write(&files.key, &second.key).unwrap();
    until(&mut || port.listener.certificate_problem().is_none()).await;
    assert_ne!(shown().await, before);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let port = Port::open().await;
    let taken = GatewaySettings { listen: port.listener.address(), ..settings() };
    let again = Listener::start(&taken, Router::new(), Arc::new(SystemClock)).await;
    assert_eq!(code_of(again), "port-taken");
    let nowhere = GatewaySettings { listen: "192.0.2.1:0".parse().unwrap(), ..settings() };
    let error = Listener::start(&nowhere, Router::new(), Arc::new(SystemClock)).await.unwrap_err();
    assert_eq!(error.code(), code::BAD_SETTING);
    assert!(error.message().contains("192.0.2.1"));
}
