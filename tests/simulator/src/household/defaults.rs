//! The default account's secrets and household.
//!
//! Product names and device types from public tables of two clients; capability lists shortened
//! from field reports.

use crate::household::model::GROUP_TYPE;
use crate::household::views::DeviceSeed;

/// Sign-in address of the default account.
pub const EMAIL: &str = "alex@example.org";
/// Password of the default account; a log scan looks for it.
pub const PASSWORD: &str = "C4nary-Passw0rd-9f3b71";
/// Authenticator seed of the default account; a log scan looks for it.
pub const OTP_SEED: &str = "CANARYSEEDCANARYSEEDCANARYSEEDCANARYSEEDCANARYSEED22";

/// Serial of the stereo pair.
pub(crate) const PAIR: &str = "5d1f6a0c3b7e4c2f9a8b7c6d5e4f3a21";
/// Serial of the speaker group.
pub(crate) const GROUP: &str = "6c89564531ef42f0acef41e580da58e7";

const SPEAKER: &[&str] = &[
    "AUDIO_PLAYER",
    "MUSIC_SKILL",
    "AMAZON_MUSIC",
    "TUNE_IN",
    "AUDIBLE",
    "KINDLE_BOOKS",
    "I_HEART_RADIO",
    "TIDAL",
    "APPLE_MUSIC",
    "DEEZER",
    "SALMON",
    "VOLUME_SETTING",
    "MICROPHONE",
    "FAR_FIELD_WAKE_WORD",
    "REMINDERS",
    "TIMERS_AND_ALARMS",
    "TIMERS_ALARMS_NOTIFICATIONS_VOLUME",
    "ASCENDING_ALARM_VOLUME",
    "CUSTOM_ALARM_TONE",
    "PAIR_BT_SOURCE",
    "PAIR_BT_SINK",
    "BT_PAIRING_FLOW_V2",
    "SUPPORTS_SOFTWARE_VERSION",
    "SUPPORTS_LOCALE",
    "SET_TIME_ZONE",
    "EQUALIZER_CONTROLLER_BASS",
    "EQUALIZER_CONTROLLER_MIDRANGE",
    "EQUALIZER_CONTROLLER_TREBLE",
    "FLASH_BRIEFING",
    "GADGETS",
    "LEMUR_ALPHA",
    "ALEXA_DEVICE_REBOOT",
    "CHANGE_NAME",
];
const SCREEN: &[&str] = &["DISPLAY_POWER_TOGGLE", "DISPLAY_BRIGHTNESS_ADJUST"];
const GROUPED: &[&str] = &[
    "AUDIO_PLAYER",
    "AMAZON_MUSIC",
    "TUNE_IN",
    "AUDIBLE",
    "KINDLE_BOOKS",
    "I_HEART_RADIO",
    "TIDAL",
    "SIRIUSXM",
    "APPLE_MUSIC",
    "MUSIC_SKILL",
    "VOLUME_SETTING",
    "MICROPHONE",
    "SALMON",
];
const PAIRED: &[&str] = &[
    "AUDIO_PLAYER",
    "TUNE_IN",
    "SALMON",
    "I_HEART_RADIO",
    "PANDORA",
    "AMAZON_MUSIC",
    "VOLUME_SETTING",
    "MUSIC_SKILL",
    "MICROPHONE",
];
const FIRE_TV: &[&str] = &[
    "CHANGE_NAME",
    "MICROPHONE",
    "SUPPORTS_SOFTWARE_VERSION",
    "ARTHUR_TARGET",
    "SUPPORTS_CONNECTED_HOME_CLOUD_ONLY",
    "ACTIVE_AFTER_FRO",
    "FLASH_BRIEFING",
    "VOLUME_SETTING",
];
const APP: &[&str] = &["VOLUME_SETTING", "ADAPTIVE_LISTENING", "MICROPHONE"];

/// The capabilities usual for a family.
pub(crate) fn capabilities(family: &str) -> Vec<String> {
    let owned = |list: &[&str]| list.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
    match family {
        "KNIGHT" => [owned(SPEAKER), owned(SCREEN)].concat(),
        "WHA" => owned(GROUPED),
        "FIRE_TV" => owned(FIRE_TV),
        "VOX" => owned(APP),
        _ => owned(SPEAKER),
    }
}

fn device(
    serial: &str,
    device_type: &str,
    name: &str,
    family: &str,
    model: Option<&str>,
    volume: u8,
) -> DeviceSeed {
    DeviceSeed {
        serial: serial.to_owned(),
        device_type: device_type.to_owned(),
        name: name.to_owned(),
        family: family.to_owned(),
        model: model.map(str::to_owned),
        manufacturer: "Amazon".to_owned(),
        online: true,
        volume,
        members: Vec::new(),
        capabilities: capabilities(family),
    }
}

/// The device that only the second account has.
pub(crate) fn own() -> DeviceSeed {
    device(
        "G0911W0000000021",
        "A4ZXE0RM7LQ7A",
        "Den",
        "ECHO",
        Some("Echo Dot (5th Generation)"),
        15,
    )
}

/// One of many Echos.
pub(crate) fn generated(serial: &str, number: usize) -> DeviceSeed {
    let name = format!("Echo {number}");
    device(serial, "A3RMGO6LYLH7YN", &name, "ECHO", Some("Echo (4th Generation)"), 30)
}

/// The household every simulator starts with.
pub(crate) fn devices() -> Vec<DeviceSeed> {
    let serial = |n: u8| format!("G0911W000000000{n}");
    let echo = "ECHO";
    let of = |n: u8, kind: &str, name: &str, family: &str, model: &str, volume: u8| {
        device(&serial(n), kind, name, family, Some(model), volume)
    };
    let mut pair = device(PAIR, "AP1F6KUH00XPV", "Living Room Pair", echo, None, 40);
    pair.members = vec![serial(5), serial(6)];
    pair.capabilities = PAIRED.iter().map(|c| (*c).to_owned()).collect();
    let mut group = device(GROUP, GROUP_TYPE, "Everywhere", "WHA", None, 30);
    group.members = vec![serial(1), serial(2), serial(4)];
    let mut garage = of(7, "A32DOYMUN6DTXA", "Garage", echo, "Echo Dot (3rd Generation)", 25);
    garage.online = false;
    vec![
        of(1, "A3RMGO6LYLH7YN", "Kitchen", echo, "Echo (4th Generation)", 35),
        of(2, "A4ZXE0RM7LQ7A", "Bedroom", echo, "Echo Dot (5th Generation)", 20),
        of(3, "A1RABVCI4QCIKC", "Bedroom", echo, "Echo Dot (3rd Generation)", 28),
        of(4, "A15996VY63BQ2D", "Studio", "KNIGHT", "Echo Show 8 (2nd Generation)", 45),
        of(5, "A2U21SRK4QGSE1", "Left", echo, "Echo Dot (4th Generation)", 40),
        of(6, "A2U21SRK4QGSE1", "Right", echo, "Echo Dot (4th Generation)", 40),
        pair,
        group,
        device(
            "G070VM0000000009",
            "A2GFL5ZMWNE0PX",
            "Living Room TV",
            "FIRE_TV",
            Some("Fire TV Stick (3rd Generation)"),
            50,
        ),
        device(
            "0f8d2f9b54c74f6f8f4d6a8b9c0d1e2f",
            "A2TF17PFR55MTB",
            "Alex's Phone",
            "VOX",
            None,
            0,
        ),
        garage,
        of(8, "AZZNEWMODEL001", "Attic", echo, "Echo Next (1st Generation)", 33),
    ]
}
