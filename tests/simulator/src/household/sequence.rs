//! Carrying out a routine sequence on the devices.
//!
//! Node types and payloads as four public clients send them; what groups do with which node from
//! field reports: a spoken text never comes out of a group, stop and volume addressed to a group do
//! not reach its members, a text command to a group is ignored.

use serde_json::Value;

use crate::call::text;
use crate::household::transport::Transport;
use crate::state::State;

/// All devices, in a node.
const EVERY: &str = "ALEXA_ALL_DSN";

/// Carries a whole sequence out. The answer to it is the same whatever happens; a sequence that
/// cannot be read is `false`.
pub(crate) fn run(state: &mut State, sequence: &Value) -> bool {
    let Some(start) = sequence.get("startNode").filter(|node| node.is_object()) else {
        return false;
    };
    node(state, start, 0);
    true
}

fn node(state: &mut State, value: &Value, depth: usize) {
    if depth > 20 {
        return;
    }
    if let Some(children) = value.get("nodesToExecute").and_then(Value::as_array) {
        for child in children {
            node(state, child, depth + 1);
        }
        return;
    }
    let kind = text(value, "/type");
    let payload = value.get("operationPayload").unwrap_or(&Value::Null);
    for serial in targets(state, payload) {
        let reachable = state.household.find(&serial).is_some_and(|d| d.seed.online);
        if let Some(device) = state.household.find_mut(&serial) {
            device.nodes.push(kind.to_owned());
        }
        if reachable {
            operate(state, &serial, kind, payload);
        }
    }
}

/// The serials a node is meant for: `target.devices`, else `devices`, else the plain field. An
/// announcement without devices is for all.
fn targets(state: &State, payload: &Value) -> Vec<String> {
    let listed = |pointer: &str| {
        let list = payload.pointer(pointer).and_then(Value::as_array)?;
        let serials: Vec<String> =
            list.iter().map(|d| text(d, "/deviceSerialNumber").to_owned()).collect();
        (!serials.is_empty()).then_some(serials)
    };
    let single = text(payload, "/deviceSerialNumber").to_owned();
    let serials =
        listed("/target/devices").or_else(|| listed("/devices")).unwrap_or_else(|| vec![single]);
    let every = serials.iter().any(|s| s == EVERY)
        || (payload.get("content").is_some() && serials.iter().all(String::is_empty));
    if every {
        let plays = |d: &&crate::household::model::Device| d.can("AUDIO_PLAYER") && !d.is_group();
        return state
            .household
            .devices
            .iter()
            .filter(plays)
            .map(|d| d.serial().to_owned())
            .collect();
    }
    serials
}

fn operate(state: &mut State, serial: &str, kind: &str, payload: &Value) {
    let Some(device) = state.household.find_mut(serial) else {
        return;
    };
    let group = device.is_group();
    match kind {
        "Alexa.Speak" if !group => {
            let said = text(payload, "/textToSpeak").to_owned();
            device.spoken.push(said);
        }
        "AlexaAnnouncement" if !group => {
            let said = text(payload, "/content/0/speak/value");
            let shown = text(payload, "/content/0/display/body");
            let said = if said.is_empty() { shown } else { said }.to_owned();
            device.announced.push(said);
        }
        "Alexa.Sound" if !group => {
            let sound = text(payload, "/soundStringId").to_owned();
            device.sounds.push(sound);
        }
        "Alexa.TextCommand" if !group => {
            let said = text(payload, "/text").to_owned();
            device.text_commands.push(said.clone());
            spoken_command(state, serial, &said);
        }
        "Alexa.DeviceControls.Volume" if !group => {
            if let Some(volume) = volume(payload.get("value")) {
                set_volume(state, serial, volume);
            }
        }
        "Alexa.DeviceControls.Stop" if !group => state.stop_device(serial),
        "Alexa.DeviceControls.DoNotDisturb" => {
            state.set_do_not_disturb(serial, text(payload, "/action") == "Enable");
        }
        _ => {}
    }
}

/// A pair is one speaker: its members follow. A group never gets here.
fn set_volume(state: &mut State, serial: &str, volume: u8) {
    let members = state.household.find(serial).map(|d| d.seed.members.clone()).unwrap_or_default();
    for member in members {
        state.set_volume(&member, Some(volume), None);
    }
    state.set_volume(serial, Some(volume), None);
}

/// Clients send the level as text, as a whole number or as a fraction such as 56.99999.
fn volume(value: Option<&Value>) -> Option<u8> {
    let number = match value? {
        Value::String(text) => text.parse::<f64>().ok()?,
        other => other.as_f64()?,
    };
    (0.0..=100.0).contains(&number).then(|| {
        // Whole steps between 0 and 100 are exact in both types.
        (0_u8..=100).find(|level| f64::from(*level) >= number.round()).unwrap_or(100)
    })
}

/// What a sentence does. Everything else is only noted.
pub(crate) fn spoken_command(state: &mut State, serial: &str, said: &str) {
    let sentence = said.trim().trim_end_matches(['.', '!']).to_lowercase();
    let sentence =
        sentence.strip_prefix("alexa").unwrap_or(&sentence).trim_start_matches([',', ' ']);
    let mut words = sentence.split_whitespace();
    match words.next() {
        Some("stop" | "pause") => state.stop_device(serial),
        Some("play" | "resume" | "continue") if words.next().is_none() => {
            state.transport(serial, Transport::Play);
        }
        Some("next" | "skip") => {
            state.transport(serial, Transport::Next);
        }
        Some("previous") => {
            state.transport(serial, Transport::Previous);
        }
        Some("mute") => state.set_volume(serial, None, Some(true)),
        Some("unmute") => state.set_volume(serial, None, Some(false)),
        Some("volume") => {
            let level = words.next().and_then(|w| w.parse::<u8>().ok()).filter(|v| *v <= 10);
            if let Some(level) = level {
                set_volume(state, serial, level * 10);
            }
        }
        _ => {}
    }
}
