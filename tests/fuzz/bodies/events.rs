//! Whatever the stream tells about the players of a house, with lists in between; see `board.rs` for
//! what must hold.
//!
//! Each line of an input is a part of the stream. `+10` lets ten seconds pass, `-10` puts the clock
//! back; after `v`, `s` and `b` a list follows, of volumes, sessions, or do not disturb.

use mass_alexa::api::Household;
use serde_json::{Value, json};

pub(crate) use super::board::Outcome;
use super::board::{self, Scene};

/// Four speakers, two of them a pair, a group of everything, one of two, and a phone.
fn house() -> Value {
    let device = |serial: &str, kind: &str, family: &str, members: &[&str]| {
        json!({"serialNumber": serial, "deviceType": kind, "deviceFamily": family,
            "accountName": serial, "online": serial != "G4", "clusterMembers": members,
            "capabilities": ["AUDIO_PLAYER", "MUSIC_SKILL", "VOLUME_SETTING"]})
    };
    let speaker = |serial: &str| device(serial, "A3RMGO6LYLH7YN", "ECHO", &[]);
    json!({"devices": [speaker("G1"), speaker("G2"), speaker("G3"), speaker("G4"),
        device("P", "AP1F6KUH00XPV", "ECHO", &["G3", "G4"]),
        device("W", "A3C9PE6TNYLTCH", "WHA", &["G1", "G2", "P", "G3", "G4"]),
        device("U", "A3C9PE6TNYLTCH", "WHA", &["G1", "G2"]),
        device("A", "A2TF17PFR55MTB", "VOX", &[])]})
}

/// Plays one input.
pub(crate) fn run(data: &[u8]) -> Outcome {
    let mut scene = Scene::new(1_795_000_000.0);
    scene.devices(Household::merge(&house(), None, None));
    for line in data.split(|byte| *byte == b'\n') {
        let Some((first, rest)) = line.split_first() else { continue };
        match first {
            b'+' | b'-' => {
                let text = String::from_utf8_lossy(line);
                let seconds = text.trim().parse().unwrap_or(1.0_f64);
                let seconds = if seconds.is_finite() { seconds.clamp(-1e6, 1e6) } else { 0.0 };
                scene.now = (scene.now + seconds).max(0.0);
            }
            b'v' => scene.volumes(&board::json(rest)),
            b's' => scene.sessions(&board::json(rest)),
            b'b' => scene.do_not_disturb(&board::json(rest)),
            _ => scene.part(line),
        }
    }
    scene.end()
}
