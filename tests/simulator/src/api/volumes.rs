//! Volume reads and the direct volume endpoint.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::household::model::Device;
use crate::household::views::Playback;
use crate::pages;
use crate::router::at_home;
use crate::state::State;

/// `/api/devices/<type>/<serial>/audio/...`; the list has the literal words `deviceType` and `dsn`
/// in its path (observed with two clients).
pub(crate) fn route(state: &mut State, call: &Call, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, ["devices", "deviceType", "dsn", "audio", "v1", "allDeviceVolumes"]) => {
            let speaks = |d: &&Device| d.can("VOLUME_SETTING") && d.seed.family != "VOX";
            let home = at_home(state, call);
            let devices = state.household.devices.iter().filter(|_| home).filter(speaks);
            let count = if state.knobs.volumes_partial { 1 } else { usize::MAX };
            let volumes: Vec<Value> = devices.take(count).map(|d| listed(state, d)).collect();
            answer::json(&json!({ "volumes": volumes }))
        }
        (&Method::GET, ["devices", _, serial, "audio", "v2", "volume"]) => {
            match state.household.find(serial) {
                Some(device) => answer::json(&volume(state, device)),
                None => pages::not_found(),
            }
        }
        (&Method::PUT | &Method::POST, ["devices", _, serial, "audio", "v2", "speakerVolume"]) => {
            set(state, call, serial)
        }
        (&Method::GET, ["devices", _, _, "audio", "v1", "getEQRange"]) => {
            answer::json(&json!({ "max": 6, "min": -6 }))
        }
        _ => pages::not_found(),
    }
}

/// The entry of the list: it may be late, empty or 0.
fn listed(state: &State, device: &Device) -> Value {
    let lag_ms = i64::try_from(state.knobs.volume_lag_s).unwrap_or(0).saturating_mul(1000);
    let at_ms = if lag_ms == 0 { i64::MAX } else { state.clock.now_ms() - lag_ms };
    let (mut level, muted) = state.household.volume_at(device, at_ms);
    if device.is_group() && state.knobs.group_volume_zero {
        level = 0;
    }
    let mut entry = volume(state, device);
    let idle = device.playing == Playback::Idle;
    if let Some(map) = entry.as_object_mut() {
        let null = idle && state.knobs.null_volumes;
        let or_null = |value: Value| if null { Value::Null } else { value };
        map.insert("speakerVolume".to_owned(), or_null(level.into()));
        map.insert("speakerMuted".to_owned(), or_null(muted.into()));
    }
    entry
}

fn volume(state: &State, device: &Device) -> Value {
    json!({
        "alertVolume": 50,
        "associatedDeviceVolumes": Value::Null,
        "deviceType": device.seed.device_type,
        "dsn": device.serial(),
        "error": if device.seed.online { Value::Null } else { Value::from("DEVICE_OFFLINE") },
        "speakerMuted": state.household.muted(device),
        "speakerVolume": state.household.volume(device),
    })
}

fn set(state: &mut State, call: &Call, serial: &str) -> Answer {
    let body = call.json();
    let unknown = !state.knobs.volume_endpoint
        || (!state.knobs.mute_flag
            && (body.get("muted") == Some(&Value::Bool(true)) || body.get("volume").is_none()));
    let Some(device) = state.household.find(serial).filter(|_| !unknown) else {
        return pages::not_found();
    };
    if !device.seed.online {
        return answer::api_error(
            400,
            &Value::from("Device is not connected"),
            "ValidationException",
        );
    }
    let level = body.get("volume").and_then(Value::as_u64);
    if level.is_some_and(|level| level > 100) {
        return answer::api_error(400, &Value::Null, "ValidationException");
    }
    let level = level.and_then(|level| u8::try_from(level).ok());
    let muted = body.get("muted").and_then(Value::as_bool).filter(|_| state.knobs.mute_flag);
    let group = device.is_group();
    let mut serials = device.seed.members.clone();
    serials.push(serial.to_owned());
    // A group is no speaker of its own (our reading: nothing shows that it reaches the members).
    if !group && !state.drops(serial) {
        for serial in serials {
            state.set_volume(&serial, level, muted);
        }
    }
    answer::empty(StatusCode::OK)
}
