//! Devices that come, go and change while somebody watches.

use amazon_simulator::{DevicePatch, DeviceSeed};
use std::time::Duration;

use mass_alexa::DeviceKind;

use crate::leaping::MINUTE;
use crate::pacing::Pace;
use crate::support::{BEDROOM, EVERYWHERE, KITCHEN, World};
use crate::watch::Eyes;

const SECOND: Duration = Duration::from_secs(1);

fn seed(serial: &str, device_type: &str) -> DeviceSeed {
    serde_json::from_value(serde_json::json!({
        "serial": serial, "type": device_type, "name": "Attic", "volume": 12,
    }))
    .unwrap()
}

#[tokio::test]
async fn s_d6_a_new_echo_of_an_unknown_model_is_found_by_the_first_thing_it_does() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    world.sim.add_device(seed("G0911NEW00000001", "ANEWMODEL0001"));
    world.sim.patch_device(
        "G0911NEW00000001",
        DevicePatch { volume: Some(31), ..DevicePatch::default() },
    );
    eyes.until("the new one", |eyes| eyes.has("G0911NEW00000001", |s| s.online)).await;
    assert_eq!(eyes.names["G0911NEW00000001"], "Attic");
    let device = account.devices(false).await.unwrap();
    let device = device.iter().find(|d| d.serial == "G0911NEW00000001").unwrap();
    assert!(device.is_player && device.kind == DeviceKind::Speaker);
    account.set_volume("G0911NEW00000001", 40).await.unwrap();
    eyes.until("its volume", |eyes| eyes.has("G0911NEW00000001", |s| s.volume == Some(40))).await;
}

#[tokio::test]
async fn s_d8_a_removed_echo_is_gone_within_a_minute_of_the_list_without_it() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let pace = Pace::new(&world);
    let account = pace.account(&world).await;
    let mut eyes = Eyes::on(&account);
    pace.until(MINUTE, SECOND, || eyes.sees(|eyes| eyes.names.contains_key(BEDROOM))).await;
    world.sim.remove_device(BEDROOM);
    let devices = account.devices(true).await.unwrap();
    assert!(devices.iter().all(|device| device.serial != BEDROOM));
    let gone = |eyes: &Eyes| !eyes.names.contains_key(BEDROOM);
    let took = pace.until(2 * MINUTE, SECOND, || eyes.sees(gone)).await;
    assert!((8..60).contains(&took.as_secs()), "{took:?}: two lists apart, and no more");
    assert!(eyes.names.contains_key(KITCHEN) && !eyes.players.contains_key(BEDROOM));
}

#[tokio::test]
async fn s_g5_a_group_made_anew_under_its_name_is_one_entry() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let pace = Pace::new(&world);
    let account = pace.account(&world).await;
    let mut eyes = Eyes::on(&account);
    pace.until(MINUTE, SECOND, || eyes.sees(|eyes| eyes.names.contains_key(EVERYWHERE))).await;
    let name = eyes.names[EVERYWHERE].clone();
    let serial = world.sim.recreate_device(EVERYWHERE).unwrap();
    account.devices(true).await.unwrap();
    let is_one = |eyes: &Eyes| {
        eyes.names.contains_key(&serial)
            && !eyes.names.contains_key(EVERYWHERE)
            && eyes.has(&serial, |state| state.volume.is_some())
    };
    pace.until(2 * MINUTE, SECOND, || eyes.sees(is_one)).await;
    assert_eq!(eyes.names.values().filter(|other| **other == name).count(), 1);
}
