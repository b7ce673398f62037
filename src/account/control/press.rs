//! Buttons: pressed in the way that works, and pressed again as long as nothing newer is wanted.

use std::sync::Arc;

use super::super::Account;
use super::ladder::Ladder;
use super::look::{List, Seen};
use super::numbers::{TRANSPORT_LOOKS, TRIES};
use super::wishes::{Matter, Wish};
use super::{Reached, not_confirmed, serials};
use crate::api::commands::{Button, CommandReport, Transport};
use crate::api::devices::{Device, DeviceKind};
use crate::api::{Playback, PlayerState};
use crate::error::{Error, Result, code};
use crate::players::Board;

/// A step back by more than this is no drift of the clocks, in seconds (*chosen*).
const STEP_BACK: f64 = 1.5;

/// One press of a button.
pub(super) struct Press<'a> {
    pub(super) at: Reached<'a>,
    pub(super) button: Button,
    /// The device, or the group that it plays in.
    pub(super) player: Arc<Device>,
    pub(super) ladder: Ladder,
    /// The speakers that have to be told, where each is told on its own.
    pub(super) left: Vec<Arc<Device>>,
    pub(super) wish: Wish,
    pub(super) before: Option<PlayerState>,
    /// When it was first pressed, in Unix seconds.
    since: f64,
}

impl Account {
    /// Presses a button of what is loaded on a device, or on the group that it plays in. Pausing
    /// where nothing is heard is no failure.
    ///
    /// # Errors
    /// `no-such-device`, `not-supported`, `device-offline`, `nothing-playing`, `not-confirmed` and
    /// those of the session.
    pub async fn transport(&self, serial: &str, button: Transport) -> Result<CommandReport> {
        self.open_for(self.press(serial, button.into())).await
    }

    /// Stops whatever is heard, on each member of a group.
    ///
    /// # Errors
    /// `no-such-device`, `not-supported`, `device-offline`, `not-confirmed` and those of the session.
    pub async fn stop(&self, serial: &str) -> Result<CommandReport> {
        self.open_for(self.press(serial, Button::Stop)).await
    }

    async fn press(&self, serial: &str, button: Button) -> Result<CommandReport> {
        let at = self.reach(serial, button.feature()).await?;
        let (speakers, skipped) = self.split(&at.device.name, at.speakers())?;
        let player = self.heard_through(&at).filter(|_| self.board().is_live());
        let player = player.unwrap_or_else(|| Arc::clone(&at.device));
        let mut concerned = at.household.within(serial);
        if button != Button::Stop {
            // What is done to a group is wanted of all who hear it.
            concerned.extend(at.household.within(&player.serial));
        }
        let wish = self.inner.control.wishes.begin(Matter::Sound, concerned);
        if matches!(button, Button::Play | Button::Next | Button::Previous) {
            self.board().note_stop(serial, None);
        }
        if matches!(button, Button::Next | Button::Previous) {
            // Whether it moved can only be told by where it was.
            self.know_sessions().await;
        }
        let mut press = Press {
            ladder: Ladder::new(button, self.known_rung(&player.serial, button)),
            before: self.board().state(&player.serial),
            since: self.seconds(),
            left: speakers.clone(),
            at,
            button,
            player,
            wish,
        };
        let seen = match self.insist(&mut press).await? {
            Some(seen) => seen,
            None => return press.nothing(),
        };
        self.report(&press, &speakers, skipped, seen)
    }

    /// Presses it until that has its effect. `None` when there is nothing that it could act on.
    async fn insist(&self, press: &mut Press<'_>) -> Result<Option<Seen>> {
        let tries = if press.button.is_idempotent() { TRIES } else { 1 };
        let mut seen = Seen::Unknown;
        for number in 1..=tries {
            let Some(rung) = Box::pin(self.climb(press)).await? else {
                // What was taken before and is gone now has been obeyed.
                return Ok((number > 1).then_some(Seen::Yes));
            };
            let fits = |board: &Board| press.fits(board);
            seen = Box::pin(self.look(&press.wish, List::Sessions, TRANSPORT_LOOKS, &fits)).await;
            if seen != Seen::No {
                if seen != Seen::Replaced {
                    self.note_rung(&press.player.serial, press.button, rung);
                }
                return Ok(Some(seen));
            }
            tracing::debug!(
                serial = press.at.device.serial,
                button = press.button.group(),
                rung = rung.name(),
                number,
                "taken without effect"
            );
            if press.button == Button::Stop {
                press.left.retain(|speaker| is_playing(self.board(), &speaker.serial));
                if !press.at.is_group() && self.heard_through(&press.at).is_some() {
                    // The others go on, and what a member says of itself is no proof (observed).
                    return Ok(Some(Seen::Unknown));
                }
            }
            if number + 1 == tries {
                press.ladder.try_another();
            }
        }
        Ok(Some(seen))
    }

    fn report(
        &self,
        press: &Press<'_>,
        speakers: &[Arc<Device>],
        mut skipped: Vec<(String, String)>,
        seen: Seen,
    ) -> Result<CommandReport> {
        let device = &press.at.device;
        let mut done = vec![press.player.serial.clone()];
        if press.button == Button::Stop {
            let (disobeyed, obeyed): (Vec<_>, Vec<_>) = speakers.iter().cloned().partition(|one| {
                seen == Seen::No && press.left.iter().any(|left| left.serial == one.serial)
            });
            done = serials(&obeyed);
            skipped.extend(
                disobeyed
                    .iter()
                    .map(|one| (one.serial.clone(), format!("{} did not stop.", one.name))),
            );
            if seen != Seen::Replaced {
                self.note_stopped(device, &obeyed);
            }
        }
        if seen == Seen::No && (press.button != Button::Stop || done.is_empty()) {
            return Err(not_confirmed(&press.player.name, press.failed()));
        }
        let confirmed = matches!(seen, Seen::Yes | Seen::No).then_some(true);
        let mut report = CommandReport { done, confirmed, ..CommandReport::default() };
        if press.button != Button::Stop && press.player.serial != device.serial {
            report.remark(&format!("{} plays in {}.", device.name, press.player.name));
        }
        if press.button == Button::Stop {
            report.skipped = skipped;
        }
        Ok(report)
    }

    fn note_stopped(&self, device: &Device, speakers: &[Arc<Device>]) {
        let now = Some(self.seconds());
        self.board().note_stop(&device.serial, now);
        for speaker in speakers {
            self.board().note_stop(&speaker.serial, now);
        }
    }
}

impl Press<'_> {
    fn fits(&self, board: &Board) -> bool {
        let (device, player) = (&self.at.device.serial, &self.player.serial);
        match self.button {
            Button::Play => is_playing(board, player) || is_playing(board, device),
            Button::Pause => !is_playing(board, player) && !is_playing(board, device),
            Button::Stop => self.left.iter().all(|one| !is_playing(board, &one.serial)),
            Button::Next | Button::Previous => match (&self.before, board.state(player)) {
                (Some(before), Some(after)) => self.has_moved(before, &after),
                _ => false,
            },
        }
    }

    fn has_moved(&self, before: &PlayerState, after: &PlayerState) -> bool {
        let item = |state: &PlayerState| {
            (state.title.clone(), state.artist.clone(), state.content_id.clone())
        };
        if item(before) != item(after) {
            return true;
        }
        let (Some(was), Some(is)) = (before.position, position(after, self.since)) else {
            return false;
        };
        let was = position(before, self.since).unwrap_or(was);
        // The first item begins anew; where it had just begun there is nothing to be seen.
        is + STEP_BACK < was || self.button == Button::Previous && was < STEP_BACK
    }

    /// Whether another way can reach what Amazon's own player does not own.
    pub(super) fn is_worth_more(&self, board: &Board) -> bool {
        let playback = |serial| board.state(serial).map(|state| state.playback);
        let (device, player) = (playback(&self.at.device.serial), playback(&self.player.serial));
        let is = |wanted| device == Some(wanted) || player == Some(wanted);
        is(Playback::Playing) || !self.button.is_idempotent() && is(Playback::Paused)
    }

    /// Whether it is known that nothing is loaded.
    pub(super) fn is_idle(&self, board: &Board) -> bool {
        let is_idle = |serial| board.state(serial).is_some_and(|s| s.playback == Playback::Idle);
        is_idle(&self.at.device.serial) && is_idle(&self.player.serial)
    }

    /// Who is told a word: groups do not listen.
    pub(super) fn listeners(&self, board: &Board) -> Vec<Arc<Device>> {
        if self.button == Button::Stop {
            return self.left.clone();
        }
        let device = &self.at.device;
        if device.kind != DeviceKind::Group {
            return vec![Arc::clone(device)];
        }
        let listeners = self.at.household.listeners(device);
        listeners.into_iter().find(|one| board.is_online(one)).into_iter().collect()
    }

    fn nothing(&self) -> Result<CommandReport> {
        let name = &self.at.device.name;
        if !self.button.is_idempotent() {
            return Err(Error::new(
                code::NOTHING_PLAYING,
                format!("Nothing is loaded on {name} that Alexa could control."),
            ));
        }
        tracing::debug!(serial = self.at.device.serial, "nothing to {}", self.button.group());
        Ok(CommandReport {
            done: vec![self.at.device.serial.clone()],
            note: Some(format!("There was nothing to {} on {name}.", self.button.group())),
            confirmed: Some(true),
            ..CommandReport::default()
        })
    }

    fn failed(&self) -> &'static str {
        match self.button {
            Button::Play => "does not play",
            Button::Pause => "did not pause",
            Button::Next | Button::Previous => "stays at the same item",
            Button::Stop => "did not stop",
        }
    }
}

fn is_playing(board: &Board, serial: &str) -> bool {
    board.state(serial).is_some_and(|state| state.playback == Playback::Playing)
}

/// The position at a time, in seconds.
pub(super) fn position(state: &PlayerState, at: f64) -> Option<f64> {
    let passed = if state.playback == Playback::Playing { at - state.updated_at } else { 0.0 };
    Some(state.position? + passed)
}
