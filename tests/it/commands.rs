//! Commands, read back from the devices of the simulated household.

use std::time::Duration;

use amazon_simulator::{DevicePatch, PlayRequest, Playback};
use mass_alexa::{Account, Transport};

use crate::support::{BEDROOM, BEDROOM_TWO, EVERYWHERE, GARAGE, KITCHEN, STUDIO, World, code_of};

const TELEVISION: &str = "G070VM0000000009";
const PAIR: &str = "5d1f6a0c3b7e4c2f9a8b7c6d5e4f3a21";

#[tokio::test]
async fn buttons_move_what_is_loaded() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world.sim.play(&PlayRequest::new(KITCHEN, "One"));
    let title = || world.device(KITCHEN).track.map(|track| track.title);
    account.transport(KITCHEN, Transport::Pause).await.unwrap();
    assert_eq!(world.device(KITCHEN).playing, Playback::Paused);
    account.transport(KITCHEN, Transport::Play).await.unwrap();
    assert_eq!(world.device(KITCHEN).playing, Playback::Playing);
    account.transport(KITCHEN, Transport::Next).await.unwrap();
    assert_ne!(title().as_deref(), Some("One"));
    account.transport(KITCHEN, Transport::Previous).await.unwrap();
    assert_eq!(title().as_deref(), Some("One"));
}

#[tokio::test]
async fn with_nothing_loaded_pause_is_a_note_and_play_an_error() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let report = account.transport(BEDROOM, Transport::Pause).await.unwrap();
    assert!(report.note.unwrap().contains("nothing to pause on Bedroom"));
    for button in [Transport::Play, Transport::Next, Transport::Previous] {
        assert_eq!(code_of(account.transport(BEDROOM, button).await), "nothing-playing");
    }
    assert!(account.stop(BEDROOM).await.is_ok());
}

#[tokio::test]
async fn volume_reaches_every_member_of_a_group_and_names_those_offline() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let offline = DevicePatch { online: Some(false), ..DevicePatch::default() };
    world.sim.patch_device(STUDIO, offline);
    account.devices(true).await.unwrap();
    let report = account.set_volume(EVERYWHERE, 21).await.unwrap();
    assert_eq!(report.done.len(), 2);
    assert_eq!(report.skipped, [(STUDIO.to_owned(), "Studio is offline.".to_owned())]);
    for serial in &report.done {
        assert_eq!(world.device(serial).volume, 21);
    }
    assert_eq!(world.sim.counters().sequences, 1);
    assert_eq!(code_of(account.set_volume(KITCHEN, 101).await), "bad-volume");
}

#[tokio::test]
async fn without_a_true_mute_each_members_volume_is_remembered() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.mute_flag = false);
    let account = world.signed_in().await;
    let members = world.device(EVERYWHERE).members;
    let volumes = || members.iter().map(|serial| world.device(serial).volume).collect::<Vec<_>>();
    let before = volumes();
    account.set_mute(EVERYWHERE, true).await.unwrap();
    account.set_mute(EVERYWHERE, true).await.unwrap();
    assert_eq!(volumes(), vec![0; members.len()]);
    let states = account.states(Duration::ZERO).await.unwrap();
    let muted: Vec<_> =
        states.iter().filter(|s| s.muted == Some(true)).map(|s| s.serial.clone()).collect();
    assert_eq!(muted.len(), members.len() + 1, "{muted:?}");
    assert_eq!(account.set_mute(EVERYWHERE, false).await.unwrap().note, None);
    assert_eq!(volumes(), before);
    account.set_mute(KITCHEN, true).await.unwrap();
    account.close().await;
    let account = Account::open(&world.store(), &world.settings()).await.unwrap();
    assert_eq!(account.set_mute(KITCHEN, false).await.unwrap().note, None);
    assert_eq!(volumes(), before);
    // One that was never muted keeps its volume; one at 0 gets a modest one.
    let kitchen = world.device(KITCHEN).volume;
    account.set_mute(KITCHEN, false).await.unwrap();
    assert_eq!(world.device(KITCHEN).volume, kitchen);
    account.set_volume(KITCHEN, 0).await.unwrap();
    let note = account.set_mute(KITCHEN, false).await.unwrap().note;
    assert!(note.unwrap().contains("not known"));
    assert_eq!(world.device(KITCHEN).volume, 20);
}

#[tokio::test]
async fn speech_sounds_and_stops_reach_the_members_that_can_hear_them() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let members = world.device(EVERYWHERE).members;
    account.speak(EVERYWHERE, "Dinner & \"music\"").await.unwrap();
    account.play_sound(EVERYWHERE, "bell_02").await.unwrap();
    world.sim.play(&PlayRequest::new(EVERYWHERE, "One"));
    account.stop(EVERYWHERE).await.unwrap();
    for serial in &members {
        let device = world.device(serial);
        assert_eq!(
            (device.spoken, device.sounds),
            (vec!["Dinner & \"music\"".into()], vec!["bell_02".into()])
        );
        assert_ne!(device.playing, Playback::Playing);
    }
    account.speak(PAIR, "Hello").await.unwrap();
    assert_eq!(world.device(PAIR).spoken, ["Hello"]);
}

#[tokio::test]
async fn an_announcement_goes_once_to_each_device() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let targets = [EVERYWHERE, KITCHEN, BEDROOM_TWO].map(String::from);
    let report = account.announce(&targets, "House", "Dinner").await.unwrap();
    assert_eq!(report.done.len(), 4);
    let halves = world.device(PAIR).members;
    let pair: Vec<_> = halves.into_iter().chain([PAIR.to_owned()]).collect();
    assert_eq!(account.announce(&pair, "", "Hello").await.unwrap().done, [PAIR]);
    for serial in &report.done {
        assert_eq!(world.device(serial).announced, ["Dinner"], "{serial}");
    }
    assert_eq!(world.sim.counters().sequences, 2);
}

#[tokio::test]
async fn a_text_command_to_a_group_goes_to_one_listener() {
    let world = World::start().await;
    let account = world.signed_in().await;
    account.text_command(STUDIO, "what time is it").await.unwrap();
    assert_eq!(world.device(STUDIO).text_commands, ["what time is it"]);
    let report = account.text_command(EVERYWHERE, "good night").await.unwrap();
    assert_eq!(report.done.len(), 1);
    assert!(report.note.unwrap().contains("Groups do not listen"));
    assert_eq!(world.device(&report.done[0]).text_commands.last().unwrap(), "good night");
}

#[tokio::test]
async fn offline_and_unknown_devices_are_said_after_a_second_look() {
    let world = World::start().await;
    let account = world.signed_in().await;
    assert_eq!(code_of(account.speak(GARAGE, "x").await), "device-offline");
    assert_eq!(code_of(account.speak("G000", "x").await), "no-such-device");
    assert_eq!(world.sim.counters().sequences, 0);
    assert_eq!(code_of(account.speak(KITCHEN, "  ").await), "bad-text");
    assert_eq!(code_of(account.speak(TELEVISION, "x").await), "not-supported");
}

#[tokio::test]
async fn commands_carry_the_owner_and_the_language_of_the_device() {
    let world = World::start().await;
    let account = world.signed_in().await;
    account.speak(KITCHEN, "Hallo").await.unwrap();
    let sent = world.requests("/api/behaviors/preview");
    let body: serde_json::Value = serde_json::from_str(&sent[0].body).unwrap();
    let sequence: serde_json::Value =
        serde_json::from_str(body["sequenceJson"].as_str().unwrap()).unwrap();
    let payload = &sequence["startNode"]["operationPayload"];
    assert_eq!(payload["customerId"], "A1SIMULATOR001");
    assert_eq!(payload["locale"], "de-DE");
    assert_eq!(world.sim.journal().len(), 2, "the list, then the command");
    assert_eq!(sent[0].host, "eu-api-alexa.amazon.de");
    assert!(sent[0].headers.contains_key("csrf"));
}

#[tokio::test]
async fn a_button_on_a_member_reaches_the_group_it_plays_in() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world.sim.play(&PlayRequest::new(EVERYWHERE, "One"));
    let report = account.transport(KITCHEN, Transport::Pause).await.unwrap();
    assert_eq!(report.done, [EVERYWHERE]);
    assert_eq!(world.device(EVERYWHERE).playing, Playback::Paused);
    assert!(report.note.unwrap().contains("plays in Everywhere"));
}
