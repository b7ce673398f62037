//! Volume reads and the direct volume endpoint.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::household::model::Device;
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
            let volumes: Vec<Value> = devices.map(|d| volume(state, d)).collect();
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
    let Some(device) = state.household.find(serial) else {
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
    let muted = body.get("muted").and_then(Value::as_bool);
    let group = device.is_group();
    let mut serials = device.seed.members.clone();
    serials.push(serial.to_owned());
    // A group is no speaker of its own (our reading: nothing shows that it reaches the members).
    if !group {
        for serial in serials {
            state.set_volume(&serial, level, muted);
        }
    }
    answer::empty(StatusCode::OK)
}
