use super::*;
use proptest::prelude::*;

fn device(serial: &str, name: &str, family: &str, device_type: &str, capabilities: Value) -> Value {
    json!({"serialNumber": serial, "accountName": name, "deviceFamily": family, "deviceType": device_type,
           "capabilities": capabilities, "online": true, "clusterMembers": [], "parentClusters": []})
}

fn echo(serial: &str, name: &str) -> Value {
    device(
        serial,
        name,
        "ECHO",
        "A3RMGO6LYLH7YN",
        json!(["AUDIO_PLAYER", "MUSIC_SKILL", "VOLUME_SETTING"]),
    )
}

fn household(devices: Vec<Value>) -> Household {
    Household::merge(&json!({"devices": devices}), None, None)
}

#[test]
fn two_devices_of_one_name_are_two() {
    let home = household(vec![echo("G1", "Bedroom"), echo("G2", "Bedroom")]);
    let names: Vec<_> =
        home.all().map(|d| (d.serial.as_str(), d.name.as_str(), d.is_player)).collect();
    assert_eq!(names, [("G1", "Bedroom", true), ("G2", "Bedroom", true)]);
}

#[test]
fn players_need_a_music_player_and_say_why_not() {
    let home = household(vec![
        echo("G1", "Kitchen"),
        device("G2", "New", "ECHO", "AZZNEWMODEL001", json!(["AUDIO_PLAYER"])),
        device("G3", "Old", "ECHO", "X", Value::Null),
        device("G4", "Phone", "VOX", "A2TF17PFR55MTB", json!(["VOLUME_SETTING", "AUDIO_PLAYER"])),
        device("G5", "TV", "FIRE_TV", "A2LWARUGJLBYEW", json!(["VOLUME_SETTING"])),
        device("G6", "Sub", "ECHO", catalogue::SUB, json!(["AUDIO_PLAYER"])),
        device("G7", "Hub", "MYSTERY", "Y", json!(["MICROPHONE"])),
        device("G8", "Sonos", "THIRD_PARTY_AVS_SONOS_BOOTLEG", "Z", json!(["AUDIO_PLAYER"])),
    ]);
    let players: Vec<_> = home.all().filter(|d| d.is_player).map(|d| d.serial.as_str()).collect();
    assert_eq!(players, ["G1", "G2", "G3", "G8"]);
    assert!(
        home.all().filter(|d| !d.is_player).all(|d| d.reason.is_some() && d.features.is_empty())
    );
    assert!(home.get("G3").unwrap().features.contains(&Feature::Volume));
    assert!(!home.get("G2").unwrap().features.contains(&Feature::Volume));
}

#[test]
fn members_come_from_both_sides() {
    let mut one = echo("G1", "One");
    one["parentClusters"] = json!(["WHA1"]);
    let mut group = device("WHA1", "Everywhere", "WHA", catalogue::GROUP, json!(["AUDIO_PLAYER"]));
    group["clusterMembers"] = json!(["G2", "G9"]);
    let home = household(vec![one, echo("G2", "Two"), group.clone()]);
    let everywhere = home.get("WHA1").unwrap();
    assert_eq!(
        (everywhere.kind, everywhere.members.as_slice()),
        (DeviceKind::Group, ["G2", "G9", "G1"].map(String::from).as_slice())
    );
    let expanded: Vec<_> = home.speakers(everywhere).iter().map(|d| d.serial.clone()).collect();
    assert_eq!(expanded, ["G2", "G1"]);
    group["clusterMembers"] = Value::Null;
    assert!(household(vec![group]).get("WHA1").unwrap().members.is_empty());
}

#[test]
fn a_group_is_online_when_a_member_is() {
    let mut group = device("WHA1", "All", "WHA", catalogue::GROUP, json!(["AUDIO_PLAYER"]));
    group["clusterMembers"] = json!(["G1", "G2"]);
    group["online"] = json!(false);
    let mut off = echo("G2", "Two");
    off["online"] = json!(false);
    assert!(
        household(vec![group.clone(), echo("G1", "One"), off.clone()]).get("WHA1").unwrap().online
    );
    group["clusterMembers"] = json!(["G2"]);
    assert!(!household(vec![group, off]).get("WHA1").unwrap().online);
}

#[test]
fn a_group_reaches_into_its_pairs() {
    let members = |serial: &str, device_type: &str, members: &[&str]| {
        let mut group = device(serial, serial, "WHA", device_type, json!(["AUDIO_PLAYER"]));
        group["clusterMembers"] = json!(members);
        group["online"] = json!(false);
        group
    };
    let home = household(vec![
        echo("L", "Left"),
        echo("R", "Right"),
        echo("G1", "One"),
        device("S", "Sub", "ECHO", catalogue::SUB, json!(["AUDIO_PLAYER"])),
        members("PAIR", catalogue::PAIR, &["L", "R", "S"]),
        members("WHA1", catalogue::GROUP, &["PAIR", "L", "G1", "WHA1"]),
        members("LOST", catalogue::GROUP, &["GONE"]),
    ]);
    let serials =
        |devices: Vec<Arc<Device>>| devices.iter().map(|d| d.serial.clone()).collect::<Vec<_>>();
    let group = home.get("WHA1").unwrap();
    assert!(group.online && home.get("PAIR").unwrap().online && !home.get("LOST").unwrap().online);
    assert_eq!(serials(home.speakers(group)), ["L", "R", "G1"]);
    assert_eq!(serials(home.listeners(group)), ["PAIR", "G1"]);
    assert_eq!(serials(home.parents(home.get("L").unwrap())), ["PAIR", "WHA1"]);
}

#[test]
fn model_and_language_are_extras() {
    let endpoints = json!({"data": {"listEndpoints": {"endpoints": [
        {"serialNumber": {"value": {"text": "G1"}}, "model": {"value": {"text": "Echo Future"}}, "manufacturer": {"value": {"text": "Amazon"}}},
        {"serialNumber": null}, null]}}});
    let preferences =
        json!({"devicePreferences": [{"deviceSerialNumber": "G1", "locale": "de-DE"}, {}]});
    let list = json!({"devices": [echo("G1", "One"), echo("G2", "Two")]});
    let home = Household::merge(&list, Some(&endpoints), Some(&preferences));
    let (one, two) = (home.get("G1").unwrap(), home.get("G2").unwrap());
    assert_eq!((one.model.as_deref(), one.locale.as_deref()), (Some("Echo Future"), Some("de-DE")));
    assert_eq!((two.model.as_deref(), two.locale.as_deref()), (Some("Echo (4th gen)"), None));
}

proptest! {
    #[test]
    fn arbitrary_lists_never_panic(text in "[\\[\\]{}\":,a-zA-Z0-9 ]{0,120}") {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let _ = Household::merge(&value, Some(&value), Some(&value));
            let _ = Household::merge(&json!({"devices": [value.clone()]}), None, None);
        }
    }
}

#[test]
fn a_side_call_that_fails_takes_nothing_away() {
    let list =
        json!({"devices": [{"serialNumber": "A", "deviceType": "NEW", "deviceFamily": "ECHO"}]});
    let endpoints = |model: &str| json!({"data": {"listEndpoints": {"endpoints": [{"serialNumber": {"value": {"text": "A"}}, "model": {"value": {"text": model}}, "manufacturer": {"value": {"text": "Amazon"}}}]}}});
    let preferences =
        json!({"devicePreferences": [{"deviceSerialNumber": "A", "locale": "de-DE"}]});
    let before = Household::merge(&list, Some(&endpoints("Echo 9")), Some(&preferences));
    let told = |household: &Household| {
        let device = household.get("A").unwrap();
        (device.model.clone(), device.manufacturer.clone(), device.locale.clone())
    };
    let known = told(&before);
    assert_eq!(known, (Some("Echo 9".into()), Some("Amazon".into()), Some("de-DE".into())));
    let mut after = Household::merge(&list, None, None);
    after.take_extras_of(&before);
    assert_eq!(told(&after), known);
    let mut after = Household::merge(&list, Some(&endpoints("Echo 10")), None);
    after.take_extras_of(&before);
    assert_eq!(told(&after).0.as_deref(), Some("Echo 10"));
    assert_eq!(told(&after).2.as_deref(), Some("de-DE"));
}
