//! The control interface: plain HTTP with JSON on a loopback port.

mod push;
mod requests;
mod skill;

use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use requests::{CodeView, PlayRequest, ProviderKind};

use crate::auth::register::APP_DEVICE_TYPE;
use crate::faults::Fault;
use crate::household::views::{DevicePatch, DeviceSeed, DeviceView};
use crate::journal::Requests;
use crate::knobs::KnobsPatch;
use crate::smapi::DeveloperPatch;
use crate::state::{Expire, State, World, lock};

#[derive(Debug, Deserialize)]
struct Advance {
    #[serde(default)]
    advance_s: f64,
    /// Whether it stands still but for what is advanced.
    #[serde(default)]
    hold: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Many {
    count: usize,
}

#[derive(Debug, Deserialize)]
struct What {
    what: Expire,
}

#[derive(Clone)]
struct Control {
    world: World,
    stop: CancellationToken,
}

impl Control {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut lock(&self.world))
    }
}

/// The code of this moment.
pub(crate) fn code(state: &State) -> CodeView {
    let (code, seconds_left) = state.authenticator.current(state.clock.now_s());
    CodeView { code, seconds_left }
}

/// Serves the control interface until `stop`.
pub(crate) async fn serve(listener: TcpListener, world: World, stop: CancellationToken) {
    let ended = stop.clone();
    let server = axum::serve(listener, router(Control { world, stop }));
    // Not graceful: an idle keep-alive connection must not hold the end up.
    tokio::select! {
        () = wait_a_little_after(ended) => {}
        result = std::future::IntoFuture::into_future(server) => {
            if let Err(error) = result {
                tracing::debug!(%error, "control interface ended");
            }
        }
    }
}

/// The answer to the shutdown call must still get out.
async fn wait_a_little_after(stop: CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}

fn router(control: Control) -> Router {
    Router::new()
        .route(
            "/control/account",
            get(|c: Shared<Control>| async move { Json(c.with(|s| s.account_view())) }),
        )
        .route("/control/code", get(|c: Shared<Control>| async move { Json(c.with(|s| code(s))) }))
        .route("/control/knobs", get(read_knobs).put(set_knobs))
        .route("/control/journal", get(journal).delete(clear_journal))
        .route("/control/journal/counts", get(journal_counts))
        .route("/control/faults", post(add_fault).delete(clear_faults))
        .route("/control/clock", post(advance))
        .route("/control/expire", post(expire))
        .route("/control/devices", get(devices).post(add_device))
        .route("/control/devices/populate", post(populate))
        .route("/control/devices/{serial}/recreate", post(recreate))
        .route("/control/devices/{serial}", patch(patch_device).delete(remove_device))
        .route("/control/play", post(play))
        .route("/control/push", post(push::event))
        .route("/control/push/raw", post(push::raw))
        .route("/control/push/drop", post(push::drop))
        .route("/control/developer", get(developer).patch(patch_developer))
        .route("/control/registrations", get(registrations))
        .route("/control/apps", get(apps))
        .route(
            "/control/counters",
            get(|c: Shared<Control>| async move { Json(c.with(|s| s.counters.clone())) }),
        )
        .route(
            "/control/shutdown",
            post(|c: Shared<Control>| async move {
                c.stop.cancel();
                Json(json!({ "stopping": true }))
            }),
        )
        .merge(skill::router())
        .with_state(control)
}

async fn read_knobs(c: Shared<Control>) -> Response {
    Json(c.with(|s| s.knobs.clone())).into_response()
}

async fn set_knobs(c: Shared<Control>, Json(patch): Json<KnobsPatch>) -> Response {
    c.with(|s| s.knobs.apply(patch));
    read_knobs(c).await
}

async fn journal(c: Shared<Control>, Query(query): Query<Requests>) -> Json<Value> {
    Json(c.with(|s| json!({ "next": s.journal.last(), "entries": s.journal.chosen(&query) })))
}

async fn journal_counts(c: Shared<Control>, Query(query): Query<Requests>) -> Response {
    Json(c.with(|s| s.journal.counts(&query))).into_response()
}

async fn clear_journal(c: Shared<Control>) -> Json<Value> {
    c.with(|s| s.journal.clear());
    Json(json!({}))
}

async fn add_fault(c: Shared<Control>, Json(fault): Json<Fault>) -> Json<Value> {
    Json(json!({ "id": c.with(|s| s.faults.add(fault)) }))
}

async fn clear_faults(c: Shared<Control>) -> Json<Value> {
    c.with(|s| s.faults.clear());
    Json(json!({}))
}

async fn advance(c: Shared<Control>, Json(by): Json<Advance>) -> Json<Value> {
    // Whole milliseconds; a float beyond the range of i64 saturates.
    #[allow(clippy::cast_possible_truncation)]
    let by_ms = (by.advance_s * 1000.0) as i64;
    Json(c.with(|s| {
        if let Some(holds) = by.hold {
            s.clock.hold(holds);
        }
        s.advance_ms(by_ms);
        json!({ "now_ms": s.clock.now_ms() })
    }))
}

async fn expire(c: Shared<Control>, Json(what): Json<What>) -> Json<Value> {
    c.with(|s| s.expire(what.what));
    Json(json!({}))
}

async fn devices(c: Shared<Control>) -> Response {
    Json(c.with(|s| s.household.views(s.clock.now_ms()))).into_response()
}

async fn add_device(c: Shared<Control>, Json(seed): Json<DeviceSeed>) -> Response {
    c.with(|s| s.household.add(seed));
    StatusCode::CREATED.into_response()
}

async fn populate(c: Shared<Control>, Json(many): Json<Many>) -> Json<Vec<String>> {
    Json(c.with(|s| s.household.populate(many.count)))
}

async fn recreate(c: Shared<Control>, Path(serial): Path<String>) -> Response {
    match c.with(|s| s.recreate_device(&serial)) {
        Some(serial) => Json(json!({ "serial": serial })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn found(done: bool) -> Response {
    if done { Json(json!({})).into_response() } else { StatusCode::NOT_FOUND.into_response() }
}

async fn patch_device(
    c: Shared<Control>,
    Path(serial): Path<String>,
    Json(patch): Json<DevicePatch>,
) -> Response {
    found(c.with(|s| s.patch_device(&serial, patch)))
}

async fn remove_device(c: Shared<Control>, Path(serial): Path<String>) -> Response {
    found(c.with(|s| s.remove_device(&serial)))
}

async fn play(c: Shared<Control>, Json(request): Json<PlayRequest>) -> Response {
    found(c.with(|s| s.load_media(&request)))
}

async fn developer(c: Shared<Control>) -> Response {
    Json(c.with(|s| s.smapi.view())).into_response()
}

async fn patch_developer(c: Shared<Control>, Json(patch): Json<DeveloperPatch>) -> Response {
    c.with(|s| s.patch_developer(patch));
    developer(c).await
}

async fn registrations(c: Shared<Control>) -> Response {
    let list: Vec<_> =
        c.with(|s| s.sessions.registrations.iter().map(|r| r.view.clone()).collect());
    Json(list).into_response()
}

async fn apps(c: Shared<Control>) -> Json<Vec<DeviceView>> {
    let mut list = c.with(|s| s.household.views(s.clock.now_ms()));
    list.retain(|device| device.device_type == APP_DEVICE_TYPE);
    Json(list)
}
