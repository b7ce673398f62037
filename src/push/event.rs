//! What a part of the stream tells. Pure, and never an error: what cannot be read is an event of
//! another kind, which is counted and changes nothing.
//!
//! An update is JSON in a text in JSON in a text in JSON (*observed*): the directive holds updates,
//! whose `resourceMetadata` holds the name and the time, whose `payload` holds the rest.

use serde_json::{Map, Value};

use super::directive::{self, Foreign, Update};
use crate::api::Media;

/// Longest name of an unknown kind that is kept (*chosen*; those that are known have up to 34).
const LONGEST_NAME: usize = 60;
/// The name under which parts are counted that are no directive.
pub const UNREADABLE: &str = "unreadable";
/// Kinds that say nothing about players (*observed*).
const UNNEEDED: &[&str] = &[
    "MATTER_SETUP_NOTIFICATION",
    "PUSH_ACTIVITY",
    "PUSH_DELETE_DOPPLER_ACTIVITIES",
    "PUSH_LIST_CHANGE",
    "PUSH_LIST_ITEM_CHANGE",
    "PUSH_MEDIA_PREFERENCE_CHANGE",
    "PUSH_MICROPHONE_STATE",
    "PUSH_NOTIFICATION_CHANGE",
    "PUSH_TODO_CHANGE",
];

/// Something that happened, or a state that is told again after a connection was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Serial of the device or group it is about; some kinds name none.
    pub serial: Option<String>,
    /// When it happened, in milliseconds since 1970 by Amazon's clock. After a connection is made,
    /// states of before are told with the time of before (*observed*).
    pub at_ms: Option<u64>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened. What an event leaves open is `None` and must not overwrite what is known.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// `PUSH_VOLUME_CHANGE`, also sent unchanged when somebody speaks to the device.
    Volume {
        /// 0 to 100.
        level: Option<u8>,
        /// Whether it is muted.
        muted: Option<bool>,
    },
    /// `PUSH_AUDIO_PLAYER_STATE`.
    Playback {
        /// What the player says.
        state: AudioState,
        /// `<queue>:<number>` of the item.
        media_id: Option<String>,
    },
    /// `PUSH_MEDIA_CHANGE`: another item.
    MediaChanged {
        /// As in [`EventKind::Playback`].
        media_id: Option<String>,
    },
    /// `PUSH_MEDIA_PROGRESS_CHANGE`.
    Progress {
        /// Seconds.
        position: Option<f64>,
        /// Seconds; `None` for streams, whose length is sent as 0.
        duration: Option<f64>,
        /// As in [`EventKind::Playback`].
        media_id: Option<String>,
    },
    /// `PUSH_MEDIA_QUEUE_CHANGE`.
    Queue {
        /// Whether it is played in random order.
        shuffle: Option<bool>,
        /// Whether it starts over at its end.
        repeat: Option<bool>,
        /// Whether another queue was loaded.
        is_new: bool,
    },
    /// `NotifyNowPlayingUpdated`, which names no device.
    NowPlaying {
        /// The media session, by which the device is found.
        session: Option<String>,
        /// The item.
        media: Box<Media>,
    },
    /// `NotifyMediaSessionsUpdated`: the list of sessions is another one.
    SessionsChanged,
    /// `PUSH_DOPPLER_CONNECTION_CHANGE`.
    Connection {
        /// Whether the device is connected to Amazon.
        online: bool,
    },
    /// `PUSH_DND_STATE_CHANGE`.
    DoNotDisturb {
        /// Whether it is on.
        enabled: bool,
    },
    /// `PUSH_BLUETOOTH_STATE_CHANGE`.
    Bluetooth,
    /// `PUSH_EQUALIZER_STATE_CHANGE`, also sent unchanged when somebody speaks to the device.
    Equalizer,
    /// `PUSH_CONTENT_FOCUS_CHANGE`: another part of the device owns the sound.
    ContentFocus,
    /// `PUSH_DEVICE_SETUP_STATE_CHANGE`.
    DeviceSetup,
    /// Anything else.
    Other {
        /// Its name: letters, digits and `. _ -` only.
        name: String,
    },
}

/// What `PUSH_AUDIO_PLAYER_STATE` says (*observed*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioState {
    /// Sent at the start of each item, and now and then while one is loading.
    Playing,
    /// Stopped or paused.
    Interrupted,
    /// An item is over; the next may follow.
    Finished,
    /// Another word.
    Other,
}

/// The events of a part, in their order.
pub fn read(part: &[u8]) -> Vec<Event> {
    match directive::updates(part) {
        Ok(updates) => updates.into_iter().map(event).collect(),
        Err(Foreign::Unreadable) => vec![unread(UNREADABLE)],
        Err(Foreign::Directive(name)) => vec![unread(&name)],
    }
}

/// Whether a kind of event is known to be of no use.
pub fn is_unneeded(name: &str) -> bool {
    UNNEEDED.contains(&name)
}

fn unread(name: &str) -> Event {
    Event { serial: None, at_ms: None, kind: other(name) }
}

fn other(name: &str) -> EventKind {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let name: String = name.chars().filter(|letter| is_plain(*letter)).take(LONGEST_NAME).collect();
    EventKind::Other { name: if name.is_empty() { UNREADABLE.to_owned() } else { name } }
}

fn event(update: Update) -> Event {
    let Update { name, at_ms, payload } = update;
    let serial = payload
        .pointer("/dopplerId/deviceSerialNumber")
        .or_else(|| payload.get("deviceSerialNumber"))
        .and_then(text);
    Event { serial, at_ms, kind: kind(&name, &payload) }
}

fn kind(name: &str, payload: &Value) -> EventKind {
    let media_id = || payload.get("mediaReferenceId").and_then(text);
    match name {
        "PUSH_VOLUME_CHANGE" => EventKind::Volume {
            level: number(payload.get("volumeSetting")).map(|level| level.clamp(0.0, 100.0) as u8),
            muted: truth(payload.get("isMuted")),
        },
        "PUSH_AUDIO_PLAYER_STATE" => {
            EventKind::Playback { state: audio_state(payload), media_id: media_id() }
        }
        "PUSH_MEDIA_CHANGE" => EventKind::MediaChanged { media_id: media_id() },
        "PUSH_MEDIA_PROGRESS_CHANGE" => {
            let seconds = |field| number(payload.pointer(field)).map(|ms| ms / 1_000.0);
            EventKind::Progress {
                position: seconds("/progress/mediaProgress").filter(|position| *position >= 0.0),
                duration: seconds("/progress/mediaLength").filter(|length| *length > 0.0),
                media_id: media_id(),
            }
        }
        "PUSH_MEDIA_QUEUE_CHANGE" => EventKind::Queue {
            shuffle: choice(payload.get("playBackOrder"), "SHUFFLE_ALL", "NORMAL"),
            repeat: choice(payload.get("loopMode"), "LOOP_QUEUE", "NORMAL"),
            is_new: payload.get("changeType").and_then(text).as_deref() == Some("NEW_QUEUE"),
        },
        "NotifyNowPlayingUpdated" => now_playing(payload),
        "NotifyMediaSessionsUpdated" => EventKind::SessionsChanged,
        "PUSH_DOPPLER_CONNECTION_CHANGE" => {
            match choice(payload.get("dopplerConnectionState"), "ONLINE", "OFFLINE") {
                Some(online) => EventKind::Connection { online },
                None => other(name),
            }
        }
        "PUSH_DND_STATE_CHANGE" => match truth(payload.get("enabled")) {
            Some(enabled) => EventKind::DoNotDisturb { enabled },
            None => other(name),
        },
        "PUSH_BLUETOOTH_STATE_CHANGE" => EventKind::Bluetooth,
        "PUSH_EQUALIZER_STATE_CHANGE" => EventKind::Equalizer,
        "PUSH_CONTENT_FOCUS_CHANGE" => EventKind::ContentFocus,
        "PUSH_DEVICE_SETUP_STATE_CHANGE" => EventKind::DeviceSetup,
        _ => other(name),
    }
}

fn audio_state(payload: &Value) -> AudioState {
    match payload.get("audioPlayerState").and_then(text).as_deref() {
        Some("PLAYING") => AudioState::Playing,
        Some("INTERRUPTED") => AudioState::Interrupted,
        Some("FINISHED") => AudioState::Finished,
        _ => AudioState::Other,
    }
}

/// The item is described inside, but where it is not, its id and state stand beside it.
fn now_playing(payload: &Value) -> EventKind {
    let session = payload.pointer("/update/taskSessionId").and_then(text);
    let inner = payload.pointer("/update/update").map(unfold).unwrap_or_default();
    let mut data = match inner.get("nowPlayingData").map(unfold) {
        Some(Value::Object(data)) => data,
        _ => Map::new(),
    };
    for field in ["mediaId", "playerState"] {
        if data.get(field).is_none_or(Value::is_null)
            && let Some(value) = inner.get(field).filter(|value| !value.is_null())
        {
            data.insert(field.to_owned(), value.clone());
        }
    }
    let media = Box::new(Media::of_event(&Value::Object(data)));
    EventKind::NowPlaying { session, media }
}

/// JSON, also where it stands in a text.
pub(super) fn unfold(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        value => value.clone(),
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn number(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

fn truth(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(is_true) => Some(*is_true),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
        _ => None,
    }
}

/// One of two words; any other one says nothing.
fn choice(value: Option<&Value>, yes: &str, no: &str) -> Option<bool> {
    match value?.as_str()? {
        word if word.eq_ignore_ascii_case(yes) => Some(true),
        word if word.eq_ignore_ascii_case(no) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
