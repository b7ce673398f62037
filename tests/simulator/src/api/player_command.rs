//! Transport commands for what is loaded.
//!
//! Types and fields as four public clients send them; the answers for offline devices and for
//! nothing loaded from field reports since November 2025.

use http::{HeaderName, StatusCode};
use serde_json::Value;

use crate::answer::{self, Answer};
use crate::api::asked_serial;
use crate::call::{Call, text};
use crate::control::ProviderKind;
use crate::household::transport::Transport;
use crate::household::views::Playback;
use crate::state::State;

/// The header with the short name of an error.
const ERROR: HeaderName = HeaderName::from_static("x-amzn-error");

/// `POST /api/np/command`.
pub(crate) fn command(state: &mut State, call: &Call) -> Answer {
    state.counters.player_commands += 1;
    let serial = asked_serial(call);
    let body = call.json();
    let Some(device) = state.household.find(&serial) else {
        return answer::api_error(404, &Value::Null, "DeviceNotFoundException");
    };
    if device.seed.device_type != call.query().text("deviceType") {
        return answer::api_error(404, &Value::Null, "DeviceNotFoundException");
    }
    if !device.seed.online {
        let message = Value::from("Device is not connected");
        return answer::api_error(400, &message, "DeviceNotConnectedException");
    }
    if state.knobs.queue_expired {
        let answer = answer::api_error(400, &Value::Null, "ExpiredPlayQueueException");
        return answer::with_header(answer, ERROR, "QUEUE_EXPIRED");
    }
    if text(&body, "/type") == "VolumeLevelCommand" {
        return volume(state, &serial, body.get("volumeLevel").and_then(Value::as_u64));
    }
    match transport(&body) {
        Some(command) if reaches(state, &serial, &[ProviderKind::Amazon]) => {
            carry_out(state, &serial, command)
        }
        Some(_) => answer::unsupported_provider(),
        None => answer::api_error(400, &Value::Null, "ValidationException"),
    }
}

fn transport(body: &Value) -> Option<Transport> {
    let flag = |name: &str| body.get(name).and_then(Value::as_bool);
    Some(match text(body, "/type") {
        "PlayCommand" => Transport::Play,
        "PauseCommand" => Transport::Pause,
        "NextCommand" => Transport::Next,
        "PreviousCommand" => Transport::Previous,
        "ForwardCommand" => Transport::Forward,
        "RewindCommand" => Transport::Rewind,
        "ShuffleCommand" => Transport::Shuffle(flag("shuffle")?),
        "RepeatCommand" => Transport::Repeat(flag("repeat")?),
        "SeekCommand" => Transport::Seek(body.get("mediaPosition").and_then(Value::as_u64)?),
        "JumpCommand" => Transport::Jump(text(body, "/mediaId").rsplit(':').next()?.parse().ok()?),
        _ => return None,
    })
}

/// Whether a device has something loaded, by a player of one of these kinds.
fn reaches(state: &State, serial: &str, kinds: &[ProviderKind]) -> bool {
    let device = state.household.find(serial).filter(|d| d.playing != Playback::Idle);
    device.and_then(|d| d.media.as_ref()).is_some_and(|media| kinds.contains(&media.kind))
}

/// Accepted is not done: a command may be dropped, and the first of two seeks be ignored.
fn carry_out(state: &mut State, serial: &str, command: Transport) -> Answer {
    if state.drops(serial) {
        return answer::empty(StatusCode::OK);
    }
    if state.knobs.seek_needs_two
        && matches!(command, Transport::Seek(_))
        && let Some(device) = state.household.find_mut(serial)
    {
        device.seek_seen = !device.seek_seen;
        if device.seek_seen {
            return answer::empty(StatusCode::OK);
        }
    }
    state.accept(serial, command);
    answer::empty(StatusCode::OK)
}

/// Accepted always; without anything loaded it has no effect (field report).
fn volume(state: &mut State, serial: &str, level: Option<u64>) -> Answer {
    let Some(level) = level.and_then(|l| u8::try_from(l).ok()).filter(|l| *l <= 100) else {
        return answer::api_error(400, &Value::Null, "ValidationException");
    };
    if state.drops(serial) {
        return answer::empty(StatusCode::OK);
    }
    let loaded = state.household.find(serial).filter(|d| d.media.is_some());
    let serials = loaded.map(|d| [d.seed.members.clone(), vec![serial.to_owned()]].concat());
    for serial in serials.unwrap_or_default() {
        state.set_volume(&serial, Some(level), None);
    }
    answer::empty(StatusCode::OK)
}

/// `POST /api/np/control-media-session`, the way of the current phone app (one secondary source).
pub(crate) fn control_session(state: &mut State, call: &Call) -> Answer {
    state.counters.player_commands += 1;
    let body = call.json();
    let wanted = text(&body, "/taskSessionId");
    let device = state.household.devices.iter().find(|d| {
        d.media.as_ref().is_some_and(|media| !wanted.is_empty() && media.session_id == wanted)
    });
    let Some(serial) = device.map(|d| d.serial().to_owned()) else {
        return answer::api_error(404, &Value::Null, "SessionNotFoundException");
    };
    let command = match text(&body, "/command/type") {
        "NPPlayCommand" | "NPResumeCommand" => Transport::Play,
        "NPPauseCommand" | "NPStopCommand" => Transport::Pause,
        "NPNextCommand" => Transport::Next,
        "NPPreviousCommand" => Transport::Previous,
        _ => return answer::api_error(400, &Value::Null, "ValidationException"),
    };
    if reaches(state, &serial, &[ProviderKind::Amazon, ProviderKind::External]) {
        carry_out(state, &serial, command)
    } else {
        answer::unsupported_provider()
    }
}
