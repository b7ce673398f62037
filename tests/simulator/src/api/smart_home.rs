//! The devices as the smart home knows them: the older list of endpoints and the states of single
//! ones.
//!
//! Fields as alexa-remote2 8 selects them (alexapy 1.33 selects fewer); the words for reachability
//! from field reports.

use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::api::endpoints::{is_listed, value};
use crate::call::{Call, text};
use crate::household::model::Device;
use crate::router::at_home;
use crate::state::State;

/// When the devices were set up and last seen; milliseconds since 1970.
const SEEN_MS: u64 = 1_767_225_600_000;

/// The last part of an endpoint id.
pub(super) fn entity_id(device: &Device) -> &str {
    device.endpoint_id.rsplit('.').next().unwrap_or_default()
}

/// The id of older interfaces.
pub(super) fn appliance_id(device: &Device) -> String {
    let (serial, kind) = (device.serial(), &device.seed.device_type);
    format!("AlexaBridge_{serial}@{kind}_{serial}")
}

/// One entry of `query { endpoints { items { .. } } }`.
pub(super) fn item(device: &Device) -> Value {
    let text_of = |text: &str| json!({ "type": "PLAIN_TEXT", "value": { "text": text } });
    json!({
        "endpointId": device.endpoint_id,
        "id": device.endpoint_id,
        "friendlyName": device.seed.name,
        "displayCategories": { "primary": { "value": "ALEXA_VOICE_ENABLED" } },
        "enablement": "ENABLED",
        "serialNumber": value(device.serial()),
        "model": device.seed.model.as_deref().map(value),
        "manufacturer": value(&device.seed.manufacturer),
        "features": [{ "name": "connectivity", "operations": [] }],
        "legacyAppliance": appliance(device),
        "legacyIdentifiers": {
            "dmsIdentifier": {
                "deviceType": text_of(&device.seed.device_type),
                "deviceSerialNumber": text_of(device.serial()),
            },
        },
    })
}

fn appliance(device: &Device) -> Value {
    json!({
        "applianceId": appliance_id(device),
        "applianceTypes": ["ALEXA_VOICE_ENABLED"],
        "endpointTypeId": Value::Null,
        "friendlyName": device.seed.name,
        "friendlyDescription": "Amazon smart device",
        "manufacturerName": device.seed.manufacturer,
        "connectedVia": "",
        "modelName": device.seed.model,
        "entityId": entity_id(device),
        "actions": [],
        "mergedApplianceIds": [],
        "capabilities": [],
        "applianceNetworkState": {
            "reachability": if device.seed.online { "REACHABLE" } else { "NOT_REACHABLE" },
            "lastSeenAt": SEEN_MS,
            "createdAt": SEEN_MS,
        },
        "version": "0",
        "isEnabled": true,
        "customerDefinedDeviceType": Value::Null,
        "customerPreference": Value::Null,
        "alexaDeviceIdentifierList": [{
            "dmsDeviceSerialNumber": device.serial(),
            "dmsDeviceTypeId": device.seed.device_type,
        }],
        "aliases": [],
        "driverIdentity": { "namespace": "AAA", "identifier": "SonarCloudService" },
        "additionalApplianceDetails": { "additionalApplianceDetails": {} },
        "isConsentRequired": false,
        "applianceKey": appliance_id(device),
        "appliancePairs": [],
        "deduplicatedPairs": [],
        "entityPairs": [],
        "deduplicatedAliasesByEntityId": {},
        "relations": {},
    })
}

/// `POST /api/phoenix/state`: states of single appliances or entities. A state is JSON inside text;
/// what cannot be reached is an error of its own within a good answer (observed with three
/// clients). The code for an unknown one is our choice.
pub(super) fn states(state: &State, call: &Call) -> Answer {
    let body = call.json();
    let Some(requests) = body.get("stateRequests").and_then(Value::as_array) else {
        return answer::api_error(400, &Value::Null, "ValidationException");
    };
    let home = at_home(state, call);
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for request in requests {
        let id = text(request, "/entityId");
        let entity = json!({ "entityId": id, "entityType": text(request, "/entityType") });
        let mut devices = state.household.devices.iter().filter(|d| home && is_listed(d));
        let code = match devices.find(|d| entity_id(d) == id || appliance_id(d) == id) {
            Some(device) if device.seed.online => {
                found.push(json!({
                    "entity": entity, "capabilityStates": [connectivity()], "error": Value::Null,
                }));
                continue;
            }
            Some(_) => "ENDPOINT_UNREACHABLE",
            None => "NO_SUCH_ENDPOINT",
        };
        errors.push(json!({
            "entity": entity, "code": code, "message": Value::Null, "data": Value::Null,
        }));
    }
    answer::json(&json!({ "deviceStates": found, "errors": errors }))
}

fn connectivity() -> String {
    let state = json!({
        "namespace": "Alexa.EndpointHealth",
        "name": "connectivity",
        "value": { "value": "OK" },
        "timeOfSample": "2026-01-01T00:00:00Z",
        "uncertaintyInMilliseconds": 0,
    });
    state.to_string()
}
