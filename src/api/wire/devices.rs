//! Device lists: `GET /api/devices-v2/device`, the endpoints query and the preferences.

use serde::Deserialize;
use serde_json::Value;

use super::lenient;

/// One entry of `devices`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct Device {
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) account_name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) serial_number: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) device_type: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) device_family: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) device_owner_customer_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) capabilities: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) cluster_members: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) parent_clusters: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) online: bool,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) software_version: Option<String>,
}

impl Device {
    /// Reads the whole list from its text, without a tree of all that nobody needs of it. `None`
    /// where it is not as it usually is.
    pub(in crate::api) fn plain_list(text: &str) -> Option<Vec<Self>> {
        #[derive(Deserialize)]
        struct List {
            devices: Vec<Device>,
        }
        serde_json::from_str(text).ok().map(|list: List| list.devices)
    }
}

/// What the endpoints query adds for one serial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::api) struct Endpoint {
    pub(in crate::api) serial: String,
    pub(in crate::api) model: Option<String>,
    pub(in crate::api) manufacturer: Option<String>,
}

impl Endpoint {
    /// Reads one endpoint; those without a serial are no devices.
    pub(in crate::api) fn of(entry: &Value) -> Option<Self> {
        let text = |name: &str| {
            let value = entry.pointer(&format!("/{name}/value/text"))?.as_str()?;
            (!value.is_empty()).then(|| value.to_owned())
        };
        Some(Self {
            serial: text("serialNumber")?,
            model: text("model"),
            manufacturer: text("manufacturer"),
        })
    }
}

/// One entry of `devicePreferences`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::api) struct Preference {
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) device_serial_number: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in crate::api) locale: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::super::entries;
    use super::*;
    use serde_json::json;

    #[test]
    fn nulls_and_odd_types_are_the_same_as_absent() {
        let list = json!([
            {"serialNumber": "A", "capabilities": null, "clusterMembers": null, "online": "yes", "softwareVersion": 7},
            "not a device",
            {"serialNumber": "B", "online": true, "somethingNew": {"x": 1}},
        ]);
        let read: Vec<Device> = entries(Some(&list), "devices");
        assert_eq!(read.len(), 2);
        assert!(
            !read[0].online
                && read[0].capabilities.is_empty()
                && read[0].software_version.is_none()
        );
        assert!(read[1].online);
        assert!(Device::plain_list(&json!({"devices": list}).to_string()).is_none());
    }

    #[test]
    fn a_list_is_read_from_its_text_as_from_its_tree() {
        let list = json!({"devices": [
            {"serialNumber": "A", "capabilities": ["X"], "clusterMembers": null, "online": "yes"},
            {"serialNumber": null, "somethingNew": {"x": [1]}, "parentClusters": ["G"], "online": true},
        ], "more": 1});
        let tree: Vec<Device> = entries(list.get("devices"), "devices");
        let text = Device::plain_list(&list.to_string()).unwrap();
        assert_eq!(format!("{text:?}"), format!("{tree:?}"));
        for odd in
            ["", "{}", "[]", "{\"devices\": null}", "{\"devices\": {}}", "{\"devices\": [1]}"]
        {
            assert!(Device::plain_list(odd).is_none(), "{odd}");
        }
    }
}
