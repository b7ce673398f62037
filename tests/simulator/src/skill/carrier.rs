//! The network side of skills: requests to their endpoints, and the fetching of audio.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use futures_util::StreamExt;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, RANGE, USER_AGENT};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::skill::cloud::EndpointCertificate;
use crate::skill::engine::Flow;
use crate::skill::outbox::Lane;
use crate::skill::stream::Ending;
use crate::skill::trust;
use crate::state::{World, lock};

/// Real time after which nothing is waited for any more; the limits of Alexa are counted by the
/// simulated clock.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest body that is read of an answer.
const ANSWER: usize = 1024 * 1024;
/// The largest picture.
const PICTURE: usize = 4 * 1024 * 1024;
/// What is read of a connection at once.
const PIECE: usize = 8 * 1024;

/// Where a public name leads, and how.
#[derive(Debug, Clone)]
pub(crate) struct Road {
    pub(crate) url: Url,
    /// `None` for a name that nobody knows.
    pub(crate) to: Option<SocketAddr>,
    pub(crate) tls: Arc<ClientConfig>,
    /// What kind of certificate was declared for it.
    pub(crate) certificate: Option<EndpointCertificate>,
}

/// Something to be done over the network.
#[derive(Debug)]
pub(crate) enum Job {
    /// A request to a skill.
    Post {
        serial: String,
        lane: Lane,
        n: u64,
        road: Road,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        /// Its answer counts for nothing.
        is_extra: bool,
    },
    /// The audio of a stream, from a byte on.
    Fetch {
        serial: String,
        no: u64,
        connection: u64,
        road: Road,
        from: u64,
        stop: CancellationToken,
    },
    /// A picture for a screen.
    Picture { serial: String, road: Road },
    /// The first bytes of a stream, for nothing.
    Probe { road: Road },
}

/// Does the jobs, all at once, until `stop`.
pub(crate) async fn carry(world: World, mut jobs: UnboundedReceiver<Job>, stop: CancellationToken) {
    loop {
        let job = tokio::select! {
            () = stop.cancelled() => return,
            job = jobs.recv() => job,
        };
        let Some(job) = job else { return };
        let (world, stop) = (Arc::clone(&world), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = Box::pin(perform(world, job)) => {}
            }
        });
    }
}

async fn perform(world: World, job: Job) {
    match job {
        Job::Post { serial, lane, n, road, headers, body, is_extra } => {
            let outcome = tokio::time::timeout(PATIENCE, post(&road, headers, body)).await;
            let outcome = outcome.unwrap_or_else(|_| Err("no answer".to_owned()));
            if !is_extra {
                lock(&world).skill_answered(&serial, lane, n, outcome);
            }
        }
        Job::Picture { serial, road } => {
            let picture = tokio::time::timeout(PATIENCE, picture(&road)).await;
            let picture = picture.unwrap_or_else(|_| Err("no answer".to_owned()));
            lock(&world).skill_picture(&serial, road.url.as_str(), picture);
        }
        Job::Probe { road } => {
            if let Ok((answer, _guard)) = get(&road, 0).await {
                let _ = answer.into_body().into_data_stream().next().await;
            }
        }
        Job::Fetch { serial, no, connection, road, from, stop } => {
            let fetching = fetch(&world, &serial, no, connection, &road, from);
            let ending = tokio::select! {
                () = stop.cancelled() => return,
                ending = fetching => ending,
            };
            if let Some(ending) = ending {
                lock(&world).skill_fetched(&serial, no, connection, ending);
            }
        }
    }
}

/// Closes a connection when nobody wants it any more.
struct Guard(tokio::task::JoinHandle<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn send(road: &Road, request: Request<Body>) -> Result<(Response<Body>, Guard), String> {
    let name = road.url.host_str().unwrap_or_default().to_owned();
    let to = road.to.ok_or_else(|| format!("{name} is not known"))?;
    let tcp = TcpStream::connect(to).await.map_err(|e| format!("no connection: {e}"))?;
    tcp.set_nodelay(true).map_err(|e| e.to_string())?;
    let name = ServerName::try_from(name).map_err(|e| e.to_string())?;
    let connector = TlsConnector::from(Arc::clone(&road.tls));
    let tls = connector.connect(name, tcp).await.map_err(|e| format!("no TLS: {e}"))?;
    if road.certificate == Some(EndpointCertificate::Trusted) {
        let leaf = tls.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        if leaf.is_some_and(|leaf| trust::is_wildcard(leaf, &road.url)) {
            return Err("no TLS: a wildcard certificate that is not declared as one".to_owned());
        }
    }
    let mut builder = http1::Builder::new();
    builder.max_buf_size(PIECE);
    let (mut sender, connection) =
        builder.handshake(TokioIo::new(tls)).await.map_err(|e| e.to_string())?;
    let guard = Guard(tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection to a skill ended");
        }
    }));
    let answer: Response<Incoming> =
        sender.send_request(request).await.map_err(|e| format!("no answer: {e}"))?;
    Ok((answer.map(Body::new), guard))
}

/// What stands in the `Host` header: the port only where it is not the usual one.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn target(url: &Url) -> String {
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", url.path())
}

async fn post(
    road: &Road,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
) -> Result<(u16, Bytes), String> {
    let mut request = Request::post(target(&road.url))
        .header(HOST, authority(&road.url))
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(ACCEPT, "application/json")
        .header("Accept-Charset", "utf-8")
        .header("Content-Length", body.len().to_string())
        .header(USER_AGENT, "Apache-HttpClient/4.5.x (Java/17)");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body)).map_err(|e| e.to_string())?;
    let (answer, _guard) = send(road, request).await?;
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), ANSWER).await.map_err(|e| format!("no body: {e}"))?;
    Ok((status, body))
}

async fn get(road: &Road, from: u64) -> Result<(Response<Body>, Guard), String> {
    let mut request = Request::get(target(&road.url))
        .header(HOST, authority(&road.url))
        .header(ACCEPT, "*/*")
        .header(USER_AGENT, "AlexaMediaPlayer/2.1 (Linux;Android 9)");
    if from > 0 {
        request = request.header(RANGE, format!("bytes={from}-"));
    }
    send(road, request.body(Body::empty()).map_err(|e| e.to_string())?).await
}

/// Status, kind and length of a picture.
async fn picture(road: &Road) -> Result<(u16, String, usize), String> {
    let (answer, _guard) = get(road, 0).await?;
    let status = answer.status().as_u16();
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let body = to_bytes(answer.into_body(), PICTURE).await.map_err(|e| format!("no body: {e}"))?;
    Ok((status, kind, body.len()))
}

/// Fetches a stream into its buffer; `None` when nobody wants it any more.
async fn fetch(
    world: &World,
    serial: &str,
    no: u64,
    connection: u64,
    road: &Road,
    from: u64,
) -> Option<Ending> {
    let (answer, _guard) = match tokio::time::timeout(PATIENCE, get(road, from)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(why)) => return Some(Ending::Unreachable(why)),
        Err(_) => return Some(Ending::Unreachable("no answer".to_owned())),
    };
    let status = answer.status().as_u16();
    match status {
        200 if from > 0 => lock(world).skill_again(serial, no, connection),
        200 | 206 => {}
        _ => return Some(Ending::Status(status)),
    }
    let mut body = answer.into_body().into_data_stream();
    loop {
        let piece = match body.next().await {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Some(Ending::Broken(error.to_string())),
            None => return Some(Ending::Whole),
        };
        let mut flow = lock(world).skill_bytes(serial, no, connection, &piece);
        loop {
            match flow {
                Flow::More => break,
                Flow::Gone => return None,
                Flow::Full(room) => room.notified().await,
            }
            flow = lock(world).skill_bytes(serial, no, connection, &[]);
        }
    }
}
