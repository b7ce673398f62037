//! What is let in and out: only the paths of the gateway, bodies of limited size and time, and
//! streams that end when the gateway stops.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONNECTION};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::forwarded::Proxies;
use super::limits::{BODY_BYTES, BODY_TIME};
use super::pulse::{Pulse, UnderWay};
use crate::clock::{Clock, Sleep};

/// Where the gateway says that it is one.
pub const HEALTH: &str = "/alexa/health";
/// Where skill requests arrive.
pub const SKILL: &str = "/alexa/skill";
/// Below it are streams of sound.
pub const STREAMS: &str = "/alexa/s/";
/// Below it are pictures.
pub const PICTURES: &str = "/alexa/i/";

/// Everything that can be reached, with the methods that can; whatever routes there are, nothing
/// else is. Paths with a slash at their end stand for all below them.
pub const INVENTORY: [(&str, &[Method]); 4] = [
    (SKILL, &[Method::POST]),
    (STREAMS, &[Method::GET, Method::HEAD]),
    (PICTURES, &[Method::GET, Method::HEAD]),
    (HEALTH, &[Method::GET, Method::HEAD]),
];

/// What every connection shares.
pub(super) struct Door {
    routes: TowerToHyperService<Router>,
    pub(super) proxies: Proxies,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stop: CancellationToken,
}

impl Door {
    pub(super) fn new(
        routes: Router,
        skill_id: Option<&str>,
        proxies: Proxies,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let health = health(skill_id);
        let routes = routes
            .route(HEALTH, get(async move || ([(CACHE_CONTROL, "no-store")], Json(health))))
            .fallback(nothing)
            .method_not_allowed_fallback(nothing);
        let routes = TowerToHyperService::new(routes);
        Arc::new(Self { routes, proxies, clock, stop })
    }

    /// Answers one request.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
        pulse: &Arc<Pulse>,
    ) -> Response<Outgoing> {
        let mut under_way = pulse.begin();
        let place = place(request.method(), request.uri());
        let is_http2 = request.version() == Version::HTTP_2;
        let is_small = request.body().size_hint().exact().is_none_or(|length| length <= BODY_BYTES);
        let response = match place {
            None => status(StatusCode::NOT_FOUND),
            Some(_) if !is_small => status(StatusCode::PAYLOAD_TOO_LARGE),
            Some(_) => self.pass(request, peer).await,
        };
        let (place, code) = (place.unwrap_or("elsewhere"), response.status().as_u16());
        tracing::debug!(place, status = code, "request to the gateway");
        let is_stream = place == STREAMS;
        if is_stream {
            under_way.is_stream_now();
        }
        let cut = is_stream.then(|| Box::pin(self.stop.clone().cancelled_owned()));
        let (mut head, body) = response.into_parts();
        if code == StatusCode::PAYLOAD_TOO_LARGE.as_u16() && !is_http2 {
            // The rest of that body is not read.
            head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Response::from_parts(head, Outgoing { body, cut, _under_way: under_way })
    }

    async fn pass(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        let client = self.proxies.client(peer, request.headers());
        let deadline = self.clock.sleep(BODY_TIME);
        let mut request =
            request.map(|body| Body::new(Arriving { body, left: BODY_BYTES, deadline }));
        request.extensions_mut().insert(client);
        self.routes.call(request).await.unwrap_or_else(|error: Infallible| match error {})
    }
}

/// Which part of the inventory a request is for.
fn place(method: &Method, uri: &Uri) -> Option<&'static str> {
    let path = uri.path();
    let is_below = |place: &str| match path.strip_prefix(place) {
        Some(rest) => rest.is_empty() != place.ends_with('/'),
        None => false,
    };
    INVENTORY
        .iter()
        .find(|(place, methods)| methods.contains(method) && is_below(place))
        .map(|(place, _)| *place)
}

/// What a gateway says about itself: the version, and by which skill it is meant, as a fingerprint.
fn health(skill_id: Option<&str>) -> serde_json::Value {
    json!({
        "service": SERVICE,
        "version": env!("CARGO_PKG_VERSION"),
        "skill": skill_id.map(fingerprint),
    })
}

/// Name of this service in its health.
pub const SERVICE: &str = "mass-alexa";

/// Tells skills apart without naming them: eight characters.
pub fn fingerprint(skill_id: &str) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(8);
    for byte in Sha256::digest(skill_id.as_bytes()).iter().take(4) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

async fn nothing(_: HeaderMap) -> StatusCode {
    StatusCode::NOT_FOUND
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A body on its way in.
struct Arriving {
    body: Incoming,
    left: u64,
    deadline: Sleep,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            let Some(frame) = frame.transpose()? else { return Poll::Ready(None) };
            let length = frame.data_ref().map_or(0, Bytes::len);
            let length = u64::try_from(length).unwrap_or(u64::MAX);
            return Poll::Ready(Some(match self.left.checked_sub(length) {
                Some(left) => {
                    self.left = left;
                    Ok(frame)
                }
                None => Err("the body is too large".into()),
            }));
        }
        ready!(self.deadline.as_mut().poll(cx));
        Poll::Ready(Some(Err("the body took too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body on its way out; the request is under way until it is dropped.
pub(super) struct Outgoing {
    body: Body,
    cut: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    _under_way: UnderWay,
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(cut) = &mut self.cut
            && cut.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Some(Err("the gateway stops".into())));
        }
        Pin::new(&mut self.body).poll_frame(cx).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_inventory_is_let_in() {
        let ask = |method: Method, path: &str| place(&method, &path.parse().unwrap());
        assert_eq!(ask(Method::POST, "/alexa/skill"), Some(SKILL));
        assert_eq!(ask(Method::GET, "/alexa/s/x.mp3?y"), Some(STREAMS));
        assert_eq!(ask(Method::HEAD, "/alexa/i/x.jpg"), Some(PICTURES));
        assert_eq!(ask(Method::GET, "/alexa/health"), Some(HEALTH));
        for (method, path) in [
            (Method::GET, "/"),
            (Method::GET, "/alexa/skill"),
            (Method::POST, "/alexa/skill/"),
            (Method::POST, "/alexa/skillet"),
            (Method::POST, "/Alexa/Skill"),
            (Method::GET, "/alexa/s"),
            (Method::GET, "/alexa/s/"),
            (Method::GET, "/alexa/%73/x"),
            (Method::PUT, "/alexa/s/x.mp3"),
            (Method::GET, "/alexa/health/"),
            (Method::GET, "/api/info"),
        ] {
            assert_eq!(ask(method, path), None, "{path}");
        }
    }

    #[test]
    fn a_fingerprint_does_not_name_the_skill() {
        let shown = fingerprint("amzn1.ask.skill.0");
        assert_eq!(shown.len(), 8);
        assert_ne!(shown, fingerprint("amzn1.ask.skill.1"));
    }
}
