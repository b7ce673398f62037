//! Groups: told member by member, honest about what is not in step, the same after a rebirth.

use std::time::Duration;

use amazon_simulator::{DevicePatch, DeviceSeed, MemberState, PlayRequest, Playback};
use mass_alexa::Transport;

use crate::leaping::Leaping;
use crate::support::{EVERYWHERE, GARAGE, KITCHEN, STUDIO, World, code_of};
use crate::watch::Eyes;

const NEW_GROUP: &str = "7c89564531ef42f0acef41e580da58e8";

#[tokio::test]
async fn s_g1_nothing_on_a_group_fails_without_a_word() {
    let world = World::start().await;
    let account = world.signed_in().await;
    // Music cannot be begun on it from here, and that is said.
    for button in [Transport::Play, Transport::Next] {
        assert_eq!(code_of(account.transport(EVERYWHERE, button).await), "nothing-playing");
    }
    // What its members do on their own is said.
    let report = account.speak(EVERYWHERE, "Hello").await.unwrap();
    let note = report.note.unwrap();
    assert!(note.contains("Everywhere") && note.contains("not in step"), "{note}");
    for serial in &report.done {
        assert!(note.contains(&world.device(serial).name), "{note}");
    }
    assert!(account.play_sound(EVERYWHERE, "bell_02").await.unwrap().note.is_some());
    let announced = account.announce(&[EVERYWHERE.to_owned()], "", "Hello").await.unwrap();
    assert_eq!(announced.note, None);
    assert_eq!(account.speak(KITCHEN, "Hello").await.unwrap().note, None);
}

#[tokio::test]
async fn s_g2_a_group_that_plays_obeys_at_the_group_and_at_its_members() {
    for state in [MemberState::Listed, MemberState::Paused] {
        for watched in [false, true] {
            let world = World::start().await;
            world.sim.knobs(|knobs| knobs.member_state = state);
            let account = world.signed_in().await;
            let mut eyes = None;
            if watched {
                eyes = Some(Eyes::open(&account).await);
            }
            let playing = || world.device(EVERYWHERE).playing;
            for serial in [EVERYWHERE, KITCHEN] {
                world.sim.play(&PlayRequest::new(EVERYWHERE, "One"));
                let report = account.transport(serial, Transport::Pause).await.unwrap();
                let shown = format!("{state:?}, watched: {watched}, {serial}");
                assert_eq!(
                    (report.done, report.confirmed),
                    (vec![EVERYWHERE.to_owned()], Some(true)),
                    "{shown}"
                );
                assert_eq!(playing(), Playback::Paused, "{shown}");
                let report = account.transport(serial, Transport::Play).await.unwrap();
                assert_eq!(
                    (playing(), report.confirmed),
                    (Playback::Playing, Some(true)),
                    "{shown}"
                );
                account.transport(serial, Transport::Next).await.unwrap();
                let report = account.set_volume(STUDIO, 44).await.unwrap();
                assert_eq!(
                    (report.confirmed, world.device(STUDIO).volume),
                    (Some(true), 44),
                    "{shown}"
                );
            }
            let report = account.stop(EVERYWHERE).await.unwrap();
            assert_eq!((report.done.len(), report.confirmed), (3, Some(true)));
            assert_ne!(playing(), Playback::Playing);
            drop(eyes);
        }
    }
}

#[tokio::test]
async fn s_g4_of_four_members_the_three_that_are_there_obey() {
    let world = World::start().await;
    let mut members = world.device(EVERYWHERE).members;
    members.push(GARAGE.to_owned());
    let grown = DevicePatch { members: Some(members), ..DevicePatch::default() };
    world.sim.patch_device(EVERYWHERE, grown);
    let account = world.signed_in().await;
    let away = [(GARAGE.to_owned(), "Garage is offline.".to_owned())];
    let reports = [
        account.set_volume(EVERYWHERE, 21).await.unwrap(),
        account.stop(EVERYWHERE).await.unwrap(),
        account.speak(EVERYWHERE, "Hello").await.unwrap(),
        account.play_sound(EVERYWHERE, "bell_02").await.unwrap(),
        account.announce(&[EVERYWHERE.to_owned()], "", "Hello").await.unwrap(),
        account.set_mute(EVERYWHERE, true).await.unwrap(),
        account.set_mute(EVERYWHERE, false).await.unwrap(),
    ];
    for report in reports {
        assert_eq!(report.done.len(), 3, "{report:?}");
        assert_eq!(report.skipped, away, "{report:?}");
    }
    for serial in world.device(EVERYWHERE).members.iter().filter(|serial| *serial != GARAGE) {
        assert_eq!(world.device(serial).volume, 21);
        assert_eq!(world.device(serial).spoken, ["Hello"]);
    }
    // An event is believed before the list.
    let eyes = Eyes::open(&account).await;
    world.sim.patch_device(STUDIO, DevicePatch { online: Some(false), ..DevicePatch::default() });
    let mut eyes = eyes;
    eyes.until("the studio leaves", |eyes| eyes.has(STUDIO, |state| !state.online)).await;
    let report = account.set_volume(EVERYWHERE, 33).await.unwrap();
    assert_eq!((report.done.len(), report.skipped.len()), (2, 2), "{report:?}");
    let members = world.device(EVERYWHERE).members;
    for serial in &members {
        world
            .sim
            .patch_device(serial, DevicePatch { online: Some(false), ..DevicePatch::default() });
    }
    eyes.until("all leave", |eyes| eyes.has(EVERYWHERE, |state| !state.online)).await;
    let error = account.set_volume(EVERYWHERE, 34).await.unwrap_err();
    assert_eq!((error.code().id(), error.message()), ("device-offline", "Everywhere is offline."));
}

#[tokio::test]
async fn s_g5_a_group_made_anew_under_its_old_name_is_there_once() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(&world).await;
    let everywhere = async |refresh| {
        let devices = account.devices(refresh).await.unwrap();
        let named = devices.iter().filter(|device| device.name == "Everywhere");
        named.map(|device| device.serial.clone()).collect::<Vec<_>>()
    };
    assert_eq!(everywhere(true).await, [EVERYWHERE]);
    world.sim.remove_device(EVERYWHERE);
    let text = format!(
        r#"{{"serial": "{NEW_GROUP}", "type": "A3C9PE6TNYLTCH", "name": "Everywhere", "family": "WHA",
            "members": ["{KITCHEN}", "{STUDIO}"]}}"#
    );
    world.sim.add_device(serde_json::from_str::<DeviceSeed>(&text).unwrap());
    // One list without the old one is no farewell; a second one some time later is.
    everywhere(true).await;
    time.pass(Duration::from_secs(30));
    assert_eq!(everywhere(true).await, [NEW_GROUP]);
    let states = account.states(Duration::ZERO).await.unwrap();
    assert!(states.iter().all(|state| state.serial != EVERYWHERE));
    let report = account.set_volume(NEW_GROUP, 12).await.unwrap();
    assert_eq!(report.done.len(), 2);
    assert_eq!(code_of(account.set_volume(EVERYWHERE, 12).await), "no-such-device");
}

#[tokio::test]
async fn what_is_wanted_through_one_member_ends_what_was_wanted_through_another() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    world.sim.play(&PlayRequest::new(EVERYWHERE, "One"));
    eyes.until("music", |eyes| eyes.has(KITCHEN, |state| state.group.is_some())).await;
    world.sim.knobs(|knobs| {
        knobs.drop_commands.insert(EVERYWHERE.to_owned(), 1);
    });
    let (pausing, playing) = (account.clone(), account.clone());
    let pause = tokio::spawn(async move { pausing.transport(KITCHEN, Transport::Pause).await });
    while world.requests("/api/np/command").is_empty() {
        tokio::task::yield_now().await;
    }
    let report = playing.transport(STUDIO, Transport::Play).await.unwrap();
    assert_eq!(report.done, [EVERYWHERE]);
    assert_eq!(pause.await.unwrap().unwrap().confirmed, None);
    assert_eq!(world.device(EVERYWHERE).playing, Playback::Playing);
    assert_eq!(world.requests("/api/np/command").len(), 2);
}
