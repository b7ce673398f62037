//! Now-playing data, in the shape that sessions and push events share.

use serde_json::{Value, json};

use crate::control::ProviderKind;
use crate::household::media::Media;
use crate::household::model::Device;
use crate::household::views::Playback;
use crate::knobs::{MemberState, SessionsShape, SessionsUnit};
use crate::state::State;

const ART: &str = "https://m.media-amazon.com/images/I/51simulated";
const ENDPOINT: &str =
    "NPSingletonEndpoint:http://internal.amazon.com/coral/com.amazon.dee.web.coral.model/";
const IDENTIFIER: &str =
    "NPEndpointIdentifier:http://internal.amazon.com/coral/com.amazon.dee.web.coral.model/";

/// The word for a player state.
pub(crate) fn state_word(playback: Playback) -> &'static str {
    match playback {
        Playback::Playing => "PLAYING",
        Playback::Paused => "PAUSED",
        Playback::Idle => "IDLE",
    }
}

/// The address of a picture.
pub(crate) fn art(size: u16) -> String {
    format!("{ART}._UL{size}_.jpg")
}

/// The address of the picture of what is loaded.
pub(crate) fn art_of(media: &Media, size: u16) -> String {
    media.art.clone().unwrap_or_else(|| art(size))
}

/// The quality of every track.
pub(crate) fn quality() -> Value {
    let badge = json!({ "altText": Value::Null, "url": "", "contentType": Value::Null });
    json!({ "name": "High Definition", "badge": badge })
}

/// What may be done with the loaded media. A stream without an end knows no other track, and what
/// a skill plays has no seek, shuffle and repeat (field reports).
pub(crate) fn transport(media: &Media) -> Value {
    let radio = media.length_ms() == 0;
    let toggle = |on: bool| match (radio || media.kind == ProviderKind::Skill, on) {
        (true, _) => "HIDDEN",
        (false, true) => "SELECTED",
        (false, false) => "ENABLED",
    };
    let skip = if radio && media.kind != ProviderKind::Skill { "DISABLED" } else { "ENABLED" };
    json!({
        "playPause": "ENABLED", "next": skip, "previous": skip,
        "shuffle": toggle(media.shuffle), "repeat": toggle(media.repeat),
        "forward": "HIDDEN", "rewind": "HIDDEN", "seekForward": "HIDDEN",
        "seekBackward": "HIDDEN", "thumbsUp": "HIDDEN", "thumbsDown": "HIDDEN",
        "closedCaptions": "HIDDEN", "lyrics": "HIDDEN",
        "layoutType": Value::Null, "rateContentAction": Value::Null,
    })
}

/// Whether positions can be chosen.
pub(crate) fn scrubs(media: &Media) -> bool {
    media.length_ms() > 0 && media.kind != ProviderKind::Skill
}

fn reference(media: &Media) -> Value {
    let (namespace, value) = match media.kind {
        ProviderKind::External => {
            let value =
                json!({ "contentId": media.content_id, "externalItemId": media.media_id() });
            ("Alexa.Media.ExternalMediaPlayer", value)
        }
        ProviderKind::Amazon | ProviderKind::Skill => {
            let value = json!({
                "contentId": media.content_id, "queueId": media.queue_id,
                "id": media.index.to_string(),
            });
            ("Alexa.Audio.PlayQueue", value)
        }
    };
    json!({ "namespace": namespace, "name": "item", "value": value.to_string() })
}

/// Now-playing data; progress in milliseconds, as in push events.
pub(crate) fn now_playing(state: &State, device: &Device, media: &Media) -> Value {
    let view = media.view(device.playing, state.clock.now_ms());
    let position = media.position_ms(device.playing, state.clock.now_ms());
    let mut data = json!({
        "transport": transport(media),
        "progress": {
            "visible": true, "mediaProgress": position, "mediaLength": media.length_ms(),
            "allowScrubbing": scrubs(media), "showTiming": true,
        },
        "playerState": state_word(device.playing),
        "queueId": media.queue_id,
        "mediaId": media.media_id(),
        "quality": quality(),
        "provider": {
            "providerName": view.provider,
            "providerLogo": { "altText": view.provider, "url": art(48), "contentType": "image/*" },
        },
        "mainArt": {
            "altText": Value::Null, "contentType": "image/jpeg", "tinyUrl": art_of(media, 48),
            "smallUrl": art_of(media, 80), "mediumUrl": art_of(media, 160),
            "largeUrl": art_of(media, 600), "fullUrl": art_of(media, 1200),
        },
        "infoText": {
            "title": view.title, "subText1": view.artist, "subText2": view.album,
            "multiLineMode": false,
        },
        "miniInfoText": {},
        "mediaReference": reference(media),
    });
    if state.knobs.null_media {
        for path in [
            "/progress/mediaProgress",
            "/progress/mediaLength",
            "/mainArt",
            "/infoText/title",
            "/infoText/subText1",
            "/infoText/subText2",
            "/provider",
        ] {
            if let Some(value) = data.pointer_mut(path) {
                *value = Value::Null;
            }
        }
    }
    data
}

fn endpoint(device: &Device) -> Value {
    json!({
        "__type": ENDPOINT,
        "encryptedFriendlyName": "",
        "id": {
            "__type": IDENTIFIER,
            "deviceSerialNumber": device.serial(),
            "deviceType": device.seed.device_type,
        },
    })
}

/// The sessions of one device with something loaded. A group's session also lists its members (our
/// reading), or they have sessions of their own.
fn sessions_of(state: &State, device: &Device) -> Vec<Value> {
    let Some(media) = device.media.as_ref().filter(|_| device.playing != Playback::Idle) else {
        return Vec::new();
    };
    let mut data = now_playing(state, device, media);
    if state.knobs.sessions_unit == SessionsUnit::Seconds {
        for path in ["/progress/mediaProgress", "/progress/mediaLength"] {
            if let Some(value) = data.pointer_mut(path) {
                *value = value.as_i64().map_or(Value::Null, |ms| (ms / 1000).into());
            }
        }
    }
    let session = |id: &str, endpoints: Vec<Value>, data: Value| {
        json!({
            "castEligibility": {},
            "taskSessionId": id,
            "endpointList": endpoints,
            "nowPlayingData": data,
        })
    };
    let members = device.seed.members.iter().filter_map(|m| state.household.find(m));
    if state.knobs.member_state == MemberState::Listed {
        let endpoints = std::iter::once(device).chain(members).map(endpoint).collect();
        return vec![session(&media.session_id, endpoints, data)];
    }
    let mut paused = data.clone();
    if let Some(word) = paused.pointer_mut("/playerState") {
        *word = state_word(Playback::Paused).into();
    }
    let mut list = vec![session(&media.session_id, vec![endpoint(device)], data)];
    list.extend(members.filter(|member| member.media.is_none()).map(|member| {
        let id = format!("{}.{}", media.session_id, member.serial());
        session(&id, vec![endpoint(member)], paused.clone())
    }));
    list
}

/// `GET /api/np/list-media-sessions`.
pub(crate) fn list(state: &State, home: bool) -> Value {
    let devices = state.household.devices.iter().filter(|_| home);
    let sessions: Vec<Value> = devices.flat_map(|device| sessions_of(state, device)).collect();
    match state.knobs.sessions_shape {
        SessionsShape::Missing if sessions.is_empty() => json!({}),
        SessionsShape::Null if sessions.is_empty() => json!({ "mediaSessionList": Value::Null }),
        _ => json!({ "mediaSessionList": sessions }),
    }
}
