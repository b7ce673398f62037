//! Skills: opening one on an Echo, and silencing what it plays.

use super::super::Account;
use super::wishes::Matter;
use super::{offline, unknown};
use crate::api::Feature;
use crate::api::commands::CommandReport;
use crate::error::Result;

impl Account {
    /// Opens a skill on a device, as a routine can. Nothing is heard of it if the skill is not
    /// there for this account and language.
    ///
    /// # Errors
    /// `no-such-device`, `not-supported`, `device-offline` and those of the session.
    pub async fn launch_skill(&self, serial: &str, skill: &str) -> Result<CommandReport> {
        self.open_for(async {
            let at = self.reach(serial, Feature::Text).await?;
            let listeners = at.household.listeners(&at.device);
            let listener = listeners.into_iter().find(|one| self.board().is_online(one));
            let listener = listener.ok_or_else(|| offline(&at.device.name))?;
            self.inner.control.wishes.begin(Matter::Sound, at.household.within(serial));
            self.board().note_stop(serial, None);
            let node = at.commander.target(&listener).launch(skill);
            at.commander.run(vec![node], false).await?;
            let done = vec![listener.serial.clone()];
            Ok(CommandReport { done, ..CommandReport::default() })
        })
        .await
    }

    /// Stops the sound of a device once, without looking whether it did: whoever plays through a
    /// skill hears of it from there.
    ///
    /// # Errors
    /// `no-such-device`, `not-supported`, `device-offline` and those of the session.
    pub async fn stop_sound(&self, serial: &str) -> Result<()> {
        self.open_for(async {
            let at = self.reach(serial, Feature::Text).await?;
            let (speakers, _) = self.split(&at.device.name, at.speakers())?;
            self.inner.control.wishes.begin(Matter::Sound, at.household.within(serial));
            let nodes = speakers.iter().map(|one| at.commander.target(one).stop()).collect();
            at.commander.run(nodes, true).await
        })
        .await
    }

    /// The language that a device is set to, or that of the account, such as `de-DE`.
    ///
    /// # Errors
    /// `no-such-device` and those of the session.
    pub async fn locale_of(&self, serial: &str) -> Result<String> {
        // Only the whole list knows it.
        let household = self.household(None).await?;
        let device = household.get(serial).ok_or_else(|| unknown(serial))?;
        Ok(device.locale.clone().unwrap_or_else(|| self.live().site().locale()))
    }
}
