//! What is known about every player, and what follows from it. Pure: statements and times in,
//! states out. Times are Unix seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::attendance::Attendance;
use super::sessions::{Loaded, Sessions};
use crate::api::readings::{self, Volume};
use crate::api::{Device, DeviceKind, Household, Playback, PlayerState};
use crate::push::event::{AudioState, Event, EventKind};

/// The list of volumes shows the old value for some seconds after a change (*observed*: "several").
const VOLUME_LAG: f64 = 10.0;
/// An event that was stamped this long ago is a replay: Amazon repeats the state of all devices on
/// connecting (*observed*).
const REPLAY_MS: u64 = 30_000;
/// A stamp this far ahead is none (*chosen*): every later event would come too late.
const AHEAD_MS: u64 = 600_000;

/// A serial that is in no list is asked for again after this time (*chosen*: six hours).
const SOUGHT: f64 = 21_600.0;
/// How many of them are remembered (*chosen*).
const MOST_SOUGHT: usize = 50;

/// What should be looked at because of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effects {
    /// The list of sessions.
    pub sessions: bool,
    /// The list of volumes.
    pub volumes: bool,
    /// The list of devices.
    pub devices: bool,
    /// A list told what an event should have told.
    pub is_news: bool,
}

impl Effects {
    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            sessions: self.sessions || other.sessions,
            volumes: self.volumes || other.volumes,
            devices: self.devices || other.devices,
            is_news: self.is_news || other.is_news,
        }
    }
}

/// One device, as far as it was spoken of.
#[derive(Debug, Clone, Default)]
struct Speaker {
    volume: Option<u8>,
    muted: Option<bool>,
    volume_at: Option<f64>,
    /// When an event spoke of the volume.
    volume_event_at: Option<f64>,
    online: Option<bool>,
    /// Of an event, or of the beginning of the list that told it.
    online_at: f64,
    do_not_disturb: Option<bool>,
    /// As `online_at`.
    do_not_disturb_at: f64,
    /// What an event said of a device with nothing known to be loaded.
    hint: Option<(Playback, f64)>,
    /// Amazon's stamps of the last events, by kind: what is older came too late.
    stamps: BTreeMap<&'static str, u64>,
}

/// Everything known about the players of an account.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    household: Arc<Household>,
    speakers: BTreeMap<String, Speaker>,
    sessions: Sessions,
    /// Silenced here by a volume of 0.
    silenced: BTreeSet<String>,
    attendance: Attendance,
    /// Serials that events spoke of and lists did not have, with the time of asking for one.
    sought: BTreeMap<String, f64>,
}

impl Book {
    pub(super) fn household(&self) -> &Arc<Household> {
        &self.household
    }

    pub(super) fn unit(&self) -> crate::api::media::Unit {
        self.sessions.unit
    }

    /// The session that is heard on a device.
    pub(super) fn loaded(&self, serial: &str) -> Option<&Loaded> {
        self.sessions.heard_on(serial)
    }

    /// All players.
    pub(super) fn states(&self) -> impl Iterator<Item = PlayerState> {
        self.household.all().filter(|device| device.is_player).map(|device| self.shown(device))
    }

    /// Whom a statement about a device concerns: it, the groups it is in, and what is in it.
    pub(super) fn related(&self, serial: &str) -> BTreeSet<String> {
        let mut related = self.household.within(serial);
        if let Some(device) = self.household.get(serial) {
            let parents = self.household.parents(device);
            let above = parents.iter().flat_map(|parent| self.household.parents(parent));
            related.extend(above.map(|device| device.serial.clone()));
            related.extend(parents.iter().map(|parent| parent.serial.clone()));
        }
        related
    }

    /// The state of one player.
    pub(super) fn state(&self, serial: &str) -> Option<PlayerState> {
        self.household.get(serial).filter(|device| device.is_player).map(|d| self.shown(d))
    }

    fn shown(&self, device: &Arc<Device>) -> PlayerState {
        let mut state = PlayerState { serial: device.serial.clone(), ..PlayerState::default() };
        state.online = self.is_online(device);
        state.reason = (!state.online).then(|| offline_reason(device));
        self.show_volume(device, &mut state);
        self.show_media(device, &mut state);
        let speaker = self.speakers.get(&device.serial);
        if !matches!(device.kind, DeviceKind::Group | DeviceKind::Pair) {
            state.do_not_disturb = speaker.and_then(|speaker| speaker.do_not_disturb);
        }
        state
    }

    /// Of a group, whether any member can be reached: Amazon's own flag is unreliable (*observed*).
    pub(super) fn is_online(&self, device: &Arc<Device>) -> bool {
        let own = |device: &Device| {
            let stated = self.speakers.get(&device.serial).and_then(|speaker| speaker.online);
            stated.unwrap_or(device.online)
        };
        if device.members.is_empty() {
            return own(device);
        }
        let speakers = self.household.speakers(device);
        if speakers.is_empty() { own(device) } else { speakers.iter().any(|one| own(one)) }
    }

    fn show_volume(&self, device: &Arc<Device>, state: &mut PlayerState) {
        let members = self.household.speakers(device);
        let is_any_online = members.iter().any(|member| self.is_online(member));
        // One that cannot be reached is neither heard nor turned up or down with the others.
        let known: Vec<_> = members
            .iter()
            .filter(|member| !is_any_online || self.is_online(member))
            .filter_map(|member| self.speakers.get(&member.serial))
            .collect();
        let own = self.speakers.get(&device.serial);
        let levels: Vec<u32> = known.iter().filter_map(|one| one.volume.map(u32::from)).collect();
        let count = u32::try_from(levels.len()).unwrap_or(u32::MAX);
        let mean =
            levels.iter().sum::<u32>().checked_div(count).and_then(|mean| u8::try_from(mean).ok());
        let muted: Vec<bool> = known.iter().filter_map(|one| one.muted).collect();
        let all_muted = (!muted.is_empty()).then(|| muted.iter().all(|muted| *muted));
        state.volume = mean.or(own.and_then(|own| own.volume));
        state.muted = all_muted.or(own.and_then(|own| own.muted));
        let latest = known.iter().filter_map(|one| one.volume_at).reduce(f64::max);
        state.volume_at = latest.or(own.and_then(|own| own.volume_at));
        let is_silenced = members.iter().any(|member| self.silenced.contains(&member.serial));
        if state.volume == Some(0) && is_silenced {
            state.muted = Some(true);
        }
    }

    fn show_media(&self, device: &Arc<Device>, state: &mut PlayerState) {
        let resting = if self.sessions.is_known() { Playback::Idle } else { Playback::Unknown };
        let hint = self.speakers.get(&device.serial).and_then(|speaker| speaker.hint);
        let Some(loaded) = self.sessions.heard_on(&device.serial) else {
            state.playback = hint.map_or(resting, |(playback, _)| playback);
            state.updated_at = hint.map_or(0.0, |(_, at)| at);
            return;
        };
        let media = &loaded.media;
        state.playback = loaded.playback();
        state.updated_at = loaded.at;
        state.group = loaded.group_of(&device.serial, &self.household);
        state.title.clone_from(&media.title);
        state.artist.clone_from(&media.artist);
        state.album.clone_from(&media.album);
        state.image_url.clone_from(&media.image_url);
        state.provider.clone_from(&media.provider);
        state.content_id.clone_from(&media.content_id);
        state.controls = media.controls.clone().unwrap_or_default();
        (state.position, state.duration) = (media.position, media.duration);
        (state.shuffle, state.repeat) = (media.shuffle, media.repeat);
    }

    /// Takes over a list of devices whose reading began at `started`.
    pub(super) fn take_devices(&mut self, list: &Arc<Household>, started: f64, now: f64) {
        for device in list.all() {
            let speaker = self.speakers.entry(device.serial.clone()).or_default();
            if !came_after(speaker.online_at, started, now) {
                (speaker.online, speaker.online_at) = (Some(device.online), started);
            }
        }
        self.household = self.attendance.merge(&self.household, list, started, now);
        self.speakers.retain(|serial, _| self.household.get(serial).is_some());
        self.hear_anew();
    }

    /// Whether devices are shown that the last list did not have.
    pub(super) fn misses_devices(&self) -> bool {
        self.attendance.misses_any()
    }

    /// Who hears what depends on who is there.
    fn hear_anew(&mut self) {
        let household = Arc::clone(&self.household);
        let online: BTreeSet<String> = household
            .all()
            .filter(|device| self.is_online(device))
            .map(|device| device.serial.clone())
            .collect();
        self.sessions.hear_anew(&household, online);
    }

    /// Takes over a list of volumes whose reading began at `started`. Null never overwrites a value,
    /// and the list does not overrule a younger event: it lags behind.
    pub(super) fn take_volumes(&mut self, list: &[Volume], started: f64, now: f64) -> Effects {
        let mut effects = Effects::default();
        for volume in list {
            let Some(speaker) = self.speakers.get_mut(&volume.serial) else { continue };
            let says_else = |before: &Speaker| {
                volume.level.is_some_and(|level| before.volume != Some(level))
                    || volume.muted.is_some_and(|muted| before.muted != Some(muted))
            };
            let differs = says_else(speaker);
            let spoke = speaker.volume_event_at;
            if spoke.is_some_and(|at| came_after(at, started - VOLUME_LAG, now)) {
                effects.volumes |= differs;
                continue;
            }
            effects.is_news |= differs && speaker.volume_at.is_some();
            speaker.volume = volume.level.or(speaker.volume);
            speaker.muted = volume.muted.or(speaker.muted);
            if volume.level.is_some() {
                speaker.volume_at = Some(now);
            }
        }
        effects
    }

    /// Takes over a list of sessions whose reading began at `started`.
    pub(super) fn take_sessions(
        &mut self,
        list: readings::Sessions,
        started: f64,
        now: f64,
    ) -> Effects {
        let household = Arc::clone(&self.household);
        let named = list.list.iter().flat_map(|session| &session.serials);
        let unknown = named.filter(|serial| household.get(serial).is_none());
        // All of them, or the list would be asked for once for each.
        let devices = unknown.filter(|serial| self.is_worth_seeking(serial, now)).count() > 0;
        let outcome = self.sessions.take(list, &household, started, now);
        for speaker in self.speakers.values_mut() {
            // The list knows more than a hint that is older.
            speaker.hint.take_if(|(_, at)| !came_after(*at, started, now));
        }
        let sessions = outcome.again || self.speakers.values().any(|one| one.hint.is_some());
        Effects { sessions, devices, is_news: outcome.is_news, ..Effects::default() }
    }

    /// Takes over a list of do-not-disturb states whose reading began at `started`.
    pub(super) fn take_do_not_disturb(&mut self, list: &[(String, bool)], started: f64, now: f64) {
        for (serial, enabled) in list {
            if let Some(speaker) = self.speakers.get_mut(serial)
                && !came_after(speaker.do_not_disturb_at, started, now)
            {
                speaker.do_not_disturb = Some(*enabled);
                speaker.do_not_disturb_at = started;
            }
        }
    }

    /// Takes over an event. `amazon_ms` is Amazon's time of now in milliseconds. Gives the devices
    /// that it concerns beside what to look at.
    pub(super) fn apply(
        &mut self,
        event: &Event,
        now: f64,
        amazon_ms: u64,
    ) -> (BTreeSet<String>, Effects) {
        let mut effects = Effects::default();
        let age = event.at_ms.map(|at| amazon_ms.saturating_sub(at)).filter(|age| *age > REPLAY_MS);
        let replayed = age.map(|age| now - age as f64 / 1_000.0);
        let stamp = event.at_ms.filter(|at| *at <= amazon_ms.saturating_add(AHEAD_MS));
        if let EventKind::NowPlaying { session, media } = &event.kind {
            let heard = match replayed {
                Some(_) => Vec::new(),
                None => self.sessions.set_media(session.as_deref(), media, stamp, now),
            };
            effects.sessions = heard.is_empty();
            return (heard.into_iter().collect(), effects);
        }
        let Some(serial) = event.serial.as_deref() else {
            effects.sessions = matches!(event.kind, EventKind::SessionsChanged);
            effects.devices = matches!(event.kind, EventKind::DeviceSetup);
            return (BTreeSet::new(), effects);
        };
        if self.household.get(serial).is_none() {
            effects.devices = self.is_worth_seeking(serial, now);
            return (BTreeSet::new(), effects);
        }
        let speaker = self.speakers.entry(serial.to_owned()).or_default();
        if let (Some(at), Some(kind)) = (stamp, stamped(&event.kind)) {
            let last = speaker.stamps.entry(kind).or_default();
            if at < *last {
                return (BTreeSet::new(), effects);
            }
            *last = at;
        }
        self.apply_to(serial, &event.kind, replayed, now, &mut effects);
        let mut concerned = self.related(serial);
        concerned.extend(self.sessions.heard_with(serial));
        (concerned, effects)
    }

    /// Some things tell events and are in no list: they are not asked for each time.
    fn is_worth_seeking(&mut self, serial: &str, now: f64) -> bool {
        self.sought.retain(|_, at| (0.0..SOUGHT).contains(&(now - *at)));
        if self.sought.contains_key(serial) || self.sought.len() >= MOST_SOUGHT {
            return false;
        }
        self.sought.insert(serial.to_owned(), now);
        true
    }

    /// `replayed` is when it happened, if that is told again. Lists that were begun since then know
    /// better.
    fn apply_to(
        &mut self,
        serial: &str,
        kind: &EventKind,
        replayed: Option<f64>,
        now: f64,
        effects: &mut Effects,
    ) {
        let Some(speaker) = self.speakers.get_mut(serial) else { return };
        let (is_replay, at) = (replayed.is_some(), replayed.unwrap_or(now));
        let is_outdated = |known: f64| is_replay && known > at;
        match kind {
            EventKind::Volume { level, muted } => {
                if speaker.volume_at.is_some_and(|known| is_outdated(known - VOLUME_LAG)) {
                    return;
                }
                speaker.volume = level.or(speaker.volume);
                speaker.muted = muted.or(speaker.muted);
                speaker.volume_event_at = Some(at);
                if level.is_some() {
                    speaker.volume_at = Some(at);
                }
                if !is_replay {
                    (speaker.online, speaker.online_at) = (Some(true), now);
                }
            }
            EventKind::Connection { .. } if is_outdated(speaker.online_at) => {}
            EventKind::DoNotDisturb { .. } if is_outdated(speaker.do_not_disturb_at) => {}
            EventKind::Connection { online } => {
                // One that returns may have missed anything.
                effects.volumes = *online && speaker.online == Some(false);
                effects.sessions |= effects.volumes;
                (speaker.online, speaker.online_at) = (Some(*online), at);
            }
            EventKind::DoNotDisturb { enabled } => {
                (speaker.do_not_disturb, speaker.do_not_disturb_at) = (Some(*enabled), at);
            }
            EventKind::Playback { state, media_id } => {
                effects.sessions = true;
                let playback = match state {
                    AudioState::Playing => Playback::Playing,
                    AudioState::Interrupted => Playback::Paused,
                    // The end of an item, not of the music (observed).
                    AudioState::Finished | AudioState::Other => return,
                };
                if is_replay {
                    return;
                }
                (speaker.online, speaker.online_at) = (Some(true), now);
                let known = self.sessions.set_playback(serial, playback, media_id.as_deref(), now);
                if !known && let Some(speaker) = self.speakers.get_mut(serial) {
                    speaker.hint = Some((playback, now));
                }
            }
            EventKind::Progress { position, duration, media_id } if !is_replay => {
                let media_id = media_id.as_deref();
                self.sessions.set_position(serial, media_id, *position, *duration, now);
            }
            EventKind::Queue { shuffle, repeat, is_new } => {
                self.sessions.set_order(serial, *shuffle, *repeat);
                effects.sessions = *is_new;
            }
            EventKind::MediaChanged { .. } | EventKind::SessionsChanged => effects.sessions = true,
            EventKind::DeviceSetup => effects.devices = true,
            _ => {}
        }
    }

    /// A stop was carried out at our wish; `None` when something else is wanted since.
    pub(super) fn note_stop(&mut self, serial: &str, stopped_at: Option<f64>) {
        self.sessions.note_stop(serial, stopped_at);
    }

    /// Which devices were silenced here by a volume of 0.
    pub(super) fn set_silenced(&mut self, silenced: BTreeSet<String>) {
        self.silenced = silenced;
    }
}

/// Whether something that is known of `at` came after `start`. What is known of the future came
/// before the clock was put back: it would otherwise outlast everything that is read until then.
pub(super) fn came_after(at: f64, start: f64, now: f64) -> bool {
    at > start && at <= now
}

/// Kinds of which only the latest counts.
fn stamped(kind: &EventKind) -> Option<&'static str> {
    match kind {
        EventKind::Volume { .. } => Some("volume"),
        EventKind::Connection { .. } => Some("connection"),
        EventKind::DoNotDisturb { .. } => Some("do-not-disturb"),
        EventKind::Playback { .. } => Some("playback"),
        EventKind::Progress { .. } => Some("progress"),
        EventKind::Queue { .. } => Some("queue"),
        _ => None,
    }
}

fn offline_reason(device: &Device) -> String {
    if device.members.is_empty() {
        format!("{} is offline.", device.name)
    } else {
        format!("All speakers of {} are offline.", device.name)
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
