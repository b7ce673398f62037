//! Where an account lives, how Amazon tells it, and hosts that are wrong or not there.

use crate::support::{World, world};
use amazon_simulator::{MarketplaceShape, PushRegion, Requests};
use serde_json::{Value, json};

#[tokio::test]
async fn the_marketplace_comes_in_every_shape() {
    let world = world().await;
    world.simulator.knobs(|k| {
        k.home_site = "amazon.com".to_owned();
        k.country = "PL".to_owned();
    });
    let session = world.session("amazon.com").await;
    for (shape, told) in [
        (MarketplaceShape::String, json!("https://www.amazon.com")),
        (MarketplaceShape::List, json!(["https://www.amazon.com"])),
        (MarketplaceShape::Bare, json!("www.amazon.com")),
    ] {
        world.simulator.knobs(|k| k.marketplace_shape = shape);
        let me = session.get("/api/users/me").await;
        assert_eq!(me["marketPlaceDomainName"], told);
        assert_eq!(me["countryOfResidence"], "PL");
    }
    world.simulator.knobs(|k| k.marketplace_shape = MarketplaceShape::Missing);
    assert!(session.get("/api/users/me").await.get("marketPlaceDomainName").is_none());
}

#[tokio::test]
async fn identity_answers_may_lack_fields_or_be_refused() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.knobs(|k| {
        k.missing_fields =
            ["alexaHostName", "websiteApiUrl", "id"].iter().map(|f| (*f).to_owned()).collect();
    });
    assert_eq!(session.get("/api/welcome").await, json!({}));
    let endpoints = session.get("/api/endpoints").await;
    assert!(endpoints.get("websiteApiUrl").is_none() && endpoints.get("retailUrl").is_some());
    assert!(session.get("/api/users/me").await.get("id").is_none());
    world.simulator.knobs(|k| k.users_me_refused = true);
    let answer = world.client.get(session.url("/api/users/me")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.text().await.unwrap(), "");
    assert_eq!(session.status("/api/customer-status").await, 200, "the session lives");
}

#[tokio::test]
async fn hosts_that_do_not_exist_break_the_connection_and_are_noted() {
    let world = world().await;
    for host in ["alexa.amazon.pl", "alexa.amazon.no", "www.amazon.at"] {
        assert!(world.client.get(format!("https://{host}/api/users/me")).send().await.is_err());
        let seen = world.simulator.requests(&Requests::to("GET", "/api/users/me").at(host));
        assert_eq!((seen.len(), seen[0].status), (1, None), "{host}");
    }
    world.simulator.knobs(|k| k.missing_hosts = vec!["alexa.amazon.de".to_owned()]);
    assert!(world.client.get("https://alexa.amazon.de/").send().await.is_err());
    assert!(world.client.get("https://alexa.amazon.pl/").send().await.is_ok());
}

const EVENTS: &str = "/v20160207/events";

fn event() -> Value {
    json!({
        "event": {
            "header": {
                "namespace": "System", "name": "SynchronizeState", "messageId": "1",
            },
            "payload": {},
        },
        "context": [],
    })
}

async fn synchronize(world: &World, host: &str, token: &str, multipart: bool) -> (u16, String) {
    let request = world.client.post(format!("https://{host}{EVENTS}")).bearer_auth(token);
    let request = if multipart {
        let body = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\
             Content-Type: application/json\r\n\r\n{}\r\n--edge--\r\n",
            event()
        );
        request.header("content-type", "multipart/form-data; boundary=edge").body(body)
    } else {
        request.json(&event())
    };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_push_host_of_the_wrong_region_names_the_right_one() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let token = &session.access_token;
    let (wrong, right) = ("bob-dispatch-prod-eu.amazon.com", "bob-dispatch-prod-na.amazon.com");
    assert_eq!(synchronize(&world, wrong, token, true).await, (204, String::new()));
    world.simulator.knobs(|k| k.push_region = Some(PushRegion::Na));
    for multipart in [true, false] {
        let (status, body) = synchronize(&world, wrong, token, multipart).await;
        assert_eq!(status, 200);
        let json = body.split("\r\n\r\n").nth(1).unwrap().split("\r\n").next().unwrap();
        let directive: Value = serde_json::from_str(json).unwrap();
        let endpoint = &directive["directive"]["payload"]["endpoint"];
        assert_eq!(endpoint, "https://bob-dispatch-prod-na.amazon.com");
        assert_eq!(synchronize(&world, right, token, multipart).await.0, 204);
    }
    session.declare().await;
    let stream = async |host: &str| {
        let url = format!("https://{host}/v20160207/directives");
        world.client.get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
    };
    assert_eq!(stream(wrong).await, 403);
    assert_eq!(stream("alexa.fe.gateway.devices.a2z.com").await, 403);
    assert_eq!(stream(right).await, 200);
    assert_eq!(synchronize(&world, wrong, "Atna|none", false).await.0, 403);
}
