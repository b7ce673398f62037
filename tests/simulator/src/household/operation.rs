//! What the nodes of a sequence and spoken sentences do.
//!
//! What groups do with which node from field reports: a spoken text never comes out of a group,
//! stop and volume addressed to a group do not reach its members, a text command to a group is
//! ignored.

use serde_json::Value;

use crate::call::text;
use crate::household::speech;
use crate::household::transport::Transport;
use crate::household::views::HeardKind;
use crate::state::State;

/// Carries one node out on one device, at a time by the simulated clock.
pub(crate) fn operate(state: &mut State, serial: &str, kind: &str, payload: &Value, at_ms: i64) {
    let Some(device) = state.household.find_mut(serial).filter(|d| !d.is_group()) else {
        return;
    };
    match kind {
        "Alexa.Speak" => {
            let said = text(payload, "/textToSpeak").to_owned();
            device.spoken.push(said.clone());
            state.hear(serial, HeardKind::Speech, said, at_ms);
        }
        // The preference of the device and do not disturb swallow it; nobody is told.
        "AlexaAnnouncement" if device.announcements && !device.dnd => {
            let said = speech::announced(payload).to_owned();
            device.announced.push(said.clone());
            state.hear(serial, HeardKind::Announcement, said, at_ms);
        }
        "Alexa.Sound" => {
            let sound = text(payload, "/soundStringId").to_owned();
            device.sounds.push(sound.clone());
            state.hear(serial, HeardKind::Sound, sound, at_ms);
        }
        "Alexa.TextCommand" => {
            let said = text(payload, "/text").to_owned();
            device.text_commands.push(said.clone());
            spoken_command(state, serial, &said);
        }
        "Alexa.DeviceControls.Volume" => {
            if let Some(volume) = volume(payload.get("value")) {
                set_volume(state, serial, volume);
            }
        }
        "Alexa.DeviceControls.Stop" => state.stop_device(serial),
        "Alexa.DeviceControls.DoNotDisturb" => {
            state.set_do_not_disturb(serial, text(payload, "/action") == "Enable");
        }
        "Alexa.Operation.SkillConnections.Launch" => {
            state.skill_launch(serial, text(payload, "/connectionRequest/uri"));
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
    if state.skill_heard(serial, sentence) {
        return;
    }
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
