//! The open push streams, and what becomes of an event on its way to them.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write as _};

use axum::body::{Body, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::knobs::PushFraming;
use crate::push::frames::{self, Boundary, Part, Piece};
use crate::push::noise;
use crate::server::{Cut, Wire};
use crate::state::{State, World, lock};

/// Simulated time between two bare delimiters.
const KEEP_ALIVE_MS: i64 = 30_000;

/// How the push streams that are open now come to an end, or to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushDrop {
    /// The body ends.
    End,
    /// The closing delimiter, then the body ends.
    Closing,
    /// GOAWAY with `NO_ERROR` on the connection, then the body ends.
    Goaway,
    /// The same GOAWAY, and the connection is closed while the body is not over.
    GoawayClose,
    /// The stream is aborted; the connection lives.
    Reset,
    /// The TCP connection is closed.
    Close,
    /// Half open: the connection stays, but nothing is read or written on it any more.
    Hang,
    /// These streams stay open and are never written to again; the connection works.
    Deafen,
}

#[derive(Debug)]
struct Stream {
    id: u64,
    to: UnboundedSender<Piece>,
    wire: Wire,
    boundary: Boundary,
    deaf: bool,
    /// When its last bare delimiter went out.
    delimiter_ms: i64,
}

/// All open streams.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    streams: Vec<Stream>,
    last: u64,
    /// Connections that were left half open.
    hung: Vec<Wire>,
    /// An event that waits for the next one to overtake it.
    held: Option<Part>,
    /// What was told last, by serial and command.
    told: BTreeMap<(String, &'static str), String>,
}

impl Hub {
    /// Remembers an event for streams that open later.
    pub(crate) fn remember(&mut self, serial: &str, command: &'static str, directive: &str) {
        self.told.insert((serial.to_owned(), command), directive.to_owned());
    }

    /// Forgets what was told of a device that is gone.
    pub(crate) fn forget(&mut self, serial: &str) {
        self.told.retain(|(about, _), _| about != serial);
    }

    /// Whether something was told of a device.
    pub(crate) fn knows(&self, serial: &str, command: &'static str) -> bool {
        self.told.contains_key(&(serial.to_owned(), command))
    }

    fn write(&self, pieces: impl Fn(&Boundary) -> Vec<Piece>) {
        for stream in self.streams.iter().filter(|stream| !stream.deaf) {
            for piece in pieces(&stream.boundary) {
                // A stream whose client went away is taken off the list soon.
                let _ = stream.to.send(piece);
            }
        }
    }
}

/// Counts a stream while it lives.
struct Open {
    id: u64,
    world: World,
}

impl Drop for Open {
    fn drop(&mut self) {
        // Dropped by the connection, never while the state is locked.
        let mut state = lock(&self.world);
        state.counters.push_streams -= 1;
        state.push.streams.retain(|stream| stream.id != self.id);
    }
}

/// Opens a stream: its content type and body.
pub(crate) fn open(state: &mut State, world: &World, wire: &Wire, gzip: bool) -> (String, Body) {
    state.counters.push_streams += 1;
    state.counters.push_opened += 1;
    let (to, from) = unbounded_channel();
    let boundary = Boundary::of(&state.knobs);
    let kind = boundary.content_type();
    state.push.last += 1;
    let id = state.push.last;
    if !state.knobs.push_silent {
        let mut pieces = frames::opening(&boundary, &state.knobs);
        if state.knobs.push_replay {
            for told in state.push.told.values() {
                let part = Part::json(told.clone());
                pieces.extend(frames::part(&part, &boundary, &state.knobs));
            }
        }
        for piece in pieces {
            let _ = to.send(piece);
        }
    }
    state.push.streams.push(Stream {
        id,
        to,
        wire: wire.clone(),
        boundary,
        deaf: false,
        delimiter_ms: state.clock.now_ms(),
    });
    let coder = gzip.then(|| GzEncoder::new(Vec::new(), Compression::default()));
    let open = Open { id, world: world.clone() };
    let body = Outlet { from, waiting: VecDeque::new(), coder, open };
    (kind, Body::from_stream(stream::unfold(body, |outlet| outlet.next())))
}

/// The body of one stream.
struct Outlet {
    from: UnboundedReceiver<Piece>,
    waiting: VecDeque<Piece>,
    coder: Option<GzEncoder<Vec<u8>>>,
    open: Open,
}

impl Outlet {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        let piece = match self.waiting.pop_front() {
            Some(piece) => piece,
            None => self.from.recv().await?,
        };
        let bytes = match piece {
            Piece::Whole(bytes) => bytes,
            Piece::Joined(bytes) => self.join(bytes),
            Piece::Break => return Some((Err(io::Error::other("reset by the test")), self)),
        };
        let bytes = self.code(bytes);
        Some((bytes, self))
    }

    /// Adds what follows at once. Whoever acts holds the state, so that its lock means: the act is
    /// over, and all its events are here.
    fn join(&mut self, first: Bytes) -> Bytes {
        let _act_is_over = lock(&self.open.world);
        let mut bytes = first.to_vec();
        loop {
            let piece = match self.waiting.pop_front() {
                Some(piece) => piece,
                None => match self.from.try_recv() {
                    Ok(piece) => piece,
                    Err(_) => break,
                },
            };
            match piece {
                Piece::Joined(more) => bytes.extend(more),
                other => {
                    self.waiting.push_front(other);
                    break;
                }
            }
        }
        Bytes::from(bytes)
    }

    fn code(&mut self, bytes: Bytes) -> io::Result<Bytes> {
        let Some(coder) = &mut self.coder else {
            return Ok(bytes);
        };
        coder.write_all(&bytes)?;
        coder.flush()?;
        Ok(Bytes::from(std::mem::take(coder.get_mut())))
    }
}

/// Sends one event, with everything the settings do to it.
pub(crate) fn deliver(state: &mut State, part: Part) {
    if state.knobs.push_silent || state.knobs.push_events_lost {
        state.counters.push_events_lost += 1;
        return;
    }
    state.counters.push_events += 1;
    let mut parts = Vec::new();
    if state.knobs.push_noise {
        parts.push(noise::part(state));
    }
    if state.knobs.push_reorder {
        match state.push.held.take() {
            Some(first) => parts.extend([part, first]),
            None => state.push.held = Some(part),
        }
    } else {
        parts.extend(state.push.held.take());
        parts.push(part);
    }
    let times = if state.knobs.push_duplicates { 2 } else { 1 };
    for part in &parts {
        for _ in 0..times {
            state.push.write(|boundary| frames::part(part, boundary, &state.knobs));
        }
    }
}

/// Sends bytes as they are.
pub(crate) fn raw(state: &State, bytes: &Bytes) {
    if !state.knobs.push_silent {
        state.push.write(|_| vec![Piece::Whole(bytes.clone())]);
    }
}

/// Writes the bare delimiters that are due, and lets out what waits for company.
pub(crate) fn keep_alive(state: &mut State) {
    let now_ms = state.clock.now_ms();
    let silent = state.knobs.push_silent;
    let held = state.push.held.take().filter(|_| !silent);
    if let Some(part) = held {
        state.push.write(|boundary| frames::part(&part, boundary, &state.knobs));
    }
    for stream in &mut state.push.streams {
        if now_ms < stream.delimiter_ms {
            stream.delimiter_ms = now_ms;
        }
        if now_ms - stream.delimiter_ms < KEEP_ALIVE_MS || silent || stream.deaf {
            continue;
        }
        stream.delimiter_ms = now_ms;
        for piece in frames::bare(&stream.boundary, &state.knobs) {
            let _ = stream.to.send(piece);
        }
    }
}

/// Ends the open streams, or what is left of them.
pub(crate) fn drop_streams(state: &mut State, how: PushDrop) -> usize {
    let knobs = &state.knobs;
    let streams = &mut state.push.streams;
    let count = streams.len();
    for stream in streams.iter_mut() {
        match how {
            PushDrop::End => {}
            PushDrop::Closing => {
                for piece in frames::closing(&stream.boundary, knobs) {
                    let _ = stream.to.send(piece);
                }
            }
            PushDrop::Goaway => stream.wire.cut(Cut::Goaway),
            PushDrop::GoawayClose => stream.wire.cut(Cut::GoawayClose),
            PushDrop::Reset => {
                let _ = stream.to.send(Piece::Break);
            }
            PushDrop::Close => stream.wire.cut(Cut::Close),
            PushDrop::Hang => {
                stream.wire.cut(Cut::Hang);
                state.push.hung.push(stream.wire.clone());
            }
            PushDrop::Deafen => {}
        }
        stream.deaf = true;
    }
    // A body is over when nobody can write to it any more.
    if matches!(how, PushDrop::End | PushDrop::Closing | PushDrop::Goaway | PushDrop::Reset) {
        streams.clear();
    }
    count
}

/// Closes the connections that were left half open; returns how many there were.
pub(crate) fn let_go(state: &mut State) -> usize {
    let hung = std::mem::take(&mut state.push.hung);
    hung.iter().for_each(|wire| wire.cut(Cut::Close));
    hung.len()
}

/// Whether new streams are compressed for clients that accept it.
pub(crate) fn compresses(state: &State) -> bool {
    state.knobs.push_framing == PushFraming::Gzip
}
