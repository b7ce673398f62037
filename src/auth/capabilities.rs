//! What the virtual device says it can do. Amazon sends push events only to devices that said so.
//!
//! Interfaces and flags are *observed*: three public clients send this list, and the newest
//! versions of the interfaces are those of the client that reads the newest events.

use http::Method;
use http::header::{ACCEPT_CHARSET, AUTHORIZATION};
use serde_json::{Value, json};
use url::Url;

use crate::net::{Body, Lane, Request};
use crate::secret::Secret;

/// Where capabilities are declared (*observed*: one host for all regions).
pub(crate) const HOST: &str = "api.amazonalexa.com";
pub(crate) const PATH: &str = "/v1/devices/@self/capabilities";

/// Interfaces without configuration, with their versions.
const PLAIN: &[(&str, &str)] = &[
    ("CardRenderer", "0.1"),
    ("Navigation", "1.1"),
    ("Alexa.Comms.PhoneCallController", "2.0"),
    ("ExternalMediaPlayer", "1.1"),
    ("AccessoryKit", "0.1"),
    ("PlaybackController", "1.0"),
    ("Speaker", "1.0"),
    ("SpeechSynthesizer", "1.0"),
    ("AudioActivityTracker", "1.0"),
    ("Alexa.Camera.LiveViewController", "1.0"),
    ("Alexa.Input.Text", "1.0"),
    ("Alexa.PlaybackStateReporter", "1.0"),
    ("Geolocation", "1.1"),
    ("Alexa.Health.Fitness", "1.0"),
    ("Settings", "1.0"),
    ("Alexa.IOComponents", "1.4"),
    ("Alexa.FavoritesController", "1.0"),
    ("Alexa.PlaylistController", "1.0"),
    ("SpeechRecognizer", "2.1"),
    ("AudioPlayer", "1.3"),
    ("Alexa.RTCSessionController", "3.1"),
    ("VisualActivityTracker", "1.1"),
    ("Alexa.PlaybackController", "1.0"),
    ("Alexa.SeekController", "1.0"),
    ("Alexa.Comms.MessagingController", "1.0"),
    ("System", "1.4"),
    ("InteractionModel", "1.2"),
    ("Alexa.Notifications.Multipart", "1.0"),
    ("Alexa.Notifications.External", "1.0"),
];

/// The declaration as a request; `token` says which device it is. Answered by 200 or 204.
pub(crate) fn request(url: Url, token: &Secret) -> Request {
    Request::new(Method::PUT, url, Lane::SignIn)
        .with_body(Body::json(&document()))
        .with_header(ACCEPT_CHARSET, "utf-8")
        .with_secret_header(AUTHORIZATION, token, "Bearer ")
}

/// The body of `PUT /v1/devices/@self/capabilities`.
pub fn document() -> Value {
    let mut capabilities: Vec<Value> =
        PLAIN.iter().map(|(name, version)| interface(name, version, None)).collect();
    capabilities.extend([
        interface("Alexa.Mobile.Push", "1.1", Some(push())),
        interface("Alexa.InteractionMode", "1.1", Some(interaction_modes())),
        interface(
            "Alerts",
            "1.3",
            Some(json!({"maximumAlerts": {"overall": 99, "alarms": 2, "timers": 2}})),
        ),
        interface("Alexa.Display.Window", "1.0", Some(window())),
        interface("Alexa.AudioSignal.ActiveNoiseControl", "1.0", Some(noise_control())),
        interface("Alexa.Launcher", "0.2", Some(launcher())),
    ]);
    json!({"envelopeVersion": "20160207", "legacyFlags": legacy_flags(), "capabilities": capabilities})
}

fn interface(name: &str, version: &str, configurations: Option<Value>) -> Value {
    let mut interface = json!({"type": "AlexaInterface", "interface": name, "version": version});
    if let (Some(configurations), Some(interface)) = (configurations, interface.as_object_mut()) {
        interface.insert("configurations".to_owned(), configurations);
    }
    interface
}

fn push() -> Value {
    json!({"supportedEventFormats": [{"name": "smarthome-events", "version": "1.0.0"}]})
}

fn interaction_modes() -> Value {
    let mode = |id: &str, kind: &str, inches: u32, rest: &str| {
        json!({
            "id": id, "uiMode": kind,
            "interactionDistance": {"unit": "INCHES", "value": inches},
            "dialog": "SUPPORTED", "touch": "SUPPORTED", "video": rest, "keyboard": rest,
        })
    };
    json!({"interactionModes": [
        mode("mobile_mode", "MOBILE", 18, "SUPPORTED"),
        mode("auto_mode", "AUTO", 36, "UNSUPPORTED"),
    ]})
}

fn window() -> Value {
    json!({"templates": [{
        "id": "app_window_template",
        "type": "STANDARD",
        "configuration": {
            "interactionModes": ["mobile_mode", "auto_mode"],
            "sizes": [{
                "id": "fullscreen", "type": "DISCRETE",
                "value": {"unit": "PIXEL", "value": {"height": 1440, "width": 3200}},
            }],
        },
    }]})
}

fn noise_control() -> Value {
    json!({"ambientSoundProcessingModes": [{"name": "ACTIVE_NOISE_CONTROL"}, {"name": "PASSTHROUGH"}]})
}

fn launcher() -> Value {
    json!({"catalogs": [{"type": "IOS_APP_STORE", "identifierTypes": ["URI_HTTP_SCHEME", "URI_CUSTOM_SCHEME"]}]})
}

fn legacy_flags() -> Value {
    json!({
        "SUPPORTS_COMMS": true, "SUPPORTS_ARBITRATION": true, "SCREEN_WIDTH": 1170,
        "SUPPORTS_SCRUBBING": true, "SPEECH_SYNTH_SUPPORTS_TTS_URLS": false,
        "SUPPORTS_HOME_AUTOMATION": true, "SUPPORTS_DROPIN_OUTBOUND": true,
        "FRIENDLY_NAME_TEMPLATE": "VOX", "SUPPORTS_SIP_OUTBOUND_CALLING": true,
        "VOICE_PROFILE_SWITCHING_DISABLED": true, "SUPPORTS_LYRICS_IN_CARD": false,
        "SUPPORTS_DATAMART_NAMESPACE": "Vox", "SUPPORTS_VIDEO_CALLING": true,
        "SUPPORTS_PFM_CHANGED": true, "SUPPORTS_TARGET_PLATFORM": "TABLET",
        "SUPPORTS_SECURE_LOCKSCREEN": false, "AUDIO_PLAYER_SUPPORTS_TTS_URLS": false,
        "SUPPORTS_KEYS_IN_HEADER": false, "SUPPORTS_MIXING_BEHAVIOR_FOR_AUDIO_PLAYER": false,
        "AXON_SUPPORT": true, "SUPPORTS_TTS_SPEECHMARKS": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_every_interface_once() {
        let document = document();
        let interfaces = document["capabilities"].as_array().unwrap();
        let names: BTreeSet<_> =
            interfaces.iter().map(|one| one["interface"].as_str().unwrap()).collect();
        assert_eq!(names.len(), interfaces.len());
        assert!(names.contains("Alexa.Mobile.Push") && names.contains("AudioPlayer"));
        assert_eq!(document["legacyFlags"]["SUPPORTS_SCRUBBING"], true);
    }
}
