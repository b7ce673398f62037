//! Registrations refused, revoked, taken off the list, and what the owner sees of them.

use crate::support::{SERIAL, VERIFIER, World, code_form, world};
use amazon_simulator::Expire;
use serde_json::{Value, json};
use std::time::Duration;

async fn refresh(world: &World, token: &str) -> (u16, Value) {
    let fields = [
        ("source_token_type", "refresh_token"),
        ("source_token", token),
        ("requested_token_type", "access_token"),
    ];
    world.form("https://api.amazon.com/auth/token", &fields).await
}

#[tokio::test]
async fn registering_can_be_refused_while_refreshing_goes_on() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.knobs(|k| k.register_refused = true);
    world.simulator.advance(Duration::from_secs(60));
    let code = world.sign_in().await;
    for proof in [code_form(&code, VERIFIER), json!({ "access_token": session.access_token })] {
        let (status, answer) = world.register(proof).await;
        assert_eq!((status, &answer["response"]["error"]["code"]), (400, &json!("InvalidToken")));
    }
    assert_eq!(refresh(&world, &session.refresh_token).await.0, 200);
    world.exchange(&session.refresh_token, "amazon.fr").await;
    assert_eq!(world.simulator.counters().registrations, 1);
}

#[tokio::test]
async fn a_code_registers_once_within_five_minutes_of_the_clock() {
    let world = world().await;
    let code = world.sign_in().await;
    world.simulator.advance(Duration::from_secs(299));
    assert_eq!(world.register(code_form(&code, VERIFIER)).await.0, 200);
    let (status, answer) = world.register(code_form(&code, VERIFIER)).await;
    assert_eq!((status, &answer["response"]["error"]["code"]), (400, &json!("InvalidValue")));
    let code = world.sign_in().await;
    world.simulator.advance(Duration::from_secs(300));
    let (status, answer) = world.register(code_form(&code, VERIFIER)).await;
    assert_eq!((status, &answer["response"]["error"]["code"]), (400, &json!("InvalidValue")));
}

#[tokio::test]
async fn the_owner_sees_each_app_until_it_is_taken_off() {
    let world = world().await;
    assert!(world.simulator.apps().is_empty());
    let session = world.session("amazon.de").await;
    let fresh = json!({ "access_token": session.access_token });
    assert_eq!(world.register_as("SECOND", fresh).await.0, 200);
    let serials =
        || -> Vec<String> { world.simulator.apps().into_iter().map(|app| app.serial).collect() };
    assert_eq!(serials(), [SERIAL, "SECOND"]);
    let url = format!("{}/control/apps", world.simulator.control_url());
    let listed: Vec<Value> = world.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed.len(), 2);

    assert_eq!(refresh(&world, &session.refresh_token).await.0, 200);
    assert!(world.simulator.remove_device(SERIAL));
    assert_eq!(serials(), ["SECOND"]);
    let (status, answer) = refresh(&world, &session.refresh_token).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
    assert_eq!(session.status("/api/customer-status").await, 401);
}

#[tokio::test]
async fn a_revoked_refresh_token_leaves_the_app_in_the_list() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.expire(Expire::RefreshTokens);
    let (status, answer) = refresh(&world, &session.refresh_token).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
    assert_eq!(world.simulator.apps().len(), 1);
    world.simulator.advance(Duration::from_secs(60));
    let code = world.sign_in().await;
    assert_eq!(world.register(code_form(&code, VERIFIER)).await.0, 200);
    assert_eq!(world.simulator.apps().len(), 1, "the same serial is the same app");
    assert_eq!(refresh(&world, &session.refresh_token).await.0, 400, "the old token stays dead");
}
