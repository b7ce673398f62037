//! The two outer layers of a part: a directive with its updates. Pure.
//!
//! Nearly every part has the same plain shape, which is read without building a tree of it. Any other
//! shape is read slowly, and to the same end. Fields that nobody needs are not looked into the quick
//! way, so that one of them may be odd.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::event::{number, text, unfold};

/// Updates of this route are about the smart home (*observed*).
pub(super) const SMART_HOME: &str = "EventBus:AlexaMobile::FDAL";
/// Larger numbers are not the same as floating-point numbers.
const EXACT: u64 = 1 << 53;

/// One update of a directive.
#[derive(Debug, PartialEq)]
pub(super) struct Update {
    /// What kind of event it is; empty where it has no name.
    pub(super) name: String,
    /// Milliseconds since 1970.
    pub(super) at_ms: Option<u64>,
    /// What is told, `null` where nothing is.
    pub(super) payload: Value,
}

/// What a part is that holds no updates.
#[derive(Debug, PartialEq)]
pub(super) enum Foreign {
    /// No directive.
    Unreadable,
    /// Another directive, with its namespace and name.
    Directive(String),
}

/// The updates of a part in their order, but for those of the smart home.
pub(super) fn updates(part: &[u8]) -> Result<Vec<Update>, Foreign> {
    plain(part).map_or_else(|| odd(part), Ok)
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow)]
    directive: Directive<'a>,
}

#[derive(Deserialize)]
struct Directive<'a> {
    #[serde(borrow)]
    payload: Payload<'a>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow, rename = "renderingUpdates")]
    updates: Vec<Rendering<'a>>,
}

#[derive(Deserialize)]
struct Rendering<'a> {
    #[serde(borrow)]
    route: Cow<'a, str>,
    #[serde(borrow, rename = "resourceMetadata")]
    metadata: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    command: Cow<'a, str>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(rename = "timeStamp")]
    at_ms: u64,
}

/// A part in which everything is where, and what, it usually is.
fn plain(part: &[u8]) -> Option<Vec<Update>> {
    let part: Part<'_> = serde_json::from_slice(part).ok()?;
    let mut updates = Vec::with_capacity(1);
    for update in part.directive.payload.updates {
        if update.route == SMART_HOME {
            continue;
        }
        let metadata: Metadata<'_> = serde_json::from_str(&update.metadata).ok()?;
        if metadata.command.is_empty() || metadata.at_ms > EXACT {
            return None;
        }
        updates.push(Update {
            name: metadata.command.into_owned(),
            at_ms: Some(metadata.at_ms).filter(|at| *at > 0),
            payload: serde_json::from_str(&metadata.payload).unwrap_or_default(),
        });
    }
    Some(updates)
}

/// A part of any shape.
fn odd(part: &[u8]) -> Result<Vec<Update>, Foreign> {
    let part: Value = serde_json::from_slice(part).map_err(|_| Foreign::Unreadable)?;
    let directive = part.get("directive").ok_or(Foreign::Unreadable)?;
    match directive.pointer("/payload/renderingUpdates").map(unfold) {
        Some(Value::Array(updates)) => Ok(updates.iter().filter_map(update).collect()),
        Some(alone @ Value::Object(_)) => Ok(update(&alone).into_iter().collect()),
        _ => {
            let header = |field| directive.pointer(field).and_then(text).unwrap_or_default();
            let name = format!("{}.{}", header("/header/namespace"), header("/header/name"));
            Err(Foreign::Directive(name))
        }
    }
}

fn update(update: &Value) -> Option<Update> {
    if update.get("route").and_then(Value::as_str) == Some(SMART_HOME) {
        return None;
    }
    let metadata = update.get("resourceMetadata").map(unfold).unwrap_or_default();
    let name = metadata.get("command").or_else(|| update.get("resourceId")).and_then(text);
    let payload = metadata.get("payload").map(unfold).unwrap_or_default();
    let at_ms = number(metadata.get("timeStamp")).filter(|at| *at > 0.0).map(|at| at as u64);
    Some(Update { name: name.unwrap_or_default(), at_ms, payload })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn part(route: &str, metadata: &Value) -> Vec<u8> {
        let update = json!({
            "route": route, "resourceId": "PUSH_OTHER", "resourceMetadata": metadata,
        });
        json!({"directive": {"header": {}, "payload": {"renderingUpdates": [update]}}})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn what_is_usual_is_read_the_quick_way() {
        let payload = json!({"volumeSetting": 30, "name": "K\u{fc}che \"neu\""});
        let metadata = json!({
            "command": "PUSH_VOLUME_CHANGE", "payload": payload.to_string(), "timeStamp": 1_700,
        });
        let part = part("EventBus:tcomm::message", &Value::from(metadata.to_string()));
        let name = "PUSH_VOLUME_CHANGE".to_owned();
        let expected = vec![Update { name, at_ms: Some(1_700), payload }];
        assert_eq!(plain(&part), Some(expected));
        assert_eq!(odd(&part).ok(), plain(&part));
    }

    #[test]
    fn what_is_not_is_left_to_the_slow_way() {
        let metadata = json!({"payload": {"a": 1}, "timeStamp": "17"});
        let part = part("elsewhere", &metadata);
        assert_eq!(plain(&part), None);
        let name = "PUSH_OTHER".to_owned();
        let expected = vec![Update { name, at_ms: Some(17), payload: json!({"a": 1}) }];
        assert_eq!(updates(&part), Ok(expected));
    }

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e18..1e18).prop_map(Value::from),
            "[A-Z_]{0,6}".prop_map(Value::from),
            Just(json!({"a": 1}).to_string().into()),
            Just(json!({"a": 1})),
        ]
    }

    proptest! {
        #[test]
        fn both_ways_lead_to_the_same_end(
            command in scalar(),
            payload in scalar(),
            at in scalar(),
            route in prop_oneof![Just("r".to_owned()), Just(SMART_HOME.to_owned())],
            folded: bool,
        ) {
            let metadata = json!({"command": command, "payload": payload, "timeStamp": at});
            let metadata = if folded { metadata.to_string().into() } else { metadata };
            let part = part(&route, &metadata);
            if let Some(quick) = plain(&part) {
                prop_assert_eq!(Ok(quick), odd(&part));
            }
        }
    }
}
