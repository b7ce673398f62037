//! Sequences: what a routine can do, sent as its preview. Pure builders of JSON.
//!
//! Node types and payloads are *observed* in public clients, which agree on them.

use serde_json::{Value, json};

use super::devices::Device;

/// Path that takes a sequence.
pub const PREVIEW: &str = "/api/behaviors/preview";

const MODEL: &str = "com.amazon.alexa.behaviors.model";

/// For whom a node is made.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The device.
    pub device: &'a Device,
    /// Customer id of the account, used where the device has no owner of its own.
    pub customer: &'a str,
    /// Locale of the account, used where the device has none.
    pub locale: &'a str,
}

impl Target<'_> {
    /// In mixed households nodes with another customer than the device's owner silently vanish
    /// (*observed*).
    fn customer(&self) -> &str {
        self.device.owner.as_deref().unwrap_or(self.customer)
    }

    fn locale(&self) -> &str {
        self.device.locale.as_deref().unwrap_or(self.locale)
    }

    fn node(&self, kind: &str, skill: Option<&str>, extra: Value) -> Value {
        let mut payload = json!({
            "deviceType": self.device.device_type,
            "deviceSerialNumber": self.device.serial,
            "locale": self.locale(),
            "customerId": self.customer(),
        });
        if let (Some(payload), Value::Object(extra)) = (payload.as_object_mut(), extra) {
            payload.extend(extra);
        }
        operation(kind, skill, &payload)
    }

    /// Sets the volume, 0 to 100.
    pub fn volume(&self, level: u8) -> Value {
        self.node(
            "Alexa.DeviceControls.Volume",
            Some("amzn1.ask.1p.alexadevicecontrols"),
            json!({"value": level}),
        )
    }

    /// Stops whatever is heard.
    pub fn stop(&self) -> Value {
        let device = json!({"deviceSerialNumber": self.device.serial, "deviceType": self.device.device_type});
        let extra = json!({"devices": [device], "isAssociatedDevice": false});
        self.node("Alexa.DeviceControls.Stop", Some("amzn1.ask.1p.alexadevicecontrols"), extra)
    }

    /// Says a text.
    pub fn speak(&self, text: &str) -> Value {
        self.node("Alexa.Speak", Some("amzn1.ask.1p.saysomething"), json!({"textToSpeak": text}))
    }

    /// Takes a text as if it had been spoken to the device.
    pub fn text_command(&self, text: &str) -> Value {
        self.node("Alexa.TextCommand", Some("amzn1.ask.1p.tellalexa"), json!({"text": text}))
    }

    /// Opens a skill in silence, as three clients do (*observed*).
    pub fn launch(&self, skill: &str) -> Value {
        let device = json!({"deviceSerialNumber": self.device.serial, "deviceType": self.device.device_type});
        let extra = json!({
            "targetDevice": device,
            "connectionRequest": {"uri": format!("connection://AMAZON.Launch/{skill}"), "input": {}},
        });
        self.node("Alexa.Operation.SkillConnections.Launch", Some(skill), extra)
    }

    /// Plays one of Amazon's sounds.
    pub fn sound(&self, id: &str) -> Value {
        self.node("Alexa.Sound", Some("amzn1.ask.1p.sound"), json!({"soundStringId": id}))
    }
}

/// What an announcement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// Plain text.
    Text(&'a str),
    /// Markup without its outermost element.
    Markup(&'a str),
}

/// Announces a text on several devices at once, after a chime.
pub fn announce(targets: &[Target<'_>], title: &str, content: &Content<'_>) -> Value {
    let Some(first) = targets.first() else {
        return Value::Null;
    };
    let devices: Vec<_> = targets
        .iter()
        .map(|target| {
            json!({"deviceSerialNumber": target.device.serial, "deviceTypeId": target.device.device_type})
        })
        .collect();
    let (shown, speak) = match content {
        Content::Text(text) => (*text, json!({"type": "text", "value": text})),
        // Screens show tags as they are.
        Content::Markup(markup) => {
            ("", json!({"type": "ssml", "value": format!("<speak>{markup}</speak>")}))
        }
    };
    let payload = json!({
        "expireAfter": "PT5S",
        "content": [{
            "locale": first.locale(),
            "display": {"title": title, "body": shown},
            "speak": speak,
        }],
        "target": {"customerId": first.customer, "devices": devices},
        "customerId": first.customer,
    });
    operation("AlexaAnnouncement", Some("amzn1.ask.1p.routines.messaging"), &payload)
}

/// Nodes that run at once; one alone stays as it is.
pub fn parallel(nodes: Vec<Value>) -> Option<Value> {
    several("ParallelNode", nodes)
}

/// Nodes that run one after the other; one alone stays as it is.
pub fn serial(nodes: Vec<Value>) -> Option<Value> {
    several("SerialNode", nodes)
}

fn several(kind: &str, mut nodes: Vec<Value>) -> Option<Value> {
    if nodes.len() < 2 {
        return nodes.pop();
    }
    Some(json!({"@type": format!("{MODEL}.{kind}"), "name": null, "nodesToExecute": nodes}))
}

/// The body that runs a node.
pub fn body(start: Option<Value>) -> Value {
    let sequence = json!({"@type": format!("{MODEL}.Sequence"), "startNode": start});
    json!({"behaviorId": "PREVIEW", "sequenceJson": sequence.to_string(), "status": "ENABLED"})
}

fn operation(kind: &str, skill: Option<&str>, payload: &Value) -> Value {
    let mut node = json!({
        "@type": format!("{MODEL}.OpaquePayloadOperationNode"),
        "type": kind,
        "operationPayload": payload,
    });
    if let (Some(skill), Some(node)) = (skill, node.as_object_mut()) {
        node.insert("skillId".to_owned(), Value::from(skill));
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::household::Household;

    fn device(extra: &Value) -> Device {
        let mut entry = json!({"serialNumber": "G1", "deviceType": "T1", "accountName": "One"});
        entry.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let home = Household::merge(&json!({"devices": [entry]}), None, None);
        home.get("G1").unwrap().as_ref().clone()
    }

    #[test]
    fn nodes_name_the_owner_and_fall_back_to_the_account() {
        for (extra, expected) in
            [(json!({"deviceOwnerCustomerId": "OWNER"}), "OWNER"), (json!({}), "ME")]
        {
            let device = device(&extra);
            let node = Target { device: &device, customer: "ME", locale: "de-DE" }.volume(35);
            assert_eq!(node["operationPayload"]["customerId"], expected);
            assert_eq!(node["operationPayload"]["value"], 35);
            assert_eq!(node["operationPayload"]["locale"], "de-DE");
            assert_eq!(node["skillId"], "amzn1.ask.1p.alexadevicecontrols");
        }
    }

    #[test]
    fn one_node_stands_alone_and_several_run_in_parallel() {
        let device = device(&json!({}));
        let target = Target { device: &device, customer: "ME", locale: "en-US" };
        let start = |nodes| {
            let body = body(parallel(nodes));
            let text = body["sequenceJson"].as_str().unwrap().to_owned();
            serde_json::from_str::<Value>(&text).unwrap()["startNode"].clone()
        };
        assert_eq!(start(vec![target.stop()])["type"], "Alexa.DeviceControls.Stop");
        let several = start(vec![target.speak("a \"b\""), target.sound("bell_02")]);
        assert!(several["@type"].as_str().unwrap().ends_with("ParallelNode"));
        assert_eq!(several["nodesToExecute"][0]["operationPayload"]["textToSpeak"], "a \"b\"");
        let nested = serial(vec![target.volume(3), several]).unwrap();
        assert!(nested["@type"].as_str().unwrap().ends_with("SerialNode"));
        assert_eq!(serial(Vec::new()), None);
    }

    #[test]
    fn an_announcement_names_every_target_once() {
        let device = device(&json!({}));
        let target = Target { device: &device, customer: "ME", locale: "en-US" };
        let node = announce(&[target, target], "Dinner", &Content::Text("Come"));
        assert_eq!(node["operationPayload"]["target"]["devices"].as_array().unwrap().len(), 2);
        assert_eq!(node["operationPayload"]["content"][0]["speak"]["value"], "Come");
        assert!(node["operationPayload"].get("deviceSerialNumber").is_none());
        let node = announce(&[target], "", &Content::Markup("<p>x</p>"));
        assert_eq!(
            node["operationPayload"]["content"][0]["speak"]["value"],
            "<speak><p>x</p></speak>"
        );
    }
}
