//! The commands of an account.

use std::sync::Arc;
use std::time::Duration;

use super::Account;
use crate::api::commands::{CommandReport, Commander, Transport};
use crate::api::devices::{Device, Feature};
use crate::api::household::Household;
use crate::api::state::PlayerState;
use crate::error::{Error, Result, code};

/// A device is looked up anew before it is called offline or unknown, unless the list is younger
/// (*chosen*).
const FRESH_LIST: Duration = Duration::from_secs(30);
/// Volume after unmuting when the one before is not known (*chosen*: audible, not loud).
const MODEST_VOLUME: u8 = 20;

impl Account {
    /// Presses a button of Amazon's own player.
    ///
    /// # Errors
    /// `no-such-device`, `device-offline`, `nothing-playing` and those of the session.
    pub async fn transport(&self, serial: &str, button: Transport) -> Result<CommandReport> {
        let (commander, device) = self.reach(serial, button.feature()).await?;
        self.board().note_stop(serial, None);
        self.open_for(commander.transport(&device, button)).await
    }

    /// Stops whatever is heard.
    ///
    /// # Errors
    /// `no-such-device`, `device-offline` and those of the session.
    pub async fn stop(&self, serial: &str) -> Result<CommandReport> {
        let (commander, device) = self.reach(serial, Feature::Stop).await?;
        let report = self.open_for(commander.stop(&device)).await?;
        self.board().note_stop(serial, Some(self.seconds()));
        Ok(report)
    }

    /// Sets the volume, 0 to 100.
    ///
    /// # Errors
    /// `bad-volume`, `no-such-device`, `device-offline` and those of the session.
    pub async fn set_volume(&self, serial: &str, level: u8) -> Result<CommandReport> {
        let (commander, device) = self.reach(serial, Feature::Volume).await?;
        let report = self.open_for(commander.volume(&device, level)).await?;
        self.forget_mutes(&report.done);
        Ok(report)
    }

    /// Silences a player or brings its volume back. Amazon has no such command for all devices, so
    /// the volume goes to 0 and the one before is kept with the session.
    ///
    /// # Errors
    /// `no-such-device`, `device-offline` and those of the session.
    pub async fn set_mute(&self, serial: &str, muted: bool) -> Result<CommandReport> {
        let (commander, device) = self.reach(serial, Feature::Mute).await?;
        let members = commander.household.speakers(&device);
        let states = self.states(Duration::ZERO).await?;
        if muted {
            self.remember_volumes(&members, &states);
            return self.open_for(commander.volume(&device, 0)).await;
        }
        let levels = self.remembered_volumes(&members, &states);
        let guessed = levels.iter().any(|(_, level)| level.is_none());
        let levels: Vec<_> = levels
            .into_iter()
            .map(|(member, level)| (member, level.unwrap_or(MODEST_VOLUME)))
            .collect();
        let mut report = self.open_for(commander.volumes(&levels)).await?;
        self.forget_mutes(&report.done);
        if guessed {
            report.note = Some(format!(
                "The volume before muting is not known, so it is {MODEST_VOLUME} now."
            ));
        }
        Ok(report)
    }

    /// Notes volumes before they are set to 0, so that none is lost when the command is cut off.
    fn remember_volumes(&self, members: &[Arc<Device>], states: &[PlayerState]) {
        self.inner.live.kept().with(|data| {
            for member in members {
                let state = states.iter().find(|state| state.serial == member.serial);
                // Muting twice must not forget the volume from before the first time.
                if let Some(level) = state.and_then(|s| s.volume).filter(|level| *level > 0) {
                    data.muted.insert(member.serial.clone(), level);
                }
            }
        });
        self.show_mutes();
    }

    fn forget_mutes(&self, serials: &[String]) {
        self.inner
            .live
            .kept()
            .with(|data| data.muted.retain(|serial, _| !serials.contains(serial)));
        self.show_mutes();
    }

    /// Shows what was muted here as muted: to Amazon it is a volume of 0.
    fn show_mutes(&self) {
        let muted = self.inner.live.kept().with(|data| data.muted.keys().cloned().collect());
        self.board().set_silenced(muted);
    }

    /// The volume to go back to: the one from before muting here, or the one that a device muted by
    /// voice still shows.
    fn remembered_volumes(
        &self,
        members: &[Arc<Device>],
        states: &[PlayerState],
    ) -> Vec<(Arc<Device>, Option<u8>)> {
        let remembered = self.inner.live.kept().with(|data| data.muted.clone());
        let shown = |serial: &str| {
            states.iter().find(|state| state.serial == serial)?.volume.filter(|level| *level > 0)
        };
        let level =
            |member: &Device| remembered.get(&member.serial).copied().or(shown(&member.serial));
        members.iter().map(|member| (Arc::clone(member), level(member))).collect()
    }

    /// Says a text.
    ///
    /// # Errors
    /// `bad-text`, `no-such-device`, `device-offline` and those of the session.
    pub async fn speak(&self, serial: &str, text: &str) -> Result<CommandReport> {
        let (commander, device) = self.reach(serial, Feature::Speak).await?;
        self.open_for(commander.speak(&device, text)).await
    }

    /// Announces a text after a chime, on several devices at once.
    ///
    /// # Errors
    /// `bad-text`, `no-such-device`, `device-offline` and those of the session.
    pub async fn announce(
        &self,
        serials: &[String],
        title: &str,
        text: &str,
    ) -> Result<CommandReport> {
        if serials.is_empty() {
            return Err(Error::new(
                code::NO_SUCH_DEVICE,
                "There is no device to announce this on.",
            ));
        }
        let household = self.household_with(serials).await?;
        let devices = serials
            .iter()
            .map(|serial| able(&household, serial, Feature::Announce))
            .collect::<Result<Vec<_>>>()?;
        let commander = self.commander(household);
        self.open_for(commander.announce(&devices, title, text)).await
    }

    /// Takes a text as if it had been spoken to the device.
    ///
    /// # Errors
    /// `bad-text`, `no-such-device`, `device-offline` and those of the session.
    pub async fn text_command(&self, serial: &str, text: &str) -> Result<CommandReport> {
        let (commander, device) = self.reach(serial, Feature::Text).await?;
        self.open_for(commander.text_command(&device, text)).await
    }

    /// Plays one of Amazon's sounds, for example `bell_02`.
    ///
    /// # Errors
    /// `bad-text`, `no-such-device`, `device-offline` and those of the session.
    pub async fn play_sound(&self, serial: &str, sound: &str) -> Result<CommandReport> {
        let (commander, device) = self.reach(serial, Feature::Sound).await?;
        self.open_for(commander.sound(&device, sound)).await
    }

    /// Finds a device that can do this, looking anew before it is believed to be offline or unknown.
    async fn reach(&self, serial: &str, feature: Feature) -> Result<(Commander<'_>, Arc<Device>)> {
        let household = self.household_with(&[serial.to_owned()]).await?;
        let device = able(&household, serial, feature)?;
        Ok((self.commander(household), device))
    }

    async fn household_with(&self, serials: &[String]) -> Result<Arc<Household>> {
        let household = self.any_household().await?;
        let is_there = |serial: &String| household.get(serial).is_some_and(|device| device.online);
        if serials.iter().all(is_there) {
            return Ok(household);
        }
        self.household(Some(FRESH_LIST)).await
    }

    fn commander(&self, household: Arc<Household>) -> Commander<'_> {
        let live = &self.inner.live;
        let customer = live.kept().with(|data| data.customer_id.clone());
        Commander { live, household, customer, locale: live.site().locale() }
    }
}

fn able(household: &Household, serial: &str, feature: Feature) -> Result<Arc<Device>> {
    let device = household.get(serial).ok_or_else(|| unknown(serial))?;
    if device.features.contains(&feature) {
        return Ok(Arc::clone(device));
    }
    let reason = device.reason.unwrap_or("The device cannot do this.");
    Err(Error::new(code::NOT_SUPPORTED, format!("{}: {reason}", device.name)))
}

fn unknown(serial: &str) -> Error {
    let shown: String = serial.chars().take(60).collect();
    Error::new(
        code::NO_SUCH_DEVICE,
        format!("There is no device with the serial \u{201c}{shown}\u{201d}."),
    )
}
