//! Where in what is loaded, in which order, and whether to disturb.

use super::super::Account;
use super::Reached;
use super::look::{List, Seen};
use super::numbers::{ORDER_LOOKS, POSITION_TOLERANCE, TRANSPORT_LOOKS, TRIES};
use super::press::position;
use super::wishes::{Matter, Wish};
use super::{not_confirmed, offline};
use crate::api::PlayerState;
use crate::api::commands::{CommandReport, transport};
use crate::api::devices::Feature;
use crate::error::{Error, ErrorKind, Result, code};
use crate::players::Board;

/// Positions from here on are none (*chosen*: a week).
const LONGEST: f64 = 604_800.0;

/// One of the two switches of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    Shuffle,
    Repeat,
}

impl Switch {
    fn matter(self) -> Matter {
        match self {
            Self::Shuffle => Matter::Shuffle,
            Self::Repeat => Matter::Repeat,
        }
    }

    fn shown(self, state: &PlayerState) -> Option<bool> {
        match self {
            Self::Shuffle => state.shuffle,
            Self::Repeat => state.repeat,
        }
    }
}

impl Account {
    /// Goes to a position of what is loaded, in seconds.
    ///
    /// # Errors
    /// `bad-setting` for what is no position, `no-such-device`, `not-supported`, `device-offline`,
    /// `nothing-playing`, `not-confirmed` and those of the session.
    pub async fn seek(&self, serial: &str, seconds: f64) -> Result<CommandReport> {
        self.open_for(async {
            if !(0.0..LONGEST).contains(&seconds) {
                return Err(Error::new(code::BAD_SETTING, format!("{seconds} is no position.")));
            }
            let at = self.reach(serial, Feature::Seek).await?;
            let wish = self.inner.control.wishes.begin(Matter::Sound, at.household.within(serial));
            // The player takes whole seconds. Not negative and below the limit, so nothing is lost.
            let whole = seconds.round() as u64;
            let wanted = seconds.round();
            let since = self.seconds();
            let name = at.device.serial.clone();
            let fits = move |board: &Board| {
                let shown = board.state(&name).filter(|state| state.updated_at >= since);
                let shown = shown.and_then(|state| position(&state, since));
                // At `since` it was there already, so to speak, or a little less.
                shown.is_some_and(|shown| (shown - wanted).abs() <= POSITION_TOLERANCE)
            };
            // The first one is ignored sometimes (observed).
            let looks = (List::Sessions, TRANSPORT_LOOKS);
            let command = transport::seek(whole);
            let seen = self.command(&at, &wish, &command, looks, 2, &fits).await?;
            done(&at, seen, "does not go there")
        })
        .await
    }

    /// Switches shuffle of the loaded queue.
    ///
    /// # Errors
    /// `no-such-device`, `not-supported`, `device-offline`, `nothing-playing`, `not-confirmed` and
    /// those of the session.
    pub async fn set_shuffle(&self, serial: &str, on: bool) -> Result<CommandReport> {
        self.open_for(self.switch(serial, Switch::Shuffle, on)).await
    }

    /// Switches the repetition of the loaded queue; Amazon has none of a single item.
    ///
    /// # Errors
    /// As [`Account::set_shuffle`].
    pub async fn set_repeat(&self, serial: &str, on: bool) -> Result<CommandReport> {
        self.open_for(self.switch(serial, Switch::Repeat, on)).await
    }

    async fn switch(&self, serial: &str, switch: Switch, on: bool) -> Result<CommandReport> {
        let (feature, command) = match switch {
            Switch::Shuffle => (Feature::Shuffle, transport::shuffle(on)),
            Switch::Repeat => (Feature::Repeat, transport::repeat(on)),
        };
        let at = self.reach(serial, feature).await?;
        let wish = self.inner.control.wishes.begin(switch.matter(), at.household.within(serial));
        if !self.board().is_live() {
            // Lists tell it wrong (observed), so there is nothing to look at.
            self.command(&at, &wish, &command, (List::Sessions, &[]), 1, &|_| true).await?;
            return done(&at, Seen::Unknown, "");
        }
        let shown = |board: &Board| board.state(serial).and_then(|state| switch.shown(&state));
        let fits = |board: &Board| shown(board) == Some(on);
        let looks = (List::Sessions, ORDER_LOOKS);
        let mut seen = self.command(&at, &wish, &command, looks, TRIES, &fits).await?;
        if seen == Seen::No && shown(self.board()).is_none() {
            seen = Seen::Unknown;
        }
        done(&at, seen, "keeps the order that it had")
    }

    /// Sends a command to the player until it has its effect.
    async fn command(
        &self,
        at: &Reached<'_>,
        wish: &Wish,
        command: &serde_json::Value,
        (list, looks): (List, &[f64]),
        tries: u32,
        fits: &(dyn Fn(&Board) -> bool + Send + Sync),
    ) -> Result<Seen> {
        self.split(&at.device.name, at.speakers())?;
        let mut player = std::sync::Arc::clone(&at.device);
        let mut seen = Seen::Unknown;
        for _ in 0..tries {
            let mut sent = at.commander.player(&player, command, true).await;
            if sent.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotControllable) {
                self.know_sessions().await;
                let group = self.board().state(&at.device.serial).and_then(|state| state.group);
                if let Some(group) = group.and_then(|group| at.household.get(&group)) {
                    player = std::sync::Arc::clone(group);
                    sent = at.commander.player(&player, command, true).await;
                }
            }
            sent.map_err(|error| match error.kind() {
                ErrorKind::DeviceOffline => offline(&player.name),
                ErrorKind::NotControllable => Error::new(
                    code::NOTHING_PLAYING,
                    format!("Nothing is loaded on {} that Alexa could control.", at.device.name),
                ),
                _ => error,
            })?;
            if looks.is_empty() {
                return Ok(Seen::Unknown);
            }
            seen = Box::pin(self.look(wish, list, looks, fits)).await;
            if seen != Seen::No {
                break;
            }
        }
        Ok(seen)
    }

    /// Switches do-not-disturb.
    ///
    /// # Errors
    /// `no-such-device`, `not-supported`, `device-offline`, `not-confirmed` and those of the session.
    pub async fn set_do_not_disturb(&self, serial: &str, on: bool) -> Result<CommandReport> {
        self.open_for(async {
            let at = self.reach(serial, Feature::DoNotDisturb).await?;
            self.split(&at.device.name, vec![std::sync::Arc::clone(&at.device)])?;
            for _ in 0..TRIES {
                let started = self.seconds();
                if at.commander.do_not_disturb(&at.device, on).await? {
                    self.board().take_do_not_disturb(
                        &[(serial.to_owned(), on)],
                        started,
                        self.seconds(),
                    );
                    return done(&at, Seen::Yes, "");
                }
                // An answer of another shape: the list tells.
                self.read_do_not_disturb().await?;
                let shown = self.board().state(serial).and_then(|state| state.do_not_disturb);
                if shown == Some(on) {
                    return done(&at, Seen::Yes, "");
                }
            }
            done(&at, Seen::No, "keeps its do-not-disturb as it was")
        })
        .await
    }
}

fn done(at: &Reached<'_>, seen: Seen, failed: &str) -> Result<CommandReport> {
    if seen == Seen::No {
        return Err(not_confirmed(&at.device.name, failed));
    }
    Ok(CommandReport {
        done: vec![at.device.serial.clone()],
        confirmed: (seen == Seen::Yes).then_some(true),
        ..CommandReport::default()
    })
}
