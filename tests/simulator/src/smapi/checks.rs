//! What Amazon has to say against manifests and models.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::call::text;

/// Locales of custom skills (*documented*).
pub(super) const LOCALES: [&str; 17] = [
    "ar-SA", "de-DE", "en-AU", "en-CA", "en-GB", "en-IN", "en-US", "es-ES", "es-MX", "es-US",
    "fr-CA", "fr-FR", "hi-IN", "it-IT", "ja-JP", "nl-NL", "pt-BR",
];
/// Some of the categories (*documented*); `MUSIC_AND_AUDIO` is what the console shows and is none.
const CATEGORIES: [&str; 4] =
    ["STREAMING_SERVICE", "KNOWLEDGE_AND_TRIVIA", "NOVELTY", "SMART_HOME"];

fn violation(code: &str, message: &str) -> Value {
    json!({ "code": code, "message": message })
}

/// What is wrong with a manifest. It is found out after the request was answered (*observed*).
pub(super) fn manifest(manifest: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    if manifest.get("manifest").is_some() {
        // Wrapped twice (*observed*): the message names a field that nobody wrote.
        found.push(violation(
            "UNEXPECTED_PROPERTY",
            "Instance property \"manifest\" at property path \"$.manifest\" is not expected.",
        ));
    }
    let category = text(manifest, "/publishingInformation/category");
    if !CATEGORIES.contains(&category) {
        found.push(violation(
            "INVALID_ENUM_VALUE",
            &format!("Object instance at property path \"$.manifest.publishingInformation.category\" has invalid value \"{category}\"."),
        ));
    }
    for place in ["/apis/custom/endpoint", "/events/endpoint"] {
        let uri = text(manifest, &format!("{place}/uri"));
        let certificate = text(manifest, &format!("{place}/sslCertificateType"));
        let path = place.replace('/', ".");
        if uri.starts_with("https:") && certificate.is_empty() {
            found.push(violation(
                "MISSING_REQUIRED_PROPERTY",
                &format!("Required property \"sslCertificateType\" is missing at property path \"$.manifest{path}\"."),
            ));
        } else if uri.starts_with("http:") {
            found.push(violation("INVALID_URL_FORMAT", "The endpoint is not https."));
        } else if !uri.is_empty() && !["Trusted", "Wildcard", "SelfSigned"].contains(&certificate) {
            found.push(violation(
                "INVALID_ENUM_VALUE",
                &format!("\"{certificate}\" is no kind of certificate."),
            ));
        }
    }
    let locales = manifest.pointer("/publishingInformation/locales").and_then(Value::as_object);
    for (locale, words) in locales.into_iter().flatten() {
        if !LOCALES.contains(&locale.as_str()) {
            found.push(violation(
                "INVALID_LOCALE",
                &format!("The locale {locale} is not supported."),
            ));
        }
        let length = text(words, "/name").chars().count();
        if !(2..=50).contains(&length) {
            found.push(violation(
                "INVALID_STRING_LENGTH",
                &format!("The name in {locale} has {length} characters."),
            ));
        }
        if text(words, "/summary").chars().count() > 160 {
            found.push(violation(
                "INVALID_STRING_LENGTH",
                &format!("The summary in {locale} is too long."),
            ));
        }
    }
    if locales.is_none_or(serde_json::Map::is_empty) {
        found.push(violation("MISSING_REQUIRED_PROPERTY", "There is no locale."));
    }
    found
}

/// What is wrong with a model so plainly that it is not even taken.
pub(super) fn model(locale: &str, body: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    if !LOCALES.contains(&locale) {
        found.push(violation("INVALID_LOCALE", &format!("The locale {locale} is not supported.")));
    }
    let language_model = body.pointer("/interactionModel/languageModel").unwrap_or(&Value::Null);
    let name = text(language_model, "/invocationName");
    let is_plain = |c: char| {
        (c.is_alphabetic() && !c.is_uppercase())
            || matches!(c, ' ' | '\'' | '.')
            || ('\u{900}'..='\u{97f}').contains(&c)
    };
    if name.is_empty() || !name.chars().all(is_plain) {
        found.push(violation(
            "INVALID_INVOCATION_NAME",
            &format!("The invocation name \"{name}\" is not valid."),
        ));
    }
    if name.split(' ').any(|word| ["alexa", "amazon", "echo"].contains(&word)) {
        found.push(violation(
            "INVALID_INVOCATION_NAME",
            "The invocation name contains a wake word.",
        ));
    }
    if !language_model.get("intents").is_some_and(Value::is_array) {
        found.push(violation("MISSING_REQUIRED_PROPERTY", "There are no intents."));
    }
    found
}

/// What is wrong with a model once it is built.
pub(super) fn build(body: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let intents = body.pointer("/interactionModel/languageModel/intents").and_then(Value::as_array);
    let mut names = BTreeSet::new();
    let mut samples = BTreeSet::new();
    for intent in intents.into_iter().flatten() {
        let name = text(intent, "/name");
        if !names.insert(name) {
            found
                .push(violation("DUPLICATE_INTENT", &format!("The intent {name} is there twice.")));
        }
        let own = intent.get("samples").and_then(Value::as_array);
        for sample in own.into_iter().flatten().filter_map(Value::as_str) {
            if !samples.insert(sample) {
                found.push(violation(
                    "CONFLICT_SAMPLE",
                    &format!("The sample \"{sample}\" is there twice."),
                ));
            }
            if sample.chars().any(|c| c.is_numeric() || "!?,;:\"<>".contains(c)) {
                found.push(violation(
                    "INVALID_SAMPLE",
                    &format!("The sample \"{sample}\" has characters that are not allowed."),
                ));
            }
        }
    }
    let has_own = |name: &&str| !name.starts_with("AMAZON.");
    if !names.iter().any(has_own) {
        found.push(violation("MISSING_CUSTOM_INTENT", "There is no intent that is not built in."));
    }
    for needed in ["AMAZON.PauseIntent", "AMAZON.ResumeIntent"] {
        if !names.contains(needed) {
            found.push(violation(
                "MISSING_INTENT",
                &format!("A skill with the audio player needs {needed}."),
            ));
        }
    }
    found
}
