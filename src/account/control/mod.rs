//! The commands of an account: sent, seen to have their effect, and sent again where that is safe.

mod audience;
mod climb;
mod finding;
mod ladder;
mod look;
mod mixer;
mod mute;
mod numbers;
mod order;
mod press;
mod restore;
mod say;
mod skill;
mod volume;
mod wishes;

use std::sync::Arc;

use self::numbers::FRESH_LIST;
use self::restore::Restores;
use self::volume::Volumes;
use self::wishes::Wishes;
use super::Account;
use crate::api::commands::Commander;
use crate::api::devices::{Device, DeviceKind, Feature};
use crate::api::household::Household;
use crate::error::{Error, Result, code};

/// What the commands of an account share.
#[derive(Debug, Default)]
pub(super) struct Control {
    wishes: Wishes,
    volumes: Volumes,
    restores: Restores,
}

/// A device that can do what is wanted, with what is needed to tell it.
#[derive(Clone)]
struct Reached<'a> {
    commander: Commander<'a>,
    household: Arc<Household>,
    device: Arc<Device>,
}

/// Devices that Amazon can reach, and the serials of the others with the reason.
type Split = (Vec<Arc<Device>>, Vec<(String, String)>);

impl Account {
    /// Finds a device that can do this, looking anew before it is believed to be offline or unknown.
    async fn reach(&self, serial: &str, feature: Feature) -> Result<Reached<'_>> {
        let household = self.household_with(&[serial.to_owned()]).await?;
        let device = able(&household, serial, feature)?;
        Ok(Reached { commander: self.commander(), household, device })
    }

    async fn household_with(&self, serials: &[String]) -> Result<Arc<Household>> {
        let household = self.any_household().await?;
        let is_there = |serial: &String| {
            household.get(serial).is_some_and(|device| self.board().is_online(device))
        };
        if serials.iter().all(is_there) {
            return Ok(household);
        }
        match self.household(Some(FRESH_LIST)).await {
            // The others do not wait for a list that only tells whether one of them is back.
            Err(error) if serials.iter().any(is_there) => {
                tracing::debug!(%error, "whether a device is back is not known");
                Ok(household)
            }
            read => read,
        }
    }

    fn commander(&self) -> Commander<'_> {
        let live = self.live();
        let customer = live.kept().with(|data| data.customer_id.clone());
        Commander { live, customer, locale: live.site().locale() }
    }

    /// Parts those that Amazon can reach from those that it cannot; `whole` is the name of them all.
    ///
    /// # Errors
    /// `device-offline` when none is left.
    fn split(&self, whole: &str, devices: Vec<Arc<Device>>) -> Result<Split> {
        let (online, away): (Vec<_>, Vec<_>) =
            devices.into_iter().partition(|device| self.board().is_online(device));
        if online.is_empty() {
            return Err(offline(whole));
        }
        let skipped = away
            .iter()
            .map(|device| (device.serial.clone(), format!("{} is offline.", device.name)))
            .collect();
        Ok((online, skipped))
    }
}

impl Reached<'_> {
    /// The speakers of the device: its own or, of a group or pair, those of its members.
    fn speakers(&self) -> Vec<Arc<Device>> {
        let speakers = self.household.speakers(&self.device);
        // A pair whose halves are not listed is one speaker.
        if speakers.is_empty() { vec![Arc::clone(&self.device)] } else { speakers }
    }

    fn is_group(&self) -> bool {
        self.device.kind == DeviceKind::Group
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

fn offline(name: &str) -> Error {
    Error::new(code::DEVICE_OFFLINE, format!("{name} is offline."))
}

fn not_confirmed(name: &str, what: &str) -> Error {
    Error::new(code::NOT_CONFIRMED, format!("Amazon took the command, but {name} {what}."))
}

fn serials(devices: &[Arc<Device>]) -> Vec<String> {
    devices.iter().map(|device| device.serial.clone()).collect()
}
