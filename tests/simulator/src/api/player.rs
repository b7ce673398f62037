//! What devices are playing.

use http::Method;
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::api::asked_serial;
use crate::call::Call;
use crate::household::media::Media;
use crate::household::model::Device;
use crate::household::views::Playback;
use crate::pages;
use crate::router::at_home;
use crate::state::State;

const ART: &str = "https://m.media-amazon.com/images/I/51simulated";
const ENDPOINT: &str =
    "NPSingletonEndpoint:http://internal.amazon.com/coral/com.amazon.dee.web.coral.model/";
const IDENTIFIER: &str =
    "NPEndpointIdentifier:http://internal.amazon.com/coral/com.amazon.dee.web.coral.model/";

/// `/api/np/player`, `/api/np/list-media-sessions`, `/api/np/queue`.
pub(crate) fn route(state: &State, call: &Call, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, ["np", "player"]) => player(state, call),
        (&Method::GET, ["np", "list-media-sessions"]) => {
            let home = at_home(state, call);
            let sessions: Vec<Value> = state
                .household
                .devices
                .iter()
                .filter(|_| home)
                .filter_map(|device| session(state, device))
                .collect();
            answer::json(&json!({ "mediaSessionList": sessions }))
        }
        (&Method::GET, ["np", "queue"]) => queue(state, call),
        _ => pages::not_found(),
    }
}

fn state_word(playback: Playback) -> &'static str {
    match playback {
        Playback::Playing => "PLAYING",
        Playback::Paused => "PAUSED",
        Playback::Idle => "IDLE",
    }
}

/// The old player state. Nothing loaded is 200 with everything null; so is a member of a group
/// that plays (field reports).
fn player(state: &State, call: &Call) -> Answer {
    let Some(device) = state.household.find(&asked_serial(call)) else {
        return answer::api_error(400, &Value::Null, "ExpiredPlayQueueException");
    };
    let info = match &device.media {
        Some(media) if device.playing != Playback::Idle => playing(state, device, media),
        _ => idle(),
    };
    answer::json(&json!({ "playerInfo": info }))
}

fn idle() -> Value {
    let names = [
        "hint",
        "infoText",
        "lemurVolume",
        "lyrics",
        "mainArt",
        "mediaId",
        "miniArt",
        "miniInfoText",
        "playbackSource",
        "playingInLemurId",
        "progress",
        "provider",
        "quality",
        "queueId",
        "state",
        "template",
        "transport",
        "upNextItems",
        "volume",
    ];
    let mut info: serde_json::Map<String, Value> =
        names.into_iter().map(|name| (name.to_owned(), Value::Null)).collect();
    info.insert("isPlayingInLemur".to_owned(), Value::from(false));
    Value::from(info)
}

fn playing(state: &State, device: &Device, media: &Media) -> Value {
    let view = media.view(device.playing, state.clock.now_ms());
    let factor = if state.knobs.player_milliseconds { 1000 } else { 1 };
    let art = |size: u16| {
        json!({
            "altText": "Album Art", "artType": "UrlArtSource", "contentType": "image/jpeg",
            "url": format!("{ART}._UL{size}_.jpg"),
        })
    };
    let words = |last: &str| {
        json!({
            "header": Value::Null, "headerSubtext1": Value::Null, "multiLineMode": false,
            "title": view.title, "subText1": view.artist, "subText2": last,
        })
    };
    let level = |d: &Device| json!({ "volume": state.household.volume(d), "muted": state.household.muted(d) });
    let lemur_volume = if device.is_group() {
        let members: serde_json::Map<String, Value> = device
            .seed
            .members
            .iter()
            .filter_map(|m| state.household.find(m))
            .map(|d| (d.serial().to_owned(), level(d)))
            .collect();
        let composite = json!({ "volume": state.household.mean_volume(device), "muted": state.household.muted(device) });
        json!({ "compositeVolume": composite, "memberVolume": members })
    } else {
        Value::Null
    };
    json!({
        "hint": Value::Null,
        "infoText": words(&view.album),
        "isPlayingInLemur": device.is_group(),
        "lemurVolume": lemur_volume,
        "lyrics": Value::Null,
        "mainArt": art(600),
        "mediaId": media.media_id(),
        "miniArt": art(48),
        "miniInfoText": words(&view.provider),
        "playbackSource": Value::Null,
        "playingInLemurId": Value::Null,
        "progress": {
            "allowScrubbing": true, "locationInfo": Value::Null, "showTiming": true,
            "visible": true, "mediaLength": view.duration_s * factor,
            "mediaProgress": view.position_s * factor,
        },
        "provider": {
            "artOverlay": Value::Null, "fallbackMainArt": Value::Null,
            "providerDisplayName": view.provider, "providerName": view.provider,
            "providerLogo": art(48),
        },
        "quality": quality(),
        "queueId": media.queue_id,
        "state": state_word(device.playing),
        "template": { "art": Value::Null, "backgroundImageUrl": Value::Null, "templateType": Value::Null },
        "transport": transport(media),
        "upNextItems": Value::Null,
        "volume": level(device),
    })
}

fn quality() -> Value {
    json!({ "name": "High Definition", "badge": { "altText": Value::Null, "url": "", "contentType": Value::Null } })
}

fn transport(media: &Media) -> Value {
    let toggle = |on: bool| if on { "SELECTED" } else { "ENABLED" };
    json!({
        "playPause": "ENABLED", "next": "ENABLED", "previous": "ENABLED",
        "shuffle": toggle(media.shuffle), "repeat": toggle(media.repeat),
        "forward": "HIDDEN", "rewind": "HIDDEN", "seekForward": "HIDDEN",
        "seekBackward": "HIDDEN", "thumbsUp": "HIDDEN", "thumbsDown": "HIDDEN",
        "closedCaptions": "HIDDEN", "lyrics": "HIDDEN",
        "layoutType": Value::Null, "rateContentAction": Value::Null,
    })
}

/// Now-playing data in the shape sessions and push events share; progress in milliseconds
/// (observed with aioamazondevices 17; one other client reads seconds).
pub(crate) fn now_playing(state: &State, device: &Device, media: &Media) -> Value {
    let view = media.view(device.playing, state.clock.now_ms());
    let position = media.position_ms(device.playing, state.clock.now_ms());
    let art = |size: u16| format!("{ART}._UL{size}_.jpg");
    let reference = json!({
        "contentId": media.queue_id, "queueId": media.queue_id, "id": media.index.to_string(),
    });
    json!({
        "transport": transport(media),
        "progress": {
            "visible": true, "mediaProgress": position, "mediaLength": view.duration_s * 1000,
            "allowScrubbing": true, "showTiming": true,
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
            "altText": Value::Null, "contentType": "image/jpeg", "tinyUrl": art(48),
            "smallUrl": art(80), "mediumUrl": art(160), "largeUrl": art(600), "fullUrl": art(1200),
        },
        "infoText": {
            "title": view.title, "subText1": view.artist, "subText2": view.album,
            "multiLineMode": false,
        },
        "miniInfoText": {},
        "mediaReference": {
            "namespace": "Alexa.Audio.PlayQueue", "name": "item", "value": reference.to_string(),
        },
    })
}

/// A device with something loaded. A group's session also lists its members (our reading).
fn session(state: &State, device: &Device) -> Option<Value> {
    let media = device.media.as_ref().filter(|_| device.playing != Playback::Idle)?;
    let endpoint = |d: &Device| {
        json!({
            "__type": ENDPOINT,
            "encryptedFriendlyName": "",
            "id": {
                "__type": IDENTIFIER,
                "deviceSerialNumber": d.serial(),
                "deviceType": d.seed.device_type,
            },
        })
    };
    let members = device.seed.members.iter().filter_map(|m| state.household.find(m));
    let endpoints: Vec<Value> = std::iter::once(device).chain(members).map(endpoint).collect();
    Some(json!({
        "castEligibility": {},
        "taskSessionId": media.session_id,
        "endpointList": endpoints,
        "nowPlayingData": now_playing(state, device, media),
    }))
}

fn queue(state: &State, call: &Call) -> Answer {
    let media = state.household.find(&asked_serial(call)).and_then(|d| d.media.as_ref());
    let Some(media) = media else {
        return answer::json(&json!({ "queue": [] }));
    };
    let items: Vec<Value> = media
        .tracks
        .iter()
        .enumerate()
        .map(|(index, track)| {
            json!({
                "index": index, "title": track.title, "artist": track.artist,
                "album": track.album, "durationSeconds": track.duration_s,
                "contentType": "TRACKS", "trackStatus": "AVAILABLE", "queueId": media.queue_id,
                "referenceId": format!("{}:{index}", media.queue_id),
            })
        })
        .collect();
    answer::json(&json!({ "queue": items }))
}

/// The legacy `GET /api/media/state`.
pub(crate) fn media_state(state: &State, call: &Call) -> Answer {
    let Some(device) = state.household.find(&asked_serial(call)) else {
        return answer::api_error(400, &Value::Null, "ExpiredPlayQueueException");
    };
    let Some(media) = &device.media else {
        return answer::api_error(400, &Value::Null, "ExpiredPlayQueueException");
    };
    answer::json(&json!({
        "clientId": "Domain:Application:Music",
        "currentState": state_word(device.playing),
        "muted": state.household.muted(device),
        "progressSeconds": media.position_ms(device.playing, state.clock.now_ms()) / 1000,
        "queueId": media.queue_id,
        "queueSize": media.tracks.len(),
        "referenceId": media.media_id(),
        "shuffling": media.shuffle,
        "looping": media.repeat,
        "volume": state.household.volume(device),
    }))
}
