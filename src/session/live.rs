//! The session in use: calls with cookies, csrf and tokens, renewed when due or refused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;
use http::header::{ACCEPT, ORIGIN, REFERER};
use url::Url;

use super::call::Call;
use super::csrf::CSRF;
use super::data::SessionData;
use super::ending::Ending;
use super::flight::Flight;
use super::futility::{Futility, Way};
use super::kept::Kept;
use super::records::{Records, Tally};
use super::store::Store;
use crate::error::{Error, ErrorKind, Result, code};
use crate::net::circuit::{Change, Circuits, Outcome};
use crate::net::http::address;
use crate::net::manners::{Pause, REPEAT_PAUSE};
use crate::net::{Answer, EndpointClass, Http, Request, Verdict, verdict};
use crate::site::Site;

/// The session in use. Shared by reference between all tasks of an account.
#[derive(Debug)]
pub struct Live {
    pub(super) http: Arc<Http>,
    pub(super) kept: Arc<Kept>,
    pub(super) site: Site,
    pub(super) portal: Site,
    pub(super) cookies: Flight,
    pub(super) token: Flight,
    pub(super) csrf: Flight,
    pub(super) capabilities: Flight,
    /// Learning the push host.
    pub(crate) push: Flight,
    pub(super) ending: Ending,
    pub(super) tally: Arc<Tally>,
    futility: Mutex<Futility>,
    circuits: Mutex<Circuits>,
}

impl Live {
    /// Takes a session into use.
    ///
    /// # Errors
    /// `store-damaged` when its sites are none of the table.
    pub fn new(http: Arc<Http>, store: Store, data: SessionData) -> Result<Self> {
        let site = |domain: &str| {
            Site::parse(domain).map_err(|error| {
                Error::new(code::STORE_DAMAGED, "The session names an unknown site.")
                    .with_source(error)
            })
        };
        let (site, portal) = (site(&data.site)?, site(&data.portal)?);
        let kept = Arc::new(Kept::new(store, data));
        Ok(Self {
            http,
            kept,
            site,
            portal,
            cookies: Flight::default(),
            token: Flight::default(),
            csrf: Flight::default(),
            capabilities: Flight::default(),
            push: Flight::default(),
            ending: Ending::default(),
            tally: Arc::default(),
            futility: Mutex::default(),
            circuits: Mutex::default(),
        })
    }

    /// The account's own site.
    pub fn site(&self) -> Site {
        self.site
    }

    /// The client underneath.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// What is known and kept.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Makes a call, renewing what is due or refused.
    ///
    /// # Errors
    /// By kind; a sign-in that is still wanted after a renewal is `forbidden`, because only the
    /// token service may say that the session is dead. Once it has, and the cookies of before are
    /// dead too, nothing is sent any more: `session-ended`, or `session-replaced` when there is a
    /// newer one in the folder. `resting` when calls of this kind failed too often in a row.
    pub async fn call(&self, call: Call) -> Result<Answer> {
        if self.ending.is_over() {
            return Err(Box::pin(self.over()).await);
        }
        let class = EndpointClass::of(&call.path);
        let answer = self.attempt(call).await;
        if let Err(error) = &answer {
            self.count(class, error);
        }
        answer
    }

    /// What was counted for this folder. Blocks for moments.
    pub fn records(&self) -> Records {
        self.tally.total(self.kept.store())
    }

    /// What a device cannot do is no failure of the call, and a session that ends is counted where
    /// it is renewed; a call that rests was not made.
    pub(crate) fn count(&self, class: EndpointClass, error: &Error) {
        let is_own = !matches!(
            error.kind(),
            ErrorKind::NotControllable | ErrorKind::DeviceOffline | ErrorKind::SignInRequired
        ) && ![code::TOKEN_REFUSED, code::RESTING, code::SESSION_REPLACED]
            .contains(&error.code());
        if is_own {
            self.tally.note(|records| records.add_error(class));
        }
    }

    /// Tells the breakers how a request went.
    fn note_outcome(&self, class: EndpointClass, outcome: Outcome) {
        let change = self.circuits().note(class, outcome, self.http.clock().now());
        match change {
            Some(Change::Opened) => {
                tracing::warn!(class = class.name(), "rests after failures in a row");
                self.tally.note(|records| records.add_rest(class));
            }
            Some(Change::Closed) => tracing::info!(class = class.name(), "works again"),
            None => {}
        }
    }

    fn circuits(&self) -> MutexGuard<'_, Circuits> {
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is not sent for now, by the name of its class, with the seconds that are left: kinds of
    /// calls that rest after failures, and those that Amazon asked to wait.
    pub fn resting(&self) -> BTreeMap<String, f64> {
        let now = self.http.clock().now();
        let resting = self.circuits().resting(now);
        let mut all = BTreeMap::new();
        for (class, left) in resting.into_iter().chain(self.http.gate().held()) {
            let seconds = all.entry(class.name().to_owned()).or_insert(0.0);
            *seconds = left.as_secs_f64().max(*seconds);
        }
        all
    }

    /// Lets nothing of this kind out for as long as Amazon asked for, and nothing else for moments.
    pub(super) fn hold(&self, answer: &Answer, pause: Pause) {
        let wait = self.http.gate().jitter().length(pause);
        self.http.gate().hold(EndpointClass::of(answer.url.path()), wait);
        self.tally.note(|records| records.throttles += 1);
    }

    async fn attempt(&self, call: Call) -> Result<Answer> {
        let class = EndpointClass::of(&call.path);
        self.circuits().admit(class, call.lane, self.http.clock().now())?;
        // What is rare is boxed: it would make every call's future several times as large.
        if self.has_old_cookies() {
            Box::pin(self.renew_old_cookies()).await;
        }
        let (mut renewed, mut csrf_renewed, mut repeated) = (false, false, false);
        loop {
            let seen = self.cookies.number();
            let request = self.request(&call).await?;
            let answer = self.send(request).await.inspect_err(|error| {
                self.note_outcome(class, Outcome::of_error(error));
            })?;
            let verdict = verdict::judge(&answer, call.expect);
            self.note_outcome(class, Outcome::of(&verdict));
            match verdict {
                Verdict::Fine => {
                    if renewed {
                        self.futility().note_help();
                    }
                    return Ok(answer);
                }
                Verdict::Forbidden if call.method != Method::GET && !csrf_renewed => {
                    csrf_renewed = true;
                    self.forget_csrf(&answer.url);
                }
                verdict @ (Verdict::SignInWanted | Verdict::Forbidden | Verdict::WebPage(_))
                    if self.ending.is_refused()
                        && !self.is_futile(&answer)
                        && Box::pin(
                            self.is_signed_out(&answer, matches!(verdict, Verdict::SignInWanted)),
                        )
                        .await =>
                {
                    return Err(Box::pin(self.over()).await);
                }
                // Dead cookies are answered in all three ways.
                Verdict::SignInWanted | Verdict::Forbidden | Verdict::WebPage(_)
                    if !renewed
                        && !self.ending.is_refused()
                        && !self.is_futile(&answer)
                        && Box::pin(self.may_help(&answer)).await =>
                {
                    renewed = true;
                    match Box::pin(self.renew_cookies(seen)).await {
                        // Whether that is the end of this call too, its answer tells.
                        Err(error) if error.code() == code::SESSION_ENDED => {}
                        renewed => renewed?,
                    }
                }
                Verdict::SignInWanted => {
                    self.note_futile(&answer, renewed);
                    return Err(forbidden(
                        &answer,
                        "wants a sign-in for this call although the session is alive",
                    ));
                }
                Verdict::Forbidden => {
                    self.note_futile(&answer, renewed);
                    return Err(forbidden(&answer, "forbids this call"));
                }
                Verdict::WebPage(error) => {
                    self.note_futile(&answer, renewed);
                    self.note_outcome(class, Outcome::Failed);
                    return Err(error);
                }
                Verdict::NothingToControl => {
                    return Err(Error::new(
                        code::NOTHING_PLAYING,
                        "Nothing is loaded on the device.",
                    )
                    .with_status(answer.status));
                }
                Verdict::Throttled(pause, error) => {
                    self.hold(&answer, pause);
                    if !call.is_repeatable || repeated {
                        return Err(error);
                    }
                    repeated = true;
                }
                Verdict::Unavailable(error) => {
                    if !call.is_repeatable || repeated || self.circuits().is_open(class) {
                        return Err(error);
                    }
                    repeated = true;
                    let pause = self.http.gate().jitter().length(REPEAT_PAUSE);
                    self.http.clock().sleep(pause).await;
                }
                Verdict::Failed(error) => return Err(error),
            }
        }
    }

    async fn request(&self, call: &Call) -> Result<Request> {
        let url = self.api_url(call)?;
        if call.method != Method::GET {
            Box::pin(self.provide_csrf(&url)).await;
        }
        let home = format!("https://{}", self.site.alexa());
        let mut request = Request::new(call.method.clone(), url, call.lane)
            .with_body(call.body.clone())
            .with_header(ACCEPT, "*/*")
            .with_header(REFERER, &format!("{home}/spa/index.html"))
            .with_header(ORIGIN, &home);
        if let Some(csrf) = self.kept.jar.value(&request.url, CSRF.as_str()) {
            request = request.with_secret_header(CSRF, &csrf, "");
        }
        Ok(request)
    }

    fn api_url(&self, call: &Call) -> Result<Url> {
        let host = call.host.clone().or_else(|| self.kept.with(|data| data.api_host.clone()));
        address(&host.unwrap_or_else(|| self.site.alexa()), &call.path)
    }

    pub(super) async fn send(&self, request: Request) -> Result<Answer> {
        self.http.send(request, &self.kept.jar, &self.site.locale()).await
    }

    fn is_futile(&self, answer: &Answer) -> bool {
        self.futility().is_known(answer.url.path(), self.http.now())
    }

    /// Whether new cookies may help a call. While they rest, another kind of call decides.
    async fn may_help(&self, answer: &Answer) -> bool {
        let now = self.http.now();
        let way = self.futility().way(now);
        match way {
            Way::Renew => true,
            Way::GiveUp => false,
            Way::Ask => match self.asks_too(answer).await {
                Some(true) => true,
                Some(false) => {
                    let mut futility = self.futility();
                    futility.note_alive(now);
                    futility.note_path(answer.url.path(), now);
                    false
                }
                None => false,
            },
        }
    }

    /// Remembers that a call got no further although its cookies are fresh, or as fresh as can be.
    fn note_futile(&self, answer: &Answer, renewed: bool) {
        let (path, now) = (answer.url.path(), self.http.now());
        let number = self.cookies.number();
        let mut futility = self.futility();
        if renewed {
            futility.note_futile(path, number, now);
        } else if self.ending.is_refused() {
            futility.note_path(path, now);
        }
    }

    fn futility(&self) -> MutexGuard<'_, Futility> {
        self.futility.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forbidden(answer: &Answer, what: &str) -> Error {
    let host = answer.url.host_str().unwrap_or("Amazon");
    Error::new(code::FORBIDDEN, format!("{host} {what} ({}).", answer.url.path()))
        .with_status(answer.status)
}
