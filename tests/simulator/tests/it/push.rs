//! The push stream: what is told, how it travels and how it fails.

use std::time::{Duration, Instant};

use crate::support::{
    BEDROOM, DIRECTIVES, GROUP, KITCHEN, KITCHEN_TYPE, Session, Stream, builder, node, world,
};
use amazon_simulator::{
    Bluetooth, DevicePatch, Expire, Fault, FaultKind, PlayRequest, PushBoundary, PushDrop,
    PushFraming,
};
use serde_json::{Value, json};

const BARE: &str = "--------simulator0123\r\n";

async fn until(done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < deadline, "it never came to be");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn control(world: &crate::support::World, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/control/{path}", world.simulator.control_url());
    let response = world.client.post(url).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
}

async fn ping(session: &Session<'_>) -> u16 {
    let request = session.world.client.post("https://bob-dispatch-prod-eu.amazon.com/ping");
    let request = request.bearer_auth(&session.access_token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn changes_are_pushed_in_whole_pieces() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    assert_eq!(world.client.get(DIRECTIVES).send().await.unwrap().status(), 403);
    let mut stream = session.push().await;
    let kind = stream.response.headers()["content-type"].to_str().unwrap().to_owned();
    let boundary = kind.split("boundary=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let delimiter = format!("--{boundary}\r\n");
    assert_eq!(stream.chunk().await.unwrap(), delimiter);
    session.run(node("Alexa.DeviceControls.Volume", KITCHEN, json!({ "value": 31 }))).await;
    let piece = stream.chunk().await.unwrap();
    let event = piece.strip_prefix("Content-Type: application/json\r\n\r\n").unwrap();
    assert!(event.starts_with('{') && event.ends_with("}\r\n") && event.lines().count() == 1);
    assert_eq!(stream.chunk().await.unwrap(), delimiter);
    assert_eq!(world.simulator.counters().push_streams, 1);
    drop(stream);
    until(|| world.simulator.counters().push_streams == 0).await;
    assert_eq!(ping(&session).await, 204);
}

#[tokio::test]
async fn the_household_tells_what_happens() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let mut stream = session.push().await;
    let simulator = &world.simulator;
    let patch = |patch: DevicePatch| assert!(simulator.patch_device(KITCHEN, patch));

    patch(DevicePatch { volume: Some(31), ..DevicePatch::default() });
    let (command, payload, _) = stream.event().await;
    assert_eq!(command, "PUSH_VOLUME_CHANGE");
    assert_eq!(payload["dopplerId"]["deviceSerialNumber"], KITCHEN);
    assert_eq!((&payload["volumeSetting"], &payload["isMuted"]), (&json!(31), &json!(false)));

    patch(DevicePatch { do_not_disturb: Some(true), ..DevicePatch::default() });
    let (command, payload, _) = stream.event().await;
    assert_eq!((command.as_str(), &payload["enabled"]), ("PUSH_DND_STATE_CHANGE", &json!(true)));

    patch(DevicePatch { online: Some(false), ..DevicePatch::default() });
    let (command, payload, _) = stream.event().await;
    assert_eq!(command, "PUSH_DOPPLER_CONNECTION_CHANGE");
    assert_eq!(payload["dopplerConnectionState"], "OFFLINE");
    patch(DevicePatch { online: Some(true), ..DevicePatch::default() });
    stream.event().await;

    patch(DevicePatch { bluetooth: Some(Bluetooth::Streaming), ..DevicePatch::default() });
    let (command, payload, _) = stream.event().await;
    assert_eq!(command, "PUSH_BLUETOOTH_STATE_CHANGE");
    assert_eq!(payload["bluetoothEvent"], "DEVICE_CONNECTED");
    let states = session.get("/api/bluetooth").await["bluetoothStates"].clone();
    assert_eq!(states[0]["streamingState"], "MUSIC");

    patch(DevicePatch { say: Some("volume 4".to_owned()), ..DevicePatch::default() });
    let told = ["PUSH_EQUALIZER_STATE_CHANGE", "PUSH_VOLUME_CHANGE", "PUSH_VOLUME_CHANGE"];
    assert_eq!(stream.commands(3).await, told);
    assert_eq!(simulator.device(KITCHEN).unwrap().volume, 40);

    simulator.play(&PlayRequest::new(KITCHEN, "First"));
    let new = [
        "PUSH_MEDIA_QUEUE_CHANGE",
        "PUSH_CONTENT_FOCUS_CHANGE",
        "PUSH_AUDIO_PLAYER_STATE",
        "NotifyNowPlayingUpdated",
        "NotifyMediaSessionsUpdated",
    ];
    assert_eq!(stream.commands(5).await, new);

    session.np(KITCHEN, KITCHEN_TYPE, &json!({ "type": "NextCommand" })).await;
    let (command, payload, _) = stream.event().await;
    assert_eq!(command, "PUSH_AUDIO_PLAYER_STATE");
    assert_eq!(payload["audioPlayerState"], "FINISHED");
    assert!(payload["mediaReferenceId"].as_str().unwrap().ends_with(":0"));
    assert_eq!(stream.commands(1).await, ["PUSH_MEDIA_CHANGE"]);
    let (_, payload, _) = stream.event().await;
    assert_eq!(payload["audioPlayerState"], "PLAYING");
    let (_, payload, _) = stream.event().await;
    let data = &payload["update"]["update"]["nowPlayingData"];
    assert_eq!(data["infoText"]["title"], "First (part 2)");
    assert!(payload["update"]["taskSessionId"].as_str().unwrap().starts_with("amzn1.echo-api."));

    let seek = json!({ "type": "SeekCommand", "mediaPosition": 83 });
    session.np(KITCHEN, KITCHEN_TYPE, &seek).await;
    let (command, payload, _) = stream.event().await;
    assert_eq!(command, "PUSH_MEDIA_PROGRESS_CHANGE");
    let position = payload["progress"]["mediaProgress"].as_i64().unwrap();
    assert!((83_000..93_000).contains(&position), "{position}");
    stream.event().await;

    let shuffle = json!({ "type": "ShuffleCommand", "shuffle": true });
    session.np(KITCHEN, KITCHEN_TYPE, &shuffle).await;
    let (_, payload, _) = stream.event().await;
    assert_eq!(payload["playBackOrder"], "SHUFFLE_ALL");
    assert_eq!((&payload["trackOrderChanged"], &payload["loopMode"]), (&json!(true), &Value::Null));
    let (_, payload, _) = stream.event().await;
    assert_eq!(payload["update"]["update"]["nowPlayingData"]["transport"]["shuffle"], "SELECTED");
    session.np(KITCHEN, KITCHEN_TYPE, &json!({ "type": "RepeatCommand", "repeat": true })).await;
    let (_, payload, _) = stream.event().await;
    assert_eq!(
        (&payload["loopMode"], &payload["trackOrderChanged"]),
        (&json!("LOOP_QUEUE"), &json!(false))
    );
    stream.event().await;

    session.np(KITCHEN, KITCHEN_TYPE, &json!({ "type": "PauseCommand" })).await;
    let (_, payload, _) = stream.event().await;
    assert_eq!(payload["audioPlayerState"], "INTERRUPTED");
}

#[tokio::test]
async fn tracks_end_by_the_simulated_clock() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let mut stream = session.push().await;
    let first = PlayRequest::new(GROUP, "First");
    world.simulator.knobs(|k| k.auto_advance = true);
    world.simulator.play(&PlayRequest { queue: vec!["Second".to_owned()], ..first });
    stream.commands(5).await;
    world.simulator.advance(Duration::from_secs(270));
    let told = stream.commands(4).await;
    assert_eq!(told[0], "PUSH_AUDIO_PLAYER_STATE");
    let track = world.simulator.device(GROUP).unwrap().track.unwrap();
    assert_eq!(track.title, "Second");
    assert!((2..12).contains(&track.position_s), "{}", track.position_s);
    world.simulator.advance(Duration::from_secs(3600));
    assert_eq!(
        stream.commands(3).await,
        ["PUSH_AUDIO_PLAYER_STATE", "NotifyNowPlayingUpdated", "NotifyMediaSessionsUpdated"]
    );
    assert_eq!(world.simulator.device(GROUP).unwrap().track, None);
    world.simulator.knobs(|k| k.auto_advance = false);
    world.simulator.play(&PlayRequest::new(GROUP, "Third"));
    world.simulator.advance(Duration::from_secs(3600));
    assert_eq!(world.simulator.device(GROUP).unwrap().track.unwrap().position_s, 268);
}

#[tokio::test]
async fn anything_can_be_sent_from_outside() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let mut stream = session.push().await;
    world.simulator.push("PUSH_X", json!({ "a": 1 }));
    let (command, payload, _) = stream.event().await;
    assert_eq!((command.as_str(), payload), ("PUSH_X", json!({ "a": 1 })));
    let event = json!({ "command": "PUSH_Y", "payload": null, "time_stamp": 5 });
    assert_eq!(control(&world, "push", event).await, (200, json!({ "streams": 1 })));
    assert_eq!(stream.event().await, ("PUSH_Y".to_owned(), Value::Null, 5));
    stream.chunk().await.unwrap();
    world.simulator.push_raw("{\"half");
    assert_eq!(stream.chunk().await.unwrap(), "{\"half");
    control(&world, "push/raw", json!({ "text": "way\r\n" })).await;
    assert_eq!(stream.chunk().await.unwrap(), "way\r\n");
    control(&world, "push/raw", json!({ "base64": "ew==" })).await;
    assert_eq!(stream.chunk().await.unwrap(), "{");
    assert_eq!(control(&world, "push/raw", json!({ "base64": "?" })).await.0, 400);
}

#[tokio::test]
async fn delimiters_follow_the_simulated_clock() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let mut stream = session.push().await;
    let simulator = &world.simulator;
    stream.chunk().await.unwrap();
    simulator.advance(Duration::from_secs(20));
    simulator.advance(Duration::from_secs(11));
    assert_eq!(control(&world, "clock", json!({ "advance_s": 31 })).await.0, 200);
    simulator.push_raw("mark");
    for piece in [BARE, BARE, "mark"] {
        assert_eq!(stream.chunk().await.unwrap(), piece);
    }
    simulator.knobs(|k| k.push_silent = true);
    simulator.advance(Duration::from_secs(600));
    simulator.patch_device(KITCHEN, DevicePatch { volume: Some(1), ..DevicePatch::default() });
    assert_eq!(ping(&session).await, 204);
    simulator.knobs(|k| {
        k.push_silent = false;
        k.push_events_lost = true;
    });
    simulator.patch_device(KITCHEN, DevicePatch { volume: Some(2), ..DevicePatch::default() });
    simulator.advance(Duration::from_secs(31));
    assert_eq!(simulator.counters().push_events_lost, 2);
    simulator.knobs(|k| k.push_events_lost = false);
    simulator.push_raw("mark");
    for piece in [BARE, "mark"] {
        assert_eq!(stream.chunk().await.unwrap(), piece);
    }
    simulator.shift_clock(-7200);
    simulator.advance(Duration::from_secs(31));
    assert_eq!(stream.chunk().await.unwrap(), BARE, "also after the clock went back");
}

#[tokio::test]
async fn streams_end_in_every_way() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let open = || world.simulator.counters().push_streams;
    for how in [PushDrop::End, PushDrop::Closing, PushDrop::Goaway] {
        let mut stream = session.push().await;
        stream.chunk().await.unwrap();
        assert_eq!(world.simulator.drop_push_streams(how), 1);
        if how == PushDrop::Closing {
            assert_eq!(stream.chunk().await.unwrap(), "--------simulator0123--\r\n");
        }
        assert_eq!(stream.chunk().await, None, "{how:?}");
        until(|| open() == 0).await;
    }
    for how in ["reset", "close", "goaway_close"] {
        let mut stream = session.push().await;
        stream.chunk().await.unwrap();
        let body = json!({ "how": how });
        assert_eq!(control(&world, "push/drop", body).await, (200, json!({ "streams": 1 })));
        assert!(stream.response.chunk().await.is_err(), "{how}");
        until(|| open() == 0).await;
    }
    assert_eq!(ping(&session).await, 204, "new connections work");

    let mut deaf = session.push().await;
    deaf.chunk().await.unwrap();
    world.simulator.drop_push_streams(PushDrop::Deafen);
    let mut good = session.push().await;
    good.chunk().await.unwrap();
    world.simulator.push("PUSH_X", json!({}));
    good.event().await;
    assert_eq!(good.chunk().await.unwrap(), BARE);
    let silence = tokio::time::timeout(Duration::from_millis(50), deaf.response.chunk());
    assert!(silence.await.is_err(), "it stays open and says nothing");
    assert_eq!(open(), 2);

    world.simulator.drop_push_streams(PushDrop::Hang);
    let silence = tokio::time::timeout(Duration::from_millis(50), good.response.chunk());
    assert!(silence.await.is_err());
    let request = world.client.get(DIRECTIVES).bearer_auth(&session.access_token);
    let request = request.timeout(Duration::from_millis(200)).send().await;
    assert!(request.is_err(), "the connection is half open");
    let counters = world.simulator.counters();
    assert_eq!((counters.push_opened, counters.push_asked), (8, 8));
    assert_eq!(world.simulator.let_go(), 2, "both streams were on that connection");
    assert!(good.response.chunk().await.is_err());
    until(|| open() == 0).await;
    assert_eq!(world.simulator.let_go(), 0);
}

#[tokio::test]
async fn streams_are_refused() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let simulator = &world.simulator;
    assert_eq!(session.ask_push().await.status(), 403, "without capabilities");
    assert_eq!(session.declare().await, 204);
    assert_eq!(session.ask_push().await.status(), 200);
    simulator.expire(Expire::Capabilities);
    assert_eq!(session.ask_push().await.status(), 403);
    simulator.knobs(|k| k.push_needs_capabilities = false);
    assert_eq!(session.ask_push().await.status(), 200);
    simulator.knobs(|k| k.push_refuse = Some(503));
    assert_eq!(session.ask_push().await.status(), 503);
    simulator.knobs(|k| k.push_refuse = None);
    simulator.fault(Fault::on("/v20160207/directives", FaultKind::Close).times(1));
    let request = world.client.get(DIRECTIVES).bearer_auth(&session.access_token);
    assert!(request.send().await.is_err());
    let counters = simulator.counters();
    assert_eq!((counters.push_asked, counters.push_opened), (6, 2));
    simulator.knobs(|k| k.ping_status = Some(403));
    assert_eq!(ping(&session).await, 403);
    simulator.knobs(|k| k.ping_status = None);
    simulator.fault(Fault::on("/ping", FaultKind::Delay).delay_ms(200).times(1));
    let before = Instant::now();
    assert_eq!(ping(&session).await, 204);
    assert!(before.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn framings_carry_the_same_events() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let simulator = &world.simulator;
    session.declare().await;
    let cases = [
        (PushFraming::Split, 1),
        (PushFraming::Split, 100),
        (PushFraming::Joined, 0),
        (PushFraming::Lf, 0),
        (PushFraming::NoType, 0),
        (PushFraming::Gzip, 0),
    ];
    for (framing, piece) in cases {
        simulator.knobs(|k| {
            k.push_framing = framing;
            k.push_piece = piece;
            k.push_preamble = "This is a preamble.".to_owned();
        });
        let mut stream = Stream::of(session.ask_push().await);
        simulator.play(&PlayRequest::new(BEDROOM, "First"));
        let commands = stream.commands(5).await;
        assert_eq!(commands.last().unwrap(), "NotifyMediaSessionsUpdated", "{framing:?}");
        simulator.push("PUSH_X", json!({}));
        assert_eq!(stream.commands(1).await, ["PUSH_X"]);
        drop(stream);
        until(|| simulator.counters().push_streams == 0).await;
    }
    // The last case was gzip, which the client of the other cases undoes and hides.
    let plain = builder(&world.simulator).gzip(false).build().unwrap();
    let request = plain.get(DIRECTIVES).bearer_auth(&session.access_token);
    let raw = request.header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(raw.headers()["content-encoding"], "gzip");
    simulator.knobs(|k| {
        k.push_framing = PushFraming::Joined;
        k.push_preamble = String::new();
    });
    let mut stream = Stream::of(session.ask_push().await);
    assert_eq!(stream.chunk().await.unwrap(), BARE);
    simulator.play(&PlayRequest::new(BEDROOM, "First"));
    let chunk = stream.chunk().await.unwrap();
    assert_eq!(chunk.matches(BARE).count(), 5, "all events of an act in one piece");
}

#[tokio::test]
async fn boundaries_are_named_in_every_way() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    session.declare().await;
    let cases = [
        (
            PushBoundary::Quoted,
            "multipart/related; boundary=\"-ab\"; type=\"application/json\"",
            "---ab",
        ),
        (PushBoundary::Last, "multipart/related; type=application/json; boundary=-ab", "---ab"),
        (PushBoundary::Unprefixed, "multipart/related; boundary=-ab; type=application/json", "-ab"),
    ];
    for (style, kind, delimiter) in cases {
        world.simulator.knobs(|k| {
            k.push_boundary = "-ab".to_owned();
            k.push_boundary_style = style;
        });
        let mut stream = Stream::of(session.ask_push().await);
        assert_eq!(stream.response.headers()["content-type"], kind);
        assert_eq!(stream.chunk().await.unwrap(), format!("{delimiter}\r\n"));
    }
}

#[tokio::test]
async fn streams_replay_repeat_and_confuse() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let simulator = &world.simulator;
    session.declare().await;
    simulator.play(&PlayRequest::new(KITCHEN, "First"));
    let volume = |level: u8| {
        let patch = DevicePatch { volume: Some(level), ..DevicePatch::default() };
        simulator.patch_device(KITCHEN, patch);
    };
    volume(31);
    simulator.advance(Duration::from_secs(600));
    simulator.knobs(|k| k.push_replay = true);
    let mut stream = Stream::of(session.ask_push().await);
    simulator.push("PUSH_NOW", json!({}));
    let mut replayed = Vec::new();
    let now_ms = loop {
        let event = stream.event().await;
        if event.0 == "PUSH_NOW" {
            break event.2;
        }
        replayed.push(event);
    };
    let of_kitchen = |name: &str| {
        let mine = |e: &&(String, Value, i64)| {
            e.0 == name
                && (e.1["dopplerId"]["deviceSerialNumber"] == KITCHEN || name.starts_with('N'))
        };
        replayed.iter().find(mine).unwrap()
    };
    assert_eq!(of_kitchen("PUSH_VOLUME_CHANGE").1["volumeSetting"], 31);
    of_kitchen("PUSH_AUDIO_PLAYER_STATE");
    of_kitchen("NotifyNowPlayingUpdated");
    assert!(replayed.len() > 10, "the volumes of the others");
    assert!(replayed.iter().all(|e| e.2 <= now_ms - 600_000), "with their own times");

    simulator.knobs(|k| {
        k.push_replay = false;
        k.push_duplicates = true;
    });
    simulator.push("A", json!({}));
    assert_eq!(stream.commands(2).await, ["A", "A"]);
    simulator.knobs(|k| {
        k.push_duplicates = false;
        k.push_reorder = true;
    });
    for name in ["A", "B", "C"] {
        simulator.push(name, json!({}));
    }
    simulator.advance(Duration::from_secs(1));
    assert_eq!(stream.commands(3).await, ["B", "A", "C"]);

    simulator.knobs(|k| {
        k.push_reorder = false;
        k.push_noise = true;
    });
    for n in 0..9 {
        volume(n);
    }
    let mut seen = Vec::new();
    while seen.len() < 9 {
        let directive = stream.directive().await;
        let updates = directive["directive"]["payload"]["renderingUpdates"].as_array().cloned();
        let mine = updates.filter(|updates| updates.len() == 3 && updates[1].is_object());
        let Some(update) = mine.and_then(|updates| updates.get(1).cloned()) else { continue };
        let metadata: Value =
            serde_json::from_str(update["resourceMetadata"].as_str().unwrap_or("0")).unwrap();
        if let Some(payload) = metadata["payload"].as_str() {
            let payload: Value = serde_json::from_str(payload).unwrap();
            seen.push(payload["volumeSetting"].as_u64().unwrap());
        }
    }
    assert_eq!(seen, (0..9).collect::<Vec<_>>());
}
