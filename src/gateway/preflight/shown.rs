//! What is said about the certificate and the versions of TLS.

use super::chain::{Fault, Judgement};
use super::handshake::Handshake;
use super::step::{Step, StepName};

/// Sentence and next step for what is wrong with a certificate.
fn words(fault: &Fault, host: &str) -> (String, &'static str) {
    match fault {
        Fault::Unreadable => {
            ("it cannot be read".into(), "Get a new certificate, for example from Let's Encrypt.")
        }
        Fault::Expired { days } => (
            format!("it has expired {} ago", counted(*days)),
            "Renew it, and see why it was not renewed by itself.",
        ),
        Fault::NotYet { days } => (
            format!("it is not valid before {} from now", counted(*days)),
            "Check the clock of this machine, and of the one that made the certificate.",
        ),
        Fault::OtherName { names } if names.is_empty() => (
            format!("it is not for {host}: it holds no name"),
            "Get a certificate for exactly this name.",
        ),
        Fault::OtherName { names } => (
            format!("it is for {} and not for {host}", shown(names)),
            "Get a certificate for exactly this name, or let the proxy show the one that is.",
        ),
        Fault::SelfSigned => (
            "it is self-signed".into(),
            "Get one from a public authority, such as Let's Encrypt: an Echo plays from nothing else.",
        ),
        Fault::Incomplete { issuer } => (
            format!(
                "the chain is incomplete: the certificate of its issuer{} is not sent along",
                quoted(issuer.as_ref())
            ),
            "Use the file with the whole chain, often named fullchain.pem. Browsers fetch what is missing, Echos do not. If the issuer is none of the public authorities, get a certificate from one.",
        ),
        Fault::UnknownAuthority { issuer } => (
            format!(
                "it comes from an authority{} that is not a public one",
                quoted(issuer.as_ref())
            ),
            "Get one from a public authority, such as Let's Encrypt: an Echo plays from nothing else.",
        ),
        Fault::Other(why) => (
            format!("it is refused ({why})"),
            "Get a new certificate, for example from Let's Encrypt.",
        ),
    }
}

fn quoted(name: Option<&String>) -> String {
    name.map_or(String::new(), |name| format!(" \u{201c}{name}\u{201d}"))
}

fn counted(days: u64) -> String {
    match days {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// The first names of a certificate.
fn shown(names: &[String]) -> String {
    let mut text = names.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > 3 {
        text.push_str(", ...");
    }
    text
}

/// The step of the certificate.
pub(super) fn certificate(judgement: &Judgement, host: &str) -> Step {
    let name = StepName::Certificate;
    if let Some(first) = judgement.faults.first() {
        let all: Vec<_> = judgement.faults.iter().map(|fault| words(fault, host).0).collect();
        let sentence =
            format!("The certificate at the public address cannot be used: {}.", all.join("; "));
        return Step::failed(name, sentence, words(first, host).1);
    }
    let left = counted(judgement.days_left.unwrap_or_default());
    let by = quoted(judgement.issuer.as_ref());
    if judgement.is_ending() {
        return Step::warned(
            name,
            format!("The certificate{by} is good, but ends in {left}."),
            "See that it is renewed by itself; streaming stops when it ends.",
        );
    }
    Step::passed(name, format!("The certificate for {host} is good for {left}, issued by{by}."))
}

/// The step of the versions, from a handshake with each alone.
pub(super) fn versions(old: &Handshake, new: &Handshake) -> Step {
    let name = StepName::Tls;
    let is_done = |handshake: &Handshake| matches!(handshake, Handshake::Done(_));
    match (is_done(old), is_done(new)) {
        (true, true) => Step::passed(name, "TLS 1.2 and TLS 1.3 are both spoken there."),
        (true, false) => Step::passed(name, "TLS 1.2 is spoken there, which is what Echos need."),
        (false, true) => Step::failed(
            name,
            "Only TLS 1.3 is spoken there, and TLS 1.2 is not; Echos need TLS 1.2.",
            "Allow TLS 1.2 in your proxy or tunnel (its lowest version must be 1.2, not 1.3), with its usual ciphers.",
        ),
        (false, false) => Step::failed(
            name,
            "Neither TLS 1.2 nor TLS 1.3 is spoken there.",
            "Let a reverse proxy or a tunnel with a certificate answer at port 443, or give the gateway a certificate of its own.",
        ),
    }
}
