//! Whether what is shown is what the household does.

use std::collections::BTreeMap;

use amazon_simulator::{DeviceView, Playback as Plays};
use mass_alexa::{Playback, PlayerState};

use crate::support::World;
use crate::watch::Eyes;

fn is_player(device: &DeviceView) -> bool {
    !["VOX", "FIRE_TV"].contains(&device.family.as_str())
}

/// What a device, a pair or a group is worth together: speakers that can be reached count, or all
/// of them when none can.
struct Whole {
    online: bool,
    volume: u8,
    muted: bool,
}

impl Whole {
    fn of(device: &DeviceView, all: &BTreeMap<&str, &DeviceView>) -> Self {
        let members = device.members.iter().filter_map(|serial| all.get(serial.as_str()).copied());
        let members: Vec<_> = members.collect();
        let reached: Vec<_> = members.iter().filter(|member| member.online).collect();
        let counted: Vec<_> = match (members.is_empty(), reached.is_empty()) {
            (true, _) => vec![device],
            (false, true) => members.clone(),
            (false, false) => reached.into_iter().copied().collect(),
        };
        let sum: u32 = counted.iter().map(|one| u32::from(one.volume)).sum();
        let mean = sum / u32::try_from(counted.len()).unwrap();
        Self {
            online: counted.iter().any(|one| one.online),
            volume: u8::try_from(mean).unwrap(),
            muted: counted.iter().all(|one| one.muted),
        }
    }
}

/// The first difference between what is shown and what is; music is compared on devices that are in
/// no group, and on all while there is none.
pub(super) fn difference(world: &World, eyes: &Eyes) -> Option<String> {
    let devices = world.sim.devices();
    let all: BTreeMap<_, _> = devices.iter().map(|one| (one.serial.as_str(), one)).collect();
    let players: Vec<_> = devices.iter().filter(|device| is_player(device)).collect();
    if let Some(serial) = eyes.players.keys().find(|serial| !all.contains_key(serial.as_str())) {
        return Some(format!("{serial} is shown and gone"));
    }
    let is_any_playing = players.iter().any(|device| device.playing == Plays::Playing);
    for device in players {
        let serial = device.serial.as_str();
        let Some(shown) = eyes.players.get(serial) else {
            return Some(format!("{} ({serial}) is not shown", device.name));
        };
        if eyes.names.get(serial) != Some(&device.name) {
            return Some(format!("{serial} is called {:?}", eyes.names.get(serial)));
        }
        let is_grouped = devices.iter().any(|one| one.members.contains(&device.serial));
        let with_music = !is_grouped || !is_any_playing;
        if let Some(what) = differs(shown, device, &Whole::of(device, &all), with_music) {
            return Some(format!("{} ({serial}): {what}", device.name));
        }
    }
    None
}

fn differs(
    shown: &PlayerState,
    device: &DeviceView,
    whole: &Whole,
    with_music: bool,
) -> Option<String> {
    if shown.online != whole.online {
        return Some(format!("online {}, it is {}", shown.online, whole.online));
    }
    if !shown.online {
        // What is known of it is from before.
        return None;
    }
    if (shown.volume, shown.muted) != (Some(whole.volume), Some(whole.muted)) {
        let is = (whole.volume, whole.muted);
        return Some(format!("volume {:?} {:?}, it is {is:?}", shown.volume, shown.muted));
    }
    if device.members.is_empty() && shown.do_not_disturb != Some(device.do_not_disturb) {
        return Some(format!("do not disturb {:?}", shown.do_not_disturb));
    }
    if with_music {
        let playback = match device.playing {
            Plays::Playing => Playback::Playing,
            Plays::Paused => Playback::Paused,
            Plays::Idle => Playback::Idle,
        };
        let title = device.track.as_ref().filter(|_| device.playing != Plays::Idle);
        let title = title.map(|track| track.title.as_str());
        if shown.playback != playback || title.is_some() && shown.title.as_deref() != title {
            let is = (playback, title);
            return Some(format!("{:?} {:?}, it is {is:?}", shown.playback, shown.title));
        }
    }
    None
}
