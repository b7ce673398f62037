//! `POST /nexus/v1/graphql`: the endpoint list and endpoint features.
//!
//! The query text is not interpreted: operations are told apart by their names, and the answers
//! have the fields public clients select (observed with aioamazondevices 17; the older
//! `CustomerSmartHome` form with alexapy 1.33).

use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::api::smart_home;
use crate::call::{Call, text};
use crate::household::model::Device;
use crate::router::at_home;
use crate::state::State;

/// Answers one operation or an array of them.
pub(crate) fn graphql(state: &State, call: &Call) -> Answer {
    let home = at_home(state, call);
    match call.json() {
        Value::Array(list) => {
            let answers: Vec<Value> = list.iter().map(|one| operation(state, one, home)).collect();
            answer::json(&Value::from(answers))
        }
        one @ Value::Object(_) => answer::json(&operation(state, &one, home)),
        _ => answer::api_error(400, &Value::Null, "BadRequestException"),
    }
}

fn operation(state: &State, body: &Value, home: bool) -> Value {
    let name = text(body, "/operationName");
    let query = text(body, "/query");
    let listed: Vec<&Device> =
        state.household.devices.iter().filter(|d| home && is_listed(d)).collect();
    let is = |word: &str| name == word || (name.is_empty() && query.contains(word));
    if is("getEndpointFeatures") || is("getPolledSensorState") {
        let asked = body.pointer("/variables/endpointIds").and_then(Value::as_array);
        let wanted = |d: &&&Device| {
            asked.is_none_or(|ids| ids.iter().any(|id| id.as_str() == Some(&d.endpoint_id)))
        };
        let endpoints: Vec<Value> = listed.iter().filter(wanted).map(|d| features(d)).collect();
        return json!({ "data": { "listEndpoints": { "endpoints": endpoints } } });
    }
    if is("getDevicesBaseData") || query.contains("listEndpoints") {
        let endpoints: Vec<Value> = listed.iter().map(|d| base_data(d)).collect();
        return json!({ "data": { "listEndpoints": { "endpoints": endpoints } } });
    }
    if query.contains("setEndpointFeatures") {
        return json!({ "data": { "setEndpointFeatures": {
            "featureControlResponses": [], "errors": [],
        } } });
    }
    if query.contains("endpoints") {
        let items: Vec<Value> = listed.iter().map(|d| smart_home::item(d)).collect();
        return json!({ "data": { "endpoints": { "items": items } } });
    }
    json!({ "data": Value::Null, "errors": [{ "message": "Unknown operation", "path": [] }] })
}

/// Speaker groups never are endpoints; phone apps are left out by the clients anyway.
pub(super) fn is_listed(device: &Device) -> bool {
    !device.is_group() && device.seed.family != "VOX"
}

pub(super) fn value(text: &str) -> Value {
    json!({ "value": { "text": text } })
}

fn base_data(device: &Device) -> Value {
    let serial = device.serial();
    let kind = &device.seed.device_type;
    json!({
        "__typename": "Endpoint",
        "endpointId": device.endpoint_id,
        "id": device.endpoint_id,
        "friendlyName": device.seed.name,
        "friendlyNameObject": value(&device.seed.name),
        "manufacturer": value(&device.seed.manufacturer),
        "model": device.seed.model.as_deref().map(value),
        "serialNumber": value(serial),
        "softwareVersion": value(&device.software),
        "creationTime": "2024-05-01T10:00:00Z",
        "enablement": "ENABLED",
        "displayCategories": {
            "all": [{ "value": "ALEXA_VOICE_ENABLED" }],
            "primary": { "value": "ALEXA_VOICE_ENABLED" },
        },
        "alexaEnabledMetadata": {
            "iconId": "echo",
            "isVisible": true,
            "category": "ECHO",
            "capabilities": [],
        },
        "legacyIdentifiers": {
            "dmsIdentifier": { "deviceType": value(kind), "deviceSerialNumber": value(serial) },
            "chrsIdentifier": { "entityId": smart_home::entity_id(device) },
        },
        "legacyAppliance": { "applianceId": smart_home::appliance_id(device) },
    })
}

/// Reachability is what tells online from offline.
fn features(device: &Device) -> Value {
    let reachable = if device.seed.online { "OK" } else { "UNREACHABLE" };
    let time = "2026-01-01T00:00:00Z";
    json!({
        "endpointId": device.endpoint_id,
        "id": device.endpoint_id,
        "features": [{
            "name": "connectivity",
            "instance": Value::Null,
            "properties": [{
                "name": "reachability",
                "type": "RETRIEVABLE",
                "accuracy": "FRESH",
                "error": Value::Null,
                "__typename": "Reachability",
                "reachabilityStatusValue": reachable,
                "timeOfSample": time,
                "timeOfLastChange": time,
            }],
            "operations": [],
            "configuration": Value::Null,
        }],
    })
}
