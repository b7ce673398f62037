//! What an event says.

use crate::api::Media;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Serial of the device it is about; sessions name none.
    pub serial: Option<String>,
    /// Amazon's stamp, in milliseconds since 1970.
    pub at_ms: Option<u64>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// The volume was set, 0 to 100, or the device was muted.
    Volume {
        /// The volume.
        level: Option<u8>,
        /// Whether it is muted.
        muted: Option<bool>,
    },
    /// The player of the device changed.
    Playback {
        /// How.
        state: AudioState,
        /// Id of the item, `<queue>:<index>`.
        media_id: Option<String>,
    },
    /// Another item.
    MediaChanged {
        /// Id of the item.
        media_id: Option<String>,
    },
    /// A position in seconds.
    Progress {
        /// Position.
        position: Option<f64>,
        /// Length; `None` for streams.
        duration: Option<f64>,
        /// Id of the item.
        media_id: Option<String>,
    },
    /// The queue.
    Queue {
        /// Whether it is shuffled.
        shuffle: Option<bool>,
        /// Whether it is repeated.
        repeat: Option<bool>,
        /// Whether it is another one.
        is_new: bool,
    },
    /// What a session plays.
    NowPlaying {
        /// Id of the session.
        session: Option<String>,
        /// What is loaded.
        media: Box<Media>,
    },
    /// The list of sessions is another one.
    SessionsChanged,
    /// A device connected or went.
    Connection {
        /// Which of the two.
        online: bool,
    },
    /// Do-not-disturb was switched.
    DoNotDisturb {
        /// To what.
        enabled: bool,
    },
    /// Something about Bluetooth.
    Bluetooth,
    /// The equalizer; also sent around voice.
    Equalizer,
    /// Another component owns the sound.
    ContentFocus,
    /// A device was set up or changed.
    DeviceSetup,
    /// Anything else, by its name.
    Other {
        /// Amazon's name of it.
        name: String,
    },
}

/// What the player of a device says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioState {
    /// It plays.
    Playing,
    /// It was paused or stopped.
    Interrupted,
    /// An item ended; the next one may follow.
    Finished,
    /// Anything else.
    Other,
}
