//! The device list and the speaker groups.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::api::with_csrf;
use crate::call::{Call, text};
use crate::household::model::Device;
use crate::pages;
use crate::router::at_home;
use crate::state::State;

/// `/api/devices-v2/...` and `/api/wholeHomeAudio/...`.
pub(crate) fn route(state: &mut State, call: &Call, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, ["devices-v2", "device"]) => {
            let list = list(state, call);
            let answer = answer::json(&json!({ "devices": list }));
            with_csrf(state, call, answer)
        }
        (&Method::PUT, ["devices-v2", "device", serial]) => rename(state, call, serial),
        (&Method::GET, ["wholeHomeAudio", "v1", "groups"]) => {
            answer::json(&json!({ "groups": groups(state, call) }))
        }
        _ => pages::not_found(),
    }
}

/// Removes a device from the account.
pub(crate) fn delete(state: &mut State, serial: &str) -> Answer {
    let found = state.remove_device(serial);
    if found { answer::empty(StatusCode::OK) } else { pages::not_found() }
}

/// Everything registered to the account. On other sites than its home the list is empty, which is
/// our reading: clients ask the home site.
fn list(state: &State, call: &Call) -> Vec<Value> {
    if !at_home(state, call) {
        return Vec::new();
    }
    state.household.devices.iter().map(|device| entry(state, device)).collect()
}

/// One entry; fields and nulls as in field reports of full lists.
fn entry(state: &State, device: &Device) -> Value {
    json!({
        "accountName": device.seed.name,
        "appDeviceList": [],
        "associatedUnitIds": Value::Null,
        "capabilities": device.seed.capabilities,
        "charging": Value::Null,
        "clusterMembers": device.seed.members,
        "deviceAccountId": device.account_id,
        "deviceFamily": device.seed.family,
        "deviceOwnerCustomerId": state.household.owner,
        "deviceType": device.seed.device_type,
        "deviceTypeFriendlyName": Value::Null,
        "essid": Value::Null,
        "language": Value::Null,
        "macAddress": Value::Null,
        "online": device.seed.online,
        "parentClusters": state.household.parents(device.serial()),
        "postalCode": Value::Null,
        "registrationId": Value::Null,
        "remainingBatteryLevel": Value::Null,
        "serialNumber": device.serial(),
        "softwareVersion": device.software,
    })
}

fn rename(state: &mut State, call: &Call, serial: &str) -> Answer {
    let body = call.json();
    let name = text(&body, "/accountName");
    let Some(device) = state.household.find_mut(serial) else {
        return pages::not_found();
    };
    if name.is_empty() {
        return answer::api_error(400, &Value::Null, "ValidationException");
    }
    device.seed.name = name.to_owned();
    answer::json(&body)
}

fn groups(state: &State, call: &Call) -> Vec<Value> {
    if !at_home(state, call) {
        return Vec::new();
    }
    let member = |serial: &String| {
        let kind = state.household.find(serial).map(|d| d.seed.device_type.as_str());
        json!({ "dsn": serial, "deviceType": kind, "speakerChannel": "ALL" })
    };
    let groups = state.household.devices.iter().filter(|d| d.is_group());
    groups
        .map(|d| {
            let members: Vec<Value> = d.seed.members.iter().map(member).collect();
            json!({ "id": d.serial(), "name": d.seed.name, "members": members })
        })
        .collect()
}
