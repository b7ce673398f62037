//! The stream server of a music server, as it is on the wire: sound comes in chunks, as fast as it is
//! taken, no part of it can be asked for, and it is made anew for everybody who asks.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amazon_simulator::sound::{FRAME_BYTES as FRAME, frames};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use url::Url;

/// Frames that go out at once.
const CHUNK: u64 = 50;

/// A sound that is served, and what goes wrong with it.
#[derive(Clone)]
pub(crate) struct Sound {
    /// How many frames it has.
    pub(crate) frames: u64,
    /// Number of its first frame: the server was asked for the sound from there on.
    pub(crate) first: u64,
    /// What its frames are marked with; empty for the name that it is served under.
    pub(crate) mark: String,
    /// What comes before the first frame.
    pub(crate) tag: Vec<u8>,
    /// Something else instead of all that.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) content_type: &'static str,
    /// Answered instead.
    pub(crate) status: Option<u16>,
    /// Answered instead: it is elsewhere.
    pub(crate) moved: Option<Url>,
    /// The connection breaks after so many bytes.
    pub(crate) breaks_after: Option<usize>,
    /// Nothing comes any more after so many bytes.
    pub(crate) stalls_after: Option<usize>,
    /// Wait between chunks of 50 frames.
    pub(crate) pace: Duration,
    /// Whether the length is told.
    pub(crate) tells_length: bool,
}

impl Default for Sound {
    fn default() -> Self {
        Self {
            frames: 1_000,
            first: 0,
            mark: String::new(),
            tag: Vec::new(),
            body: None,
            content_type: "audio/mpeg",
            status: None,
            moved: None,
            breaks_after: None,
            stalls_after: None,
            pace: Duration::ZERO,
            tells_length: false,
        }
    }
}

/// What was asked of the server.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) item: String,
    pub(crate) headers: HeaderMap,
}

#[derive(Default)]
struct House {
    sounds: Mutex<HashMap<String, Sound>>,
    asked: Mutex<Vec<Asked>>,
    open: AtomicI64,
    sent: AtomicU64,
}

/// The running server.
pub(crate) struct Upstream {
    address: SocketAddr,
    house: Arc<House>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let house = Arc::new(House::default());
        let routes = Router::new()
            .route("/single/{session}/{queue}/{item}/{player}", get(answer))
            .with_state(Arc::clone(&house));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, house }
    }

    /// Serves a sound; the same name again changes it.
    pub(crate) fn add(&self, item: &str, sound: Sound) -> Url {
        self.house.sounds.lock().unwrap().insert(item.to_owned(), sound);
        let address = self.address;
        Url::parse(&format!("http://{address}/single/session-secret/queue/{item}/player.mp3"))
            .unwrap()
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.house.asked.lock().unwrap().clone()
    }

    /// How often a sound was begun.
    pub(crate) fn begun(&self, item: &str) -> usize {
        let is_it = |asked: &&Asked| asked.method == Method::GET && asked.item == item;
        self.house.asked.lock().unwrap().iter().filter(is_it).count()
    }

    /// Sounds that are being sent now.
    pub(crate) fn open(&self) -> i64 {
        self.house.open.load(Ordering::SeqCst)
    }

    /// Bytes that were taken from it.
    pub(crate) fn sent(&self) -> u64 {
        self.house.sent.load(Ordering::SeqCst)
    }
}

async fn answer(
    State(house): State<Arc<House>>,
    Path((_, _, item, _)): Path<(String, String, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    house.asked.lock().unwrap().push(Asked { method: method.clone(), item: item.clone(), headers });
    let sound = house.sounds.lock().unwrap().get(&item).cloned();
    let Some(sound) = sound else { return StatusCode::NOT_FOUND.into_response() };
    if let Some(status) = sound.status {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    if let Some(elsewhere) = &sound.moved {
        return (StatusCode::FOUND, [(header::LOCATION, elsewhere.as_str())]).into_response();
    }
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, sound.content_type)
        .header(header::ACCEPT_RANGES, "none");
    if sound.tells_length {
        let length =
            sound.body.as_ref().map_or(sound.tag.len() + sound.frames as usize * FRAME, Vec::len);
        response = response.header(header::CONTENT_LENGTH, length);
    }
    if method == Method::HEAD {
        return response.body(Body::empty()).unwrap();
    }
    house.open.fetch_add(1, Ordering::SeqCst);
    let sending = Sending { house, item, sound, number: 0, place: 0, is_begun: false };
    let parts = stream::unfold(sending, |mut sending| async move {
        let part = sending.next().await?;
        Some((part, sending))
    });
    response.body(Body::from_stream(parts)).unwrap()
}

struct Sending {
    house: Arc<House>,
    item: String,
    sound: Sound,
    number: u64,
    place: usize,
    is_begun: bool,
}

impl Sending {
    async fn next(&mut self) -> Option<Result<Bytes, std::io::Error>> {
        let mut part = self.part()?;
        if !self.sound.pace.is_zero() && self.place > 0 {
            tokio::time::sleep(self.sound.pace).await;
        }
        if let Some(end) = self.sound.stalls_after {
            if self.place >= end {
                std::future::pending::<()>().await;
            }
            part.truncate(end - self.place);
        }
        if let Some(end) = self.sound.breaks_after {
            if self.place >= end {
                // What was sent before should be there before the end.
                tokio::task::yield_now().await;
                return Some(Err(std::io::Error::other("broken on purpose")));
            }
            part.truncate(end - self.place);
        }
        self.place += part.len();
        self.house.sent.fetch_add(part.len() as u64, Ordering::SeqCst);
        Some(Ok(part.into()))
    }

    fn part(&mut self) -> Option<Vec<u8>> {
        if !std::mem::replace(&mut self.is_begun, true) {
            match &self.sound.body {
                Some(body) => return Some(body.clone()),
                None if !self.sound.tag.is_empty() => return Some(self.sound.tag.clone()),
                None => {}
            }
        }
        let count = CHUNK.min(self.sound.frames - self.number);
        if self.sound.body.is_some() || count == 0 {
            // Even what breaks at its very end breaks.
            return self.sound.breaks_after.filter(|end| *end <= self.place).map(|_| Vec::new());
        }
        let mark = if self.sound.mark.is_empty() { &self.item } else { &self.sound.mark };
        let part = frames(mark, self.sound.first + self.number, count);
        self.number += count;
        Some(part)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.house.open.fetch_sub(1, Ordering::SeqCst);
    }
}
