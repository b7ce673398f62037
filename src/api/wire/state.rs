//! Volumes and media sessions.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient;

/// One entry of `volumes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct Volume {
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) dsn: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) speaker_volume: Option<u8>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) speaker_muted: Option<bool>,
}

/// One entry of `mediaSessionList`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct Session {
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) task_session_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) endpoint_list: Vec<Value>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) now_playing_data: NowPlaying,
}

impl Session {
    /// Serials of the devices that this session is heard on.
    pub(in crate::api) fn serials(&self) -> impl Iterator<Item = &str> {
        self.endpoint_list.iter().filter_map(|end| end.pointer("/id/deviceSerialNumber")?.as_str())
    }
}

/// `nowPlayingData`, in lists and in push events alike.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct NowPlaying {
    #[serde(deserialize_with = "lenient", alias = "state")]
    pub(in crate::api) player_state: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) info_text: Text,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) main_art: Art,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) progress: Progress,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) provider: Provider,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) transport: Map<String, Value>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) queue_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) media_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    media_reference: Reference,
}

impl NowPlaying {
    /// The id that the publisher gave to what plays: JSON inside of text (*observed*).
    pub(in crate::api) fn content_id(&self) -> Option<String> {
        let value: Value = serde_json::from_str(self.media_reference.value.as_deref()?).ok()?;
        value.get("contentId")?.as_str().map(str::to_owned)
    }
}

/// Where an item comes from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Reference {
    #[serde(deserialize_with = "lenient")]
    value: Option<String>,
}

/// Title and sub-titles.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct Text {
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) title: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) sub_text1: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) sub_text2: Option<String>,
}

/// Addresses of the artwork in several sizes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct Art {
    #[serde(deserialize_with = "lenient")]
    full_url: Option<String>,
    #[serde(deserialize_with = "lenient")]
    large_url: Option<String>,
    #[serde(deserialize_with = "lenient")]
    medium_url: Option<String>,
    #[serde(deserialize_with = "lenient")]
    url: Option<String>,
}

impl Art {
    /// The largest one. Parentheses are percent-encoded: they break style sheets (*observed*).
    pub(in crate::api) fn best(self) -> Option<String> {
        [self.large_url, self.full_url, self.medium_url, self.url]
            .into_iter()
            .flatten()
            .find(|url| url.starts_with("https://"))
            .map(|url| url.replace('(', "%28").replace(')', "%29"))
    }
}

/// Position and length, in a unit that has to be guessed.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct Progress {
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) media_progress: Option<f64>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) media_length: Option<f64>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) allow_scrubbing: Option<bool>,
}

/// The music service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct Provider {
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) provider_name: Option<String>,
}

/// One entry of `doNotDisturbDeviceStatusList`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct DoNotDisturb {
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) device_serial_number: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) enabled: Option<bool>,
}
