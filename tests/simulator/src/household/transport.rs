//! Player commands and the passing of time, with the events they bring.

use crate::control::{PlayRequest, ProviderKind};
use crate::household::media::{Media, Track};
use crate::household::model::Device;
use crate::household::views::Playback;
use crate::push::events::{self, Queue};
use crate::state::{State, random_uuid};

/// So many tracks may end in one step of the clock.
const TRACKS_AT_ONCE: usize = 100;

/// A transport command, however it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Play,
    Pause,
    Next,
    Previous,
    Forward,
    Rewind,
    Shuffle(bool),
    Repeat(bool),
    Seek(u64),
    Jump(usize),
}

/// What a command turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Nothing,
    State,
    Track,
    Position,
    Queue(Queue),
}

impl Device {
    /// Sets the player state, keeping the position.
    pub(crate) fn set_playing(&mut self, playing: Playback, now_ms: i64) {
        let before = self.playing;
        if let Some(media) = &mut self.media {
            media.settle(before, now_ms);
        }
        self.playing = playing;
    }

    /// Where a command leads in the queue, if it leads anywhere.
    fn target(&self, command: Transport) -> Option<usize> {
        let media = self.media.as_ref()?;
        match command {
            Transport::Next => media.following(),
            Transport::Previous => Some(media.index.saturating_sub(1)),
            Transport::Jump(index) => Some(index.min(media.tracks.len().saturating_sub(1))),
            _ => None,
        }
    }

    fn carry_out(&mut self, command: Transport, now_ms: i64) -> Outcome {
        let playing = self.playing;
        let target = self.target(command);
        let Some(media) = &mut self.media else {
            return Outcome::Nothing;
        };
        match command {
            Transport::Play => self.set_playing(Playback::Playing, now_ms),
            Transport::Pause => self.set_playing(Playback::Paused, now_ms),
            Transport::Next | Transport::Previous | Transport::Jump(_) => {
                let Some(index) = target else {
                    return Outcome::Nothing;
                };
                media.go(index, now_ms);
                return Outcome::Track;
            }
            Transport::Forward | Transport::Rewind => {
                let by = if command == Transport::Forward { 30_000 } else { -10_000 };
                media.seek(media.position_ms(playing, now_ms) + by, now_ms);
                return Outcome::Position;
            }
            Transport::Seek(seconds) => {
                let to = i64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
                media.seek(to, now_ms);
                return Outcome::Position;
            }
            Transport::Shuffle(on) => {
                media.shuffle = on;
                return Outcome::Queue(Queue::Shuffle);
            }
            Transport::Repeat(on) => {
                media.repeat = on;
                return Outcome::Queue(Queue::Repeat);
            }
        }
        Outcome::State
    }
}

impl State {
    /// Carries a transport command out; false when nothing is loaded.
    pub(crate) fn transport(&mut self, serial: &str, command: Transport) -> bool {
        let now_ms = self.clock.now_ms();
        let Some(device) = self.household.find_mut(serial).filter(|d| d.media.is_some()) else {
            return false;
        };
        let leaves = device.playing == Playback::Playing && device.target(command).is_some();
        if leaves {
            events::audio_player(self, serial, "FINISHED");
        }
        let outcome = match self.household.find_mut(serial) {
            Some(device) => device.carry_out(command, now_ms),
            None => Outcome::Nothing,
        };
        match outcome {
            Outcome::Nothing => {}
            Outcome::State => self.tell_playback(serial),
            Outcome::Track => {
                events::media_change(self, serial);
                self.tell_playback(serial);
            }
            Outcome::Position => {
                events::progress(self, serial);
                events::now_playing_updated(self, serial);
            }
            Outcome::Queue(change) => {
                events::queue(self, serial, change);
                events::now_playing_updated(self, serial);
            }
        }
        true
    }

    /// Tells whether a device plays, and what.
    pub(crate) fn tell_playback(&mut self, serial: &str) {
        let Some(device) = self.household.find(serial) else {
            return;
        };
        let word = if device.playing == Playback::Playing { "PLAYING" } else { "INTERRUPTED" };
        events::audio_player(self, serial, word);
        events::now_playing_updated(self, serial);
    }

    /// Stops whatever a device does, also what it plays as a member of a group. The state is
    /// `PAUSED` afterwards, not idle (field reports).
    pub(crate) fn stop_device(&mut self, serial: &str) {
        self.skill_silenced(serial);
        let now_ms = self.clock.now_ms();
        let mut serials = self.household.parents(serial);
        serials.insert(0, serial.to_owned());
        for serial in serials {
            let Some(device) = self.household.find_mut(&serial) else {
                continue;
            };
            if device.playing == Playback::Playing {
                device.set_playing(Playback::Paused, now_ms);
                self.tell_playback(&serial);
            }
        }
    }

    /// Takes what a device has loaded away.
    pub(crate) fn unload(&mut self, serial: &str) {
        if let Some(device) = self.household.find_mut(serial) {
            device.playing = Playback::Idle;
        }
        events::now_playing_updated(self, serial);
        if let Some(device) = self.household.find_mut(serial) {
            device.media = None;
        }
        events::sessions_updated(self);
    }

    /// Loads media on a device and starts it. Without a queue of its own, two more tracks follow,
    /// so that "next" and "previous" show.
    pub(crate) fn load_media(&mut self, request: &PlayRequest) -> bool {
        let now_ms = self.clock.now_ms();
        let track = |title: String| Track {
            title,
            artist: request.artist.clone(),
            album: request.album.clone(),
            duration_s: request.duration_s,
        };
        let mut tracks = vec![track(request.title.clone())];
        if request.queue.is_empty() && request.duration_s > 0 {
            tracks.extend((2..=3).map(|n| track(format!("{} (part {n})", request.title))));
        } else {
            tracks.extend(request.queue.iter().cloned().map(track));
        }
        let queue_id = match request.provider_kind {
            ProviderKind::Amazon | ProviderKind::Skill => random_uuid(),
            ProviderKind::External => "spotify:playlist:simulated".to_owned(),
        };
        let media = Media {
            kind: request.provider_kind,
            content_id: request.content_id.clone().unwrap_or_else(|| queue_id.clone()),
            queue_id,
            session_id: format!("amzn1.echo-api.session.{}", random_uuid()),
            tracks,
            index: 0,
            provider: request.provider.clone(),
            shuffle: false,
            repeat: false,
            position_ms: 0,
            since_ms: now_ms,
            art: None,
        };
        let serial = &request.serial;
        self.skill_silenced(serial);
        let Some(device) = self.household.find_mut(serial) else {
            return false;
        };
        device.media = Some(media);
        device.playing = Playback::Playing;
        events::queue(self, serial, Queue::New);
        events::content_focus(self, serial);
        self.tell_playback(serial);
        events::sessions_updated(self);
        true
    }

    /// Lets tracks that are over by now give way to the next ones.
    pub(crate) fn advance_tracks(&mut self) {
        if !self.knobs.auto_advance {
            return;
        }
        let now_ms = self.clock.now_ms();
        let over = |d: &&Device| {
            d.playing == Playback::Playing
                && d.media.as_ref().is_some_and(|media| {
                    let length = media.length_ms();
                    length > 0 && media.reached_ms(d.playing, now_ms) >= length
                })
        };
        let devices = self.household.devices.iter().filter(over);
        let serials: Vec<String> = devices.map(|d| d.serial().to_owned()).collect();
        for serial in serials {
            self.end_tracks(&serial, now_ms);
        }
    }

    fn end_tracks(&mut self, serial: &str, now_ms: i64) {
        for _ in 0..TRACKS_AT_ONCE {
            let Some(device) = self.household.find(serial) else {
                return;
            };
            let Some(media) = &device.media else { return };
            let over_ms = media.reached_ms(device.playing, now_ms) - media.length_ms();
            let following = media.following();
            if over_ms < 0 {
                return;
            }
            // What is told now happened then, and has the time of then.
            self.clock.advance_ms(-over_ms);
            self.end_track(serial, following, now_ms - over_ms);
            self.clock.advance_ms(over_ms);
        }
    }

    fn end_track(&mut self, serial: &str, following: Option<usize>, at_ms: i64) {
        events::audio_player(self, serial, "FINISHED");
        let Some(index) = following else {
            return self.unload(serial);
        };
        if let Some(media) = self.household.find_mut(serial).and_then(|d| d.media.as_mut()) {
            media.go(index, at_ms);
        }
        events::media_change(self, serial);
        self.tell_playback(serial);
    }
}
