//! The communication service, as far as two clients ask it while they start.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::call::{Call, text};
use crate::household::model::Device;
use crate::pages;
use crate::state::State;

/// `alexa-comms-mobile-service.D`.
pub(crate) fn route(state: &mut State, call: &Call) -> Answer {
    let person =
        format!("amzn1.comms.id.person.amzn1~amzn1.account.{}", state.identity.customer_id);
    let group = "amzn1.comms.id.hg.amzn1~simulator";
    let segments = call.segments();
    if call.method == Method::PATCH {
        return set_preference(state, call, &segments);
    }
    match segments.as_slice() {
        ["accounts"] => answer::json(&json!([{
            "commsId": person,
            "directedId": format!("amzn1.account.{}", state.identity.customer_id),
            "phoneCountryCode": "49",
            "firstName": state.identity.given_name,
            "signedInUser": true,
            "commsProvisioned": true,
        }])),
        ["users", _, "identities"] => {
            answer::json(&json!({ "homeGroupId": group, "commsId": person }))
        }
        ["homegroups", _, "devices"] | ["users", _, "homegroups", _, "devices"] => {
            let echo = |d: &&Device| d.can("MICROPHONE") && d.seed.model.is_some();
            let devices: Vec<Value> = state
                .household
                .devices
                .iter()
                .filter(echo)
                .map(|d| {
                    json!({
                        "deviceSerialNumber": d.serial(),
                        "deviceType": d.seed.device_type,
                        "deviceName": d.seed.name,
                        "deviceStatus": {
                            "announcementAvailability": "ON",
                            "deviceCommsAvailability": "ON",
                            "deviceDropInAvailability": "Home",
                        },
                    })
                })
                .collect();
            answer::json(&json!({ "devices": devices }))
        }
        [.., "deviceId", serial, "preferences"] => {
            let on = state.household.find(serial).is_none_or(|device| device.announcements);
            let word = if on { "ON" } else { "OFF" };
            answer::json(&json!({
                "devicePermissionsPreferences": [
                    { "devicePreference": "announcements", "state": word, "allowed": true },
                ],
            }))
        }
        _ => pages::not_found(),
    }
}

/// `PATCH .../deviceId/<serial>/preferences/announcements` with `{"state":"OFF"}`.
fn set_preference(state: &mut State, call: &Call, segments: &[&str]) -> Answer {
    let body = call.json();
    let on = text(&body, "/state") == "ON";
    if let [.., "deviceId", serial, "preferences", "announcements"] = segments
        && let Some(device) = state.household.find_mut(serial)
    {
        device.announcements = on;
    }
    answer::empty(StatusCode::OK)
}
