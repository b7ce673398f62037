//! The skill as Amazon wants it described: a manifest and an interaction model for each locale.
//!
//! Everything is made from one table of intents, one file of phrases per language and one name.

pub mod export;
mod intents;
mod locales;
mod manifest;
mod model;
mod name;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

pub use self::intents::{INTENTS, Intent, PLAY};
pub use self::locales::{LOCALES, locale, open_phrase, spoken_name};
pub use self::manifest::{SKILL_PATH, endpoint_of, version_of};
pub use self::model::invocation_name_of;
pub use self::name::{NAME, checked as checked_name};
use crate::error::{Error, Result, code};
use crate::gateway::settings::public_address;

/// The only port at which Amazon calls a skill (*documented*).
const PORT: u16 = 443;

/// What kind of certificate the public address shows. Amazon never calls where it is told the wrong
/// one (*observed*). It knows a third kind, made at home, which is of no use here: no Echo fetches
/// sound by it (*documented*).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Certificate {
    /// For exactly this name, from a public authority.
    #[default]
    Trusted,
    /// For all names below a domain (`*.example.org`), from a public authority.
    Wildcard,
}

impl Certificate {
    /// Reads a kind: `trusted` or `wildcard`.
    ///
    /// # Errors
    /// `bad-setting` for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "trusted" => Ok(Self::Trusted),
            "wildcard" => Ok(Self::Wildcard),
            _ => Err(Error::new(
                code::BAD_SETTING,
                "A certificate is trusted or wildcard; no Echo plays by one that was made at home.",
            )),
        }
    }
}

/// Manifest and models of one skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    public_url: Url,
    invocation_name: String,
    certificate: Certificate,
    locales: Vec<&'static str>,
    version: &'static str,
}

impl Package {
    /// A skill for a gateway at `public_url` that is opened by this name, in every locale.
    ///
    /// # Errors
    /// As [`Package::in_locales`].
    pub fn new(public_url: &str, invocation_name: &str) -> Result<Self> {
        Self::in_locales(public_url, invocation_name, &LOCALES)
    }

    /// The same in these locales only; in all when none is named.
    ///
    /// # Errors
    /// `bad-public-url`, also for a port of its own; `bad-setting` for a locale that does not exist;
    /// `bad-invocation-name` with the locale and the rule.
    pub fn in_locales<T: AsRef<str>>(
        public_url: &str,
        invocation_name: &str,
        locales: &[T],
    ) -> Result<Self> {
        let public_url = public_address(public_url)?;
        if public_url.port_or_known_default() != Some(PORT) {
            return Err(Error::new(
                code::BAD_PUBLIC_URL,
                "The public address has a port of its own, and Amazon calls skills at port 443 only.",
            ));
        }
        let mut chosen =
            locales.iter().map(|text| locale(text.as_ref())).collect::<Result<Vec<_>>>()?;
        if chosen.is_empty() {
            chosen.extend(LOCALES);
        }
        chosen.sort_unstable();
        chosen.dedup();
        let package = Self {
            public_url,
            invocation_name: invocation_name.to_owned(),
            certificate: Certificate::default(),
            locales: chosen,
            version: env!("CARGO_PKG_VERSION"),
        };
        package.models()?;
        Ok(package)
    }

    /// The same with another kind of certificate.
    #[must_use]
    pub fn with_certificate(self, certificate: Certificate) -> Self {
        Self { certificate, ..self }
    }

    /// The locales, in their order.
    pub fn locales(&self) -> &[&'static str] {
        &self.locales
    }

    /// Where the requests of Alexa go.
    pub fn endpoint(&self) -> String {
        format!("{}{SKILL_PATH}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// The manifest, as it stands below `manifest`.
    ///
    /// # Errors
    /// None in practice: its locales are those of the table.
    pub fn manifest(&self) -> Result<Value> {
        manifest::manifest(self)
    }

    /// The model of each locale.
    ///
    /// # Errors
    /// `bad-invocation-name`.
    pub fn models(&self) -> Result<BTreeMap<&'static str, Value>> {
        self.locales.iter().map(|&locale| Ok((locale, model::model(self, locale)?))).collect()
    }
}
