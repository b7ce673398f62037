use super::*;
use proptest::prelude::*;
use serde_json::json;

fn home() -> Household {
    let echo = |serial: &str| json!({"serialNumber": serial, "deviceFamily": "ECHO", "deviceType": "X", "online": true, "capabilities": ["AUDIO_PLAYER"]});
    let group = json!({"serialNumber": "GRP", "deviceFamily": "WHA", "deviceType": "A3C9PE6TNYLTCH", "capabilities": ["AUDIO_PLAYER"], "clusterMembers": ["G1", "G2"]});
    Household::merge(&json!({"devices": [echo("G1"), echo("G2"), echo("G3"), group]}), None, None)
}

fn session(serial: &str, state: &str, progress: Value) -> Value {
    json!({"endpointList": [{"id": {"deviceSerialNumber": serial}}], "nowPlayingData": {
        "playerState": state, "progress": progress, "infoText": {"title": "Song", "subText1": "Artist", "subText2": null},
        "mainArt": {"largeUrl": "https://x.example/a(1).jpg"}, "provider": {"providerName": "Amazon Music"}}})
}

fn states(volumes: Value, sessions: Vec<Value>) -> BTreeMap<String, PlayerState> {
    merge(
        &home(),
        Some(&json!({"volumes": volumes})),
        Some(&json!({"mediaSessionList": sessions})),
        5.0,
    )
}

#[test]
fn a_session_is_shown_on_its_device_only() {
    let states = states(
        json!([]),
        vec![session("G1", "PLAYING", json!({"mediaProgress": 61_000, "mediaLength": 268_000}))],
    );
    let one = &states["G1"];
    assert_eq!(
        (one.playback, one.title.as_deref(), one.album.as_deref()),
        (Playback::Playing, Some("Song"), None)
    );
    assert_eq!((one.position, one.duration), (Some(61.0), Some(268.0)));
    assert_eq!(one.image_url.as_deref(), Some("https://x.example/a%281%29.jpg"));
    assert_eq!(states["G2"].playback, Playback::Idle);
}

#[test]
fn a_group_session_is_heard_on_its_members() {
    let states = states(json!([]), vec![session("GRP", "PAUSED", Value::Null)]);
    for serial in ["GRP", "G1", "G2"] {
        assert_eq!(states[serial].playback, Playback::Paused, "{serial}");
    }
    assert_eq!(states["G3"].playback, Playback::Idle);
}

#[test]
fn the_session_that_is_heard_wins() {
    let playing = session("G1", "PLAYING", Value::Null);
    let paused = session("G1", "PAUSED", Value::Null);
    for order in [vec![playing.clone(), paused.clone()], vec![paused, playing]] {
        assert_eq!(states(json!([]), order)["G1"].playback, Playback::Playing);
    }
}

#[test]
fn group_volume_is_the_mean_of_what_is_known() {
    let volume = |serial: &str, level: u8, muted: bool| json!({"dsn": serial, "speakerVolume": level, "speakerMuted": muted});
    let both = states(
        json!([volume("G1", 31, true), volume("G2", 40, false), volume("GRP", 99, false)]),
        vec![],
    );
    assert_eq!((both["GRP"].volume, both["GRP"].muted), (Some(35), Some(false)));
    let one =
        states(json!([volume("G1", 31, true), {"dsn": "G2", "speakerVolume": null}, {}]), vec![]);
    assert_eq!(
        (one["GRP"].volume, one["GRP"].muted, one["G2"].volume),
        (Some(31), Some(true), None)
    );
}

#[test]
fn what_could_not_be_read_is_unknown_not_idle() {
    let states = merge(&home(), None, None, 5.0);
    assert!(states.values().all(|s| s.playback == Playback::Unknown && s.volume.is_none()));
    let empty = merge(&home(), None, Some(&json!({"mediaSessionList": null})), 5.0);
    assert!(empty.values().all(|s| s.playback == Playback::Idle));
}

#[test]
fn the_unit_of_progress_is_decided_for_both_numbers() {
    let of = |position, length| {
        seconds(raw::Progress { media_progress: position, media_length: length })
    };
    assert_eq!(of(Some(61.0), Some(268.0)), (Some(61.0), Some(268.0)));
    assert_eq!(of(Some(500.0), Some(268_000.0)), (Some(0.5), Some(268.0)));
    assert_eq!(of(Some(899_459.0), Some(0.0)), (Some(899.459), None));
    assert_eq!(of(None, None), (None, None));
}

proptest! {
    #[test]
    fn arbitrary_answers_never_panic(text in "[\\[\\]{}\":,a-zA-Z0-9.-]{0,120}") {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let _ = merge(&home(), Some(&json!({"volumes": [value.clone()]})), Some(&json!({"mediaSessionList": [value]})), 1.0);
        }
    }
}
