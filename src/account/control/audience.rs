//! Who is to say something: those that can be talked to, that are there, that take announcements.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::super::Account;
use super::able;
use super::numbers::PREFERENCE_PATIENCE;
use crate::api::devices::{Device, DeviceKind, Feature};
use crate::api::household::Household;
use crate::error::{Error, Result, code};
use crate::session::Call;

/// Who is to say something, and who is left out.
#[derive(Default)]
pub(super) struct Audience {
    /// Those that can be talked to.
    pub(super) listeners: Vec<Arc<Device>>,
    pub(super) skipped: Vec<(String, String)>,
    /// Groups among those who were asked.
    pub(super) groups: Vec<Arc<Device>>,
}

impl Account {
    /// Those of `serials` that can do this, members of groups on their own.
    ///
    /// # Errors
    /// `no-such-device`, `not-supported` and `device-offline` when none is left.
    pub(super) fn audience(
        &self,
        household: &Arc<Household>,
        serials: &[String],
        feature: Feature,
    ) -> Result<Audience> {
        let mut audience = Audience::default();
        let mut first = None;
        let mut all: Vec<Arc<Device>> = Vec::new();
        for serial in serials {
            match able(household, serial, feature) {
                Ok(device) => {
                    all.extend(household.listeners(&device));
                    if device.kind == DeviceKind::Group {
                        audience.groups.push(device);
                    }
                }
                Err(error) => {
                    audience.skipped.push((serial.clone(), error.message().to_owned()));
                    first = first.or(Some(error));
                }
            }
        }
        let mut seen = BTreeSet::new();
        all.retain(|device| seen.insert(device.serial.clone()));
        // A pair and its halves in one list would be heard twice.
        let halves: Vec<_> = all
            .iter()
            .filter(|device| device.kind == DeviceKind::Pair && self.board().is_online(device))
            .flat_map(|pair| pair.members.clone())
            .collect();
        all.retain(|device| !halves.contains(&device.serial));
        let Some(name) = all.first().map(|device| device.name.clone()) else {
            let none = || Error::new(code::NO_SUCH_DEVICE, "There is no device to say this on.");
            return Err(first.unwrap_or_else(none));
        };
        let name = audience.groups.first().map_or(name, |group| group.name.clone());
        let (online, away) = self.split(&name, all)?;
        audience.listeners = online;
        audience.skipped.extend(away);
        Ok(audience)
    }

    /// Leaves out who was told not to disturb.
    pub(super) async fn leave_alone(
        &self,
        household: &Household,
        audience: &mut Audience,
    ) -> Result<()> {
        if !self.board().is_live()
            && let Err(error) = self.read_do_not_disturb().await
        {
            tracing::debug!(%error, "who is not to be disturbed is not known");
        }
        let rests = |device: &Arc<Device>| {
            household.speakers(device).iter().chain([device]).any(|one| {
                let state = self.board().state(&one.serial);
                state.and_then(|state| state.do_not_disturb) == Some(true)
            })
        };
        let (resting, awake): (Vec<_>, Vec<_>) = audience.listeners.drain(..).partition(rests);
        audience.listeners = awake;
        audience.skipped.extend(resting.iter().map(|device| {
            (device.serial.clone(), format!("{} is set to do not disturb.", device.name))
        }));
        if let (true, Some(device)) = (audience.listeners.is_empty(), resting.first()) {
            return Err(Error::new(
                code::DO_NOT_DISTURB,
                format!("{} is set to do not disturb.", device.name),
            ));
        }
        Ok(())
    }

    /// Those for which a person switched announcements off. Who does not tell in time takes them.
    pub(super) async fn without_announcements(&self, devices: &[Arc<Device>]) -> BTreeSet<String> {
        let is_unknown = |one: &&Arc<Device>| self.takes_announcements(&one.serial).is_none();
        let unknown: Vec<_> = devices.iter().filter(is_unknown).cloned().collect();
        if !unknown.is_empty() {
            let account = self.clone();
            // It goes on where nobody waits for it any more: the next time it is known.
            let asking = tokio::spawn(async move {
                tokio::select! {
                    () = Box::pin(account.ask_preferences(&unknown)) => {}
                    () = account.inner.closed.cancelled() => {}
                }
            });
            tokio::select! {
                _ = asking => {}
                () = self.live().http().clock().sleep(PREFERENCE_PATIENCE) => {
                    tracing::debug!("who takes announcements is not known in time");
                }
            }
        }
        let declines = |one: &&Arc<Device>| self.takes_announcements(&one.serial) == Some(false);
        devices.iter().filter(declines).map(|device| device.serial.clone()).collect()
    }

    /// One after the other: an announcement must not wait for a queue of questions.
    async fn ask_preferences(&self, devices: &[Arc<Device>]) {
        for device in devices {
            let path = format!(
                "/devicesTypes/{}/deviceId/{}/preferences?devicePreferences=announcements",
                device.device_type, device.serial
            );
            let call = Call::get(path).at(self.live().site().comms());
            match self.live().call(call).await {
                Ok(answer) => {
                    let takes = takes_announcements(&answer.json().unwrap_or_default());
                    self.note_announcements(&device.serial, takes);
                }
                Err(error) => {
                    tracing::debug!(%error, "who takes announcements is not known");
                    // Nobody is asked again for every announcement.
                    for device in devices {
                        if self.takes_announcements(&device.serial).is_none() {
                            self.assume_announcements(&device.serial);
                        }
                    }
                    return;
                }
            }
        }
    }
}

/// Reads the preference; only what is allowed to be read is believed (*observed*).
fn takes_announcements(answer: &Value) -> bool {
    let list = answer.get("devicePermissionsPreferences").and_then(Value::as_array);
    let is_off = |entry: &Value| {
        let is = |name: &str, value: &str| entry.get(name).and_then(Value::as_str) == Some(value);
        entry.get("allowed").and_then(Value::as_bool) == Some(true)
            && is("devicePreference", "announcements")
            && is("state", "OFF")
    };
    !list.is_some_and(|list| list.iter().any(is_off))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn s_v4_only_a_plain_no_counts() {
        let entry = |state: &str, allowed: bool| {
            json!({"devicePermissionsPreferences": [
                {"devicePreference": "announcements", "state": state, "allowed": allowed}]})
        };
        assert!(!takes_announcements(&entry("OFF", true)));
        for odd in [entry("ON", true), entry("OFF", false), json!(null), json!([]), json!({})] {
            assert!(takes_announcements(&odd), "{odd}");
        }
    }
}
