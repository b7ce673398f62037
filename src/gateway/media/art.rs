//! Pictures: fetched inside the house, made small, kept for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use reqwest::Method;
use tokio::sync::Semaphore;
use url::Url;

use super::Media;
use super::address::{self, ArtSize, Invalid};
use super::picture;
use super::stream::{empty, refused, set};
use super::upstream::{self, Failure};
use crate::clock::Clock;

/// Bytes of a picture that are fetched at most (*chosen*: covers of 3,000 pixels have a few MiB).
const LARGEST: usize = 12 * 1024 * 1024;
/// How long fetching one may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pictures that are kept ready, and addresses that are remembered (*chosen*).
const READY: usize = 32;
const REMEMBERED: usize = 512;
/// One at a time is opened, because a large one takes much memory.
const AT_ONCE: usize = 1;
/// The same picture does not change under its address.
const CACHE: &str = "private, max-age=86400";

type Name = [u8; 16];

/// The pictures of a gateway.
pub(super) struct Gallery {
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    shelves: Mutex<Shelves>,
    desk: Semaphore,
}

/// What was used last comes last.
#[derive(Default)]
struct Shelves {
    addresses: Shelf<Name, Url>,
    ready: Shelf<(Name, ArtSize), Bytes>,
}

/// A few things, of which those that were not used for longest go first.
struct Shelf<K, V>(Vec<(K, V)>);

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq, V: Clone> Shelf<K, V> {
    fn get(&mut self, key: &K) -> Option<V> {
        let at = self.0.iter().rposition(|(held, _)| held == key)?;
        let held = self.0.remove(at);
        let value = held.1.clone();
        self.0.push(held);
        Some(value)
    }

    fn put(&mut self, key: K, value: V, most: usize) {
        self.0.retain(|(held, _)| *held != key);
        if self.0.len() >= most {
            self.0.remove(0);
        }
        self.0.push((key, value));
    }
}

impl Gallery {
    pub(super) fn new(client: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self { client, clock, shelves: Mutex::default(), desk: Semaphore::new(AT_ONCE) }
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the picture with this name is.
    pub(super) fn remember(&self, name: Name, url: &Url) {
        self.lock().addresses.put(name, url.clone(), REMEMBERED);
    }

    /// A picture in one of the sizes, as JPEG.
    async fn picture(&self, name: Name, size: ArtSize) -> Result<Bytes, Failure> {
        let ready = || self.lock().ready.get(&(name, size));
        if let Some(jpeg) = ready() {
            return Ok(jpeg);
        }
        let url = self
            .lock()
            .addresses
            .get(&name)
            .ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, "is not known any more"))?;
        let closed = |_| Failure::new(StatusCode::SERVICE_UNAVAILABLE, "is not made any more");
        let _turn = self.desk.acquire().await.map_err(closed)?;
        // Somebody may have wanted the same at the same time.
        if let Some(jpeg) = ready() {
            return Ok(jpeg);
        }
        let bytes = tokio::select! {
            bytes = self.fetch(&url) => bytes?,
            () = self.clock.sleep(PATIENCE) => {
                return Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "did not come in time"));
            }
        };
        let made = tokio::task::spawn_blocking(move || picture::resized(&bytes, size.pixels()));
        let jpeg = match made.await {
            Ok(Ok(jpeg)) => Bytes::from(jpeg),
            _ => {
                return Err(Failure::new(
                    StatusCode::BAD_GATEWAY,
                    "is no picture that can be shown",
                ));
            }
        };
        self.lock().ready.put((name, size), jpeg.clone(), READY);
        Ok(jpeg)
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, Failure> {
        let too_large = || Failure::new(StatusCode::BAD_GATEWAY, "is too large");
        let mut response = upstream::open(&self.client, Method::GET, url, &*self.clock).await?;
        if response.content_length().is_some_and(|length| length > LARGEST as u64) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| upstream::explain(&error))? {
            if bytes.len() + part.len() > LARGEST {
                return Err(too_large());
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }
}

/// `GET` and `HEAD /alexa/i/{segment}`
pub(super) async fn get(State(media): State<Media>, Path(segment): Path<String>) -> Response {
    let media = media.inner;
    let art = match address::read_art(&media.signer, &segment, media.seconds()) {
        Ok(art) => art,
        Err(invalid) => {
            if invalid == Invalid::Unsigned {
                media.note_stranger();
            }
            return empty(StatusCode::FORBIDDEN);
        }
    };
    match media.gallery.picture(art.name, art.size).await {
        Ok(jpeg) => {
            media.ledger.note(&art.serial, |traffic| traffic.pictures += 1);
            let mut response = Response::new(Body::from(jpeg));
            set(&mut response, header::CONTENT_TYPE, "image/jpeg");
            set(&mut response, header::CACHE_CONTROL, CACHE);
            set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
            response
        }
        Err(failure) => {
            tracing::debug!(failure.sentence, "picture");
            refused(&failure)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut shelf = Shelf::default();
        for key in 0..3 {
            shelf.put(key, key * 10, 3);
        }
        assert_eq!(shelf.get(&0), Some(0));
        shelf.put(3, 30, 3);
        assert_eq!(shelf.get(&1), None);
        assert_eq!((shelf.get(&0), shelf.get(&2), shelf.get(&3)), (Some(0), Some(20), Some(30)));
        shelf.put(2, 21, 3);
        assert_eq!(shelf.0.len(), 3);
        assert_eq!(shelf.get(&2), Some(21));
    }
}
