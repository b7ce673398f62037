//! Bringing an Echo to ask us what to play: the only way to start sound on it by ourselves.

use std::sync::Arc;

use super::Stages;
use super::numbers::LAUNCH;
use crate::error::{Error, ErrorKind, Result, code};
use crate::smapi::package::open_phrase;

/// In which way an Echo is told to open the skill.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Silently, without words (*observed* in three clients, not yet with a skill in development).
    Launch,
    /// As if somebody had said so.
    Words,
}

impl Stages {
    /// Has the current cue of an Echo fetched by it.
    ///
    /// # Errors
    /// `skill-missing`, `launch-unanswered`, those of the session and of devices.
    pub(super) async fn launch(&self, serial: &str) -> Result<()> {
        let Some(skill) = self.settings.skill_id.clone() else {
            return Err(Error::new(code::SKILL_MISSING, "There is no skill to play through yet."));
        };
        let _turn = self.launching.lock().await;
        let mut last = None;
        for way in [Way::Launch, Way::Words] {
            if !self.is_waiting(serial) {
                return Ok(());
            }
            let now = self.seconds();
            self.lock().pairings.launching(serial, now);
            match self.open_skill(serial, &skill, way).await {
                Ok(()) => {}
                // Neither way could be told to a device that is not there.
                Err(error) if error.kind() == ErrorKind::DeviceOffline => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, ?way, "an Echo could not be told to open the skill");
                    last = Some(error);
                    continue;
                }
            }
            let answered =
                self.until(LAUNCH, |state| (!state.deck(serial).is_waiting()).then_some(()));
            if answered.await.is_some() {
                self.lock().pairings.launched();
                return Ok(());
            }
        }
        // The window stays open: a late answer is still given what it should play.
        Err(last.unwrap_or_else(|| {
            Error::new(
                code::LAUNCH_UNANSWERED,
                "The Echo was told to open the skill, and no request of the skill arrived.",
            )
        }))
    }

    /// The same on a task of its own, where nobody waits for the outcome.
    pub(super) fn launch_later(self: &Arc<Self>, serial: &str) {
        let (stages, serial) = (Arc::clone(self), serial.to_owned());
        tokio::spawn(async move {
            if let Err(error) = stages.launch(&serial).await {
                stages.change(&serial, |deck, _| deck.give_up_waiting(error.message()));
                stages.trouble(Some(&serial), error);
            }
        });
    }

    /// Silences an Echo on a task of its own.
    pub(super) fn silence_later(self: &Arc<Self>, serial: &str) {
        let (stages, serial) = (Arc::clone(self), serial.to_owned());
        tokio::spawn(async move {
            if let Err(error) = stages.account.stop_sound(&serial).await {
                stages.trouble(Some(&serial), error);
            }
        });
    }

    fn is_waiting(&self, serial: &str) -> bool {
        self.lock().deck(serial).is_waiting()
    }

    async fn open_skill(&self, serial: &str, skill: &str, way: Way) -> Result<()> {
        match way {
            Way::Launch => self.account.launch_skill(serial, skill).await.map(drop),
            Way::Words => {
                let locale = self.account.locale_of(serial).await?;
                let phrase = open_phrase(&locale, &self.settings.invocation_name);
                self.account.text_command(serial, &phrase).await.map(drop)
            }
        }
    }
}
