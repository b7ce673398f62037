//! What was ordered and happens when the simulated clock gets there.

use crate::household::media::Media;
use crate::household::sequence::{self, Step};
use crate::household::transport::Transport;
use crate::household::views::Playback;
use crate::state::State;

/// A thing to do.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    /// A node of a sequence.
    Node(Step),
    /// A transport command.
    Transport(Transport),
    /// The player goes back to what it did before a command.
    Undo(Playback, Option<Media>),
}

/// A thing to do on a device, and when.
#[derive(Debug, Clone)]
pub(crate) struct Later {
    at_ms: i64,
    serial: String,
    deed: Deed,
}

impl State {
    /// Does something now, or when its time comes.
    pub(crate) fn at(&mut self, at_ms: i64, serial: &str, deed: Deed) {
        let later = Later { at_ms, serial: serial.to_owned(), deed };
        if at_ms <= self.clock.now_ms() {
            self.perform(later);
        } else {
            self.later.push(later);
        }
    }

    /// Does what is due by now, in the order of its times.
    pub(crate) fn perform_due(&mut self) {
        let now_ms = self.clock.now_ms();
        let (mut due, waiting): (Vec<Later>, Vec<Later>) =
            std::mem::take(&mut self.later).into_iter().partition(|later| later.at_ms <= now_ms);
        self.later = waiting;
        due.sort_by_key(|later| later.at_ms);
        for later in due {
            self.perform(later);
        }
    }

    /// The time at which a command that comes now takes effect.
    pub(crate) fn effect_ms(&self) -> i64 {
        let delay_ms = i64::try_from(self.knobs.command_delay_ms).unwrap_or(0);
        self.clock.now_ms().saturating_add(delay_ms)
    }

    /// A player command was accepted. It takes effect soon, and perhaps not for long.
    pub(crate) fn accept(&mut self, serial: &str, command: Transport) {
        let at_ms = self.effect_ms();
        let before = self.household.find(serial).map(|d| (d.playing, d.media.clone()));
        self.at(at_ms, serial, Deed::Transport(command));
        let seconds = self.knobs.undo_commands.get(serial).copied();
        if let (Some(seconds), Some((playing, media))) = (seconds, before) {
            let undo_ms = i64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
            self.at(at_ms.saturating_add(undo_ms), serial, Deed::Undo(playing, media));
        }
    }

    fn perform(&mut self, later: Later) {
        let serial = later.serial.as_str();
        match later.deed {
            Deed::Node(step) => sequence::carry_out(self, serial, &step),
            Deed::Transport(command) => {
                self.transport(serial, command);
            }
            Deed::Undo(playing, media) => {
                if let Some(device) = self.household.find_mut(serial) {
                    device.playing = playing;
                    device.media = media;
                }
                self.tell_playback(serial);
            }
        }
    }
}
