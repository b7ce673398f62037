//! The content of a session file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::jar::CookieRecord;
use crate::gateway::stage::GatewayData;
use crate::secret::Secret;

/// Version of the content that this code writes.
pub const VERSION: u32 = 1;

/// Everything that is kept between runs. Password and authenticator seed are not part of it.
///
/// Times are whole seconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionData {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// Random name of the enrolment: tells this session from one that replaced it.
    pub enrolment: String,
    /// Serial of the virtual device that was registered.
    pub serial: String,
    /// Domain of the account's own site, for example `amazon.de`.
    pub site: String,
    /// Domain of the site that the sign-in ran at; tokens come from its `api` host.
    pub portal: String,
    /// Customer id of the account.
    pub customer_id: String,
    /// Whether that id still has to be confirmed.
    #[serde(default)]
    pub customer_is_guess: bool,
    /// Name of the person.
    pub name: Option<String>,
    /// E-mail address as Amazon knows it.
    pub email: Option<String>,
    /// `NA`, `EU` or `FE`.
    pub home_region: Option<String>,
    /// Name of the virtual device in the owner's list.
    pub device_name: Option<String>,
    /// The long-lived token.
    pub refresh_token: Secret,
    /// The current access token.
    pub access: Option<AccessToken>,
    /// Signing key and token of the device, as JSON.
    pub device_keys: Option<Secret>,
    /// The opaque value of the enrolment, also a cookie.
    pub frc: Secret,
    /// Host that answers `/api/...`, when Amazon named one of the account's own site.
    pub api_host: Option<String>,
    /// Volumes of players from before they were muted here, by serial.
    #[serde(default)]
    pub muted: BTreeMap<String, u8>,
    /// The cookies of all sites.
    pub cookies: Vec<CookieRecord>,
    /// When the cookies were last exchanged.
    pub cookies_at: u64,
    /// When the device was registered.
    pub enrolled_at: u64,
    /// When Amazon accepted the capabilities of the device, which push events need.
    pub capabilities_at: Option<u64>,
    /// When the token service refused the refresh token for the first time in a row.
    pub refused_at: Option<u64>,
    /// What was found out in use; older files have none of it.
    #[serde(default)]
    pub learned: Learned,
    /// What the gateway has to remember.
    #[serde(default)]
    pub gateway: GatewayData,
}

/// What a session finds out in use. Nothing is lost but a request when it is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learned {
    /// When a page of Amazon last had the chance to set the csrf cookie. Where none could be had
    /// for an old value, a time from which that value is due again after a rest.
    pub csrf_at: Option<u64>,
    /// When the cookies could not be exchanged for the first time in a row.
    pub failing_since: Option<u64>,
    /// Host that tells what happens on the devices.
    pub push_host: Option<String>,
    /// The way that worked last for a button where the usual one did not, by serial and button.
    pub rungs: BTreeMap<String, BTreeMap<String, Finding<String>>>,
    /// Whether a device can be muted truly, by serial.
    pub mutes: BTreeMap<String, Finding<bool>>,
    /// Whether a device takes announcements, by serial.
    pub announcements: BTreeMap<String, Finding<bool>>,
    /// Volumes that are to come back after a speech, by serial.
    pub restores: BTreeMap<String, Restore>,
}

/// A volume that is to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// The volume from before.
    pub was: u8,
    /// The volume of now: another one was set by somebody.
    pub set: u8,
    /// When it is to come back, in seconds since 1970.
    pub due: u64,
}

/// Something found out, and when: it may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding<T> {
    /// What.
    pub what: T,
    /// When, in seconds since 1970.
    pub at: u64,
}

impl<T> Finding<T> {
    /// What was found out, unless that is older than `age` seconds or comes from the future.
    pub fn within(&self, age: u64, now: u64) -> Option<&T> {
        now.checked_sub(self.at).is_some_and(|since| since < age).then_some(&self.what)
    }
}

/// A short-lived token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessToken {
    /// The token itself.
    pub value: Secret,
    /// When it was made.
    pub made_at: u64,
    /// Its life in seconds.
    pub life: u64,
}

impl AccessToken {
    /// Whether less than a fifth of its life is left (*chosen*), or the clock went backwards.
    pub fn is_due(&self, now: u64) -> bool {
        now < self.made_at || now - self.made_at >= self.life / 5 * 4
    }

    /// When it ends.
    pub fn expires_at(&self) -> u64 {
        self.made_at.saturating_add(self.life)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_due_at_four_fifths_of_its_life() {
        let token = AccessToken { value: "Atna|x".into(), made_at: 1_000, life: 3_600 };
        assert!(!token.is_due(1_000) && !token.is_due(3_879));
        assert!(token.is_due(3_880) && token.is_due(999));
        assert_eq!(token.expires_at(), 4_600);
    }

    #[test]
    fn what_was_learned_may_be_missing_in_part() {
        let learned: Learned = serde_json::from_str(r#"{"csrf_at": 7, "later": true}"#).unwrap();
        assert_eq!(learned, Learned { csrf_at: Some(7), ..Learned::default() });
    }
}
