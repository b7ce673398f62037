//! Carrying out a routine sequence on the devices.
//!
//! Node types and payloads as four public clients send them. A sequence is laid out in time first:
//! the children of a serial node follow each other, those of a parallel node begin together, and
//! speech and waits take their time.

use serde_json::Value;

use crate::call::text;
use crate::household::later::Deed;
use crate::household::operation::operate;
use crate::household::speech;
use crate::state::State;

/// All devices, in a node.
const EVERY: &str = "ALEXA_ALL_DSN";

/// One node, at a time.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    at_ms: i64,
    kind: String,
    payload: Value,
}

/// Carries a whole sequence out. The answer to it is the same whatever happens; a sequence that
/// cannot be read, or with markup that is none, is `false`.
pub(crate) fn run(state: &mut State, sequence: &Value) -> bool {
    let Some(start) = sequence.get("startNode").filter(|node| node.is_object()) else {
        return false;
    };
    let now_ms = state.clock.now_ms();
    let mut steps = Vec::new();
    if lay_out(state, start, now_ms, 0, &mut steps).is_none() {
        return false;
    }
    if steps.len() > 1 {
        let kept = steps.len().saturating_sub(state.knobs.drop_nodes_in_batch);
        steps.truncate(kept);
    }
    steps.sort_by_key(|(_, step)| step.at_ms);
    let delay_ms = state.effect_ms() - now_ms;
    for (serial, mut step) in steps {
        step.at_ms += delay_ms;
        let at_ms = if state.knobs.sequence_clock { step.at_ms } else { now_ms + delay_ms };
        state.at(at_ms, &serial, Deed::Node(step));
    }
    true
}

/// Carries out one node on one device.
pub(crate) fn carry_out(state: &mut State, serial: &str, step: &Step) {
    let Some(device) = state.household.find_mut(serial) else {
        return;
    };
    let reachable = device.seed.online;
    device.nodes.push(step.kind.clone());
    if reachable && !state.drops(serial) {
        operate(state, serial, &step.kind, &step.payload, step.at_ms);
    }
}

/// Adds the steps of a node; its end. Markup that is none has no end.
fn lay_out(
    state: &State,
    value: &Value,
    at_ms: i64,
    depth: usize,
    steps: &mut Vec<(String, Step)>,
) -> Option<i64> {
    if depth > 20 {
        return Some(at_ms);
    }
    if let Some(children) = value.get("nodesToExecute").and_then(Value::as_array) {
        let parallel = text(value, "/@type").ends_with("ParallelNode");
        let mut end_ms = at_ms;
        for child in children {
            let from_ms = if parallel { at_ms } else { end_ms };
            end_ms = end_ms.max(lay_out(state, child, from_ms, depth + 1, steps)?);
        }
        return Some(end_ms);
    }
    let kind = text(value, "/type");
    let payload = value.get("operationPayload").unwrap_or(&Value::Null);
    let lasts_ms = speech::node_ms(kind, payload)?;
    for serial in targets(state, payload) {
        let (kind, payload) = (kind.to_owned(), payload.clone());
        steps.push((serial, Step { at_ms, kind, payload }));
    }
    Some(at_ms + lasts_ms)
}

/// The serials a node is meant for: `target.devices`, else `devices`, else the plain field, or that
/// of the launch of a skill. An
/// announcement without devices is for all.
fn targets(state: &State, payload: &Value) -> Vec<String> {
    let listed = |pointer: &str| {
        let list = payload.pointer(pointer).and_then(Value::as_array)?;
        let serials: Vec<String> =
            list.iter().map(|d| text(d, "/deviceSerialNumber").to_owned()).collect();
        (!serials.is_empty()).then_some(serials)
    };
    let launched = text(payload, "/targetDevice/deviceSerialNumber");
    let single = text(payload, "/deviceSerialNumber");
    let single = if single.is_empty() { launched } else { single }.to_owned();
    let serials =
        listed("/target/devices").or_else(|| listed("/devices")).unwrap_or_else(|| vec![single]);
    let every = serials.iter().any(|s| s == EVERY)
        || (payload.get("content").is_some() && serials.iter().all(String::is_empty));
    if every {
        let plays = |d: &&crate::household::model::Device| d.can("AUDIO_PLAYER") && !d.is_group();
        return state
            .household
            .devices
            .iter()
            .filter(plays)
            .map(|d| d.serial().to_owned())
            .collect();
    }
    serials
}
