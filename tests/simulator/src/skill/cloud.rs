//! What Amazon's cloud knows about skills, however it got there.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use url::Url;

/// How the certificate of an endpoint was declared in the manifest (*documented*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EndpointCertificate {
    /// One for exactly this name, from a trusted authority.
    #[default]
    Trusted,
    /// One for all names below a domain, from a trusted authority.
    Wildcard,
    /// Uploaded by the developer; good for requests, never for audio.
    SelfSigned,
}

/// State of the model of one locale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BuildStatus {
    /// It is being built; the skill cannot be opened in this locale yet.
    InProgress,
    /// It works.
    #[default]
    Succeeded,
    /// It was refused.
    Failed,
}

/// The interaction model of one locale.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SkillLocale {
    /// The words that open the skill.
    pub invocation_name: String,
    /// Sample sentences by name of the intent.
    pub intents: BTreeMap<String, Vec<String>>,
    /// How far its build is.
    pub build: BuildStatus,
}

/// A skill as the cloud has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Skill {
    /// Such as `amzn1.ask.skill.<uuid>`.
    pub id: String,
    /// Whose skill it is.
    pub vendor: Option<String>,
    /// Name in the store and on screens.
    pub name: String,
    /// Where its requests go.
    pub endpoint: Option<Url>,
    /// What kind of certificate the endpoint has.
    pub certificate: EndpointCertificate,
    /// The models, by locale such as `de-DE`.
    pub locales: BTreeMap<String, SkillLocale>,
    /// Whether it is enabled for the test of the development stage.
    pub is_testing: bool,
    /// Ids of the customers it is enabled for.
    pub enabled_for: Vec<String>,
    /// Whether the manifest has the interface of the audio player.
    pub has_audio_player: bool,
    /// How often it was enabled; device and user ids change with it (*observed*).
    pub enablements: u32,
}

/// A skill to add. What is missing is as it should be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillSeed {
    /// Such as `amzn1.ask.skill.<uuid>`.
    pub id: String,
    /// Where its requests go.
    #[serde(default)]
    pub endpoint: Option<Url>,
    /// The words that open it, in locales that have none of their own.
    #[serde(default = "invocation_name")]
    pub invocation_name: String,
    /// The models by locale; empty takes the locale of the Echos.
    #[serde(default)]
    pub locales: BTreeMap<String, SkillLocale>,
    /// See [`Skill::is_testing`].
    #[serde(default = "yes")]
    pub is_testing: bool,
    /// See [`Skill::enabled_for`]; missing takes the account of this simulator.
    #[serde(default)]
    pub enabled_for: Option<Vec<String>>,
    /// See [`Skill::certificate`].
    #[serde(default)]
    pub certificate: EndpointCertificate,
    /// Name on screens.
    #[serde(default = "name")]
    pub name: String,
    /// Whose skill it is.
    #[serde(default)]
    pub vendor: Option<String>,
}

/// A change of a skill; what is missing stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SkillPatch {
    /// New endpoint.
    pub endpoint: Option<Url>,
    /// New words that open it, in all its locales.
    pub invocation_name: Option<String>,
    /// New models.
    pub locales: Option<BTreeMap<String, SkillLocale>>,
    /// Whether testing is on.
    pub is_testing: Option<bool>,
    /// New list of customers. Somebody new on it gets new device ids.
    pub enabled_for: Option<Vec<String>>,
    /// New kind of certificate.
    pub certificate: Option<EndpointCertificate>,
    /// Whether the manifest has the interface of the audio player.
    pub has_audio_player: Option<bool>,
}

impl SkillSeed {
    /// A skill in good order, for the account of the simulator and the locale of its Echos.
    #[must_use]
    pub fn new(id: &str, endpoint: Url, invocation_name: &str) -> Self {
        Self {
            id: id.to_owned(),
            endpoint: Some(endpoint),
            invocation_name: invocation_name.to_owned(),
            locales: BTreeMap::new(),
            is_testing: true,
            enabled_for: None,
            certificate: EndpointCertificate::Trusted,
            name: name(),
            vendor: None,
        }
    }
}

/// All skills, and where public names lead.
#[derive(Debug, Default)]
pub(crate) struct Cloud {
    pub(crate) skills: BTreeMap<String, Skill>,
    /// Public names that lead somewhere else than to the simulator.
    pub(crate) names: BTreeMap<String, SocketAddr>,
}

impl Cloud {
    /// Adds a skill, or replaces the one of this id.
    pub(crate) fn add(&mut self, seed: SkillSeed, locale: &str, customer: &str) {
        let mut locales = seed.locales;
        if locales.is_empty() {
            locales.insert(locale.to_owned(), SkillLocale::default());
        }
        for model in locales.values_mut().filter(|model| model.invocation_name.is_empty()) {
            model.invocation_name.clone_from(&seed.invocation_name);
        }
        let skill = Skill {
            id: seed.id.clone(),
            vendor: seed.vendor,
            name: seed.name,
            endpoint: seed.endpoint,
            certificate: seed.certificate,
            locales,
            is_testing: seed.is_testing,
            enabled_for: seed.enabled_for.unwrap_or_else(|| vec![customer.to_owned()]),
            has_audio_player: true,
            enablements: 1,
        };
        self.skills.insert(seed.id, skill);
    }

    /// Changes a skill; false when there is none of this id.
    pub(crate) fn patch(&mut self, id: &str, patch: SkillPatch) -> bool {
        let Some(skill) = self.skills.get_mut(id) else {
            return false;
        };
        if let Some(endpoint) = patch.endpoint {
            skill.endpoint = Some(endpoint);
        }
        if let Some(locales) = patch.locales {
            skill.locales = locales;
        }
        if let Some(name) = patch.invocation_name {
            for model in skill.locales.values_mut() {
                model.invocation_name.clone_from(&name);
            }
        }
        if let Some(enabled_for) = patch.enabled_for {
            let has_new = enabled_for.iter().any(|one| !skill.enabled_for.contains(one));
            skill.enablements += u32::from(has_new);
            skill.enabled_for = enabled_for;
        }
        skill.is_testing = patch.is_testing.unwrap_or(skill.is_testing);
        skill.certificate = patch.certificate.unwrap_or(skill.certificate);
        skill.has_audio_player = patch.has_audio_player.unwrap_or(skill.has_audio_player);
        true
    }
}

impl Skill {
    /// Whether an Echo of this locale and customer can open it.
    pub(crate) fn opens(&self, locale: &str, customer: &str) -> bool {
        let built = self.locales.get(locale).is_some_and(|m| m.build == BuildStatus::Succeeded);
        built
            && self.is_testing
            && self.endpoint.is_some()
            && self.enabled_for.iter().any(|one| one == customer)
    }
}

fn invocation_name() -> String {
    "music assistant".to_owned()
}

fn name() -> String {
    "Music Assistant".to_owned()
}

fn yes() -> bool {
    true
}
