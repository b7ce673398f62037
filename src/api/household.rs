//! All devices of an account: put together from three answers, of which only one must come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::catalogue;
use super::devices::{Device, DeviceKind, Feature};
use super::wire::{self, devices as raw};
use crate::error::{Error, Result, code};
use crate::net::Body;
use crate::session::{Call, Live};

/// The query for model and manufacturer (*observed* in one client since 2025-10).
const ENDPOINTS_QUERY: &str = "query getDevicesBaseData { listEndpoints(listEndpointsInput: {includeHouseholdDevices: true}) \
    { endpoints { endpointId: id serialNumber { value { text } } model { value { text } } \
    manufacturer { value { text } } } } }";

/// What the device list itself does not tell: model names and languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extras {
    /// Ask for them too.
    Wanted,
    /// The list alone will do.
    Unneeded,
}

/// Serials by that of the group that they say they are in.
type Inside = BTreeMap<String, Vec<String>>;

/// All devices of an account at one time.
#[derive(Debug, Clone, Default)]
pub struct Household {
    devices: BTreeMap<String, Arc<Device>>,
}

impl Household {
    /// Asks Amazon. The list itself must come; extras may be missing.
    ///
    /// # Errors
    /// Those of the device list.
    pub async fn read(live: &Live, extras: Extras) -> Result<Self> {
        if extras == Extras::Unneeded {
            return Ok(Self::of(list(live).await?, None, None));
        }
        let body = json!({"operationName": "getDevicesBaseData", "query": ENDPOINTS_QUERY});
        let (list, endpoints, preferences) = tokio::join!(
            list(live),
            optional(live, Call::query("/nexus/v1/graphql", Body::json(&body))),
            optional(live, Call::get("/api/device-preferences")),
        );
        Ok(Self::of(list?, endpoints.as_ref(), preferences.as_ref()))
    }

    /// Puts the three answers together.
    pub fn merge(list: &Value, endpoints: Option<&Value>, preferences: Option<&Value>) -> Self {
        Self::of(wire::entries(list.get("devices"), "devices"), endpoints, preferences)
    }

    fn of(raw: Vec<raw::Device>, endpoints: Option<&Value>, preferences: Option<&Value>) -> Self {
        let endpoints: BTreeMap<_, _> = endpoints
            .and_then(|answer| answer.pointer("/data/listEndpoints/endpoints")?.as_array())
            .into_iter()
            .flatten()
            .filter_map(raw::Endpoint::of)
            .map(|endpoint| (endpoint.serial.clone(), endpoint))
            .collect();
        let preferences: Vec<raw::Preference> = wire::entries(
            preferences.and_then(|answer| answer.get("devicePreferences")),
            "preferences",
        );
        let locales: BTreeMap<_, _> = preferences
            .into_iter()
            .filter_map(|p| Some((p.device_serial_number?, p.locale?)))
            .collect();
        let mut inside: Inside = BTreeMap::new();
        for entry in &raw {
            for parent in &entry.parent_clusters {
                let members = inside.entry(parent.clone()).or_default();
                members.extend(entry.serial_number.clone());
            }
        }
        let mut devices: BTreeMap<String, Device> = BTreeMap::new();
        for entry in raw {
            if let Some(device) = build(entry, &inside, &endpoints, &locales) {
                // Serials are doubled in rare answers (observed); the first one stays.
                devices.entry(device.serial.clone()).or_insert(device);
            }
        }
        let reachable: Vec<_> = devices
            .values()
            .filter(|device| !device.members.is_empty())
            .map(|group| {
                (group.serial.clone(), leaves(&group.serial, &|serial| devices.get(serial)))
            })
            .filter(|(_, leaves)| !leaves.is_empty())
            .map(|(serial, leaves)| (serial, leaves.iter().any(|leaf| leaf.online)))
            .collect();
        for (serial, online) in reachable {
            // Amazon's own flag of groups is unreliable (observed), so it counts only where no
            // member is known.
            if let Some(group) = devices.get_mut(&serial) {
                group.online = online;
            }
        }
        Self {
            devices: devices
                .into_iter()
                .map(|(serial, device)| (serial, Arc::new(device)))
                .collect(),
        }
    }

    /// Takes over what an older list told besides, for the devices of this one that it does not tell
    /// itself: a side call that fails takes nothing away.
    pub(crate) fn take_extras_of(&mut self, before: &Self) {
        for (serial, device) in &mut self.devices {
            let Some(before) = before.get(serial) else { continue };
            let mut renewed = Device::clone(device);
            if renewed.locale.is_none() {
                renewed.locale.clone_from(&before.locale);
            }
            let is_told = device.manufacturer.is_some()
                || device.model.as_deref() != catalogue::model(&device.device_type);
            if !is_told {
                renewed.model.clone_from(&before.model);
                renewed.manufacturer.clone_from(&before.manufacturer);
            }
            if renewed != **device {
                *device = Arc::new(renewed);
            }
        }
    }

    /// Keeps devices of another list that are not in this one.
    pub(crate) fn keep(&mut self, devices: impl Iterator<Item = Arc<Device>>) {
        for device in devices {
            self.devices.entry(device.serial.clone()).or_insert(device);
        }
    }

    /// All devices by serial.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Device>> {
        self.devices.values()
    }

    /// The device of a serial.
    pub fn get(&self, serial: &str) -> Option<&Arc<Device>> {
        self.devices.get(serial)
    }

    /// The speakers of a group or pair that are in the list, pairs inside of groups included; for
    /// others the device itself.
    pub fn speakers(&self, device: &Arc<Device>) -> Vec<Arc<Device>> {
        leaves(&device.serial, &|serial| self.get(serial)).into_iter().cloned().collect()
    }

    /// What can be talked to in a group: its speakers, but a pair as one. For others the device
    /// itself.
    pub fn listeners(&self, device: &Arc<Device>) -> Vec<Arc<Device>> {
        if device.kind != DeviceKind::Group {
            return vec![Arc::clone(device)];
        }
        let members: Vec<_> = device.members.iter().filter_map(|member| self.get(member)).collect();
        let in_pairs: BTreeSet<_> = members
            .iter()
            .filter(|member| member.kind == DeviceKind::Pair)
            .flat_map(|pair| &pair.members)
            .collect();
        members
            .iter()
            .filter(|member| {
                member.device_type != catalogue::SUB && !in_pairs.contains(&member.serial)
            })
            .map(|member| Arc::clone(member))
            .collect()
    }

    /// The device and everything in it, down to the speakers, each once.
    pub fn within(&self, serial: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![serial];
        while let Some(serial) = open.pop() {
            let Some(device) = self.get(serial) else { continue };
            if found.insert(device.serial.clone()) {
                open.extend(device.members.iter().map(String::as_str));
            }
        }
        found
    }

    /// Groups and pairs that this device is in, as either side tells.
    pub fn parents(&self, device: &Device) -> Vec<Arc<Device>> {
        self.all().filter(|group| group.members.contains(&device.serial)).cloned().collect()
    }
}

async fn list(live: &Live) -> Result<Vec<raw::Device>> {
    let answer = live.call(Call::get("/api/devices-v2/device")).await?;
    if let Some(list) = raw::Device::plain_list(&answer.body) {
        return Ok(list);
    }
    let list = answer.json().unwrap_or_default();
    match list.get("devices") {
        Some(devices @ Value::Array(_)) => Ok(wire::entries(Some(devices), "devices")),
        _ => Err(Error::new(code::UNEXPECTED_ANSWER, "Amazon's device list has no devices in it.")),
    }
}

async fn optional(live: &Live, call: Call) -> Option<Value> {
    match live.call(call).await {
        Ok(answer) => answer.json(),
        Err(error) => {
            tracing::warn!(%error, "an optional part of the device list is missing");
            None
        }
    }
}

/// The devices at the ends of a tree of groups and pairs, each once, without subwoofers, which
/// cannot be addressed.
fn leaves<'a, D: AsRef<Device>>(serial: &str, find: &impl Fn(&str) -> Option<&'a D>) -> Vec<&'a D> {
    let mut found: Vec<&D> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![serial.to_owned()];
    while let Some(serial) = open.pop() {
        let Some(device) = find(&serial).filter(|_| seen.insert(serial)) else { continue };
        let inner = device.as_ref();
        if !inner.members.is_empty() {
            open.extend(inner.members.iter().rev().cloned());
        } else if inner.device_type != catalogue::SUB
            && !matches!(inner.kind, DeviceKind::Group | DeviceKind::Pair)
        {
            found.push(device);
        }
    }
    found
}

fn build(
    entry: raw::Device,
    inside: &Inside,
    endpoints: &BTreeMap<String, raw::Endpoint>,
    locales: &BTreeMap<String, String>,
) -> Option<Device> {
    let serial = entry.serial_number.filter(|serial| !serial.is_empty())?;
    let device_type = entry.device_type.unwrap_or_default();
    let family = entry.device_family.unwrap_or_default();
    let members = members(&serial, entry.cluster_members, inside);
    let kind = DeviceKind::of(&family, &device_type, !members.is_empty());
    let capabilities: BTreeSet<_> = entry.capabilities.into_iter().collect();
    let reason = why_no_player(kind, &device_type, &capabilities);
    let endpoint = endpoints.get(&serial);
    let model = endpoint.and_then(|endpoint| endpoint.model.clone());
    Some(Device {
        name: entry.account_name.filter(|name| !name.is_empty()).unwrap_or_else(|| serial.clone()),
        kind,
        model: model.or_else(|| catalogue::model(&device_type).map(str::to_owned)),
        manufacturer: endpoint.and_then(|endpoint| endpoint.manufacturer.clone()),
        firmware: entry.software_version.filter(|version| version != "0"),
        online: entry.online,
        owner: entry.device_owner_customer_id,
        members,
        parents: entry.parent_clusters,
        locale: locales.get(&serial).cloned(),
        is_player: reason.is_none(),
        features: if reason.is_none() { features(kind, &capabilities) } else { BTreeSet::new() },
        reason,
        capabilities,
        family,
        device_type,
        serial,
    })
}

/// Members as the group tells them and as they tell it themselves: either side can be incomplete
/// (*observed*).
fn members(serial: &str, mut members: Vec<String>, inside: &Inside) -> Vec<String> {
    members.extend(inside.get(serial).into_iter().flatten().cloned());
    let mut seen = BTreeSet::new();
    members.retain(|member| member != serial && seen.insert(member.clone()));
    members
}

fn why_no_player(
    kind: DeviceKind,
    device_type: &str,
    capabilities: &BTreeSet<String>,
) -> Option<&'static str> {
    if device_type == catalogue::SUB {
        return Some("A subwoofer plays along with its pair.");
    }
    let plays = ["MUSIC_SKILL", "AUDIO_PLAYER"].iter().any(|name| capabilities.contains(*name));
    match kind {
        DeviceKind::App => Some("An app is not a speaker that Alexa can be told to play on."),
        DeviceKind::FireTv => Some("A Fire TV does not take music from Alexa."),
        // Some accounts get no capabilities at all (observed); an Echo can always play.
        DeviceKind::Speaker | DeviceKind::Display | DeviceKind::Group | DeviceKind::Pair
            if plays || capabilities.is_empty() =>
        {
            None
        }
        _ if plays => None,
        _ => Some("It has no music player."),
    }
}

fn features(kind: DeviceKind, capabilities: &BTreeSet<String>) -> BTreeSet<Feature> {
    let mut features = BTreeSet::from(Feature::ALWAYS);
    // Groups and pairs have no such switch of their own (observed).
    if !matches!(kind, DeviceKind::Group | DeviceKind::Pair) {
        features.insert(Feature::DoNotDisturb);
    }
    if capabilities.is_empty() || capabilities.contains("VOLUME_SETTING") {
        features.extend([Feature::Volume, Feature::Mute]);
    }
    features
}

#[cfg(test)]
#[path = "household_tests.rs"]
mod tests;
