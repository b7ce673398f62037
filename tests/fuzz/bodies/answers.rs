//! Whatever the lists of an account say, one after the other; see `board.rs` for what must hold.
//!
//! Each line of an input is an answer. Its first letter tells to which question: `d`evices,
//! `m`odels, `l`anguages, `v`olumes, `s`essions, do not distur`b`. Half a minute lies between two.

use mass_alexa::api::Household;
use serde_json::Value;

pub(crate) use super::board::Outcome;
use super::board::{Scene, json};

/// Plays one input.
pub(crate) fn run(data: &[u8]) -> Outcome {
    let mut scene = Scene::new(1_795_000_000.0);
    let (mut models, mut languages) = (None, None);
    for line in data.split(|byte| *byte == b'\n') {
        let Some((question, body)) = line.split_first() else { continue };
        scene.now += 30.0;
        let answer = json(body);
        match question {
            b'd' if !answer.get("devices").is_some_and(Value::is_array) => {}
            b'd' => {
                let household = Household::merge(&answer, models.as_ref(), languages.as_ref());
                scene.devices(household);
            }
            b'm' => models = Some(answer),
            b'l' => languages = Some(answer),
            b'v' => scene.volumes(&answer),
            b's' => scene.sessions(&answer),
            b'b' => scene.do_not_disturb(&answer),
            _ => {}
        }
    }
    scene.end()
}
