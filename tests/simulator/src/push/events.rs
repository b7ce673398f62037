//! The events of the household, in the shapes of field reports.
//!
//! Three layers, two of them JSON inside text. Events of one device carry its `dopplerId`; the
//! `Notify...` ones name no device.

use serde_json::{Map, Value, json};

use crate::api::now_playing::{now_playing, quality, state_word};
use crate::household::views::Playback;
use crate::push::frames::Part;
use crate::push::{hub, noise};
use crate::state::{State, random_uuid};

/// One update: a command with its payload as text, inside metadata as text.
pub(crate) fn update(command: &str, payload: &Value, at_ms: i64) -> Value {
    let metadata = json!({
        "command": command,
        "payload": payload.to_string(),
        "timeStamp": at_ms,
    });
    json!({
        "route": "EventBus:tcomm::message",
        "resourceId": command,
        "resourceMetadata": metadata.to_string(),
    })
}

/// A directive with updates, on one line.
pub(crate) fn directive(updates: &[Value]) -> String {
    let directive = json!({ "directive": {
        "header": {
            "namespace": "Alexa.Mobile.Push", "name": "RenderUpdate", "messageId": random_uuid(),
        },
        "payload": { "renderingUpdates": updates },
    } });
    directive.to_string()
}

/// Sends any event.
pub(crate) fn send(state: &mut State, command: &str, payload: &Value) {
    let at_ms = state.clock.now_ms();
    send_at(state, command, payload, at_ms);
}

/// Sends any event with any time stamp.
pub(crate) fn send_at(state: &mut State, command: &str, payload: &Value, at_ms: i64) {
    let told = update(command, payload, at_ms);
    let updates = if state.knobs.push_noise {
        vec![noise::smart_home(), told, noise::unknown(at_ms)]
    } else {
        vec![told]
    };
    hub::deliver(state, Part::json(directive(&updates)));
}

/// Sends an event that a later stream may replay.
fn tell(state: &mut State, serial: &str, command: &'static str, payload: &Value) {
    let at_ms = state.clock.now_ms();
    let told = directive(&[update(command, payload, at_ms)]);
    state.push.remember(serial, command, &told);
    send_at(state, command, payload, at_ms);
}

fn about(state: &State, serial: &str, fields: Value) -> Option<Value> {
    let device = state.household.find(serial)?;
    let mut map = Map::new();
    map.insert("destinationUserId".to_owned(), state.household.owner.into());
    let id = json!({ "deviceSerialNumber": serial, "deviceType": device.seed.device_type });
    map.insert("dopplerId".to_owned(), id);
    if let Value::Object(fields) = fields {
        map.extend(fields);
    }
    Some(Value::from(map))
}

fn tell_about(state: &mut State, serial: &str, command: &'static str, fields: Value) {
    if let Some(payload) = about(state, serial, fields) {
        tell(state, serial, command, &payload);
    }
}

fn send_about(state: &mut State, serial: &str, command: &str, fields: Value) {
    if let Some(payload) = about(state, serial, fields) {
        send(state, command, &payload);
    }
}

/// Makes sure that a replay tells the volume of every device, with the time of the start.
pub(crate) fn remember_volumes(state: &mut State) {
    let command = "PUSH_VOLUME_CHANGE";
    let since_ms = state.started_ms;
    let told: Vec<(String, Value)> = state
        .household
        .devices
        .iter()
        .filter(|d| d.can("VOLUME_SETTING") && !state.push.knows(d.serial(), command))
        .map(|d| (d.serial().to_owned(), volume_fields(d.seed.volume, d.muted)))
        .collect();
    for (serial, fields) in told {
        if let Some(payload) = about(state, &serial, fields) {
            let told = directive(&[update(command, &payload, since_ms)]);
            state.push.remember(&serial, command, &told);
        }
    }
}

fn volume_fields(volume: u8, muted: bool) -> Value {
    json!({ "volumeSetting": volume, "isMuted": muted })
}

/// A volume or mute state changed.
pub(crate) fn volume(state: &mut State, serial: &str) {
    let Some(device) = state.household.find(serial) else {
        return;
    };
    let fields = volume_fields(device.seed.volume, device.muted);
    tell_about(state, serial, "PUSH_VOLUME_CHANGE", fields);
}

/// Somebody speaks to a device: equalizer and volume are told although neither changed.
pub(crate) fn voice(state: &mut State, serial: &str) {
    let fields = json!({ "bass": 0, "treble": 0, "midrange": 0 });
    send_about(state, serial, "PUSH_EQUALIZER_STATE_CHANGE", fields);
    volume(state, serial);
}

/// Do not disturb was switched.
pub(crate) fn do_not_disturb(state: &mut State, serial: &str) {
    let Some(device) = state.household.find(serial) else {
        return;
    };
    let fields = json!({ "enabled": device.dnd });
    tell_about(state, serial, "PUSH_DND_STATE_CHANGE", fields);
}

/// A device came or went.
pub(crate) fn connection(state: &mut State, serial: &str) {
    let Some(device) = state.household.find(serial) else {
        return;
    };
    let word = if device.seed.online { "ONLINE" } else { "OFFLINE" };
    let fields = json!({ "dopplerConnectionState": word });
    tell_about(state, serial, "PUSH_DOPPLER_CONNECTION_CHANGE", fields);
}

/// A Bluetooth device came, went or began or ended to play.
pub(crate) fn bluetooth(state: &mut State, serial: &str, event: &str) {
    let fields = json!({
        "bluetoothEvent": event,
        "bluetoothEventPayload": Value::Null,
        "bluetoothEventSuccess": true,
    });
    send_about(state, serial, "PUSH_BLUETOOTH_STATE_CHANGE", fields);
}

/// Music took over the sound of a device.
pub(crate) fn content_focus(state: &mut State, serial: &str) {
    let fields = json!({
        "clientId": "{value=Dee-Domain-Music}",
        "deviceComponent": "com.amazon.dee.device.capability.audioplayer.AudioPlayer",
    });
    send_about(state, serial, "PUSH_CONTENT_FOCUS_CHANGE", fields);
}

/// The player of a device: `PLAYING`, `INTERRUPTED` or `FINISHED`.
pub(crate) fn audio_player(state: &mut State, serial: &str, word: &str) {
    let Some(media) = state.household.find(serial).and_then(|d| d.media.as_ref()) else {
        return;
    };
    let fields = json!({
        "mediaReferenceId": media.media_id(),
        "audioPlayerState": word,
        "error": false,
        "errorMessage": Value::Null,
        "quality": quality(),
    });
    tell_about(state, serial, "PUSH_AUDIO_PLAYER_STATE", fields);
}

/// Another track of the queue is on.
pub(crate) fn media_change(state: &mut State, serial: &str) {
    let Some(media) = state.household.find(serial).and_then(|d| d.media.as_ref()) else {
        return;
    };
    let fields = json!({ "mediaReferenceId": media.media_id() });
    send_about(state, serial, "PUSH_MEDIA_CHANGE", fields);
}

/// The position jumped; milliseconds.
pub(crate) fn progress(state: &mut State, serial: &str) {
    let now_ms = state.clock.now_ms();
    let Some(device) = state.household.find(serial) else {
        return;
    };
    let Some(media) = &device.media else { return };
    let fields = json!({
        "progress": {
            "mediaProgress": media.position_ms(device.playing, now_ms),
            "mediaLength": media.length_ms(),
        },
        "mediaReferenceId": media.media_id(),
    });
    send_about(state, serial, "PUSH_MEDIA_PROGRESS_CHANGE", fields);
}

/// What changed about a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    New,
    Shuffle,
    Repeat,
}

/// A queue is new, or its order or loop mode changed. One client tells the two apart by
/// `trackOrderChanged` and `loopMode`.
pub(crate) fn queue(state: &mut State, serial: &str, change: Queue) {
    let Some(media) = state.household.find(serial).and_then(|d| d.media.as_ref()) else {
        return;
    };
    let order = if media.shuffle { "SHUFFLE_ALL" } else { "NORMAL" };
    let mode = if media.repeat { "LOOP_QUEUE" } else { "NORMAL" };
    let (kind, order, mode) = match change {
        Queue::New => ("NEW_QUEUE", Value::Null, Value::Null),
        Queue::Shuffle => ("STATUS_CHANGED", order.into(), Value::Null),
        Queue::Repeat => ("STATUS_CHANGED", Value::Null, mode.into()),
    };
    let fields = json!({
        "changeType": kind,
        "playBackOrder": order,
        "trackOrderChanged": change == Queue::Shuffle,
        "loopMode": mode,
    });
    send_about(state, serial, "PUSH_MEDIA_QUEUE_CHANGE", fields);
}

/// What is on, whole. It names the session, not the device.
pub(crate) fn now_playing_updated(state: &mut State, serial: &str) {
    let Some(device) = state.household.find(serial) else {
        return;
    };
    let Some(media) = &device.media else { return };
    let cause = match device.playing {
        Playback::Playing => "PLAYBACK_STARTED",
        Playback::Paused => "PLAYBACK_PAUSED",
        Playback::Idle => "PLAYBACK_STOPPED",
    };
    let payload = json!({
        "customerId": state.household.owner,
        "name": "NotifyNowPlayingUpdated",
        "messageId": random_uuid(),
        "fallbackAllowed": false,
        "update": {
            "type": "SessionUpdate",
            "taskSessionId": media.session_id,
            "update": {
                "type": "NotifyNowPlayingUpdated",
                "cause": cause,
                "mediaId": media.media_id(),
                "playerState": state_word(device.playing),
                "nowPlayingData": now_playing(state, device, media),
            },
        },
    });
    tell(state, serial, "NotifyNowPlayingUpdated", &payload);
}

/// The list of sessions is another one.
pub(crate) fn sessions_updated(state: &mut State) {
    let payload = json!({
        "customerId": state.household.owner,
        "name": "NotifyMediaSessionsUpdated",
        "messageId": random_uuid(),
        "fallbackAllowed": false,
        "update": { "type": "MediaSessionsUpdated" },
    });
    send(state, "NotifyMediaSessionsUpdated", &payload);
}
