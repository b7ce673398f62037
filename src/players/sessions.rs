//! What is loaded where, from lists of sessions and from events about them.

use std::collections::{BTreeMap, BTreeSet};

use super::book::came_after;
use crate::api::media::{Media, Unit};
use crate::api::readings;
use crate::api::{DeviceKind, Household, Playback};

/// After a stop, what was stopped is reported as playing for some seconds more (*observed*); it is
/// not believed as long as stopping was the last wish (*observed*: 12 s).
const STRAY: f64 = 12.0;

/// Something loaded, and who hears it.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) id: Option<String>,
    serials: Vec<String>,
    /// The devices of `serials` and everything in them.
    heard: BTreeSet<String>,
    pub(super) media: Media,
    /// Unix seconds at which the position was right.
    pub(super) at: f64,
    /// Unix seconds of the last event about it.
    event_at: f64,
    /// Amazon's stamp of that event.
    stamp: u64,
    /// When it was stopped at our wish: Amazon calls that paused.
    stopped_at: Option<f64>,
    /// It was missing from the last list.
    is_missing: bool,
}

/// What a list changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Outcome {
    /// The list should be read once more: it could not be believed as a whole.
    pub(super) again: bool,
    /// It told something that no event had told.
    pub(super) is_news: bool,
}

impl Loaded {
    fn new(
        session: readings::Session,
        household: &Household,
        online: &BTreeSet<String>,
        now: f64,
    ) -> Self {
        let heard = heard(&session.serials, household, online);
        Self {
            id: session.id,
            serials: session.serials,
            heard,
            media: session.media,
            at: now,
            event_at: 0.0,
            stamp: 0,
            stopped_at: None,
            is_missing: false,
        }
    }

    /// What it is doing; what was stopped is not paused to people.
    pub(super) fn playback(&self) -> Playback {
        match (self.media.playback, self.stopped_at) {
            (Playback::Paused, Some(_)) => Playback::Idle,
            (playback, _) => playback,
        }
    }

    /// The group or pair through which a device hears it.
    pub(super) fn group_of(&self, serial: &str, household: &Household) -> Option<String> {
        if self.names(serial) && self.serials.len() == 1 {
            return None;
        }
        let is_over =
            |group: &&String| group.as_str() != serial && household.within(group).contains(serial);
        self.serials
            .iter()
            .filter(is_over)
            .min_by_key(|group| household.within(group).len())
            .cloned()
    }

    pub(super) fn hears(&self, serial: &str) -> bool {
        self.heard.contains(serial)
    }

    fn names(&self, serial: &str) -> bool {
        self.serials.iter().any(|named| named == serial)
    }

    fn is_queue_of(&self, media_id: &str) -> bool {
        self.media.media_id.as_deref() == Some(media_id)
            || self.media.queue_id.as_deref().is_some_and(|queue| {
                media_id.strip_prefix(queue).is_some_and(|rest| rest.starts_with(':'))
            })
    }

    /// Whether a statement that this is playing comes too soon after a stop to be believed.
    fn is_stray(&self, now: f64) -> bool {
        self.stopped_at.is_some_and(|at| (0.0..STRAY).contains(&(now - at)))
    }

    fn set_playback(&mut self, playback: Playback, now: f64) {
        if self.media.playback == Playback::Playing {
            self.settle(now);
        }
        if playback == Playback::Playing {
            self.stopped_at = None;
        }
        self.at = now;
        self.media.playback = playback;
    }

    /// Moves the position to where it is now.
    fn settle(&mut self, now: f64) {
        if let Some(position) = self.media.position.as_mut() {
            let end = self.media.duration.unwrap_or(f64::INFINITY);
            *position = (*position + (now - self.at).max(0.0)).min(end.max(*position));
        }
        self.at = now;
    }

    fn take(&mut self, mut media: Media, now: f64) {
        if media.playback == Playback::Playing
            && self.is_stray(now)
            && media.is_same_item(&self.media)
        {
            media.playback = Playback::Paused;
        }
        if media.playback == Playback::Playing {
            self.stopped_at = None;
        }
        if !is_credible(&media) {
            media.position = None;
        }
        let goes_on = self.media.playback == Playback::Playing
            && media.playback != Playback::Paused
            && media.is_same_item(&self.media);
        // A position that is repeated to the last digit while the music goes on is an old one.
        let is_repeated = media.position.is_some_and(|position| position > 0.0)
            && media.position == self.media.position;
        if goes_on && is_repeated {
            media.position = None;
        }
        if media.position.is_none() && self.media.playback == Playback::Playing {
            self.settle(now);
        }
        self.at = now;
        self.media.take(media);
        self.is_missing = false;
    }
}

/// An item that has ended tells its whole length as its position, also on behalf of the next one
/// (*observed*).
fn is_credible(media: &Media) -> bool {
    let is_at_end = match (media.position, media.duration) {
        (Some(position), Some(duration)) => position >= duration,
        _ => false,
    };
    !is_at_end || media.playback == Playback::Paused
}

fn heard(serials: &[String], household: &Household, online: &BTreeSet<String>) -> BTreeSet<String> {
    let mut heard: BTreeSet<String> =
        serials.iter().flat_map(|serial| household.within(serial)).collect();
    let names_group = serials
        .iter()
        .filter_map(|serial| household.get(serial))
        .any(|device| matches!(device.kind, DeviceKind::Group | DeviceKind::Pair));
    if !names_group && serials.len() > 1 {
        // Several devices play one session only as a group, even where it is not named.
        let groups = household.all().filter(|device| !device.members.is_empty()).filter(|group| {
            let speakers = household.speakers(group);
            let there = || speakers.iter().filter(|speaker| online.contains(&speaker.serial));
            there().count() > 1 && there().all(|speaker| heard.contains(&speaker.serial))
        });
        let groups: Vec<_> = groups.map(|group| group.serial.clone()).collect();
        heard.extend(groups);
    }
    heard
}

/// All that is loaded; `None` until a list was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Sessions {
    list: Option<Vec<Loaded>>,
    /// Devices that were stopped at our wish a moment ago, with the time of it.
    stops: BTreeMap<String, f64>,
    /// Who is there to hear anything.
    online: BTreeSet<String>,
    pub(super) unit: Unit,
}

impl Sessions {
    pub(super) fn is_known(&self) -> bool {
        self.list.is_some()
    }

    fn all(&self) -> &[Loaded] {
        self.list.as_deref().unwrap_or_default()
    }

    fn all_mut(&mut self) -> &mut [Loaded] {
        self.list.as_deref_mut().unwrap_or_default()
    }

    /// What is heard on a device: what plays before what does not, what names it before what it
    /// only takes part in, the latest before the others.
    pub(super) fn heard_on(&self, serial: &str) -> Option<&Loaded> {
        let rank = |loaded: &Loaded| {
            (loaded.media.playback == Playback::Playing, loaded.names(serial), loaded.at)
        };
        self.all().iter().filter(|loaded| loaded.hears(serial)).max_by(|one, other| {
            rank(one).partial_cmp(&rank(other)).unwrap_or(std::cmp::Ordering::Equal)
        })
    }

    /// All that hear something which is heard on a device too.
    pub(super) fn heard_with(&self, serial: &str) -> impl Iterator<Item = String> {
        self.all().iter().filter(|loaded| loaded.hears(serial)).flat_map(|one| one.heard.clone())
    }

    fn heard_on_mut(&mut self, serial: &str, media_id: Option<&str>) -> Option<&mut Loaded> {
        let at = self.all().iter().position(|loaded| {
            loaded.hears(serial) && media_id.is_some_and(|id| loaded.is_queue_of(id))
        });
        let at = at.or_else(|| {
            let best = self.heard_on(serial)?;
            // An event about another queue is not about what is known.
            let fits = media_id.is_none() || best.media.queue_id.is_none();
            fits.then(|| self.all().iter().position(|loaded| std::ptr::eq(loaded, best)))?
        })?;
        self.all_mut().get_mut(at)
    }

    /// Takes over a list whose reading began at `started`.
    pub(super) fn take(
        &mut self,
        read: readings::Sessions,
        household: &Household,
        started: f64,
        now: f64,
    ) -> Outcome {
        self.unit = read.unit;
        self.stops.retain(|_, at| (0.0..STRAY).contains(&(now - *at)));
        let is_first = self.list.is_none();
        let mut before = self.list.take().unwrap_or_default();
        let mut outcome = Outcome::default();
        let mut after = Vec::new();
        for session in read.list {
            let known = before.iter().position(|loaded| match (&loaded.id, &session.id) {
                (Some(one), Some(another)) => one == another,
                _ => loaded.serials == session.serials,
            });
            let Some(known) = known else {
                outcome.is_news |= session.media.playback == Playback::Playing;
                let mut loaded = Loaded::new(session, household, &self.online, now);
                loaded.stopped_at = self.stops.iter().find_map(|(serial, at)| {
                    let is_recent = (0.0..STRAY).contains(&(now - *at));
                    (is_recent && loaded.hears(serial)).then_some(*at)
                });
                after.push(loaded);
                continue;
            };
            let mut loaded = before.swap_remove(known);
            if came_after(loaded.event_at, started, now) {
                // An event came while the list was made: which of them is newer, nobody knows.
                outcome.again = true;
            } else {
                let newer = &session.media;
                outcome.is_news |= newer.playback != Playback::Unknown
                    && !loaded.is_stray(now)
                    && (loaded.media.playback != newer.playback
                        || newer.playback == Playback::Playing
                            && !loaded.media.is_same_item(newer));
                loaded.heard = heard(&session.serials, household, &self.online);
                loaded.serials = session.serials;
                loaded.id = session.id.or(loaded.id);
                loaded.take(session.media, now);
            }
            after.push(loaded);
        }
        for mut gone in before {
            let was_playing = gone.media.playback == Playback::Playing;
            let is_newer = came_after(gone.event_at, started, now);
            if is_newer || was_playing && !gone.is_missing {
                // One list without it proves nothing: lists come empty around transitions.
                gone.is_missing = !is_newer;
                outcome.again = true;
                after.push(gone);
            } else {
                outcome.is_news |= was_playing;
            }
        }
        self.list = Some(after);
        outcome.is_news &= !is_first;
        outcome
    }

    /// After a change of who is there.
    pub(super) fn hear_anew(&mut self, household: &Household, online: BTreeSet<String>) {
        for loaded in self.all_mut() {
            loaded.heard = heard(&loaded.serials, household, &online);
        }
        self.online = online;
    }

    /// A device began or ceased to play something. False when nothing is known to be loaded there.
    pub(super) fn set_playback(
        &mut self,
        serial: &str,
        playback: Playback,
        media_id: Option<&str>,
        now: f64,
    ) -> bool {
        let Some(loaded) = self.heard_on_mut(serial, media_id) else { return false };
        loaded.event_at = now;
        if playback != Playback::Playing || !loaded.is_stray(now) {
            loaded.set_playback(playback, now);
        }
        true
    }

    /// The position was stated in an event.
    pub(super) fn set_position(
        &mut self,
        serial: &str,
        media_id: Option<&str>,
        position: Option<f64>,
        duration: Option<f64>,
        now: f64,
    ) {
        if let Some(loaded) = self.heard_on_mut(serial, media_id)
            && let Some(position) = position
        {
            loaded.media.position = Some(position);
            loaded.media.duration = duration.or(loaded.media.duration);
            loaded.at = now;
        }
    }

    /// The order of the queue was switched.
    pub(super) fn set_order(&mut self, serial: &str, shuffle: Option<bool>, repeat: Option<bool>) {
        if let Some(loaded) = self.heard_on_mut(serial, None) {
            loaded.media.shuffle = shuffle.or(loaded.media.shuffle);
            loaded.media.repeat = repeat.or(loaded.media.repeat);
        }
    }

    /// A session told what it plays. The devices that hear it; none when it is not known.
    /// `stamp` is Amazon's time of the event: what was said later is not unsaid.
    pub(super) fn set_media(
        &mut self,
        id: Option<&str>,
        media: &Media,
        stamp: Option<u64>,
        now: f64,
    ) -> Vec<String> {
        let known = self.all_mut().iter_mut().find(|loaded| {
            let is_named = id.is_some() && loaded.id.as_deref() == id;
            let is_queue = media.queue_id.is_some() && loaded.media.queue_id == media.queue_id;
            is_named || is_queue
        });
        let Some(loaded) = known else { return Vec::new() };
        if stamp.is_none_or(|stamp| stamp >= loaded.stamp) {
            loaded.stamp = stamp.unwrap_or(loaded.stamp);
            loaded.event_at = now;
            loaded.take(media.clone(), now);
        }
        loaded.heard.iter().cloned().collect()
    }

    /// What is heard on these devices was stopped at our wish; or something else is wanted now.
    pub(super) fn note_stop(&mut self, serial: &str, stopped_at: Option<f64>) {
        if let Some(loaded) = self.heard_on_mut(serial, None) {
            loaded.stopped_at = stopped_at;
        }
        // What is not known to be loaded may be in the next list.
        match stopped_at {
            Some(at) => self.stops.insert(serial.to_owned(), at),
            None => self.stops.remove(serial),
        };
    }
}
