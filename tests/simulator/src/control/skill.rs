//! Skills and Echos under control.

use std::net::SocketAddr;

use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::control::{Control, found};
use crate::skill::certificates::{CertificateOrder, SignOrder};
use crate::skill::cloud::{Skill, SkillPatch, SkillSeed};
use crate::skill::views::Button;

pub(super) fn router() -> Router<Control> {
    Router::new()
        .route("/control/skills", get(skills).post(add))
        .route("/control/skills/{id}", patch(change).delete(remove))
        .route("/control/resolve", post(resolve))
        .route("/control/certificates", post(issue))
        .route("/control/sign", post(sign))
        .route("/control/echos/{serial}", get(echo))
        .route("/control/echos/{serial}/say", post(say))
        .route("/control/echos/{serial}/press", post(press))
        .route("/control/echos/{serial}/drop", post(drop_audio))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    host: String,
    to: SocketAddr,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Utterance {
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    button: Button,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    /// The body in base64.
    base64: String,
    #[serde(default)]
    order: SignOrder,
}

async fn skills(c: Shared<Control>) -> Json<Vec<Skill>> {
    Json(c.with(|s| s.skill.cloud.skills.values().cloned().collect()))
}

async fn add(c: Shared<Control>, Json(seed): Json<SkillSeed>) -> Response {
    c.with(|s| s.add_skill(seed));
    (StatusCode::CREATED, Json(json!({}))).into_response()
}

async fn change(
    c: Shared<Control>,
    Path(id): Path<String>,
    Json(patch): Json<SkillPatch>,
) -> Response {
    found(c.with(|s| s.patch_skill(&id, patch)))
}

async fn remove(c: Shared<Control>, Path(id): Path<String>) -> Response {
    found(c.with(|s| s.skill.cloud.skills.remove(&id).is_some()))
}

async fn resolve(c: Shared<Control>, Json(name): Json<Name>) -> Response {
    let host = name.host.to_ascii_lowercase();
    c.with(|s| s.skill.cloud.names.insert(host, name.to));
    Json(json!({})).into_response()
}

async fn issue(c: Shared<Control>, Json(order): Json<CertificateOrder>) -> Response {
    match c.with(|s| s.issue(&order)) {
        Ok(issued) => Json(issued).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

async fn sign(c: Shared<Control>, Json(sign): Json<Sign>) -> Response {
    let Ok(body) = STANDARD.decode(&sign.base64) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let notary = c.with(|s| s.skill.notary.clone());
    let headers = notary.map(|notary| notary.sign(&body, &sign.order)).unwrap_or_default();
    let headers: serde_json::Map<_, _> =
        headers.into_iter().map(|(name, value)| (name, value.into())).collect();
    Json(headers).into_response()
}

async fn echo(c: Shared<Control>, Path(serial): Path<String>) -> Response {
    match c.with(|s| s.echo(&serial).map(|echo| echo.view())) {
        Some(view) => Json(view).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn say(
    c: Shared<Control>,
    Path(serial): Path<String>,
    Json(said): Json<Utterance>,
) -> Response {
    found(c.with(|s| s.say(&serial, &said.text)))
}

async fn press(
    c: Shared<Control>,
    Path(serial): Path<String>,
    Json(press): Json<Press>,
) -> Response {
    c.with(|s| s.skill_button(&serial, press.button));
    Json(json!({})).into_response()
}

async fn drop_audio(c: Shared<Control>, Path(serial): Path<String>) -> Response {
    c.with(|s| s.drop_audio(&serial));
    Json(json!({})).into_response()
}
