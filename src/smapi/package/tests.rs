use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;

/// A manifest as it is documented; nothing else may be in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Manifest {
    manifest_version: String,
    publishing_information: Publishing,
    apis: Apis,
    events: Events,
    privacy_and_compliance: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Publishing {
    locales: BTreeMap<String, Localized>,
    is_available_worldwide: bool,
    distribution_countries: Vec<String>,
    category: String,
    testing_instructions: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Localized {
    name: String,
    summary: String,
    description: String,
    example_phrases: Vec<String>,
    keywords: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Apis {
    custom: Custom,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    endpoint: Endpoint,
    interfaces: Vec<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Endpoint {
    uri: String,
    ssl_certificate_type: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events {
    endpoint: Endpoint,
    subscriptions: Vec<BTreeMap<String, String>>,
}

/// A model as it is documented.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Model {
    interaction_model: InteractionModel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct InteractionModel {
    language_model: LanguageModel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LanguageModel {
    invocation_name: String,
    intents: Vec<IntentEntry>,
    types: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntentEntry {
    name: String,
    slots: Vec<Value>,
    samples: Vec<String>,
}

fn package() -> Package {
    Package::new("https://music.example.org", NAME).unwrap()
}

#[test]
fn the_manifest_has_the_documented_shape() {
    let manifest = package().manifest().unwrap();
    assert_eq!(version_of(&manifest), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(endpoint_of(&manifest), Some("https://music.example.org/alexa/skill"));
    let manifest: Manifest = serde_json::from_value(manifest).unwrap();
    assert_eq!(manifest.manifest_version, "1.0");
    let publishing = manifest.publishing_information;
    assert!(publishing.is_available_worldwide && publishing.distribution_countries.is_empty());
    assert_eq!(publishing.category, "STREAMING_SERVICE");
    assert!(publishing.testing_instructions.contains("private"));
    assert!(publishing.locales.keys().map(String::as_str).eq(LOCALES));
    for (locale, one) in publishing.locales {
        // The limits are *documented*.
        assert!((2..=50).contains(&one.name.chars().count()));
        assert!(one.summary.chars().count() <= 160 && one.description.chars().count() <= 4_000);
        assert!(one.keywords.iter().map(String::len).sum::<usize>() <= 150);
        let [example] = one.example_phrases.as_slice() else { panic!("{locale}") };
        assert!(example.ends_with(&open_phrase(&locale, NAME)), "{example}");
    }
    assert_eq!(manifest.apis.custom.interfaces[0]["type"], "AUDIO_PLAYER");
    let events: Vec<_> =
        manifest.events.subscriptions.iter().map(|one| one["eventName"].as_str()).collect();
    assert_eq!(events, ["SKILL_ENABLED", "SKILL_DISABLED"]);
    for endpoint in [manifest.apis.custom.endpoint, manifest.events.endpoint] {
        assert_eq!(endpoint.uri, package().endpoint());
        assert_eq!(endpoint.ssl_certificate_type, "Trusted");
    }
    assert_eq!(manifest.privacy_and_compliance.len(), 5);
}

#[test]
fn every_model_is_whole_and_has_the_documented_shape() {
    let models = package().models().unwrap();
    assert!(models.keys().copied().eq(LOCALES));
    for (locale, model) in models {
        let model: Model = serde_json::from_value(model).unwrap();
        let model = model.interaction_model.language_model;
        assert_eq!(model.invocation_name, spoken_name(locale, NAME));
        assert!(model.types.is_empty());
        let names: Vec<_> = model.intents.iter().map(|intent| intent.name.as_str()).collect();
        assert_eq!(names, INTENTS.map(|intent| intent.name), "{locale}");
        let mut seen = BTreeSet::new();
        for intent in &model.intents {
            let is_silent = matches!(
                intent.name.as_str(),
                "AMAZON.FallbackIntent" | "AMAZON.NavigateHomeIntent"
            );
            assert_eq!(intent.samples.is_empty(), is_silent, "{locale} {}", intent.name);
            assert!(intent.slots.is_empty());
            assert!(intent.samples.iter().all(|sample| seen.insert(sample)), "{locale}");
        }
    }
}

#[test]
fn s_k5_one_name_is_in_every_model_and_phrase() {
    let package = Package::new("https://music.example.org", "assistant musical").unwrap();
    let manifest = package.manifest().unwrap();
    for (locale, model) in package.models().unwrap() {
        let name = invocation_name_of(&model).unwrap();
        assert_eq!(name, "assistant musical", "{locale}");
        let phrase = open_phrase(locale, "assistant musical");
        assert!(phrase.contains(name), "{phrase}");
        let example = &manifest["publishingInformation"]["locales"][locale]["examplePhrases"][0];
        assert!(example.as_str().unwrap().contains(name), "{example}");
    }
}

#[test]
fn addresses_names_and_locales_that_cannot_work_are_refused() {
    for (address, name, expected) in [
        ("http://music.example.org", NAME, code::BAD_PUBLIC_URL),
        ("https://music.example.org:8443", NAME, code::BAD_PUBLIC_URL),
        ("https://music.example.org", "play music", code::BAD_INVOCATION_NAME),
    ] {
        assert_eq!(Package::new(address, name).unwrap_err().code(), expected, "{address} {name}");
    }
    let in_locales =
        |name, locales: &[&str]| Package::in_locales("https://music.example.org", name, locales);
    assert_eq!(in_locales(NAME, &["sv-SE"]).unwrap_err().code(), code::BAD_SETTING);
    // What is a command in one language is none in another.
    assert!(in_locales("musica start", &["it-IT"]).is_ok());
    let two = in_locales(NAME, &["fr_fr", "de-DE", "fr-FR"]).unwrap();
    assert_eq!(two.locales(), ["de-DE", "fr-FR"]);
    let wild = package().with_certificate(Certificate::parse("wildcard").unwrap());
    let manifest = wild.manifest().unwrap();
    assert_eq!(manifest["apis"]["custom"]["endpoint"]["sslCertificateType"], "Wildcard");
    assert!(Certificate::parse("self-signed").is_err());
}

#[test]
fn a_second_export_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skill");
    let first = package().export(&path, false).unwrap();
    assert_eq!(first.written.len(), LOCALES.len() + 2);
    let second = package().export(&path, false).unwrap();
    assert_eq!(second.unchanged, first.written);
    assert!(second.written.is_empty() && second.removed.is_empty());
}

#[test]
fn an_export_replaces_its_own_files_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    package().export(path, false).unwrap();
    let fewer = Package::in_locales("https://music.example.org", NAME, &["de-DE"]).unwrap();
    let export = fewer.export(path, false).unwrap();
    assert_eq!(export.written, ["skill-package/skill.json"]);
    assert_eq!(export.removed.len(), LOCALES.len() - 1);
    let model = path.join("skill-package/interactionModels/custom/de-DE.json");
    std::fs::write(&model, "{}").unwrap();
    let other = Package::new("https://other.example.org", NAME).unwrap();
    let error = other.export(path, false).unwrap_err();
    assert_eq!(error.code(), code::FOREIGN_FILE);
    assert!(error.message().contains("de-DE.json"));
    let manifest = std::fs::read_to_string(path.join("skill-package/skill.json")).unwrap();
    assert!(manifest.contains("music.example.org"), "nothing was written");
    assert!(other.export(path, true).unwrap().written.len() > 2);
}

#[test]
fn a_note_that_leads_elsewhere_removes_nothing_there() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "x").unwrap();
    let path = folder.path().join("skill");
    std::fs::create_dir(&path).unwrap();
    let digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    let note =
        serde_json::json!({"files": {"../precious": digest, precious.to_str().unwrap(): digest}});
    std::fs::write(path.join("mass-alexa.json"), note.to_string()).unwrap();
    assert!(package().export(&path, false).unwrap().removed.is_empty());
    assert!(precious.exists());
}
