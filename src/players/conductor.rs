//! When which list is read again. Pure: times in Unix seconds in, the next job out.
//!
//! Events tell every change, so lists are read once after each gap, soon after an event that tells
//! only that something changed, and seldom otherwise, in case an event was lost. Without events the
//! lists are all there is. All numbers are *chosen* unless noted.

use super::book::Effects;

/// Before the first reading, so that it need not be repeated when events begin to arrive.
const START: f64 = 3.0;
/// From an event to the list of sessions, which would tell the old state before (*observed*: 0.3 to
/// 2 s).
const SETTLE: f64 = 0.4;
/// Between two lists of sessions, however many events there are.
const APART: f64 = 1.5;
/// The same after so many readings in a row that were not this far apart: what never ceases to tell
/// of itself, such as a player that loads in vain, is looked at now and then.
const CROWD_APART: f64 = 15.0;
const CROWD: u32 = 20;
/// Time without a reading after which one more may follow soon.
const CALM: f64 = 60.0;
/// Until a list that could not be believed as a whole is read again.
const AGAIN_SESSIONS: f64 = 3.0;
const AGAIN_VOLUMES: f64 = 12.0;
const AGAIN_DEVICES: f64 = 10.0;
/// Between two lists of devices because of an unknown serial.
const DEVICES_APART: f64 = 60.0;
const FIRST_RETRY: f64 = 10.0;
const LONGEST_RETRY: f64 = 600.0;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;

/// A list to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// The devices, in one request.
    Devices,
    /// What plays.
    Sessions,
    /// How loud.
    Volumes,
    /// Who is not to be disturbed.
    DoNotDisturb,
    /// The devices with what their list does not tell: models and languages.
    Extras,
}

impl Job {
    /// Whether it is about the devices themselves: those lists may take their time.
    pub(crate) fn is_of_devices(self) -> bool {
        matches!(self, Self::Devices | Self::Extras)
    }

    /// Whether it is about what the devices do.
    pub(crate) fn is_of_state(self) -> bool {
        !self.is_of_devices()
    }

    /// In the order of importance.
    const ALL: [Self; 5] =
        [Self::Devices, Self::Sessions, Self::Volumes, Self::DoNotDisturb, Self::Extras];

    /// From one reading to the next where nothing asks for one.
    fn interval(self, is_live: bool, is_playing: bool) -> f64 {
        match (self, is_live, is_playing) {
            (Self::Sessions, true, true) => MINUTE,
            (Self::Sessions, false, true) => 20.0,
            (Self::Volumes, true, true) => 10.0 * MINUTE,
            (Self::Sessions | Self::Volumes, false, _) => MINUTE,
            (Self::Sessions | Self::Volumes, true, _) => HOUR,
            (Self::DoNotDisturb, true, _) => 6.0 * HOUR,
            (Self::DoNotDisturb, false, _) => 15.0 * MINUTE,
            (Self::Devices, _, true) => 10.0 * MINUTE,
            (Self::Devices, _, false) => 30.0 * MINUTE,
            (Self::Extras, ..) => 24.0 * HOUR,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    job: Job,
    due: f64,
    read_at: f64,
    failures: u32,
    /// Readings of late that followed each other closely.
    crowd: u32,
    /// Whether it was read since events began to arrive.
    is_synced: bool,
    /// Whether its reading began before they did.
    is_outrun: bool,
}

impl Slot {
    /// How long after the last reading the next one may be.
    fn apart(&self) -> f64 {
        if self.crowd < CROWD { APART } else { CROWD_APART }
    }
}

/// Decides what is read next.
#[derive(Debug, Clone)]
pub(crate) struct Conductor {
    slots: [Slot; 5],
    is_up: bool,
    is_playing: bool,
    /// When the list of devices was last wanted because of an event.
    sought_at: f64,
}

impl Conductor {
    /// Nothing is read yet but, as the case may be, the list of devices.
    pub(crate) fn new(now: f64, has_devices: bool) -> Self {
        let slot = |job: Job| {
            let due = match job {
                Job::Devices if has_devices => now + job.interval(false, false),
                Job::Devices => now,
                Job::Extras => now + job.interval(false, false),
                _ => now + START,
            };
            Slot {
                job,
                due,
                read_at: f64::MIN,
                failures: 0,
                crowd: 0,
                is_synced: false,
                is_outrun: false,
            }
        };
        Self { slots: Job::ALL.map(slot), is_up: false, is_playing: false, sought_at: f64::MIN }
    }

    /// What is next among some jobs, and when.
    pub(crate) fn next(&self, among: fn(Job) -> bool) -> (f64, Job) {
        let slots = self.slots.iter().filter(|slot| among(slot.job));
        // Of two that are due together, the more important one comes first.
        slots.fold((f64::INFINITY, Job::Devices), |best, slot| {
            if slot.due < best.0 { (slot.due, slot.job) } else { best }
        })
    }

    /// Whether events arrive and everything was read since they do.
    pub(crate) fn is_live(&self) -> bool {
        self.is_up && self.slot(Job::Sessions).is_synced && self.slot(Job::Volumes).is_synced
    }

    /// Events begin to arrive: whatever happened before is read at once.
    pub(crate) fn came_up(&mut self, now: f64) {
        self.is_up = true;
        for slot in &mut self.slots {
            slot.is_synced = false;
            slot.is_outrun = true;
            if matches!(slot.job, Job::Sessions | Job::Volumes | Job::DoNotDisturb) {
                slot.due = now;
            }
        }
    }

    /// No events arrive any more; whether any did.
    pub(crate) fn went_down(&mut self, now: f64) -> bool {
        let was_up = std::mem::replace(&mut self.is_up, false);
        let is_playing = self.is_playing;
        for slot in &mut self.slots {
            slot.due = slot.due.min(now + slot.job.interval(false, is_playing));
        }
        was_up
    }

    /// Whether anything plays.
    pub(crate) fn set_playing(&mut self, is_playing: bool, now: f64) {
        if is_playing && !self.is_playing {
            let is_up = self.is_up;
            for slot in &mut self.slots {
                slot.due = slot.due.min(now + slot.job.interval(is_up, true));
            }
        }
        self.is_playing = is_playing;
    }

    /// An event asks for lists.
    pub(crate) fn wants(&mut self, effects: Effects, now: f64) {
        if effects.sessions {
            self.soon(Job::Sessions, now + SETTLE);
        }
        if effects.volumes {
            self.soon(Job::Volumes, now + SETTLE);
        }
        if effects.devices {
            let at = (now + SETTLE).max(self.sought_at + DEVICES_APART);
            if now >= self.sought_at {
                self.sought_at = at;
            }
            self.soon(Job::Devices, at);
        }
    }

    /// There are devices that the lists did not tell of.
    pub(crate) fn welcome(&mut self, now: f64) {
        let wanted = Effects { volumes: true, sessions: true, ..Effects::default() };
        self.wants(wanted, now);
        // Before the first reading it is due soon anyway.
        if self.slot(Job::DoNotDisturb).read_at > f64::MIN {
            self.soon(Job::DoNotDisturb, now + SETTLE);
        }
    }

    /// A list is being read. Whoever asks for it from now on asks for another reading: this one may
    /// have been made up already.
    pub(crate) fn begin(&mut self, job: Job) {
        let slot = self.slot_mut(job);
        (slot.due, slot.is_outrun) = (f64::INFINITY, false);
    }

    /// Devices are missing from a list: a second one says whether they are gone.
    pub(crate) fn look_again(&mut self, now: f64) {
        let slot = self.slot_mut(Job::Devices);
        slot.due = slot.due.min(now + AGAIN_DEVICES);
    }

    /// A list was read; `effects` asks for what should be read again.
    pub(crate) fn done(&mut self, job: Job, effects: Effects, now: f64) {
        self.finish(job, now);
        if job == Job::Extras {
            let slot = self.slot_mut(Job::Devices);
            slot.due = f64::INFINITY;
            self.finish(Job::Devices, now);
        }
        let again = [
            (Job::Sessions, effects.sessions, AGAIN_SESSIONS),
            (Job::Volumes, effects.volumes, AGAIN_VOLUMES),
            (Job::Devices, effects.devices, AGAIN_DEVICES),
        ];
        for (job, wanted, wait) in again {
            if wanted {
                let slot = self.slot_mut(job);
                slot.due = slot.due.min(now + wait.max(slot.apart()));
            }
        }
    }

    fn finish(&mut self, job: Job, now: f64) {
        let interval = job.interval(self.is_up, self.is_playing);
        let slot = self.slot_mut(job);
        let since = now - slot.read_at;
        slot.crowd = if since < CROWD_APART {
            slot.crowd.saturating_add(1).min(CROWD)
        } else {
            slot.crowd.saturating_sub((since / CALM) as u32)
        };
        // What was asked for meanwhile is still wanted.
        slot.due = slot.due.max(now + slot.apart()).min(now + interval);
        (slot.read_at, slot.failures) = (now, 0);
        slot.is_synced = !slot.is_outrun;
    }

    /// A list could not be read; not before `retry_after`, if Amazon said so.
    pub(crate) fn failed(&mut self, job: Job, retry_after: Option<f64>, now: f64) {
        let slot = self.slot_mut(job);
        let wait =
            (FIRST_RETRY * 2.0_f64.powi(slot.failures.min(10).cast_signed())).min(LONGEST_RETRY);
        slot.due = now + wait.max(retry_after.unwrap_or_default());
        slot.failures = slot.failures.saturating_add(1);
    }

    fn soon(&mut self, job: Job, at: f64) {
        let slot = self.slot_mut(job);
        // Not earlier after a failure: whoever asks does not make Amazon answer.
        if slot.failures == 0 {
            slot.due = slot.due.min(at.max(slot.read_at + slot.apart()));
        }
    }

    fn slot(&self, job: Job) -> &Slot {
        // All jobs have a slot; the first one stands for none.
        let [first, ..] = &self.slots;
        self.slots.iter().find(|slot| slot.job == job).unwrap_or(first)
    }

    fn slot_mut(&mut self, job: Job) -> &mut Slot {
        let at = self.slots.iter().position(|slot| slot.job == job).unwrap_or_default();
        let [first, rest @ ..] = &mut self.slots;
        if at == 0 { first } else { rest.get_mut(at - 1).unwrap_or(first) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSIONS: Effects =
        Effects { sessions: true, volumes: false, devices: false, is_news: false };

    /// Reads whatever is due until `end`; how often each job ran.
    fn run(conductor: &mut Conductor, end: f64) -> Vec<(f64, Job)> {
        let mut read = Vec::new();
        loop {
            let (due, job) = conductor.next(|_| true);
            if due > end {
                return read;
            }
            conductor.begin(job);
            conductor.done(job, Effects::default(), due);
            read.push((due, job));
        }
    }

    fn live(now: f64) -> Conductor {
        let mut conductor = Conductor::new(now, true);
        conductor.came_up(now);
        run(&mut conductor, now);
        assert!(conductor.is_live());
        conductor
    }

    #[test]
    fn after_a_gap_each_list_is_read_once() {
        let mut conductor = Conductor::new(0.0, true);
        conductor.came_up(1.0);
        assert!(!conductor.is_live());
        let read: Vec<_> = run(&mut conductor, 2.0).into_iter().map(|(_, job)| job).collect();
        assert_eq!(read, [Job::Sessions, Job::Volumes, Job::DoNotDisturb]);
        assert!(conductor.is_live());
        conductor.went_down(3.0);
        assert!(!conductor.is_live());
        assert!(run(&mut conductor, 64.0).len() >= 2);
    }

    #[test]
    fn s_s6_an_idle_day_takes_few_lists() {
        let read = run(&mut live(0.0), 86_400.0);
        let of = |job| read.iter().filter(|(_, one)| *one == job).count();
        assert_eq!((of(Job::Sessions), of(Job::Volumes), of(Job::DoNotDisturb)), (24, 24, 4));
        assert_eq!((of(Job::Devices), of(Job::Extras)), (48, 1));
    }

    #[test]
    fn many_events_cause_few_lists() {
        let mut conductor = live(0.0);
        let mut read = 0;
        for tenth in 0..300 {
            let now = 10.0 + f64::from(tenth) / 10.0;
            conductor.wants(SESSIONS, now);
            read += run(&mut conductor, now).len();
        }
        assert!((15..=21).contains(&read), "{read}");
    }

    #[test]
    fn what_never_ceases_to_tell_of_itself_does_not_become_a_storm() {
        let mut conductor = live(0.0);
        let mut read = Vec::new();
        for half in 0..7_200 {
            let now = 10.0 + f64::from(half) / 2.0;
            conductor.wants(SESSIONS, now);
            let (due, job) = conductor.next(|_| true);
            if due <= now {
                conductor.begin(job);
                // It spoke during the reading, so the list cannot be believed as a whole.
                conductor.done(job, SESSIONS, now);
                read.push(now);
            }
        }
        assert!((200..=280).contains(&read.len()), "{}", read.len());
        let now = 20_000.0;
        run(&mut conductor, now);
        conductor.wants(SESSIONS, now);
        assert!(conductor.next(|_| true).0 < now + APART, "calm again");
    }

    #[test]
    fn failures_are_retried_ever_later_and_no_event_hastens_them() {
        let mut conductor = live(0.0);
        let mut tries = 0;
        let mut now = 100.0;
        conductor.wants(SESSIONS, now);
        while now < 3_600.0 {
            let (due, job) = conductor.next(|_| true);
            conductor.begin(job);
            if job != Job::Sessions {
                conductor.done(job, Effects::default(), due);
                continue;
            }
            now = due;
            conductor.failed(job, None, now);
            conductor.wants(SESSIONS, now);
            tries += 1;
        }
        assert!(tries <= 12, "{tries}");
        conductor.failed(Job::Volumes, Some(5_000.0), 4_000.0);
        assert!(run(&mut conductor, 8_999.0).iter().all(|(_, job)| *job != Job::Volumes));
    }

    #[test]
    fn while_something_plays_it_is_looked_at_every_minute() {
        let mut conductor = live(0.0);
        conductor.set_playing(true, 10.0);
        let read = run(&mut conductor, 610.0);
        let sessions: Vec<_> = read.iter().filter(|(_, job)| *job == Job::Sessions).collect();
        assert_eq!((sessions.len(), sessions[0].0), (10, 70.0));
    }

    #[test]
    fn what_is_asked_for_during_a_reading_is_read_again() {
        let mut conductor = live(0.0);
        conductor.wants(SESSIONS, 100.0);
        let (due, job) = conductor.next(|_| true);
        assert_eq!((due, job), (100.4, Job::Sessions));
        conductor.begin(job);
        // The list may have been made up before this happened.
        conductor.wants(SESSIONS, 100.6);
        conductor.done(job, Effects::default(), 101.0);
        assert_eq!(conductor.next(|_| true), (101.0 + APART, Job::Sessions));
        assert_eq!(run(&mut conductor, 200.0).len(), 1);
    }

    #[test]
    fn a_reading_from_before_the_stream_closes_no_gap() {
        let mut conductor = Conductor::new(0.0, true);
        let (due, job) = conductor.next(|_| true);
        conductor.begin(job);
        conductor.came_up(due + 0.1);
        conductor.done(job, Effects::default(), due + 0.2);
        assert_eq!(job, Job::Sessions);
        run(&mut conductor, due + 0.3);
        assert!(!conductor.is_live());
        let read = run(&mut conductor, due + 3.0);
        assert_eq!(read, [(due + 0.2 + APART, Job::Sessions)]);
        assert!(conductor.is_live());
    }

    #[test]
    fn a_new_device_is_looked_up_in_every_list() {
        let mut early = Conductor::new(0.0, true);
        early.welcome(1.0);
        assert_eq!(early.slot(Job::DoNotDisturb).due, START, "not twice");
        let mut conductor = live(1_000.0);
        let _ = run(&mut conductor, 1_100.0);
        conductor.welcome(1_200.0);
        let read = run(&mut conductor, 1_210.0);
        assert_eq!(
            read.iter().map(|(_, job)| *job).collect::<Vec<_>>(),
            [Job::Sessions, Job::Volumes, Job::DoNotDisturb]
        );
    }
}
