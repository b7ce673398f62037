//! Which devices there are, from one list after another. One short list is no farewell, and a list
//! that took its time does not overrule one that was begun later. Times are Unix seconds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::book::came_after;
use crate::api::{Device, Household};

/// A device is gone when two lists that were begun so far apart do not have it (*chosen*): lists that
/// are asked for together fail together.
const APART: f64 = 8.0;

/// The memory of lists.
#[derive(Debug, Clone, Default)]
pub(super) struct Attendance {
    /// When the list that is believed was begun.
    listed_at: f64,
    /// Devices that it does not have, with the time of the first list without them.
    missing: BTreeMap<String, f64>,
}

impl Attendance {
    /// Whether a device is still shown that the last list did not have.
    pub(super) fn misses_any(&self) -> bool {
        !self.missing.is_empty()
    }

    /// The devices there are, given those known and a list begun at `started`.
    pub(super) fn merge(
        &mut self,
        known: &Arc<Household>,
        list: &Arc<Household>,
        started: f64,
        now: f64,
    ) -> Arc<Household> {
        let is_empty = list.all().next().is_none();
        if is_empty && known.all().next().is_some() {
            // There is always one device: ourselves.
            return Arc::clone(known);
        }
        if came_after(self.listed_at, started, now) {
            let mut household = Household::clone(known);
            household.take_extras_of(list);
            return Arc::new(household);
        }
        self.listed_at = started;
        let before = std::mem::take(&mut self.missing);
        let mut kept: Vec<Arc<Device>> = Vec::new();
        for device in known.all().filter(|device| list.get(&device.serial).is_none()) {
            let since = before.get(&device.serial).copied().filter(|since| *since <= started);
            let since = since.unwrap_or(started);
            if started - since < APART {
                self.missing.insert(device.serial.clone(), since);
                kept.push(Arc::clone(device));
            }
        }
        if kept.is_empty() {
            return Arc::clone(list);
        }
        let mut household = Household::clone(list);
        household.keep(kept.into_iter());
        Arc::new(household)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(devices: &[(&str, &str)]) -> Arc<Household> {
        let entry = |(serial, name): &(&str, &str)| json!({"serialNumber": serial, "accountName": name, "deviceFamily": "ECHO"});
        let devices: Vec<_> = devices.iter().map(entry).collect();
        Arc::new(Household::merge(&json!({"devices": devices}), None, None))
    }

    fn serials(household: &Household) -> Vec<&str> {
        household.all().map(|device| device.serial.as_str()).collect()
    }

    #[test]
    fn s_d8_two_lists_apart_are_a_farewell_and_two_at_once_are_not() {
        let mut attendance = Attendance::default();
        let both = attendance.merge(&list(&[]), &list(&[("A", "a"), ("B", "b")]), 100.0, 100.5);
        let short = list(&[("A", "a")]);
        let mut known = both;
        for started in [200.0, 200.1, 207.0] {
            known = attendance.merge(&known, &short, started, started + 0.5);
            assert_eq!(serials(&known), ["A", "B"], "{started}");
            assert!(attendance.misses_any());
        }
        known = attendance.merge(&known, &short, 230.0, 230.5);
        assert_eq!(serials(&known), ["A"]);
        assert!(!attendance.misses_any());
    }

    #[test]
    fn who_comes_back_is_not_missing_any_more() {
        let mut attendance = Attendance::default();
        let all = list(&[("A", "a"), ("B", "b")]);
        let short = list(&[("A", "a")]);
        let mut known = attendance.merge(&list(&[]), &all, 1.0, 1.5);
        for (started, seen) in [(10.0, &short), (40.0, &all), (50.0, &short)] {
            known = attendance.merge(&known, seen, started, started + 0.5);
            assert_eq!(serials(&known), ["A", "B"], "{started}");
        }
    }

    #[test]
    fn an_empty_list_and_an_old_one_are_not_believed() {
        let mut attendance = Attendance::default();
        let known = attendance.merge(&list(&[]), &list(&[("A", "new")]), 100.0, 101.0);
        let known = attendance.merge(&known, &list(&[]), 200.0, 200.5);
        assert_eq!(serials(&known), ["A"]);
        let known = attendance.merge(&known, &list(&[("A", "old"), ("B", "b")]), 90.0, 201.0);
        assert_eq!(known.get("A").unwrap().name, "new");
        assert_eq!(serials(&known), ["A"]);
        // A clock that was put back does not make every list an old one.
        let known = attendance.merge(&known, &list(&[("A", "later")]), 50.0, 51.0);
        assert_eq!(known.get("A").unwrap().name, "later");
    }
}
