//! What is said about the skill, from the developer's side of Amazon and from what a launch showed.

use url::Url;

use super::step::{Step, StepName};
use super::subject::{Launch, LocaleFacts, SkillFacts};
use crate::api::Device;
use crate::error::Error;
use crate::gateway::GatewaySettings;
use crate::gateway::listener::SKILL;
use crate::smapi::package::{LOCALES, spoken_name};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const CONSOLE: &str = "https://developer.amazon.com/alexa/console/ask";
const DEPLOY: &str = "Run *mass-alexa skill deploy* again, or export the skill and import it anew.";

/// What is known about the skill.
#[derive(Debug)]
pub(super) enum Knowledge {
    /// Nobody is signed in at the developer's side.
    NoSignIn,
    /// Its answer could not be had.
    Trouble(Error),
    /// It has no such skill.
    Missing,
    /// What it says.
    Known(SkillFacts),
}

/// Everything that the steps about the skill are judged by.
pub(super) struct Evidence<'a> {
    pub(super) settings: &'a GatewaySettings,
    /// Whether the public address can be one.
    pub(super) has_address: bool,
    /// Whether the running gateway is asked; otherwise it is elsewhere, with settings of its own.
    pub(super) has_probe: bool,
    pub(super) echo: Option<&'a Device>,
    pub(super) knowledge: &'a Knowledge,
    /// A request of this skill was taken a short time ago.
    pub(super) was_heard: bool,
    pub(super) launch: Option<&'a Launch>,
}

impl Evidence<'_> {
    fn is_open(&self) -> bool {
        matches!(self.launch, Some(Launch::Answered))
    }

    fn facts(&self) -> Option<&SkillFacts> {
        match self.knowledge {
            Knowledge::Known(facts) => Some(facts),
            _ => None,
        }
    }

    fn language(&self) -> Option<&str> {
        self.echo?.locale.as_deref()
    }

    fn locale_facts(&self) -> Option<&LocaleFacts> {
        self.facts()?.locales.get(self.language()?)
    }

    /// For a step that only the developer's side or a launch can tell.
    fn unknown(&self, name: StepName, proven: bool, what: &str, look: &str) -> Step {
        if proven {
            return Step::passed(name, format!("{what}: its requests arrive here."));
        }
        match self.knowledge {
            Knowledge::Trouble(error) => Step::skipped(
                name,
                format!("Amazon's developer side could not be asked: {}", error.message()),
                error.next_step(),
            ),
            _ => Step::skipped(
                name,
                "This cannot be known from here without the developer sign-in.",
                format!(
                    "Sign in with *mass-alexa skill deploy*, or look it up at {CONSOLE}: {look}"
                ),
            ),
        }
    }

    /// Whether the skill exists and was made by this version.
    pub(super) fn skill(&self) -> Step {
        let name = StepName::Skill;
        let Some(id) = self.settings.skill_id.as_deref() else {
            if !self.has_probe {
                return Step::skipped(
                    name,
                    "It was not said which skill is meant.",
                    "Give its id, or sign in with *mass-alexa skill deploy*.",
                );
            }
            return Step::failed(
                name,
                "No skill is set, so every request of Alexa is refused.",
                "Make the skill with *mass-alexa skill deploy*, or enter its id in the settings.",
            );
        };
        if !id.starts_with("amzn1.ask.skill.") {
            return Step::failed(
                name,
                "What is set as the skill is no id of a skill.",
                format!(
                    "Copy the id from {CONSOLE} (*Copy Skill ID*); it begins with amzn1.ask.skill."
                ),
            );
        }
        if let Some(Launch::Rejected { reason: "other-skill" }) = self.launch {
            return Step::failed(
                name,
                "The Echo opened another skill than the one that is set: its request came here under another id.",
                format!(
                    "Enter the id of the skill that is in use, see {CONSOLE}, and remove older ones of the same name."
                ),
            );
        }
        match self.knowledge {
            Knowledge::Missing => Step::failed(
                name,
                format!("The developer account has no skill {id}."),
                "Make it with *mass-alexa skill deploy*, or enter the id of the one that is there. A skill of another developer account is not seen here.",
            ),
            Knowledge::Known(facts) => match facts.version.as_deref() {
                Some(VERSION) => {
                    Step::passed(name, "The skill exists and was made by this version.")
                }
                Some(other) => Step::warned(
                    name,
                    format!(
                        "The skill was made by version {other} of mass-alexa, and this is {VERSION}."
                    ),
                    DEPLOY,
                ),
                None => {
                    Step::warned(name, "The skill exists, but was not made by mass-alexa.", DEPLOY)
                }
            },
            _ => self.unknown(
                name,
                self.is_open() || self.was_heard,
                "The skill exists",
                "it has to be in the list, with this id.",
            ),
        }
    }

    /// Whether it sends its requests here.
    pub(super) fn endpoint(&self) -> Step {
        let name = StepName::Endpoint;
        if !self.has_address {
            return Step::skipped(
                name,
                "It is not compared with a public address that cannot be one.",
                "Correct the public address first.",
            );
        }
        let wanted = format!("{}{SKILL}", self.settings.public_url.as_str().trim_end_matches('/'));
        let proven = self.is_open() || self.was_heard;
        let Some(facts) = self.facts() else {
            let look =
                format!("*Build*, *Endpoint*, *HTTPS*: the default region has to be {wanted}.");
            return self.unknown(
                name,
                proven,
                "The skill sends its requests to this gateway",
                &look,
            );
        };
        let next = format!("{DEPLOY} Or enter {wanted} at {CONSOLE}, *Build*, *Endpoint*.");
        let Some(endpoint) = facts.endpoint.as_deref() else {
            return Step::failed(name, "The skill sends its requests nowhere.", next);
        };
        if Url::parse(endpoint).ok() == Url::parse(&wanted).ok() {
            return Step::passed(name, format!("The skill sends its requests to {wanted}."));
        }
        let sentence =
            format!("The skill sends its requests to {endpoint}, and should to {wanted}.");
        if self.is_open() {
            return Step::warned(name, format!("{sentence} They arrive all the same."), next);
        }
        Step::failed(name, sentence, next)
    }

    /// Whether it speaks the language of the Echo.
    pub(super) fn locale(&self) -> Step {
        let name = StepName::Locale;
        let Some(echo) = self.echo else {
            return Step::skipped(
                name,
                "No Echo was chosen, so its language is not known.",
                "Choose an Echo for the check.",
            );
        };
        let Some(locale) = self.language() else {
            return Step::skipped(
                name,
                format!("Amazon does not say which language {} speaks.", echo.name),
                "Look at the language of the device in the Alexa app; the skill has to have the same.",
            );
        };
        if self.is_open() {
            return Step::passed(name, format!("The skill is opened in {locale}."));
        }
        if !LOCALES.contains(&locale) {
            return Step::failed(
                name,
                format!("{} speaks {locale}, in which Alexa has no skills with sound.", echo.name),
                format!("Set the device to one of these in the Alexa app: {}.", LOCALES.join(", ")),
            );
        }
        let Some(facts) = self.facts() else {
            let look = format!("the list of languages of the skill has to hold {locale}.");
            return self.unknown(name, false, "", &look);
        };
        match facts.locales.get(locale) {
            None => {
                let has: Vec<_> = facts.locales.keys().map(String::as_str).collect();
                Step::failed(
                    name,
                    format!(
                        "{} speaks {locale}, and the skill only {}.",
                        echo.name,
                        if has.is_empty() { "nothing".to_owned() } else { has.join(", ") }
                    ),
                    DEPLOY,
                )
            }
            Some(LocaleFacts { is_built: Some(false), .. }) => Step::failed(
                name,
                format!("The skill does not understand {locale} yet: its model is not built."),
                "Wait some minutes; if it stays so, run *mass-alexa skill deploy* again.",
            ),
            Some(_) => {
                Step::passed(name, format!("The skill and {} both speak {locale}.", echo.name))
            }
        }
    }

    /// Whether it may be used unpublished.
    pub(super) fn testing(&self) -> Step {
        let name = StepName::Testing;
        const SWITCH: &str = "*Test*, *Skill testing is enabled in* has to be *Development*.";
        match self.facts().and_then(|facts| facts.is_testing) {
            Some(true) => Step::passed(name, "Testing of the skill is switched on."),
            Some(false) if self.is_open() => Step::warned(
                name,
                "Testing of the skill is said to be off, yet an Echo opens it.",
                "Check again in some minutes.",
            ),
            Some(false) => Step::failed(
                name,
                "Testing of the skill is switched off, so no Echo opens it.",
                format!(
                    "Run *mass-alexa skill deploy* again, or switch it on at {CONSOLE}: {SWITCH}"
                ),
            ),
            None => self.unknown(
                name,
                self.is_open() || self.was_heard,
                "Testing of the skill is switched on",
                SWITCH,
            ),
        }
    }

    /// Whether it is enabled for the account of the Echo.
    pub(super) fn enabled(&self, is_in_order: bool) -> Step {
        let name = StepName::Enabled;
        const OTHER: &str = "Sign in at the developer side with the very account that the Echo is registered to, deploy the skill there, and see in the Alexa app of that account that it is under *Your skills*, *Dev*.";
        let whose = self.echo.map_or("this Echo", |echo| echo.name.as_str());
        match self.launch {
            Some(Launch::Answered) => {
                Step::passed(name, format!("The skill is enabled for the account of {whose}."))
            }
            Some(Launch::Refused { .. }) if is_in_order => Step::failed(
                name,
                format!(
                    "The skill is not enabled for the Amazon account of {whose}: it probably belongs to another developer account."
                ),
                OTHER,
            ),
            Some(Launch::Unanswered) if is_in_order => Step::warned(
                name,
                format!(
                    "Perhaps the skill is not enabled for the Amazon account of {whose}: it did not open it."
                ),
                OTHER,
            ),
            _ => Step::skipped(
                name,
                "Only a launch shows whether the skill is enabled for the account of the Echo.",
                "Mend what is above first, then check again with an Echo chosen.",
            ),
        }
    }

    /// Whether the words that open it are not those that are set: what it listens to, and what is
    /// set.
    pub(super) fn phrase(&self) -> Option<(String, String)> {
        let listens = self.locale_facts()?.invocation_name.clone()?;
        let set = spoken_name(self.language()?, &self.settings.invocation_name);
        (listens.to_lowercase() != set).then_some((listens, set))
    }
}
