//! One thing to play: its bytes as they come, its frames as they are heard.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::skill::mpeg::{Cutter, Frame};

/// What a Play directive gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) skill: String,
    pub(crate) token: String,
    pub(crate) url: String,
    pub(crate) offset_ms: u64,
    pub(crate) expected: Option<String>,
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) art: Option<String>,
}

/// Why something cannot be played (*documented* names).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// How far the fetching is.
#[derive(Debug)]
pub(crate) enum Fetching {
    /// Not begun.
    Not,
    /// Bytes come, over this connection.
    Runs { connection: u64, since_ms: i64, stop: CancellationToken },
    /// Tried again at this time.
    Waits { until_ms: i64 },
    /// Everything came.
    Done,
    /// It will not come.
    Failed(Failure),
}

/// How a connection ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The body came to its end.
    Whole,
    /// The connection broke within the body.
    Broken(String),
    /// The server said no.
    Status(u16),
    /// There was no connection, or no TLS over it.
    Unreachable(String),
}

/// Tries in a row without a byte.
const TRIES: u32 = 3;
/// Sound that must be there before it begins, or goes on after it ran dry (chosen).
const ENOUGH_US: u64 = 500_000;
/// So many bytes without a frame are no sound.
const NO_SOUND: u64 = 64 * 1024;

/// A stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) no: u64,
    pub(crate) item: Item,
    cutter: Cutter,
    pub(crate) frames: VecDeque<Frame>,
    pub(crate) buffered_us: u64,
    /// Position in the stream.
    pub(crate) position_us: u64,
    /// Sound before the wanted offset, still to be passed over.
    skip_us: u64,
    /// Bytes received, from the beginning of the stream.
    pub(crate) received: u64,
    /// Bytes that a server sent again although asked for the rest.
    pub(crate) again: u64,
    pub(crate) fetching: Fetching,
    tries: u32,
    /// The first sound of it came out.
    pub(crate) is_begun: bool,
    /// PlaybackNearlyFinished was told.
    pub(crate) is_nearly_told: bool,
    /// The time up to which it has been played, in microseconds since 1970.
    pub(crate) at_us: i64,
    /// What was heard last.
    pub(crate) heard: Option<Frame>,
    /// Wakes the fetching when there is room again.
    pub(crate) room: Arc<Notify>,
}

impl Stream {
    pub(crate) fn new(no: u64, item: Item) -> Self {
        let skip_us = item.offset_ms.saturating_mul(1000);
        Self {
            no,
            item,
            cutter: Cutter::default(),
            frames: VecDeque::new(),
            buffered_us: 0,
            position_us: 0,
            skip_us,
            received: 0,
            again: 0,
            fetching: Fetching::Not,
            tries: 0,
            is_begun: false,
            is_nearly_told: false,
            at_us: 0,
            heard: None,
            room: Arc::new(Notify::new()),
        }
    }

    pub(crate) fn offset_ms(&self) -> u64 {
        if self.is_begun { self.position_us / 1000 } else { self.item.offset_ms }
    }

    /// Takes bytes that came.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let again = usize::try_from(self.again).unwrap_or(usize::MAX).min(bytes.len());
        self.again -= u64::try_from(again).unwrap_or(0);
        let bytes = bytes.get(again..).unwrap_or_default();
        self.received += u64::try_from(bytes.len()).unwrap_or(0);
        self.tries = 0;
        for frame in self.cutter.cut(bytes) {
            if self.skip_us >= frame.us {
                self.skip_us -= frame.us;
                self.position_us += frame.us;
                continue;
            }
            self.skip_us = 0;
            self.buffered_us += frame.us;
            self.frames.push_back(frame);
        }
        if !self.has_sound() && self.cutter.noise > NO_SOUND {
            self.fail(Failure::new("MEDIA_ERROR_UNKNOWN", "This is no sound that can be played"));
        }
    }

    /// A connection ended. What has to be done is in `fetching` afterwards.
    pub(crate) fn ended(&mut self, ending: Ending, now_ms: i64) {
        self.fetching = match ending {
            Ending::Whole if !self.has_sound() => {
                let failure = Failure::new("MEDIA_ERROR_UNKNOWN", "There is no sound in it");
                Fetching::Failed(failure)
            }
            Ending::Whole => Fetching::Done,
            Ending::Status(416) if self.received > 0 => Fetching::Done,
            Ending::Status(status) if status >= 500 => Fetching::Failed(Failure::new(
                "MEDIA_ERROR_INTERNAL_SERVER_ERROR",
                format!("The server answered {status}"),
            )),
            Ending::Status(status) => Fetching::Failed(Failure::new(
                "MEDIA_ERROR_INVALID_REQUEST",
                format!("The server answered {status}"),
            )),
            Ending::Broken(why) | Ending::Unreachable(why) => {
                self.tries += 1;
                if self.tries > TRIES || (self.received == 0 && self.tries > 1) {
                    Fetching::Failed(Failure::new("MEDIA_ERROR_SERVICE_UNAVAILABLE", why))
                } else {
                    let wait_ms = 1000 * i64::from(self.tries - 1);
                    Fetching::Waits { until_ms: now_ms + wait_ms }
                }
            }
        };
    }

    /// Gives the stream up.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.cut_off();
        self.fetching = Fetching::Failed(failure);
    }

    /// Closes the connection, if there is one.
    pub(crate) fn cut_off(&mut self) {
        if let Fetching::Runs { stop, .. } = &self.fetching {
            stop.cancel();
        }
        self.room.notify_one();
    }

    fn has_sound(&self) -> bool {
        self.is_begun || !self.frames.is_empty() || self.position_us > 0
    }

    /// Nothing more will come.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self.fetching, Fetching::Done | Fetching::Failed(_))
    }

    /// Whether there is enough to begin or to go on.
    pub(crate) fn is_ready(&self) -> bool {
        self.buffered_us >= ENOUGH_US || (self.is_complete() && !self.frames.is_empty())
    }

    /// Lets everything be heard that is due by a time; whether it ran dry.
    pub(crate) fn play_until(&mut self, now_us: i64) -> bool {
        while let Some(frame) = self.frames.front() {
            let us = i64::try_from(frame.us).unwrap_or(i64::MAX);
            if self.at_us + us > now_us {
                return false;
            }
            self.at_us += us;
            self.position_us += frame.us;
            self.buffered_us = self.buffered_us.saturating_sub(frame.us);
            self.heard = self.frames.pop_front();
        }
        true
    }

    /// What comes out: the mark of the frame and the position by it.
    pub(crate) fn audible(&self) -> (String, u64, Duration) {
        let frame = self.frames.front().or(self.heard.as_ref());
        match frame.and_then(|f| f.mark.as_deref().map(|mark| (f.us, mark))) {
            Some((us, (item, number))) => {
                (item.clone(), *number, Duration::from_micros(us.saturating_mul(*number)))
            }
            None => (String::new(), 0, Duration::from_micros(self.position_us)),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.cut_off();
    }
}
