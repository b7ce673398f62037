//! The device lists and what is read about devices.

use crate::support::{GARAGE, GROUP, KITCHEN, KITCHEN_TYPE, PAIR, STUDIO, world};
use amazon_simulator::{DevicePatch, PlayRequest};
use serde_json::{Value, json};

fn find<'a>(list: &'a Value, key: &str, value: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|d| d[key] == value).unwrap()
}

#[tokio::test]
async fn the_list_holds_the_whole_household() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let devices = session.get("/api/devices-v2/device").await["devices"].clone();
    for device in devices.as_array().unwrap() {
        for key in ["capabilities", "clusterMembers", "parentClusters", "appDeviceList"] {
            assert!(device[key].is_array(), "{key}");
        }
        assert!(device["accountName"].is_string() && device["serialNumber"].is_string());
    }
    let names: Vec<_> =
        devices.as_array().unwrap().iter().map(|d| d["accountName"].as_str().unwrap()).collect();
    assert_eq!(names.iter().filter(|n| **n == "Bedroom").count(), 2);
    let group = find(&devices, "serialNumber", GROUP);
    assert_eq!(group["deviceFamily"], "WHA");
    assert_eq!(group["clusterMembers"].as_array().unwrap().len(), 3);
    assert_eq!(find(&devices, "serialNumber", KITCHEN)["parentClusters"], json!([GROUP]));
    assert_eq!(find(&devices, "serialNumber", GARAGE)["online"], false);
    assert_eq!(find(&devices, "serialNumber", STUDIO)["deviceFamily"], "KNIGHT");
    assert_eq!(find(&devices, "deviceFamily", "VOX")["deviceType"], "A2TF17PFR55MTB");
    let tv = find(&devices, "deviceFamily", "FIRE_TV");
    assert!(!tv["capabilities"].as_array().unwrap().contains(&json!("MUSIC_SKILL")));
    assert_eq!(find(&devices, "deviceType", "AZZNEWMODEL001")["accountName"], "Attic");
}

#[tokio::test]
async fn endpoints_and_their_features_answer_in_the_asked_form() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let path = "/nexus/v1/graphql";
    let url = session.url(path);
    let body = json!({ "operationName": "getDevicesBaseData", "query": "query x" });
    let base: Value =
        world.client.post(&url).json(&body).send().await.unwrap().json().await.unwrap();
    let endpoints = &base["data"]["listEndpoints"]["endpoints"];
    let serials: Vec<_> = endpoints
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["serialNumber"]["value"]["text"].as_str().unwrap())
        .collect();
    assert!(serials.contains(&KITCHEN) && serials.contains(&PAIR) && !serials.contains(&GROUP));
    let garage = endpoints
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["serialNumber"]["value"]["text"] == GARAGE)
        .unwrap();
    let body = json!([{
        "operationName": "getEndpointFeatures", "query": "query y",
        "variables": { "endpointIds": [garage["endpointId"]] },
    }]);
    let answer: Value =
        world.client.post(&url).json(&body).send().await.unwrap().json().await.unwrap();
    let endpoints = answer[0]["data"]["listEndpoints"]["endpoints"].as_array().unwrap();
    assert_eq!(endpoints.len(), 1);
    let property = &endpoints[0]["features"][0]["properties"][0];
    assert_eq!(property["name"], "reachability");
    assert_eq!(property["reachabilityStatusValue"], "UNREACHABLE");
}

#[tokio::test]
async fn volumes_and_settings_are_read_for_all() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.patch_device(
        KITCHEN,
        DevicePatch { volume: Some(12), muted: Some(true), ..DevicePatch::default() },
    );
    let volumes =
        session.get("/api/devices/deviceType/dsn/audio/v1/allDeviceVolumes").await["volumes"]
            .clone();
    let kitchen = find(&volumes, "dsn", KITCHEN);
    assert_eq!((&kitchen["speakerVolume"], &kitchen["speakerMuted"]), (&json!(12), &json!(true)));
    let preferences = session.get("/api/device-preferences").await;
    let kitchen = find(&preferences["devicePreferences"], "deviceSerialNumber", KITCHEN);
    assert_eq!(kitchen["locale"], "de-DE");
    let lists = [
        ("/api/dnd/device-status-list", "doNotDisturbDeviceStatusList"),
        ("/api/bluetooth?cached=true", "bluetoothStates"),
        ("/api/wake-word", "wakeWords"),
        ("/api/notifications", "notifications"),
        ("/api/wholeHomeAudio/v1/groups", "groups"),
    ];
    for (path, key) in lists {
        assert!(session.get(path).await[key].is_array(), "{path}");
    }
    for path in
        ["/api/behaviors/entities?skillId=amzn1.ask.1p.music", "/api/behaviors/v2/automations"]
    {
        let response = world.client.get(session.url(path)).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/octet-stream");
        let list: Value = response.json().await.unwrap();
        assert!(!list.as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn playing_media_shows_in_sessions_and_player() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let player = format!("/api/np/player?deviceSerialNumber={KITCHEN}&deviceType={KITCHEN_TYPE}");
    assert_eq!(session.get("/api/np/list-media-sessions").await["mediaSessionList"], json!([]));
    assert!(session.get(&player).await["playerInfo"]["state"].is_null());
    assert!(world.simulator.play(&PlayRequest::new(KITCHEN, "Moonlight")));
    world.simulator.advance(std::time::Duration::from_secs(61));
    let info = session.get(&player).await["playerInfo"].clone();
    assert_eq!(
        (&info["state"], &info["infoText"]["title"]),
        (&json!("PLAYING"), &json!("Moonlight"))
    );
    assert_eq!(info["progress"]["mediaLength"], 268);
    let progress = info["progress"]["mediaProgress"].as_u64().unwrap();
    assert!((61..70).contains(&progress), "{progress}");
    let list = session.get("/api/np/list-media-sessions").await["mediaSessionList"].clone();
    let data = &list[0]["nowPlayingData"];
    assert_eq!(
        (&data["playerState"], &data["progress"]["mediaLength"]),
        (&json!("PLAYING"), &json!(268_000))
    );
    assert_eq!(list[0]["endpointList"][0]["id"]["deviceSerialNumber"], KITCHEN);
    assert!(!world.simulator.play(&PlayRequest::new("NOBODY", "x")));
}

#[tokio::test]
async fn a_renamed_device_keeps_its_serial() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let patch = DevicePatch { name: Some("Pantry".to_owned()), ..DevicePatch::default() };
    assert!(world.simulator.patch_device(KITCHEN, patch));
    let devices = session.get("/api/devices-v2/device").await["devices"].clone();
    assert_eq!(find(&devices, "serialNumber", KITCHEN)["accountName"], "Pantry");
}
