//! A device of the account: what it is and what can be done with it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::catalogue;

/// What kind of thing a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// An Echo without a screen, or a speaker of another maker with Alexa.
    Speaker,
    /// An Echo with a screen.
    Display,
    /// A stereo pair.
    Pair,
    /// A multi-room group.
    Group,
    /// A Fire TV.
    FireTv,
    /// A Fire tablet.
    Tablet,
    /// An app, among them this client.
    App,
    /// Anything else.
    Other,
}

impl DeviceKind {
    /// Name for bindings and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Speaker => "speaker",
            Self::Display => "display",
            Self::Pair => "pair",
            Self::Group => "group",
            Self::FireTv => "fire_tv",
            Self::Tablet => "tablet",
            Self::App => "app",
            Self::Other => "other",
        }
    }

    pub(super) fn of(family: &str, device_type: &str, has_members: bool) -> Self {
        match (family, device_type) {
            (_, catalogue::PAIR) => Self::Pair,
            (_, catalogue::GROUP) | ("WHA", _) => Self::Group,
            (_, catalogue::SUB) => Self::Other,
            (_, device) if catalogue::APPS.contains(&device) => Self::App,
            ("VOX" | "MSHOP", _) => Self::App,
            (family, _) if family.starts_with("AMAZONMOBILEMUSIC") => Self::App,
            ("FIRE_TV", _) => Self::FireTv,
            ("TABLET", _) => Self::Tablet,
            ("KNIGHT" | "ROOK", _) => Self::Display,
            ("ECHO", _) => Self::Speaker,
            (family, _) if family.starts_with("THIRD_PARTY_AVS") => Self::Speaker,
            _ if has_members => Self::Group,
            _ => Self::Other,
        }
    }
}

/// What can be done with a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Resume what is loaded.
    Play,
    /// Pause it.
    Pause,
    /// Stop whatever is heard.
    Stop,
    /// Go to the next item.
    Next,
    /// Go to the previous item.
    Previous,
    /// Set the volume.
    Volume,
    /// Silence and bring back.
    Mute,
    /// Say a text.
    Speak,
    /// Announce a text after a chime.
    Announce,
    /// Take a text as if it had been spoken to the device.
    Text,
    /// Play one of Amazon's sounds.
    Sound,
    /// Go to a position of what is loaded.
    Seek,
    /// Switch shuffle of the loaded queue.
    Shuffle,
    /// Switch the repetition of the loaded queue.
    Repeat,
    /// Switch do-not-disturb.
    DoNotDisturb,
}

impl Feature {
    pub(super) const ALWAYS: [Self; 12] = [
        Self::Play,
        Self::Pause,
        Self::Stop,
        Self::Next,
        Self::Previous,
        Self::Speak,
        Self::Announce,
        Self::Text,
        Self::Sound,
        Self::Seek,
        Self::Shuffle,
        Self::Repeat,
    ];

    /// Name for bindings and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Play => "play",
            Self::Pause => "pause",
            Self::Stop => "stop",
            Self::Next => "next",
            Self::Previous => "previous",
            Self::Volume => "volume",
            Self::Mute => "mute",
            Self::Speak => "speak",
            Self::Announce => "announce",
            Self::Text => "text",
            Self::Sound => "sound",
            Self::Seek => "seek",
            Self::Shuffle => "shuffle",
            Self::Repeat => "repeat",
            Self::DoNotDisturb => "do_not_disturb",
        }
    }
}

/// One thing of the account's device list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device {
    /// The identity: stays when the device is renamed.
    pub serial: String,
    /// Amazon's code of the model; most calls need it beside the serial.
    pub device_type: String,
    /// The name people gave it; not unique.
    pub name: String,
    /// Amazon's family, for example `ECHO`.
    pub family: String,
    /// What kind of thing it is.
    pub kind: DeviceKind,
    /// Model for people.
    pub model: Option<String>,
    /// Maker.
    pub manufacturer: Option<String>,
    /// Version of its software.
    pub firmware: Option<String>,
    /// Whether Amazon can reach it; for groups, whether any member is online.
    pub online: bool,
    /// Customer id of the owner, who can be another person of the household.
    pub owner: Option<String>,
    /// Serials of the devices in this group or pair.
    pub members: Vec<String>,
    /// Serials of the groups this device is in.
    pub parents: Vec<String>,
    /// What Amazon says it can do.
    pub capabilities: BTreeSet<String>,
    /// Language it is set to, for example `de-DE`.
    pub locale: Option<String>,
    /// Whether it can be a player.
    pub is_player: bool,
    /// Why it is no player.
    pub reason: Option<&'static str>,
    /// What can be done with it; empty when it is no player.
    pub features: BTreeSet<Feature>,
}

impl Device {
    /// Serial and type as the player calls want them in their query.
    pub(super) fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("deviceSerialNumber", &self.serial)
            .append_pair("deviceType", &self.device_type)
            .finish()
    }
}

impl AsRef<Self> for Device {
    fn as_ref(&self) -> &Self {
        self
    }
}
