//! Which volumes are sent when. Pure: wishes, answers and times in, the next step out.
//!
//! Of each device only the latest wish counts. What waits for all devices goes out together; what
//! Amazon did not carry out of that, as it happens with batches (*observed*), is sent singly.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::numbers::{
    BATCHES_APART, CORRECTIONS_APART, TRIES, VOLUME_LOOKS, VOLUME_PATIENCE, VOLUME_TOLERANCE,
};
use crate::api::devices::Device;
use crate::error::{Error, ErrorKind, code};

/// The wishes that are not settled. Times are Unix seconds.
#[derive(Debug, Default)]
pub(super) struct Mixer {
    wanted: BTreeMap<String, Wanted>,
    /// Nothing is sent earlier.
    not_before: f64,
    /// Number of the last wish.
    last: u64,
}

#[derive(Debug)]
struct Wanted {
    device: Arc<Device>,
    level: u8,
    number: u64,
    /// When a volume was first wanted that was not set since.
    since: f64,
    tries: u32,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// It goes out with the next batch.
    Waiting,
    /// It is on its way.
    Sending,
    /// It was taken; so many looks did not show it.
    Sent { at: f64, looks: usize },
    /// It goes out once more, on its own.
    Again,
}

/// One wish on its way.
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub(super) device: Arc<Device>,
    pub(super) level: u8,
    number: u64,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Send these in one request.
    Send(Vec<Level>),
    /// Look how loud the devices are.
    Look,
    /// Nothing before this time.
    Until(f64),
    /// Nothing at all.
    Rest,
}

/// How a wish ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The device is as loud as wanted.
    Seen,
    /// Amazon took it; nobody could look.
    Unseen,
    /// Another volume is wanted since.
    Replaced,
    /// Amazon took it each time, and nothing happened.
    Disobeyed,
    /// Amazon did not take it.
    Refused(Error),
}

/// Wishes that ended, by number.
pub(super) type Ended = Vec<(u64, Outcome)>;

impl Mixer {
    /// A volume is wanted. Its number, and how the wish before it for the same device ended.
    pub(super) fn want(&mut self, device: &Arc<Device>, level: u8, now: f64) -> (u64, Ended) {
        self.last += 1;
        let wanted = Wanted {
            device: Arc::clone(device),
            level,
            number: self.last,
            since: now,
            tries: 0,
            phase: Phase::Waiting,
        };
        let before = self.wanted.insert(device.serial.clone(), wanted);
        (self.last, before.map(|before| (before.number, Outcome::Replaced)).into_iter().collect())
    }

    /// The volume that is wanted of a device and was not seen yet.
    pub(super) fn wanted(&self, serial: &str) -> Option<u8> {
        self.wanted.get(serial).map(|wanted| wanted.level)
    }

    /// Nothing is wanted of these devices any more.
    pub(super) fn drop_wishes(&mut self, serials: &[String]) -> Ended {
        let dropped = serials.iter().filter_map(|serial| self.wanted.remove(serial));
        dropped.map(|wanted| (wanted.number, Outcome::Replaced)).collect()
    }

    /// What to do now. Without events the volume is looked at more often.
    pub(super) fn next(&mut self, now: f64, is_live: bool) -> Step {
        // A clock that was put back must not stop everything.
        let not_before = self.not_before.min(now + VOLUME_PATIENCE);
        let is = |phase| move |wanted: &&mut Wanted| wanted.phase == phase;
        if self.wanted.values().any(|wanted| wanted.phase == Phase::Waiting) {
            if now < not_before {
                return Step::Until(not_before);
            }
            self.not_before = now + BATCHES_APART;
            let waiting = self.wanted.values_mut().filter(is(Phase::Waiting));
            return Step::Send(waiting.map(Wanted::send).collect());
        }
        if let Some(again) = self.wanted.values_mut().find(|wanted| wanted.phase == Phase::Again) {
            if now < not_before {
                return Step::Until(not_before);
            }
            self.not_before = now + CORRECTIONS_APART;
            return Step::Send(vec![again.send()]);
        }
        let due = self.wanted.values().filter_map(|wanted| wanted.look_at(is_live));
        match due.reduce(f64::min) {
            Some(due) if due <= now => Step::Look,
            Some(due) => Step::Until(due),
            None => Step::Rest,
        }
    }

    /// Amazon took these.
    pub(super) fn sent(&mut self, levels: &[Level], now: f64) {
        for wanted in self.same(levels) {
            wanted.phase = Phase::Sent { at: now, looks: 0 };
            wanted.tries += 1;
        }
    }

    /// Amazon did not take these. When it only asks for patience they go out later, with whatever
    /// is wanted by then.
    pub(super) fn refused(&mut self, levels: &[Level], error: &Error, now: f64) -> Ended {
        let wait = match error.kind() {
            // What rests failed too often in a row: nobody is kept waiting for that.
            ErrorKind::Throttled if error.code() != code::RESTING => {
                error.retry_after().map_or(BATCHES_APART, |w| w.as_secs_f64())
            }
            // A failure of Amazon passes, or not.
            ErrorKind::AmazonUnavailable => BATCHES_APART,
            _ => f64::INFINITY,
        };
        let mut ended = Vec::new();
        let mut is_kept = false;
        let once = error.kind() == ErrorKind::AmazonUnavailable;
        // One device of many can be what was refused: each is tried on its own.
        let is_one_of_many = levels.len() > 1
            && matches!(
                error.kind(),
                ErrorKind::DeviceOffline
                    | ErrorKind::NotControllable
                    | ErrorKind::NotFound
                    | ErrorKind::UnexpectedAnswer
            );
        self.wanted.retain(|_, wanted| {
            if !levels.iter().any(|level| level.number == wanted.number) {
                return true;
            }
            if is_one_of_many {
                wanted.phase = Phase::Again;
                return true;
            }
            wanted.tries += u32::from(once);
            let is_late = now + wait - wanted.since > VOLUME_PATIENCE;
            if is_late || once && wanted.tries > 1 {
                ended.push((wanted.number, Outcome::Refused(error.copy())));
                return false;
            }
            wanted.phase = Phase::Waiting;
            is_kept = true;
            true
        });
        if is_kept {
            self.not_before = self.not_before.max(now + wait);
        }
        ended
    }

    /// What is known of the volumes: level and time of the statement.
    pub(super) fn heard(&mut self, known: impl Fn(&str) -> Option<(u8, f64)>) -> Ended {
        let mut ended = Vec::new();
        self.wanted.retain(|serial, wanted| {
            let Phase::Sent { at, .. } = wanted.phase else { return true };
            let fits = known(serial).is_some_and(|(level, stated_at)| {
                level == wanted.level
                    || stated_at >= at && level.abs_diff(wanted.level) <= VOLUME_TOLERANCE
            });
            if fits {
                ended.push((wanted.number, Outcome::Seen));
            }
            !fits
        });
        ended
    }

    /// It was looked, if that worked, and these were not as loud as wanted.
    pub(super) fn looked(&mut self, is_known: bool, now: f64, is_live: bool) -> Ended {
        let mut ended = Vec::new();
        self.wanted.retain(|_, wanted| {
            let due = wanted.look_at(is_live).is_some_and(|due| due <= now);
            let plan = wanted.looks();
            let Phase::Sent { looks, .. } = &mut wanted.phase else { return true };
            if !due {
                return true;
            }
            *looks = if is_live { plan.len() } else { *looks + 1 };
            if *looks < plan.len() {
                return true;
            }
            let outcome = match () {
                () if !is_known => Outcome::Unseen,
                () if wanted.tries >= TRIES => Outcome::Disobeyed,
                () => {
                    wanted.phase = Phase::Again;
                    return true;
                }
            };
            ended.push((wanted.number, outcome));
            false
        });
        ended
    }

    /// Everything ends.
    pub(super) fn give_up(&mut self, error: &Error) -> Ended {
        let wanted = std::mem::take(&mut self.wanted).into_values();
        wanted.map(|wanted| (wanted.number, Outcome::Refused(error.copy()))).collect()
    }

    fn same(&mut self, levels: &[Level]) -> impl Iterator<Item = &mut Wanted> {
        self.wanted
            .values_mut()
            .filter(|wanted| levels.iter().any(|level| level.number == wanted.number))
    }
}

impl Wanted {
    fn send(&mut self) -> Level {
        self.phase = Phase::Sending;
        Level { device: Arc::clone(&self.device), level: self.level, number: self.number }
    }

    /// When to look after this try, in seconds after it.
    fn looks(&self) -> &'static [f64] {
        let try_number = usize::try_from(self.tries.saturating_sub(1)).unwrap_or_default();
        VOLUME_LOOKS.get(try_number).or(VOLUME_LOOKS.last()).copied().unwrap_or_default()
    }

    fn look_at(&self, is_live: bool) -> Option<f64> {
        let Phase::Sent { at, looks } = self.phase else { return None };
        let plan = self.looks();
        let look = if is_live { plan.last() } else { plan.get(looks) };
        Some(at + look.copied().unwrap_or_default())
    }
}

#[cfg(test)]
#[path = "mixer_tests.rs"]
mod tests;
