//! The model of the devices.

use crate::household::media::Media;
use crate::household::views::{Bluetooth, DeviceSeed, DeviceView, Heard, Playback};
use crate::state::random_hex;

/// A device.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) seed: DeviceSeed,
    pub(crate) account_id: String,
    pub(crate) endpoint_id: String,
    pub(crate) software: String,
    pub(crate) muted: bool,
    pub(crate) dnd: bool,
    pub(crate) bluetooth: Bluetooth,
    pub(crate) playing: Playback,
    pub(crate) media: Option<Media>,
    pub(crate) spoken: Vec<String>,
    pub(crate) announced: Vec<String>,
    pub(crate) text_commands: Vec<String>,
    pub(crate) sounds: Vec<String>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) speaking_until_ms: i64,
    /// Whether announcements come out; the person decides in the app.
    pub(crate) announcements: bool,
    /// The first of two seeks came.
    pub(crate) seek_seen: bool,
    /// Former volume and mute states with their ends, oldest first.
    former: Vec<(i64, u8, bool)>,
    pub(crate) nodes: Vec<String>,
}

/// What the serials of generated devices begin with.
const GENERATED: &str = "G0GEN0";

/// So many former volumes are kept.
const FORMER: usize = 100;

/// Device type of a speaker group.
pub(crate) const GROUP_TYPE: &str = "A3C9PE6TNYLTCH";

impl Device {
    fn new(seed: DeviceSeed) -> Self {
        let hex = random_hex();
        let group = seed.device_type == GROUP_TYPE;
        Self {
            account_id: format!("A2{}", hex.get(..12).unwrap_or_default().to_uppercase()),
            endpoint_id: format!("amzn1.alexa.endpoint.{hex}"),
            software: if group { "0" } else { "9698496900" }.to_owned(),
            muted: false,
            dnd: false,
            bluetooth: Bluetooth::None,
            playing: Playback::Idle,
            media: None,
            spoken: Vec::new(),
            announced: Vec::new(),
            text_commands: Vec::new(),
            sounds: Vec::new(),
            heard: Vec::new(),
            speaking_until_ms: 0,
            announcements: true,
            seek_seen: false,
            former: Vec::new(),
            nodes: Vec::new(),
            seed,
        }
    }

    pub(crate) fn serial(&self) -> &str {
        &self.seed.serial
    }

    /// A speaker group over several rooms.
    pub(crate) fn is_group(&self) -> bool {
        self.seed.device_type == GROUP_TYPE
    }

    pub(crate) fn can(&self, capability: &str) -> bool {
        self.seed.capabilities.iter().any(|c| c == capability)
    }
}

impl Device {
    /// Keeps the present volume as a former one.
    pub(crate) fn remember_volume(&mut self, now_ms: i64) {
        if self.former.len() >= FORMER {
            self.former.remove(0);
        }
        self.former.push((now_ms, self.seed.volume, self.muted));
    }

    /// Volume and mute state at a time.
    fn volume_at(&self, at_ms: i64) -> (u8, bool) {
        let then = self.former.iter().find(|(until_ms, _, _)| *until_ms > at_ms);
        then.map_or((self.seed.volume, self.muted), |(_, volume, muted)| (*volume, *muted))
    }
}

/// All devices.
#[derive(Debug)]
pub(crate) struct Household {
    pub(crate) devices: Vec<Device>,
    pub(crate) owner: &'static str,
}

impl Household {
    /// The default household.
    pub(crate) fn new(owner: &'static str) -> Self {
        let devices = super::defaults::devices().into_iter().map(Device::new).collect();
        Self { devices, owner }
    }

    pub(crate) fn find(&self, serial: &str) -> Option<&Device> {
        self.devices.iter().find(|d| d.seed.serial == serial)
    }

    pub(crate) fn find_mut(&mut self, serial: &str) -> Option<&mut Device> {
        self.devices.iter_mut().find(|d| d.seed.serial == serial)
    }

    /// Adds a device.
    pub(crate) fn add(&mut self, mut seed: DeviceSeed) {
        if seed.capabilities.is_empty() {
            seed.capabilities = super::defaults::capabilities(&seed.family);
        }
        self.devices.push(Device::new(seed));
    }

    /// Leaves what the second account sees: three devices of both and one of its own.
    pub(crate) fn keep_shared(&mut self) {
        self.devices.truncate(3);
        self.add(super::defaults::own());
    }

    /// Adds generated Echos, numbered on from those that are there; returns their serials.
    pub(crate) fn populate(&mut self, count: usize) -> Vec<String> {
        let first = self.devices.iter().filter(|d| d.serial().starts_with(GENERATED)).count() + 1;
        let serials = (first..first + count).map(|n| {
            let serial = format!("{GENERATED}{n:010}");
            self.add(super::defaults::generated(&serial, n));
            serial
        });
        serials.collect()
    }

    /// Removes a device and adds the same one with another serial, as the app does with a group
    /// that is made anew; returns that serial.
    pub(crate) fn recreate(&mut self, serial: &str) -> Option<String> {
        let device = self.devices.iter_mut().find(|d| d.seed.serial == serial)?;
        let mut seed = device.seed.clone();
        seed.serial = random_hex();
        let serial = seed.serial.clone();
        *device = Device::new(seed);
        Some(serial)
    }

    /// Adds the virtual app device of a registration.
    pub(crate) fn add_app(&mut self, serial: &str, name: &str, device_type: &str) {
        self.remove(serial);
        self.add(DeviceSeed {
            serial: serial.to_owned(),
            device_type: device_type.to_owned(),
            name: name.to_owned(),
            family: "VOX".to_owned(),
            model: None,
            manufacturer: "Amazon".to_owned(),
            online: true,
            volume: 0,
            members: Vec::new(),
            capabilities: Vec::new(),
        });
    }

    /// Removes a device.
    pub(crate) fn remove(&mut self, serial: &str) -> bool {
        let before = self.devices.len();
        self.devices.retain(|d| d.seed.serial != serial);
        self.devices.len() < before
    }

    /// Serials of the groups and pairs a device belongs to.
    pub(crate) fn parents(&self, serial: &str) -> Vec<String> {
        let holds = |d: &&Device| d.seed.members.iter().any(|m| m == serial);
        self.devices.iter().filter(holds).map(|d| d.seed.serial.clone()).collect()
    }

    /// Volume as read. A group's own entry does not follow its members: clients call it unreliable
    /// and compute the mean themselves. A pair is one speaker.
    pub(crate) fn volume(&self, device: &Device) -> u8 {
        self.volume_at(device, i64::MAX).0
    }

    /// Mute as read: a group is muted when all members are.
    pub(crate) fn muted(&self, device: &Device) -> bool {
        self.volume_at(device, i64::MAX).1
    }

    /// Volume and mute as they would have been read at a time.
    pub(crate) fn volume_at(&self, device: &Device, at_ms: i64) -> (u8, bool) {
        let (volume, muted) = device.volume_at(at_ms);
        let members = device.seed.members.iter().filter_map(|m| self.find(m));
        let members: Vec<(u8, bool)> = members.map(|d| d.volume_at(at_ms)).collect();
        match mean(&members) {
            None => (volume, muted),
            Some(mean) => {
                let muted = members.iter().all(|(_, muted)| *muted);
                (if device.is_group() { volume } else { mean }, muted)
            }
        }
    }

    /// The mean volume of the members, rounded down; without members the device's own.
    pub(crate) fn mean_volume(&self, device: &Device) -> u8 {
        let members = device.seed.members.iter().filter_map(|m| self.find(m));
        let members: Vec<(u8, bool)> = members.map(|d| (d.seed.volume, d.muted)).collect();
        mean(&members).unwrap_or(device.seed.volume)
    }

    /// Every device for the control interface.
    pub(crate) fn views(&self, now_ms: i64) -> Vec<DeviceView> {
        self.devices.iter().map(|d| self.view(d, now_ms)).collect()
    }

    fn view(&self, device: &Device, now_ms: i64) -> DeviceView {
        DeviceView {
            serial: device.seed.serial.clone(),
            device_type: device.seed.device_type.clone(),
            name: device.seed.name.clone(),
            family: device.seed.family.clone(),
            online: device.seed.online,
            volume: self.volume(device),
            muted: self.muted(device),
            playing: device.playing,
            do_not_disturb: device.dnd,
            announcements: device.announcements,
            bluetooth: device.bluetooth,
            members: device.seed.members.clone(),
            spoken: device.spoken.clone(),
            announced: device.announced.clone(),
            text_commands: device.text_commands.clone(),
            sounds: device.sounds.clone(),
            heard: device.heard.clone(),
            speaking_until_ms: device.speaking_until_ms,
            nodes: device.nodes.clone(),
            track: device.media.as_ref().map(|media| media.view(device.playing, now_ms)),
        }
    }
}

fn mean(members: &[(u8, bool)]) -> Option<u8> {
    let sum: u32 = members.iter().map(|(volume, _)| u32::from(*volume)).sum();
    let mean = sum.checked_div(u32::try_from(members.len()).unwrap_or(0))?;
    u8::try_from(mean).ok()
}
