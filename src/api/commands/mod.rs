//! Commands to devices, as Amazon takes them. Groups are expanded by the caller: Amazon ignores
//! several commands to a group without a word (*observed*).

mod markup;
pub mod speech;
pub mod transport;
pub mod words;

use http::Method;
use serde::Serialize;
use serde_json::{Value, json};

use super::devices::Device;
use super::sequence::{self, Target};
use crate::error::{Error, Result, code};
use crate::net::Body;
use crate::session::{Call, Live};

pub use self::speech::{Speech, SpeechKind};
pub use self::transport::{Button, Transport};

/// A volume as callers give it.
///
/// # Errors
/// `bad-volume` unless it is 0 to 100.
pub fn volume_of(level: i64) -> Result<u8> {
    let volume = u8::try_from(level).ok().filter(|volume| *volume <= 100);
    volume.ok_or_else(|| Error::new(code::BAD_VOLUME, format!("{level} is no volume.")))
}

/// What became of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CommandReport {
    /// Serials of the devices that it reached.
    pub done: Vec<String>,
    /// Serials left out, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// What else a person should know.
    pub note: Option<String>,
    /// Whether its effect was seen, by an event or by looking. `None` where there is nothing to be
    /// seen, as with speech, where nobody could look, and where a newer command took its place.
    pub confirmed: Option<bool>,
}

impl CommandReport {
    /// Adds a sentence to the note.
    pub(crate) fn remark(&mut self, sentence: &str) {
        match &mut self.note {
            Some(note) => {
                note.push(' ');
                note.push_str(sentence);
            }
            None => self.note = Some(sentence.to_owned()),
        }
    }
}

/// Sends commands for one account.
#[derive(Debug, Clone)]
pub struct Commander<'a> {
    /// The session.
    pub live: &'a Live,
    /// Customer id of the account.
    pub customer: String,
    /// Locale of the account.
    pub locale: String,
}

impl Commander<'_> {
    /// Sends a command to Amazon's own player of a device or group.
    ///
    /// # Errors
    /// `nothing-playing`, `device-offline` and those of the session.
    pub async fn player(&self, device: &Device, command: &Value, repeatable: bool) -> Result<()> {
        let path = format!("/api/np/command?{}", device.query());
        let call = Call::command(Method::POST, path, Body::json(command));
        self.live.call(if repeatable { call.repeatable() } else { call }).await.map(drop)
    }

    /// Sends a command to a media session, as the phone app does (*observed* in one client).
    ///
    /// # Errors
    /// `endpoint-gone` where the session is over, and those of the session.
    pub async fn session(&self, device: &Device, session: &str, command: &str) -> Result<()> {
        const MODEL: &str = "http://internal.amazon.com/coral/com.amazon.dee.web.coral.model/";
        let id = json!({
            "__type": format!("NPEndpointIdentifier:{MODEL}"),
            "deviceSerialNumber": device.serial,
            "deviceType": device.device_type,
        });
        let body = json!({
            "taskSessionId": session,
            "command": {"type": command},
            "controllerEndpoint": {"__type": format!("NPSingletonEndpoint:{MODEL}"), "id": id},
        });
        let path = "/api/np/control-media-session";
        self.live.call(Call::command(Method::POST, path, Body::json(&body))).await.map(drop)
    }

    /// Runs nodes, all at once. An answer says only that they could be read (*observed*).
    ///
    /// # Errors
    /// Those of the session.
    pub async fn run(&self, nodes: Vec<Value>, repeatable: bool) -> Result<()> {
        let body = Body::json(&sequence::body(sequence::parallel(nodes)));
        let call = Call::command(Method::POST, sequence::PREVIEW, body);
        self.live.call(if repeatable { call.repeatable() } else { call }).await.map(drop)
    }

    /// Silences a device truly or brings it back, with the volume that it has (*observed* in one
    /// version of one client).
    ///
    /// # Errors
    /// `endpoint-gone` where the device has no such switch, and those of the session.
    pub async fn mute(&self, device: &Device, level: u8, muted: bool) -> Result<()> {
        let (kind, serial) = (&device.device_type, &device.serial);
        let body = json!({
            "dsn": serial, "deviceType": kind, "amount": 0, "volume": level, "muted": muted,
            "synchronous": true,
        });
        let path = format!("/api/devices/{kind}/{serial}/audio/v2/speakerVolume");
        let call = Call::command(Method::PUT, path, Body::json(&body)).repeatable();
        self.live.call(call).await.map(drop)
    }

    /// Switches do-not-disturb; whether Amazon took it as it was meant, which its echo tells
    /// (*observed*).
    ///
    /// # Errors
    /// Those of the session.
    pub async fn do_not_disturb(&self, device: &Device, enabled: bool) -> Result<bool> {
        let body = json!({
            "deviceSerialNumber": device.serial, "deviceType": device.device_type,
            "enabled": enabled,
        });
        let call = Call::command(Method::PUT, "/api/dnd/status", Body::json(&body)).repeatable();
        let echo = self.live.call(call).await?.json().unwrap_or_default();
        Ok(echo.get("enabled").and_then(Value::as_bool) == Some(enabled))
    }

    /// For whom nodes are made.
    pub fn target<'b>(&'b self, device: &'b Device) -> Target<'b> {
        Target { device, customer: &self.customer, locale: &self.locale }
    }
}
