//! One request of an Echo for a sound, from the first byte to whatever ends it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use futures_util::stream;

use super::feed::{Feed, Outlook, Taken};
use super::upstream::Failure;
use super::{FetchKind, FetchReport, Inner};

/// Waiting for sound counts as a stall from here on (*chosen*: an Echo has a few seconds in store).
const STALL: Duration = Duration::from_secs(5);
/// An answer is begun after this time even if there is no sound yet, once the source has answered.
const PATIENCE: Duration = Duration::from_secs(10);
/// After this time there is none (*chosen*: what the host and the source may take together).
const LIMIT: Duration = Duration::from_secs(28);

/// The connection is closed without the end of the sound, so that nobody takes it for whole.
#[derive(Debug)]
struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the sound broke off")
    }
}

impl std::error::Error for BrokenOff {}

/// Somebody who reads a feed. Reports what becomes of it.
pub(super) struct Fetch {
    media: Arc<Inner>,
    feed: Arc<Feed>,
    id: u64,
    from: u64,
    bytes: u64,
    /// The place before which it ends.
    until: Option<u64>,
    is_over: bool,
}

impl Fetch {
    pub(super) fn new(media: Arc<Inner>, feed: Arc<Feed>, id: u64) -> Self {
        Self { media, feed, id, from: 0, bytes: 0, until: None, is_over: false }
    }

    /// Waits until it can be said how this is answered: the byte at `needed` is there, or never
    /// will be.
    pub(super) async fn outlook(&mut self, needed: u64) -> Result<Outlook, Failure> {
        let clock = Arc::clone(&self.media.clock);
        let (mut patience, mut limit) = (clock.sleep(PATIENCE), clock.sleep(LIMIT));
        let mut is_patient = true;
        loop {
            let changed = self.feed.changed.notified();
            let Some(place) = self.feed.place(self.id) else { return Err(cut()) };
            let outlook = self.feed.outlook();
            let is_live = outlook.facts.as_ref().is_some_and(|facts| facts.is_live);
            let needed = if is_live { place } else { needed.max(place) };
            if outlook.end > needed || outlook.is_over {
                return Ok(outlook);
            }
            if let Some(failure) = outlook.failure {
                return Err(failure);
            }
            // A place that has not come yet is no ground for an answer, but a beginning is.
            if !is_patient && outlook.facts.is_some() && place <= outlook.end {
                return Ok(outlook);
            }
            tokio::select! {
                () = changed => {}
                () = &mut patience, if is_patient => is_patient = false,
                () = &mut limit => {
                    return Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "did not bring anything in time"));
                }
            }
        }
    }

    /// The body of the answer: from `first`, or from where it is, up to before `until`.
    pub(super) fn body(mut self, first: Option<u64>, until: Option<u64>) -> Body {
        if let Some(first) = first {
            self.feed.skip_to(self.id, first);
        }
        self.from = self.feed.place(self.id).unwrap_or_default();
        self.until = until;
        Body::from_stream(stream::unfold(self, |mut fetch| async move {
            let part = fetch.next().await?;
            Some((part, fetch))
        }))
    }

    async fn next(&mut self) -> Option<Result<Bytes, BrokenOff>> {
        let (clock, feed) = (Arc::clone(&self.media.clock), Arc::clone(&self.feed));
        let mut is_stalled = false;
        loop {
            if self.is_over {
                return None;
            }
            let changed = feed.changed.notified();
            match feed.take(self.id, self.until, clock.now()) {
                Taken::Bytes(bytes) => return Some(Ok(self.hand_out(bytes))),
                Taken::End => {
                    self.end();
                    return None;
                }
                Taken::Failed(failure) => {
                    self.fail(&failure);
                    return Some(Err(BrokenOff));
                }
                Taken::Cut => return Some(Err(BrokenOff)),
                Taken::Later => {}
            }
            tokio::select! {
                () = changed => {}
                () = clock.sleep(STALL), if !is_stalled => {
                    is_stalled = true;
                    self.media.ledger.note(&self.feed.cue.serial, |traffic| traffic.stalls += 1);
                    self.report(FetchKind::Stalled(STALL));
                }
            }
        }
    }

    fn hand_out(&mut self, bytes: Bytes) -> Bytes {
        if self.bytes == 0 {
            self.report(FetchKind::Begun);
        }
        self.bytes += bytes.len() as u64;
        let count = bytes.len() as u64;
        self.media.ledger.note(&self.feed.cue.serial, |traffic| traffic.bytes += count);
        // Nobody may ask for more after the last byte that was promised.
        if self.until.is_some_and(|until| self.from + self.bytes >= until) {
            self.end();
        }
        bytes
    }

    fn end(&mut self) {
        self.is_over = true;
        let is_whole = self.until.is_none();
        let missing = self.feed.missing().filter(|_| is_whole);
        self.report(missing.map_or(FetchKind::Ended, FetchKind::EndedEarly));
    }

    /// It will not come.
    pub(super) fn fail(&mut self, failure: &Failure) {
        self.is_over = true;
        if failure.is_refusal {
            return;
        }
        self.media.ledger.note(&self.feed.cue.serial, |traffic| traffic.failures += 1);
        self.report(FetchKind::UpstreamFailed(failure.sentence.clone()));
    }

    /// Nothing was to be handed out.
    pub(super) fn dismiss(mut self) {
        self.is_over = true;
    }

    fn report(&self, kind: FetchKind) {
        let (bytes, from, at) = (self.bytes, self.from, self.media.clock.now());
        self.media.sources.fetched(&self.feed.cue, &FetchReport { kind, bytes, from, at });
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.feed.stand_up(self.id, self.media.clock.now());
        if !self.is_over {
            self.report(FetchKind::Dropped);
        }
    }
}

fn cut() -> Failure {
    Failure::refusal(StatusCode::SERVICE_UNAVAILABLE, "the gateway ends")
}
