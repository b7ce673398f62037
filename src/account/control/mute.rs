//! Mute: the true one where a device has it, else a volume of 0 and the memory of the one before.

use std::sync::Arc;
use std::time::Duration;

use super::super::Account;
use super::look::{List, Seen};
use super::numbers::{MODEST_VOLUME, ORDER_LOOKS};
use super::wishes::{Matter, Wish};
use super::{Reached, not_confirmed, offline, serials};
use crate::api::PlayerState;
use crate::api::commands::CommandReport;
use crate::api::devices::{Device, Feature};
use crate::error::{Error, ErrorKind, Result};
use crate::players::Board;

/// What is known of a device before it is silenced or brought back.
struct Before {
    device: Arc<Device>,
    level: Option<u8>,
    muted: Option<bool>,
    /// The volume from before it was silenced here.
    remembered: Option<u8>,
}

impl Account {
    /// Silences a player or brings it back. Not every device can truly be muted: the volume of the
    /// others goes to 0, and the one before is kept with the session.
    ///
    /// # Errors
    /// `no-such-device`, `not-supported`, `device-offline`, `not-confirmed` and those of the session.
    pub async fn set_mute(&self, serial: &str, muted: bool) -> Result<CommandReport> {
        self.open_for(async {
            let at = self.reach(serial, Feature::Mute).await?;
            let (online, skipped) = self.split(&at.device.name, at.speakers())?;
            let wish = self.inner.control.wishes.begin(Matter::Mute, serials(&online));
            self.know_volumes().await?;
            let before = online.into_iter().map(|device| self.before(device)).collect();
            let change = if muted {
                Box::pin(self.silence(&at, &wish, before)).await
            } else {
                Box::pin(self.bring_back(&at, &wish, before)).await
            };
            let mut report = change?;
            report.skipped.extend(skipped);
            Ok(report)
        })
        .await
    }

    /// Reads the volumes, unless events tell them.
    pub(super) async fn know_volumes(&self) -> Result<()> {
        if self.board().is_live() {
            return Ok(());
        }
        Box::pin(self.read_volumes(Duration::ZERO)).await.map(drop)
    }

    fn before(&self, device: Arc<Device>) -> Before {
        let state = self.board().state(&device.serial);
        let of = |get: fn(&PlayerState) -> Option<u8>| state.as_ref().and_then(get);
        let level = of(|state| state.volume);
        // Once somebody turned it up by hand, what was silenced here is silent no longer.
        let is_silent = level.is_none_or(|level| level == 0)
            || self.inner.control.volumes.wanted(&device.serial) == Some(0);
        let remembered = self.live().kept().with(|data| data.muted.get(&device.serial).copied());
        let remembered = remembered.filter(|_| is_silent);
        let muted = state.as_ref().and_then(|state| state.muted);
        Before { device, level, muted, remembered }
    }

    async fn silence(
        &self,
        at: &Reached<'_>,
        wish: &Wish,
        before: Vec<Before>,
    ) -> Result<CommandReport> {
        let mut muted = Vec::new();
        let mut silenced = Vec::new();
        let mut away = Away::default();
        for one in before {
            // What is silent already stays silent in the same way.
            let can = one.remembered.is_none() && self.can_mute(&one.device.serial) != Some(false);
            let Some(level) = one.level.filter(|_| can) else {
                silenced.push(one);
                continue;
            };
            match self.mutes(at, &one.device, level, true).await {
                Ok(true) => muted.push(one),
                Ok(false) => silenced.push(one),
                Err(error) => away.leave_out(&one.device, error)?,
            }
        }
        let serials = serials(&muted.iter().map(|one| Arc::clone(&one.device)).collect::<Vec<_>>());
        let is_muted = |board: &Board, serial: &str| {
            board.state(serial).and_then(|state| state.muted) == Some(true)
        };
        let mut seen = Seen::Yes;
        if !muted.is_empty() {
            let fits = |board: &Board| serials.iter().all(|serial| is_muted(board, serial));
            seen = self.look(wish, List::Volumes, ORDER_LOOKS, &fits).await;
        }
        let mut done = Vec::new();
        for one in muted {
            let serial = one.device.serial.clone();
            if seen == Seen::No && !is_muted(self.board(), &serial) {
                // Taken and not done: undone, in case it only comes late.
                self.note_mute(&serial, false);
                let level = one.level.unwrap_or(MODEST_VOLUME);
                let _ = self.mutes(at, &one.device, level, false).await;
                silenced.push(one);
                continue;
            }
            if matches!(seen, Seen::Yes | Seen::No) {
                self.note_mute(&serial, true);
            }
            done.push(serial);
        }
        let confirmed = matches!(seen, Seen::Yes | Seen::No).then_some(true);
        let mut report = CommandReport { done, confirmed, ..CommandReport::default() };
        if !silenced.is_empty() && seen != Seen::Replaced {
            // Before it is sent, so that no volume is lost when the command is cut off.
            self.remember(&silenced);
            let levels: Vec<_> = silenced.into_iter().map(|one| (one.device, 0)).collect();
            let set = self.set_levels(&at.device.name, &levels, Vec::new()).await;
            merge(&mut report, set)?;
        }
        away.told(report)
    }

    async fn bring_back(
        &self,
        at: &Reached<'_>,
        wish: &Wish,
        before: Vec<Before>,
    ) -> Result<CommandReport> {
        let mut report = CommandReport { confirmed: Some(true), ..CommandReport::default() };
        let mut unmuted = Vec::new();
        let mut levels = Vec::new();
        let mut away = Away::default();
        let mut is_guess = false;
        for one in before {
            let serial = one.device.serial.clone();
            let shown = one.level.filter(|level| *level > 0);
            let is_muted = one.remembered.is_none() && one.muted != Some(false);
            let can = is_muted && self.can_mute(&serial) != Some(false);
            if let Some(level) = one.level.filter(|_| can) {
                match self.mutes(at, &one.device, level, false).await {
                    Ok(true) => {
                        unmuted.push(one.device);
                        continue;
                    }
                    Ok(false) => {}
                    Err(error) => {
                        away.leave_out(&one.device, error)?;
                        continue;
                    }
                }
            }
            if !is_muted && one.remembered.is_none() && shown.is_some() {
                // It can be heard.
                report.done.push(serial);
            } else {
                let level = one.remembered.or(shown);
                is_guess |= level.is_none();
                levels.push((one.device, level.unwrap_or(MODEST_VOLUME)));
            }
        }
        if !unmuted.is_empty() {
            let heard = |board: &Board, device: &Device| {
                board.state(&device.serial).and_then(|state| state.muted) != Some(true)
            };
            let fits = |board: &Board| unmuted.iter().all(|device| heard(board, device));
            let seen = self.look(wish, List::Volumes, ORDER_LOOKS, &fits).await;
            let (back, silent): (Vec<_>, Vec<_>) =
                unmuted.iter().partition(|one| seen != Seen::No || heard(self.board(), one));
            if back.is_empty() && levels.is_empty() && report.done.is_empty() {
                return Err(not_confirmed(&at.device.name, "stays muted"));
            }
            report.confirmed = matches!(seen, Seen::Yes | Seen::No).then_some(true);
            report.done.extend(back.iter().map(|one| one.serial.clone()));
            report.skipped.extend(
                silent.iter().map(|one| (one.serial.clone(), format!("{} stays muted.", one.name))),
            );
        }
        if !levels.is_empty() {
            let set = self.set_levels(&at.device.name, &levels, Vec::new()).await;
            merge(&mut report, set)?;
            self.forget_mutes(&report.done);
            if is_guess {
                report.remark(&format!(
                    "The volume before muting is not known, so it is {MODEST_VOLUME} now."
                ));
            }
        }
        away.told(report)
    }

    /// Switches the true mute of a device; false where it has none.
    async fn mutes(
        &self,
        at: &Reached<'_>,
        device: &Device,
        level: u8,
        muted: bool,
    ) -> Result<bool> {
        match at.commander.mute(device, level, muted).await {
            Ok(()) => Ok(true),
            Err(error) if is_missing(&error) => {
                self.note_mute(&device.serial, false);
                Ok(false)
            }
            // A trouble that passes tells nothing about the device. There is another way to silence
            // it, but what is truly muted is brought back by nothing else.
            Err(error) if muted && error.kind() == ErrorKind::AmazonUnavailable => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn remember(&self, silenced: &[Before]) {
        for one in silenced {
            let serial = &one.device.serial;
            // The volume of a speech is none to come back to.
            let level = self.noted_restore(serial).or(one.level);
            self.forget_restores(std::slice::from_ref(serial));
            // Muting twice must not forget the volume from before the first time.
            if let Some(level) = level.filter(|level| *level > 0) {
                self.live().kept().with(|data| data.muted.insert(serial.clone(), level));
            }
        }
        self.show_mutes();
    }

    pub(super) fn forget_mutes(&self, serials: &[String]) {
        self.live().kept().with(|data| data.muted.retain(|serial, _| !serials.contains(serial)));
        self.show_mutes();
    }

    /// Shows what was muted here as muted: to Amazon it is a volume of 0.
    fn show_mutes(&self) {
        let muted = self.live().kept().with(|data| data.muted.keys().cloned().collect());
        self.board().set_silenced(muted);
    }
}

/// Members that turned out to be away; the others do it all the same.
#[derive(Default)]
struct Away {
    skipped: Vec<(String, String)>,
    error: Option<Error>,
}

impl Away {
    /// # Errors
    /// Any other error than that the device is away.
    fn leave_out(&mut self, device: &Device, error: Error) -> Result<()> {
        if error.kind() != ErrorKind::DeviceOffline {
            return Err(error);
        }
        let error = offline(&device.name);
        self.skipped.push((device.serial.clone(), error.message().to_owned()));
        self.error.get_or_insert(error);
        Ok(())
    }

    /// # Errors
    /// `device-offline` where nobody is left who did it.
    fn told(self, mut report: CommandReport) -> Result<CommandReport> {
        report.skipped.extend(self.skipped);
        match self.error {
            Some(error) if report.done.is_empty() => Err(error),
            _ => Ok(report),
        }
    }
}

/// Whether a device has no such switch, as far as a refusal can tell.
fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::UnexpectedAnswer)
}

/// Adds what became of some devices to what became of others.
fn merge(report: &mut CommandReport, other: Result<CommandReport>) -> Result<()> {
    match other {
        Ok(other) => {
            report.done.extend(other.done);
            report.skipped.extend(other.skipped);
            report.confirmed = report.confirmed.and(other.confirmed);
            Ok(())
        }
        Err(error) if report.done.is_empty() => Err(error),
        Err(error) => {
            report.remark(error.message());
            Ok(())
        }
    }
}
