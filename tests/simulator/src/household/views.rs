//! The devices as the control interface shows and takes them.

use serde::{Deserialize, Serialize};

/// What a player is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Playback {
    /// Sound comes out.
    Playing,
    /// Something is loaded and waits.
    Paused,
    /// Nothing is loaded.
    #[default]
    Idle,
}

/// The phone next to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bluetooth {
    /// None.
    #[default]
    None,
    /// Connected and silent.
    Connected,
    /// Its music comes out of the device.
    Streaming,
}

/// What came out of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// When it began, by the simulated clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// When it was over.
    pub until_ms: i64,
    /// What it was.
    pub kind: HeardKind,
    /// The text with its markup, or the id of the sound.
    pub text: String,
    /// Addresses of audio files within the text.
    pub files: Vec<String>,
    /// Volume at its beginning, 0 to 100.
    pub volume: u8,
    /// Mute state at its beginning.
    pub muted: bool,
}

/// Kinds of what comes out of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardKind {
    /// Spoken text.
    Speech,
    /// An announcement.
    Announcement,
    /// A sound by its id.
    Sound,
}

/// The media a device has loaded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackView {
    /// Title.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// Album.
    pub album: String,
    /// Length in seconds.
    pub duration_s: u64,
    /// Position in seconds.
    pub position_s: u64,
    /// Music service, such as `Amazon Music`.
    pub provider: String,
}

/// One device with everything that was done to it.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceView {
    /// Serial number.
    pub serial: String,
    /// Device type.
    #[serde(rename = "type")]
    pub device_type: String,
    /// Name.
    pub name: String,
    /// Device family.
    pub family: String,
    /// Whether it is reachable.
    pub online: bool,
    /// Volume, 0 to 100.
    pub volume: u8,
    /// Whether it is muted.
    pub muted: bool,
    /// What it does.
    pub playing: Playback,
    /// Do not disturb.
    pub do_not_disturb: bool,
    /// Whether announcements come out of it.
    pub announcements: bool,
    /// The phone next to it.
    pub bluetooth: Bluetooth,
    /// Serials of the members of a group or pair.
    pub members: Vec<String>,
    /// Texts it spoke.
    pub spoken: Vec<String>,
    /// Announcements it made.
    pub announced: Vec<String>,
    /// Sentences it took as if spoken to it.
    pub text_commands: Vec<String>,
    /// Sounds it played.
    pub sounds: Vec<String>,
    /// Everything spoken, announced and sounded, with its time and volume.
    pub heard: Vec<Heard>,
    /// When the last of it is over, by the simulated clock, in milliseconds since 1970.
    pub speaking_until_ms: i64,
    /// Types of sequence nodes that reached it, in order, known and unknown.
    pub nodes: Vec<String>,
    /// What it has loaded.
    pub track: Option<TrackView>,
}

/// A change of a device from outside; missing fields stay.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DevicePatch {
    /// New name.
    pub name: Option<String>,
    /// New reachability.
    pub online: Option<bool>,
    /// New volume.
    pub volume: Option<u8>,
    /// New mute state.
    pub muted: Option<bool>,
    /// New player state.
    pub playing: Option<Playback>,
    /// New do-not-disturb state.
    pub do_not_disturb: Option<bool>,
    /// New list of capabilities.
    pub capabilities: Option<Vec<String>>,
    /// New members of a group or pair.
    pub members: Option<Vec<String>>,
    /// Whether announcements come out of it.
    pub announcements: Option<bool>,
    /// What the phone next to it does.
    pub bluetooth: Option<Bluetooth>,
    /// A sentence spoken to it: equalizer and volume are told, and it is done what was said.
    pub say: Option<String>,
}

/// A device to add.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSeed {
    /// Serial number.
    pub serial: String,
    /// Device type.
    #[serde(rename = "type")]
    pub device_type: String,
    /// Name.
    pub name: String,
    /// Device family.
    #[serde(default = "echo")]
    pub family: String,
    /// Product name; pairs and groups have none.
    #[serde(default)]
    pub model: Option<String>,
    /// Manufacturer.
    #[serde(default = "amazon")]
    pub manufacturer: String,
    /// Reachability.
    #[serde(default = "yes")]
    pub online: bool,
    /// Volume, 0 to 100.
    #[serde(default = "thirty")]
    pub volume: u8,
    /// Serials of the members of a group or pair.
    #[serde(default)]
    pub members: Vec<String>,
    /// Capabilities; empty takes those usual for the family.
    #[serde(default)]
    pub capabilities: Vec<String>,
}

fn echo() -> String {
    "ECHO".to_owned()
}

fn amazon() -> String {
    "Amazon".to_owned()
}

fn yes() -> bool {
    true
}

fn thirty() -> u8 {
    30
}
