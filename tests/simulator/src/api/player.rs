//! What devices are playing.

use http::Method;
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::api::asked_serial;
use crate::api::now_playing::{self, quality, scrubs, state_word, transport};
use crate::call::Call;
use crate::household::media::Media;
use crate::household::model::Device;
use crate::household::views::Playback;
use crate::knobs::MemberState;
use crate::pages;
use crate::router::at_home;
use crate::state::State;

/// `/api/np/player`, `/api/np/list-media-sessions`, `/api/np/queue`.
pub(crate) fn route(state: &State, call: &Call, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, ["np", "player"]) => player(state, call),
        (&Method::GET, ["np", "list-media-sessions"]) => {
            answer::json(&now_playing::list(state, at_home(state, call)))
        }
        (&Method::GET, ["np", "queue"]) => queue(state, call),
        _ => pages::not_found(),
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
        _ => of_group(state, device).unwrap_or_else(idle),
    };
    answer::json(&json!({ "playerInfo": info }))
}

/// What a member says while its group plays, when members have a state of their own.
fn of_group(state: &State, device: &Device) -> Option<Value> {
    if state.knobs.member_state != MemberState::Paused {
        return None;
    }
    let parents = state.household.parents(device.serial());
    let mut groups = parents.iter().filter_map(|serial| state.household.find(serial));
    let group = groups.find(|group| group.playing != Playback::Idle && group.media.is_some())?;
    let mut info = playing(state, group, group.media.as_ref()?);
    if let Some(map) = info.as_object_mut() {
        map.insert("state".to_owned(), state_word(Playback::Paused).into());
        map.insert("isPlayingInLemur".to_owned(), false.into());
        map.insert("lemurVolume".to_owned(), Value::Null);
    }
    Some(info)
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
            "url": now_playing::art_of(media, size),
        })
    };
    let logo = json!({
        "altText": "Album Art", "artType": "UrlArtSource", "contentType": "image/jpeg",
        "url": now_playing::art(48),
    });
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
            "allowScrubbing": scrubs(media), "locationInfo": Value::Null, "showTiming": true,
            "visible": true, "mediaLength": view.duration_s * factor,
            "mediaProgress": view.position_s * factor,
        },
        "provider": {
            "artOverlay": Value::Null, "fallbackMainArt": Value::Null,
            "providerDisplayName": view.provider, "providerName": view.provider,
            "providerLogo": logo,
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
