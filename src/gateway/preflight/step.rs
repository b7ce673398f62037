//! What a check says.

use serde::Serialize;

/// One link of the chain from an Echo to this gateway, in the order in which they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// The public address can be one.
    Address,
    /// Its name leads to the internet side of the house.
    Dns,
    /// The certificate that is shown there: name, time, chain.
    Certificate,
    /// The versions of TLS that are spoken there.
    Tls,
    /// What answers there is this gateway, of this version.
    Reachable,
    /// The skill exists and was made by this version.
    Skill,
    /// The skill sends its requests here.
    Endpoint,
    /// The skill speaks the language of the Echo.
    Locale,
    /// The skill may be used before it is published, which it never is.
    Testing,
    /// The skill is enabled for the account of the Echo.
    Enabled,
    /// The Echo opens the skill.
    Launch,
    /// The Echo fetches sound.
    Audio,
}

impl StepName {
    /// All, in their order.
    pub const ALL: [Self; 12] = [
        Self::Address,
        Self::Dns,
        Self::Certificate,
        Self::Tls,
        Self::Reachable,
        Self::Skill,
        Self::Endpoint,
        Self::Locale,
        Self::Testing,
        Self::Enabled,
        Self::Launch,
        Self::Audio,
    ];

    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Dns => "dns",
            Self::Certificate => "certificate",
            Self::Tls => "tls",
            Self::Reachable => "reachable",
            Self::Skill => "skill",
            Self::Endpoint => "endpoint",
            Self::Locale => "locale",
            Self::Testing => "testing",
            Self::Enabled => "enabled",
            Self::Launch => "launch",
            Self::Audio => "audio",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Address => "Public address",
            Self::Dns => "DNS",
            Self::Certificate => "Certificate",
            Self::Tls => "TLS versions",
            Self::Reachable => "Reachable",
            Self::Skill => "Skill",
            Self::Endpoint => "Endpoint of the skill",
            Self::Locale => "Language",
            Self::Testing => "Testing",
            Self::Enabled => "Enabled",
            Self::Launch => "Launch",
            Self::Audio => "Sound",
        }
    }
}

/// How a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Passed,
    /// Broken; nothing plays before it is mended.
    Failed,
    /// Works, or may; a person should look at it.
    Warned,
    /// Not looked at, for the reason in the sentence.
    Skipped,
}

impl Verdict {
    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warned => "warned",
            Self::Skipped => "skipped",
        }
    }
}

/// What was found about one link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which link.
    pub name: StepName,
    /// How it is.
    pub verdict: Verdict,
    /// One or two sentences for a person.
    pub sentence: String,
    /// What that person can do; empty where there is nothing to do.
    pub next_step: String,
}

impl Step {
    /// All is well.
    pub(super) fn passed(name: StepName, sentence: impl Into<String>) -> Self {
        Self::new(name, Verdict::Passed, sentence, "")
    }

    /// It is broken.
    pub(super) fn failed(
        name: StepName,
        sentence: impl Into<String>,
        next_step: impl Into<String>,
    ) -> Self {
        Self::new(name, Verdict::Failed, sentence, next_step)
    }

    /// It may be broken.
    pub(super) fn warned(
        name: StepName,
        sentence: impl Into<String>,
        next_step: impl Into<String>,
    ) -> Self {
        Self::new(name, Verdict::Warned, sentence, next_step)
    }

    /// It was not looked at.
    pub(super) fn skipped(
        name: StepName,
        sentence: impl Into<String>,
        next_step: impl Into<String>,
    ) -> Self {
        Self::new(name, Verdict::Skipped, sentence, next_step)
    }

    fn new(
        name: StepName,
        verdict: Verdict,
        sentence: impl Into<String>,
        next_step: impl Into<String>,
    ) -> Self {
        Self { name, verdict, sentence: sentence.into(), next_step: next_step.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_programs_and_in_order() {
        for (step, next) in StepName::ALL.into_iter().zip(StepName::ALL.into_iter().skip(1)) {
            assert!(step < next);
            assert_eq!(serde_json::to_value(step).unwrap(), step.name());
        }
        for verdict in [Verdict::Passed, Verdict::Failed, Verdict::Warned, Verdict::Skipped] {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.name());
        }
    }
}
