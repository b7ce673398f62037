//! What the people of a household do with their devices, and their devices by themselves.

use amazon_simulator::{DevicePatch, DeviceSeed, DeviceView, PlayRequest, Playback};

use super::house::House;

/// Most devices that are added to a household.
const MOST_ADDED: usize = 12;
/// Tracks of a queue, each of so many seconds.
const TRACKS: usize = 60;
const TRACK: u64 = 200;

impl House {
    fn speakers(&self) -> Vec<DeviceView> {
        let mut devices = self.world.sim.devices();
        devices
            .retain(|device| device.online && ["ECHO", "KNIGHT", "WHA"].contains(&&*device.family));
        devices
    }

    fn patch(&self, serial: &str, patch: DevicePatch) {
        assert!(self.world.sim.patch_device(serial, patch), "there is no {serial}");
    }

    pub(super) fn any_speaker(&mut self) -> DeviceView {
        let mut speakers = self.speakers();
        speakers.retain(|device| device.members.is_empty());
        self.dice.pick(&speakers).cloned().expect("somebody is there")
    }

    pub(super) fn hand(&mut self) {
        let device = self.any_speaker();
        let level = u8::try_from(self.dice.below(101)).unwrap();
        let patch = match self.dice.below(12) {
            0 => DevicePatch {
                do_not_disturb: Some(!device.do_not_disturb),
                ..DevicePatch::default()
            },
            1 => DevicePatch { muted: Some(!device.muted), ..DevicePatch::default() },
            2 => DevicePatch { say: Some("hello".into()), ..DevicePatch::default() },
            _ => DevicePatch { volume: Some(level), ..DevicePatch::default() },
        };
        self.patch(&device.serial, patch);
    }

    pub(super) fn begin_music(&mut self) {
        self.number += 1;
        let speakers = self.speakers();
        let device = self.dice.pick(&speakers).expect("somebody is there");
        let title = |number| format!("Title {}-{number}", self.number);
        let duration_s = if self.dice.below(4) == 0 { 0 } else { TRACK };
        let queue = (1..TRACKS).map(title).collect();
        let request =
            PlayRequest { duration_s, queue, ..PlayRequest::new(&device.serial, &title(0)) };
        assert!(self.world.sim.play(&request));
    }

    pub(super) fn end_music(&mut self) {
        for device in self.world.sim.devices() {
            if device.playing != Playback::Idle {
                let idle = Some(Playback::Idle);
                self.patch(&device.serial, DevicePatch { playing: idle, ..DevicePatch::default() });
            }
        }
    }

    pub(super) fn press(&mut self) {
        let mut devices = self.speakers();
        devices.retain(|device| device.playing != Playback::Idle && device.track.is_some());
        if let Some(device) = self.dice.pick(&devices) {
            let next = match device.playing {
                Playback::Playing => Playback::Paused,
                _ => Playback::Playing,
            };
            let patch = DevicePatch { playing: Some(next), ..DevicePatch::default() };
            self.patch(&device.serial, patch);
        }
    }

    pub(super) fn churn(&mut self) {
        let group = self.world.sim.devices().into_iter().find(|device| device.family == "WHA");
        let kind = self.dice.below(8);
        match (kind, group) {
            (0 | 1, _) if self.added.len() < MOST_ADDED => self.add(),
            (0..=2, _) => self.remove(),
            (3, Some(group)) => {
                self.world.sim.recreate_device(&group.serial);
            }
            (4, Some(group)) => {
                let one = self.any_speaker().serial;
                let mut members = group.members;
                if members.len() > 2 && members.contains(&one) {
                    members.retain(|member| *member != one);
                } else if !members.contains(&one) {
                    members.push(one);
                }
                let patch = DevicePatch { members: Some(members), ..DevicePatch::default() };
                self.patch(&group.serial, patch);
            }
            (5, _) => {
                let (serial, number) = (self.any_speaker().serial, self.dice.below(1_000));
                let name = Some(format!("Room {number}"));
                self.patch(&serial, DevicePatch { name, ..DevicePatch::default() });
            }
            _ => self.unplug(),
        }
    }

    fn add(&mut self) {
        self.number += 1;
        let serial = format!("G0SOAK{:010}", self.number);
        self.world.sim.add_device(DeviceSeed {
            serial: serial.clone(),
            device_type: "A3RMGO6LYLH7YN".to_owned(),
            name: format!("New {}", self.number),
            family: "ECHO".to_owned(),
            model: Some("Echo (4th Generation)".to_owned()),
            manufacturer: "Amazon".to_owned(),
            online: true,
            volume: 30,
            members: Vec::new(),
            capabilities: Vec::new(),
        });
        self.added.push(serial);
    }

    fn remove(&mut self) {
        if self.added.is_empty() {
            return;
        }
        let at = self.dice.below(u32::try_from(self.added.len()).unwrap());
        let serial = self.added.remove(at as usize);
        for mut group in self.world.sim.devices() {
            if group.members.contains(&serial) {
                group.members.retain(|member| *member != serial);
                let members = Some(group.members);
                self.patch(&group.serial, DevicePatch { members, ..DevicePatch::default() });
            }
        }
        assert!(self.world.sim.remove_device(&serial));
    }

    /// Somebody pulls a plug, or puts all of them back.
    fn unplug(&mut self) {
        let mut away = self.world.sim.devices();
        away.retain(|device| !device.online && device.members.is_empty());
        let online = |online| DevicePatch { online: Some(online), ..DevicePatch::default() };
        if away.is_empty() || self.speakers().len() < 3 {
            let one = self.any_speaker();
            self.patch(&one.serial, online(away.len() > 2));
        }
        for device in away {
            self.patch(&device.serial, online(true));
        }
    }
}
