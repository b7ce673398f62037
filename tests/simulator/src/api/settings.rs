//! Settings and lists per device: preferences, do not disturb, Bluetooth, wake words, alarms.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::api::asked_serial;
use crate::call::{Call, text};
use crate::household::model::Device;
use crate::household::views::Bluetooth;
use crate::pages;
use crate::router::at_home;
use crate::state::State;

/// Everything of `/api/` that has no module of its own; shapes as public clients read them.
pub(crate) fn route(state: &mut State, call: &Call, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::PUT, ["dnd", "status"]) => return set_do_not_disturb(state, call),
        (&Method::PUT, ["device-preferences", ..]) => return answer::json(&call.json()),
        (&Method::POST, ["bluetooth", ..]) => return answer::empty(StatusCode::OK),
        (&Method::GET, _) => {}
        _ => return pages::not_found(),
    }
    let home = at_home(state, call);
    let each = |filter: fn(&Device) -> bool, entry: &dyn Fn(&Device) -> Value| -> Vec<Value> {
        state.household.devices.iter().filter(|d| home && filter(d)).map(entry).collect()
    };
    let echo = |d: &Device| d.can("MICROPHONE") && d.seed.family != "VOX" && !d.is_group();
    match rest {
        ["device-preferences"] => answer::json(&json!({
            "devicePreferences": each(|d| d.seed.family != "VOX", &|d| json!({
                "deviceSerialNumber": d.serial(),
                "deviceType": d.seed.device_type,
                "locale": state.locale_of(d.serial()),
                "timeZoneId": "Europe/Berlin",
                "timeZoneRegion": "Europe",
                "temperatureScale": "CELSIUS",
                "distanceUnits": "METRIC",
                "postalCode": Value::Null,
                "countryCode": Value::Null,
            })),
        })),
        ["dnd", "device-status-list"] => answer::json(&json!({
            "doNotDisturbDeviceStatusList": each(echo, &|d| json!({
                "deviceSerialNumber": d.serial(),
                "deviceType": d.seed.device_type,
                "enabled": d.dnd,
            })),
        })),
        ["bluetooth"] => answer::json(&json!({
            "bluetoothStates": each(|d| d.can("PAIR_BT_SOURCE"), &|d| json!({
                "deviceSerialNumber": d.serial(),
                "deviceType": d.seed.device_type,
                "friendlyName": Value::Null,
                "gadgetPaired": false,
                "online": d.seed.online,
                "pairedDeviceList": paired(d.bluetooth),
                "sconeBattery": Value::Null,
                "sconePaired": false,
                "softwareVersion": d.software,
                "streamingState": streaming(d.bluetooth),
            })),
        })),
        ["wake-word"] => answer::json(&json!({
            "wakeWords": each(echo, &|d| json!({
                "active": true,
                "deviceSerialNumber": d.serial(),
                "deviceType": d.seed.device_type,
                "midFieldState": Value::Null,
                "wakeWord": "ALEXA",
            })),
        })),
        ["device-notification-state"] => answer::json(&json!({
            "deviceNotificationStates": each(echo, &|d| json!({
                "deviceSerialNumber": d.serial(),
                "deviceType": d.seed.device_type,
                "softwareVersion": d.software,
                "volumeLevel": 50,
            })),
        })),
        ["notifications"] => answer::json(&json!({ "notifications": [] })),
        ["ascending-alarm"] => answer::json(&json!({ "ascendingAlarmModelList": [] })),
        ["device-wifi-details"] => answer::json(&json!({
            "deviceSerialNumber": asked_serial(call),
            "deviceType": call.query().text("deviceType"),
            "essid": "home",
            "macAddress": "02:00:00:00:00:01",
        })),
        ["device", "op-mode"] => answer::json(&json!({ "isChildDirectedDevice": false })),
        ["equalizer", "enabled", ..] => answer::json(&json!({ "enabled": true })),
        ["equalizer", ..] => answer::json(&json!({ "bass": 0, "mid": 0, "treble": 0 })),
        // `bootstrap` is gone since November 2025 and gets the same page (field reports).
        _ => pages::not_found(),
    }
}

/// One phone, when it is there.
fn paired(bluetooth: Bluetooth) -> Value {
    match bluetooth {
        Bluetooth::None => Value::Null,
        Bluetooth::Connected | Bluetooth::Streaming => json!([{
            "address": "02:00:00:00:00:02", "connected": true, "deviceClass": "PHONE",
            "friendlyName": "Phone", "profiles": ["A2DP-SOURCE", "AVRCP"],
        }]),
    }
}

fn streaming(bluetooth: Bluetooth) -> Value {
    match bluetooth {
        Bluetooth::None => Value::Null,
        Bluetooth::Connected => "PAUSED".into(),
        Bluetooth::Streaming => "MUSIC".into(),
    }
}

/// Answers with the same object, which one client compares (observed with alexapy 1.33).
fn set_do_not_disturb(state: &mut State, call: &Call) -> Answer {
    let body = call.json();
    let serial = text(&body, "/deviceSerialNumber").to_owned();
    let enabled = body.get("enabled").and_then(Value::as_bool);
    let (Some(_), Some(enabled)) = (state.household.find(&serial), enabled) else {
        return answer::api_error(400, &Value::Null, "ValidationException");
    };
    state.set_do_not_disturb(&serial, enabled);
    answer::json(&body)
}
