//! What fills a feed: one connection at a time to where the sound comes from, no faster than it is
//! taken, given up when nobody takes it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use reqwest::{Method, Response};

use super::feed::{Facts, Feed, KEPT, Room, Status};
use super::frames::{Skipper, constant_rate};
use super::upstream::{self, Failure};
use super::{NoSource, Source, Sources};
use crate::clock::Clock;

/// How long the host may take to say what a cue is (*chosen*: it has five seconds for it).
const HOST: Duration = Duration::from_secs(8);
/// A connection that brings nothing for so long is broken (*chosen*).
const SILENCE: Duration = Duration::from_secs(30);
/// Bytes from which the rate is told.
const SAMPLE: usize = 16 * 1024;

/// What is needed to fetch.
pub(super) struct Inflow {
    pub(super) client: reqwest::Client,
    pub(super) sources: Arc<dyn Sources>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Inflow {
    /// Fills a feed until nobody has wanted it for long.
    pub(super) async fn fill(&self, feed: &Feed) {
        loop {
            while !feed.is_opening() {
                let left = self.left(feed);
                if left.is_zero() {
                    return;
                }
                tokio::select! {
                    () = feed.wanted.notified() => {}
                    () = self.clock.sleep(left) => {}
                }
            }
            let status = match self.flow(feed).await {
                Ok(status) => status,
                Err(failure) => {
                    tracing::debug!(sequence = feed.cue.sequence, failure.sentence, "stream");
                    Status::Failed(failure)
                }
            };
            feed.closed(status);
        }
    }

    /// How long a feed is still kept.
    fn left(&self, feed: &Feed) -> Duration {
        let Some(since) = feed.free_since() else { return KEPT };
        KEPT.saturating_sub(self.clock.now().duration_since(since).unwrap_or_default())
    }

    /// What the host says a cue is.
    pub(super) async fn source(&self, feed_cue: &super::CueRef) -> Result<Source, Failure> {
        let busy = || Failure::refusal(StatusCode::SERVICE_UNAVAILABLE, "the host is busy");
        tokio::select! {
            source = self.sources.source(feed_cue.clone()) => source.map_err(|none| match none {
                NoSource::Gone => Failure::refusal(StatusCode::NOT_FOUND, "there is nothing to play"),
                NoSource::Busy => busy(),
            }),
            () = self.clock.sleep(HOST) => Err(busy()),
        }
    }

    /// One connection, from its beginning to its end.
    async fn flow(&self, feed: &Feed) -> Result<Status, Failure> {
        let source = self.source(&feed.cue).await?;
        let clock = &*self.clock;
        let response = upstream::open(&self.client, Method::GET, &source.url, clock).await?;
        let wanted = feed.opened(facts(&source, &response));
        let begin = if source.live { Duration::ZERO } else { source.start };
        let mut part = Part { skipper: Skipper::new(begin), place: 0, wanted, sample: Vec::new() };
        let mut connection = Connection { response, clock };
        loop {
            if !connection.has_room(feed).await {
                return Ok(Status::Resting);
            }
            let bytes = match connection.next(feed).await? {
                Next::Bytes(bytes) => bytes,
                Next::End if part.is_waiting() => return Err(no_sound()),
                Next::End => return Ok(Status::Ended(part.place)),
                Next::Idle => return Ok(Status::Resting),
            };
            let bytes = part.cut(feed, bytes)?;
            feed.push(bytes);
        }
    }
}

fn no_sound() -> Failure {
    Failure::new(StatusCode::BAD_GATEWAY, "ends before the place where it should start")
}

pub(super) fn facts(source: &Source, response: &Response) -> Facts {
    let content_type =
        upstream::media_type(response, "audio/").unwrap_or_else(|| "audio/mpeg".to_owned());
    // What is skipped is not known in bytes before it has come.
    let length = response.content_length().filter(|_| source.start.is_zero() && !source.live);
    let duration = source.duration.map(|duration| duration.saturating_sub(source.start));
    Facts { content_type, duration, is_live: source.live, length }
}

/// What is left of what comes: the start is skipped, and what is there already.
struct Part {
    skipper: Skipper,
    /// The place of the next byte in what is handed out.
    place: u64,
    /// From which place on bytes are wanted.
    wanted: u64,
    /// The first bytes, until the rate is told from them.
    sample: Vec<u8>,
}

impl Part {
    fn cut(&mut self, feed: &Feed, bytes: Bytes) -> Result<Bytes, Failure> {
        let bytes = self.skipper.push(bytes).map_err(|_| {
            Failure::new(
                StatusCode::BAD_GATEWAY,
                "is no MP3, so it can only start at its beginning",
            )
        })?;
        if self.sample.len() < SAMPLE && feed.wants_rate() {
            self.sample.extend_from_slice(bytes.get(..bytes.len().min(SAMPLE)).unwrap_or_default());
            if self.sample.len() >= SAMPLE {
                feed.set_rate(constant_rate(&self.sample));
            }
        }
        let over = self.wanted.saturating_sub(self.place);
        self.place += bytes.len() as u64;
        match usize::try_from(over) {
            Ok(over) if over < bytes.len() => Ok(bytes.slice(over..)),
            _ => Ok(Bytes::new()),
        }
    }

    fn is_waiting(&self) -> bool {
        !self.skipper.is_through()
    }
}

struct Connection<'a> {
    response: Response,
    clock: &'a dyn Clock,
}

enum Next {
    Bytes(Bytes),
    End,
    Idle,
}

impl Connection<'_> {
    /// Waits until more may be fetched; false when nobody wants it any more.
    async fn has_room(&self, feed: &Feed) -> bool {
        loop {
            match feed.room(self.clock.now()) {
                Room::Free => return true,
                Room::Idle => return false,
                Room::Full(wait) => tokio::select! {
                    () = feed.wanted.notified() => {}
                    () = self.clock.sleep(wait) => {}
                },
            }
        }
    }

    async fn next(&mut self, feed: &Feed) -> Result<Next, Failure> {
        let mut silence = self.clock.sleep(SILENCE);
        loop {
            let patience = feed.patience(self.clock.now());
            if patience.is_some_and(|patience| patience.is_zero()) {
                return Ok(Next::Idle);
            }
            tokio::select! {
                biased;
                chunk = self.response.chunk() => {
                    return match chunk {
                        Ok(Some(bytes)) => Ok(Next::Bytes(bytes)),
                        Ok(None) => Ok(Next::End),
                        Err(error) => Err(upstream::explain(&error)),
                    };
                }
                () = &mut silence => {
                    return Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "brings nothing any more"));
                }
                () = feed.wanted.notified() => {}
                () = self.clock.sleep(patience.unwrap_or(SILENCE)) => {}
            }
        }
    }
}
