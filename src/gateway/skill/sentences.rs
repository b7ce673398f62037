//! What an Echo says for us, in every language of the skill.

/// A thing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sentence {
    /// It is not known which player this Echo is.
    NotPaired,
    /// Nothing was given to this Echo.
    NothingToPlay,
    /// What can be said to the skill.
    Help,
    /// It failed; the reason is shown elsewhere.
    Trouble,
    /// The end of a talk.
    Goodbye,
    /// Words that mean nothing to the skill.
    NotUnderstood,
    /// The skill at Amazon was made by another version of this program.
    OtherVersion,
}

impl Sentence {
    /// Every sentence there is.
    pub const ALL: [Self; 7] = [
        Self::NotPaired,
        Self::NothingToPlay,
        Self::Help,
        Self::Trouble,
        Self::Goodbye,
        Self::NotUnderstood,
        Self::OtherVersion,
    ];
}

/// The words of one language.
struct Words {
    not_paired: &'static str,
    nothing_to_play: &'static str,
    help: &'static str,
    trouble: &'static str,
    goodbye: &'static str,
    not_understood: &'static str,
    other_version: &'static str,
}

/// The sentence in the language of a locale such as `de-DE`; English for a language that the skill
/// does not have.
pub fn sentence(sentence: Sentence, locale: &str) -> &'static str {
    let words = words(locale);
    match sentence {
        Sentence::NotPaired => words.not_paired,
        Sentence::NothingToPlay => words.nothing_to_play,
        Sentence::Help => words.help,
        Sentence::Trouble => words.trouble,
        Sentence::Goodbye => words.goodbye,
        Sentence::NotUnderstood => words.not_understood,
        Sentence::OtherVersion => words.other_version,
    }
}

fn words(locale: &str) -> &'static Words {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    let known: [(&str, &Words); 10] = [
        ("ar", &ARABIC),
        ("de", &GERMAN),
        ("en", &ENGLISH),
        ("es", &SPANISH),
        ("fr", &FRENCH),
        ("hi", &HINDI),
        ("it", &ITALIAN),
        ("ja", &JAPANESE),
        ("nl", &DUTCH),
        ("pt", &PORTUGUESE),
    ];
    known
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(language))
        .map_or(&ENGLISH, |(_, words)| words)
}

static ENGLISH: Words = Words {
    not_paired: "I don't know yet which player this Echo is. Start something on it from Music Assistant once.",
    nothing_to_play: "There is nothing to play. Start something from Music Assistant.",
    help: "I play what Music Assistant sends to this Echo. You can say pause, resume, next, previous or stop.",
    trouble: "That didn't work. Music Assistant shows the reason.",
    goodbye: "Bye.",
    not_understood: "I didn't get that. You can say pause, resume, next, previous or stop.",
    other_version: "This skill and Music Assistant don't fit together any more. Please deploy the skill again.",
};

static GERMAN: Words = Words {
    not_paired: "Ich weiß noch nicht, welcher Player dieser Echo ist. Starte einmal etwas aus Music Assistant auf ihm.",
    nothing_to_play: "Es gibt nichts abzuspielen. Starte etwas in Music Assistant.",
    help: "Ich spiele, was Music Assistant an diesen Echo schickt. Du kannst Pause, weiter, nächster Titel, vorheriger Titel oder Stopp sagen.",
    trouble: "Das hat nicht geklappt. Music Assistant zeigt den Grund.",
    goodbye: "Tschüss.",
    not_understood: "Das habe ich nicht verstanden. Du kannst Pause, weiter, nächster Titel, vorheriger Titel oder Stopp sagen.",
    other_version: "Dieser Skill und Music Assistant passen nicht mehr zusammen. Bitte richte den Skill neu ein.",
};

static FRENCH: Words = Words {
    not_paired: "Je ne sais pas encore à quel lecteur correspond cet Echo. Lancez une première fois quelque chose depuis Music Assistant.",
    nothing_to_play: "Il n'y a rien à écouter. Lancez quelque chose depuis Music Assistant.",
    help: "Je joue ce que Music Assistant envoie à cet Echo. Vous pouvez dire pause, reprends, suivant, précédent ou stop.",
    trouble: "Cela n'a pas fonctionné. Music Assistant en indique la raison.",
    goodbye: "À bientôt.",
    not_understood: "Je n'ai pas compris. Vous pouvez dire pause, reprends, suivant, précédent ou stop.",
    other_version: "Cette skill et Music Assistant ne vont plus ensemble. Veuillez déployer la skill à nouveau.",
};

static SPANISH: Words = Words {
    not_paired: "Todavía no sé qué reproductor es este Echo. Inicia algo en él una vez desde Music Assistant.",
    nothing_to_play: "No hay nada que reproducir. Inicia algo desde Music Assistant.",
    help: "Reproduzco lo que Music Assistant envía a este Echo. Puedes decir pausa, continúa, siguiente, anterior o para.",
    trouble: "No ha funcionado. Music Assistant muestra el motivo.",
    goodbye: "Hasta luego.",
    not_understood: "No lo he entendido. Puedes decir pausa, continúa, siguiente, anterior o para.",
    other_version: "Esta skill y Music Assistant ya no encajan. Vuelve a instalar la skill, por favor.",
};

static ITALIAN: Words = Words {
    not_paired: "Non so ancora quale lettore sia questo Echo. Avvia una volta qualcosa da Music Assistant.",
    nothing_to_play: "Non c'è niente da riprodurre. Avvia qualcosa da Music Assistant.",
    help: "Riproduco quello che Music Assistant manda a questo Echo. Puoi dire pausa, riprendi, successivo, precedente o fermati.",
    trouble: "Non ha funzionato. Music Assistant mostra il motivo.",
    goodbye: "A presto.",
    not_understood: "Non ho capito. Puoi dire pausa, riprendi, successivo, precedente o fermati.",
    other_version: "Questa skill e Music Assistant non sono più compatibili. Installa di nuovo la skill, per favore.",
};

static DUTCH: Words = Words {
    not_paired: "Ik weet nog niet welke speler deze Echo is. Start er een keer iets op vanuit Music Assistant.",
    nothing_to_play: "Er is niets om af te spelen. Start iets vanuit Music Assistant.",
    help: "Ik speel af wat Music Assistant naar deze Echo stuurt. Je kunt pauze, ga verder, volgende, vorige of stop zeggen.",
    trouble: "Dat is niet gelukt. Music Assistant laat de reden zien.",
    goodbye: "Tot ziens.",
    not_understood: "Dat heb ik niet begrepen. Je kunt pauze, ga verder, volgende, vorige of stop zeggen.",
    other_version: "Deze skill en Music Assistant passen niet meer bij elkaar. Installeer de skill opnieuw.",
};

static PORTUGUESE: Words = Words {
    not_paired: "Ainda não sei qual reprodutor é este Echo. Inicie algo nele uma vez pelo Music Assistant.",
    nothing_to_play: "Não há nada para tocar. Inicie algo pelo Music Assistant.",
    help: "Eu toco o que o Music Assistant envia para este Echo. Você pode dizer pausar, continuar, próxima, anterior ou parar.",
    trouble: "Isso não funcionou. O Music Assistant mostra o motivo.",
    goodbye: "Até logo.",
    not_understood: "Não entendi. Você pode dizer pausar, continuar, próxima, anterior ou parar.",
    other_version: "Esta skill e o Music Assistant não combinam mais. Instale a skill novamente, por favor.",
};

static JAPANESE: Words = Words {
    not_paired: "このエコーがどのプレーヤーか、まだわかりません。ミュージックアシスタントから一度、再生を始めてください。",
    nothing_to_play: "再生するものがありません。ミュージックアシスタントから再生を始めてください。",
    help: "ミュージックアシスタントから送られた音楽を再生します。一時停止、再開、次、前、停止、と言ってください。",
    trouble: "うまくいきませんでした。理由はミュージックアシスタントに表示されています。",
    goodbye: "さようなら。",
    not_understood: "わかりませんでした。一時停止、再開、次、前、停止、と言ってください。",
    other_version: "このスキルとミュージックアシスタントのバージョンが合いません。スキルをもう一度設定してください。",
};

static HINDI: Words = Words {
    not_paired: "मुझे अभी नहीं पता कि यह इको कौन सा प्लेयर है। इस पर एक बार म्यूज़िक असिस्टेंट से कुछ चलाइए।",
    nothing_to_play: "चलाने के लिए कुछ नहीं है। म्यूज़िक असिस्टेंट से कुछ चलाइए।",
    help: "म्यूज़िक असिस्टेंट इस इको पर जो भेजता है, मैं वही चलाती हूँ। आप रोको, जारी रखो, अगला, पिछला या बंद करो कह सकते हैं।",
    trouble: "यह नहीं हो पाया। कारण म्यूज़िक असिस्टेंट में दिखाया गया है।",
    goodbye: "फिर मिलेंगे।",
    not_understood: "मैं समझ नहीं पाई। आप रोको, जारी रखो, अगला, पिछला या बंद करो कह सकते हैं।",
    other_version: "यह स्किल और म्यूज़िक असिस्टेंट अब मेल नहीं खाते। कृपया स्किल को फिर से सेट कीजिए।",
};

static ARABIC: Words = Words {
    not_paired: "لا أعرف بعد أي مشغل هو جهاز إيكو هذا. شغّل عليه شيئًا مرة واحدة من ميوزك أسيستنت.",
    nothing_to_play: "لا يوجد شيء للتشغيل. ابدأ شيئًا من ميوزك أسيستنت.",
    help: "أشغّل ما يرسله ميوزك أسيستنت إلى جهاز إيكو هذا. يمكنك قول إيقاف مؤقت أو استئناف أو التالي أو السابق أو توقف.",
    trouble: "لم ينجح ذلك. ستجد السبب في ميوزك أسيستنت.",
    goodbye: "إلى اللقاء.",
    not_understood: "لم أفهم ذلك. يمكنك قول إيقاف مؤقت أو استئناف أو التالي أو السابق أو توقف.",
    other_version: "لم تعد هذه المهارة متوافقة مع ميوزك أسيستنت. يرجى إعداد المهارة مرة أخرى.",
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_language_has_every_sentence_in_words_of_its_own() {
        for one in Sentence::ALL {
            let languages = ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "nl", "pt"];
            let said: BTreeSet<_> = languages.map(|language| sentence(one, language)).into();
            assert_eq!(said.len(), languages.len(), "{one:?}");
            for text in said {
                assert!(text.ends_with(['.', '。', '।']), "{text}");
                // What has a meaning in SSML could break an answer.
                assert!(!text.contains(['<', '>', '&', '"', '\n']), "{text}");
                assert!(text.chars().count() < 200, "{text}");
            }
        }
    }

    #[test]
    fn a_locale_is_its_language_and_strangers_hear_english() {
        assert_eq!(sentence(Sentence::Goodbye, "de-DE"), "Tschüss.");
        assert_eq!(sentence(Sentence::Goodbye, "es-MX"), sentence(Sentence::Goodbye, "es-ES"));
        for locale in ["", "sv-SE", "x"] {
            assert_eq!(sentence(Sentence::Goodbye, locale), "Bye.");
        }
    }
}
