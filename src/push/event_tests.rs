use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::push::directive::SMART_HOME;

const SERIAL: &str = "G0TEST0000000042";
const AT: u64 = 1_795_000_123_456;

/// A part with one update, in all its layers.
fn part(command: &str, payload: &Value) -> Vec<u8> {
    let metadata = json!({"command": command, "payload": payload.to_string(), "timeStamp": AT});
    directive(&json!([{
        "route": "EventBus:tcomm::message",
        "resourceId": command,
        "resourceMetadata": metadata.to_string(),
    }]))
}

fn directive(updates: &Value) -> Vec<u8> {
    let header =
        json!({"namespace": "Alexa.Mobile.Push", "name": "RenderUpdate", "messageId": "1"});
    json!({"directive": {"header": header, "payload": {"renderingUpdates": updates}}})
        .to_string()
        .into_bytes()
}

/// The event of an update about a device.
fn told(command: &str, mut fields: Value) -> EventKind {
    fields["destinationUserId"] = "A1OWNER".into();
    fields["dopplerId"] = json!({"deviceSerialNumber": SERIAL, "deviceType": "A3TYPE"});
    let events = read(&part(command, &fields));
    assert_eq!(events.len(), 1, "{command}");
    assert_eq!((events[0].serial.as_deref(), events[0].at_ms), (Some(SERIAL), Some(AT)));
    events[0].kind.clone()
}

#[test]
fn volume() {
    let of = |fields| told("PUSH_VOLUME_CHANGE", fields);
    let kind = |level, muted| EventKind::Volume { level, muted };
    assert_eq!(of(json!({"volumeSetting": 31, "isMuted": false})), kind(Some(31), Some(false)));
    assert_eq!(of(json!({"volumeSetting": "7", "isMuted": "TRUE"})), kind(Some(7), Some(true)));
    assert_eq!(of(json!({"volumeSetting": 250.9, "isMuted": 1})), kind(Some(100), Some(true)));
    assert_eq!(of(json!({"volumeSetting": -3, "isMuted": "0"})), kind(Some(0), Some(false)));
    assert_eq!(of(json!({"volumeSetting": null, "isMuted": null})), kind(None, None));
    assert_eq!(of(json!({"volumeSetting": [], "isMuted": {}})), kind(None, None));
}

#[test]
fn player_state() {
    for (word, state) in [
        ("PLAYING", AudioState::Playing),
        ("INTERRUPTED", AudioState::Interrupted),
        ("FINISHED", AudioState::Finished),
        ("BUFFER_UNDERRUN", AudioState::Other),
    ] {
        let fields = json!({"audioPlayerState": word, "mediaReferenceId": "q-17:3",
            "error": false, "errorMessage": null, "quality": {"name": "HD"}});
        let media_id = Some("q-17:3".to_owned());
        assert_eq!(
            told("PUSH_AUDIO_PLAYER_STATE", fields),
            EventKind::Playback { state, media_id }
        );
    }
    let nothing = EventKind::Playback { state: AudioState::Other, media_id: None };
    let fields = json!({"audioPlayerState": null, "mediaReferenceId": null});
    assert_eq!(told("PUSH_AUDIO_PLAYER_STATE", fields), nothing);
}

#[test]
fn item_and_position() {
    let media_id = Some("q-17:4".to_owned());
    let changed = told("PUSH_MEDIA_CHANGE", json!({"mediaReferenceId": "q-17:4"}));
    assert_eq!(changed, EventKind::MediaChanged { media_id: media_id.clone() });
    let of = |progress| {
        let fields = json!({"progress": progress, "mediaReferenceId": "q-17:4"});
        told("PUSH_MEDIA_PROGRESS_CHANGE", fields)
    };
    let kind =
        |position, duration| EventKind::Progress { position, duration, media_id: media_id.clone() };
    let song = json!({"mediaProgress": 61_500, "mediaLength": 199_000});
    assert_eq!(of(song), kind(Some(61.5), Some(199.0)));
    assert_eq!(of(json!({"mediaProgress": 899_459, "mediaLength": 0})), kind(Some(899.459), None));
    assert_eq!(of(json!({"mediaProgress": -1, "mediaLength": "x"})), kind(None, None));
    assert_eq!(of(json!(null)), kind(None, None));
}

#[test]
fn queue() {
    let of = |fields| told("PUSH_MEDIA_QUEUE_CHANGE", fields);
    let kind = |shuffle, repeat, is_new| EventKind::Queue { shuffle, repeat, is_new };
    let new = json!({"changeType": "NEW_QUEUE", "playBackOrder": "NORMAL", "trackOrderChanged": true,
        "loopMode": "NORMAL"});
    assert_eq!(of(new), kind(Some(false), Some(false), true));
    let shuffled = json!({"changeType": "STATUS_CHANGED", "playBackOrder": "SHUFFLE_ALL",
        "trackOrderChanged": true, "loopMode": null});
    assert_eq!(of(shuffled), kind(Some(true), None, false));
    let looped = json!({"changeType": "STATUS_CHANGED", "playBackOrder": null,
        "trackOrderChanged": false, "loopMode": "LOOP_QUEUE"});
    assert_eq!(of(looped), kind(None, Some(true), false));
    assert_eq!(of(json!({"playBackOrder": "LATER", "loopMode": 7})), kind(None, None, false));
}

#[test]
fn connection_and_do_not_disturb() {
    let of = |word: Value| {
        told("PUSH_DOPPLER_CONNECTION_CHANGE", json!({"dopplerConnectionState": word}))
    };
    assert_eq!(of("ONLINE".into()), EventKind::Connection { online: true });
    assert_eq!(of("OFFLINE".into()), EventKind::Connection { online: false });
    assert_eq!(of(Value::Null), other("PUSH_DOPPLER_CONNECTION_CHANGE"));
    let of = |word: Value| told("PUSH_DND_STATE_CHANGE", json!({"enabled": word}));
    assert_eq!(of(true.into()), EventKind::DoNotDisturb { enabled: true });
    assert_eq!(of("false".into()), EventKind::DoNotDisturb { enabled: false });
    assert_eq!(of(json!({})), other("PUSH_DND_STATE_CHANGE"));
}

#[test]
fn kinds_that_say_only_that_something_changed() {
    let bluetooth = json!({"bluetoothEvent": "DEVICE_CONNECTED", "bluetoothEventPayload": null,
        "bluetoothEventSuccess": true});
    assert_eq!(told("PUSH_BLUETOOTH_STATE_CHANGE", bluetooth), EventKind::Bluetooth);
    let tone = json!({"bass": 0, "treble": -2, "midrange": 6});
    assert_eq!(told("PUSH_EQUALIZER_STATE_CHANGE", tone), EventKind::Equalizer);
    let focus = json!({"clientId": "{value=Dee-Domain-Music}", "deviceComponent": "x.AudioPlayer"});
    assert_eq!(told("PUSH_CONTENT_FOCUS_CHANGE", focus), EventKind::ContentFocus);
    assert_eq!(told("PUSH_DEVICE_SETUP_STATE_CHANGE", json!({})), EventKind::DeviceSetup);
    let sessions = json!({"customerId": "A1OWNER", "name": "NotifyMediaSessionsUpdated",
        "update": {"type": "MediaSessionsUpdated"}});
    let events = read(&part("NotifyMediaSessionsUpdated", &sessions));
    assert_eq!(events[0].kind, EventKind::SessionsChanged);
    assert_eq!(events[0].serial, None);
}

#[test]
fn what_is_playing() {
    let update = json!({"type": "NotifyNowPlayingUpdated", "cause": "PLAYBACK_STARTED",
    "mediaId": "spotify:track:7x", "playerState": "PLAYING",
    "nowPlayingData": {
        "progress": {"mediaProgress": 5_000, "mediaLength": 20_000},
        "playerState": "PLAYING", "mediaId": "spotify:track:7x",
        "infoText": {"title": "A Song", "subText1": "Somebody", "subText2": "A Record"},
    }});
    let of = |update: &Value| {
        let payload = json!({"name": "NotifyNowPlayingUpdated", "update": {
            "type": "SessionUpdate", "taskSessionId": "amzn1.session.9", "update": update}});
        let events = read(&part("NotifyNowPlayingUpdated", &payload));
        let EventKind::NowPlaying { session, media } = events[0].kind.clone() else {
            panic!("{events:?}")
        };
        assert_eq!(session.as_deref(), Some("amzn1.session.9"));
        *media
    };
    let media = of(&update);
    assert_eq!(media.title.as_deref(), Some("A Song"));
    assert_eq!(media.media_id.as_deref(), Some("spotify:track:7x"));
    // Twenty seconds are no twenty thousand: events count in milliseconds, whatever the length.
    assert_eq!((media.position, media.duration), (Some(5.0), Some(20.0)));
    assert_eq!(of(&update.to_string().into()), media, "one more layer of text");
    let bare = of(&json!({"mediaId": "m", "playerState": "PLAYING", "nowPlayingData": null}));
    assert_eq!((bare.media_id.as_deref(), bare.playback), (Some("m"), media.playback));
}

#[test]
fn many_updates_in_one_directive() {
    let one = |command: &str, metadata: Value| {
        json!({"route": "EventBus:tcomm::message", "resourceId": command,
            "resourceMetadata": metadata})
    };
    let device = json!({"dopplerId": {"deviceSerialNumber": SERIAL}, "volumeSetting": 3});
    let events = read(&directive(&json!([
        one("PUSH_VOLUME_CHANGE", json!({"payload": device.clone(), "timeStamp": AT.to_string()})),
        {"route": SMART_HOME, "resourceId": "0-0", "resourceMetadata": {"payload": {"data": {}}}},
        one("PUSH_VOLUME_CHANGE", json!("not JSON")),
        null,
        one("PUSH_LIST_ITEM_CHANGE", json!({"command": "PUSH_LIST_ITEM_CHANGE", "payload": "{}"})),
    ])));
    let volume = EventKind::Volume { level: Some(3), muted: None };
    let serial = Some(SERIAL.to_owned());
    assert_eq!(events[0], Event { serial, at_ms: Some(AT), kind: volume });
    assert_eq!(events[1].kind, EventKind::Volume { level: None, muted: None });
    assert_eq!(events[2].kind, other(UNREADABLE));
    assert_eq!(events[3].kind, other("PUSH_LIST_ITEM_CHANGE"));
    assert_eq!(events.len(), 4, "the smart home is passed over");
    assert!(is_unneeded("PUSH_LIST_ITEM_CHANGE") && !is_unneeded(UNREADABLE));
}

#[test]
fn anything_else_is_named() {
    let name = |part: &[u8]| match read(part).as_slice() {
        [Event { serial: None, at_ms: None, kind: EventKind::Other { name } }] => name.clone(),
        events => panic!("{events:?}"),
    };
    for unreadable in ["", "{", "null", "[]", "7", "{\"directive\"", "{\"other\":1}"] {
        assert_eq!(name(unreadable.as_bytes()), UNREADABLE, "{unreadable}");
    }
    assert_eq!(name(&[0xff, 0xfe]), UNREADABLE);
    let speech = br#"{"directive":{"header":{"namespace":"SpeechSynthesizer","name":"Speak"}}}"#;
    assert_eq!(name(speech), "SpeechSynthesizer.Speak");
    let odd = json!({"directive": {"header": {"name": format!("<b>\n{}", "x".repeat(900))}}});
    assert_eq!(name(odd.to_string().as_bytes()), format!(".b{}", "x".repeat(58)));
    let deep = format!("{{\"directive\":{}", "[".repeat(100_000));
    assert_eq!(name(deep.as_bytes()), UNREADABLE);
    assert_eq!(told("PUSH_SOMETHING_NEW", json!({})), other("PUSH_SOMETHING_NEW"));
}

/// JSON of any shape, with the words that are looked for among its names.
fn anything() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "dopplerId",
        "deviceSerialNumber",
        "volumeSetting",
        "isMuted",
        "progress",
        "update",
        "mediaProgress",
        "mediaLength",
        "nowPlayingData",
        "mediaReferenceId",
        "enabled",
        "infoText",
        "transport",
        "mediaReference",
        "value",
        "provider",
        "mainArt",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(words.clone(), inner.clone(), 0..5).prop_map(|map| {
                Value::Object(
                    map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
            inner.prop_map(|value| value.to_string().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_payload_of_any_kind_is_survived(
        command in prop::sample::select(vec![
            "PUSH_VOLUME_CHANGE", "PUSH_AUDIO_PLAYER_STATE", "PUSH_MEDIA_CHANGE",
            "PUSH_MEDIA_PROGRESS_CHANGE", "PUSH_MEDIA_QUEUE_CHANGE", "NotifyNowPlayingUpdated",
            "PUSH_DOPPLER_CONNECTION_CHANGE", "PUSH_DND_STATE_CHANGE", "PUSH_NEW",
        ]),
        payload in anything(),
    ) {
        let events = read(&part(command, &payload));
        prop_assert_eq!(events.len(), 1);
        match &events[0].kind {
            EventKind::Volume { level, .. } => prop_assert!(level.is_none_or(|level| level <= 100)),
            EventKind::Progress { position, duration, .. } => {
                prop_assert!(position.is_none_or(|one| one.is_finite() && one >= 0.0));
                prop_assert!(duration.is_none_or(|one| one.is_finite() && one > 0.0));
            }
            _ => {}
        }
        prop_assert!(read(&directive(&payload)).len() <= 10);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let is_whole = serde_json::from_slice::<Value>(&bytes).is_ok();
        prop_assert!(!read(&bytes).is_empty() || is_whole);
    }
}
