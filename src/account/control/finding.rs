//! What commands found out about devices, kept with the session.

use super::super::Account;
use super::numbers::{MUTE_AGE, PREFERENCE_AGE, PREFERENCE_UNKNOWN_AGE, RUNG_AGE};
use crate::api::commands::Button;
use crate::api::commands::transport::Rung;
use crate::session::data::{Finding, Learned};

impl Account {
    /// The way that worked last for this button, unless that is the usual one.
    pub(super) fn known_rung(&self, serial: &str, button: Button) -> Option<Rung> {
        let now = self.whole_seconds();
        self.learned(|learned| {
            let found = learned.rungs.get(serial)?.get(button.group())?;
            Rung::named(found.within(RUNG_AGE, now)?)
        })
    }

    /// Notes the way that worked, or, where that is the usual one, that there is nothing to note.
    pub(super) fn note_rung(&self, serial: &str, button: Button, rung: Rung) {
        let now = self.whole_seconds();
        let is_usual = button.rungs().first() == Some(&rung);
        self.note(|learned| {
            let known = learned.rungs.get(serial).and_then(|known| known.get(button.group()));
            if is_usual {
                if let Some(known) = learned.rungs.get_mut(serial) {
                    known.remove(button.group());
                }
                learned.rungs.retain(|_, known| !known.is_empty());
            } else if known.is_none_or(|known| {
                // A day after it was found the better ways are tried again, however often it is used.
                known.what != rung.name() || known.within(RUNG_AGE, now).is_none()
            }) {
                tracing::info!(
                    serial,
                    button = button.group(),
                    rung = rung.name(),
                    "another way works"
                );
                let found = Finding { what: rung.name().to_owned(), at: now };
                let known = learned.rungs.entry(serial.to_owned()).or_default();
                known.insert(button.group().to_owned(), found);
            }
        });
    }

    /// Whether a device can be muted truly; `None` while that is not known.
    pub(super) fn can_mute(&self, serial: &str) -> Option<bool> {
        let now = self.whole_seconds();
        self.learned(|learned| learned.mutes.get(serial)?.within(MUTE_AGE, now).copied())
    }

    pub(super) fn note_mute(&self, serial: &str, works: bool) {
        let found = Finding { what: works, at: self.whole_seconds() };
        self.note(|learned| {
            learned.mutes.insert(serial.to_owned(), found);
        });
    }

    /// Whether a device takes announcements; `None` while that is not known.
    pub(super) fn takes_announcements(&self, serial: &str) -> Option<bool> {
        let now = self.whole_seconds();
        self.learned(|learned| {
            learned.announcements.get(serial)?.within(PREFERENCE_AGE, now).copied()
        })
    }

    pub(super) fn note_announcements(&self, serial: &str, takes: bool) {
        let found = Finding { what: takes, at: self.whole_seconds() };
        self.note(|learned| {
            learned.announcements.insert(serial.to_owned(), found);
        });
    }

    /// Takes it for granted for a while that a device takes announcements.
    pub(super) fn assume_announcements(&self, serial: &str) {
        let asked_anew = self.whole_seconds() + PREFERENCE_UNKNOWN_AGE;
        let found = Finding { what: true, at: asked_anew.saturating_sub(PREFERENCE_AGE) };
        self.note(|learned| {
            learned.announcements.insert(serial.to_owned(), found);
        });
    }

    /// Changes what is known, and leaves out what is too old to be believed.
    fn note(&self, change: impl FnOnce(&mut Learned)) {
        let now = self.whole_seconds();
        self.learned(|learned| {
            forget_old(learned, now);
            change(learned);
        });
    }

    fn learned<T>(&self, change: impl FnOnce(&mut Learned) -> T) -> T {
        self.live().kept().with(|data| change(&mut data.learned))
    }
}

/// Devices come and go, and nobody says goodbye for them: without this the file would grow.
fn forget_old(learned: &mut Learned, now: u64) {
    for known in learned.rungs.values_mut() {
        known.retain(|_, found| found.within(RUNG_AGE, now).is_some());
    }
    learned.rungs.retain(|_, known| !known.is_empty());
    learned.mutes.retain(|_, found| found.within(MUTE_AGE, now).is_some());
    learned.announcements.retain(|_, found| found.within(PREFERENCE_AGE, now).is_some());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_old_is_kept_no_longer() {
        let mut learned = Learned::default();
        for (serial, at) in [("old", 1_000), ("new", 60_000)] {
            let serial = serial.to_owned();
            let rung = Finding { what: Rung::Player.name().to_owned(), at };
            learned.rungs.entry(serial.clone()).or_default().insert("play".to_owned(), rung);
            learned.mutes.insert(serial.clone(), Finding { what: true, at });
            learned.announcements.insert(serial, Finding { what: true, at });
        }
        forget_old(&mut learned, 60_001);
        assert_eq!((learned.rungs.len(), learned.mutes.len()), (2, 2));
        forget_old(&mut learned, 1_000 + RUNG_AGE);
        assert!(learned.rungs.keys().eq(["new"]) && learned.mutes.keys().eq(["new"]));
        assert!(learned.announcements.keys().eq(["new"]));
    }
}
