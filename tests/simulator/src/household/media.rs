//! What a device plays: a queue of a music service, or one thing that has no end.

use crate::control::ProviderKind;
use crate::household::views::{Playback, TrackView};

/// A loaded queue.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) kind: ProviderKind,
    pub(crate) queue_id: String,
    pub(crate) content_id: String,
    pub(crate) session_id: String,
    pub(crate) tracks: Vec<Track>,
    pub(crate) index: usize,
    pub(crate) provider: String,
    pub(crate) shuffle: bool,
    pub(crate) repeat: bool,
    /// Position when the clock showed `since_ms`.
    pub(crate) position_ms: i64,
    pub(crate) since_ms: i64,
    /// Address of its picture; without one, a picture of Amazon's.
    pub(crate) art: Option<String>,
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

    /// The id of the track: its place in the queue, or the id of another service.
    pub(crate) fn media_id(&self) -> String {
        match self.kind {
            ProviderKind::Amazon | ProviderKind::Skill => {
                format!("{}:{}", self.queue_id, self.index)
            }
            ProviderKind::External => format!("spotify:track:simulated{}", self.index),
        }
    }

    /// Length of the track in milliseconds; 0 is a stream without an end.
    pub(crate) fn length_ms(&self) -> i64 {
        self.track().map_or(0, |t| i64::try_from(t.duration_s).unwrap_or(0).saturating_mul(1000))
    }

    /// Position in milliseconds, never beyond the end of the track.
    pub(crate) fn position_ms(&self, playing: Playback, now_ms: i64) -> i64 {
        let reached = self.reached_ms(playing, now_ms);
        match self.length_ms() {
            0 => reached.max(0),
            length => reached.clamp(0, length),
        }
    }

    /// Position in milliseconds, as if the track had no end.
    pub(crate) fn reached_ms(&self, playing: Playback, now_ms: i64) -> i64 {
        let ran = if playing == Playback::Playing { now_ms - self.since_ms } else { 0 };
        self.position_ms + ran.max(0)
    }

    /// Makes the present position the base of later ones.
    pub(crate) fn settle(&mut self, playing: Playback, now_ms: i64) {
        self.position_ms = self.position_ms(playing, now_ms);
        self.since_ms = now_ms;
    }

    /// Puts the position somewhere.
    pub(crate) fn seek(&mut self, position_ms: i64, now_ms: i64) {
        self.position_ms = match self.length_ms() {
            0 => position_ms.max(0),
            length => position_ms.clamp(0, length),
        };
        self.since_ms = now_ms;
    }

    /// Begins a track.
    pub(crate) fn go(&mut self, index: usize, now_ms: i64) {
        self.index = index;
        self.position_ms = 0;
        self.since_ms = now_ms;
    }

    /// The place after this one, if there is one.
    pub(crate) fn following(&self) -> Option<usize> {
        let next = self.index + 1;
        if next < self.tracks.len() { Some(next) } else { self.repeat.then_some(0) }
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
