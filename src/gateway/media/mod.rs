//! Sound and pictures for Echos: signed addresses, and what is handed out under them.
//!
//! The pure parts: `address` (what is signed), `range` (which part is asked for), `frames` (MP3
//! in time), `ring` (the last bytes of a sound), `share` (memory), `picture` (resizing). Around
//! them: `inflow` fills a `feed` from the one connection to the source of the sound, `feeds`
//! knows all of them, a `fetch` is one request of an Echo, `stream` and `art` answer.

mod address;
mod art;
mod feed;
mod feeds;
mod fetch;
mod frames;
mod inflow;
mod picture;
mod range;
mod ring;
mod share;
mod stream;
mod traffic;
mod upstream;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::get;
use futures_util::future::BoxFuture;
use url::Url;

pub use self::address::ArtSize;
use self::art::Gallery;
use self::feeds::Feeds;
use self::inflow::Inflow;
pub use self::share::Limits;
use self::traffic::Ledger;
pub use self::traffic::Traffic;
use super::signer::Signer;
use crate::clock::{Clock, unix_seconds};
use crate::error::Result;

/// One thing given to one Echo to play. What it is, is asked when the Echo fetches it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CueRef {
    /// Serial of the Echo.
    pub serial: String,
    /// Its number; later ones are higher.
    pub sequence: u64,
}

/// Where the sound of a cue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The address inside the house.
    pub url: Url,
    /// How much of the sound is left out at its beginning, to the frame.
    pub start: Duration,
    /// How long the whole sound at `url` is, where that is known.
    pub duration: Option<Duration>,
    /// Whether it has neither beginning nor end: no part of it can be asked for.
    pub live: bool,
}

/// Why a cue has no sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSource {
    /// There is no such cue any more (404).
    Gone,
    /// The host did not answer (503).
    Busy,
}

/// Who knows what the cues are.
pub trait Sources: Send + Sync {
    /// What a cue is. May wait some seconds for the host. Asked again when the connection has to be
    /// opened again; the answer may then lead elsewhere, but to the same sound from the same start.
    fn source(&self, cue: CueRef) -> BoxFuture<'_, Result<Source, NoSource>>;
    /// Told at the first byte of each fetch, at a stall, and once when it is over.
    fn fetched(&self, cue: &CueRef, report: &FetchReport);
}

/// What happened to a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchReport {
    /// What.
    pub kind: FetchKind,
    /// Bytes that this fetch has handed out so far.
    pub bytes: u64,
    /// The place in the sound at which it began, in bytes.
    pub from: u64,
    /// When.
    pub at: SystemTime,
}

/// What can happen to a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchKind {
    /// The first byte goes out.
    Begun,
    /// Everything that was asked for has gone out.
    Ended,
    /// The same, but the sound was this much shorter than was told about it.
    EndedEarly(Duration),
    /// The Echo closed the connection before.
    Dropped,
    /// The source of the sound gave none, or broke off: what it did, as the rest of a sentence that
    /// begins with it.
    UpstreamFailed(String),
    /// Nothing has come from the source for so long. Told once for each stall; it may go on.
    Stalled(Duration),
}

/// Sound and pictures of one gateway. Cheap to clone.
#[derive(Clone)]
pub struct Media {
    inner: Arc<Inner>,
}

struct Inner {
    signer: Signer,
    public_url: Url,
    sources: Arc<dyn Sources>,
    clock: Arc<dyn Clock>,
    inflow: Arc<Inflow>,
    feeds: Arc<Feeds>,
    gallery: Gallery,
    ledger: Ledger,
    /// Requests with an address that nobody here has made.
    strangers: AtomicU64,
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sounds, bytes) = self.inner.feeds.size();
        f.debug_struct("Media").field("sounds", &sounds).field("bytes", &bytes).finish()
    }
}

impl Media {
    /// With addresses that begin with `public_url`.
    ///
    /// # Errors
    /// `tls` when the client cannot be set up.
    pub fn new(
        signer: Signer,
        public_url: Url,
        sources: Arc<dyn Sources>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        Self::with_limits(signer, public_url, sources, clock, Limits::default())
    }

    /// The same with other bounds of memory.
    ///
    /// # Errors
    /// As [`Media::new`].
    pub fn with_limits(
        signer: Signer,
        public_url: Url,
        sources: Arc<dyn Sources>,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Result<Self> {
        let client = upstream::client()?;
        let inflow = Arc::new(Inflow {
            client: client.clone(),
            sources: Arc::clone(&sources),
            clock: Arc::clone(&clock),
        });
        let feeds = Arc::new(Feeds::new(Arc::clone(&inflow), limits));
        let gallery = Gallery::new(client, Arc::clone(&clock));
        let (ledger, strangers) = (Ledger::default(), AtomicU64::new(0));
        let inner =
            Inner { signer, public_url, sources, clock, inflow, feeds, gallery, ledger, strangers };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The address under which an Echo fetches a cue, until it expires.
    pub fn stream_url(&self, cue: &CueRef, expires: SystemTime) -> Url {
        let segment = address::stream(&self.inner.signer, cue, unix_seconds(expires));
        self.public(&format!("/alexa/s/{segment}"))
    }

    /// The address under which the Echo with this serial fetches a picture, in the large size. What
    /// is behind it is remembered here and nowhere else: after a restart it is gone.
    pub fn art_url(&self, serial: &str, image: &Url, expires: SystemTime) -> Url {
        self.art_url_sized(serial, image, ArtSize::Large, expires)
    }

    /// The same in one of the sizes.
    pub fn art_url_sized(
        &self,
        serial: &str,
        image: &Url,
        size: ArtSize,
        expires: SystemTime,
    ) -> Url {
        let name = address::art_name(&self.inner.signer, image.as_str());
        self.inner.gallery.remember(name, image);
        let art = address::ArtRef { serial: serial.to_owned(), size, name };
        let segment = address::art(&self.inner.signer, &art, unix_seconds(expires));
        self.public(&format!("/alexa/i/{segment}"))
    }

    /// What answers under these addresses. Everything that is not signed is refused with an empty
    /// 403.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/alexa/s/{segment}", get(stream::get).head(stream::head))
            .route("/alexa/i/{segment}", get(art::get))
            .with_state(self.clone())
    }

    /// What the Echo with this serial has fetched.
    pub fn traffic(&self, serial: &str) -> Traffic {
        self.inner.ledger.of(serial)
    }

    /// How many requests came with an address that nobody here has made.
    pub fn strangers(&self) -> u64 {
        self.inner.strangers.load(Ordering::Relaxed)
    }

    /// How many sounds are on their way or kept for who comes back, and their bytes in memory.
    pub fn load(&self) -> (usize, u64) {
        self.inner.feeds.size()
    }

    /// Ends everything: whoever reads is cut off, and new requests are refused.
    pub async fn close(&self) {
        self.inner.feeds.close();
    }

    fn public(&self, path: &str) -> Url {
        let mut url = self.inner.public_url.clone();
        url.set_path(path);
        url
    }
}

impl Inner {
    fn seconds(&self) -> u64 {
        unix_seconds(self.clock.now())
    }

    fn note_stranger(&self) {
        self.strangers.fetch_add(1, Ordering::Relaxed);
    }
}
