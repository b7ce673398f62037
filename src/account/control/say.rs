//! Speech, announcements, sounds and words.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::Account;
use super::audience::Audience;
use super::numbers::SPEECH_DELAY;
use super::restore::Louder;
use super::wishes::Matter;
use super::{offline, serials};
use crate::api::commands::CommandReport;
use crate::api::commands::speech::{Script, Speech, SpeechKind, checked};
use crate::api::devices::{Device, Feature};
use crate::api::household::Household;
use crate::api::sequence;
use crate::error::{Error, Result, code};

impl Account {
    /// Says a text, on each member of a group.
    ///
    /// # Errors
    /// `bad-text`, `no-such-device`, `not-supported`, `device-offline` and those of the session.
    pub async fn speak(&self, serial: &str, text: &str) -> Result<CommandReport> {
        let speech = Speech { text: text.to_owned(), ..Speech::default() };
        self.speak_with(&[serial.to_owned()], &speech).await
    }

    /// Announces a text after a chime, on several devices at once.
    ///
    /// # Errors
    /// As [`Account::speak`].
    pub async fn announce(
        &self,
        serials: &[String],
        title: &str,
        text: &str,
    ) -> Result<CommandReport> {
        let (text, title) = (text.to_owned(), title.to_owned());
        self.announce_with(serials, &Speech { text, title, ..Speech::default() }).await
    }

    /// Announces something after a chime, on all of these devices in one request.
    ///
    /// # Errors
    /// As [`Account::speak_with`].
    pub async fn announce_with(
        &self,
        serials: &[String],
        speech: &Speech,
    ) -> Result<CommandReport> {
        let speech = Speech { kind: SpeechKind::Announce, ..speech.clone() };
        self.speak_with(serials, &speech).await
    }

    /// Says something on all of these devices in one request. Of several devices those that cannot
    /// say it are left out and named.
    ///
    /// # Errors
    /// `bad-text`, `bad-volume`, `no-such-device`, `not-supported`, `device-offline`,
    /// `do-not-disturb` when no device is left, and those of the session.
    pub async fn speak_with(&self, serials: &[String], speech: &Speech) -> Result<CommandReport> {
        self.open_for(async {
            let script = Script::of(speech)?;
            let household = self.household_with(serials).await?;
            let feature = if script.is_announced() { Feature::Announce } else { Feature::Speak };
            let mut audience = self.audience(&household, serials, feature)?;
            if speech.respect_do_not_disturb {
                self.leave_alone(&household, &mut audience).await?;
            }
            Box::pin(self.say(&household, audience, speech, &script)).await
        })
        .await
    }

    async fn say(
        &self,
        household: &Household,
        audience: Audience,
        speech: &Speech,
        script: &Script,
    ) -> Result<CommandReport> {
        let listeners = &audience.listeners;
        let mut report = CommandReport {
            done: serials(listeners),
            skipped: audience.skipped.clone(),
            ..CommandReport::default()
        };
        let mut deaf = BTreeSet::new();
        if script.is_announced() {
            deaf = Box::pin(self.without_announcements(listeners)).await;
        }
        let commander = self.commander();
        let (plain, announced): (Vec<_>, Vec<_>) = listeners
            .iter()
            .map(|device| commander.target(device))
            .partition(|target| deaf.contains(&target.device.serial));
        let Some(words) = script.node(&announced, &plain) else {
            return Err(Error::new(code::BAD_TEXT, "The text is empty."));
        };
        for target in &plain {
            report.remark(&format!(
                "Announcements are switched off for {} in the Alexa app, so it was only spoken.",
                target.device.name
            ));
        }
        let mut speakers = Vec::new();
        if let Some(volume) = speech.volume {
            speakers = self.louder(household, listeners, volume, &mut report).await;
        }
        let louder = Louder {
            account: self,
            serials: speakers.iter().map(|(device, _)| device.serial.clone()).collect(),
            length: (SPEECH_DELAY + script.length()).as_secs() + 1,
        };
        // A stop that is still being insisted on must not end what is said now.
        self.inner.control.wishes.begin(Matter::Sound, serials(listeners));
        let volumes =
            speakers.iter().map(|(device, level)| commander.target(device).volume(*level));
        let volumes = sequence::parallel(volumes.collect());
        let nodes = [volumes, Some(words)].into_iter().flatten().collect();
        let sent = commander.run(sequence::serial(nodes).into_iter().collect(), false).await;
        drop(louder);
        sent?;
        note_groups(&audience, script.is_announced(), household, &mut report);
        Ok(report)
    }

    /// The speakers of which the volume has to be changed, with what to. Their volume of now is
    /// noted, to come back when the speech is over.
    async fn louder(
        &self,
        household: &Household,
        listeners: &[Arc<Device>],
        volume: u8,
        report: &mut CommandReport,
    ) -> Vec<(Arc<Device>, u8)> {
        if let Err(error) = self.know_volumes().await {
            tracing::debug!(%error, "the volume before a speech is not known");
        }
        let mut louder = Vec::new();
        for listener in listeners {
            let speakers = household.speakers(listener);
            let speakers = if speakers.is_empty() { vec![Arc::clone(listener)] } else { speakers };
            for speaker in speakers {
                let shown = self.board().state(&speaker.serial).and_then(|state| state.volume);
                let volumes = &self.inner.control.volumes;
                let was = volumes.wanted(&speaker.serial).or(shown);
                let was = self.noted_restore(&speaker.serial).or(was);
                let Some(was) = was else {
                    // Better not as loud as wanted than loud for ever.
                    report.remark(&format!("The volume of {} is not known.", speaker.name));
                    continue;
                };
                volumes.drop_wishes(std::slice::from_ref(&speaker.serial));
                if was != volume || shown != Some(volume) {
                    self.note_restore(&speaker, was, volume);
                    louder.push((speaker, volume));
                }
            }
        }
        louder
    }

    /// Takes a text as if it had been spoken to the device; for a group, to its first member that
    /// is online, because groups do not listen.
    ///
    /// # Errors
    /// `bad-text`, `no-such-device`, `not-supported`, `device-offline` and those of the session.
    pub async fn text_command(&self, serial: &str, text: &str) -> Result<CommandReport> {
        self.open_for(async {
            let at = self.reach(serial, Feature::Text).await?;
            let text = checked(text)?;
            let listeners = at.household.listeners(&at.device);
            let listener = listeners.into_iter().find(|one| self.board().is_online(one));
            let listener = listener.ok_or_else(|| offline(&at.device.name))?;
            // Whatever it does, it is newer than what is still being insisted on.
            self.inner.control.wishes.begin(Matter::Sound, at.household.within(serial));
            self.board().note_stop(serial, None);
            let node = at.commander.target(&listener).text_command(text);
            at.commander.run(vec![node], false).await?;
            let note = at
                .is_group()
                .then(|| format!("Groups do not listen, so it was told to {}.", listener.name));
            Ok(CommandReport {
                done: vec![listener.serial.clone()],
                note,
                ..CommandReport::default()
            })
        })
        .await
    }

    /// Plays one of Amazon's sounds, for example `bell_02`, on each member of a group.
    ///
    /// # Errors
    /// `bad-text`, `no-such-device`, `not-supported`, `device-offline` and those of the session.
    pub async fn play_sound(&self, serial: &str, sound: &str) -> Result<CommandReport> {
        self.open_for(async {
            let household = self.household_with(&[serial.to_owned()]).await?;
            let id = checked(sound);
            let audience = self.audience(&household, &[serial.to_owned()], Feature::Sound)?;
            let id = id?;
            // A stop that is still being insisted on must not end it.
            self.inner.control.wishes.begin(Matter::Sound, serials(&audience.listeners));
            let commander = self.commander();
            let nodes =
                audience.listeners.iter().map(|one| commander.target(one).sound(id)).collect();
            commander.run(nodes, false).await?;
            let mut report = CommandReport {
                done: serials(&audience.listeners),
                skipped: audience.skipped.clone(),
                ..CommandReport::default()
            };
            note_groups(&audience, false, &household, &mut report);
            Ok(report)
        })
        .await
    }
}

/// Says of which groups the members speak on their own.
fn note_groups(
    audience: &Audience,
    is_announced: bool,
    household: &Household,
    report: &mut CommandReport,
) {
    for group in audience.groups.iter().filter(|_| !is_announced) {
        let members = household.listeners(group);
        let names: Vec<_> = members
            .iter()
            .filter(|member| report.done.contains(&member.serial))
            .map(|member| member.name.as_str())
            .collect();
        if names.len() > 1 {
            report.remark(&format!(
                "Each speaker of {} plays this on its own, not in step: {}.",
                group.name,
                names.join(", ")
            ));
        }
    }
}
