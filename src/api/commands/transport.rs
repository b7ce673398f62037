//! The buttons of a player, and the ways in which Amazon can be told that one was pressed.

use serde_json::{Value, json};

use crate::api::devices::Feature;

/// The buttons of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Resume.
    Play,
    /// Pause.
    Pause,
    /// Next item.
    Next,
    /// Previous item.
    Previous,
}

/// The same with the one that silences whatever is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Resume.
    Play,
    /// Pause.
    Pause,
    /// Next item.
    Next,
    /// Previous item.
    Previous,
    /// Stop.
    Stop,
}

impl From<Transport> for Button {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Play => Self::Play,
            Transport::Pause => Self::Pause,
            Transport::Next => Self::Next,
            Transport::Previous => Self::Previous,
        }
    }
}

/// A way to press a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// The command to Amazon's own player.
    Player,
    /// The command to the media session.
    Session,
    /// A node of a sequence, which reaches sound of skills too.
    Sequence,
    /// A word, as if it had been spoken.
    Words,
}

impl Rung {
    const ALL: [Self; 4] = [Self::Player, Self::Session, Self::Sequence, Self::Words];

    /// Name in the session file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Player => "player",
            Self::Session => "session",
            Self::Sequence => "sequence",
            Self::Words => "words",
        }
    }

    /// The inverse of [`Rung::name`].
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.name() == name)
    }
}

impl Button {
    /// What a device must be able to do for this button.
    pub fn feature(self) -> Feature {
        match self {
            Self::Play => Feature::Play,
            Self::Pause => Feature::Pause,
            Self::Next => Feature::Next,
            Self::Previous => Feature::Previous,
            Self::Stop => Feature::Stop,
        }
    }

    /// Buttons of the same name go the same way.
    pub fn group(self) -> &'static str {
        match self {
            Self::Play => "play",
            Self::Pause => "pause",
            Self::Next | Self::Previous => "skip",
            Self::Stop => "stop",
        }
    }

    /// Whether pressing it twice is the same as pressing it once, at any time later on.
    pub fn is_idempotent(self) -> bool {
        matches!(self, Self::Pause | Self::Stop)
    }

    /// The ways, the best one first (*chosen*, after what public clients fell back to).
    pub fn rungs(self) -> &'static [Rung] {
        match self {
            Self::Stop => &[Rung::Sequence, Rung::Player, Rung::Words],
            Self::Pause => &[Rung::Player, Rung::Session, Rung::Sequence, Rung::Words],
            Self::Play | Self::Next | Self::Previous => &[Rung::Player, Rung::Session, Rung::Words],
        }
    }

    /// The command to Amazon's own player (*observed*).
    pub fn player_command(self) -> Value {
        let kind = match self {
            Self::Play => "PlayCommand",
            Self::Pause | Self::Stop => "PauseCommand",
            Self::Next => "NextCommand",
            Self::Previous => "PreviousCommand",
        };
        json!({"type": kind, "contentFocusClientId": null})
    }

    /// The command to a media session (*observed*).
    pub fn session_command(self) -> &'static str {
        match self {
            Self::Play => "NPPlayCommand",
            Self::Pause | Self::Stop => "NPPauseCommand",
            Self::Next => "NPNextCommand",
            Self::Previous => "NPPreviousCommand",
        }
    }
}

/// Goes to a position, in whole seconds (*observed* in one client).
pub fn seek(seconds: u64) -> Value {
    json!({"type": "SeekCommand", "mediaPosition": seconds, "contentFocusClientId": null})
}

/// Switches shuffle (*observed*).
pub fn shuffle(on: bool) -> Value {
    json!({"type": "ShuffleCommand", "shuffle": on, "contentFocusClientId": null})
}

/// Switches the repetition of the queue; Amazon has none of a single item (*observed*).
pub fn repeat(on: bool) -> Value {
    json!({"type": "RepeatCommand", "repeat": on, "contentFocusClientId": null})
}
