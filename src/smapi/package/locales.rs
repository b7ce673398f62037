//! Every locale of the skill, and the words of its language.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::name::NAME;
use crate::error::{Error, Result, code};

/// Every locale that Amazon has for custom skills, the audio player among what they can do there
/// (*documented*: *Develop Skills in Multiple Languages*, read in November 2026).
pub const LOCALES: [&str; 17] = [
    "ar-SA", "de-DE", "en-AU", "en-CA", "en-GB", "en-IN", "en-US", "es-ES", "es-MX", "es-US",
    "fr-CA", "fr-FR", "hi-IN", "it-IT", "ja-JP", "nl-NL", "pt-BR",
];

/// What a language says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phrases {
    /// The name by which people call Alexa.
    pub(super) wake: String,
    /// One line about the skill.
    pub(super) summary: String,
    /// More about it.
    pub(super) description: String,
    /// What it is found by.
    pub(super) keywords: Vec<String>,
    /// How it is opened; `{name}` stands for the invocation name.
    pub(super) open: String,
    /// Phrases by intent.
    pub(super) samples: BTreeMap<String, Vec<String>>,
}

const TEXTS: [(&str, &str); 10] = [
    ("ar", include_str!("phrases/ar.json")),
    ("de", include_str!("phrases/de.json")),
    ("en", include_str!("phrases/en.json")),
    ("es", include_str!("phrases/es.json")),
    ("fr", include_str!("phrases/fr.json")),
    ("hi", include_str!("phrases/hi.json")),
    ("it", include_str!("phrases/it.json")),
    ("ja", include_str!("phrases/ja.json")),
    ("nl", include_str!("phrases/nl.json")),
    ("pt", include_str!("phrases/pt.json")),
];

/// The phrases of every language. Those that cannot be read are missing, which a test excludes.
fn languages() -> &'static BTreeMap<&'static str, Phrases> {
    static LANGUAGES: OnceLock<BTreeMap<&'static str, Phrases>> = OnceLock::new();
    LANGUAGES.get_or_init(|| {
        let read = |(language, text): (&'static str, &str)| {
            serde_json::from_str(text).ok().map(|phrases| (language, phrases))
        };
        TEXTS.into_iter().filter_map(read).collect()
    })
}

/// The language of a locale: `de` for `de-DE`.
pub(super) fn language(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or_default()
}

/// What a locale says.
///
/// # Errors
/// `bad-setting` for a locale that the skill does not have.
pub(super) fn phrases(locale: &str) -> Result<&'static Phrases> {
    languages().get(language(locale)).ok_or_else(|| unknown(locale))
}

/// The locale of the table that a text means: `de_de` means `de-DE`.
///
/// # Errors
/// `bad-setting` with all there are.
pub fn locale(text: &str) -> Result<&'static str> {
    let text = text.trim().replace('_', "-");
    let found = LOCALES.into_iter().find(|locale| locale.eq_ignore_ascii_case(&text));
    found.ok_or_else(|| unknown(&text))
}

fn unknown(locale: &str) -> Error {
    let shown: String = locale.chars().take(20).collect();
    Error::new(code::BAD_SETTING, format!("Skills have no locale \u{201c}{shown}\u{201d}."))
        .with_next_step(format!("Choose from these: {}.", LOCALES.join(", ")))
}

/// The invocation name as it is said in a locale: the name that was chosen, but for ours in the
/// languages that write it in letters of their own. Hindi does not: English words stay Latin there
/// (*documented*).
pub fn spoken_name(locale: &str, name: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    match language(locale) {
        "ar" if name == NAME => "ميوزك أسيستنت".to_owned(),
        "ja" if name == NAME => "ミュージック アシスタント".to_owned(),
        _ => name,
    }
}

/// What a person says to open the skill, as a command in text: `ouvre assistant musical`. English
/// for a locale that the skill does not have.
pub fn open_phrase(locale: &str, name: &str) -> String {
    let pattern = languages().get(language(locale)).map_or("open {name}", |known| &known.open);
    pattern.replace("{name}", &spoken_name(locale, name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::intents::INTENTS;
    use super::*;

    #[test]
    fn every_intent_has_phrases_of_its_own_in_every_language() {
        for (language, _) in TEXTS {
            let phrases = phrases(language).unwrap();
            let mut seen = BTreeSet::new();
            for intent in INTENTS.iter().filter(|intent| intent.has_phrases) {
                let samples = &phrases.samples[intent.name];
                assert!(samples.len() >= 2, "{language} {}", intent.name);
                for sample in samples {
                    assert!(seen.insert(sample), "{language}: {sample} twice");
                }
            }
            let extra = phrases.samples.keys().filter(|name| {
                !INTENTS.iter().any(|intent| intent.name == *name && intent.has_phrases)
            });
            assert_eq!(extra.count(), 0, "{language}");
            assert!(phrases.open.contains("{name}"));
        }
    }

    #[test]
    fn phrases_hold_what_amazon_takes_in_them() {
        // *Documented*: letters, spaces, apostrophes, hyphens and periods; no other punctuation.
        for (language, _) in TEXTS {
            let phrases = phrases(language).unwrap();
            for sample in phrases.samples.values().flatten() {
                let is_fine = |c: char| {
                    c.is_alphabetic()
                        || c == ' '
                        || c == '\''
                        || c == '-'
                        || ('\u{900}'..='\u{97f}').contains(&c)
                };
                assert!(sample.chars().all(is_fine), "{language}: {sample}");
                assert_eq!(sample.trim(), sample);
                assert_eq!(&sample.to_lowercase(), sample, "{language}");
            }
        }
    }

    #[test]
    fn every_locale_has_a_language_and_is_found_as_people_write_it() {
        for one in LOCALES {
            assert!(phrases(one).is_ok(), "{one}");
            assert_eq!(locale(&one.to_lowercase().replace('-', "_")).unwrap(), one);
        }
        assert_eq!(locale("sv-SE").unwrap_err().code(), code::BAD_SETTING);
    }

    #[test]
    fn s_k5_the_name_is_opened_by_its_own_words() {
        assert_eq!(open_phrase("fr-FR", "assistant musical"), "ouvre assistant musical");
        assert_eq!(open_phrase("de-DE", " Music  Assistant "), "öffne music assistant");
        assert_eq!(open_phrase("ja-JP", "music assistant"), "ミュージック アシスタントを開いて");
        assert_eq!(open_phrase("sv-SE", "music assistant"), "open music assistant");
    }
}
