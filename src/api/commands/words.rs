//! What a person says to Alexa for a button, in the languages of all sites.
//!
//! A bare word goes to whatever played last on the device, skills included (*observed* for English
//! and German; the other languages by what the device is told in them, *chosen*).

use super::Button;

/// Language, then the words for play, pause, next, previous, stop.
const TABLE: [(&str, [&str; 5]); 11] = [
    ("en", ["resume", "pause", "next", "previous", "stop"]),
    ("de", ["weiter", "pause", "n\u{e4}chstes lied", "vorheriges lied", "stopp"]),
    ("fr", ["reprends", "pause", "suivant", "pr\u{e9}c\u{e9}dent", "stop"]),
    ("it", ["riprendi", "pausa", "prossimo", "precedente", "stop"]),
    ("es", ["contin\u{fa}a", "pausa", "siguiente", "anterior", "para"]),
    ("pt", ["continuar", "pausar", "pr\u{f3}xima", "anterior", "parar"]),
    (
        "ja",
        [
            "\u{518d}\u{958b}",
            "\u{4e00}\u{6642}\u{505c}\u{6b62}",
            "\u{6b21}",
            "\u{524d}",
            "\u{505c}\u{6b62}",
        ],
    ),
    ("nl", ["hervat", "pauze", "volgende", "vorige", "stop"]),
    (
        "ar",
        [
            "\u{627}\u{633}\u{62a}\u{626}\u{646}\u{627}\u{641}",
            "\u{625}\u{64a}\u{642}\u{627}\u{641} \u{645}\u{624}\u{642}\u{62a}",
            "\u{627}\u{644}\u{62a}\u{627}\u{644}\u{64a}",
            "\u{627}\u{644}\u{633}\u{627}\u{628}\u{642}",
            "\u{62a}\u{648}\u{642}\u{641}",
        ],
    ),
    (
        "hi",
        [
            "\u{92b}\u{93f}\u{930} \u{938}\u{947} \u{91a}\u{932}\u{93e}\u{913}",
            "\u{930}\u{94b}\u{915}\u{94b}",
            "\u{905}\u{917}\u{932}\u{93e}",
            "\u{92a}\u{93f}\u{91b}\u{932}\u{93e}",
            "\u{92c}\u{902}\u{926} \u{915}\u{930}\u{94b}",
        ],
    ),
    // Alexa does not speak these yet; a device there is set to one of the others.
    ("sv", ["forts\u{e4}tt", "pausa", "n\u{e4}sta", "f\u{f6}reg\u{e5}ende", "stopp"]),
];

/// The word for a button in a locale such as `de-DE`; English where the language is not known.
pub fn word(button: Button, locale: &str) -> &'static str {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    let [english, ..] = &TABLE;
    let (_, [play, pause, next, previous, stop]) =
        TABLE.iter().find(|(code, _)| code.eq_ignore_ascii_case(language)).unwrap_or(english);
    match button {
        Button::Play => play,
        Button::Pause => pause,
        Button::Next => next,
        Button::Previous => previous,
        Button::Stop => stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Site;

    #[test]
    fn every_site_has_words_and_the_rest_is_english() {
        assert_eq!(word(Button::Stop, "de-AT"), "stopp");
        assert_eq!(word(Button::Next, "pl_PL"), "next");
        assert_eq!(word(Button::Pause, ""), "pause");
        for site in Site::all() {
            for button in
                [Button::Play, Button::Pause, Button::Next, Button::Previous, Button::Stop]
            {
                assert!(!word(button, &site.locale()).is_empty());
            }
        }
    }
}
