//! What happens on a day, and when: all of it by chance, and everything within bounds.

use amazon_simulator::{Expire, PushDrop, PushRegion};

use super::dice::Dice;

/// From this minute on nothing happens any more but what sets everything right.
pub(super) const QUIET_FROM: u32 = 22 * 60;

/// What somebody does, or what befalls somebody.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// A person turns a knob, speaks to a device or switches do-not-disturb.
    Hand,
    /// Music begins on a device or a group, or ends everywhere.
    Music(bool),
    /// A person pauses or resumes.
    Button,
    /// Devices are added, removed, renamed, unplugged, made anew.
    Churn,
    /// A call of the account.
    Command,
    /// The same, by a caller who loses patience.
    Cancelled,
    /// One more who watches and one who does not look at what it is told, or one less.
    Watch(bool),
    /// The account is closed, or dropped as it is, and comes back from its file.
    Restart,
    /// Amazon makes trouble.
    Trouble(Trouble),
    /// And ceases to.
    Over(Trouble),
}

/// Trouble at Amazon, on the way there, or with the clock.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trouble {
    /// The stream of events ends in one of its ways.
    Drop(PushDrop),
    /// Amazon forgets something.
    Expire(Expire),
    /// So many calls are throttled, in one of the disguises.
    Throttle { disguise: u32, calls: u32 },
    /// No stream can be opened.
    Refused,
    /// Streams are open and nothing is written.
    Silent,
    /// Streams are open and events are lost.
    Lost,
    /// Another host tells what happens.
    Move(PushRegion),
    /// Nothing can be reached at all.
    Outage,
}

const DROPS: [PushDrop; 8] = [
    PushDrop::End,
    PushDrop::Closing,
    PushDrop::Goaway,
    PushDrop::GoawayClose,
    PushDrop::Reset,
    PushDrop::Close,
    PushDrop::Hang,
    PushDrop::Deafen,
];

const REGIONS: [PushRegion; 3] = [PushRegion::Eu, PushRegion::Na, PushRegion::Fe];

/// The acts of a day, by minute.
#[derive(Debug)]
pub(super) struct Plan {
    acts: Vec<(u32, Act)>,
    next: usize,
}

impl Plan {
    /// The plan of a household for a day, counted from 1.
    pub(super) fn of(day: u32, dice: &mut Dice) -> Self {
        let mut plan = Self { acts: Vec::new(), next: 0 };
        plan.scatter(dice, 30, Act::Hand);
        plan.scatter(dice, 10, Act::Button);
        plan.scatter(dice, 3, Act::Churn);
        plan.scatter(dice, 4, Act::Cancelled);
        plan.scatter(dice, 2, Act::Watch(true));
        plan.scatter(dice, 2, Act::Watch(false));
        for hour in 0..QUIET_FROM / 60 {
            let minute = hour * 60 + dice.below(60);
            plan.add(minute, Act::Command);
        }
        for from in [7 * 60, 17 * 60] {
            let begin = from + dice.below(60);
            plan.add(begin, Act::Music(true));
            plan.add(begin + dice.between(20, 180), Act::Music(false));
        }
        if dice.below(3) == 0 {
            plan.scatter(dice, 1, Act::Restart);
        }
        plan.add_troubles(day, dice);
        plan.acts.sort_by_key(|(minute, _)| *minute);
        plan
    }

    fn add_troubles(&mut self, day: u32, dice: &mut Dice) {
        // Each way in turn, so that a few days have seen them all.
        for number in 0..2 {
            let how = DROPS[((2 * day + number) % 8) as usize];
            self.scatter(dice, 1, Act::Trouble(Trouble::Drop(how)));
        }
        for what in [Expire::Cookies, Expire::AccessTokens, Expire::Csrf] {
            if dice.below(3) == 0 {
                self.scatter(dice, 1, Act::Trouble(Trouble::Expire(what)));
            }
        }
        // What the device can do is declared once a day at the most.
        match day % 4 {
            0 => self.scatter(dice, 1, Act::Trouble(Trouble::Expire(Expire::Capabilities))),
            2 => {
                let region = REGIONS[((day / 4 + 1) % 3) as usize];
                self.scatter(dice, 1, Act::Trouble(Trouble::Move(region)));
            }
            _ => {}
        }
        for _ in 0..2 {
            let (disguise, calls) = (dice.below(5), dice.between(1, 12));
            self.scatter(dice, 1, Act::Trouble(Trouble::Throttle { disguise, calls }));
        }
        match dice.below(4) {
            0 => self.during(dice, 40, Trouble::Refused),
            1 => self.during(dice, 30, Trouble::Silent),
            2 => self.during(dice, 40, Trouble::Lost),
            _ => {}
        }
        if day % 10 == 2 {
            let begin = dice.between(9 * 60, 15 * 60);
            self.add(begin, Act::Trouble(Trouble::Outage));
            self.add(begin + dice.between(120, 300), Act::Over(Trouble::Outage));
        }
    }

    fn during(&mut self, dice: &mut Dice, longest: u32, trouble: Trouble) {
        let begin = dice.below(QUIET_FROM - longest);
        self.add(begin, Act::Trouble(trouble));
        self.add(begin + dice.between(2, longest), Act::Over(trouble));
    }

    fn scatter(&mut self, dice: &mut Dice, times: u32, act: Act) {
        for _ in 0..times {
            self.add(dice.below(QUIET_FROM), act);
        }
    }

    fn add(&mut self, minute: u32, act: Act) {
        self.acts.push((minute.min(QUIET_FROM), act));
    }

    /// What is due by this minute, one act after the other.
    pub(super) fn due(&mut self, minute: u32) -> Option<Act> {
        let (at, act) = *self.acts.get(self.next)?;
        if at > minute {
            return None;
        }
        self.next += 1;
        Some(act)
    }
}
