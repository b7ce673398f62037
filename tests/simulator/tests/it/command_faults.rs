//! Commands that are accepted and lost, refused or slow, and what is heard of them.

use std::time::Duration;

use crate::support::{BEDROOM, KITCHEN, KITCHEN_TYPE, STUDIO, Session, node, world};
use amazon_simulator::{
    DevicePatch, DeviceView, Fault, FaultKind, HeardKind, PlayRequest, Playback, ProviderKind,
    RateLimit,
};
use reqwest::Method;
use serde_json::{Value, json};

fn volume(serial: &str, level: u8) -> Value {
    node("Alexa.DeviceControls.Volume", serial, json!({ "value": level }))
}

fn speak(serial: &str, said: &str) -> Value {
    node("Alexa.Speak", serial, json!({ "textToSpeak": said }))
}

fn announce(serial: &str, kind: &str, said: &str) -> Value {
    let content = json!([{
        "locale": "de-DE", "display": { "title": "T", "body": said },
        "speak": { "type": kind, "value": said },
    }]);
    let devices = json!([{ "deviceSerialNumber": serial, "deviceTypeId": "ANY" }]);
    let payload =
        json!({ "content": content, "target": { "customerId": "x", "devices": devices } });
    node("AlexaAnnouncement", serial, payload)
}

fn row(kind: &str, nodes: Vec<Value>) -> Value {
    json!({ "@type": format!("com.amazon.alexa.behaviors.model.{kind}"), "nodesToExecute": nodes })
}

async fn command(session: &Session<'_>, body: Value) -> u16 {
    session.np(KITCHEN, KITCHEN_TYPE, &body).await.status().as_u16()
}

async fn control_session(session: &Session<'_>, kind: &str) -> u16 {
    let list = session.get("/api/np/list-media-sessions").await;
    let id = &list["mediaSessionList"][0]["taskSessionId"];
    let body = json!({ "taskSessionId": id, "command": { "type": kind } });
    session.post("/api/np/control-media-session", &body).await.status().as_u16()
}

#[tokio::test]
async fn commands_for_a_device_get_lost() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.play(&PlayRequest::new(KITCHEN, "First"));
    let url = format!("{}/control/knobs", world.simulator.control_url());
    let body = json!({ "drop_commands": { KITCHEN: 2 } });
    assert_eq!(world.client.put(url).json(&body).send().await.unwrap().status(), 200);
    let kitchen = || world.simulator.device(KITCHEN).unwrap();
    assert_eq!(command(&session, json!({ "type": "PauseCommand" })).await, 200);
    assert_eq!(session.run(volume(KITCHEN, 5)).await, 200);
    assert_eq!((kitchen().playing, kitchen().volume), (Playback::Playing, 35));
    assert_eq!(world.simulator.counters().commands_dropped, 2);
    assert_eq!(command(&session, json!({ "type": "PauseCommand" })).await, 200);
    assert_eq!(kitchen().playing, Playback::Paused);
}

#[tokio::test]
async fn the_last_nodes_of_a_batch_get_lost() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.knobs(|k| k.drop_nodes_in_batch = 2);
    let four = [KITCHEN, BEDROOM, STUDIO, "G0911W0000000008"];
    let all = four.iter().map(|serial| volume(serial, 5)).collect();
    assert_eq!(session.run(row("ParallelNode", all)).await, 200);
    let levels = four.map(|serial| world.simulator.device(serial).unwrap().volume);
    assert_eq!(levels, [5, 5, 45, 33]);
    session.run(volume(STUDIO, 5)).await;
    assert_eq!(world.simulator.device(STUDIO).unwrap().volume, 5, "a single one does not");
}

#[tokio::test]
async fn seeks_and_queues_have_their_moods() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.play(&PlayRequest::new(KITCHEN, "First"));
    world.simulator.knobs(|k| k.seek_needs_two = true);
    let position = || world.simulator.device(KITCHEN).unwrap().track.unwrap().position_s;
    let seek = json!({ "type": "SeekCommand", "mediaPosition": 100 });
    assert_eq!(command(&session, seek.clone()).await, 200);
    assert!(position() < 100);
    assert_eq!(command(&session, seek).await, 200);
    assert!(position() >= 100);
    world.simulator.knobs(|k| k.queue_expired = true);
    let answer = session.np(KITCHEN, KITCHEN_TYPE, &json!({ "type": "PauseCommand" })).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["x-amzn-error"], "QUEUE_EXPIRED");
    let kind = answer.headers()["x-amzn-errortype"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("ExpiredPlayQueueException:"));
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "message": null }));
    world.simulator.fault(Fault::on("/api/np/command", FaultKind::SignInRedirect));
    assert_eq!(command(&session, json!({ "type": "PauseCommand" })).await, 302);
    assert_eq!(control_session(&session, "NPPauseCommand").await, 200);
    assert_eq!(world.simulator.device(KITCHEN).unwrap().playing, Playback::Paused);
}

#[tokio::test]
async fn each_kind_of_player_has_its_own_way() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let kitchen = || world.simulator.device(KITCHEN).unwrap().playing;
    let play = |provider_kind: ProviderKind| {
        world.simulator.play(&PlayRequest { provider_kind, ..PlayRequest::new(KITCHEN, "First") });
    };
    play(ProviderKind::External);
    assert_eq!(command(&session, json!({ "type": "PauseCommand" })).await, 404);
    assert_eq!(control_session(&session, "NPPauseCommand").await, 200);
    assert_eq!(kitchen(), Playback::Paused);
    play(ProviderKind::Skill);
    assert_eq!(command(&session, json!({ "type": "PauseCommand" })).await, 404);
    assert_eq!(control_session(&session, "NPPauseCommand").await, 404);
    assert_eq!(kitchen(), Playback::Playing);
    session.run(node("Alexa.DeviceControls.Stop", KITCHEN, json!({}))).await;
    assert_eq!(kitchen(), Playback::Paused);
    session.run(node("Alexa.TextCommand", KITCHEN, json!({ "text": "resume" }))).await;
    assert_eq!(kitchen(), Playback::Playing);
    let idle = DevicePatch { playing: Some(Playback::Idle), ..DevicePatch::default() };
    play(ProviderKind::Amazon);
    world.simulator.patch_device(KITCHEN, idle);
    assert_eq!(command(&session, json!({ "type": "PauseCommand" })).await, 404, "nothing loaded");
}

#[tokio::test]
async fn the_direct_volume_endpoint_may_be_missing() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let path = format!("/api/devices/{KITCHEN_TYPE}/{KITCHEN}/audio/v2/speakerVolume");
    let put = async |body: Value| session.call(Method::PUT, &path, &body).await.status().as_u16();
    world.simulator.knobs(|k| k.mute_flag = false);
    assert_eq!(put(json!({ "muted": true })).await, 404);
    assert_eq!(put(json!({ "volume": 50, "muted": false })).await, 200);
    world.simulator.knobs(|k| k.volume_endpoint = false);
    assert_eq!(put(json!({ "volume": 60 })).await, 404);
    let kitchen = world.simulator.device(KITCHEN).unwrap();
    assert_eq!((kitchen.volume, kitchen.muted), (50, false));
}

#[tokio::test]
async fn calls_are_limited_in_simulated_time() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.knobs(|k| {
        k.rate_limit = Some(RateLimit {
            path_prefix: "/api/behaviors/preview".to_owned(),
            calls: 4,
            window_s: 60,
            retry_after_s: Some(7),
        });
    });
    for _ in 0..4 {
        assert_eq!(session.run(volume(KITCHEN, 5)).await, 200);
    }
    assert_eq!(session.run(volume(KITCHEN, 6)).await, 429);
    assert_eq!(session.status("/api/dnd/device-status-list").await, 200);
    let answer = session.post("/api/behaviors/preview", &json!({})).await;
    assert_eq!(answer.headers()["retry-after"], "7");
    world.simulator.advance(Duration::from_secs(61));
    assert_eq!(session.run(volume(KITCHEN, 7)).await, 200);
    assert_eq!(world.simulator.device(KITCHEN).unwrap().volume, 7);
    assert_eq!(world.simulator.counters().rate_limited, 2);
}

#[tokio::test]
async fn announcements_follow_the_preference_and_do_not_disturb() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let kitchen = || -> DeviceView { world.simulator.device(KITCHEN).unwrap() };
    let preferences = format!(
        "https://alexa-comms-mobile-service.amazon.de/users/x/devicesTypes/{KITCHEN_TYPE}\
         /deviceId/{KITCHEN}/preferences"
    );
    let patch = world.client.patch(format!("{preferences}/announcements"));
    patch.json(&json!({ "state": "OFF" })).send().await.unwrap();
    assert!(!kitchen().announcements);
    let read: Value = world.client.get(&preferences).send().await.unwrap().json().await.unwrap();
    assert_eq!(read["devicePermissionsPreferences"][0]["state"], "OFF");
    assert_eq!(session.run(announce(KITCHEN, "text", "Dinner")).await, 200);
    session.run(speak(KITCHEN, "Dinner")).await;
    assert_eq!((kitchen().announced.len(), kitchen().spoken.len()), (0, 1));
    let patch = DevicePatch {
        announcements: Some(true),
        do_not_disturb: Some(true),
        ..DevicePatch::default()
    };
    world.simulator.patch_device(KITCHEN, patch);
    session.run(announce(KITCHEN, "text", "Dinner")).await;
    assert_eq!(kitchen().announced.len(), 0);
    session
        .run(node("Alexa.DeviceControls.DoNotDisturb", KITCHEN, json!({ "action": "Disable" })))
        .await;
    assert_eq!(session.run(announce(KITCHEN, "ssml", "Dinner")).await, 400, "no markup");
    assert_eq!(session.run(announce(KITCHEN, "ssml", "<speak>Dinner</speak>")).await, 200);
    assert_eq!(kitchen().announced, ["<speak>Dinner</speak>"]);
    assert_eq!(kitchen().heard.last().unwrap().kind, HeardKind::Announcement);
}

#[tokio::test]
async fn speech_is_heard_at_the_volume_of_its_moment() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let nodes = vec![
        row("ParallelNode", vec![volume(KITCHEN, 60), volume(STUDIO, 60)]),
        row("ParallelNode", vec![speak(KITCHEN, "Hello"), speak(STUDIO, "Good morning")]),
        node("Alexa.System.Wait", "", json!({ "waitTimeInSeconds": 2 })),
        speak(KITCHEN, "<audio src='https://example.org/a.mp3'/>"),
        row("ParallelNode", vec![volume(KITCHEN, 35), volume(STUDIO, 45)]),
    ];
    session.run(row("SerialNode", nodes.clone())).await;
    let kitchen = || world.simulator.device(KITCHEN).unwrap();
    let heard = kitchen().heard;
    assert_eq!((heard[0].volume, heard[0].text.as_str()), (60, "Hello"));
    assert_eq!(heard[0].until_ms - heard[0].at_ms, 1300);
    assert_eq!(heard[1].at_ms - heard[0].at_ms, 1720 + 2000, "after the longer of the two");
    assert_eq!(heard[1].files, ["https://example.org/a.mp3"]);
    assert_eq!(kitchen().volume, 35);
    assert_eq!(kitchen().speaking_until_ms, heard[1].until_ms);

    world.simulator.advance(Duration::from_secs(60));
    world.simulator.knobs(|k| k.sequence_clock = true);
    session.run(row("SerialNode", nodes)).await;
    assert_eq!(kitchen().volume, 60, "still speaking");
    world
        .simulator
        .patch_device(KITCHEN, DevicePatch { volume: Some(30), ..DevicePatch::default() });
    world.simulator.advance(Duration::from_secs(4));
    assert_eq!((kitchen().heard.len(), kitchen().heard[3].volume), (4, 30));
    assert_eq!(kitchen().volume, 30);
    world.simulator.advance(Duration::from_secs(10));
    assert_eq!((kitchen().volume, world.simulator.device(STUDIO).unwrap().volume), (35, 45));
}

#[tokio::test]
async fn commands_take_effect_late_and_not_for_long() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.play(&PlayRequest::new(KITCHEN, "First"));
    world.simulator.knobs(|k| {
        k.command_delay_ms = 60_000;
        k.undo_commands = [(KITCHEN.to_owned(), 60)].into();
    });
    let kitchen = || {
        let device = world.simulator.device(KITCHEN).unwrap();
        (device.playing, device.volume)
    };
    assert_eq!(command(&session, json!({ "type": "PauseCommand" })).await, 200);
    session.run(volume(KITCHEN, 5)).await;
    assert_eq!(kitchen(), (Playback::Playing, 35));
    world.simulator.advance(Duration::from_secs(61));
    assert_eq!(kitchen(), (Playback::Paused, 5));
    world.simulator.advance(Duration::from_secs(60));
    assert_eq!(kitchen(), (Playback::Playing, 5));
}
