//! What people say to an Echo, and what opens a skill.

use crate::control::ProviderKind;
use crate::push::events;
use crate::skill::views::Button;
use crate::state::State;

/// Said when nothing fits (field reports).
const PUZZLED: &str = "I'm not sure how to help with that.";
/// Said when a skill is meant that cannot be opened here (our wording).
const NOT_HERE: &str = "Sorry, I can't find that skill for you.";

/// Words before the name of a skill, by which it is opened.
const OPENERS: &[&str] = &[
    "open", "start", "launch", "run", "begin", "öffne", "starte", "ouvre", "lance", "démarre",
    "apri", "avvia", "lancia", "abre", "abrir", "inicia", "abra", "abrir", "iniciar", "افتح",
];
/// Words after it.
const CLOSERS: &[&str] = &["を開いて", "を起動して", " खोलो", " खोलिए", " ओपन करो", " openen"];

/// The built-in intents that need no invocation name when the skill played last (*documented*).
/// Outside a session "stop" comes as a pause (field report).
const BUILT_IN: &[(&[&str], &str)] = &[
    (&["pause", "stop"], "AMAZON.PauseIntent"),
    (&["resume", "continue", "play"], "AMAZON.ResumeIntent"),
    (&["next", "skip", "next song"], "AMAZON.NextIntent"),
    (&["previous", "previous song", "go back"], "AMAZON.PreviousIntent"),
    (&["start over"], "AMAZON.StartOverIntent"),
    (&["repeat"], "AMAZON.RepeatIntent"),
    (&["cancel"], "AMAZON.CancelIntent"),
    (&["shuffle", "shuffle on"], "AMAZON.ShuffleOnIntent"),
    (&["shuffle off"], "AMAZON.ShuffleOffIntent"),
    (&["loop", "loop on"], "AMAZON.LoopOnIntent"),
    (&["loop off"], "AMAZON.LoopOffIntent"),
];
/// Those that need an open session.
const IN_SESSION: &[(&[&str], &str)] = &[
    (&["stop"], "AMAZON.StopIntent"),
    (&["help"], "AMAZON.HelpIntent"),
    (&["home", "go home"], "AMAZON.NavigateHomeIntent"),
];

fn of(table: &[(&[&str], &'static str)], said: &str) -> Option<&'static str> {
    table.iter().find(|(words, _)| words.contains(&said)).map(|(_, intent)| *intent)
}

/// The name in a sentence that opens a skill.
fn opened(said: &str) -> Option<&str> {
    let (first, rest) = said.split_once(' ').unwrap_or((said, ""));
    if OPENERS.contains(&first) {
        return Some(rest);
    }
    CLOSERS.iter().find_map(|end| said.strip_suffix(end))
}

impl State {
    /// A sentence for a device, in small letters and without the name of Alexa; whether a skill or
    /// a refusal was the answer.
    pub(crate) fn skill_heard(&mut self, serial: &str, said: &str) -> bool {
        let now_ms = self.clock.now_ms();
        if self.skill.cloud.skills.is_empty() || self.echo(serial).is_none() {
            return false;
        }
        if let Some(refusal) = self.knobs.skill_refusal.clone()
            && of(BUILT_IN, said).is_none()
        {
            self.skill_interrupt(serial, true);
            self.skill_say(serial, &refusal);
            return true;
        }
        if let Some(name) = opened(said).filter(|_| of(BUILT_IN, said).is_none()) {
            self.skill_interrupt(serial, false);
            self.skill_open_by_name(serial, name);
            return true;
        }
        let session = self.echo(serial).and_then(|echo| echo.session.clone());
        if let Some(session) = session.filter(|session| session.until_ms < i64::MAX) {
            let intent = of(IN_SESSION, said).or_else(|| of(BUILT_IN, said)).map(str::to_owned);
            let intent = intent.or_else(|| self.sample(&session.skill, serial, said));
            let intent = intent.unwrap_or_else(|| "AMAZON.FallbackIntent".to_owned());
            self.skill_talk(serial, &session.skill, Some(&intent));
            return true;
        }
        if let (Some(intent), Some(skill)) = (of(BUILT_IN, said), self.played_last(serial)) {
            self.skill_interrupt(serial, false);
            self.skill_talk(serial, &skill, Some(intent));
            return true;
        }
        // Skills asked for something in one sentence are not reached any more (field reports of
        // 2026).
        if said.starts_with("ask ") {
            self.skill_interrupt(serial, true);
            self.skill_say(serial, PUZZLED);
            return true;
        }
        // Alexa answers by itself; what plays waits for it.
        let until_ms = i64::try_from(self.knobs.skill_interruption_s).unwrap_or(0) * 1000 + now_ms;
        let drops = self.knobs.skill_interruption_drops;
        if let Some(echo) = self.skill.echos.get_mut(serial) {
            let effects = echo.player.interrupt(Some(until_ms), now_ms);
            if drops {
                echo.player.drop_connections(now_ms, 0);
            }
            self.skill_effects(serial, effects);
            self.skill_pump(serial);
        }
        false
    }

    /// The skill whose sound the device has, playing or not.
    fn played_last(&self, serial: &str) -> Option<String> {
        let media = self.household.find(serial)?.media.as_ref();
        if media.is_some_and(|media| media.kind != ProviderKind::Skill) {
            return None;
        }
        let stream = self.skill.echos.get(serial)?.player.current.as_ref()?;
        Some(stream.item.skill.clone())
    }

    fn skill_interrupt(&mut self, serial: &str, briefly: bool) {
        let now_ms = self.clock.now_ms();
        let seconds = i64::try_from(self.knobs.skill_interruption_s).unwrap_or(0);
        let until_ms = briefly.then_some(now_ms + seconds * 1000);
        if let Some(echo) = self.skill.echos.get_mut(serial) {
            let effects = echo.player.interrupt(until_ms, now_ms);
            self.skill_effects(serial, effects);
            self.skill_pump(serial);
        }
    }

    fn skill_open_by_name(&mut self, serial: &str, name: &str) {
        let locale = self.locale_of(serial);
        let customer = self.identity.customer_id;
        let named = self.skill.cloud.skills.values().find(|skill| {
            skill.opens(&locale, customer)
                && skill.locales.get(&locale).is_some_and(|model| {
                    !name.is_empty() && model.invocation_name.to_lowercase() == name
                })
        });
        match named.map(|skill| skill.id.clone()) {
            Some(skill) => self.skill_talk(serial, &skill, None),
            None => {
                let now_ms = self.clock.now_ms();
                if let Some(echo) = self.skill.echos.get_mut(serial) {
                    echo.player.go_on(now_ms);
                }
                self.skill_say(serial, PUZZLED);
            }
        }
    }

    /// The intent of a custom sample sentence.
    fn sample(&self, skill: &str, serial: &str, said: &str) -> Option<String> {
        let model = self.skill.cloud.skills.get(skill)?.locales.get(&self.locale_of(serial))?;
        let has = |samples: &Vec<String>| samples.iter().any(|s| s.to_lowercase() == said);
        model.intents.iter().find(|(_, samples)| has(samples)).map(|(name, _)| name.clone())
    }

    /// A sequence launches a skill by its address, such as `connection://AMAZON.Launch/<id>`.
    pub(crate) fn skill_launch(&mut self, serial: &str, uri: &str) {
        if self.knobs.skill_launch_ignored || self.echo(serial).is_none() {
            return;
        }
        if let Some(refusal) = self.knobs.skill_refusal.clone() {
            return self.skill_say(serial, &refusal);
        }
        let id = uri.rsplit('/').next().unwrap_or_default();
        let locale = self.locale_of(serial);
        let skill = self.skill.cloud.skills.get(id);
        if skill.is_some_and(|skill| skill.opens(&locale, self.identity.customer_id)) {
            let id = id.to_owned();
            self.skill_talk(serial, &id, None);
        } else {
            self.skill_say(serial, NOT_HERE);
        }
    }

    /// The Echo says something because of a skill. The app sees that somebody spoke.
    fn skill_say(&mut self, serial: &str, said: &str) {
        if let Some(echo) = self.echo(serial) {
            echo.spoken.push(said.to_owned());
        }
        self.skill_history(serial, said);
        events::voice(self, serial);
    }

    /// A button on the screen of a device.
    pub(crate) fn skill_button(&mut self, serial: &str, button: Button) {
        let kind = match button {
            Button::Play => "PlayCommandIssued",
            Button::Pause => "PauseCommandIssued",
            Button::Next => "NextCommandIssued",
            Button::Previous => "PreviousCommandIssued",
        };
        self.skill_press(serial, kind);
    }
}
