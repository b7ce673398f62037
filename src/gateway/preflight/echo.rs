//! What is said about what a real Echo did.

use super::step::{Step, StepName};
use super::subject::{Launch, Sound};
use crate::api::Device;

const RUNNING: &str =
    "Use *Check streaming* of the provider in Music Assistant, which has the running gateway.";

/// The step of the launch. `phrase`: what the skill listens to and what is set, where they differ.
pub(super) fn launch(
    launch: Option<&Launch>,
    echo: Option<&Device>,
    has_probe: bool,
    phrase: Option<(String, String)>,
) -> Step {
    let name = StepName::Launch;
    let Some(launch) = launch else {
        return untried(name, echo, has_probe);
    };
    let whose = echo.map_or("The Echo", |echo| echo.name.as_str());
    let words = phrase.map(|(listens, set)| {
        format!(
            "The skill is opened by \u{201c}{listens}\u{201d}, and \u{201c}{set}\u{201d} is set."
        )
    });
    const NAMES: &str =
        "Give both the same name: run *mass-alexa skill deploy* again, or correct the setting.";
    match (launch, words) {
        (Launch::Answered, None) => Step::passed(name, format!("{whose} opens the skill.")),
        (Launch::Answered, Some(words)) => Step::warned(
            name,
            format!("{whose} opens the skill, but by voice it will not: {words}"),
            NAMES,
        ),
        (Launch::Unanswered, Some(words)) => {
            Step::failed(name, format!("{whose} did not open the skill. {words}"), NAMES)
        }
        (Launch::Unanswered, None) => Step::failed(
            name,
            format!("{whose} was told to open the skill, and no request came."),
            "Say \u{201c}Alexa, open\u{201d} and the name of the skill to this Echo and listen to what it answers: if it knows no such skill, see the step before; if it says that the skill does not answer, look at what stands before the gateway (a bot protection lets a browser through and Amazon not).",
        ),
        (Launch::Refused { said }, words) => Step::failed(
            name,
            format!(
                "{whose} did not open the skill but said: \u{201c}{}\u{201d} {}",
                shown(said),
                words.unwrap_or_default()
            )
            .trim_end()
            .to_owned(),
            "Mend what the steps before name. If they are all in order, the skill belongs to another Amazon account than this Echo.",
        ),
        (Launch::Rejected { reason }, _) => rejected(whose, reason),
        (Launch::Failed(error), _) => Step::failed(
            name,
            format!("It could not be tried: {}", error.message()),
            error.next_step(),
        ),
    }
}

fn rejected(whose: &str, reason: &str) -> Step {
    let (why, next) = match reason {
        "too-old" => (
            "it came too late by our clock",
            "Correct the clock of this machine; requests may be 150 seconds off.",
        ),
        "other-skill" => ("it is of another skill", "Enter the id of the skill that is in use."),
        "no-chain" => (
            "the certificates of Amazon could not be fetched",
            "See that this machine reaches https://s3.amazonaws.com.",
        ),
        "bad-signature" | "not-json" | "too-large" => (
            "what arrived is not what Amazon signed",
            "Let the proxy before the gateway hand on requests as they are, without changing their body.",
        ),
        "no-signature" | "bad-address" => (
            "its signature was missing",
            "Let the proxy before the gateway hand on all headers, above all Signature-256 and SignatureCertChainUrl.",
        ),
        "expired" | "bad-chain" | "wrong-name" => (
            "its certificates were not valid",
            "Check the clock of this machine; if it is right, look for a newer version of mass-alexa.",
        ),
        _ => ("it was not valid", "Look for a newer version of mass-alexa."),
    };
    Step::failed(
        StepName::Launch,
        format!("{whose} opened the skill, and its request was refused here: {why}."),
        next,
    )
}

/// The step of the sound.
pub(super) fn audio(sound: Option<&Sound>, echo: Option<&Device>, has_probe: bool) -> Step {
    let name = StepName::Audio;
    let whose = echo.map_or("The Echo", |echo| echo.name.as_str());
    match sound {
        None => untried(name, echo, has_probe),
        Some(Sound::Fetched(bytes)) => {
            Step::passed(name, format!("{whose} fetched sound ({bytes} bytes)."))
        }
        Some(Sound::NotFetched) => Step::failed(
            name,
            format!("{whose} was told to play and fetched no byte of sound."),
            "See that everything below /alexa/s/ gets through to the gateway as well, without redirects, and that the certificate and TLS 1.2 are in order: an Echo is pickier than Amazon's own servers.",
        ),
        Some(Sound::Refused { reason }) => Step::failed(
            name,
            format!("{whose} could not play: {}.", shown(reason)),
            "See that everything below /alexa/s/ gets through to the gateway, unchanged and uncached.",
        ),
        Some(Sound::Failed(error)) => Step::failed(
            name,
            format!("It could not be tried: {}", error.message()),
            error.next_step(),
        ),
    }
}

fn untried(name: StepName, echo: Option<&Device>, has_probe: bool) -> Step {
    match (has_probe, echo) {
        (false, _) => Step::skipped(name, "Only the running gateway can try this.", RUNNING),
        (true, None) => Step::skipped(
            name,
            "No Echo was chosen to try this with.",
            "Choose an Echo for the check.",
        ),
        (true, Some(_)) => Step::skipped(
            name,
            "Not tried, because a step before it failed.",
            "Mend that first, then check again.",
        ),
    }
}

/// What Amazon or an Echo says, no longer than a sentence is.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect::<String>()
        .trim_end_matches('.')
        .to_owned()
}
