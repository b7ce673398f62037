//! The model of the devices.

use crate::household::media::Media;
use crate::household::views::{Bluetooth, DeviceSeed, DeviceView, Playback};
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
    pub(crate) nodes: Vec<String>,
}

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
        if device.is_group() { device.seed.volume } else { self.mean_volume(device) }
    }

    /// The mean volume of the members, rounded down; without members the device's own.
    pub(crate) fn mean_volume(&self, device: &Device) -> u8 {
        let volumes: Vec<u32> = device
            .seed
            .members
            .iter()
            .filter_map(|m| self.find(m))
            .map(|d| u32::from(d.seed.volume))
            .collect();
        let count = u32::try_from(volumes.len()).unwrap_or(0);
        match volumes.iter().sum::<u32>().checked_div(count) {
            Some(mean) => u8::try_from(mean).unwrap_or(100),
            None => device.seed.volume,
        }
    }

    /// Mute as read: a group is muted when all members are.
    pub(crate) fn muted(&self, device: &Device) -> bool {
        let mut members = device.seed.members.iter().filter_map(|m| self.find(m)).peekable();
        if members.peek().is_none() { device.muted } else { members.all(|d| d.muted) }
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
            bluetooth: device.bluetooth,
            members: device.seed.members.clone(),
            spoken: device.spoken.clone(),
            announced: device.announced.clone(),
            text_commands: device.text_commands.clone(),
            sounds: device.sounds.clone(),
            nodes: device.nodes.clone(),
            track: device.media.as_ref().map(|media| media.view(device.playing, now_ms)),
        }
    }
}
