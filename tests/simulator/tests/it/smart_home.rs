//! The older list of endpoints and the states of single ones.

use serde_json::{Value, json};

use crate::support::{GARAGE, KITCHEN, KITCHEN_TYPE, Session, world};

const QUERY: &str = "query Endpoints { endpoints { items { endpointId legacyAppliance { \
                     applianceNetworkState } } } }";

async fn entry(session: &Session<'_>, serial: &str) -> Value {
    let answer = session.post("/nexus/v1/graphql", &json!({ "query": QUERY })).await;
    let answer: Value = answer.json().await.unwrap();
    let items = answer["data"]["endpoints"]["items"].as_array().unwrap();
    items.iter().find(|e| e["serialNumber"]["value"]["text"] == serial).unwrap().clone()
}

#[tokio::test]
async fn the_older_list_tells_who_is_reachable() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let kitchen = entry(&session, KITCHEN).await;
    assert_eq!(kitchen["endpointId"], kitchen["id"]);
    let identifier = &kitchen["legacyIdentifiers"]["dmsIdentifier"];
    assert_eq!(identifier["deviceType"]["value"]["text"], KITCHEN_TYPE);
    let state = |entry: &Value| entry["legacyAppliance"]["applianceNetworkState"].clone();
    assert_eq!(state(&kitchen)["reachability"], "REACHABLE");
    let garage = entry(&session, GARAGE).await;
    assert_eq!(state(&garage)["reachability"], "NOT_REACHABLE");
}

#[tokio::test]
async fn states_come_for_appliances_and_entities_and_errors_beside_them() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    assert!(session.csrf().is_some());
    let kitchen = entry(&session, KITCHEN).await["legacyAppliance"].clone();
    let garage = entry(&session, GARAGE).await["legacyAppliance"].clone();
    let ask = |id: &Value, kind: &str| json!({ "entityId": id, "entityType": kind });
    let body = json!({ "stateRequests": [
        ask(&kitchen["entityId"], "ENTITY"),
        ask(&kitchen["applianceId"], "APPLIANCE"),
        ask(&garage["entityId"], "ENTITY"),
        ask(&json!("nobody"), "ENTITY"),
    ] });
    let answer = session.post("/api/phoenix/state", &body).await;
    let answer: Value = answer.json().await.unwrap();
    let states = answer["deviceStates"].as_array().unwrap();
    assert_eq!(states.len(), 2);
    assert_eq!(states[0]["entity"]["entityId"], kitchen["entityId"]);
    let text = states[1]["capabilityStates"][0].as_str().unwrap();
    let state: Value = serde_json::from_str(text).unwrap();
    assert_eq!((&state["name"], &state["value"]["value"]), (&json!("connectivity"), &json!("OK")));
    let codes: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|e| e["code"].clone()).collect();
    assert_eq!(codes, ["ENDPOINT_UNREACHABLE", "NO_SUCH_ENDPOINT"]);
    assert_eq!(session.post("/api/phoenix/state", &json!({})).await.status(), 400);
}
