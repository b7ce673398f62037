//! What every player is doing: one list of volumes and one of media sessions for the account.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::devices::Device;
use super::household::Household;
use super::wire::{self, state as raw};
use crate::error::{ErrorKind, Result};
use crate::session::{Call, Live};

/// The words `deviceType` and `dsn` are part of the address (*observed*).
const VOLUMES: &str = "/api/devices/deviceType/dsn/audio/v1/allDeviceVolumes";
/// Lengths above this are milliseconds: items of more than ten hours are rarer than those of less
/// than 36 seconds (*chosen*).
const LONGEST_SECONDS: f64 = 36_000.0;

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
    /// What it is doing.
    pub playback: Playback,
    /// 0 to 100; of a group, the rounded-down mean of its members.
    pub volume: Option<u8>,
    /// Whether it is muted; of a group, whether all members are.
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
    /// Unix seconds of the reading.
    pub updated_at: f64,
}

/// Reads the state of all players. One of the two lists may fail; what it would have told stays
/// unknown.
///
/// # Errors
/// When both lists fail, or either says that the session is over.
pub async fn read(
    live: &Live,
    household: &Household,
    now: f64,
) -> Result<BTreeMap<String, PlayerState>> {
    let volumes = async { Ok(live.call(Call::get(VOLUMES)).await?.json().unwrap_or_default()) };
    let (volumes, sessions): (Result<Value>, Result<Value>) =
        tokio::join!(volumes, sessions(live, household));
    let (volumes, sessions) = match (volumes, sessions) {
        (Err(error), Err(_)) => return Err(error),
        (Err(error), _) | (_, Err(error)) if error.kind() == ErrorKind::SignInRequired => {
            return Err(error);
        }
        (volumes, sessions) => (noted(volumes, "volumes"), noted(sessions, "media sessions")),
    };
    Ok(merge(household, volumes.as_ref(), sessions.as_ref(), now))
}

fn noted(list: Result<Value>, what: &str) -> Option<Value> {
    list.inspect_err(|error| tracing::warn!(%error, what, "part of the state is missing")).ok()
}

/// The list is asked for by any one player and covers all of them (*observed*).
async fn sessions(live: &Live, household: &Household) -> Result<Value> {
    let players = || household.all().filter(|device| device.is_player && device.members.is_empty());
    let Some(device) = players().find(|device| device.online).or_else(|| players().next()) else {
        return Ok(Value::Null);
    };
    let path = format!("/api/np/list-media-sessions?{}", device.query());
    Ok(live.call(Call::get(path)).await?.json().unwrap_or_default())
}

/// Puts both lists together. `None` means that the list could not be had.
pub fn merge(
    household: &Household,
    volumes: Option<&Value>,
    sessions: Option<&Value>,
    now: f64,
) -> BTreeMap<String, PlayerState> {
    let resting = if sessions.is_some() { Playback::Idle } else { Playback::Unknown };
    let mut states: BTreeMap<_, _> = household
        .all()
        .filter(|device| device.is_player)
        .map(|device| {
            let state = PlayerState {
                serial: device.serial.clone(),
                playback: resting,
                updated_at: now,
                ..PlayerState::default()
            };
            (device.serial.clone(), state)
        })
        .collect();
    let volumes: Vec<raw::Volume> =
        wire::entries(volumes.and_then(|answer| answer.get("volumes")), "volumes");
    for volume in volumes {
        if let Some(state) = volume.dsn.as_ref().and_then(|serial| states.get_mut(serial)) {
            state.volume = volume.speaker_volume.map(|level| level.min(100));
            state.muted = volume.speaker_muted;
        }
    }
    let sessions: Vec<raw::Session> =
        wire::entries(sessions.and_then(|answer| answer.get("mediaSessionList")), "media sessions");
    for session in &sessions {
        for serial in heard_on(session, household) {
            if let Some(state) = states.get_mut(&serial) {
                apply(state, &session.now_playing_data);
            }
        }
    }
    for group in household.all().filter(|device| device.is_player && !device.members.is_empty()) {
        derive_group(&mut states, &group.serial, &household.speakers(group));
    }
    states
}

/// Serials a session belongs to: those it names and, for a group, its speakers.
fn heard_on(session: &raw::Session, household: &Household) -> Vec<String> {
    let named = session.serials().filter_map(|serial| household.get(serial));
    named
        .flat_map(|device| std::iter::once(Arc::clone(device)).chain(household.speakers(device)))
        .map(|device| device.serial.clone())
        .collect()
}

fn apply(state: &mut PlayerState, playing: &raw::NowPlaying) {
    let playback = match playing.player_state.as_deref() {
        Some("PLAYING" | "BUFFERING") => Playback::Playing,
        Some("PAUSED" | "INTERRUPTED") => Playback::Paused,
        Some("IDLE" | "STOPPED" | "FINISHED") => Playback::Idle,
        _ => Playback::Unknown,
    };
    // A device can be named by several sessions; the one that is heard wins.
    if state.playback == Playback::Playing && playback != Playback::Playing {
        return;
    }
    state.playback = playback;
    state.title.clone_from(&playing.info_text.title);
    state.artist.clone_from(&playing.info_text.sub_text1);
    state.album.clone_from(&playing.info_text.sub_text2);
    state.image_url = playing.main_art.clone().best();
    state.provider.clone_from(&playing.provider.provider_name);
    (state.position, state.duration) = seconds(playing.progress);
}

/// The unit is decided for both numbers together: this list has been seen with seconds and with
/// milliseconds (*observed*; the newest client reads milliseconds, which decides where there is no
/// length).
fn seconds(progress: raw::Progress) -> (Option<f64>, Option<f64>) {
    let length = progress.media_length.filter(|length| *length > 0.0);
    let is_milliseconds = length.is_none_or(|length| length > LONGEST_SECONDS);
    let unit = if is_milliseconds { 1_000.0 } else { 1.0 };
    (progress.media_progress.map(|position| position / unit), length.map(|length| length / unit))
}

fn derive_group(states: &mut BTreeMap<String, PlayerState>, group: &str, speakers: &[Arc<Device>]) {
    let members: Vec<_> =
        speakers.iter().filter_map(|speaker| states.get(&speaker.serial)).collect();
    let levels: Vec<u32> = members.iter().filter_map(|state| state.volume.map(u32::from)).collect();
    let count = u32::try_from(levels.len()).unwrap_or(u32::MAX);
    let mean =
        levels.iter().sum::<u32>().checked_div(count).and_then(|mean| u8::try_from(mean).ok());
    let muted: Vec<bool> = members.iter().filter_map(|state| state.muted).collect();
    let all_muted = (!muted.is_empty()).then(|| muted.iter().all(|muted| *muted));
    if let Some(state) = states.get_mut(group) {
        state.volume = mean.or(state.volume);
        state.muted = all_muted.or(state.muted);
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
