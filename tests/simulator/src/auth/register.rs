//! `POST /auth/register`: turns a fresh authorization code into tokens, keys and cookies.
//!
//! Request and answer as alexapy 1.33, aioamazondevices 17 and alexa-cookie2 5 send and read them;
//! refusal of refreshed access tokens from field reports.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::account::sessions::{Registration, RegistrationView};
use crate::answer::{self, Answer};
use crate::auth::{cookie_json, refused};
use crate::call::{Call, text};
use crate::sites::{self, Site};
use crate::state::{State, random_uuid};

pub(crate) const APP_DEVICE_TYPE: &str = "A2IVLV5VM2W81";

/// Handles a registration.
pub(crate) fn register(state: &mut State, call: &Call) -> Answer {
    let body = call.json();
    let serial = text(&body, "/registration_data/device_serial").to_owned();
    if serial.is_empty() || text(&body, "/registration_data/device_type") != APP_DEVICE_TYPE {
        return refused("MissingValue", "registration_data is incomplete.");
    }
    if state.knobs.register_refused {
        return refused("InvalidToken", "Auth time of the token is expired.");
    }
    if let Err(answer) = prove(state, &body) {
        return *answer;
    }
    let site = sites::site(text(&body, "/cookies/domain")).unwrap_or(call.site);
    state.counters.registrations += 1;
    let app_name = text(&body, "/registration_data/app_name").to_owned();
    let template = text(&body, "/registration_data/device_name").to_owned();
    let device_name = device_name(state, &template, &app_name);
    // The same serial registered again ends the older registration (field reports).
    state.sessions.deregister(&serial);
    let refresh_token = state.mint("Atnr|");
    let view = RegistrationView {
        serial: serial.clone(),
        app_name: app_name.clone(),
        device_name: device_name.clone(),
        registered: true,
    };
    state.sessions.registrations.retain(|r| r.view.serial != serial);
    state.sessions.registrations.push(Registration { view, refresh_token: refresh_token.clone() });
    state.household.add_app(&serial, &device_name, APP_DEVICE_TYPE);
    success(state, site, &body, &Registered { serial, device_name, refresh_token })
}

struct Registered {
    serial: String,
    device_name: String,
    refresh_token: String,
}

/// Checks `auth_data`: a fresh authorization code with its PKCE verifier, or a fresh token.
fn prove(state: &mut State, body: &Value) -> Result<(), Box<Answer>> {
    let field = |name: &str| text(body, &format!("/auth_data/{name}"));
    let code = field("authorization_code");
    if code.is_empty() {
        let token = field("access_token");
        if token.is_empty() {
            return Err(Box::new(refused("MissingValue", "auth_data is missing.")));
        }
        // Only a token of a fresh interactive sign-in registers, not a refreshed one.
        let fresh = state.sessions.access_tokens.get(token).is_some_and(|entry| entry.fresh);
        return if fresh && state.token_serial(Some(token)).is_some() {
            Ok(())
        } else {
            Err(Box::new(refused("InvalidToken", "Auth time of the token is expired.")))
        };
    }
    // A code is used up by the attempt, whatever comes of it.
    let invalid = || Box::new(refused("InvalidValue", "The authorization code is not valid."));
    let entry = state.sessions.codes.remove(code).ok_or_else(invalid)?;
    if entry.expires_s <= state.clock.now_s() {
        return Err(invalid());
    }
    let client_id = field("client_id");
    if client_id != entry.client_id || !ends_with_device_type(client_id) {
        return Err(Box::new(refused("InvalidValue", "The client id is not valid.")));
    }
    let verifier = field("code_verifier");
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    if field("code_algorithm") != "SHA-256" || challenge != entry.challenge {
        return Err(Box::new(refused("InvalidValue", "The code verifier is not valid.")));
    }
    Ok(())
}

/// The client id is the hexadecimal form of `<serial>#<device type>`. The serial in it may differ
/// from the registered one (observed with alexa-cookie2), and the type may have been turned into
/// hexadecimal twice (observed with alexapy 1.29).
fn ends_with_device_type(client_id: &str) -> bool {
    let hexadecimal =
        |text: &str| -> String { text.bytes().map(|byte| format!("{byte:02x}")).collect() };
    let suffix = hexadecimal(&format!("#{APP_DEVICE_TYPE}"));
    let client_id = client_id.to_ascii_lowercase();
    client_id.ends_with(&suffix) || client_id.ends_with(&hexadecimal(&suffix))
}

/// Fills in the name template: first name, then an ordinal when the name is taken.
fn device_name(state: &State, template: &str, app_name: &str) -> String {
    if template.is_empty() {
        return app_name.to_owned();
    }
    let fill = |ordinal: &str| {
        template
            .replace("%FIRST_NAME%", state.identity.given_name)
            .replace("%DUPE_STRATEGY_1ST%", ordinal)
    };
    let taken = |name: &str| {
        state.sessions.registrations.iter().any(|r| r.view.registered && r.view.device_name == name)
    };
    let plain = fill(" ");
    if !taken(&plain) {
        return plain;
    }
    (2..100)
        .map(|n| {
            let ending = match n {
                2 => "nd",
                3 => "rd",
                _ => "th",
            };
            fill(&format!(" {n}{ending} "))
        })
        .find(|name| !taken(name))
        .unwrap_or(plain)
}

fn success(state: &mut State, site: &'static Site, body: &Value, new: &Registered) -> Answer {
    let wants = |kind: &str| {
        body.pointer("/requested_token_type")
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().any(|v| v.as_str() == Some(kind)))
    };
    let access_token = state.issue_access_token(&new.serial, true);
    let mut tokens = json!({
        "bearer": {
            "access_token": access_token,
            "refresh_token": new.refresh_token,
            "expires_in": state.knobs.access_token_seconds.to_string(),
        },
        "mac_dms": mac_dms(state),
    });
    if let Some(map) = tokens.as_object_mut() {
        if wants("website_cookies") {
            let cookies = state.issue_web_cookies(site, Some(&new.serial));
            let list: Vec<Value> = cookies.iter().map(|c| cookie_json(state, c)).collect();
            map.insert("website_cookies".to_owned(), Value::from(list));
        }
        if wants("store_authentication_cookie") {
            let cookie = state.mint("store/");
            map.insert("store_authentication_cookie".to_owned(), json!({ "cookie": cookie }));
        }
    }
    let home = sites::site(&state.knobs.home_site).map_or("NA", |s| s.region);
    let region = if state.knobs.home_region.is_empty() { home } else { &state.knobs.home_region };
    answer::json(&json!({
        "response": { "success": {
            "extensions": {
                "device_info": {
                    "device_name": new.device_name,
                    "device_serial_number": new.serial,
                    "device_type": APP_DEVICE_TYPE,
                },
                "customer_info": {
                    "account_pool": "Amazon",
                    "user_id": state.identity.customer_id,
                    "home_region": region,
                    "name": state.identity.name,
                    "given_name": state.identity.given_name,
                },
            },
            "tokens": tokens,
            "customer_id": state.identity.customer_id,
        }},
        "request_id": random_uuid(),
    }))
}

/// A device key and its token in their outer form. The key only looks like one: nothing signs with
/// it in the protocol the simulator speaks.
fn mac_dms(state: &mut State) -> Value {
    let filler = STANDARD.encode(Sha256::digest(random_uuid().as_bytes()));
    let key = state.mint("MIIEpAIBAAKCAQEA") + &filler;
    let enc = state.mint("");
    let adp = format!("{{enc:{enc}}}{{key:a2V5}}{{iv:aXY=}}{{name:QURQVG9rZW4=}}{{serial:Mg==}}");
    state.secrets.push(key.clone());
    state.secrets.push(adp.clone());
    json!({ "device_private_key": key, "adp_token": adp })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_ends_with_the_device_type_in_one_of_two_forms() {
        let id = |text: &str| -> String { text.bytes().map(|b| format!("{b:02x}")).collect() };
        let once = id("#A2IVLV5VM2W81");
        assert!(ends_with_device_type(&format!("{}{once}", id("SERIAL"))));
        assert!(ends_with_device_type(&id(&format!("SERIAL{once}"))));
        assert!(!ends_with_device_type(&id("SERIAL#A2IVLV5VM2W8")));
        assert!(!ends_with_device_type(&id(&once[2..])));
    }
}
