//! State that is late, half, odd or in other units.

use std::time::Duration;

use crate::support::{
    GROUP, KITCHEN, KITCHEN_TYPE, PAIR, STUDIO, Session, World, node, world, world_of,
};
use amazon_simulator::{
    DevicePatch, MemberState, Options, PlayRequest, ProviderKind, SessionsShape, SessionsUnit,
    Simulator,
};
use serde_json::{Value, json};

const SESSIONS: &str = "/api/np/list-media-sessions";
const VOLUMES: &str = "/api/devices/deviceType/dsn/audio/v1/allDeviceVolumes";

fn volume(level: u8) -> DevicePatch {
    DevicePatch { volume: Some(level), ..DevicePatch::default() }
}

async fn listed(session: &Session<'_>, serial: &str) -> (Value, Value) {
    let volumes = session.get(VOLUMES).await["volumes"].clone();
    let entry = volumes.as_array().unwrap().iter().find(|v| v["dsn"] == serial).unwrap().clone();
    (entry["speakerVolume"].clone(), entry["speakerMuted"].clone())
}

#[tokio::test]
async fn an_idle_account_has_no_sessions_in_three_shapes() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let cases = [
        (SessionsShape::Empty, json!({ "mediaSessionList": [] })),
        (SessionsShape::Null, json!({ "mediaSessionList": null })),
        (SessionsShape::Missing, json!({})),
    ];
    for (shape, body) in cases {
        world.simulator.knobs(|k| k.sessions_shape = shape);
        assert_eq!(session.get(SESSIONS).await, body);
    }
    world.simulator.play(&PlayRequest::new(KITCHEN, "First"));
    assert_eq!(session.get(SESSIONS).await["mediaSessionList"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn sessions_come_in_seconds_and_without_texts() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.play(&PlayRequest::new(KITCHEN, "First"));
    world.simulator.advance(Duration::from_secs(61));
    world.simulator.knobs(|k| k.sessions_unit = SessionsUnit::Seconds);
    let data = session.get(SESSIONS).await["mediaSessionList"][0]["nowPlayingData"].clone();
    assert_eq!(data["progress"]["mediaLength"], 268);
    assert!((61..70).contains(&data["progress"]["mediaProgress"].as_i64().unwrap()));
    world.simulator.knobs(|k| k.null_media = true);
    let data = session.get(SESSIONS).await["mediaSessionList"][0]["nowPlayingData"].clone();
    assert!(data["progress"]["mediaLength"].is_null() && data["mainArt"].is_null());
    assert!(data["infoText"]["title"].is_null());
    assert_eq!(data["playerState"], "PLAYING");
}

#[tokio::test]
async fn members_of_a_playing_group_may_say_paused() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.play(&PlayRequest::new(GROUP, "Party"));
    let player = format!("/api/np/player?deviceSerialNumber={KITCHEN}&deviceType={KITCHEN_TYPE}");
    let list = session.get(SESSIONS).await["mediaSessionList"].clone();
    assert_eq!(list[0]["endpointList"].as_array().unwrap().len(), 4);
    assert!(session.get(&player).await["playerInfo"]["state"].is_null());
    world.simulator.knobs(|k| k.member_state = MemberState::Paused);
    let list = session.get(SESSIONS).await["mediaSessionList"].clone();
    let seen: Vec<(Value, Value)> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert_eq!(one["endpointList"].as_array().unwrap().len(), 1);
            let serial = &one["endpointList"][0]["id"]["deviceSerialNumber"];
            (serial.clone(), one["nowPlayingData"]["playerState"].clone())
        })
        .collect();
    assert_eq!(seen[0], (json!(GROUP), json!("PLAYING")));
    assert_eq!(seen[1], (json!(KITCHEN), json!("PAUSED")));
    assert_eq!(seen.len(), 4);
    assert_eq!(session.get(&player).await["playerInfo"]["state"], "PAUSED");
}

#[tokio::test]
async fn the_list_of_volumes_is_late_empty_or_short() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let simulator = &world.simulator;
    simulator.knobs(|k| k.volume_lag_s = 5);
    simulator.patch_device(KITCHEN, volume(50));
    simulator.advance(Duration::from_secs(3));
    simulator.patch_device(KITCHEN, volume(60));
    assert_eq!(listed(&session, KITCHEN).await.0, 35, "not yet");
    simulator.advance(Duration::from_secs(3));
    assert_eq!(listed(&session, KITCHEN).await.0, 50, "the first change");
    simulator.advance(Duration::from_secs(3));
    assert_eq!(listed(&session, KITCHEN).await.0, 60);
    assert_eq!(simulator.device(KITCHEN).unwrap().volume, 60);
    session.run(node("Alexa.DeviceControls.Volume", PAIR, json!({ "value": 66 }))).await;
    assert_eq!(listed(&session, PAIR).await.0, 40, "a pair too");

    simulator.knobs(|k| {
        k.volume_lag_s = 0;
        k.null_volumes = true;
        k.group_volume_zero = true;
    });
    assert_eq!(listed(&session, KITCHEN).await, (Value::Null, Value::Null));
    simulator.play(&PlayRequest::new(GROUP, "Party"));
    assert_eq!(listed(&session, GROUP).await.0, 0);
    simulator.knobs(|k| k.volumes_partial = true);
    assert_eq!(session.get(VOLUMES).await["volumes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn some_devices_have_thirty_steps() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.knobs(|k| k.quantise = vec![STUDIO.to_owned()]);
    for (sent, kept) in [(18, 17), (65, 67), (76, 77)] {
        for serial in [KITCHEN, STUDIO] {
            session
                .run(node("Alexa.DeviceControls.Volume", serial, json!({ "value": sent })))
                .await;
        }
        assert_eq!(world.simulator.device(STUDIO).unwrap().volume, kept);
        assert_eq!(world.simulator.device(KITCHEN).unwrap().volume, sent);
    }
}

#[tokio::test]
async fn other_players_show_what_they_allow() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let play = |kind: ProviderKind, duration_s: u64| {
        world.simulator.play(&PlayRequest {
            provider_kind: kind,
            duration_s,
            content_id: Some("item-7".to_owned()),
            ..PlayRequest::new(KITCHEN, "First")
        })
    };
    let data =
        async || session.get(SESSIONS).await["mediaSessionList"][0]["nowPlayingData"].clone();
    play(ProviderKind::External, 200);
    let shown = data().await;
    assert_eq!(shown["mediaReference"]["namespace"], "Alexa.Media.ExternalMediaPlayer");
    assert_eq!(shown["transport"]["shuffle"], "ENABLED");
    assert!(shown["mediaId"].as_str().unwrap().starts_with("spotify:track:"));
    play(ProviderKind::Skill, 200);
    let shown = data().await;
    assert_eq!(shown["transport"]["shuffle"], "HIDDEN");
    assert_eq!(shown["progress"]["allowScrubbing"], false);
    let value: Value =
        serde_json::from_str(shown["mediaReference"]["value"].as_str().unwrap()).unwrap();
    assert_eq!(value["contentId"], "item-7");
    play(ProviderKind::Amazon, 0);
    let shown = data().await;
    assert_eq!(
        (&shown["transport"]["next"], &shown["transport"]["repeat"]),
        (&json!("DISABLED"), &json!("HIDDEN"))
    );
    assert_eq!(shown["progress"]["mediaLength"], 0);
}

#[tokio::test]
async fn the_household_grows_and_changes() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let simulator = &world.simulator;
    let serials = simulator.populate(200);
    assert_eq!(serials.len(), 200);
    let url = format!("{}/control/devices", simulator.control_url());
    let post = async |path: &str, body: Value| -> Value {
        let request = world.client.post(format!("{url}/{path}")).json(&body);
        request.send().await.unwrap().json().await.unwrap_or(Value::Null)
    };
    assert_eq!(post("populate", json!({ "count": 2 })).await[1], "G0GEN00000000202");
    let list = session.get("/api/devices-v2/device").await["devices"].clone();
    assert!(list.as_array().unwrap().iter().any(|d| d["accountName"] == "Echo 200"));

    let new = simulator.recreate_device(GROUP).unwrap();
    assert!(simulator.device(GROUP).is_none() && new != GROUP);
    assert_eq!(simulator.device(&new).unwrap().name, "Everywhere");
    let newer = post(&format!("{new}/recreate"), json!({})).await["serial"].clone();
    let group = simulator.device(newer.as_str().unwrap()).unwrap();
    assert_eq!(group.members.len(), 3);
    assert_eq!(simulator.recreate_device("NOBODY"), None);
    let patch = DevicePatch { members: Some(vec![KITCHEN.to_owned()]), ..DevicePatch::default() };
    assert!(simulator.patch_device(&group.serial, patch));
    let groups = session.get("/api/wholeHomeAudio/v1/groups").await["groups"].clone();
    assert_eq!(groups[0]["members"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_person_shares_three_devices() {
    let first = world().await;
    let options = Options { second_account: true, ..Options::default() };
    let second = world_of(Simulator::start(options).await.unwrap());
    let session = second.session("amazon.de").await;
    let account = second.simulator.account();
    assert_ne!(account.email, first.simulator.account().email);
    let me = session.get("/api/users/me").await;
    assert_eq!(me["id"], account.customer_id.as_str());
    let serials = |world: &World| -> Vec<String> {
        world.simulator.devices().into_iter().map(|device| device.serial).collect()
    };
    let (one, other) = (serials(&first), serials(&second));
    assert_eq!(other.iter().filter(|serial| one.contains(serial)).count(), 3);
    assert_eq!(second.simulator.device("G0911W0000000021").unwrap().name, "Den");
}
