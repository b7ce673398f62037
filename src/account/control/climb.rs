//! The way a button is pressed: down the ladder, to the device or to the group that it plays in.

use std::sync::Arc;

use super::super::Account;
use super::ladder::{Ladder, Refusal, judge};
use super::numbers::RECENT;
use super::press::Press;
use super::wishes::Matter;
use super::{Reached, offline};
use crate::api::Playback;
use crate::api::commands::transport::Rung;
use crate::api::commands::words;
use crate::api::devices::Device;
use crate::error::{ErrorKind, Result};

impl Account {
    /// Sends it in the first way that Amazon takes. `None` when there is nothing to control.
    pub(super) async fn climb(&self, press: &mut Press<'_>) -> Result<Option<Rung>> {
        let mut barred = None;
        while let Some(rung) = press.ladder.rung() {
            if !press.wish.stands() {
                // Nothing is sent any more; whoever looks finds out why.
                return Ok(Some(rung));
            }
            let error = match self.send(press, rung).await {
                Ok(true) => return Ok(Some(rung)),
                Ok(false) => {
                    press.ladder.step_down();
                    continue;
                }
                Err(error) => error,
            };
            match judge(rung, &error) {
                Refusal::Barred
                    if error.kind() != ErrorKind::AmazonUnavailable
                        || press.button.is_idempotent() =>
                {
                    tracing::debug!(rung = rung.name(), %error, "this way is barred");
                    barred = Some(error);
                    press.ladder.step_down();
                }
                Refusal::Nothing => {
                    self.know_sessions().await;
                    let group =
                        self.heard_through(&press.at).or_else(|| self.loaded_above(&press.at));
                    // Once is enough: whoever has nothing either is not heard.
                    let is_own = press.player.serial == press.at.device.serial;
                    let is_other = |group: &Arc<Device>| group.serial != press.player.serial;
                    if let Some(group) = group.filter(|group| is_own && is_other(group)) {
                        let known = self.known_rung(&group.serial, press.button);
                        press.ladder = Ladder::new(press.button, known);
                        press.before = self.board().state(&group.serial);
                        if press.wish.stands() {
                            let all = press.at.household.within(&group.serial);
                            press.wish = self.inner.control.wishes.begin(Matter::Sound, all);
                        }
                        press.player = group;
                    } else if press.is_worth_more(self.board()) {
                        press.ladder.step_down();
                    } else {
                        break;
                    }
                }
                _ if error.kind() == ErrorKind::DeviceOffline => {
                    return Err(offline(&press.player.name));
                }
                _ => return Err(error),
            }
        }
        barred.map_or(Ok(None), Err)
    }

    /// False where this way does not lead to the device.
    async fn send(&self, press: &Press<'_>, rung: Rung) -> Result<bool> {
        let (commander, button, player) = (&press.at.commander, press.button, &press.player);
        let repeatable = button.is_idempotent();
        match rung {
            Rung::Player => {
                commander.player(player, &button.player_command(), repeatable).await?;
            }
            Rung::Session => {
                // One that was read some time ago may be over.
                self.know_sessions().await;
                let Some(session) = self.board().session_of(&player.serial) else {
                    return Ok(false);
                };
                commander.session(player, &session, button.session_command()).await?;
            }
            Rung::Sequence => {
                let standing = press.left.iter().filter(|one| press.wish.stands_for(&one.serial));
                let nodes: Vec<_> = standing.map(|one| commander.target(one).stop()).collect();
                if !nodes.is_empty() {
                    commander.run(nodes, repeatable).await?;
                }
            }
            Rung::Words => {
                self.know_sessions().await;
                if press.is_idle(self.board()) {
                    // Alexa would answer aloud that there is nothing.
                    return Ok(false);
                }
                let listeners = press.listeners(self.board());
                let nodes: Vec<_> = listeners
                    .iter()
                    .map(|one| {
                        let locale = one.locale.as_deref().unwrap_or(&commander.locale);
                        commander.target(one).text_command(words::word(button, locale))
                    })
                    .collect();
                if nodes.is_empty() {
                    return Ok(false);
                }
                commander.run(nodes, false).await?;
            }
        }
        Ok(true)
    }

    /// Reads what is loaded, unless events tell it or it was just read. A failure is that of the
    /// command that needs it, if it is one.
    pub(super) async fn know_sessions(&self) {
        if !self.board().is_live()
            && let Err(error) = Box::pin(self.read_sessions(RECENT)).await
        {
            tracing::debug!(%error, "what is loaded is not known");
        }
    }

    /// The group or pair that a device is heard through.
    pub(super) fn heard_through(&self, at: &Reached<'_>) -> Option<Arc<Device>> {
        let group = self.board().state(&at.device.serial)?.group?;
        at.household.get(&group).cloned()
    }

    /// A group or pair that a device is in and that has something loaded. What a member says of
    /// itself while its group pauses or plays is no proof (*observed*).
    fn loaded_above(&self, at: &Reached<'_>) -> Option<Arc<Device>> {
        let rank = |group: &Arc<Device>| match self.board().state(&group.serial)?.playback {
            Playback::Playing => Some(0),
            Playback::Paused => Some(1),
            _ => None,
        };
        let parents = at.household.parents(&at.device);
        parents.into_iter().filter(|group| rank(group).is_some()).min_by_key(rank)
    }
}
