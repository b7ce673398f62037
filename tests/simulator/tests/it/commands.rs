//! Commands, and what they do to the model of the devices.

use crate::support::{
    BEDROOM, GARAGE, GROUP, GROUP_TYPE, KITCHEN, KITCHEN_TYPE, PAIR, STUDIO, node, world,
};
use amazon_simulator::{PlayRequest, Playback};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn transport_works_on_loaded_media_only() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let idle = session.np(KITCHEN, KITCHEN_TYPE, &json!({ "type": "PlayCommand" })).await;
    assert_eq!(idle.status(), 404);
    let kind = idle.headers()["x-amzn-errortype"].to_str().unwrap();
    assert!(kind.starts_with("UnsupportedProviderException:"));
    let offline = session.np(GARAGE, "A32DOYMUN6DTXA", &json!({ "type": "PlayCommand" })).await;
    assert_eq!(offline.status(), 400);
    let body: Value = offline.json().await.unwrap();
    assert_eq!(body["message"], "Device is not connected");

    world.simulator.play(&PlayRequest {
        queue: vec!["Second".to_owned()],
        ..PlayRequest::new(KITCHEN, "First")
    });
    let seen = || {
        let device = world.simulator.device(KITCHEN).unwrap();
        (device.playing, device.track.unwrap().title)
    };
    let steps = [
        ("PauseCommand", Playback::Paused, "First"),
        ("NextCommand", Playback::Paused, "Second"),
        ("PlayCommand", Playback::Playing, "Second"),
        ("NextCommand", Playback::Playing, "Second"),
        ("PreviousCommand", Playback::Playing, "First"),
    ];
    for (command, playing, title) in steps {
        let response = session.np(KITCHEN, KITCHEN_TYPE, &json!({ "type": command })).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.unwrap(), "");
        assert_eq!(seen(), (playing, title.to_owned()), "{command}");
    }
    let wrong_type = session.np(KITCHEN, "WRONG", &json!({ "type": "PauseCommand" })).await;
    assert_eq!(wrong_type.status(), 404);
    let unknown = session.np(KITCHEN, KITCHEN_TYPE, &json!({ "type": "DanceCommand" })).await;
    assert_eq!(unknown.status(), 400);
}

#[tokio::test]
async fn the_phone_apps_way_controls_a_session() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.play(&PlayRequest::new(KITCHEN, "First"));
    let list = session.get("/api/np/list-media-sessions").await;
    let id = &list["mediaSessionList"][0]["taskSessionId"];
    let body = json!({ "taskSessionId": id, "command": { "type": "NPPauseCommand" } });
    assert_eq!(session.post("/api/np/control-media-session", &body).await.status(), 200);
    assert_eq!(world.simulator.device(KITCHEN).unwrap().playing, Playback::Paused);
}

#[tokio::test]
async fn nested_sequences_reach_their_devices() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let speak = |serial: &str| node("Alexa.Speak", serial, json!({ "textToSpeak": "Hello" }));
    let volume = |serial: &str, value: Value| {
        node("Alexa.DeviceControls.Volume", serial, json!({ "value": value }))
    };
    let status = session
        .run(json!({
            "@type": "com.amazon.alexa.behaviors.model.SerialNode",
            "nodesToExecute": [
                {
                    "@type": "com.amazon.alexa.behaviors.model.ParallelNode",
                    "nodesToExecute": [
                        volume(KITCHEN, json!("41")),
                        volume(BEDROOM, json!(56.99999999999999)),
                        volume(STUDIO, json!(7)),
                    ],
                },
                speak(KITCHEN),
                node("Alexa.Sound", KITCHEN, json!({ "soundStringId": "bell_02" })),
                node("Alexa.Weather.Play", KITCHEN, json!({})),
            ],
        }))
        .await;
    assert_eq!(status, 200);
    let kitchen = world.simulator.device(KITCHEN).unwrap();
    assert_eq!(
        (kitchen.volume, kitchen.spoken, kitchen.sounds),
        (41, vec!["Hello".to_owned()], vec!["bell_02".to_owned()])
    );
    assert_eq!(kitchen.nodes.last().unwrap(), "Alexa.Weather.Play");
    assert_eq!(world.simulator.device(BEDROOM).unwrap().volume, 57);
    assert_eq!(world.simulator.device(STUDIO).unwrap().volume, 7);
    let bad = json!({ "behaviorId": "PREVIEW", "status": "ENABLED", "sequenceJson": "{" });
    assert_eq!(session.post("/api/behaviors/preview", &bad).await.status(), 400);
    assert_eq!(session.run(volume(KITCHEN, json!(101))).await, 200);
    assert_eq!(world.simulator.device(KITCHEN).unwrap().volume, 41, "out of range: no effect");
}

#[tokio::test]
async fn announcements_go_to_the_listed_devices() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let announcement = |target: Value| {
        json!({
            "@type": "com.amazon.alexa.behaviors.model.OpaquePayloadOperationNode",
            "type": "AlexaAnnouncement", "skillId": "amzn1.ask.1p.routines.messaging",
            "operationPayload": {
                "expireAfter": "PT5S",
                "content": [{ "locale": "de-DE", "display": { "title": "T", "body": "Dinner" },
                    "speak": { "type": "text", "value": "Dinner" } }],
                "target": target,
            },
        })
    };
    let devices = json!([
        { "deviceSerialNumber": KITCHEN, "deviceTypeId": KITCHEN_TYPE },
        { "deviceSerialNumber": STUDIO, "deviceTypeId": "A15996VY63BQ2D" },
        { "deviceSerialNumber": GROUP, "deviceTypeId": GROUP_TYPE },
        { "deviceSerialNumber": GARAGE, "deviceTypeId": "A32DOYMUN6DTXA" },
    ]);
    session.run(announcement(json!({ "customerId": "x", "devices": devices }))).await;
    let announced = |serial: &str| world.simulator.device(serial).unwrap().announced.len();
    assert_eq!([KITCHEN, STUDIO, BEDROOM, GROUP, GARAGE].map(announced), [1, 1, 0, 0, 0]);
    session.run(announcement(json!({ "customerId": "x" }))).await;
    assert_eq!([KITCHEN, STUDIO, BEDROOM, GARAGE].map(announced), [2, 2, 1, 0]);
}

#[tokio::test]
async fn groups_do_not_pass_things_on_but_pairs_do() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.play(&PlayRequest::new(GROUP, "Party"));
    session.run(node("Alexa.Speak", GROUP, json!({ "textToSpeak": "x" }))).await;
    session.run(node("Alexa.DeviceControls.Volume", GROUP, json!({ "value": 90 }))).await;
    session.run(node("Alexa.DeviceControls.Stop", GROUP, json!({}))).await;
    session.run(node("Alexa.TextCommand", GROUP, json!({ "text": "stop" }))).await;
    let group = world.simulator.device(GROUP).unwrap();
    assert_eq!(
        (group.playing, group.spoken.len(), group.text_commands.len()),
        (Playback::Playing, 0, 0)
    );
    assert_eq!(world.simulator.device(KITCHEN).unwrap().volume, 35);
    let pause = session.np(GROUP, GROUP_TYPE, &json!({ "type": "PauseCommand" })).await;
    assert_eq!(pause.status(), 200);
    assert_eq!(world.simulator.device(GROUP).unwrap().playing, Playback::Paused);
    session.np(GROUP, GROUP_TYPE, &json!({ "type": "PlayCommand" })).await;
    session.run(node("Alexa.DeviceControls.Stop", KITCHEN, json!({}))).await;
    assert_eq!(world.simulator.device(GROUP).unwrap().playing, Playback::Paused, "by a member");
    let level = json!({ "type": "VolumeLevelCommand", "volumeLevel": 33 });
    session.np(GROUP, GROUP_TYPE, &level).await;
    assert_eq!(world.simulator.device(STUDIO).unwrap().volume, 33);

    session.run(node("Alexa.DeviceControls.Volume", PAIR, json!({ "value": 66 }))).await;
    for serial in [PAIR, "G0911W0000000005", "G0911W0000000006"] {
        assert_eq!(world.simulator.device(serial).unwrap().volume, 66);
    }
}

#[tokio::test]
async fn sentences_act_as_if_spoken() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.play(&PlayRequest::new(KITCHEN, "First"));
    let say = async |text: &str| {
        let node = node("Alexa.TextCommand", KITCHEN, json!({ "text": text }));
        assert_eq!(session.run(node).await, 200);
        world.simulator.device(KITCHEN).unwrap()
    };
    assert_eq!(say("Pause").await.playing, Playback::Paused);
    assert_eq!(say("resume").await.playing, Playback::Playing);
    assert_eq!(say("alexa, next").await.track.unwrap().title, "First (part 2)");
    assert!(say("mute").await.muted);
    let device = say("what time is it").await;
    assert_eq!(device.text_commands.last().unwrap(), "what time is it");
    assert_eq!(device.text_commands.len(), 5);
}

#[tokio::test]
async fn volume_mute_and_do_not_disturb_are_set_directly() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let path = format!("/api/devices/{KITCHEN_TYPE}/{KITCHEN}/audio/v2/speakerVolume");
    let body = json!({ "dsn": KITCHEN, "deviceType": KITCHEN_TYPE, "volume": 50, "muted": true });
    for method in [Method::PUT, Method::POST] {
        assert_eq!(session.call(method, &path, &body).await.status(), 200);
    }
    let kitchen = world.simulator.device(KITCHEN).unwrap();
    assert_eq!((kitchen.volume, kitchen.muted), (50, true));
    let body =
        json!({ "deviceSerialNumber": KITCHEN, "deviceType": KITCHEN_TYPE, "enabled": true });
    let echo = session.call(Method::PUT, "/api/dnd/status", &body).await;
    assert_eq!(echo.json::<Value>().await.unwrap(), body);
    let list = session.get("/api/dnd/device-status-list").await;
    let entries = list["doNotDisturbDeviceStatusList"].as_array().unwrap().clone();
    assert!(entries.iter().any(|d| d["deviceSerialNumber"] == KITCHEN && d["enabled"] == true));
}

#[tokio::test]
async fn ignored_sequences_are_still_accepted() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.knobs(|k| k.ignore_sequences = true);
    let speak = node("Alexa.Speak", KITCHEN, json!({ "textToSpeak": "x" }));
    assert_eq!(session.run(speak).await, 200);
    assert!(world.simulator.device(KITCHEN).unwrap().spoken.is_empty());
    assert_eq!(world.simulator.counters().sequences, 1);
}

#[tokio::test]
async fn a_validated_search_goes_into_its_node_as_it_is() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let kind = "Alexa.Music.PlaySearchPhrase";
    let payload = json!({
        "deviceSerialNumber": KITCHEN, "deviceType": KITCHEN_TYPE,
        "musicProviderId": "AMAZON_MUSIC", "searchPhrase": "  quiet   songs ",
    });
    let path = "/api/behaviors/operation/validate";
    let body = json!({ "type": kind, "operationPayload": payload.to_string() });
    let answer: Value = session.post(path, &body).await.json().await.unwrap();
    assert_eq!(answer["result"], "VALID");
    assert_eq!(answer["operationPayload"]["sanitizedSearchPhrase"], "quiet songs");
    let node = json!({ "type": kind, "operationPayload": answer["operationPayload"] });
    assert_eq!(session.run(node).await, 200);
    assert_eq!(world.simulator.device(KITCHEN).unwrap().nodes, [kind]);
    let body = json!({ "type": kind, "operationPayload": "quiet songs" });
    let answer: Value = session.post(path, &body).await.json().await.unwrap();
    assert_eq!(answer["result"], "INVALID");
}
