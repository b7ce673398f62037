//! The lists that tell the state of all players of an account in one request each.

use serde_json::Value;

use super::household::Household;
use super::media::{Media, Unit};
use super::wire::{self, state as raw};
use crate::error::Result;
use crate::session::{Call, Live};

/// The words `deviceType` and `dsn` are part of the address (*observed*).
const VOLUMES: &str = "/api/devices/deviceType/dsn/audio/v1/allDeviceVolumes";
const DO_NOT_DISTURB: &str = "/api/dnd/device-status-list";

/// Volume of one device, as a list or a push event states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Serial of the device.
    pub serial: String,
    /// 0 to 100; `None` where Amazon does not know it now.
    pub level: Option<u8>,
    /// Whether it is muted.
    pub muted: Option<bool>,
}

/// One entry of the list of media sessions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Session {
    /// Amazon's id of the session, which commands to it need.
    pub id: Option<String>,
    /// Serials of the devices that it names.
    pub serials: Vec<String>,
    /// What is loaded.
    pub media: Media,
}

/// All sessions of an account at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sessions {
    /// The sessions.
    pub list: Vec<Session>,
    /// The unit that the list was in.
    pub unit: Unit,
}

/// Volumes of all devices, whether or not they play.
///
/// # Errors
/// Those of the session.
pub async fn volumes(live: &Live) -> Result<Vec<Volume>> {
    Ok(volumes_of(&live.call(Call::get(VOLUMES)).await?.json().unwrap_or_default()))
}

/// Reads the list of volumes; odd entries are left out.
pub fn volumes_of(answer: &Value) -> Vec<Volume> {
    let list: Vec<raw::Volume> = wire::entries(answer.get("volumes"), "volumes");
    list.into_iter()
        .filter_map(|entry| {
            Some(Volume {
                serial: entry.dsn?,
                level: entry.speaker_volume.map(|level| level.min(100)),
                muted: entry.speaker_muted,
            })
        })
        .collect()
}

/// All media sessions. The list is asked for by any one player and covers all of them (*observed*).
///
/// # Errors
/// Those of the session.
pub async fn sessions(live: &Live, household: &Household, usual: Unit) -> Result<Sessions> {
    let players = || household.all().filter(|device| device.is_player && device.members.is_empty());
    let Some(device) = players().find(|device| device.online).or_else(|| players().next()) else {
        return Ok(Sessions { unit: usual, ..Sessions::default() });
    };
    let path = format!("/api/np/list-media-sessions?{}", device.query());
    Ok(sessions_of(&live.call(Call::get(path)).await?.json().unwrap_or_default(), usual))
}

/// Reads the list of sessions; odd entries are left out. `usual` is the unit where lengths are
/// missing.
pub fn sessions_of(answer: &Value, usual: Unit) -> Sessions {
    let mut unit = usual;
    let list: Vec<raw::Session> = wire::entries(answer.get("mediaSessionList"), "media sessions");
    // A length tells the unit of entries without one too, also of those before it.
    for entry in &list {
        Media::of_list(&entry.now_playing_data, &mut unit);
    }
    let list = list
        .iter()
        .map(|entry| Session {
            id: entry.task_session_id.clone(),
            serials: entry.serials().map(str::to_owned).collect(),
            media: Media::of_list(&entry.now_playing_data, &mut unit),
        })
        .collect();
    Sessions { list, unit }
}

/// Which devices were told not to disturb.
///
/// # Errors
/// Those of the session.
pub async fn do_not_disturb(live: &Live) -> Result<Vec<(String, bool)>> {
    Ok(do_not_disturb_of(&live.call(Call::get(DO_NOT_DISTURB)).await?.json().unwrap_or_default()))
}

/// Reads that list; odd entries are left out.
pub fn do_not_disturb_of(answer: &Value) -> Vec<(String, bool)> {
    let list: Vec<raw::DoNotDisturb> =
        wire::entries(answer.get("doNotDisturbDeviceStatusList"), "do-not-disturb states");
    list.into_iter().filter_map(|e| Some((e.device_serial_number?, e.enabled?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn odd_entries_are_left_out() {
        let volumes = json!({"volumes": [{"dsn": "A", "speakerVolume": 250}, {"speakerVolume": 3}, 7,
            {"dsn": "B", "speakerVolume": null, "speakerMuted": "yes"}]});
        let read = volumes_of(&volumes);
        assert_eq!((read.len(), read[0].level, read[1].level), (2, Some(100), None));
        let list = json!({"doNotDisturbDeviceStatusList": [{"deviceSerialNumber": "A", "enabled": true}, {}]});
        assert_eq!(do_not_disturb_of(&list), [("A".to_owned(), true)]);
        for empty in [json!(null), json!({"mediaSessionList": null}), json!([])] {
            assert!(sessions_of(&empty, Unit::Seconds).list.is_empty());
        }
    }

    #[test]
    fn one_length_tells_the_unit_of_the_whole_list() {
        let entry = |progress: Value| json!({"nowPlayingData": {"progress": progress}});
        let list = json!({"mediaSessionList": [entry(json!({"mediaProgress": 40, "mediaLength": 0})),
            entry(json!({"mediaProgress": 61, "mediaLength": 268}))]});
        let read = sessions_of(&list, Unit::Milliseconds);
        assert_eq!(read.unit, Unit::Seconds);
        let positions: Vec<_> = read.list.iter().map(|session| session.media.position).collect();
        assert_eq!(positions, [Some(40.0), Some(61.0)]);
    }

    proptest! {
        #[test]
        fn arbitrary_answers_never_panic(text in "[\\[\\]{}\":,a-zA-Z0-9.-]{0,160}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                for name in ["volumes", "mediaSessionList", "doNotDisturbDeviceStatusList"] {
                    let answer = json!({name: [value.clone()]});
                    let _ = (volumes_of(&answer), sessions_of(&answer, Unit::Seconds), do_not_disturb_of(&answer));
                }
            }
        }
    }
}
