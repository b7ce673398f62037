//! What a gateway tells its host.

use serde::Serialize;

use crate::error::Error;

/// Something the host should know or do.
#[derive(Debug, Clone)]
pub enum GatewayEvent {
    /// What an Echo does with the music of this gateway. The latest of each device replaces older
    /// ones that were not fetched.
    Stage(Stage),
    /// Something is asked of the host, to be answered with [`super::Gateway::answer`].
    Ask(Ask),
    /// Which Echo is which, as far as it is known, has changed.
    Pairings(Vec<SkillDevice>),
    /// Something is wrong that a person should mend.
    Trouble(Trouble),
}

/// What an Echo does with what it was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Serial of the device.
    pub serial: String,
    /// What it does.
    pub playback: StagePlayback,
    /// Id of the item; `None` while nothing of ours is loaded.
    pub item: Option<String>,
    /// Where it was in the sound of the item at `updated_at`, in seconds.
    pub position: Option<f64>,
    /// When that was, in seconds since 1970.
    pub updated_at: f64,
    /// Why it is idle although something should play: a sentence for a person.
    pub reason: Option<String>,
}

/// What an Echo does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StagePlayback {
    /// Nothing of ours.
    Idle,
    /// It was told to play and has not begun.
    Starting,
    /// It plays.
    Playing,
    /// It was paused and can go on.
    Paused,
}

/// A wish that came from an Echo, by voice or by a button.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ask {
    /// Number for the answer.
    pub id: u64,
    /// Serial of the device.
    pub serial: String,
    /// What is wished for.
    pub wish: Wish,
}

/// What can be wished for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Wish {
    /// Go on with, or begin, what the queue of this device holds.
    Resume,
    /// The next item.
    Next,
    /// The item before.
    Previous,
    /// The item from its beginning.
    StartOver,
    /// Stop for good.
    Stop,
    /// Shuffle the queue, or no more.
    Shuffle {
        /// Whether it should be shuffled.
        on: bool,
    },
    /// Repeat the queue, or no more.
    Repeat {
        /// Whether it should be repeated.
        on: bool,
    },
    /// Where the sound of an item is: its address was lost, as after a restart. Answered with
    /// [`super::Gateway::provide`].
    Source {
        /// Id of the item.
        item: String,
    },
}

/// A device as the skill knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkillDevice {
    /// Short name of it, made from its id at the skill, which is longer and private.
    pub id: String,
    /// Serial of the Echo that it is, as far as known.
    pub serial: Option<String>,
    /// Whether that is certain: seen twice, or chosen by a person.
    pub is_confirmed: bool,
    /// When it was heard of last, in seconds since 1970.
    pub seen_at: u64,
}

/// What a person should mend.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// Serial of the device, where it is about one.
    pub serial: Option<String>,
    /// What is wrong.
    pub error: std::sync::Arc<Error>,
}
