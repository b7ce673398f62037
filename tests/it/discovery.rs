//! Devices that come, go and change while somebody watches.

use amazon_simulator::{DevicePatch, DeviceSeed};
use mass_alexa::DeviceKind;

use crate::support::{BEDROOM, EVERYWHERE, KITCHEN, World};
use crate::watch::Eyes;

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
async fn s_d8_a_removed_echo_is_gone_after_one_refresh() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    world.sim.remove_device(BEDROOM);
    let devices = account.devices(true).await.unwrap();
    assert!(devices.iter().all(|device| device.serial != BEDROOM));
    eyes.until("it is gone", |eyes| !eyes.names.contains_key(BEDROOM)).await;
    assert!(eyes.names.contains_key(KITCHEN));
}

#[tokio::test]
async fn s_g5_a_group_made_anew_under_its_name_is_one_entry() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    let name = eyes.names[EVERYWHERE].clone();
    let serial = world.sim.recreate_device(EVERYWHERE).unwrap();
    account.devices(true).await.unwrap();
    eyes.until("the new group", |eyes| eyes.names.contains_key(&serial)).await;
    eyes.until("the old one is gone", |eyes| !eyes.names.contains_key(EVERYWHERE)).await;
    assert_eq!(eyes.names.values().filter(|other| **other == name).count(), 1);
    eyes.until("its volume", |eyes| eyes.has(&serial, |state| state.volume.is_some())).await;
}
