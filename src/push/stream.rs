//! Listening: one connection after another, for as long as the session lives.

use std::future::pending;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::connection::{Reply, judge, open, ping};
use super::event::{self, Event, EventKind};
use super::frames::{Frames, Part};
pub use super::health::Health;
use super::health::Past;
use super::home;
use super::rhythm::{DECLARATIONS_APART, LONGEST_WAIT, Steady};
use super::watchdog::{Duty, Reason};
use crate::error::{Error, ErrorKind, Result, code};
use crate::net::Streaming;
use crate::secret::Secret;
use crate::session::Live;
use crate::session::records::EndpointClass;

/// Events older than the connection are told again. Clocks may differ by so much (*chosen*).
const LEEWAY_MS: u64 = 2_000;

/// What a listener is told.
#[derive(Debug)]
pub enum Signal {
    /// The stream is open. What happened before has to be read.
    Up,
    /// What happened, as far as it came at once; never empty.
    Events(Vec<Event>),
    /// The stream is not open any more, or could not be opened.
    Down {
        /// Why.
        error: Error,
        /// When it is tried again.
        retry_in: Duration,
    },
}

/// Listens until the session is over, which is the error it returns. Everything else is told as
/// [`Signal::Down`] and tried again. Dropping the future closes the connection.
pub async fn listen(
    live: &Live,
    health: &Health,
    on_signal: &mut (dyn FnMut(Signal) + Send),
) -> Error {
    let clock = live.http().clock();
    let mut listener = Listener {
        live,
        health,
        on_signal,
        past: health.recall(),
        refusals: 0,
        last_host: None,
        is_up: None,
        is_trouble: false,
    };
    let now = listener.now();
    let rest = listener.past.backoff.resume(now);
    if !rest.is_zero() {
        clock.sleep(rest).await;
    }
    loop {
        let error = match Box::pin(listener.connect()).await {
            Ok(connected) => Box::pin(listener.follow(connected)).await,
            Err(error) => error,
        };
        if error.ends_session() {
            return error;
        }
        let retry_in = listener.note_down(&error);
        let is_network = matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout);
        (listener.on_signal)(Signal::Down { error, retry_in });
        tokio::select! {
            () = clock.sleep(retry_in) => {}
            () = health.network_back(), if is_network => {
                let now = listener.now();
                clock.sleep(listener.past.backoff.least_wait(now)).await;
            }
        }
    }
}

/// A stream that was opened.
struct Connected {
    stream: Streaming,
    frames: Frames,
    host: String,
    /// Whether the host was asked right now whether it is the right one.
    is_confirmed: bool,
}

struct Listener<'a> {
    live: &'a Live,
    health: &'a Health,
    on_signal: &'a mut (dyn FnMut(Signal) + Send),
    past: Past,
    /// Refusals in a row.
    refusals: u32,
    last_host: Option<String>,
    /// Whether the stream is open; `None` before it was for the first time.
    is_up: Option<bool>,
    /// Whether somebody was warned.
    is_trouble: bool,
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        self.health.remember(std::mem::take(&mut self.past));
    }
}

impl Listener<'_> {
    fn now(&mut self) -> Duration {
        let now = self.live.http().clock().now();
        self.past.time.get_or_insert_with(|| Steady::new(now)).at(now)
    }

    async fn connect(&mut self) -> Result<Connected> {
        if self.live.kept().with(|data| data.capabilities_at.is_none()) {
            // Without them the stream says little or nothing (observed).
            self.declare().await;
        }
        let is_confirmed = !home::is_known(self.live);
        let host = match (home::host(self.live).await, &self.last_host) {
            (Ok(host), _) => host,
            // Whoever does not say who is right may still be the right one.
            (Err(error), Some(last)) if !error.ends_session() => last.clone(),
            (Err(error), _) => return Err(error),
        };
        self.last_host = Some(host.clone());
        let token = self.live.access_token().await?;
        let now = self.now();
        self.past.backoff.note_connection(now);
        let stream = match open(self.live, &host, &token).await {
            Ok(stream) => stream,
            Err(error) => {
                self.live.count(EndpointClass::Push, &error);
                if self.past.backoff.is_turning_point() {
                    home::forget(self.live);
                }
                return Err(error);
            }
        };
        match judge(&host, &stream) {
            Ok(frames) => Ok(Connected { stream, frames, host, is_confirmed }),
            Err(error) => {
                self.live.count(EndpointClass::Push, &error);
                match error.code() {
                    code::FORBIDDEN => self.refused(&host, &token).await,
                    // Asked at first and now and then, not with every attempt.
                    code::ENDPOINT_GONE
                        if self.past.backoff.failures() == 0
                            || self.past.backoff.is_turning_point() =>
                    {
                        home::forget(self.live);
                    }
                    _ => {}
                }
                Err(error)
            }
        }
    }

    /// A refusal can mean three things: the token ended before its time, the host is that of another
    /// region, or the capabilities were forgotten. They are looked into in this order.
    async fn refused(&mut self, host: &str, token: &Secret) {
        self.refusals = self.refusals.saturating_add(1);
        match self.refusals {
            1 => self.live.forget_token(token),
            2 => {
                home::forget(self.live);
                let is_other = home::host(self.live).await.is_ok_and(|other| other != host);
                if !is_other {
                    self.declare().await;
                }
            }
            _ => self.declare().await,
        }
    }

    /// Declares what the device can do, at most once a day, unless Amazon never heard it.
    async fn declare(&mut self) {
        let now = self.now();
        if self.past.declared.is_some_and(|last| now.saturating_sub(last) < DECLARATIONS_APART) {
            return;
        }
        let outcome = Box::pin(home::declare_capabilities(self.live)).await;
        if let Err(error) = &outcome {
            tracing::debug!(%error, "capabilities not declared");
        }
        // What only could not be asked now is asked again with a later attempt.
        let is_passing = outcome.is_err_and(|error| {
            use ErrorKind::{AmazonUnavailable, Network, Throttled, Timeout};
            matches!(error.kind(), AmazonUnavailable | Network | Throttled | Timeout)
        });
        if !is_passing {
            self.past.declared = Some(now);
        }
    }

    /// Reads a stream until it ends or is given up.
    async fn follow(&mut self, connected: Connected) -> Error {
        let Connected { mut stream, mut frames, host, is_confirmed } = connected;
        let (live, health, line) = (self.live, self.health, stream.line());
        let opened_ms = live.http().amazon_now().saturating_mul(1_000);
        let now = self.now();
        self.past.watchdog.note_opened(now);
        health.forget_missed();
        let mut token: Option<BoxFuture<'_, Result<Secret>>> = None;
        let mut reply: Option<BoxFuture<'_, Reply>> = None;
        let mut home: Option<BoxFuture<'_, Result<Option<String>>>> = None;
        let mut is_first = !is_confirmed;
        loop {
            let now = self.now();
            let wait = match self.past.watchdog.duty(now, health.missed()) {
                Duty::Wait(wait) => wait,
                Duty::Ping => {
                    // How long a token takes says nothing about the host: that time is not counted.
                    self.past.watchdog.note_ping(now);
                    self.past.watchdog.note_reply();
                    token = Some(Box::pin(live.access_token()));
                    continue;
                }
                Duty::GiveUp(reason) => {
                    self.past.watchdog.note_given_up(reason);
                    return self.given_up(reason);
                }
            };
            tokio::select! {
                chunk = stream.chunk() => {
                    let bytes = match chunk {
                        Ok(Some(bytes)) => bytes,
                        Ok(None) => return ended(),
                        Err(error) => return self.broken(error),
                    };
                    if bytes.is_empty() {
                        continue;
                    }
                    let now = self.now();
                    self.past.watchdog.note_bytes(now);
                    (token, reply) = (None, None);
                    self.note_up(now);
                    let mut events = Vec::new();
                    for part in frames.feed(&bytes) {
                        if part == Part::Blank && is_first {
                            home = Some(Box::pin(home::confirm(live, &host)));
                        }
                        is_first = false;
                        self.read(part, opened_ms, &mut events);
                    }
                    if !events.is_empty() {
                        (self.on_signal)(Signal::Events(events));
                    }
                }
                got = arrived(&mut token) => {
                    token = None;
                    // Without one it is up to the silence.
                    if let Ok(got) = got {
                        let now = self.now();
                        self.past.watchdog.note_ping(now);
                        reply = Some(Box::pin(ping(line.clone(), host.clone(), got)));
                    }
                }
                reply_came = arrived(&mut reply) => {
                    reply = None;
                    self.past.watchdog.note_reply();
                    match reply_came {
                        Reply::Alive => {}
                        Reply::Refused(token) => live.forget_token(&token),
                        Reply::Broken(error) => return self.broken(error),
                    }
                }
                answered = arrived(&mut home) => {
                    home = None;
                    match answered {
                        Ok(None) => {}
                        Ok(Some(other)) => return moved(&other),
                        Err(error) => tracing::debug!(%error, "push host not confirmed"),
                    }
                }
                () = health.changed() => {}
                () = live.http().clock().sleep(wait) => {}
            }
        }
    }

    /// Reads what a part holds.
    fn read(&mut self, part: Part, opened_ms: u64, events: &mut Vec<Event>) {
        let json = match part {
            Part::Json(json) => json,
            Part::Blank => return,
            Part::Other => return self.health.note_unknown("other-part"),
            Part::TooLong => return self.health.note_unknown("long-part"),
        };
        for event in event::read(&json) {
            if let EventKind::Other { name } = &event.kind
                && !event::is_unneeded(name)
            {
                tracing::debug!(name, "unknown kind of event");
                self.health.note_unknown(name);
            }
            if event.at_ms.is_none_or(|at| at.saturating_add(LEEWAY_MS) >= opened_ms) {
                self.health.forget_missed();
                self.past.watchdog.note_news();
            }
            events.push(event);
        }
    }

    /// The first bytes of a connection.
    fn note_up(&mut self, now: Duration) {
        if self.is_up == Some(true) {
            return;
        }
        self.past.backoff.note_up(now);
        self.refusals = 0;
        if self.is_up.is_none() || self.is_trouble {
            tracing::info!(host = self.last_host, "push is up");
        }
        self.is_up = Some(true);
        self.is_trouble = false;
        (self.on_signal)(Signal::Up);
    }

    /// Decides when to try again. Who lost a good stream hears nothing of it unless the next attempt
    /// fails too, and then once.
    fn note_down(&mut self, error: &Error) -> Duration {
        let now = self.now();
        self.is_up = self.is_up.map(|_| false);
        let chance = self.live.http().gate().jitter().share();
        let asked = error.retry_after().unwrap_or_default().min(LONGEST_WAIT);
        let retry_in = self.past.backoff.wait(now, chance).max(asked);
        let seconds = retry_in.as_secs();
        if self.is_trouble || self.past.backoff.failures() == 0 {
            tracing::debug!(%error, seconds, "push is down");
        } else {
            tracing::warn!(%error, seconds, "push is down");
            self.is_trouble = true;
        }
        retry_in
    }

    fn given_up(&self, reason: Reason) -> Error {
        let error = Error::new(code::TIMEOUT, format!("The push stream {}.", reason.words()));
        if reason != Reason::Old {
            self.live.count(EndpointClass::Push, &error);
        }
        error
    }

    fn broken(&self, error: Error) -> Error {
        self.live.count(EndpointClass::Push, &error);
        error
    }
}

/// The outcome of work that may not have begun.
async fn arrived<T>(work: &mut Option<BoxFuture<'_, T>>) -> T {
    match work {
        Some(work) => work.await,
        None => pending().await,
    }
}

fn ended() -> Error {
    Error::new(code::UNREACHABLE, "Amazon ended the push stream.")
}

fn moved(host: &str) -> Error {
    Error::new(code::UNREACHABLE, format!("Another host tells what happens: {host}."))
}
