//! The manifest: what the skill is, where it is, what it hears about (*documented*: *Skill Manifest
//! Schema*; its names are in Amazon's published models too).

use serde_json::{Map, Value, json};

use super::locales::{language, phrases, spoken_name};
use super::{Certificate, Package};
use crate::error::Result;

/// Path of the skill below the public address.
pub const SKILL_PATH: &str = "/alexa/skill";

/// What the skill is called in the Alexa app (*chosen*).
const TITLE: &str = "Music Assistant";
/// Music and audio: streaming, under the name it has in manifests (*observed*: the name that the
/// console shows is refused).
const CATEGORY: &str = "STREAMING_SERVICE";
/// Begins the note by which our own skills are known, with the version behind it.
const MARK: &str = "mass-alexa ";

/// The manifest of a package. Icons are left out: nobody but a store needs them, and Amazon would
/// fetch them at each update.
pub(super) fn manifest(package: &Package) -> Result<Value> {
    let mut locales = Map::new();
    for &locale in &package.locales {
        let words = phrases(locale)?;
        let name = spoken_name(locale, &package.invocation_name);
        let space = if language(locale) == "ja" { "、" } else { ", " };
        let example = format!("{}{space}{}", words.wake, words.open.replace("{name}", &name));
        locales.insert(
            locale.to_owned(),
            json!({
                "name": TITLE,
                "summary": words.summary,
                "description": words.description,
                "examplePhrases": [example],
                "keywords": words.keywords,
            }),
        );
    }
    let endpoint = json!({
        "uri": format!("{}{SKILL_PATH}", package.public_url.as_str().trim_end_matches('/')),
        // Amazon calls nothing without it, and says nothing about it (*observed*).
        "sslCertificateType": package.certificate.name(),
    });
    Ok(json!({
        "manifestVersion": "1.0",
        "publishingInformation": {
            "locales": locales,
            "isAvailableWorldwide": true,
            "distributionCountries": [],
            "category": CATEGORY,
            "testingInstructions": format!("{MARK}{}: a private skill for one household, kept in development.", package.version),
        },
        "apis": {"custom": {"endpoint": endpoint, "interfaces": [{"type": "AUDIO_PLAYER"}]}},
        "events": {
            "endpoint": endpoint,
            "subscriptions": [{"eventName": "SKILL_ENABLED"}, {"eventName": "SKILL_DISABLED"}],
        },
        "privacyAndCompliance": {
            "allowsPurchases": false,
            "usesPersonalInfo": false,
            "isChildDirected": false,
            "isExportCompliant": true,
            "containsAds": false,
        },
    }))
}

/// The version of this program that made a manifest; `None` for a skill that it did not make.
pub fn version_of(manifest: &Value) -> Option<&str> {
    let note = manifest.pointer("/publishingInformation/testingInstructions")?.as_str()?;
    note.strip_prefix(MARK)?.split(':').next()
}

/// The address that a manifest sends the requests of Alexa to.
pub fn endpoint_of(manifest: &Value) -> Option<&str> {
    manifest.pointer("/apis/custom/endpoint/uri")?.as_str()
}

impl Certificate {
    /// Its name in manifests (*documented*).
    pub fn name(self) -> &'static str {
        match self {
            Self::Trusted => "Trusted",
            Self::Wildcard => "Wildcard",
        }
    }
}
