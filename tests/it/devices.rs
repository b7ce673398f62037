//! Discovery and state.

use std::collections::BTreeSet;
use std::time::Duration;

use amazon_simulator::{DevicePatch, Fault, FaultKind, Options, PlayRequest};
use mass_alexa::{Account, DeviceKind, Playback};

use crate::support::{BEDROOM, BEDROOM_TWO, EVERYWHERE, GARAGE, KITCHEN, World, code_of};

async fn players(account: &Account) -> Vec<(String, String)> {
    let devices = account.devices(true).await.unwrap();
    devices.iter().filter(|d| d.is_player).map(|d| (d.serial.clone(), d.name.clone())).collect()
}

#[tokio::test]
async fn s_d7_every_speaker_is_a_player_and_the_rest_says_why_not() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let devices = account.devices(false).await.unwrap();
    let players: Vec<_> = devices.iter().filter(|d| d.is_player).collect();
    assert_eq!(players.len(), 10);
    let kinds = |kind| players.iter().filter(|d| d.kind == kind).count();
    assert_eq!(
        (kinds(DeviceKind::Group), kinds(DeviceKind::Pair), kinds(DeviceKind::Display)),
        (1, 1, 1)
    );
    let others: Vec<_> = devices.iter().filter(|d| !d.is_player).map(|d| d.kind).collect();
    assert!(
        others.iter().all(|kind| matches!(kind, DeviceKind::App | DeviceKind::FireTv)),
        "{others:?}"
    );
    assert!(devices.len() >= 12 && devices.iter().all(|d| d.is_player == d.reason.is_none()));
    let kitchen = devices.iter().find(|d| d.serial == KITCHEN).unwrap();
    assert_eq!(kitchen.model.as_deref(), Some("Echo (4th Generation)"));
    assert!(kitchen.online && !devices.iter().find(|d| d.serial == GARAGE).unwrap().online);
}

#[tokio::test]
async fn s_d2_s_d3_two_of_one_name_are_two_and_a_new_name_is_the_same_player() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let before = players(&account).await;
    assert!(before.contains(&(BEDROOM.into(), "Bedroom".into())));
    assert!(before.contains(&(BEDROOM_TWO.into(), "Bedroom".into())));
    world.sim.patch_device(
        BEDROOM,
        DevicePatch { name: Some("Attic".into()), ..DevicePatch::default() },
    );
    let after = players(&account).await;
    assert!(after.contains(&(BEDROOM.into(), "Attic".into())));
    assert_eq!(before.len(), after.len());
}

#[tokio::test]
async fn s_d1_every_optional_call_may_fail_in_every_way() {
    let faults = || {
        vec![
            Fault::on("", FaultKind::Status).status(503),
            Fault::on("", FaultKind::Status).status(404),
            Fault::on("", FaultKind::Status).status(403),
            Fault::on("", FaultKind::Status).status(401),
            Fault::on("", FaultKind::SignInRedirect),
            Fault::on("", FaultKind::Html),
            Fault::on("", FaultKind::Empty),
            Fault::on("", FaultKind::Close),
            Fault::on("", FaultKind::Body).body("[1,{\"devicePreferences\":null}]"),
            Fault::on("", FaultKind::Body).body("null"),
            Fault::on("", FaultKind::Body).body("{}"),
            Fault::on("", FaultKind::Body).body("[]"),
            Fault::on("", FaultKind::Status).status(500),
        ]
    };
    let world = World::start().await;
    let account = world.signed_in().await;
    let all = players(&account).await;
    let optional = [
        "/nexus",
        "/api/device-preferences",
        "/api/devices/deviceType",
        "/api/np/",
        "/api/language",
    ];
    for kind in faults() {
        for path in optional {
            world.fault(Fault { path_prefix: Some(path.to_owned()), ..kind.clone() });
        }
        assert_eq!(players(&account).await, all, "{kind:?}");
        let lists = account.states(Duration::ZERO).await;
        assert!(
            lists.is_err() || lists.unwrap().iter().all(|state| state.volume.is_none()),
            "{kind:?}"
        );
        world.sim.clear_faults();
    }
    let states = account.states(Duration::ZERO).await.unwrap();
    assert!(states.iter().all(|state| state.playback == Playback::Idle && state.volume.is_some()));
}

#[tokio::test]
async fn a_missing_device_list_is_an_error_and_not_an_empty_home() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world.fault(Fault::on("/api/devices-v2", FaultKind::Body).body("{}"));
    assert_eq!(code_of(account.devices(true).await), "unexpected-answer");
    world.sim.clear_faults();
    assert_eq!(players(&account).await.len(), 10);
}

#[tokio::test]
async fn the_list_alone_is_one_request_and_forgets_nothing() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let whole = account.devices(false).await.unwrap();
    let before = world.sim.journal().len();
    let patch = DevicePatch { name: Some("Galley".to_owned()), ..DevicePatch::default() };
    world.sim.patch_device(KITCHEN, patch);
    let listed = account.outline(true).await.unwrap();
    let asked: Vec<_> = world.sim.journal().split_off(before);
    assert_eq!(
        asked.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(),
        ["/api/devices-v2/device"]
    );
    let named = |list: &[std::sync::Arc<mass_alexa::Device>]| {
        list.iter()
            .find(|one| one.serial == KITCHEN)
            .map(|one| (one.name.clone(), one.model.clone()))
    };
    let (name, model) = named(&listed).unwrap();
    assert_eq!(name, "Galley");
    assert!(model.is_some() && model == named(&whole).unwrap().1);
    account.outline(false).await.unwrap();
    assert_eq!(world.sim.journal().len(), before + 1);
}

#[tokio::test]
async fn shows_what_is_playing() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut request = PlayRequest::new(KITCHEN, "Moonlight");
    request.artist = "Nobody".into();
    request.duration_s = 268;
    world.sim.play(&request);
    let states = account.states(Duration::ZERO).await.unwrap();
    let kitchen = states.iter().find(|state| state.serial == KITCHEN).unwrap();
    assert_eq!(
        (kitchen.playback, kitchen.title.as_deref()),
        (Playback::Playing, Some("Moonlight"))
    );
    assert_eq!((kitchen.artist.as_deref(), kitchen.duration), (Some("Nobody"), Some(268.0)));
    assert_eq!(states.iter().filter(|state| state.playback == Playback::Playing).count(), 1);
}

#[tokio::test]
async fn state_is_two_requests_for_all_players_and_kept_while_fresh() {
    let world = World::start().await;
    let account = world.signed_in().await;
    account.devices(false).await.unwrap();
    world.sim.clear_journal();
    for _ in 0..5 {
        account.states(Duration::from_secs(60)).await.unwrap();
    }
    assert_eq!(world.sim.journal().len(), 2);
}

#[tokio::test]
async fn a_group_has_the_mean_volume_of_its_members() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let group = world.device(EVERYWHERE);
    let volumes: Vec<u32> =
        group.members.iter().map(|serial| world.device(serial).volume.into()).collect();
    let mean = volumes.iter().sum::<u32>() / u32::try_from(volumes.len()).unwrap();
    let states = account.states(Duration::ZERO).await.unwrap();
    let state = states.iter().find(|state| state.serial == EVERYWHERE).unwrap();
    assert_eq!(state.volume.map(u32::from), Some(mean));
}

#[tokio::test]
async fn one_of_the_two_state_lists_may_be_missing_but_not_both() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world.fault(Fault::on("/api/np/", FaultKind::Status).status(503));
    let states = account.states(Duration::ZERO).await.unwrap();
    assert!(states.iter().all(|s| s.playback == Playback::Unknown && s.volume.is_some()));
    world.fault(Fault::on("/api/devices/deviceType", FaultKind::Status).status(503));
    assert_eq!(code_of(account.states(Duration::ZERO).await), "amazon-down");
}

#[tokio::test]
async fn s_d5_two_accounts_that_share_devices_do_not_disturb_each_other() {
    let world = World::start().await;
    let other = World::start_with(Options { second_account: true, ..Options::default() }).await;
    let (one, two) = (world.signed_in().await, other.signed_in().await);
    assert_ne!(one.info().customer_id, two.info().customer_id);
    let serials = |list: Vec<(String, String)>| list.into_iter().map(|(serial, _)| serial);
    let of_one: BTreeSet<_> = serials(players(&one).await).collect();
    let of_two: BTreeSet<_> = serials(players(&two).await).collect();
    assert_eq!(of_one.intersection(&of_two).count(), 3);
    assert!(of_two.len() > 3);
    let shared = of_one.intersection(&of_two).next().unwrap();
    two.sign_out().await.unwrap();
    one.set_volume(shared, 33).await.unwrap();
    assert_eq!(players(&one).await.len(), of_one.len());
}
