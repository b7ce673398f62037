//! The communication service, as far as two clients ask it while they start.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::call::Call;
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
        return answer::empty(StatusCode::OK);
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
        [.., "preferences"] => answer::json(&json!({
            "devicePermissionsPreferences": [
                { "devicePreference": "announcements", "state": "ON", "allowed": true },
            ],
        })),
        _ => pages::not_found(),
    }
}
