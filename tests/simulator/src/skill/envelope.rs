//! The requests that skills get.
//!
//! Fields as *documented*; the forms of ids as in public samples.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::clock::iso_utc;
use crate::skill::cloud::Skill;
use crate::skill::player::Event;
use crate::state::random_uuid;

/// Who asks, from where.
#[derive(Debug)]
pub(crate) struct Sender<'a> {
    pub(crate) skill: &'a Skill,
    pub(crate) customer: &'a str,
    pub(crate) serial: &'a str,
    pub(crate) api: &'a str,
    pub(crate) access_token: &'a str,
    pub(crate) has_screen: bool,
}

/// A conversation.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) skill: String,
    pub(crate) attributes: Value,
    /// When the Echo stops to listen.
    pub(crate) until_ms: i64,
}

/// An id that is the same for the same parts.
fn opaque(prefix: &str, parts: &[&str]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(parts.join("\n").as_bytes());
    let twice = digest.iter().chain(digest.iter().rev());
    let letters =
        twice.map(|byte| char::from(LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'A')));
    prefix.chars().chain(letters.take(52)).collect()
}

impl Sender<'_> {
    /// The device, as this skill knows it.
    pub(crate) fn device_id(&self) -> String {
        let epoch = self.skill.enablements.to_string();
        opaque("amzn1.ask.device.", &[self.serial, &self.skill.id, self.customer, &epoch])
    }

    /// The person, as this skill knows them.
    pub(crate) fn user_id(&self) -> String {
        let epoch = self.skill.enablements.to_string();
        opaque("amzn1.ask.account.", &[&self.skill.id, self.customer, &epoch])
    }

    /// A request about the skill itself.
    pub(crate) fn event(&self, request: &Value) -> Value {
        json!({
            "version": "1.0",
            "context": { "System": {
                "application": { "applicationId": self.skill.id },
                "user": { "userId": self.user_id() },
                "apiEndpoint": self.api,
            } },
            "request": request,
        })
    }

    /// The whole request.
    pub(crate) fn envelope(
        &self,
        request: &Value,
        player: &Value,
        session: Option<(&Session, bool)>,
    ) -> Value {
        let application = json!({ "applicationId": self.skill.id });
        let user = json!({ "userId": self.user_id() });
        let mut interfaces = json!({ "AudioPlayer": {} });
        if self.has_screen
            && let Some(map) = interfaces.as_object_mut()
        {
            map.insert(
                "Alexa.Presentation.APL".to_owned(),
                json!({ "runtime": {
                "maxVersion": "2023.3",
            } }),
            );
        }
        let mut whole = Map::new();
        whole.insert("version".to_owned(), "1.0".into());
        if let Some((session, is_new)) = session {
            let value = json!({
                "new": is_new, "sessionId": session.id, "application": application,
                "attributes": session.attributes, "user": user,
            });
            whole.insert("session".to_owned(), value);
        }
        let context = json!({
            "System": {
                "application": application,
                "user": user,
                "device": { "deviceId": self.device_id(), "supportedInterfaces": interfaces },
                "apiEndpoint": self.api,
                "apiAccessToken": self.access_token,
            },
            "AudioPlayer": player,
        });
        whole.insert("context".to_owned(), context);
        whole.insert("request".to_owned(), request.clone());
        Value::from(whole)
    }
}

/// A request of a kind, with what every request has.
pub(crate) fn request(kind: &str, locale: &str, at_ms: i64) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("type".to_owned(), kind.into());
    map.insert("requestId".to_owned(), request_id().into());
    map.insert("timestamp".to_owned(), timestamp(at_ms).into());
    map.insert("locale".to_owned(), locale.into());
    map
}

pub(crate) fn request_id() -> String {
    format!("amzn1.echo-api.request.{}", random_uuid())
}

pub(crate) fn timestamp(at_ms: i64) -> String {
    iso_utc(u64::try_from(at_ms / 1000).unwrap_or(0))
}

/// An intent without slots.
pub(crate) fn intent(name: &str, locale: &str, at_ms: i64) -> Map<String, Value> {
    let mut map = request("IntentRequest", locale, at_ms);
    map.insert(
        "intent".to_owned(),
        json!({
            "name": name, "confirmationStatus": "NONE", "slots": {},
        }),
    );
    map
}

/// An event of the player.
pub(crate) fn event(event: &Event, locale: &str) -> Map<String, Value> {
    let mut map = request(&format!("AudioPlayer.{}", event.kind), locale, event.at_ms);
    map.insert("token".to_owned(), event.token.clone().into());
    match &event.failure {
        Some(failure) => {
            let error = json!({ "type": failure.kind, "message": failure.message });
            map.insert("error".to_owned(), error);
            map.insert("currentPlaybackState".to_owned(), event.context.clone());
        }
        None => {
            map.insert("offsetInMilliseconds".to_owned(), event.offset_ms.into());
        }
    }
    map
}

/// An answer was not in order.
pub(crate) fn exception(
    kind: &str,
    message: &str,
    cause: &str,
    locale: &str,
    at_ms: i64,
) -> Map<String, Value> {
    let mut map = request("System.ExceptionEncountered", locale, at_ms);
    map.insert("error".to_owned(), json!({ "type": kind, "message": message }));
    map.insert("cause".to_owned(), json!({ "requestId": cause }));
    map
}

/// Fields nobody knows, numbers as text, and nulls: as samples and field reports have them.
pub(crate) fn make_odd(envelope: &mut Value) {
    if let Some(whole) = envelope.as_object_mut() {
        whole.insert("futureField".to_owned(), json!({ "list": [1, null, { "a": "b" }] }));
    }
    for path in ["/context/AudioPlayer/offsetInMilliseconds", "/request/offsetInMilliseconds"] {
        if let Some(value) = envelope.pointer_mut(path) {
            *value = value.as_u64().map_or(Value::Null, |number| number.to_string().into());
        }
    }
    for path in ["/context/System", "/context/AudioPlayer", "/request", "/session"] {
        if let Some(map) = envelope.pointer_mut(path).and_then(Value::as_object_mut) {
            map.insert("unknownThing".to_owned(), Value::Null);
            map.insert("unknownList".to_owned(), json!([{ "x": 1.5 }]));
        }
    }
    if let Some(value) = envelope.pointer_mut("/session/attributes") {
        *value = Value::Null;
    }
}
