//! What the web API and the push stream tell of the sound of a skill.

use amazon_simulator::{Activity, Button, PlayRequest};
use reqwest::Client;
use serde_json::{Value, json};

use crate::skill_double::{SKILL, Stage, answer, nothing, play};
use crate::support::{KITCHEN, KITCHEN_TYPE, World, builder, node, world_of};

/// A stage and a client that is signed in to its account.
struct Home {
    stage: Stage,
    world: World,
}

async fn home() -> Home {
    let stage = Stage::new().await;
    stage.double.answer(|asked| match asked["request"]["type"].as_str().unwrap() {
        "LaunchRequest" => answer(&[play("REPLACE_ALL", "first", 60, None)]),
        "PlaybackController.NextCommandIssued" => {
            answer(&[play("REPLACE_ALL", "second", 60, None)])
        }
        _ => nothing(),
    });
    let world = World::around(std::sync::Arc::clone(&stage.simulator));
    Home { stage, world }
}

fn launch() -> Value {
    json!({
        "@type": "com.amazon.alexa.behaviors.model.OpaquePayloadOperationNode",
        "type": "Alexa.Operation.SkillConnections.Launch", "skillId": SKILL,
        "operationPayload": {
            "targetDevice": { "deviceType": KITCHEN_TYPE, "deviceSerialNumber": KITCHEN },
            "connectionRequest": {
                "uri": format!("connection://AMAZON.Launch/{SKILL}"), "input": {},
            },
        },
    })
}

#[tokio::test]
async fn the_app_launches_sees_and_stops_the_sound_of_a_skill() {
    let home = home().await;
    let session = home.world.session("amazon.de").await;
    let mut push = session.push().await;
    assert_eq!(session.run(launch()).await, 200);
    home.stage.until(|stage| stage.audible().is_some()).await;
    home.stage.settle().await;
    let path = format!("/api/np/player?deviceSerialNumber={KITCHEN}&deviceType={KITCHEN_TYPE}");
    let player = session.get(&path).await;
    assert_eq!(player["playerInfo"]["state"], "PLAYING");
    assert_eq!(player["playerInfo"]["infoText"]["title"], "Title of first");
    assert_eq!(player["playerInfo"]["infoText"]["subText1"], "Somebody");
    assert_eq!(player["playerInfo"]["provider"]["providerName"], "Music Assistant");
    let transport = &player["playerInfo"]["transport"];
    assert_eq!((&transport["shuffle"], &transport["repeat"]), (&"HIDDEN".into(), &"HIDDEN".into()));
    let sessions = session.get("/api/np/list-media-sessions").await;
    assert_eq!(sessions["mediaSessionList"][0]["nowPlayingData"]["playerState"], "PLAYING");

    let refused = session.np(KITCHEN, KITCHEN_TYPE, &json!({ "type": "PauseCommand" })).await;
    assert_eq!(refused.status(), 404);
    home.stage.pass(3).await;
    let stop = node("Alexa.DeviceControls.Stop", KITCHEN, json!({}));
    assert_eq!(session.run(stop).await, 200);
    home.stage.until(|stage| !stage.double.asked("PlaybackStopped").is_empty()).await;
    assert_eq!(home.stage.echo().activity, Activity::Stopped);
    assert_eq!(session.get(&path).await["playerInfo"]["state"], "PAUSED");
    let mut told = Vec::new();
    while told.last() != Some(&"INTERRUPTED".to_owned()) {
        let (command, payload, _) = push.event().await;
        if command == "PUSH_AUDIO_PLAYER_STATE" {
            told.push(payload["audioPlayerState"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(told, ["PLAYING", "INTERRUPTED"]);
}

#[tokio::test]
async fn buttons_reach_the_skill_and_other_music_takes_its_place() {
    let home = home().await;
    let stage = &home.stage;
    stage.simulator.press(KITCHEN, Button::Next);
    stage.open();
    stage.until(|stage| stage.audible().is_some()).await;
    stage.settle().await;
    stage.simulator.press(KITCHEN, Button::Next);
    stage.until(|stage| stage.audible().is_some_and(|a| a.item == "second")).await;
    stage.settle().await;
    let pressed = stage.double.asked("NextCommandIssued");
    assert_eq!(pressed.len(), 1);
    assert!(pressed[0].json.get("session").is_none());
    assert_eq!(stage.double.asked("PlaybackStopped").len(), 1);
    let device = stage.simulator.device(KITCHEN).unwrap();
    assert_eq!(device.track.unwrap().title, "Title of second");

    assert!(stage.simulator.play(&PlayRequest::new(KITCHEN, "Radio")));
    stage.until(|stage| stage.double.asked("PlaybackStopped").len() == 2).await;
    assert_eq!(stage.audible(), None);
    // Now "next" is for the music that played last.
    stage.simulator.say(KITCHEN, "next");
    stage.settle().await;
    assert!(stage.double.asked("IntentRequest").is_empty());
    assert_eq!(stage.simulator.device(KITCHEN).unwrap().track.unwrap().title, "Radio (part 2)");
}

#[tokio::test]
async fn the_history_has_what_alexa_said() {
    let home = home().await;
    let session = home.world.session("amazon.de").await;
    home.stage.simulator.knobs(|knobs| knobs.skill_refusal = Some("I don't know.".to_owned()));
    assert_eq!(session.run(launch()).await, 200);
    let url = "https://www.amazon.de/alexa-privacy/apd/rvh/customer-history-records-v2";
    let answer: Value = post(&home.world.client, url).await;
    let item = &answer["customerHistoryRecords"][0]["voiceHistoryRecordItems"][0];
    assert_eq!(item["transcriptText"], "I don't know.");
}

async fn post(client: &Client, url: &str) -> Value {
    client.post(url).json(&json!({})).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn python_can_do_all_of_it_over_the_control_interface() {
    let home = home().await;
    let base = home.stage.simulator.control_url();
    let client = builder(&home.stage.simulator).build().unwrap();
    let post = async |path: &str, body: Value| {
        let answer = client.post(format!("{base}{path}")).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or(Value::Null))
    };
    let get = async |path: &str| {
        let answer = client.get(format!("{base}{path}")).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let issued = post("/control/certificates", json!({ "names": ["a.example.org"] })).await.1;
    assert!(issued["key_pem"].as_str().unwrap().contains("PRIVATE KEY"));
    let seed = json!({
        "id": "amzn1.ask.skill.2", "endpoint": "https://a.example.org/alexa/skill",
        "invocation_name": "the other", "locales": { "en-US": {} },
    });
    assert_eq!(post("/control/skills", seed).await.0, 201);
    let skills = get("/control/skills").await;
    assert_eq!(skills[1]["locales"]["en-US"]["invocation_name"], "the other");
    let (status, _) =
        post("/control/resolve", json!({ "host": "a.example.org", "to": "127.0.0.1:9" })).await;
    assert_eq!(status, 200);
    let echo = format!("/control/echos/{KITCHEN}");
    let said = post(&format!("{echo}/say"), json!({ "text": "open music assistant" })).await;
    assert_eq!(said.0, 200);
    home.stage.until(|stage| stage.audible().is_some()).await;
    let seen = get(&echo).await;
    assert_eq!((&seen["activity"], &seen["audible"]["item"]), (&"PLAYING".into(), &"first".into()));
    assert_eq!(post(&format!("{echo}/press"), json!({ "button": "next" })).await.0, 200);
    home.stage.until(|stage| stage.audible().is_some_and(|a| a.item == "second")).await;
    let signed =
        post("/control/sign", json!({ "base64": "e30=", "order": { "chain": "foreign" } }));
    let signed = signed.await.1;
    assert!(signed["SignatureCertChainUrl"].as_str().unwrap().ends_with("-13.pem"));
    let knobs = client.put(format!("{base}/control/knobs"));
    let knobs = knobs.json(&json!({ "skill_tls": "1.3", "skill_buffer_s": 5 })).send().await;
    assert_eq!(knobs.unwrap().status(), 200);
}

#[tokio::test]
async fn chains_are_served_where_requests_say() {
    let world = world_of(amazon_simulator::Simulator::start(Default::default()).await.unwrap());
    for (number, certificates) in [(10, 3), (11, 3), (13, 2), (15, 1)] {
        let url = format!("https://s3.amazonaws.com/echo.api/echo-api-cert-{number}.pem");
        let answer = world.client.get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let pem = answer.text().await.unwrap();
        assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), certificates);
    }
    let url = "https://s3.amazonaws.com/echo.api/echo-api-cert-99.pem";
    assert_eq!(world.client.get(url).send().await.unwrap().status(), 403);
}
