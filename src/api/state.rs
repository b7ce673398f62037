//! What a player is doing, as everybody else sees it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::media::Control;

/// What a player is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Playback {
    /// It is heard.
    Playing,
    /// Something is loaded and can be resumed.
    Paused,
    /// Nothing is loaded.
    Idle,
    /// Amazon did not say.
    #[default]
    Unknown,
}

impl Playback {
    /// Name for bindings and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Playing => "playing",
            Self::Paused => "paused",
            Self::Idle => "idle",
            Self::Unknown => "unknown",
        }
    }
}

/// State of one player. What is not known is `None`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PlayerState {
    /// Serial of the device.
    pub serial: String,
    /// Whether Amazon can reach it; of a group, whether any member can be reached.
    pub online: bool,
    /// Why it is not available.
    pub reason: Option<String>,
    /// What it is doing.
    pub playback: Playback,
    /// 0 to 100; of a group, the rounded-down mean of the members that can be reached.
    pub volume: Option<u8>,
    /// Unix seconds of the last statement about the volume.
    pub volume_at: Option<f64>,
    /// Whether it is muted; of a group, whether all members that can be reached are.
    pub muted: Option<bool>,
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
    /// Position in seconds at [`PlayerState::updated_at`].
    pub position: Option<f64>,
    /// Length in seconds; `None` for streams.
    pub duration: Option<f64>,
    /// Whether the queue is shuffled.
    pub shuffle: Option<bool>,
    /// Whether the queue is repeated.
    pub repeat: Option<bool>,
    /// What the loaded item allows at the moment; empty when that is not known.
    pub controls: BTreeSet<Control>,
    /// Whether it was told not to disturb; `None` for groups and pairs.
    pub do_not_disturb: Option<bool>,
    /// Serial of the group or pair that it plays in.
    pub group: Option<String>,
    /// Id that the publisher of the music gave what plays.
    pub content_id: Option<String>,
    /// Unix seconds of the last statement about what is loaded.
    pub updated_at: f64,
}
