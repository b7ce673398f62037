//! Tokens, cookies, their lifetimes and their domains.

use std::time::Duration;

use crate::support::{self, KITCHEN, SERIAL, VERIFIER, code_form, world};
use amazon_simulator::Expire;
use reqwest::Method;
use serde_json::{Value, json};

fn token_request(token: &str) -> Vec<(&'static str, String)> {
    vec![
        ("app_name", "Test App".to_owned()),
        ("source_token_type", "refresh_token".to_owned()),
        ("source_token", token.to_owned()),
        ("requested_token_type", "access_token".to_owned()),
    ]
}

async fn refresh(world: &support::World, token: &str) -> (u16, Value) {
    let fields = token_request(token);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    world.form("https://api.amazon.de/auth/token", &fields).await
}

async fn capabilities(world: &support::World, token: &str) -> u16 {
    let url = "https://api.amazonalexa.com/v1/devices/@self/capabilities";
    let body = json!({ "envelopeVersion": "20160207", "legacyFlags": {}, "capabilities": [] });
    let request = world.client.put(url).bearer_auth(token).json(&body);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn registration_gives_all_that_was_asked_for() {
    let world = world().await;
    let code = world.sign_in().await;
    let (_, answer) = world.register(code_form(&code, VERIFIER)).await;
    let success = &answer["response"]["success"];
    assert_eq!(success["extensions"]["device_info"]["device_name"], "Alex's Test App");
    assert_eq!(success["extensions"]["customer_info"]["home_region"], "EU");
    assert_eq!(success["tokens"]["bearer"]["expires_in"], "3600");
    assert!(success["tokens"]["mac_dms"]["adp_token"].as_str().unwrap().starts_with("{enc:"));
    assert!(success["tokens"]["store_authentication_cookie"]["cookie"].is_string());
    let cookies = success["tokens"]["website_cookies"].as_array().unwrap();
    let names: Vec<_> = cookies.iter().map(|c| c["Name"].as_str().unwrap()).collect();
    assert!(names.contains(&"at-main") && names.contains(&"session-token"));
    for cookie in cookies {
        for key in ["Name", "Value", "Path", "Secure", "HttpOnly", "Expires"] {
            assert!(!cookie[key].is_null(), "{key}");
        }
    }
    let registrations = world.simulator.registrations();
    assert_eq!(registrations.len(), 1);
    assert_eq!(registrations[0].serial, SERIAL);
    assert!(registrations[0].registered);
}

#[tokio::test]
async fn only_fresh_tokens_register() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let (_, refreshed) = refresh(&world, &session.refresh_token).await;
    let token = refreshed["access_token"].as_str().unwrap();
    let (status, answer) = world.register_as("OTHER", json!({ "access_token": token })).await;
    assert_eq!(status, 400);
    assert_eq!(answer["response"]["error"]["code"], "InvalidToken");
    let fresh = json!({ "access_token": session.access_token });
    let (status, answer) = world.register_as("SECOND", fresh).await;
    assert_eq!(status, 200);
    let name = &answer["response"]["success"]["extensions"]["device_info"]["device_name"];
    assert_eq!(name, "Alex's 2nd Test App");
    assert_eq!(world.register(json!({})).await.0, 400);
}

#[tokio::test]
async fn access_tokens_expire_by_the_clock() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    assert_eq!(capabilities(&world, &session.access_token).await, 204);
    world.simulator.advance(Duration::from_secs(3601));
    assert_eq!(capabilities(&world, &session.access_token).await, 403);
    let (status, answer) = refresh(&world, &session.refresh_token).await;
    assert_eq!((status, &answer["expires_in"]), (200, &json!(3600)));
    assert_eq!(answer["token_type"], "bearer");
    assert_eq!(capabilities(&world, answer["access_token"].as_str().unwrap()).await, 204);
}

#[tokio::test]
async fn cookies_belong_to_their_domain_and_expire() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let me = session.get("/api/users/me").await;
    assert_eq!(me["email"], "alex@example.org");
    assert_eq!(me["marketPlaceDomainName"], "https://www.amazon.de");
    let status = async |host: &str| {
        let url = format!("https://{host}/api/users/me");
        world.client.get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("eu-api-alexa.amazon.de").await, 200);
    assert_eq!(status("alexa.amazon.fr").await, 302, "no cookie for that site");
    world.exchange(&session.refresh_token, "amazon.fr").await;
    let url = "https://alexa.amazon.fr/api/users/me";
    let me: Value = world.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(me["marketPlaceDomainName"], "https://www.amazon.de", "it tells the home");
    world.simulator.advance(Duration::from_secs(14 * 86_400 + 1));
    assert_eq!(status("alexa.amazon.de").await, 302);
}

#[tokio::test]
async fn a_cookie_of_one_site_is_worth_nothing_on_another() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let (_, answer) = world
        .form(
            "https://api.amazon.com/auth/token",
            &[
                ("source_token_type", "refresh_token"),
                ("source_token", &session.refresh_token),
                ("requested_token_type", "auth_cookies"),
                ("domain", "www.amazon.de"),
            ],
        )
        .await;
    let list = answer["response"]["tokens"]["cookies"][".amazon.de"].as_array().unwrap();
    let at = list.iter().find(|c| c["Name"] == "at-acbde").unwrap()["Value"].as_str().unwrap();
    let bare = support::builder(&world.simulator).build().unwrap();
    let status = async |host: &str, cookie: String| {
        let request = bare.get(format!("https://{host}/api/users/me")).header("cookie", cookie);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("alexa.amazon.de", format!("at-acbde={at}")).await, 200);
    assert_eq!(status("alexa.amazon.de", format!("at-acbde=\"{at}\"")).await, 200, "quoted");
    assert_eq!(status("alexa.amazon.com", format!("at-acbde={at}")).await, 302);
    assert_eq!(status("alexa.amazon.com", format!("at-main={at}")).await, 302);
    let comms = "https://alexa-comms-mobile-service.amazon.com/accounts";
    let request = bare.get(comms).header("cookie", format!("at-acbde={at}"));
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn strangers_are_answered_by_path() {
    let world = world().await;
    let answer = async |path: &str| {
        let url = format!("https://alexa.amazon.de{path}");
        let response = world.client.get(url).send().await.unwrap();
        let location = response.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
        (response.status().as_u16(), location)
    };
    for path in
        ["/", "/spa/index.html", "/api/np/player", "/templates/oobe/x.handlebars", "/api/users/me"]
    {
        let (status, location) = answer(path).await;
        assert_eq!(status, 302, "{path}");
        assert!(location.unwrap().starts_with("https://www.amazon.de/ap/signin?"));
    }
    for path in ["/api/welcome", "/api/devices-v2/device", "/api/customer-status"] {
        assert_eq!(answer(path).await, (401, None), "{path}");
    }
}

#[tokio::test]
async fn the_home_site_is_named_everywhere() {
    let world = world().await;
    world.simulator.knobs(|k| k.home_site = "amazon.co.uk".to_owned());
    let session = world.session("amazon.com").await;
    assert_eq!(session.get("/api/welcome").await["alexaHostName"], "alexa.amazon.co.uk");
    let endpoints = session.get("/api/endpoints").await;
    assert_eq!(endpoints["websiteApiUrl"], "https://eu-api-alexa.amazon.co.uk");
    let devices = session.get("/api/devices-v2/device").await;
    assert_eq!(devices["devices"], json!([]), "the household is at its home site");
    world.exchange(&session.refresh_token, "amazon.co.uk").await;
    let url = "https://alexa.amazon.co.uk/api/devices-v2/device";
    let devices: Value = world.client.get(url).send().await.unwrap().json().await.unwrap();
    assert!(devices["devices"].as_array().unwrap().len() > 10);
}

#[tokio::test]
async fn writes_need_the_csrf_value() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let body = json!({ "deviceSerialNumber": KITCHEN, "deviceType": "x", "enabled": true });
    let url = session.url("/api/dnd/status");
    let put = |csrf: Option<String>| {
        let mut request = world.client.put(&url).json(&body);
        if let Some(csrf) = csrf {
            request = request.header("csrf", csrf);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(put(None).await, 403);
    assert_eq!(put(Some("-1".to_owned())).await, 403);
    assert!(!world.simulator.device(KITCHEN).unwrap().do_not_disturb);
    assert_eq!(put(session.csrf()).await, 200);
    assert!(world.simulator.device(KITCHEN).unwrap().do_not_disturb);
    world.simulator.expire(Expire::Csrf);
    assert_eq!(put(session.csrf()).await, 403);
    session.get("/api/language").await;
    assert_eq!(put(session.csrf()).await, 200, "the page planted a new one");
    world.simulator.expire(Expire::Csrf);
    world.simulator.knobs(|k| k.csrf_required = false);
    assert_eq!(put(None).await, 200);
}

#[tokio::test]
async fn deregistering_ends_everything_but_the_access_token() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let listed = |devices: &Value| {
        devices["devices"].as_array().unwrap().iter().any(|d| d["serialNumber"] == SERIAL)
    };
    assert!(listed(&session.get("/api/devices-v2/device").await));
    let url = "https://api.amazon.de/auth/deregister";
    let body = json!({ "requested_deregister_type": "deregister_device" });
    let bad = world.client.post(url).bearer_auth("Atna|none").json(&body).send().await.unwrap();
    assert_eq!(bad.status(), 401);
    let token = &session.access_token;
    let good = world.client.post(url).bearer_auth(token).json(&body).send().await.unwrap();
    assert_eq!(good.status(), 200);
    let (status, answer) = refresh(&world, &session.refresh_token).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
    assert_eq!(session.status("/api/customer-status").await, 401);
    assert_eq!(capabilities(&world, token).await, 204);
    assert!(!world.simulator.registrations()[0].registered);
    assert!(world.simulator.device(SERIAL).is_none());
}

#[tokio::test]
async fn proofs_can_be_ended_from_outside() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.expire(Expire::Cookies);
    assert_eq!(session.status("/api/customer-status").await, 401);
    world.simulator.expire(Expire::AccessTokens);
    assert_eq!(capabilities(&world, &session.access_token).await, 403);
    world.simulator.expire(Expire::RefreshTokens);
    assert_eq!(refresh(&world, &session.refresh_token).await.0, 400);
}

#[tokio::test]
async fn every_spelling_of_the_exchange_is_accepted() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let urls = [
        "https://www.amazon.de/ap/exchangetoken",
        "https://www.amazon.de/ap/exchangetoken/cookies",
        "https://api.amazon.de/ap/exchangetoken/cookies",
        "https://api.amazon.com/auth/token",
    ];
    for url in urls {
        for domain in [".amazon.de", "www.amazon.de", "amazon.de"] {
            let (status, answer) = world
                .form(
                    url,
                    &[
                        ("requested_token_type", "auth_cookies"),
                        ("source_token_type", "refresh_token"),
                        ("source_token", &session.refresh_token),
                        ("domain", domain),
                    ],
                )
                .await;
            assert_eq!(status, 200, "{url} {domain}");
            assert!(answer["response"]["tokens"]["cookies"][".amazon.de"].is_array());
        }
    }
    let none = session.call(Method::GET, "/api/bootstrap", &Value::Null).await;
    assert_eq!(none.status(), 404, "gone since November 2025");
}

#[tokio::test]
async fn an_exchange_may_lack_the_asked_domain() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    world.simulator.knobs(|k| k.exchange_wrong_domain = true);
    let (status, answer) = world
        .form(
            "https://www.amazon.de/ap/exchangetoken/cookies",
            &[
                ("requested_token_type", "auth_cookies"),
                ("source_token_type", "refresh_token"),
                ("source_token", &session.refresh_token),
                ("domain", ".amazon.de"),
            ],
        )
        .await;
    assert_eq!(status, 200);
    assert!(answer["response"]["tokens"]["cookies"][".amazon.de"].is_null());
}

#[tokio::test]
async fn the_same_serial_registered_again_ends_the_first_registration() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let again = json!({ "access_token": session.access_token });
    assert_eq!(world.register(again).await.0, 200);
    assert_eq!(refresh(&world, &session.refresh_token).await.0, 400);
    assert_eq!(world.simulator.registrations().len(), 1);
}
