//! What comes out of a device, how long it takes and how loud it is.

use serde_json::Value;

use crate::call::text;
use crate::household::views::{Heard, HeardKind};
use crate::state::State;

/// Chime, pause and the time a device needs to begin (chosen).
const BEFORE_MS: i64 = 1000;
/// Speech per character (chosen: about 1000 characters a minute).
const CHARACTER_MS: i64 = 60;
/// A sound, or an audio file within speech (chosen).
const SOUND_MS: i64 = 5000;

/// The text of an announcement: what is spoken, else what is shown.
pub(crate) fn announced(payload: &Value) -> &str {
    let said = text(payload, "/content/0/speak/value");
    if said.is_empty() { text(payload, "/content/0/display/body") } else { said }
}

/// How long a node takes; `None` for announced markup that does not begin as one.
pub(crate) fn node_ms(kind: &str, payload: &Value) -> Option<i64> {
    Some(match kind {
        "Alexa.Speak" => spoken_ms(text(payload, "/textToSpeak")),
        "AlexaAnnouncement" => {
            let contents = payload.get("content").and_then(Value::as_array);
            let broken = |content: &Value| {
                text(content, "/speak/type") == "ssml"
                    && !text(content, "/speak/value").starts_with("<speak>")
            };
            if contents.is_some_and(|list| list.iter().any(broken)) {
                return None;
            }
            spoken_ms(announced(payload))
        }
        "Alexa.Sound" => SOUND_MS,
        "Alexa.System.Wait" => wait_ms(payload.get("waitTimeInSeconds")),
        _ => 0,
    })
}

fn wait_ms(value: Option<&Value>) -> i64 {
    let seconds = match value {
        Some(Value::String(text)) => text.parse::<i64>().ok(),
        Some(other) => other.as_i64(),
        None => None,
    };
    seconds.unwrap_or(0).clamp(0, 86_400) * 1000
}

/// How long a text takes; markup is not spoken.
fn spoken_ms(said: &str) -> i64 {
    let mut inside = false;
    let spoken = said.chars().filter(|c| {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                return false;
            }
            _ => {}
        }
        !inside
    });
    let characters = i64::try_from(spoken.count()).unwrap_or(0);
    let files = i64::try_from(said.matches("<audio ").count()).unwrap_or(0);
    BEFORE_MS + characters * CHARACTER_MS + files * SOUND_MS
}

/// Addresses of the audio files within a text.
fn files(said: &str) -> Vec<String> {
    let tags = said.split("<audio ").skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter_map(|tag| {
        let value = tag.split("src=").nth(1)?;
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        value.split(quote).nth(1).map(str::to_owned)
    })
    .collect()
}

impl State {
    /// Notes what comes out of a device, after what it still speaks.
    pub(crate) fn hear(&mut self, serial: &str, kind: HeardKind, said: String, at_ms: i64) {
        let Some(device) = self.household.find(serial) else {
            return;
        };
        let volume = self.household.volume(device);
        let muted = self.household.muted(device);
        let lasts_ms = if kind == HeardKind::Sound { SOUND_MS } else { spoken_ms(&said) };
        let at_ms = at_ms.max(device.speaking_until_ms);
        let until_ms = at_ms + lasts_ms;
        let heard = Heard { at_ms, until_ms, kind, files: files(&said), text: said, volume, muted };
        if let Some(device) = self.household.find_mut(serial) {
            device.speaking_until_ms = until_ms;
            device.heard.push(heard);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_takes_no_time_and_files_do() {
        assert_eq!(spoken_ms("Hello"), 1300);
        assert_eq!(spoken_ms("<speak>Hello</speak>"), 1300);
        let said = "<speak>Hi <audio src='https://example.org/a.mp3'/></speak>";
        assert_eq!(spoken_ms(said), 1000 + 3 * 60 + 5000);
        assert_eq!(files(said), ["https://example.org/a.mp3"]);
        assert!(files("<audio src=>").is_empty());
    }
}
