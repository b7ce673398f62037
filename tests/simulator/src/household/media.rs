//! What a device plays: a queue of an Amazon music service.

use crate::control::PlayRequest;
use crate::household::model::Device;
use crate::household::views::{Playback, TrackView};
use crate::push;
use crate::state::{State, random_uuid};

/// A loaded queue.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) queue_id: String,
    pub(crate) session_id: String,
    pub(crate) tracks: Vec<Track>,
    pub(crate) index: usize,
    pub(crate) provider: String,
    pub(crate) shuffle: bool,
    pub(crate) repeat: bool,
    /// Position when the clock showed `since_ms`.
    position_ms: i64,
    since_ms: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) title: String,
    pub(crate) artist: String,
    pub(crate) album: String,
    pub(crate) duration_s: u64,
}

impl Media {
    pub(crate) fn track(&self) -> Option<&Track> {
        self.tracks.get(self.index)
    }

    pub(crate) fn media_id(&self) -> String {
        format!("{}:{}", self.queue_id, self.index)
    }

    /// Position in milliseconds, never beyond the end of the track.
    pub(crate) fn position_ms(&self, playing: Playback, now_ms: i64) -> i64 {
        let ran = if playing == Playback::Playing { now_ms - self.since_ms } else { 0 };
        let length = self
            .track()
            .map_or(0, |t| i64::try_from(t.duration_s).unwrap_or(0).saturating_mul(1000));
        (self.position_ms + ran.max(0)).clamp(0, length.max(0))
    }

    fn settle(&mut self, playing: Playback, now_ms: i64) {
        self.position_ms = self.position_ms(playing, now_ms);
        self.since_ms = now_ms;
    }

    fn go(&mut self, index: usize, now_ms: i64) {
        self.index = index;
        self.position_ms = 0;
        self.since_ms = now_ms;
    }

    pub(crate) fn view(&self, playing: Playback, now_ms: i64) -> TrackView {
        let track = self.track();
        let text = |get: fn(&Track) -> &String| track.map(get).cloned().unwrap_or_default();
        TrackView {
            title: text(|t| &t.title),
            artist: text(|t| &t.artist),
            album: text(|t| &t.album),
            duration_s: track.map_or(0, |t| t.duration_s),
            position_s: u64::try_from(self.position_ms(playing, now_ms) / 1000).unwrap_or(0),
            provider: self.provider.clone(),
        }
    }
}

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

impl Device {
    /// Sets the player state, keeping the position.
    pub(crate) fn set_playing(&mut self, playing: Playback, now_ms: i64) {
        let before = self.playing;
        if let Some(media) = &mut self.media {
            media.settle(before, now_ms);
        }
        self.playing = playing;
    }

    fn carry_out(&mut self, command: Transport, now_ms: i64) -> bool {
        let playing = self.playing;
        let Some(media) = &mut self.media else {
            return false;
        };
        let last = media.tracks.len().saturating_sub(1);
        let seek = |media: &mut Media, by_ms: i64| {
            media.settle(playing, now_ms);
            media.position_ms = (media.position_ms + by_ms).max(0);
        };
        match command {
            Transport::Play => self.set_playing(Playback::Playing, now_ms),
            Transport::Pause => self.set_playing(Playback::Paused, now_ms),
            Transport::Next if media.index < last => media.go(media.index + 1, now_ms),
            Transport::Next if media.repeat => media.go(0, now_ms),
            Transport::Next => {}
            Transport::Previous => media.go(media.index.saturating_sub(1), now_ms),
            Transport::Forward => seek(media, 30_000),
            Transport::Rewind => seek(media, -10_000),
            Transport::Shuffle(on) => media.shuffle = on,
            Transport::Repeat(on) => media.repeat = on,
            Transport::Seek(seconds) => {
                media.position_ms = i64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
                media.since_ms = now_ms;
            }
            Transport::Jump(index) => media.go(index.min(last), now_ms),
        }
        true
    }
}

impl State {
    /// Carries a transport command out; false when nothing is loaded.
    pub(crate) fn transport(&mut self, serial: &str, command: Transport) -> bool {
        let now_ms = self.clock.now_ms();
        let done = self.household.find_mut(serial).is_some_and(|d| d.carry_out(command, now_ms));
        if done {
            push::playback(self, serial);
        }
        done
    }

    /// Stops whatever a device does, also what it plays as a member of a group. The state is
    /// `PAUSED` afterwards, not idle (field reports).
    pub(crate) fn stop_device(&mut self, serial: &str) {
        let now_ms = self.clock.now_ms();
        let mut serials = self.household.parents(serial);
        serials.insert(0, serial.to_owned());
        for serial in serials {
            let Some(device) = self.household.find_mut(&serial) else {
                continue;
            };
            if device.playing == Playback::Playing {
                device.set_playing(Playback::Paused, now_ms);
                push::playback(self, &serial);
            }
        }
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
        if request.queue.is_empty() {
            tracks.extend((2..=3).map(|n| track(format!("{} (part {n})", request.title))));
        } else {
            tracks.extend(request.queue.iter().cloned().map(track));
        }
        let media = Media {
            queue_id: random_uuid(),
            session_id: format!("amzn1.echo-api.session.{}", random_uuid()),
            tracks,
            index: 0,
            provider: request.provider.clone(),
            shuffle: false,
            repeat: false,
            position_ms: 0,
            since_ms: now_ms,
        };
        let Some(device) = self.household.find_mut(&request.serial) else {
            return false;
        };
        device.media = Some(media);
        device.playing = Playback::Playing;
        push::playback(self, &request.serial);
        true
    }
}
