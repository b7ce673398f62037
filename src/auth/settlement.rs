//! From the authorization code to the sealed session: register, find the account's home, fetch its
//! cookies, save.
//!
//! Nothing is stored before the last step, and a device that was registered by an attempt that
//! fails or is abandoned afterwards is removed again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{ACCEPT, ACCEPT_CHARSET};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::capabilities;
use super::identity::{Fresh, Installation, token};
use super::register::{self, Registration};
use super::stage::Stage;
use super::trail::Trail;
use crate::account::Account;
use crate::api::customer::{self, Customer};
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::{Body, Expect, Http, Lane, Request, Verdict, verdict};
use crate::secret::Secret;
use crate::session::data::{self, AccessToken, SessionData};
use crate::session::key::KeySource;
use crate::session::renewal;
use crate::session::store::blocking;
use crate::session::{Jar, Live, Store, records};
use crate::site::Site;

/// Amazon may not know a device right after it registered (*observed*), so it is asked again.
const MOST_ASKED: u32 = 3;
const ASKED_AGAIN: Duration = Duration::from_millis(500);

/// The second half of an enrolment, on a task of its own.
pub(super) struct Settlement {
    pub(super) http: Arc<Http>,
    pub(super) jar: Arc<Jar>,
    pub(super) store: Store,
    /// The site that was chosen, for accounts of which Amazon does not tell.
    pub(super) site: Site,
    pub(super) portal: Site,
    pub(super) installation: Installation,
    pub(super) fresh: Fresh,
    pub(super) stage: Stage,
    pub(super) trail: Trail,
    /// Cancelled when whoever began the enrolment is gone.
    pub(super) abandoned: CancellationToken,
}

impl Settlement {
    pub(super) async fn run(self, code: Secret) -> Result<Account> {
        // A session that is there already belongs to the same device at Amazon: to remove the device
        // would end that session too.
        let had_session = self.store.has_session();
        self.stage.set("Registering with Amazon");
        let registered = match self.register(&code).await {
            Ok(registered) => registered,
            Err(error) => {
                self.count(error.code().id()).await;
                return Err(error);
            }
        };
        let token = registered.access_token.as_ref().map(|(token, _)| token.clone());
        let result = tokio::select! {
            biased;
            () = self.abandoned.cancelled() => Err(abandoned()),
            live = self.settle(registered) => live,
        };
        // From here on it is not interrupted: either the session is saved or the device is removed.
        let result = match result {
            Ok(live) => self.keep(live).await,
            Err(error) => Err(error),
        };
        self.count(result.as_ref().map_or_else(|error| error.code().id(), |_| records::OK)).await;
        match (result, token) {
            (Ok(account), _) if self.abandoned.is_cancelled() && !had_session => {
                if let Err(error) = account.sign_out().await {
                    tracing::warn!(%error, "the session of an abandoned sign-in stays");
                }
                Err(abandoned())
            }
            (Err(error), Some(token)) if !had_session => {
                self.take_back(&token).await;
                Err(error)
            }
            (result, _) => result,
        }
    }

    /// Before the last look at whether anybody still waits for the result.
    async fn count(&self, outcome: &'static str) {
        records::note(&self.store, outcome, self.http.now()).await;
    }

    async fn register(&self, code: &Secret) -> Result<Registration> {
        let url = address(&self.portal.api(), "/auth/register")?;
        let body = register::body(code, self.portal, &self.installation, &self.fresh);
        let request = Request::new(Method::POST, url, Lane::SignIn)
            .with_body(Body::json(&body))
            .with_header(ACCEPT, "*/*")
            .with_header(ACCEPT_CHARSET, "utf-8");
        let answer = self.http.send(request, &self.jar, &self.portal.locale()).await?;
        self.trail.note("POST", &answer.url, answer.status);
        self.trail.name("registration");
        if let Some(error) = verdict::passing_trouble(&answer) {
            return Err(error);
        }
        register::parse(answer.status, &answer.body, self.portal)
    }

    /// Everything between registration and saving.
    async fn settle(&self, registered: Registration) -> Result<Live> {
        for record in &registered.cookies {
            self.jar.put(record);
        }
        let capabilities_at = match &registered.access_token {
            Some((token, _)) => self.declare_capabilities(token).await,
            None => None,
        };
        self.stage.set("Finding out where the account lives");
        let (customer, endpoints) = self.whoami().await;
        let chosen = Some(self.site).filter(|site| site.has_alexa());
        let home = customer.site.or(chosen).unwrap_or(self.portal);
        // The id of the registration is of another kind (observed): a guess until the device list
        // tells the right one.
        let customer_is_guess = customer.id.is_none();
        let customer_id = customer.id.or(registered.customer_id).ok_or_else(|| {
            Error::new(code::UNEXPECTED_ANSWER, "Amazon did not say whose account this is.")
        })?;
        let now = self.http.now();
        let data = SessionData {
            version: data::VERSION,
            enrolment: token::<16>(),
            serial: self.installation.serial.clone(),
            site: home.domain().to_owned(),
            portal: self.portal.domain().to_owned(),
            customer_id,
            customer_is_guess,
            name: customer.name.or(registered.name),
            email: customer.email,
            home_region: registered.home_region,
            device_name: registered.device_name,
            refresh_token: registered.refresh_token,
            access: registered.access_token.map(|(value, life)| AccessToken {
                value,
                made_at: now,
                life,
            }),
            device_keys: registered.device_keys,
            frc: self.fresh.frc.clone(),
            api_host: endpoints.as_ref().and_then(|answer| customer::api_host(answer, home)),
            muted: BTreeMap::new(),
            cookies: self.jar.records(),
            cookies_at: now,
            enrolled_at: now,
            capabilities_at,
            refused_at: None,
            learned: data::Learned::default(),
            gateway: Default::default(),
        };
        self.stage.set("Fetching the cookies of the account's own site");
        let live = Live::new(Arc::clone(&self.http), self.store.clone(), data)?;
        live.exchange_cookies().await?;
        Ok(live)
    }

    async fn keep(&self, live: Live) -> Result<Account> {
        self.stage.set("Saving the session");
        let (store, installation) = (self.store.clone(), self.installation.clone());
        blocking(move || store.keep_installation(&installation)).await?;
        live.establish().await?;
        self.stage.set("Signed in");
        let key_source = live.kept().key_source().unwrap_or(KeySource::KeyFile);
        Ok(Account::new(live, key_source))
    }

    /// Push events need this; without it everything else works, so a failure is only noted.
    async fn declare_capabilities(&self, token: &Secret) -> Option<u64> {
        let url = address(capabilities::HOST, capabilities::PATH).ok()?;
        let request = capabilities::request(url, token);
        match self.http.send(request, &self.jar, &self.portal.locale()).await {
            Ok(answer) if matches!(answer.status, 200 | 204) => Some(self.http.now()),
            Ok(answer) => {
                tracing::warn!(status = answer.status, "capabilities not accepted");
                None
            }
            Err(error) => {
                tracing::warn!(%error, "capabilities not declared");
                None
            }
        }
    }

    /// Asks in three ways who this is and where the account lives; each may fail.
    async fn whoami(&self) -> (Customer, Option<Value>) {
        let mut customer = Customer::default();
        for attempt in 0..MOST_ASKED {
            if attempt > 0 {
                self.http.clock().sleep(ASKED_AGAIN).await;
            }
            let answer = self.ask(customer::USERS_ME).await;
            customer = answer.map(|answer| Customer::of_users_me(&answer)).unwrap_or_default();
            if customer.id.is_some() {
                break;
            }
        }
        if customer.site.is_none() {
            let welcome = self.ask(customer::WELCOME).await;
            customer.site = welcome.as_ref().and_then(customer::site_of_welcome);
        }
        let endpoints = self.ask(customer::ENDPOINTS).await;
        customer.site = customer.site.or(endpoints.as_ref().and_then(customer::site_of_endpoints));
        (customer, endpoints)
    }

    async fn ask(&self, path: &str) -> Option<Value> {
        let url = address(&self.portal.alexa(), path).ok()?;
        let request = Request::new(Method::GET, url, Lane::SignIn)
            .with_header(ACCEPT, "*/*")
            .with_header(ACCEPT_CHARSET, "utf-8");
        let answer = self.http.send(request, &self.jar, &self.portal.locale()).await.ok()?;
        matches!(verdict::judge(&answer, Expect::Json), Verdict::Fine)
            .then(|| answer.json())
            .flatten()
    }

    /// Removes the device of an attempt that did not end well.
    async fn take_back(&self, token: &Secret) {
        let Ok(request) = renewal::deregistration(self.portal, token) else { return };
        match self.http.send(request, &self.jar, &self.portal.locale()).await {
            Ok(answer) if answer.status < 300 => {
                tracing::info!("the registered device was removed again")
            }
            Ok(answer) => {
                tracing::warn!(status = answer.status, "the registered device stayed at Amazon")
            }
            Err(error) => tracing::warn!(%error, "the registered device stayed at Amazon"),
        }
    }
}

fn abandoned() -> Error {
    Error::new(code::CLOSED, "The sign-in was abandoned.")
}
