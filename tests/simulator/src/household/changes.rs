//! What people in the house do to the devices, and the events it brings.

use crate::household::operation;
use crate::household::views::{Bluetooth, DevicePatch, Playback};
use crate::push::events;
use crate::state::State;

impl State {
    /// Changes a device from outside, as somebody in the house would.
    pub(crate) fn patch_device(&mut self, serial: &str, patch: DevicePatch) -> bool {
        let Some(device) = self.household.find_mut(serial) else {
            return false;
        };
        if let Some(name) = patch.name {
            device.seed.name = name;
        }
        if let Some(capabilities) = patch.capabilities {
            device.seed.capabilities = capabilities;
        }
        if let Some(members) = patch.members {
            device.seed.members = members;
        }
        if let Some(announcements) = patch.announcements {
            device.announcements = announcements;
        }
        if let Some(online) = patch.online {
            device.seed.online = online;
            if !online {
                self.drop_audio(serial);
            }
            events::connection(self, serial);
        }
        if let Some(enabled) = patch.do_not_disturb {
            self.set_do_not_disturb(serial, enabled);
        }
        if let Some(bluetooth) = patch.bluetooth {
            self.set_bluetooth(serial, bluetooth);
        }
        if let Some(playing) = patch.playing {
            self.set_playing(serial, playing);
        }
        if patch.volume.is_some() || patch.muted.is_some() {
            self.set_volume(serial, patch.volume, patch.muted);
        }
        if let Some(said) = patch.say {
            events::voice(self, serial);
            operation::spoken_command(self, serial, &said);
        }
        true
    }

    /// Switches do not disturb.
    pub(crate) fn set_do_not_disturb(&mut self, serial: &str, enabled: bool) {
        if let Some(device) = self.household.find_mut(serial) {
            device.dnd = enabled;
        }
        events::do_not_disturb(self, serial);
    }

    fn set_playing(&mut self, serial: &str, playing: Playback) {
        let now_ms = self.clock.now_ms();
        if let Some(device) = self.household.find_mut(serial) {
            device.set_playing(playing, now_ms);
        }
        self.tell_playback(serial);
        if playing == Playback::Idle {
            events::sessions_updated(self);
        }
    }

    fn set_bluetooth(&mut self, serial: &str, bluetooth: Bluetooth) {
        let Some(device) = self.household.find_mut(serial) else {
            return;
        };
        let before = std::mem::replace(&mut device.bluetooth, bluetooth);
        let event = match (before, bluetooth) {
            (_, Bluetooth::None) => "DEVICE_DISCONNECTED",
            (Bluetooth::None, _) => "DEVICE_CONNECTED",
            _ => "STREAMING_STATE_CHANGED",
        };
        events::bluetooth(self, serial, event);
    }

    /// Sets volume and mute of one device and tells the push streams.
    pub(crate) fn set_volume(&mut self, serial: &str, volume: Option<u8>, muted: Option<bool>) {
        let now_ms = self.clock.now_ms();
        let quantised = self.knobs.quantise.iter().any(|one| one == serial);
        let Some(device) = self.household.find_mut(serial) else {
            return;
        };
        device.remember_volume(now_ms);
        if let Some(volume) = volume.map(|volume| volume.min(100)) {
            device.seed.volume = if quantised { in_thirty_steps(volume) } else { volume };
        }
        if let Some(muted) = muted {
            device.muted = muted;
        }
        events::volume(self, serial);
    }
}

/// The next of 30 equal steps: 18 becomes 17, 65 becomes 67, 76 becomes 77 (field report).
fn in_thirty_steps(volume: u8) -> u8 {
    let step = (u32::from(volume) * 30 + 50) / 100;
    u8::try_from((step * 100 + 15) / 30).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_steps_are_those_of_the_report() {
        assert_eq!([0, 18, 65, 76, 100].map(in_thirty_steps), [0, 17, 67, 77, 100]);
        assert!((0..=100).all(|v| in_thirty_steps(v).abs_diff(v) <= 2));
    }
}
