//! What the control interface takes and shows.

use serde::{Deserialize, Serialize};

/// The authenticator code of a moment.
#[derive(Debug, Clone, Serialize)]
pub struct CodeView {
    /// Six digits.
    pub code: String,
    /// Seconds until the next code.
    pub seconds_left: u64,
}

/// Media to load on a device.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlayRequest {
    /// Serial of the device.
    pub serial: String,
    /// Title of the first track.
    #[serde(default = "title")]
    pub title: String,
    /// Artist of every track.
    #[serde(default)]
    pub artist: String,
    /// Album of every track.
    #[serde(default)]
    pub album: String,
    /// Length of every track in seconds; 0 is a stream without an end.
    #[serde(default = "length")]
    pub duration_s: u64,
    /// Titles that follow; empty takes two made-up ones.
    #[serde(default)]
    pub queue: Vec<String>,
    /// Music service.
    #[serde(default = "provider")]
    pub provider: String,
    /// Whose player it is.
    #[serde(default)]
    pub provider_kind: ProviderKind,
    /// The publisher's id of the content; without one, that of the queue.
    #[serde(default)]
    pub content_id: Option<String>,
}

/// Whose player plays. It decides which commands work (field reports).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// A queue under Amazon's player: all player commands work.
    #[default]
    Amazon,
    /// A service with a player of its own, such as Spotify Connect: `np/command` finds no provider,
    /// the control of the session works.
    External,
    /// Sound of an audio skill: only the stop node and spoken words reach it.
    Skill,
}

impl PlayRequest {
    /// One title on a device, everything else made up.
    #[must_use]
    pub fn new(serial: &str, title: &str) -> Self {
        Self {
            serial: serial.to_owned(),
            title: title.to_owned(),
            artist: "Example Artist".to_owned(),
            album: "Example Album".to_owned(),
            duration_s: length(),
            queue: Vec::new(),
            provider: provider(),
            provider_kind: ProviderKind::default(),
            content_id: None,
        }
    }
}

fn title() -> String {
    "Example Title".to_owned()
}

fn length() -> u64 {
    268
}

fn provider() -> String {
    "Amazon Music".to_owned()
}
