//! The side for developers, by hand.

use std::time::Duration;

use amazon_simulator::{CLIENT_ID, DeveloperPatch, RETURN_URL, VENDOR};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use url::Url;

use crate::support::{World, world};

const SCOPES: &str =
    "alexa::ask:skills:readwrite alexa::ask:models:readwrite alexa::ask:skills:test";

/// A developer with a token.
struct Desk {
    world: World,
    token: String,
}

impl Desk {
    async fn of(scopes: &str) -> Self {
        let world = world().await;
        let landed = consent(&world, CLIENT_ID, RETURN_URL, scopes).await.unwrap();
        let code = landed.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let answer = tokens(
            &world,
            &[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", RETURN_URL)],
        )
        .await;
        let token = answer["access_token"].as_str().unwrap().to_owned();
        assert_eq!(answer["expires_in"], 3_600);
        Self { world, token }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let url = format!("https://api.amazonalexa.com{path}");
        let request = self.world.client.request(method, url).header("authorization", &self.token);
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.call(Method::GET, path, None).await;
        (
            answer.status().as_u16(),
            serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default(),
        )
    }

    async fn status(&self, method: Method, path: &str, body: Option<Value>) -> u16 {
        self.call(method, path, body).await.status().as_u16()
    }

    async fn made(&self, manifest: Value) -> String {
        let body = json!({ "vendorId": VENDOR, "manifest": manifest });
        let answer = self.call(Method::POST, "/v1/skills", Some(body)).await;
        assert_eq!(answer.status(), 202);
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        body["skillId"].as_str().unwrap().to_owned()
    }

    async fn verdict(&self, id: &str) -> Value {
        let (status, body) = self.get(&format!("/v1/skills/{id}/status?resource=manifest")).await;
        assert_eq!(status, 200);
        body["manifest"]["lastUpdateRequest"].clone()
    }

    fn pass(&self, seconds: u64) {
        self.world.simulator.advance(Duration::from_secs(seconds));
    }
}

async fn consent(world: &World, client: &str, return_url: &str, scopes: &str) -> Option<Url> {
    let parameters = [
        ("client_id", client),
        ("redirect_uri", return_url),
        ("scope", scopes),
        ("response_type", "code"),
        ("state", "s"),
    ];
    let url = Url::parse_with_params("https://www.amazon.com/ap/oa", parameters).unwrap();
    let answer = world.client.get(url).send().await.unwrap();
    let location = answer.headers().get("location")?.to_str().unwrap();
    Some(Url::parse(location).unwrap())
}

async fn tokens(world: &World, fields: &[(&str, &str)]) -> Value {
    let secret = world.simulator.developer().client_secret;
    let mut form = vec![("client_id", CLIENT_ID), ("client_secret", secret.as_str())];
    form.extend(fields);
    let request = world.client.post("https://api.amazon.com/auth/o2/token").form(&form);
    serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
}

fn manifest(category: &str, endpoint: Value) -> Value {
    json!({
        "publishingInformation": { "locales": { "de-DE": { "name": "Garden" } }, "category": category },
        "apis": { "custom": { "endpoint": endpoint, "interfaces": [{ "type": "AUDIO_PLAYER" }] } },
    })
}

fn good() -> Value {
    let uri = "https://music.example.org/alexa/skill";
    manifest("STREAMING_SERVICE", json!({ "uri": uri, "sslCertificateType": "Trusted" }))
}

fn model(intents: &[(&str, &[&str])]) -> Value {
    let intents: Vec<_> =
        intents.iter().map(|(name, samples)| json!({ "name": name, "samples": samples })).collect();
    json!({ "interactionModel": { "languageModel": { "invocationName": "garden radio", "intents": intents } } })
}

#[tokio::test]
async fn only_the_owners_profile_and_return_url_are_asked_for() {
    let world = world().await;
    assert!(
        consent(&world, "amzn1.application-oa2-client.other", RETURN_URL, SCOPES).await.is_none()
    );
    assert!(consent(&world, CLIENT_ID, "http://127.0.0.1:9091/cb", SCOPES).await.is_none());
    let landed = consent(&world, CLIENT_ID, RETURN_URL, SCOPES).await.unwrap();
    let code = landed.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", RETURN_URL),
    ];
    assert!(tokens(&world, &fields).await["refresh_token"].is_string());
    assert_eq!(tokens(&world, &fields).await["error"], "invalid_grant", "a code works once");
    let unknown = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    assert_eq!(tokens(&world, &unknown).await["error"], "invalid_grant");
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_scopes_and_its_hour() {
    let desk = Desk::of("alexa::ask:skills:readwrite").await;
    assert_eq!(desk.get("/v1/vendors").await.0, 200);
    let id = desk.made(good()).await;
    let enablement = format!("/v1/skills/{id}/stages/development/enablement");
    assert_eq!(desk.get(&enablement).await.0, 403);
    desk.pass(3_601);
    assert_eq!(desk.get("/v1/vendors").await.0, 401);
}

#[tokio::test]
async fn a_manifest_is_judged_after_it_was_taken() {
    let desk = Desk::of(SCOPES).await;
    let bare = json!({ "uri": "https://music.example.org/alexa/skill" });
    let trusted = json!({ "uri": "https://music.example.org/x", "sslCertificateType": "Trusted" });
    for (manifest, code) in [
        (manifest("MUSIC_AND_AUDIO", trusted), "INVALID_ENUM_VALUE"),
        (manifest("STREAMING_SERVICE", bare), "MISSING_REQUIRED_PROPERTY"),
        (json!({ "manifest": good() }), "UNEXPECTED_PROPERTY"),
    ] {
        let id = desk.made(manifest).await;
        assert_eq!(desk.verdict(&id).await["status"], "IN_PROGRESS");
        desk.pass(2);
        let verdict = desk.verdict(&id).await;
        assert_eq!(verdict["status"], "FAILED");
        assert_eq!(verdict["errors"][0]["code"], code);
    }
    assert!(desk.world.simulator.skills().is_empty(), "nothing of it reached the cloud");
}

#[tokio::test]
async fn a_skill_is_made_built_and_enabled_in_its_own_time() {
    let desk = Desk::of(SCOPES).await;
    let id = desk.made(good()).await;
    let at = |rest: &str| format!("/v1/skills/{id}/stages/development/{rest}");
    assert_eq!(desk.get(&at("manifest")).await.0, 303);
    let body = || Some(json!({ "manifest": good() }));
    assert_eq!(desk.status(Method::PUT, &at("manifest"), body()).await, 409);
    desk.pass(2);
    assert_eq!(
        desk.get(&at("manifest")).await.1["manifest"]["apis"]["custom"]["endpoint"]["sslCertificateType"],
        "Trusted"
    );
    let place = at("interactionModel/locales/de-DE");
    assert_eq!(desk.get(&place).await.0, 404);
    let fine = model(&[
        ("AMAZON.PauseIntent", &[]),
        ("AMAZON.ResumeIntent", &[]),
        ("PlayIntent", &["spiel"]),
    ]);
    assert_eq!(
        desk.status(Method::PUT, &at("interactionModel/locales/xx-XX"), Some(fine.clone())).await,
        400
    );
    assert_eq!(desk.status(Method::PUT, &place, Some(fine.clone())).await, 202);
    assert_eq!(desk.status(Method::PUT, &place, Some(fine)).await, 409);
    assert_eq!(desk.status(Method::PUT, &at("enablement"), None).await, 409);
    desk.pass(20);
    assert_eq!(desk.get(&at("enablement")).await.0, 404);
    assert_eq!(desk.status(Method::PUT, &at("enablement"), None).await, 204);
    assert_eq!(desk.get(&at("enablement")).await.0, 204);
    let skills = desk.world.simulator.skills();
    assert_eq!(skills[0].locales["de-DE"].invocation_name, "garden radio");
    assert!(skills[0].is_testing && skills[0].has_audio_player);
    assert_eq!(desk.status(Method::DELETE, &format!("/v1/skills/{id}"), None).await, 204);
    assert!(desk.world.simulator.skills().is_empty());
}

#[tokio::test]
async fn models_that_do_not_work_fail_in_their_build() {
    let desk = Desk::of(SCOPES).await;
    let quick =
        DeveloperPatch { check_seconds: Some(0), build_seconds: Some(0), ..Default::default() };
    desk.world.simulator.patch_developer(quick);
    let id = desk.made(good()).await;
    let place = format!("/v1/skills/{id}/stages/development/interactionModel/locales/de-DE");
    let twice = model(&[
        ("AMAZON.PauseIntent", &["halt"]),
        ("AMAZON.ResumeIntent", &[]),
        ("PlayIntent", &["halt"]),
    ]);
    let nothing_own = model(&[("AMAZON.PauseIntent", &[]), ("AMAZON.ResumeIntent", &[])]);
    for (body, code) in [(twice, "CONFLICT_SAMPLE"), (nothing_own, "MISSING_CUSTOM_INTENT")] {
        assert_eq!(desk.status(Method::PUT, &place, Some(body)).await, 202);
        let (_, body) =
            desk.get(&format!("/v1/skills/{id}/status?resource=interactionModel")).await;
        let request = &body["interactionModel"]["de-DE"]["lastUpdateRequest"];
        assert_eq!(request["errors"][0]["code"], code);
    }
}

#[tokio::test]
async fn skills_are_listed_in_pages() {
    let desk = Desk::of(SCOPES).await;
    for _ in 0..3 {
        desk.made(good()).await;
    }
    let (_, first) = desk.get(&format!("/v1/skills?vendorId={VENDOR}&maxResults=2")).await;
    assert_eq!(first["skills"].as_array().unwrap().len(), 2);
    let next = first["nextToken"].as_str().unwrap();
    let (_, second) =
        desk.get(&format!("/v1/skills?vendorId={VENDOR}&maxResults=2&nextToken={next}")).await;
    assert_eq!(second["skills"].as_array().unwrap().len(), 1);
    assert_eq!(second["isTruncated"], false);
    assert_eq!(desk.get("/v1/skills?vendorId=M0&maxResults=2").await.0, 403);
}
