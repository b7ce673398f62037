//! The TLS listener: accepts connections and hands each request to the router.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use http::header::{COOKIE, DATE, HOST};
use http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::faults::{Fault, FaultKind};
use crate::journal::JournalEntry;
use crate::sites::{Role, classify};
use crate::state::{World, lock};
use crate::{coding, cookies, push, router};

const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// Time between GOAWAY and the end of the connection.
const GOODBYE: Duration = Duration::from_millis(100);

/// Accepts connections until `stop`.
pub(crate) async fn serve(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    world: World,
    stop: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(config);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let acceptor = acceptor.clone();
        let world = Arc::clone(&world);
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                result = connection(stream, acceptor, world) => {
                    if let Err(error) = result {
                        tracing::debug!(%error, "connection ended");
                    }
                }
            }
        });
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, world: World) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let tls = acceptor.accept(stream).await?;
    let (to, mut cuts) = unbounded_channel();
    let wire = Wire(to);
    let service = service_fn(move |request| {
        let (world, wire) = (Arc::clone(&world), wire.clone());
        async move { respond(request, world, wire).await }
    });
    let builder = Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(tls), service);
    tokio::pin!(connection);
    loop {
        let cut = tokio::select! {
            result = connection.as_mut() => return result.map_err(io::Error::other),
            cut = cuts.recv() => cut,
        };
        match cut {
            Some(Cut::Goaway) => connection.as_mut().graceful_shutdown(),
            Some(Cut::GoawayClose) => {
                connection.as_mut().graceful_shutdown();
                // So long the goodbye has to get out.
                let _ = tokio::time::timeout(GOODBYE, connection.as_mut()).await;
                return Ok(());
            }
            Some(Cut::Hang) => {
                while cuts.recv().await.is_some_and(|cut| cut != Cut::Close) {}
                return Ok(());
            }
            Some(Cut::Close) | None => return Ok(()),
        }
    }
}

/// What a test does to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// GOAWAY; what is under way may end.
    Goaway,
    /// GOAWAY, and soon afterwards the end of the TCP connection.
    GoawayClose,
    /// The end of the TCP connection.
    Close,
    /// Nothing is read or written any more.
    Hang,
}

/// The connection a request came on.
#[derive(Debug, Clone)]
pub(crate) struct Wire(UnboundedSender<Cut>);

impl Wire {
    /// Does something to the connection.
    pub(crate) fn cut(&self, cut: Cut) {
        // A connection that is gone cannot be cut.
        let _ = self.0.send(cut);
    }
}

/// Counts a request whose future is dropped before its answer: the client went away.
struct Watch {
    world: World,
    answered: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.answered {
            lock(&self.world).counters.aborted_connections += 1;
        }
    }
}

async fn respond(request: Request<Incoming>, world: World, wire: Wire) -> io::Result<Answer> {
    let mut watch = Watch { world: Arc::clone(&world), answered: false };
    let (parts, body) = request.into_parts();
    let version = parts.version;
    let body = to_bytes(Body::new(body), BODY_LIMIT).await.map_err(io::Error::other)?;
    let host = parts
        .uri
        .authority()
        .map(|a| a.host().to_owned())
        .or_else(|| parts.headers.get(HOST).and_then(|h| h.to_str().ok()).map(str::to_owned))
        .unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();

    let (n, fault) = {
        let mut state = lock(&world);
        state.counters.requests += 1;
        if path == push::DIRECTIVES {
            state.counters.push_asked += 1;
        }
        let entry = JournalEntry {
            n: 0,
            at_ms: state.clock.now_ms(),
            method: parts.method.to_string(),
            host: host.clone(),
            path: path.clone(),
            query: query.clone(),
            status: None,
            http_version: if version == Version::HTTP_2 { "HTTP/2" } else { "HTTP/1.1" }.to_owned(),
            headers: header_map(&parts.headers),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        let n = state.journal.add(entry);
        (n, state.faults.take(parts.method.as_str(), &host, &path))
    };

    if lock(&world).missing(&host) {
        watch.answered = true;
        return Err(io::Error::other("a host that does not exist"));
    }
    if let Some(fault) = &fault {
        if fault.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
        }
        if fault.kind == FaultKind::Close {
            watch.answered = true;
            return Err(io::Error::other("closed by a fault"));
        }
    }
    let accepted = coding::accepted(&parts.headers);
    let answer = match fault.as_ref().and_then(|fault| fault_answer(fault, &host)) {
        Some(answer) => answer,
        None => match classify(&host) {
            None => answer::empty(http::StatusCode::MISDIRECTED_REQUEST),
            Some((role, site)) => {
                let headers = parts.headers;
                let method = parts.method;
                let call = Call { method, host, role, site, path, query, headers, body };
                let mut state = lock(&world);
                let answer = router::route(&mut state, &call, &world, &wire);
                if state.knobs.odd_cookies && sets_cookies(&call) {
                    cookies::odd(answer, site, state.clock)
                } else {
                    answer
                }
            }
        },
    };
    watch.answered = true;
    let (date, encoding) = {
        let mut state = lock(&world);
        state.journal.answered(n, answer.status().as_u16());
        (state.clock.http_date(), state.knobs.encoding)
    };
    let mut answer = coding::encode(answer, encoding, &accepted).await;
    answer.headers_mut().remove(DATE);
    Ok(answer::with_header(answer, DATE, &date))
}

/// Sign-in pages and the web API.
fn sets_cookies(call: &Call) -> bool {
    match call.role {
        Role::Retail => call.path.starts_with("/ap/"),
        Role::Alexa => true,
        _ => false,
    }
}

fn header_map(headers: &http::HeaderMap) -> BTreeMap<String, String> {
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let text = String::from_utf8_lossy(value.as_bytes());
        let joint = if name == COOKIE { "; " } else { ", " };
        map.entry(name.as_str().to_owned())
            .and_modify(|have| {
                have.push_str(joint);
                have.push_str(&text);
            })
            .or_insert_with(|| text.clone().into_owned());
    }
    map
}

fn fault_answer(fault: &Fault, host: &str) -> Option<Answer> {
    let status = |default: u16| {
        http::StatusCode::from_u16(fault.status.unwrap_or(default)).unwrap_or_default()
    };
    let body = fault.body.clone();
    let mut answer = match fault.kind {
        FaultKind::Delay | FaultKind::Close => return None,
        FaultKind::Status => text_json(status(503), body.unwrap_or(r#"{"message":null}"#.into())),
        FaultKind::Body => text_json(status(200), body.unwrap_or_default()),
        FaultKind::RateExceeded => {
            text_json(status(400), body.unwrap_or(r#"{"message":"Rate exceeded"}"#.into()))
        }
        FaultKind::Html => {
            let page = "<!doctype html><html><body><h1>Amazon</h1></body></html>";
            answer::html(status(200), &body.unwrap_or(page.into()))
        }
        FaultKind::SignInRedirect => answer::redirect(&router::sign_in_url(host)),
        FaultKind::Empty => answer::empty(status(200)),
    };
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) =
            (http::HeaderName::try_from(name.as_str()), http::HeaderValue::try_from(value.as_str()))
        {
            answer.headers_mut().insert(name, value);
        }
    }
    Some(answer)
}

fn text_json(status: http::StatusCode, body: String) -> Answer {
    let mut answer = Answer::new(Body::from(body));
    *answer.status_mut() = status;
    answer::with_header(answer, http::header::CONTENT_TYPE, "application/json;charset=UTF-8")
}
