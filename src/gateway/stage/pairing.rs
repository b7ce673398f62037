//! Which device of the skill is which Echo. The skill knows a device by an opaque name that changes
//! with each enabling (*observed*); nothing at Amazon translates it. What tells is time: a launch
//! sent to one Echo is answered by one device. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::numbers::LAUNCH_WINDOW;
use crate::gateway::event::SkillDevice;

/// Devices that are remembered; who was heard of longest ago is forgotten first (*chosen*).
const MOST: usize = 200;

/// A device of the skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Digest of who enabled the skill.
    pub(crate) user: String,
    /// Serial of the Echo, as far as known.
    pub(crate) serial: Option<String>,
    /// How often a launch has told so; a choice by a person counts as many.
    pub(crate) seen: u32,
    /// When it was heard of last, in seconds since 1970.
    pub(crate) seen_at: u64,
}

/// A choice by a person: nothing that happens takes it back.
const CHOSEN: u32 = 1_000;
/// Launches after which it is certain.
const CERTAIN: u32 = 2;

/// All devices of the skill, by the digest of their name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pairings {
    devices: BTreeMap<String, Record>,
    #[serde(skip)]
    launch: Option<Launch>,
}

/// A launch under way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Launch {
    serial: String,
    /// Until when, in seconds since 1970.
    until: u64,
    /// Who answered first.
    by: Option<String>,
}

/// The name by which a device is remembered and shown: ids of Amazon stay out of files and logs.
pub(crate) fn short(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

impl Pairings {
    /// A launch goes out to an Echo.
    pub(crate) fn launching(&mut self, serial: &str, now: u64) {
        let until = now + LAUNCH_WINDOW.as_secs();
        self.launch = Some(Launch { serial: serial.to_owned(), until, by: None });
    }

    /// The launch is over.
    pub(crate) fn launched(&mut self) {
        self.launch = None;
    }

    /// A device opened the skill: which Echo it is, as far as can be told. A launch under way is
    /// believed to be answered by it, unless it is known to be another Echo.
    pub(crate) fn opened(&mut self, user: &str, device: &str, now: u64) -> Option<String> {
        let name = short(device);
        self.heard(user, device, now);
        let record = self.devices.get_mut(&name)?;
        let Some(launch) = self.launch.as_mut().filter(|launch| now <= launch.until) else {
            return record.serial.clone();
        };
        match &launch.by {
            // It was answered already; this is somebody else, or the same once more.
            Some(by) if *by == name => {}
            Some(by) => {
                let first = by.clone();
                if record.serial.as_deref() == Some(launch.serial.as_str()) {
                    return record.serial.clone();
                }
                // Two answers to one launch: neither proves anything.
                if let Some(first) = self.devices.get_mut(&first).filter(|one| one.seen == 1) {
                    first.seen = 0;
                    first.serial = None;
                }
                return self.devices.get(&name).and_then(|one| one.serial.clone());
            }
            None => {
                let is_other = record.seen >= CERTAIN
                    && record.serial.as_deref().is_some_and(|serial| serial != launch.serial);
                if is_other {
                    return record.serial.clone();
                }
                launch.by = Some(name);
                if record.serial.as_deref() == Some(launch.serial.as_str()) {
                    record.seen = record.seen.saturating_add(1).min(CHOSEN.max(record.seen));
                } else {
                    record.serial = Some(launch.serial.clone());
                    record.seen = 1;
                }
            }
        }
        Some(launch.serial.clone())
    }

    /// Something was heard of a device: which Echo it is, if that is certain.
    pub(crate) fn heard(&mut self, user: &str, device: &str, now: u64) -> Option<String> {
        let name = short(device);
        let is_new = !self.devices.contains_key(&name);
        if is_new && self.devices.len() >= MOST {
            let oldest = self.devices.iter().min_by_key(|(_, one)| one.seen_at);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.devices.remove(&oldest);
            }
        }
        let new = Record { user: short(user), serial: None, seen: 0, seen_at: now };
        let record = self.devices.entry(name).or_insert(new);
        record.seen_at = now;
        record.serial.clone().filter(|_| record.seen >= CERTAIN)
    }

    /// A person says which Echo it is, or that it is none of them. False for a device that is not
    /// known.
    pub(crate) fn choose(&mut self, name: &str, serial: Option<&str>) -> bool {
        let Some(record) = self.devices.get_mut(name) else { return false };
        record.serial = serial.map(str::to_owned);
        record.seen = if serial.is_some() { CHOSEN } else { 0 };
        true
    }

    /// The skill was disabled by somebody: its devices get other names when it is enabled again.
    pub(crate) fn disabled(&mut self, user: &str) {
        let user = short(user);
        self.devices.retain(|_, record| record.user != user);
    }

    /// Which device is which Echo, and whether that is certain; without the times.
    pub(crate) fn known(&self) -> Vec<(String, Option<String>, bool)> {
        let of = |(name, record): (&String, &Record)| {
            (name.clone(), record.serial.clone(), record.seen >= CERTAIN)
        };
        self.devices.iter().map(of).collect()
    }

    /// All of them, the latest first.
    pub(crate) fn list(&self) -> Vec<SkillDevice> {
        let mut list: Vec<_> = self
            .devices
            .iter()
            .map(|(name, record)| SkillDevice {
                id: name.clone(),
                serial: record.serial.clone(),
                is_confirmed: record.seen >= CERTAIN,
                seen_at: record.seen_at,
            })
            .collect();
        list.sort_by(|a, b| b.seen_at.cmp(&a.seen_at).then(a.id.cmp(&b.id)));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launch_tells_who_answers_it_and_the_second_time_it_is_certain() {
        let mut pairings = Pairings::default();
        pairings.launching("G1", 100);
        assert_eq!(pairings.opened("U", "D1", 101).as_deref(), Some("G1"));
        assert_eq!(pairings.heard("U", "D1", 102), None);
        pairings.launched();
        pairings.launching("G1", 200);
        assert_eq!(pairings.opened("U", "D1", 201).as_deref(), Some("G1"));
        assert_eq!(pairings.heard("U", "D1", 202).as_deref(), Some("G1"));
        assert!(pairings.list()[0].is_confirmed);
    }

    #[test]
    fn two_answers_to_one_launch_prove_nothing() {
        let mut pairings = Pairings::default();
        pairings.launching("G1", 100);
        pairings.opened("U", "D1", 101);
        assert_eq!(pairings.opened("U", "D2", 102), None);
        assert!(pairings.list().iter().all(|device| device.serial.is_none()));
    }

    #[test]
    fn somebody_known_who_opens_the_skill_meanwhile_is_not_mistaken() {
        let mut pairings = Pairings::default();
        for now in [100, 200] {
            pairings.launching("G2", now);
            pairings.opened("U", "D2", now);
            pairings.launched();
        }
        pairings.launching("G1", 300);
        assert_eq!(pairings.opened("U", "D2", 301).as_deref(), Some("G2"));
        assert_eq!(pairings.opened("U", "D1", 302).as_deref(), Some("G1"));
    }

    #[test]
    fn an_answer_that_comes_too_late_proves_nothing() {
        let mut pairings = Pairings::default();
        pairings.launching("G1", 100);
        assert_eq!(pairings.opened("U", "D1", 111), None);
    }

    #[test]
    fn what_a_person_chose_stays() {
        let mut pairings = Pairings::default();
        pairings.heard("U", "D1", 100);
        assert!(pairings.choose(&short("D1"), Some("G7")));
        assert!(!pairings.choose("nobody", Some("G7")));
        pairings.launching("G1", 200);
        assert_eq!(pairings.opened("U", "D1", 201).as_deref(), Some("G7"));
        pairings.disabled("U");
        assert!(pairings.list().is_empty());
    }

    #[test]
    fn memory_is_bounded_and_names_are_not_those_of_amazon() {
        let mut pairings = Pairings::default();
        for number in 0..500_u64 {
            pairings.heard("U", &format!("amzn1.ask.device.{number}"), number);
        }
        let list = pairings.list();
        assert_eq!((list.len(), list[0].seen_at), (MOST, 499));
        let text = serde_json::to_string(&pairings).unwrap();
        assert!(!text.contains("amzn1") && !text.contains("\"U\""), "{text}");
    }
}
