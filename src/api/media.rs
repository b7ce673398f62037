//! What is loaded on a player. Lists and events tell it in the same shape, but not in the same unit.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::Playback;
use super::wire::state::{self as raw, NowPlaying};

/// Lengths above this are milliseconds: items of more than ten hours are rarer than those of less
/// than 36 seconds (*chosen*).
const LONGEST_SECONDS: f64 = 36_000.0;
/// Lengths below this are seconds: nothing lasts less than a second (*chosen*).
const SHORTEST_MILLISECONDS: f64 = 1_000.0;

/// The unit of positions and lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Seconds, as one client reads the list of sessions.
    Seconds,
    /// Milliseconds, as events have them and the newest client reads the list (*observed*).
    Milliseconds,
    /// Nothing has shown it yet; taken for milliseconds.
    #[default]
    Guess,
}

impl Unit {
    fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds | Self::Guess => 1_000.0,
        }
    }

    /// What a length shows (*chosen*). Between the limits it can be either, and stays what it was:
    /// a jingle of half a minute is no book of eight hours where milliseconds were seen.
    fn of(progress: raw::Progress, usual: Self) -> Self {
        match progress.media_length.filter(|length| *length > 0.0) {
            Some(length) if length > LONGEST_SECONDS => Self::Milliseconds,
            Some(length) if length < SHORTEST_MILLISECONDS => Self::Seconds,
            Some(_) | None => usual,
        }
    }

    /// The unit of a length, which is that of the position beside it.
    fn at(self, progress: raw::Progress) -> Self {
        match (self, progress.media_length) {
            // By itself, a length between the limits is rather a quarter of an hour than a second.
            (Self::Guess, Some(length)) if length > 0.0 => Self::Seconds,
            (unit, _) => unit,
        }
    }
}

/// A button or slider that what is loaded allows at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Pausing and resuming.
    PlayPause,
    /// Going to the next item.
    Next,
    /// Going to the previous item.
    Previous,
    /// Going to a position.
    Seek,
    /// Switching shuffle.
    Shuffle,
    /// Switching the repetition of the queue.
    Repeat,
}

impl Control {
    /// Name for bindings and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::PlayPause => "play_pause",
            Self::Next => "next",
            Self::Previous => "previous",
            Self::Seek => "seek",
            Self::Shuffle => "shuffle",
            Self::Repeat => "repeat",
        }
    }

    /// The names under which the transport of a session lists it (*observed*).
    const WIRE: [(Self, &'static str); 5] = [
        (Self::PlayPause, "playPause"),
        (Self::Next, "next"),
        (Self::Previous, "previous"),
        (Self::Shuffle, "shuffle"),
        (Self::Repeat, "repeat"),
    ];
}

/// What is loaded, as one statement of Amazon's says. What it leaves out is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Media {
    /// What becomes of it; [`Playback::Unknown`] where nothing is said.
    pub playback: Playback,
    /// Title of the item.
    pub title: Option<String>,
    /// Artist.
    pub artist: Option<String>,
    /// Album, or name of the station.
    pub album: Option<String>,
    /// Address of the artwork.
    pub image_url: Option<String>,
    /// Name of the music service.
    pub provider: Option<String>,
    /// Position in seconds.
    pub position: Option<f64>,
    /// Length in seconds; `None` for streams.
    pub duration: Option<f64>,
    /// Id of the item: often `<queue>:<index>`.
    pub media_id: Option<String>,
    /// Id of the queue.
    pub queue_id: Option<String>,
    /// Id that the publisher of the music gave its container.
    pub content_id: Option<String>,
    /// What can be done with it.
    pub controls: Option<BTreeSet<Control>>,
    /// Whether the queue is shuffled. Only events tell it right (*observed*).
    pub shuffle: Option<bool>,
    /// Whether the queue is repeated. Only events tell it right (*observed*).
    pub repeat: Option<bool>,
}

impl Media {
    /// Reads the `nowPlayingData` of an event.
    pub fn of_event(now_playing: &Value) -> Self {
        let raw = NowPlaying::deserialize(now_playing).unwrap_or_default();
        let mut media = Self::read(&raw, Unit::Milliseconds);
        media.shuffle = toggle(&raw, "shuffle");
        media.repeat = toggle(&raw, "repeat");
        media
    }

    /// Reads an entry of the list of sessions; `usual` is the unit of the entries before it.
    pub(super) fn of_list(raw: &NowPlaying, usual: &mut Unit) -> Self {
        *usual = Unit::of(raw.progress, *usual);
        Self::read(raw, usual.at(raw.progress))
    }

    fn read(raw: &NowPlaying, unit: Unit) -> Self {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let seconds = |value: Option<f64>| {
            value.filter(|value| value.is_finite() && *value >= 0.0).map(|v| v / unit.per_second())
        };
        Self {
            playback: playback(raw.player_state.as_deref()),
            title: text(&raw.info_text.title),
            artist: text(&raw.info_text.sub_text1),
            album: text(&raw.info_text.sub_text2),
            image_url: raw.main_art.clone().best(),
            provider: text(&raw.provider.provider_name),
            position: seconds(raw.progress.media_progress),
            duration: seconds(raw.progress.media_length).filter(|length| *length > 0.0),
            media_id: text(&raw.media_id),
            queue_id: text(&raw.queue_id),
            content_id: raw.content_id(),
            controls: controls(raw),
            shuffle: None,
            repeat: None,
        }
    }

    /// Whether both are about the same item, as far as they say.
    pub fn is_same_item(&self, other: &Self) -> bool {
        match (&self.media_id, &other.media_id) {
            (Some(one), Some(another)) => one == another,
            _ => self.title == other.title || self.title.is_none() || other.title.is_none(),
        }
    }

    /// Takes over a newer statement. What that leaves out stays as long as it is about the same
    /// item: fields are missing around transitions (*observed*).
    pub fn take(&mut self, newer: Self) {
        let same = self.is_same_item(&newer);
        let before = std::mem::replace(self, newer);
        if self.playback == Playback::Unknown {
            self.playback = before.playback;
        }
        self.controls = self.controls.take().or(before.controls);
        self.provider = self.provider.take().or(before.provider);
        self.shuffle = self.shuffle.or(before.shuffle);
        self.repeat = self.repeat.or(before.repeat);
        self.queue_id = self.queue_id.take().or_else(|| before.queue_id.filter(|_| same));
        self.content_id = self.content_id.take().or_else(|| before.content_id.filter(|_| same));
        if same {
            self.title = self.title.take().or(before.title);
            self.artist = self.artist.take().or(before.artist);
            self.album = self.album.take().or(before.album);
            self.image_url = self.image_url.take().or(before.image_url);
            self.position = self.position.or(before.position);
            self.duration = self.duration.or(before.duration);
            self.media_id = self.media_id.take().or(before.media_id);
        }
    }
}

fn playback(state: Option<&str>) -> Playback {
    match state {
        Some("PLAYING" | "BUFFERING") => Playback::Playing,
        Some("PAUSED" | "INTERRUPTED") => Playback::Paused,
        Some("IDLE" | "STOPPED" | "FINISHED") => Playback::Idle,
        _ => Playback::Unknown,
    }
}

fn controls(raw: &NowPlaying) -> Option<BTreeSet<Control>> {
    if raw.transport.is_empty() {
        return None;
    }
    let usable = |name: &str| {
        raw.transport.get(name).and_then(Value::as_str).is_some_and(|w| {
            // A toggle that is on is "selected", which is no less usable (observed).
            matches!(w, "ENABLED" | "SELECTED")
        })
    };
    let mut controls: BTreeSet<_> =
        Control::WIRE.into_iter().filter(|(_, name)| usable(name)).map(|(one, _)| one).collect();
    if raw.progress.allow_scrubbing == Some(true) {
        controls.insert(Control::Seek);
    }
    Some(controls)
}

fn toggle(raw: &NowPlaying, name: &str) -> Option<bool> {
    match raw.transport.get(name).and_then(Value::as_str) {
        Some("SELECTED") => Some(true),
        Some("ENABLED") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn listed(value: &Value, usual: &mut Unit) -> Media {
        Media::of_list(&NowPlaying::deserialize(value).unwrap(), usual)
    }

    #[test]
    fn the_unit_is_decided_for_both_numbers_and_kept_where_there_is_no_length() {
        let mut unit = Unit::default();
        let mut of = |position: f64, length: f64| {
            let progress = json!({"progress": {"mediaProgress": position, "mediaLength": length}});
            let media = listed(&progress, &mut unit);
            (media.position.unwrap(), media.duration)
        };
        assert_eq!(of(899_459.0, 0.0), (899.459, None));
        assert_eq!(of(500.0, 268_000.0), (0.5, Some(268.0)));
        assert_eq!(of(61.0, 268.0), (61.0, Some(268.0)));
        assert_eq!(of(899.0, 0.0), (899.0, None));
    }

    #[test]
    fn a_jingle_does_not_change_the_unit_that_was_seen() {
        let read = |unit: &mut Unit, length: f64| {
            let progress = json!({"progress": {"mediaProgress": 5_000, "mediaLength": length}});
            let media = listed(&progress, unit);
            (media.position.unwrap(), media.duration.unwrap_or_default())
        };
        let mut unit = Unit::default();
        assert_eq!(read(&mut unit, 30_000.0), (5_000.0, 30_000.0));
        assert_eq!(read(&mut unit, 268_000.0), (5.0, 268.0));
        assert_eq!(read(&mut unit, 30_000.0), (5.0, 30.0));
        assert_eq!(read(&mut unit, 0.0), (5.0, 0.0));
        unit = Unit::Seconds;
        assert_eq!(read(&mut unit, 3_600.0), (5_000.0, 3_600.0));
    }

    #[test]
    fn a_toggle_that_is_on_can_still_be_used() {
        let value = json!({"transport": {"shuffle": "SELECTED", "repeat": "ENABLED", "next": "DISABLED",
            "previous": "HIDDEN", "playPause": "ENABLED"}, "progress": {"allowScrubbing": true}});
        let media = Media::of_event(&value);
        assert_eq!((media.shuffle, media.repeat), (Some(true), Some(false)));
        let controls = [Control::PlayPause, Control::Seek, Control::Shuffle, Control::Repeat];
        assert_eq!(media.controls, Some(BTreeSet::from(controls)));
        assert_eq!(listed(&value, &mut Unit::default()).shuffle, None);
    }

    #[test]
    fn what_a_newer_statement_leaves_out_stays_for_the_same_item_only() {
        let mut media = Media {
            title: Some("One".into()),
            artist: Some("Artist".into()),
            duration: Some(10.0),
            playback: Playback::Playing,
            ..Media::default()
        };
        media.take(Media { title: Some("One".into()), ..Media::default() });
        assert_eq!((media.artist.as_deref(), media.duration), (Some("Artist"), Some(10.0)));
        assert_eq!(media.playback, Playback::Playing);
        media.take(Media { title: Some("Two".into()), ..Media::default() });
        assert_eq!((media.artist, media.duration), (None, None));
    }

    #[test]
    fn the_content_of_a_publisher_is_read_from_its_reference() {
        let value = json!({"mediaReference": {"value": "{\"contentId\":\"c1\",\"id\":\"0\"}"}});
        assert_eq!(Media::of_event(&value).content_id.as_deref(), Some("c1"));
        for odd in [json!({"value": 7}), json!({"value": "{"}), json!(null), json!([])] {
            assert_eq!(Media::of_event(&json!({"mediaReference": odd})).content_id, None);
        }
    }
}
