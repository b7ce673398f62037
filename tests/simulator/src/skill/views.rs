//! Echos and what belongs to them, as the control interface shows and takes it.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

/// What the audio player of an Echo does (*documented* words of `playerActivity`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Activity {
    /// It never played.
    #[default]
    Idle,
    /// Somebody speaks to the Echo, and it will go on.
    Paused,
    /// Sound comes out.
    Playing,
    /// It waits for bytes.
    BufferUnderrun,
    /// The last thing came to its end.
    Finished,
    /// It was stopped.
    Stopped,
}

/// What comes out of an Echo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audible {
    /// The mark of the frame, see [`crate::sound::frames`]; empty for sound without marks.
    pub item: String,
    /// Number of the frame by its mark.
    pub frame: u64,
    /// Where that is within the item, by its mark; for sound without marks, within the stream.
    #[serde(serialize_with = "seconds")]
    pub position: Duration,
}

/// One request that an Echo caused, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentEvent {
    /// Such as `AudioPlayer.PlaybackStarted`.
    pub kind: String,
    /// Name of the intent, if it is one.
    pub intent: Option<String>,
    /// `request.requestId`.
    pub request_id: String,
    /// Token in it.
    pub token: Option<String>,
    /// `offsetInMilliseconds` in it.
    pub offset_ms: Option<u64>,
    /// When it happened, by the simulated clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// Status of the answer; `None` while there is none, or where none could be had.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub problem: Option<String>,
}

/// A picture that a screen fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PictureView {
    /// Its address.
    pub url: String,
    /// Status of the answer.
    pub status: Option<u16>,
    /// `Content-Type` of it.
    pub kind: String,
    /// Its length.
    pub bytes: usize,
    /// Why there is none.
    pub problem: Option<String>,
}

/// An Echo as far as skills are concerned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EchoView {
    /// Serial of the device.
    pub serial: String,
    /// What its audio player does.
    pub activity: Activity,
    /// Token of what is, or was last, in the player.
    pub token: Option<String>,
    /// Title of it, as a screen would show.
    pub title: Option<String>,
    /// What comes out now; `None` while nothing does.
    pub audible: Option<Audible>,
    /// Position in the stream, as the next event would say.
    #[serde(serialize_with = "seconds")]
    pub offset: Duration,
    /// Address of the stream.
    pub url: Option<String>,
    /// Tokens that wait.
    pub queue: Vec<String>,
    /// Seconds of sound that have come and not yet been heard, of the present stream.
    #[serde(serialize_with = "seconds")]
    pub buffered: Duration,
    /// Bytes of audio fetched since the start.
    pub bytes: u64,
    /// Connections made for audio since the start.
    pub connections: u64,
    /// Times the buffer ran dry while playing.
    pub stalls: u64,
    /// Skill sessions that are open: the Echo listens.
    pub sessions_open: u64,
    /// What it said aloud because of skills.
    pub spoken: Vec<String>,
    /// All requests that it caused, in their order.
    pub events: Vec<SentEvent>,
    /// What was wrong with answers, one sentence each.
    pub answers_refused: Vec<String>,
    /// Directives that were in order and had no effect, such as an item after another one than the
    /// last.
    pub ignored: Vec<String>,
    /// Pictures that its screen fetched.
    pub pictures: Vec<PictureView>,
    /// Its id towards the skill that played last, or was opened last.
    pub device_id: Option<String>,
}

/// A button of the player on a screen (*documented*: requests of `PlaybackController`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    /// `PlayCommandIssued`.
    Play,
    /// `PauseCommandIssued`; screens stop by themselves and send nothing, some buttons do.
    Pause,
    /// `NextCommandIssued`.
    Next,
    /// `PreviousCommandIssued`.
    Previous,
}

fn seconds<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(value.as_secs_f64())
}
