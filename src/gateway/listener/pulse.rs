//! What goes on on one connection, and until when it may go on like that.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::limits::{ANSWER_TIME, HEADER_TIME, IDLE_TIME, STALL_TIME};
use crate::clock::Clock;

/// The state of one connection, seen by its bytes and its requests.
pub(super) struct Pulse {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changed: Notify,
    evicted: CancellationToken,
}

struct State {
    /// Whether requests come as such, or as one stream of bytes whose silence says something.
    is_http2: bool,
    /// Past the handshake.
    is_open: bool,
    has_asked: bool,
    /// Requests under way, and how many of those are streams of sound.
    under_way: usize,
    streams: usize,
    /// Since when each of the others is.
    others: BTreeMap<u64, SystemTime>,
    next: u64,
    /// When the first byte came of a request that is not there yet.
    head_since: Option<SystemTime>,
    idle_since: SystemTime,
    moved_at: SystemTime,
}

/// What is to be done with a connection now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing for so long.
    In(Duration),
    /// It was idle for long enough: say goodbye.
    Goodbye,
    /// It takes too long: cut it.
    Cut,
}

impl Pulse {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let now = clock.now();
        let state = State {
            is_http2: false,
            is_open: false,
            has_asked: false,
            under_way: 0,
            streams: 0,
            others: BTreeMap::new(),
            next: 0,
            head_since: None,
            idle_since: now,
            moved_at: now,
        };
        let (changed, evicted) = (Notify::new(), CancellationToken::new());
        Arc::new(Self { clock, state: Mutex::new(state), changed, evicted })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handshake, if any, is done.
    pub(super) fn open(&self, is_http2: bool) {
        let now = self.clock.now();
        let mut state = self.state();
        (state.is_http2, state.is_open, state.idle_since) = (is_http2, true, now);
    }

    /// What is due.
    pub(super) fn due(&self) -> Due {
        let now = self.clock.now();
        let state = self.state();
        let (since, limit, end) = if state.under_way > 0 {
            (state.moved_at, STALL_TIME, Due::Cut)
        } else if let Some(since) = state.head_since {
            (since, HEADER_TIME, Due::Cut)
        } else if state.has_asked {
            (state.idle_since, IDLE_TIME, Due::Goodbye)
        } else {
            (state.idle_since, HEADER_TIME, Due::Cut)
        };
        // A clock that was set back counts as no time at all.
        let left = |since, limit: Duration| {
            limit.saturating_sub(now.duration_since(since).unwrap_or_default())
        };
        // Who takes no answer could keep a connection for ever by moving bytes that are none.
        let first = state.others.values().next();
        let answer = first.map_or(Duration::MAX, |since| left(*since, ANSWER_TIME));
        match left(since, limit).min(answer) {
            Duration::ZERO => end,
            left => Due::In(left),
        }
    }

    /// Resolves when what is due may have changed to something earlier.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Since when nothing is asked, unless something is.
    pub(super) fn idle_since(&self) -> Option<SystemTime> {
        let state = self.state();
        (state.is_open && state.under_way == 0).then_some(state.idle_since)
    }

    /// Takes the connection away in favour of another one.
    pub(super) fn evict(&self) {
        self.evicted.cancel();
    }

    /// Resolves when the connection was taken away.
    pub(super) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }

    #[cfg(test)]
    pub(super) fn is_evicted(&self) -> bool {
        self.evicted.is_cancelled()
    }

    /// Resolves when no request but streams is under way.
    pub(super) async fn quiet(&self) {
        loop {
            let changed = self.changed.notified();
            {
                let state = self.state();
                if state.under_way == state.streams {
                    return;
                }
            }
            changed.await;
        }
    }

    /// A request has begun; it ends with what is given back.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        let now = self.clock.now();
        let mut state = self.state();
        state.under_way += 1;
        state.has_asked = true;
        state.head_since = None;
        state.moved_at = now;
        let number = state.next;
        state.next += 1;
        state.others.insert(number, now);
        drop(state);
        self.changed.notify_one();
        UnderWay { pulse: Arc::clone(self), number, is_stream: false }
    }

    fn was_read(&self) {
        let now = self.clock.now();
        let mut state = self.state();
        state.moved_at = now;
        if state.under_way == 0 && state.head_since.is_none() && !state.is_http2 {
            state.head_since = Some(now);
            drop(state);
            self.changed.notify_one();
        }
    }

    fn was_written(&self) {
        let now = self.clock.now();
        self.state().moved_at = now;
    }
}

/// One request under way.
pub(super) struct UnderWay {
    pulse: Arc<Pulse>,
    number: u64,
    is_stream: bool,
}

impl UnderWay {
    /// The rest of it is a stream of sound: nobody waits for its end.
    pub(super) fn is_stream_now(&mut self) {
        if !self.is_stream {
            self.is_stream = true;
            let mut state = self.pulse.state();
            state.streams += 1;
            state.others.remove(&self.number);
            drop(state);
            self.pulse.changed.notify_one();
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let now = self.pulse.clock.now();
        {
            let mut state = self.pulse.state();
            state.under_way -= 1;
            state.others.remove(&self.number);
            state.streams -= usize::from(self.is_stream);
            state.idle_since = now;
        }
        self.pulse.changed.notify_one();
    }
}

/// Bytes of a connection that tell its pulse.
pub(super) struct Metered<S> {
    stream: S,
    pulse: Arc<Pulse>,
}

impl<S> Metered<S> {
    pub(super) fn new(stream: S, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        if into.filled().len() > before {
            self.pulse.was_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.pulse.was_written();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, parts))?;
        self.pulse.was_written();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, from_unix};

    #[test]
    fn each_part_of_a_connection_has_its_time() {
        let clock = ManualClock::new(from_unix(1_000));
        let pulse = Pulse::new(Arc::new(clock.clone()));
        pulse.open(false);
        assert_eq!(pulse.due(), Due::In(HEADER_TIME));
        clock.advance(Duration::from_secs(4));
        pulse.was_read();
        assert_eq!(pulse.due(), Due::In(HEADER_TIME));
        clock.advance(Duration::from_secs(9));
        pulse.was_read();
        assert_eq!(pulse.due(), Due::In(Duration::from_secs(1)), "more bytes give no more time");
        let mut request = pulse.begin();
        assert_eq!(pulse.due(), Due::In(ANSWER_TIME));
        assert!(pulse.idle_since().is_none());
        request.is_stream_now();
        assert_eq!(pulse.due(), Due::In(STALL_TIME));
        drop(request);
        assert_eq!(pulse.due(), Due::In(IDLE_TIME));
        assert_eq!(pulse.idle_since(), Some(clock.now()));
        clock.advance(IDLE_TIME);
        assert_eq!(pulse.due(), Due::Goodbye);
        pulse.was_read();
        clock.advance(HEADER_TIME);
        assert_eq!(pulse.due(), Due::Cut);
    }

    #[test]
    fn who_never_takes_an_answer_is_cut_whatever_else_moves() {
        let clock = ManualClock::new(from_unix(1_000));
        let pulse = Pulse::new(Arc::new(clock.clone()));
        pulse.open(true);
        let mut stream = pulse.begin();
        stream.is_stream_now();
        clock.advance(Duration::from_secs(7_200));
        pulse.was_written();
        let held = pulse.begin();
        for _ in 0..2 {
            clock.advance(ANSWER_TIME / 2 - Duration::from_secs(1));
            pulse.was_read();
            pulse.was_written();
        }
        assert_eq!(pulse.due(), Due::In(Duration::from_secs(2)));
        clock.advance(Duration::from_secs(2));
        assert_eq!(pulse.due(), Due::Cut);
        drop(held);
        assert!(matches!(pulse.due(), Due::In(_)), "a stream may go on for hours");
    }

    #[test]
    fn http2_bytes_between_requests_are_no_slow_headers() {
        let clock = ManualClock::new(from_unix(1_000));
        let pulse = Pulse::new(Arc::new(clock.clone()));
        pulse.open(true);
        drop(pulse.begin());
        pulse.was_read();
        assert_eq!(pulse.due(), Due::In(IDLE_TIME));
    }
}
