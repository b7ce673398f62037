//! One sound on its way: a connection to where it comes from fills a ring, and whoever plays it reads
//! from there. Who comes back finds the ring still there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::CueRef;
use super::ring::{At, Ring};
use super::share::Share;
use super::stream::Length;
use super::upstream::Failure;

/// Without anybody reading, the connection is given up after this time, and the ring after that
/// (*chosen*: a voice interruption takes seconds, a pause minutes).
pub(super) const IDLE: Duration = Duration::from_secs(60);
pub(super) const KEPT: Duration = Duration::from_secs(600);
/// One who takes nothing for so long does not hold up another (*chosen*).
const STUCK: Duration = Duration::from_secs(10);
/// Largest part handed out at once, which is also what is counted as delivered too early at worst.
const PART: usize = 64 * 1024;
/// A sound that ends this much before its time ended too early (*chosen*: what is told about its
/// length is rounded and often wrong by seconds).
const SHORT: Duration = Duration::from_secs(10);

/// What is known about a sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub(super) content_type: String,
    /// What is to come from the start on, where that was told.
    pub(super) duration: Option<Duration>,
    pub(super) is_live: bool,
    /// Bytes, where the source promised so many.
    pub(super) length: Option<u64>,
}

/// How it stands with the connection.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Status {
    Opening,
    Flowing,
    /// Nobody read for long, so it was given up; it can be opened again.
    Resting,
    /// The sound ends after so many bytes.
    Ended(u64),
    Failed(Failure),
}

/// Somebody who reads.
#[derive(Debug)]
struct Seat {
    id: u64,
    at: u64,
    moved_at: SystemTime,
}

#[derive(Debug)]
struct State {
    ring: Ring,
    seats: Vec<Seat>,
    next_id: u64,
    facts: Option<Facts>,
    /// Bytes per second, where they are constant.
    rate: Option<f64>,
    status: Status,
    /// The furthest place that was handed out.
    front: u64,
    free_since: SystemTime,
}

/// One sound on its way.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) cue: CueRef,
    share: Arc<Share>,
    state: Mutex<State>,
    /// For those who read: something came, or nothing will.
    pub(super) changed: Notify,
    /// For the connection: somebody came, took something or went.
    pub(super) wanted: Notify,
    task: Mutex<Option<AbortHandle>>,
}

/// What one gets who reads.
#[derive(Debug, PartialEq)]
pub(super) enum Taken {
    Bytes(Bytes),
    /// There is no more.
    End,
    /// It has not come yet.
    Later,
    Failed(Failure),
    /// Was too slow, or too many others wanted to read.
    Cut,
}

/// Whether more may be fetched.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Room {
    Free,
    /// Not before somebody takes something; but look again after this time.
    Full(Duration),
    /// Nobody has read for long.
    Idle,
}

/// What an answer is made of.
#[derive(Debug, Clone)]
pub(super) struct Outlook {
    pub(super) facts: Option<Facts>,
    pub(super) length: Length,
    pub(super) end: u64,
    pub(super) is_over: bool,
    pub(super) failure: Option<Failure>,
}

impl Feed {
    /// One that will begin at this place.
    pub(super) fn new(cue: CueRef, begin: u64, share: Arc<Share>, now: SystemTime) -> Self {
        let state = State {
            ring: Ring::at(begin),
            seats: Vec::new(),
            next_id: 0,
            facts: None,
            rate: None,
            status: Status::Opening,
            front: begin,
            free_since: now,
        };
        Self {
            cue,
            share,
            state: Mutex::new(state),
            changed: Notify::new(),
            wanted: Notify::new(),
            task: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The task that fills it, which ends when the feed is given up.
    pub(super) fn filled_by(&self, task: AbortHandle) {
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Gives it up: whoever reads gets no more.
    pub(super) fn give_up(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        self.lock().seats.clear();
        self.changed.notify_waiters();
    }

    // For those who read.

    /// How many read.
    pub(super) fn readers(&self) -> usize {
        self.lock().seats.len()
    }

    /// Bytes in the ring.
    pub(super) fn held(&self) -> u64 {
        self.lock().ring.len()
    }

    /// Since when nobody reads; `None` while somebody does.
    pub(super) fn free_since(&self) -> Option<SystemTime> {
        let state = self.lock();
        state.seats.is_empty().then_some(state.free_since)
    }

    /// Whether somebody can read from a place on without holding up the others for good.
    pub(super) fn can_serve(&self, place: u64) -> bool {
        let state = self.lock();
        let slowest = state.seats.iter().map(|seat| seat.at).min();
        state.is_live()
            || place >= state.ring.begin()
                && (place <= state.ring.end()
                    || slowest.is_none_or(|slowest| place < slowest + self.share.ring()))
    }

    /// Lets somebody read from a place on, and opens the connection again where it is needed.
    pub(super) fn sit_down(&self, place: u64, now: SystemTime) -> u64 {
        let mut state = self.lock();
        let at = if state.is_live() {
            state.front.clamp(state.ring.begin(), state.ring.end())
        } else {
            place
        };
        let id = state.next_id;
        state.next_id += 1;
        state.seats.push(Seat { id, at, moved_at: now });
        if matches!(state.status, Status::Resting | Status::Failed(_)) {
            state.status = Status::Opening;
        }
        drop(state);
        self.wanted.notify_one();
        id
    }

    /// Takes the seat away from the one who has not moved for longest, if that is long enough.
    pub(super) fn make_room(&self, now: SystemTime) -> bool {
        let mut state = self.lock();
        let oldest = state.seats.iter().min_by_key(|seat| seat.moved_at);
        let Some(id) = oldest.filter(|seat| seat.is_stuck(now)).map(|seat| seat.id) else {
            return false;
        };
        state.seats.retain(|seat| seat.id != id);
        drop(state);
        self.changed.notify_waiters();
        true
    }

    /// Somebody has gone.
    pub(super) fn stand_up(&self, id: u64, now: SystemTime) {
        let mut state = self.lock();
        state.seats.retain(|seat| seat.id != id);
        if state.seats.is_empty() {
            state.free_since = now;
        }
        drop(state);
        self.wanted.notify_one();
    }

    /// The place of somebody.
    pub(super) fn place(&self, id: u64) -> Option<u64> {
        self.lock().seats.iter().find(|seat| seat.id == id).map(|seat| seat.at)
    }

    /// Somebody wants to go on from a later place.
    pub(super) fn skip_to(&self, id: u64, place: u64) {
        let mut state = self.lock();
        if let Some(seat) = state.seats.iter_mut().find(|seat| seat.id == id) {
            seat.at = place.max(seat.at);
        }
        drop(state);
        self.wanted.notify_one();
    }

    /// The next bytes for somebody, up to the place `until`.
    pub(super) fn take(&self, id: u64, until: Option<u64>, now: SystemTime) -> Taken {
        let mut state = self.lock();
        let State { ring, seats, front, status, .. } = &mut *state;
        let Some(seat) = seats.iter_mut().find(|seat| seat.id == id) else { return Taken::Cut };
        let most = until.map_or(u64::MAX, |until| until.saturating_sub(seat.at));
        if most == 0 {
            return Taken::End;
        }
        match ring.read(seat.at, usize::try_from(most).unwrap_or(PART).min(PART)) {
            At::Bytes(bytes) => {
                seat.at += bytes.len() as u64;
                seat.moved_at = now;
                *front = seat.at.max(*front);
                drop(state);
                self.wanted.notify_one();
                Taken::Bytes(bytes)
            }
            At::Gone => Taken::Cut,
            At::Later => {
                // Waiting is not being slow.
                seat.moved_at = now;
                match status {
                    Status::Ended(_) => Taken::End,
                    Status::Failed(failure) => Taken::Failed(failure.clone()),
                    Status::Opening | Status::Flowing | Status::Resting => Taken::Later,
                }
            }
        }
    }

    /// What can be said about it now.
    pub(super) fn outlook(&self) -> Outlook {
        let state = self.lock();
        Outlook {
            facts: state.facts.clone(),
            length: state.length(),
            end: state.ring.end(),
            is_over: matches!(state.status, Status::Ended(_)),
            failure: match &state.status {
                Status::Failed(failure) => Some(failure.clone()),
                _ => None,
            },
        }
    }

    /// How much too early it ended.
    pub(super) fn missing(&self) -> Option<Duration> {
        let state = self.lock();
        let expected = state.facts.as_ref()?.duration?;
        let got = Duration::try_from_secs_f64(state.ring.end() as f64 / state.rate?).ok()?;
        let missing = expected.saturating_sub(got);
        (matches!(state.status, Status::Ended(_)) && missing > SHORT).then_some(missing)
    }

    // For the connection.

    /// The connection is open. Gives the place from which on bytes are wanted.
    pub(super) fn opened(&self, facts: Facts) -> u64 {
        let mut state = self.lock();
        if facts.is_live {
            // Of a live sound, nobody knows a place before it is there.
            if state.facts.is_none() {
                state.ring = Ring::at(0);
                state.front = 0;
                state.seats.iter_mut().for_each(|seat| seat.at = 0);
            }
        }
        state.facts = Some(facts);
        state.status = Status::Flowing;
        let wanted = if state.is_live() { 0 } else { state.ring.end() };
        drop(state);
        self.changed.notify_waiters();
        wanted
    }

    /// The rate was found out, or not.
    pub(super) fn set_rate(&self, rate: Option<f64>) {
        self.lock().rate = rate;
    }

    /// Whether the rate is still to be found out.
    pub(super) fn wants_rate(&self) -> bool {
        self.lock().rate.is_none()
    }

    /// Whether more may be fetched.
    pub(super) fn room(&self, now: SystemTime) -> Room {
        let mut state = self.lock();
        let idle = now.duration_since(state.free_since).unwrap_or_default();
        let rest = IDLE.saturating_sub(idle);
        if state.seats.is_empty() && rest.is_zero() {
            return Room::Idle;
        }
        let ring = self.share.ring();
        let end = state.ring.end();
        let fastest = state.seats.iter().map(|seat| seat.at).max().unwrap_or(state.front);
        if end >= fastest.saturating_add(self.share.ahead()) {
            return Room::Full(if state.seats.is_empty() { rest } else { IDLE });
        }
        let behind = |seat: &Seat| end.saturating_sub(seat.at) >= ring;
        if state.seats.iter().any(|seat| behind(seat) && !seat.is_stuck(now)) {
            return Room::Full(STUCK);
        }
        let before = state.seats.len();
        state.seats.retain(|seat| !behind(seat));
        if state.seats.len() < before {
            drop(state);
            self.changed.notify_waiters();
        }
        Room::Free
    }

    /// How long the connection may be waited for without anybody reading.
    pub(super) fn patience(&self, now: SystemTime) -> Option<Duration> {
        let state = self.lock();
        let idle = now.duration_since(state.free_since).unwrap_or_default();
        state.seats.is_empty().then(|| IDLE.saturating_sub(idle))
    }

    /// Bytes came.
    pub(super) fn push(&self, bytes: Bytes) {
        let mut state = self.lock();
        state.ring.push(bytes);
        let slowest = state.seats.iter().map(|seat| seat.at).min().unwrap_or(u64::MAX);
        let oldest = state.ring.end().saturating_sub(self.share.ring());
        state.ring.forget(oldest.min(slowest));
        drop(state);
        self.changed.notify_waiters();
    }

    /// The connection is over, one way or another.
    pub(super) fn closed(&self, status: Status) {
        let mut state = self.lock();
        // Somebody may have come in the moment in which it was given up.
        let is_wanted = status == Status::Resting && !state.seats.is_empty();
        state.status = if is_wanted { Status::Opening } else { status };
        drop(state);
        self.changed.notify_waiters();
    }

    /// Whether the connection has to be opened.
    pub(super) fn is_opening(&self) -> bool {
        self.lock().status == Status::Opening
    }
}

impl State {
    fn is_live(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.is_live)
    }

    fn length(&self) -> Length {
        if self.is_live() {
            return Length::Unknown;
        }
        if let Status::Ended(total) = self.status {
            return Length::Known(total);
        }
        let Some(facts) = &self.facts else { return Length::Unknown };
        match (facts.length, facts.duration, self.rate) {
            (Some(length), ..) => Length::Known(length),
            (None, Some(duration), Some(rate)) => {
                Length::About((duration.as_secs_f64() * rate) as u64)
            }
            _ => Length::Unknown,
        }
    }
}

impl Seat {
    fn is_stuck(&self, now: SystemTime) -> bool {
        now.duration_since(self.moved_at).unwrap_or_default() >= STUCK
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
