//! The audio player of an Echo: what plays, what waits, and what is told of it.
//!
//! Queue and activities as *documented* for `AudioPlayer`; where the documents are silent, the
//! choice is said.

use std::collections::VecDeque;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::skill::stream::{Ending, Failure, Fetching, Item, Stream};
use crate::skill::views::Activity;

/// What the player asks of the world around it.
#[derive(Debug)]
pub(crate) enum Effect {
    /// An event is told to the skill.
    Event(Event),
    /// A stream is fetched from this byte on.
    Fetch { no: u64, connection: u64, url: String, from: u64, stop: CancellationToken },
    /// What a screen or the app shows is another thing now.
    Shown,
    /// A directive without effect, and why.
    Ignored(String),
    /// The buffer ran dry.
    Stalled,
}

/// An event of the player.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) kind: &'static str,
    pub(crate) skill: String,
    pub(crate) token: String,
    pub(crate) offset_ms: u64,
    pub(crate) at_ms: i64,
    pub(crate) failure: Option<Failure>,
    /// `context.AudioPlayer` of that moment.
    pub(crate) context: Value,
}

/// Settings that decide how the player behaves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    pub(crate) drop_every_s: Option<u64>,
    pub(crate) preload_fails: bool,
    pub(crate) media_errors: Vec<String>,
}

/// How a Play directive takes its place (*documented*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behavior {
    ReplaceAll,
    Enqueue,
    ReplaceEnqueued,
}

/// Somebody speaks.
#[derive(Debug)]
struct Hold {
    /// When it goes on; without, when somebody says so.
    until_ms: Option<i64>,
}

/// The player.
#[derive(Debug, Default)]
pub(crate) struct Player {
    pub(crate) activity: Activity,
    pub(crate) current: Option<Stream>,
    pub(crate) queue: VecDeque<Stream>,
    hold: Option<Hold>,
    streams: u64,
    connections: u64,
}

impl Player {
    /// `context.AudioPlayer`.
    pub(crate) fn context(&self) -> Value {
        match &self.current {
            None => json!({ "playerActivity": "IDLE", "offsetInMilliseconds": 0, "token": "" }),
            Some(stream) => json!({
                "playerActivity": self.activity,
                "offsetInMilliseconds": stream.offset_ms(),
                "token": stream.item.token,
            }),
        }
    }

    /// Whether sound comes out, or would but for a voice or missing bytes.
    pub(crate) fn is_active(&self) -> bool {
        use Activity::{BufferUnderrun, Paused, Playing};
        matches!(self.activity, Playing | BufferUnderrun | Paused)
    }

    /// Carries a Play directive out.
    pub(crate) fn play(&mut self, item: Item, behavior: Behavior, now_ms: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if behavior == Behavior::Enqueue {
            let last = self.queue.back().or(self.current.as_ref()).map(|s| &s.item.token);
            if last != item.expected.as_ref() {
                let why = format!(
                    "{} was to follow {:?}, the last is {last:?}",
                    item.token, item.expected
                );
                return vec![Effect::Ignored(why)];
            }
        }
        self.streams += 1;
        let stream = Stream::new(self.streams, item);
        match behavior {
            Behavior::ReplaceAll => {
                self.end(now_ms, &mut effects);
                self.queue.clear();
                self.begin(stream);
            }
            Behavior::ReplaceEnqueued | Behavior::Enqueue => {
                if behavior == Behavior::ReplaceEnqueued {
                    self.queue.clear();
                }
                // Nothing plays: it begins (the voice service does so).
                if self.is_active() {
                    self.queue.push_back(stream);
                } else {
                    self.begin(stream);
                }
            }
        }
        self.fetch_due(now_ms, &mut effects);
        effects
    }

    fn begin(&mut self, stream: Stream) {
        self.hold = None;
        self.activity = Activity::BufferUnderrun;
        self.current = Some(stream);
    }

    /// Stops what plays. It stays in the player, for its token and offset.
    pub(crate) fn stop(&mut self, now_ms: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.end(now_ms, &mut effects);
        effects.push(Effect::Shown);
        effects
    }

    fn end(&mut self, now_ms: i64, effects: &mut Vec<Effect>) {
        let was_told = self.hold.take().is_some();
        if self.is_active() {
            self.activity = Activity::Stopped;
            let begun = self.current.as_ref().is_some_and(|stream| stream.is_begun);
            if begun && !was_told {
                self.tell("PlaybackStopped", now_ms, effects);
            }
        }
        if let Some(stream) = &mut self.current {
            stream.cut_off();
            if !matches!(stream.fetching, Fetching::Failed(_)) {
                stream.fetching = Fetching::Done;
            }
        }
        for stream in self.queue.iter_mut().filter(|stream| !stream.is_complete()) {
            stream.cut_off();
            stream.fetching = Fetching::Waits { until_ms: now_ms };
        }
    }

    /// Carries a ClearQueue directive out.
    pub(crate) fn clear(&mut self, all: bool, now_ms: i64) -> Vec<Effect> {
        self.queue.clear();
        if all { self.stop(now_ms) } else { Vec::new() }
    }

    /// Somebody speaks to the Echo: it falls silent and goes on by itself, at a time or when
    /// `go_on` comes.
    pub(crate) fn interrupt(&mut self, until_ms: Option<i64>, now_ms: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.is_active() {
            return effects;
        }
        let was_held = self.hold.replace(Hold { until_ms }).is_some();
        if !was_held && self.current.as_ref().is_some_and(|stream| stream.is_begun) {
            self.activity = Activity::Paused;
            self.tell("PlaybackStopped", now_ms, &mut effects);
            effects.push(Effect::Shown);
        }
        effects
    }

    /// A voice decided nothing about what plays: it goes on after a while.
    pub(crate) fn go_on(&mut self, at_ms: i64) {
        if let Some(hold) = &mut self.hold {
            hold.until_ms.get_or_insert(at_ms);
        }
    }

    fn resume(&mut self, at_ms: i64, effects: &mut Vec<Effect>) {
        self.hold = None;
        if self.current.as_ref().is_some_and(|stream| stream.is_begun) {
            if let Some(stream) = &mut self.current {
                stream.at_us = at_ms * 1000;
            }
            self.activity = Activity::Playing;
            self.tell("PlaybackStarted", at_ms, effects);
            effects.push(Effect::Shown);
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, manner: &Manner, now_ms: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(until_ms) = self.hold.as_ref().and_then(|hold| hold.until_ms)
            && until_ms <= now_ms
        {
            self.resume(until_ms, &mut effects);
        }
        if let Some(every_s) = manner.drop_every_s {
            let every_ms = i64::try_from(every_s).unwrap_or(i64::MAX).saturating_mul(1000);
            self.drop_connections(now_ms, every_ms);
        }
        self.go(manner, now_ms, &mut effects);
        self.fetch_due(now_ms, &mut effects);
        effects
    }

    /// Closes the connections that are as old as this.
    pub(crate) fn drop_connections(&mut self, now_ms: i64, age_ms: i64) {
        for stream in self.current.iter_mut().chain(&mut self.queue) {
            if let Fetching::Runs { since_ms, .. } = &stream.fetching
                && now_ms - since_ms >= age_ms
            {
                stream.cut_off();
                stream.fetching = Fetching::Waits { until_ms: now_ms };
            }
        }
    }

    /// Bytes came for a stream; how it goes on.
    pub(crate) fn bytes(&mut self, no: u64, connection: u64, bytes: &[u8]) -> bool {
        let stream = self.current.iter_mut().chain(&mut self.queue).find(|s| s.no == no);
        let Some(stream) = stream else { return false };
        match stream.fetching {
            Fetching::Runs { connection: now, .. } if now == connection => {
                stream.take(bytes);
                true
            }
            _ => false,
        }
    }

    /// A stream that a connection still feeds.
    pub(crate) fn fed_by(&mut self, no: u64, connection: u64) -> Option<&mut Stream> {
        self.current.iter_mut().chain(&mut self.queue).find(|stream| {
            stream.no == no
                && matches!(stream.fetching, Fetching::Runs { connection: c, .. } if c == connection)
        })
    }

    /// A connection ended.
    pub(crate) fn ended(&mut self, no: u64, connection: u64, ending: Ending, now_ms: i64) {
        if let Some(stream) = self.fed_by(no, connection) {
            stream.ended(ending, now_ms);
        }
    }

    /// Lets be heard what is due, with everything that follows from it.
    fn go(&mut self, manner: &Manner, now_ms: i64, effects: &mut Vec<Effect>) {
        self.refuse(manner);
        // More than a few streams in one step of the clock would be a loop without sound.
        for _ in 0..100 {
            if self.hold.is_some() || !self.is_active() {
                break;
            }
            let Some(stream) = &mut self.current else { break };
            if self.activity == Activity::BufferUnderrun && stream.is_ready() {
                self.activity = Activity::Playing;
                if stream.is_begun {
                    stream.at_us = now_ms * 1000;
                } else {
                    stream.at_us = if stream.at_us > 0 { stream.at_us } else { now_ms * 1000 };
                    stream.is_begun = true;
                    let at_ms = stream.at_us / 1000;
                    self.tell("PlaybackStarted", at_ms, effects);
                    effects.push(Effect::Shown);
                }
            }
            let Some(stream) = &mut self.current else { break };
            let is_playing = self.activity == Activity::Playing;
            let is_dry = !is_playing || stream.play_until(now_ms * 1000);
            if stream.is_begun
                && !stream.is_nearly_told
                && matches!(stream.fetching, Fetching::Done)
            {
                stream.is_nearly_told = true;
                self.tell("PlaybackNearlyFinished", now_ms, effects);
            }
            let Some(stream) = &mut self.current else { break };
            if !is_dry {
                break;
            }
            match &stream.fetching {
                Fetching::Done if stream.is_begun => self.finish(effects),
                Fetching::Failed(failure) => {
                    let failure = failure.clone();
                    self.fail(failure, now_ms, effects);
                }
                _ if is_playing => {
                    self.activity = Activity::BufferUnderrun;
                    effects.push(Effect::Stalled);
                    break;
                }
                _ => {
                    stream.at_us = 0;
                    break;
                }
            }
        }
        self.drop_failed(now_ms, effects);
    }

    /// The present stream is over: the next one follows at once, or it is silent.
    fn finish(&mut self, effects: &mut Vec<Effect>) {
        let at_us = self.current.as_ref().map_or(0, |stream| stream.at_us);
        self.activity = Activity::Finished;
        self.tell("PlaybackFinished", at_us / 1000, effects);
        if let Some(mut next) = self.queue.pop_front() {
            next.at_us = if next.is_ready() { at_us } else { 0 };
            self.begin(next);
        } else {
            effects.push(Effect::Shown);
        }
    }

    /// The present stream cannot be played (on); what waits is given up (chosen).
    fn fail(&mut self, failure: Failure, now_ms: i64, effects: &mut Vec<Effect>) {
        self.activity = Activity::Stopped;
        self.queue.clear();
        let context = self.context();
        if let Some(stream) = &self.current {
            effects.push(Effect::Event(Event {
                kind: "PlaybackFailed",
                skill: stream.item.skill.clone(),
                token: stream.item.token.clone(),
                offset_ms: stream.offset_ms(),
                at_ms: now_ms,
                failure: Some(failure),
                context,
            }));
        }
        effects.push(Effect::Shown);
    }

    /// What waits and cannot be had is told of and forgotten; what plays goes on.
    fn drop_failed(&mut self, now_ms: i64, effects: &mut Vec<Effect>) {
        let context = self.context();
        self.queue.retain(|stream| {
            let Fetching::Failed(failure) = &stream.fetching else { return true };
            effects.push(Effect::Event(Event {
                kind: "PlaybackFailed",
                skill: stream.item.skill.clone(),
                token: stream.item.token.clone(),
                offset_ms: stream.item.offset_ms,
                at_ms: now_ms,
                failure: Some(failure.clone()),
                context: context.clone(),
            }));
            false
        });
    }

    /// Streams that a setting lets fail.
    fn refuse(&mut self, manner: &Manner) {
        let failure = || Failure::new("MEDIA_ERROR_UNKNOWN", "Device playback error");
        if manner.preload_fails {
            let preloads = self.queue.iter_mut().filter(|s| !matches!(s.fetching, Fetching::Not));
            preloads.for_each(|stream| stream.fail(failure()));
        }
        if manner.media_errors.is_empty() {
            return;
        }
        for stream in self.current.iter_mut().chain(&mut self.queue) {
            let texts = [&stream.item.title, &stream.item.token, &stream.item.url];
            if !matches!(stream.fetching, Fetching::Failed(_))
                && manner.media_errors.iter().any(|one| texts.iter().any(|t| t.contains(one)))
            {
                stream.frames.clear();
                stream.fail(failure());
            }
        }
    }

    /// Begins to fetch what is due: the present stream, and the next one once that is all there.
    fn fetch_due(&mut self, now_ms: i64, effects: &mut Vec<Effect>) {
        if !self.is_active() {
            return;
        }
        let may_preload = self.current.as_ref().is_none_or(Stream::is_complete);
        let next = self.queue.front_mut().filter(|_| may_preload);
        for stream in self.current.iter_mut().chain(next) {
            let is_due = match stream.fetching {
                Fetching::Not => true,
                Fetching::Waits { until_ms } => until_ms <= now_ms,
                _ => false,
            };
            if is_due {
                self.connections += 1;
                let stop = CancellationToken::new();
                let connection = self.connections;
                stream.fetching =
                    Fetching::Runs { connection, since_ms: now_ms, stop: stop.clone() };
                effects.push(Effect::Fetch {
                    no: stream.no,
                    connection,
                    url: stream.item.url.clone(),
                    from: stream.received,
                    stop,
                });
            }
        }
    }

    fn tell(&self, kind: &'static str, at_ms: i64, effects: &mut Vec<Effect>) {
        if let Some(stream) = &self.current {
            effects.push(Effect::Event(Event {
                kind,
                skill: stream.item.skill.clone(),
                token: stream.item.token.clone(),
                offset_ms: stream.offset_ms(),
                at_ms,
                failure: None,
                context: self.context(),
            }));
        }
    }
}
