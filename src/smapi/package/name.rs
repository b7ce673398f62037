//! Amazon's rules for the name by which a skill is opened (*documented*: *Choose the Invocation
//! Name for a Custom Skill*).

use super::locales::{language, spoken_name};
use crate::error::{Error, Result, code};

/// The name unless another one is chosen.
pub const NAME: &str = "music assistant";

/// Most characters of a name (*documented*).
const LONGEST: usize = 50;
/// A single German word of so many letters counts as a compound (*chosen*).
const COMPOUND: usize = 9;

/// What calls Alexa (*documented*), or is what all of this is called.
const WAKE: [&str; 8] =
    ["alexa", "amazon", "echo", "computer", "ziggy", "skill", "app", "アレクサ"];

/// Words that begin a command or join it to a name (*documented*; the lists of languages other than
/// English are taken from the examples there and are not whole).
const LAUNCH: [(&str, &[&str]); 10] = [
    ("ar", &["افتحي", "شغلي", "ابدئي", "اسألي", "اطلبي", "استخدمي"]),
    (
        "de",
        &[
            "öffne", "starte", "frage", "frag", "sage", "sag", "lade", "beginne", "spiele", "nach",
            "und", "mit", "von",
        ],
    ),
    (
        "en",
        &[
            "run", "start", "play", "resume", "use", "launch", "ask", "open", "tell", "load",
            "begin", "enable", "to", "from", "in", "using", "with", "about", "for", "that", "by",
            "if", "and", "whether",
        ],
    ),
    (
        "es",
        &[
            "abre", "inicia", "pregunta", "pide", "di", "usa", "lanza", "comienza", "para", "con",
            "sobre", "y",
        ],
    ),
    (
        "fr",
        &[
            "ouvre", "lance", "demande", "démarre", "dis", "utilise", "commence", "pour", "avec",
            "et", "si",
        ],
    ),
    ("hi", &["खोलो", "शुरू", "पूछो", "चलाओ"]),
    (
        "it",
        &[
            "apri", "avvia", "chiedi", "domanda", "lancia", "usa", "inizia", "per", "con", "su",
            "e", "se",
        ],
    ),
    ("ja", &["開いて", "起動して", "始めて", "使って"]),
    (
        "nl",
        &["open", "start", "vraag", "zeg", "gebruik", "begin", "naar", "met", "voor", "en", "of"],
    ),
    (
        "pt",
        &[
            "abrir",
            "abra",
            "abre",
            "iniciar",
            "inicie",
            "perguntar",
            "peça",
            "usar",
            "para",
            "com",
            "sobre",
            "e",
        ],
    ),
];

/// Words that do not make a name of two words (*documented* for English).
const SMALL: [(&str, &[&str]); 7] = [
    ("de", &["der", "die", "das", "ein", "eine", "für", "zu"]),
    ("en", &["the", "a", "an", "of", "my"]),
    ("es", &["el", "la", "los", "las", "un", "una", "de", "mi"]),
    ("fr", &["le", "la", "les", "un", "une", "de", "mon", "ma"]),
    ("it", &["il", "lo", "la", "i", "gli", "le", "un", "una", "di"]),
    ("nl", &["de", "het", "een", "van", "mijn"]),
    ("pt", &["o", "a", "os", "as", "um", "uma", "de"]),
];

/// Checks a name for a locale; gives it as the skill has it there.
///
/// # Errors
/// `bad-invocation-name` with the rule and the locale.
pub fn checked(locale: &str, name: &str) -> Result<String> {
    let name = spoken_name(locale, name);
    let refuse = |why: String| {
        let message =
            format!("The name \u{201c}{name}\u{201d} cannot open a skill in {locale}: {why}.");
        Err(Error::new(code::BAD_INVOCATION_NAME, message))
    };
    let words: Vec<_> = name.split(' ').collect();
    if name.chars().count() < 2 || name.chars().count() > LONGEST {
        return refuse(format!("it needs 2 to {LONGEST} letters"));
    }
    if let Some(odd) = name.chars().find(|c| !is_allowed(*c)) {
        return refuse(if odd.is_numeric() {
            "numbers are written as words".to_owned()
        } else {
            format!(
                "\u{201c}{odd}\u{201d} is not allowed, only letters, spaces, apostrophes and periods"
            )
        });
    }
    let has = |list: &[&str]| words.iter().find(|word| list.contains(word)).copied();
    let of = |table: &[(&str, &'static [&'static str])]| {
        table.iter().find(|(own, _)| *own == language(locale)).map_or(&[][..], |(_, words)| words)
    };
    if let Some(word) = has(&WAKE) {
        return refuse(format!("\u{201c}{word}\u{201d} stands for Alexa itself"));
    }
    if let Some(word) = has(of(&LAUNCH)) {
        return refuse(format!("\u{201c}{word}\u{201d} is a word that commands are made of"));
    }
    let is_one = words.len() == 1;
    let is_compound = language(locale) == "de" && name.chars().count() >= COMPOUND;
    // Japanese is written without spaces.
    if is_one && !is_compound && language(locale) != "ja" {
        return refuse("it needs two words or more".to_owned());
    }
    if words.len() == 2
        && let Some(word) = has(of(&SMALL))
    {
        return refuse(format!("two words are too few when one of them is \u{201c}{word}\u{201d}"));
    }
    Ok(name)
}

/// Letters, and the signs that Indian and Arabic letters carry.
fn is_allowed(c: char) -> bool {
    c.is_alphabetic()
        || matches!(c, ' ' | '\'' | '.')
        || ('\u{900}'..='\u{97f}').contains(&c)
        || ('\u{64b}'..='\u{652}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::super::locales::LOCALES;
    use super::*;

    #[test]
    fn usual_names_are_taken() {
        for locale in LOCALES {
            checked(locale, NAME).unwrap();
        }
        for (locale, name) in [
            ("fr-FR", "Assistant  Musical"),
            ("de-DE", "musikzimmer"),
            ("en-GB", "sam's record room"),
            ("ja-JP", "音楽係"),
        ] {
            checked(locale, name).unwrap();
        }
        assert_eq!(checked("fr-FR", " Assistant  Musical ").unwrap(), "assistant musical");
    }

    #[test]
    fn each_rule_is_named() {
        for (locale, name, why) in [
            ("en-US", "music", "two words"),
            ("de-DE", "musik", "two words"),
            ("en-US", "alexa music", "Alexa itself"),
            ("fr-FR", "skill musical", "Alexa itself"),
            ("en-US", "play music", "commands"),
            ("de-DE", "starte musik", "commands"),
            ("en-US", "the music", "too few"),
            ("en-US", "music 2", "numbers"),
            ("en-US", "music-room two", "not allowed"),
            ("en-US", "x", "2 to 50"),
        ] {
            let error = checked(locale, name).unwrap_err();
            assert_eq!(error.code(), code::BAD_INVOCATION_NAME);
            assert!(error.message().contains(why), "{name}: {}", error.message());
            assert!(error.message().contains(locale));
        }
    }
}
