//! What is answered to a request of the skill.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Stages;
use super::cue::Cue;
use super::deck::{Deck, Move, State};
use super::happening::Happening;
use super::numbers::{ADDRESS, HOST, LIVE_ADDRESS, NEXT, RETRY};
use super::slots::Outcome;
use super::token::Token;
use crate::error::{Error, code};
use crate::gateway::event::{Ask, GatewayEvent, Wish};
use crate::gateway::media::CueRef;
use crate::gateway::skill::envelope::{AudioEvent, Button, Envelope, Request};
use crate::gateway::skill::reply::{Directive, Piece, Reply};
use crate::gateway::skill::sentences::{Sentence, sentence};

/// What a wish of a person means, however it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Open,
    Pause,
    Resume,
    Stop,
    Next,
    Previous,
    StartOver,
    Shuffle(bool),
    Repeat(bool),
    Help,
    Unclear,
    Nothing,
}

impl Told {
    /// By the name of an intent. Those of Amazon arrive without the name of the skill as long as it
    /// was the last to play (*documented*).
    fn by_intent(name: &str) -> Self {
        match name {
            "AMAZON.PauseIntent" => Self::Pause,
            "AMAZON.ResumeIntent" => Self::Resume,
            "AMAZON.StopIntent" | "AMAZON.CancelIntent" => Self::Stop,
            "AMAZON.NextIntent" => Self::Next,
            "AMAZON.PreviousIntent" => Self::Previous,
            "AMAZON.StartOverIntent" | "AMAZON.RepeatIntent" => Self::StartOver,
            "AMAZON.ShuffleOnIntent" => Self::Shuffle(true),
            "AMAZON.ShuffleOffIntent" => Self::Shuffle(false),
            "AMAZON.LoopOnIntent" => Self::Repeat(true),
            "AMAZON.LoopOffIntent" => Self::Repeat(false),
            "AMAZON.HelpIntent" => Self::Help,
            "AMAZON.NavigateHomeIntent" => Self::Nothing,
            "AMAZON.FallbackIntent" | "" => Self::Unclear,
            _ => Self::Open,
        }
    }

    fn by_button(button: Button) -> Self {
        match button {
            Button::Next => Self::Next,
            Button::Previous => Self::Previous,
            Button::Play => Self::Resume,
            Button::Pause => Self::Pause,
        }
    }
}

impl Stages {
    /// The answer to a request.
    pub(crate) async fn answer(self: &Arc<Self>, envelope: &Envelope) -> Reply {
        let locale = envelope.locale.as_deref().unwrap_or("en-US");
        let say = |what| Reply::Say(sentence(what, locale));
        let told = match &envelope.request {
            Request::Audio(event) => return self.audio(event, envelope).await,
            Request::Launch => Told::Open,
            Request::Intent(name) => Told::by_intent(name),
            Request::Button(button) => Told::by_button(*button),
            Request::Exception { kind, message } => {
                tracing::warn!(kind, message = words(message), "Amazon refused an answer of ours");
                return Reply::Nothing;
            }
            Request::Skill(kind) => {
                if kind == "AlexaSkillEvent.SkillDisabled" {
                    self.forget_devices(envelope);
                }
                return Reply::Nothing;
            }
            Request::SessionEnded | Request::Unknown(_) => return Reply::Nothing,
        };
        match told {
            Told::Help => return say(Sentence::Help),
            Told::Unclear => return say(Sentence::NotUnderstood),
            Told::Nothing => return Reply::Nothing,
            _ => {}
        }
        let Some(serial) = self.whose(envelope, told == Told::Open) else {
            return say(Sentence::NotPaired);
        };
        match self.do_told(&serial, told).await {
            Ok(reply) => reply,
            Err(what) => say(what),
        }
    }

    async fn do_told(self: &Arc<Self>, serial: &str, told: Told) -> Result<Reply, Sentence> {
        let wish = match told {
            Told::Open | Told::Resume => {
                if self.may_give(serial) {
                    return Ok(self.give(serial));
                }
                if self.is_under_way(serial) && told == Told::Open {
                    // The second launch of one order.
                    return Ok(Reply::Nothing);
                }
                Wish::Resume
            }
            Told::Pause => {
                self.change(serial, Deck::pause);
                return Ok(Reply::Do(Directive::Stop));
            }
            Told::Stop => {
                self.change(serial, |deck, _| deck.stop());
                self.tell_wish(serial, Wish::Stop);
                return Ok(Reply::Do(Directive::Stop));
            }
            Told::Next => Wish::Next,
            Told::Previous => Wish::Previous,
            Told::StartOver => Wish::StartOver,
            Told::Shuffle(on) => Wish::Shuffle { on },
            Told::Repeat(on) => Wish::Repeat { on },
            Told::Help | Told::Unclear | Told::Nothing => return Ok(Reply::Nothing),
        };
        let is_resume = wish == Wish::Resume;
        match self.asked(serial, wish).await {
            Outcome::Play => Ok(self.give(serial)),
            Outcome::Stop => Ok(Reply::Do(Directive::Stop)),
            Outcome::Done if is_resume => Err(Sentence::NothingToPlay),
            Outcome::Done => Ok(Reply::Nothing),
            Outcome::Problem(reason) => {
                tracing::info!(reason, "a wish told to an Echo could not be fulfilled");
                Err(Sentence::Trouble)
            }
        }
    }

    /// Whether there is something to be given at once: it waits for this Echo, or goes on.
    fn may_give(&self, serial: &str) -> bool {
        if self.lock().deck(serial).is_waiting() {
            return true;
        }
        self.change(serial, |deck, now| {
            let goes_on = deck.resume(now).is_some();
            if goes_on {
                deck.new_order();
            }
            goes_on
        })
    }

    fn is_under_way(&self, serial: &str) -> bool {
        matches!(self.lock().deck(serial).state(), State::Starting { .. } | State::Playing(_))
    }

    /// Asks the host for something, and waits for what it does about it.
    async fn asked(&self, serial: &str, wish: Wish) -> Outcome {
        let id = self.next_ask();
        let outcome = self.slots.open(serial, id);
        let ask = Ask { id, serial: serial.to_owned(), wish };
        if !self.feed.tell(&GatewayEvent::Ask(ask)) {
            self.slots.end(id, Outcome::Done);
            return Outcome::Problem("nobody listens".to_owned());
        }
        tokio::select! {
            outcome = outcome => outcome.unwrap_or(Outcome::Done),
            () = self.clock.sleep(HOST) => {
                // What comes later goes the way of a launch.
                self.slots.end(id, Outcome::Done);
                Outcome::Problem("it took too long".to_owned())
            }
        }
    }

    fn tell_wish(&self, serial: &str, wish: Wish) {
        let (id, serial) = (self.next_ask(), serial.to_owned());
        self.feed.tell(&GatewayEvent::Ask(Ask { id, serial, wish }));
    }

    fn next_ask(&self) -> u64 {
        let mut state = self.lock();
        state.asked += 1;
        state.asked
    }

    /// The host has done what was asked for, or could not, for this reason.
    pub(crate) fn answered(&self, ask: u64, problem: Option<String>) {
        self.slots.end(ask, problem.map_or(Outcome::Done, Outcome::Problem));
    }

    async fn audio(self: &Arc<Self>, event: &AudioEvent, envelope: &Envelope) -> Reply {
        let Some(token) = Token::read(&event.token, &self.signer) else {
            tracing::debug!("an event about something that is not ours is left out");
            return Reply::Nothing;
        };
        self.note_device(envelope);
        let happening = Happening {
            sequence: token.sequence,
            kind: &event.kind,
            offset: event.offset,
            made_at: envelope.made_at,
        };
        let serial = token.serial.as_str();
        tracing::debug!(serial, sequence = token.sequence, kind = ?event.kind, "an event");
        let step = self.change(serial, |deck, now| deck.happen(happening, now));
        match step {
            Move::Play => {
                self.clock.sleep(RETRY).await;
                if self.lock().deck(serial).is_waiting() {
                    self.give(serial)
                } else {
                    Reply::Nothing
                }
            }
            Move::Enqueue { after } => self.put_behind(serial, after),
            Move::Wait => {
                let said = self.until(NEXT, |state| {
                    let deck = state.deck(serial);
                    if deck.current().is_none_or(|cue| cue.sequence != token.sequence) {
                        return Some(Move::Nothing);
                    }
                    Some(deck.prepare()).filter(|step| *step != Move::Wait)
                });
                match said.await {
                    Some(Move::Enqueue { after }) => self.put_behind(serial, after),
                    _ => Reply::Nothing,
                }
            }
            Move::Skip => match self.asked(serial, Wish::Next).await {
                Outcome::Play => self.give(serial),
                Outcome::Stop | Outcome::Done | Outcome::Problem(_) => {
                    self.change(serial, |deck, _| deck.stop());
                    let sentence = "The Echo could not play an item, and nothing comes after it.";
                    self.trouble(Some(serial), Error::new(code::STREAM_FAILED, sentence));
                    Reply::Nothing
                }
            },
            Move::Nothing | Move::Launch | Move::Silence | Move::GiveUp(_) => {
                self.do_later(serial, step);
                Reply::Nothing
            }
        }
    }

    /// Gives an Echo its current cue.
    fn give(&self, serial: &str) -> Reply {
        let given = self.change(serial, |deck, _| {
            let sequence = deck.current()?.sequence;
            let cue = deck.cue_mut(sequence)?;
            cue.is_given = true;
            Some(cue.clone())
        });
        let piece = given.and_then(|cue| self.piece(serial, &cue));
        piece.map_or(Reply::Nothing, |piece| Reply::Do(Directive::Play(Box::new(piece))))
    }

    /// Gives an Echo what comes after a cue.
    fn put_behind(&self, serial: &str, after: u64) -> Reply {
        let (next, before) = self.change(serial, |deck, _| {
            let before = deck.cue_of(after).cloned();
            let sequence = deck.enqueued().map(|cue| cue.sequence);
            let next = sequence.and_then(|sequence| deck.cue_mut(sequence)).map(|cue| {
                cue.is_given = true;
                cue.clone()
            });
            (next, before)
        });
        let (Some(next), Some(before)) = (next, before) else { return Reply::Nothing };
        let Some(piece) = self.piece(serial, &next) else { return Reply::Nothing };
        let after = Token::new(serial, before.sequence, &before.item.id).text(&self.signer);
        Reply::Do(Directive::Enqueue { piece: Box::new(piece), after })
    }

    fn piece(&self, serial: &str, cue: &Cue) -> Option<Piece> {
        let media = self.media.get()?;
        let expires = self.expiry(cue.item.duration);
        let at = CueRef { serial: serial.to_owned(), sequence: cue.sequence };
        let url = media.stream_url(&at, expires);
        let art = cue.item.image.as_ref().map(|image| media.art_url(serial, image, expires));
        let token = Token::new(serial, cue.sequence, &cue.item.id).text(&self.signer);
        Some(Piece::new(&cue.item, url, token, art))
    }

    fn expiry(&self, length: Option<Duration>) -> SystemTime {
        self.now() + length.map_or(LIVE_ADDRESS, |length| length + ADDRESS)
    }

    /// Which Echo a request is about. What it plays of ours tells for sure; then who answered a
    /// launch.
    fn whose(&self, envelope: &Envelope, is_opened: bool) -> Option<String> {
        let now = self.seconds();
        let by_token = envelope.player.as_ref();
        let by_token = by_token.and_then(|player| Token::read(&player.token, &self.signer));
        let (user, device) = (envelope.user_id.as_deref()?, envelope.device_id.as_deref()?);
        let (by_launch, is_news) = {
            let mut state = self.lock();
            let before = state.pairings.known();
            let serial = if is_opened {
                state.pairings.opened(user, device, now)
            } else {
                state.pairings.heard(user, device, now)
            };
            (serial, state.pairings.known() != before)
        };
        // That a device was heard of is no reason to write the session.
        if is_news {
            self.tell_pairings();
        }
        if is_opened {
            by_launch.or_else(|| by_token.map(|token| token.serial))
        } else {
            by_token.map(|token| token.serial).or(by_launch)
        }
    }

    fn note_device(&self, envelope: &Envelope) {
        if let (Some(user), Some(device)) = (&envelope.user_id, &envelope.device_id) {
            let now = self.seconds();
            self.lock().pairings.heard(user, device, now);
        }
    }

    fn forget_devices(&self, envelope: &Envelope) {
        if let Some(user) = &envelope.user_id {
            self.lock().pairings.disabled(user);
            self.tell_pairings();
        }
    }
}

/// The beginning of what Amazon says, up to the first address: it quotes what it refuses.
fn words(message: &str) -> String {
    message.split("http").next().unwrap_or_default().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_of_ours_is_logged_with_the_words_of_amazon() {
        let message = "The URL https://music.example.org/alexa/s/x.y.mp3 is not valid";
        assert_eq!(words(message), "The URL ");
        assert_eq!(
            words("Directive \"AudioPlayer.Play\" is unknown"),
            "Directive \"AudioPlayer.Play\" is unknown"
        );
        assert_eq!(words(&"x".repeat(500)).len(), 80);
    }
}
