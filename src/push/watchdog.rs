//! Whether a stream that is open still tells anything. Pure: times go in, decisions come out.
//!
//! A stream can be deaf without being closed: a router lost power, or Amazon forgot it. Three things
//! show that: no bytes, no reply to a ping, and changes that somebody else noticed.

use std::time::Duration;

use super::rhythm::{
    FIRST_BYTES, LONGEST_LIFE, LONGEST_SILENCE, MISSED, QUIET, QUIET_STILL, REPLY, SILENT, STABLE,
};

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Nothing for so long, unless something happens.
    Wait(Duration),
    /// Ask the host for a sign of life.
    Ping,
    /// Give the stream up.
    GiveUp(Reason),
}

/// Why a stream is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Not one byte came.
    NothingAtAll,
    /// No more bytes came.
    Silent,
    /// The host did not reply in time.
    NoReply,
    /// Bytes come, but changes are not told.
    Deaf,
    /// It is time for another one.
    Old,
}

impl Reason {
    /// The rest of a sentence that begins with "the push stream".
    pub fn words(self) -> &'static str {
        match self {
            Self::NothingAtAll => "was opened and stayed empty",
            Self::Silent => "went silent",
            Self::NoReply => "is open, but its host does not reply",
            Self::Deaf => "did not tell what changed",
            Self::Old => "was open for long",
        }
    }
}

/// Watches one stream after another.
#[derive(Debug, Default)]
pub struct Watchdog {
    opened: Duration,
    /// The last bytes, or the opening.
    heard: Duration,
    is_empty: bool,
    asked: Option<Duration>,
    awaits_reply: bool,
    /// Streams in a row that were given up because they were silent, and brought nothing.
    silences: u32,
    /// The same for those that were deaf.
    deafnesses: u32,
}

impl Watchdog {
    /// A stream was opened.
    pub fn note_opened(&mut self, now: Duration) {
        let (silences, deafnesses) = (self.silences, self.deafnesses);
        *self = Self {
            opened: now,
            heard: now,
            is_empty: true,
            silences,
            deafnesses,
            ..Self::default()
        };
    }

    /// Bytes came.
    pub fn note_bytes(&mut self, now: Duration) {
        self.heard = now;
        self.is_empty = false;
        (self.asked, self.awaits_reply) = (None, false);
        // What every stream begins with proves nothing.
        if now.saturating_sub(self.opened) >= STABLE {
            self.silences = 0;
        }
    }

    /// Something was told that had just happened.
    pub fn note_news(&mut self) {
        self.deafnesses = 0;
    }

    /// The host was asked for a sign of life.
    pub fn note_ping(&mut self, now: Duration) {
        (self.asked, self.awaits_reply) = (Some(now), true);
    }

    /// It gave one, or it could not be asked.
    pub fn note_reply(&mut self) {
        self.awaits_reply = false;
    }

    /// The stream was given up.
    pub fn note_given_up(&mut self, reason: Reason) {
        match reason {
            Reason::Silent => self.silences = self.silences.saturating_add(1),
            Reason::Deaf => self.deafnesses = self.deafnesses.saturating_add(1),
            _ => {}
        }
    }

    /// What to do now. `missed` is how many changes were noticed elsewhere since the last news.
    pub fn duty(&self, now: Duration, missed: u32) -> Duty {
        if missed >= MISSED << self.deafnesses.min(5) {
            return Duty::GiveUp(Reason::Deaf);
        }
        let mut next = Duration::MAX;
        let mut is_due = |at: Duration| {
            next = next.min(at.saturating_sub(now));
            at <= now
        };
        if self.is_empty && is_due(self.opened + FIRST_BYTES) {
            return Duty::GiveUp(Reason::NothingAtAll);
        }
        if let Some(asked) = self.asked.filter(|_| self.awaits_reply)
            && is_due(asked + REPLY)
        {
            return Duty::GiveUp(Reason::NoReply);
        }
        if is_due(self.heard + self.silence()) {
            return Duty::GiveUp(Reason::Silent);
        }
        if is_due(self.opened + LONGEST_LIFE) {
            return Duty::GiveUp(Reason::Old);
        }
        if !self.awaits_reply
            && is_due(self.asked.map_or(self.heard + QUIET, |asked| asked + QUIET_STILL))
        {
            return Duty::Ping;
        }
        Duty::Wait(next)
    }

    /// A host whose streams are silent each time does not send signs of life. Then it would be an
    /// hourly flood of connections to insist on them; the first two times it is found out in time.
    fn silence(&self) -> Duration {
        let doubled = SILENT * (1 << self.silences.saturating_sub(1).min(8));
        doubled.min(LONGEST_SILENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    fn up(at: u64) -> Watchdog {
        let mut watchdog = Watchdog::default();
        watchdog.note_opened(seconds(at));
        watchdog.note_bytes(seconds(at));
        watchdog
    }

    #[test]
    fn s_s1_a_silent_stream_is_given_up_within_five_minutes_although_its_host_replies() {
        let mut watchdog = up(1_000);
        assert_eq!(watchdog.duty(seconds(1_000), 0), Duty::Wait(QUIET));
        assert_eq!(watchdog.duty(seconds(1_120), 0), Duty::Ping);
        watchdog.note_ping(seconds(1_120));
        assert_eq!(watchdog.duty(seconds(1_120), 0), Duty::Wait(REPLY));
        watchdog.note_reply();
        assert_eq!(watchdog.duty(seconds(1_121), 0), Duty::Wait(seconds(119)));
        assert_eq!(watchdog.duty(seconds(1_240), 0), Duty::GiveUp(Reason::Silent));
        assert!(SILENT < seconds(300));
    }

    #[test]
    fn a_host_that_does_not_reply_is_given_up() {
        let mut watchdog = up(0);
        watchdog.note_ping(seconds(120));
        assert_eq!(watchdog.duty(seconds(129), 0), Duty::Wait(seconds(1)));
        assert_eq!(watchdog.duty(seconds(130), 0), Duty::GiveUp(Reason::NoReply));
        watchdog.note_bytes(seconds(130));
        assert_eq!(watchdog.duty(seconds(130), 0), Duty::Wait(QUIET));
    }

    #[test]
    fn a_stream_without_a_byte_is_given_up() {
        let mut watchdog = Watchdog::default();
        watchdog.note_opened(seconds(10));
        assert_eq!(watchdog.duty(seconds(39), 0), Duty::Wait(seconds(1)));
        assert_eq!(watchdog.duty(seconds(40), 0), Duty::GiveUp(Reason::NothingAtAll));
    }

    #[test]
    fn no_stream_lives_for_ever() {
        let mut watchdog = up(0);
        let last = LONGEST_LIFE - seconds(1);
        watchdog.note_bytes(last);
        assert_eq!(watchdog.duty(last, 0), Duty::Wait(seconds(1)));
        assert_eq!(watchdog.duty(LONGEST_LIFE, 0), Duty::GiveUp(Reason::Old));
    }

    #[test]
    fn changes_that_were_not_told_are_a_reason_too() {
        let mut watchdog = up(0);
        assert_eq!(watchdog.duty(seconds(1), 1), Duty::Wait(seconds(119)));
        assert_eq!(watchdog.duty(seconds(1), 2), Duty::GiveUp(Reason::Deaf));
        watchdog.note_given_up(Reason::Deaf);
        watchdog.note_opened(seconds(10));
        watchdog.note_bytes(seconds(10));
        // A change that Amazon never tells must not cost a connection each time.
        assert_eq!(watchdog.duty(seconds(11), 3), Duty::Wait(seconds(119)));
        assert_eq!(watchdog.duty(seconds(11), 4), Duty::GiveUp(Reason::Deaf));
        watchdog.note_news();
        assert_eq!(watchdog.duty(seconds(11), 2), Duty::GiveUp(Reason::Deaf));
    }

    /// Gives up after so many seconds of silence.
    fn patience(watchdog: &mut Watchdog, at: u64) -> u64 {
        watchdog.note_opened(seconds(at));
        watchdog.note_bytes(seconds(at));
        for passed in 0..10_000 {
            match watchdog.duty(seconds(at + passed), 0) {
                Duty::Ping => {
                    watchdog.note_ping(seconds(at + passed));
                    watchdog.note_reply();
                }
                Duty::GiveUp(reason) => {
                    watchdog.note_given_up(reason);
                    return passed;
                }
                Duty::Wait(_) => {}
            }
        }
        panic!("never")
    }

    #[test]
    fn a_host_without_signs_of_life_is_not_connected_to_all_the_time() {
        let mut watchdog = Watchdog::default();
        let given: Vec<_> = (0..8).map(|n| patience(&mut watchdog, n * 10_000)).collect();
        assert_eq!(given, [240, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
        watchdog.note_opened(seconds(100_000));
        watchdog.note_bytes(seconds(100_060));
        assert_eq!(patience(&mut watchdog, 200_000), 240, "signs of life bring the limit back");
    }
}
