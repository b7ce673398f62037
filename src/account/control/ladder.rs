//! Which way a button is pressed. Pure: what failed in, the next way out.

use std::collections::VecDeque;

use crate::api::commands::Button;
use crate::api::commands::transport::Rung;
use crate::error::{Error, ErrorKind, code};

/// The ways that are left, the next one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ladder {
    rungs: VecDeque<Rung>,
}

/// What follows from a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// This way is barred; another one may not be.
    Barred,
    /// Amazon's player has nothing that could be controlled.
    Nothing,
    /// No other way would do better.
    Final,
}

impl Ladder {
    /// All ways, the one that worked last before the others.
    pub(super) fn new(button: Button, known: Option<Rung>) -> Self {
        let known = known.filter(|known| button.rungs().contains(known));
        let others = button.rungs().iter().copied().filter(|rung| Some(*rung) != known);
        Self { rungs: known.into_iter().chain(others).collect() }
    }

    /// The way to take now.
    pub(super) fn rung(&self) -> Option<Rung> {
        self.rungs.front().copied()
    }

    /// That way is no good.
    pub(super) fn step_down(&mut self) {
        self.rungs.pop_front();
    }

    /// That way was taken without effect: another one may do better, if there is any.
    pub(super) fn try_another(&mut self) {
        if self.rungs.len() > 1 {
            self.rungs.pop_front();
        }
    }
}

/// What a refusal on a way means.
pub(super) fn judge(rung: Rung, error: &Error) -> Refusal {
    match error.kind() {
        ErrorKind::NotControllable => Refusal::Nothing,
        // The session that was addressed is over.
        ErrorKind::NotFound if rung == Rung::Session => Refusal::Nothing,
        ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::UnexpectedAnswer => Refusal::Barred,
        _ if error.code() == code::AMAZON_DOWN => Refusal::Barred,
        _ => Refusal::Final,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_p2_what_worked_comes_first_and_the_rest_stays_in_order() {
        let mut ladder = Ladder::new(Button::Pause, Some(Rung::Sequence));
        let mut taken = Vec::new();
        while let Some(rung) = ladder.rung() {
            taken.push(rung);
            ladder.step_down();
        }
        assert_eq!(taken, [Rung::Sequence, Rung::Player, Rung::Session, Rung::Words]);
        let next = Ladder::new(Button::Next, Some(Rung::Sequence));
        assert_eq!(next.rung(), Some(Rung::Player), "there is no such node");
        let mut last = Ladder::new(Button::Stop, None);
        for _ in 0..5 {
            last.try_another();
        }
        assert_eq!(last.rung(), Some(Rung::Words), "the last way stays");
    }

    #[test]
    fn s_p2_only_a_barred_way_leads_to_the_next_one() {
        let judge = |code| judge(Rung::Player, &Error::new(code, ""));
        for barred in [code::FORBIDDEN, code::ENDPOINT_GONE, code::HTML_ANSWER, code::AMAZON_DOWN] {
            assert_eq!(judge(barred), Refusal::Barred);
        }
        for last in [
            code::THROTTLED,
            code::UNREACHABLE,
            code::TIMEOUT,
            code::DEVICE_OFFLINE,
            code::CLOSED,
            code::SESSION_ENDED,
        ] {
            assert_eq!(judge(last), Refusal::Final);
        }
        assert_eq!(judge(code::NOTHING_PLAYING), Refusal::Nothing);
        let over = Error::new(code::ENDPOINT_GONE, "");
        assert_eq!(super::judge(Rung::Session, &over), Refusal::Nothing);
    }

    #[test]
    fn rungs_keep_their_names() {
        for rung in Button::Pause.rungs() {
            assert_eq!(Rung::named(rung.name()), Some(*rung));
        }
        assert_eq!(Rung::named("other"), None);
    }
}
