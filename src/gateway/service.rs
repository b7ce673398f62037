//! The running gateway.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::future::BoxFuture;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::event::{SkillDevice, Stage};
use super::item::Item;
use super::listener::Listener;
use super::media::{Media, Traffic};
use super::preflight::trial::Trial;
use super::preflight::{self, Console, Probe, Step, Subject, SystemResolver};
use super::settings::GatewaySettings;
use super::skill::envelope::Envelope;
use super::skill::reply::Allowed;
use super::skill::verify::{Arrival, Certificates, LARGEST_BODY, Reason, Tally, Verifier};
use super::stage::{GatewayWatch, Stages};
use crate::Account;
use crate::clock::{Clock, from_unix};
use crate::error::{Error, Result, code};
use crate::settings::Settings;

/// A gateway that listens. Cheap to clone; all clones are one gateway.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    stages: Arc<Stages>,
    verifier: Arc<Verifier>,
    media: Media,
    settings: GatewaySettings,
    reach: Settings,
    address: SocketAddr,
    listener: Mutex<Option<Listener>>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("address", &self.inner.address).finish_non_exhaustive()
    }
}

/// What the route of the skill needs.
#[derive(Clone)]
struct Skill {
    stages: Arc<Stages>,
    verifier: Arc<Verifier>,
}

impl Gateway {
    /// Listens for the skill and the Echos of an account. `reach` says how Amazon is reached, for the
    /// certificates that requests are signed with.
    ///
    /// # Errors
    /// `port-taken`, `bad-certificate`, `bad-setting`, `tls`.
    pub async fn start(
        account: &Account,
        settings: GatewaySettings,
        reach: &Settings,
    ) -> Result<Self> {
        let stages = Stages::new(account, settings.clone());
        let clock = Arc::clone(stages.clock());
        let media = Media::new(
            stages.signer().clone(),
            settings.public_url.clone(),
            Arc::clone(&stages) as Arc<_>,
            Arc::clone(&clock),
        )?;
        stages.set_media(media.clone());
        let certificates = Certificates::new(reach)?;
        let skill_id = settings.skill_id.clone();
        let verifier = Arc::new(Verifier::new(certificates, skill_id, Arc::clone(&clock)));
        let skill = Skill { stages: Arc::clone(&stages), verifier: Arc::clone(&verifier) };
        let routes = Router::new()
            .route("/alexa/skill", post(ask))
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(skill)
            .merge(media.router());
        let listener = match boxed(Listener::start(&settings, routes, clock)).await {
            Ok(listener) => listener,
            Err(error) => {
                boxed(stages.close()).await;
                return Err(error);
            }
        };
        let address = listener.address();
        let listener = Mutex::new(Some(listener));
        let reach = reach.clone();
        let inner = Inner { stages, verifier, media, settings, reach, address, listener };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// How it was set up.
    pub fn settings(&self) -> &GatewaySettings {
        &self.inner.settings
    }

    /// Tells what there is to tell from now on, beginning with how everything is.
    pub fn watch(&self) -> GatewayWatch {
        self.inner.stages.watch()
    }

    /// Plays an item on an Echo, and waits until it is heard. A newer order takes its place without
    /// a failure.
    ///
    /// # Errors
    /// `skill-missing`, `launch-unanswered`, `nothing-heard`, `no-such-device`, `device-offline` and
    /// those of the session.
    pub async fn play(&self, serial: &str, item: Item) -> Result<()> {
        boxed(self.inner.stages.play(serial, item)).await
    }

    /// Says what comes after the item that plays; `None` for nothing.
    pub fn enqueue(&self, serial: &str, item: Option<Item>) {
        self.inner.stages.enqueue(serial, item);
    }

    /// Pauses what plays of ours, and waits until the Echo has said where.
    ///
    /// # Errors
    /// `not-confirmed`, `no-such-device`, `device-offline` and those of the session.
    pub async fn pause(&self, serial: &str) -> Result<()> {
        boxed(self.inner.stages.pause(serial)).await
    }

    /// Goes on with what was paused, where it was.
    ///
    /// # Errors
    /// `nothing-playing`, and as [`Gateway::play`].
    pub async fn resume(&self, serial: &str) -> Result<()> {
        boxed(self.inner.stages.resume(serial)).await
    }

    /// Stops for good. No failure where nothing of ours plays; then nothing is sent.
    ///
    /// # Errors
    /// `no-such-device`, `device-offline` and those of the session.
    pub async fn stop(&self, serial: &str) -> Result<()> {
        boxed(self.inner.stages.stop(serial)).await
    }

    /// Plays an item in between and waits for its end; what it interrupts goes on by itself.
    ///
    /// # Errors
    /// As [`Gateway::play`].
    pub async fn announce(&self, serial: &str, item: Item) -> Result<()> {
        boxed(self.inner.stages.announce(serial, item)).await
    }

    /// Ends a wish of [`super::GatewayEvent::Ask`]: done, or not, for this reason. What the wish led
    /// to has to be ordered before.
    pub fn answer(&self, ask: u64, problem: Option<String>) {
        self.inner.stages.answered(ask, problem);
    }

    /// Answers a wish for the source of an item; `None` if there is no such item any more.
    pub fn provide(&self, ask: u64, item: Option<Item>) {
        self.inner.stages.provide(ask, item);
    }

    /// What an Echo does with what it was given; `None` if it was given nothing yet.
    pub fn stage(&self, serial: &str) -> Option<Stage> {
        self.stages().into_iter().find(|stage| stage.serial == serial)
    }

    /// The same of all Echos.
    pub fn stages(&self) -> Vec<Stage> {
        self.inner.stages.stages()
    }

    /// The devices of the skill, the latest first.
    pub fn pairings(&self) -> Vec<SkillDevice> {
        self.inner.stages.pairings()
    }

    /// Says which Echo a device of the skill is, or that it is not known; false if there is no such
    /// device.
    pub fn pair(&self, device: &str, serial: Option<&str>) -> bool {
        self.inner.stages.pair(device, serial)
    }

    /// Counts and states for diagnostics; nothing in it is secret.
    pub fn facts(&self) -> Value {
        let stages = self.stages();
        let traffic: serde_json::Map<_, _> = stages
            .iter()
            .map(|stage| (stage.serial.clone(), json!(self.inner.media.traffic(&stage.serial))))
            .collect();
        let listener = self.inner.listener.lock().unwrap_or_else(PoisonError::into_inner);
        let certificate = listener.as_ref().and_then(Listener::certificate_problem);
        json!({
            "address": self.inner.address.to_string(),
            "public_url": self.inner.settings.public_url.as_str(),
            "own_tls": self.inner.settings.tls.is_some(),
            "certificate_problem": certificate.map(|error| error.message().to_owned()),
            "has_skill": self.inner.settings.skill_id.is_some(),
            "requests": self.inner.verifier.tally(),
            "stages": stages,
            "streams": traffic,
            "pairings": self.pairings(),
        })
    }

    /// Walks the whole way from an Echo to this gateway and says which link is broken. With a serial
    /// the Echo plays some seconds of silence, after which what it played of ours goes on.
    ///
    /// # Errors
    /// `no-such-device`, those of the session and of the store. What is broken is no error.
    pub async fn check(
        &self,
        serial: Option<&str>,
        on_step: impl Fn(&Step) + Send,
    ) -> Result<Vec<Step>> {
        let account = self.inner.stages.account();
        let echo = match serial {
            Some(serial) => Some(boxed(preflight::echo_of(account, serial)).await?),
            None => None,
        };
        let folder = account.live().kept().store().folder().to_owned();
        let (reach, clock) = (&self.inner.reach, self.clock());
        let developer = boxed(preflight::developer(&folder, reach, Arc::clone(clock))).await?;
        let trial = Trial::new(self);
        let subject = Subject {
            settings: &self.inner.settings,
            extra_ca: reach.extra_ca.as_deref(),
            clock: Arc::clone(clock),
            resolver: &SystemResolver,
            echo: echo.as_deref(),
            console: developer.as_ref().map(|developer| developer as &dyn Console),
            probe: Some(&trial as &dyn Probe),
        };
        Ok(boxed(preflight::check(&subject, on_step)).await)
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        self.inner.stages.clock()
    }

    pub(super) fn tally(&self) -> Tally {
        self.inner.verifier.tally()
    }

    pub(super) fn traffic(&self, serial: &str) -> Traffic {
        self.inner.media.traffic(serial)
    }

    /// When a request of the skill was taken last.
    pub(super) fn heard_at(&self) -> Option<SystemTime> {
        self.tally().accepted_at.map(from_unix)
    }

    /// Stops listening, and ends all that goes on by itself. Echos keep what they have loaded.
    pub async fn close(&self) {
        boxed(self.inner.stages.close()).await;
        let listener = self.inner.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(listener) = listener {
            boxed(listener.stop()).await;
        }
        boxed(self.inner.media.close()).await;
    }
}

/// Keeps the futures that callers hold small, and their types simple.
fn boxed<'a, T>(work: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(work)
}

/// `POST /alexa/skill`.
async fn ask(State(skill): State<Skill>, headers: HeaderMap, body: Bytes) -> Response {
    // Who is no stranger is found out while whoever sent it waits: otherwise requests that nobody
    // waits for any more would pile up.
    let content = match checked(&skill, &headers, &body).await {
        Some(Arrival::New(content)) => content,
        Some(Arrival::Repeat(answer)) => return answered(answer),
        Some(Arrival::Pending) | None => return StatusCode::BAD_REQUEST.into_response(),
    };
    // On a task of its own: the effects of a request must not depend on who still listens.
    let answer = tokio::spawn(async move { answer(&skill, &content).await });
    match answer.await {
        Ok(Some(body)) => answered(body),
        Ok(None) => StatusCode::BAD_REQUEST.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn answered(body: Bytes) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

async fn checked(skill: &Skill, headers: &HeaderMap, body: &[u8]) -> Option<Arrival> {
    let refusal = match skill.verifier.verify(headers, body).await {
        Ok(arrival) => return Some(arrival),
        Err(refusal) => refusal,
    };
    if let Reason::TooOld { .. } = refusal.reason
        && let Some(off) = skill.verifier.tally().clock_off
    {
        skill.stages.clock_trouble(Error::new(code::CLOCK_WRONG, clock_sentence(off)));
    }
    None
}

/// `off` is Amazon's time minus ours, in seconds.
fn clock_sentence(off: i64) -> String {
    let side = if off > 0 { "behind" } else { "ahead" };
    format!("The clock of this machine is {} seconds {side}.", off.unsigned_abs())
}

async fn answer(skill: &Skill, content: &Value) -> Option<Bytes> {
    let envelope = Envelope::read(content)?;
    let reply = skill.stages.answer(&envelope).await;
    let answer = Bytes::from(reply.json(Allowed::to(&envelope)).to_string());
    skill.verifier.answered(&envelope.request_id, answer.clone());
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_shows_less_than_amazons_is_behind() {
        assert_eq!(clock_sentence(200), "The clock of this machine is 200 seconds behind.");
        assert_eq!(clock_sentence(-90), "The clock of this machine is 90 seconds ahead.");
    }
}
