//! The session in use: calls with cookies, csrf and tokens, renewed when due or refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use http::header::{ACCEPT, HeaderName, ORIGIN, REFERER};
use url::Url;

use super::call::Call;
use super::data::SessionData;
use super::flight::Flight;
use super::kept::Kept;
use super::store::Store;
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::{Answer, Expect, Http, Lane, Request, Verdict, verdict};
use crate::site::Site;

/// After a renewal that did not help a call, that call renews nothing for this time (*chosen*): a
/// single endpoint that always refuses must not cause an exchange each time.
const FUTILE: u64 = 600;
/// Pause before a call is repeated after a failure of Amazon (*observed*: 0.5-1 s).
const REPEAT_PAUSE: Duration = Duration::from_millis(700);
/// Pages that set the csrf cookie, in the order in which they are tried (*observed*).
const CSRF_PAGES: &[&str] = &[
    "/api/language",
    "/spa/index.html",
    "/api/devices-v2/device?cached=false",
    "/templates/oobe/d-device-pick.handlebars",
    "/api/strings",
];
const CSRF: HeaderName = HeaderName::from_static("csrf");

/// The session in use. Shared by reference between all tasks of an account.
#[derive(Debug)]
pub struct Live {
    pub(super) http: Arc<Http>,
    pub(super) kept: Arc<Kept>,
    pub(super) site: Site,
    pub(super) portal: Site,
    pub(super) cookies: Flight,
    pub(super) token: Flight,
    csrf: Flight,
    /// Paths for which renewed cookies did not help, with the time of it.
    futile: Mutex<HashMap<String, u64>>,
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
            futile: Mutex::default(),
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
    /// token service may say that the session is dead.
    pub async fn call(&self, call: Call) -> Result<Answer> {
        // What is rare is boxed: it would make every call's future several times as large.
        if self.has_old_cookies() {
            Box::pin(self.renew_old_cookies()).await;
        }
        let (mut renewed, mut csrf_renewed, mut repeated) = (false, false, false);
        loop {
            let seen = self.cookies.number();
            let request = self.request(&call).await?;
            let answer = self.send(request).await?;
            match verdict::judge(&answer, call.expect) {
                Verdict::Fine => return Ok(answer),
                Verdict::Forbidden if call.method != Method::GET && !csrf_renewed => {
                    csrf_renewed = true;
                    self.kept.jar.forget(&answer.url, CSRF.as_str());
                }
                // Dead cookies are answered in all three ways.
                Verdict::SignInWanted | Verdict::Forbidden | Verdict::WebPage(_)
                    if !renewed && !self.is_futile(&answer) =>
                {
                    renewed = true;
                    Box::pin(self.renew_cookies(seen)).await?;
                }
                Verdict::SignInWanted => {
                    self.note_futile(&answer);
                    return Err(forbidden(
                        &answer,
                        "wants a sign-in for this call although the session is alive",
                    ));
                }
                Verdict::Forbidden => {
                    self.note_futile(&answer);
                    return Err(forbidden(&answer, "forbids this call"));
                }
                Verdict::WebPage(error) => {
                    self.note_futile(&answer);
                    return Err(error);
                }
                Verdict::NothingToControl => {
                    return Err(Error::new(
                        code::NOTHING_PLAYING,
                        "Nothing is loaded on the device.",
                    )
                    .with_status(answer.status));
                }
                Verdict::Throttled(wait, error) => {
                    self.http.gate().hold(wait);
                    if !call.is_repeatable || repeated {
                        return Err(error);
                    }
                    repeated = true;
                }
                Verdict::Unavailable(error) => {
                    if !call.is_repeatable || repeated {
                        return Err(error);
                    }
                    repeated = true;
                    self.http.clock().sleep(REPEAT_PAUSE).await;
                }
                Verdict::Failed(error) => return Err(error),
            }
        }
    }

    async fn request(&self, call: &Call) -> Result<Request> {
        let url = self.api_url(&call.path)?;
        if call.method != Method::GET && !self.has_csrf(&url) {
            Box::pin(self.learn_csrf(&url)).await;
        }
        let home = format!("https://{}", self.site.alexa());
        let mut request = Request::new(call.method.clone(), url, call.lane)
            .with_body(call.body.clone())
            .with_header(ACCEPT, "application/json")
            .with_header(REFERER, &format!("{home}/spa/index.html"))
            .with_header(ORIGIN, &home);
        if let Some(csrf) = self.kept.jar.value(&request.url, CSRF.as_str()) {
            request = request.with_secret_header(CSRF, &csrf, "");
        }
        Ok(request)
    }

    fn api_url(&self, path: &str) -> Result<Url> {
        let host =
            self.kept.with(|data| data.api_host.clone()).unwrap_or_else(|| self.site.alexa());
        address(&host, path)
    }

    /// Fetches pages until one sets the csrf cookie. Without one the call is made all the same:
    /// it is Amazon that decides.
    async fn learn_csrf(&self, url: &Url) {
        let seen = self.csrf.number();
        if self.has_csrf(url) {
            return;
        }
        let learned = self.csrf.once_in_a_while(seen, self.http.now(), self.fetch_csrf(url)).await;
        if let Err(error) = learned {
            tracing::debug!(%error, "no csrf value");
        }
    }

    async fn fetch_csrf(&self, url: &Url) -> Result<()> {
        for page in CSRF_PAGES {
            let address = address(&self.site.alexa(), page)?;
            let answer = self.send(Request::new(Method::GET, address, Lane::Read)).await?;
            if self.has_csrf(url) {
                return Ok(());
            }
            match verdict::judge(&answer, Expect::Anything) {
                Verdict::Throttled(wait, error) => {
                    self.http.gate().hold(wait);
                    return Err(error);
                }
                // The next page would want one too; the call itself finds out what to do.
                Verdict::SignInWanted => return Ok(()),
                _ => {}
            }
        }
        Err(Error::new(code::UNEXPECTED_ANSWER, "No page of Amazon set a csrf value."))
    }

    fn has_csrf(&self, url: &Url) -> bool {
        self.kept.jar.value(url, CSRF.as_str()).is_some()
    }

    pub(super) async fn send(&self, request: Request) -> Result<Answer> {
        self.http.send(request, &self.kept.jar, &self.site.locale()).await
    }

    fn is_futile(&self, answer: &Answer) -> bool {
        let futile = self.futile.lock().unwrap_or_else(PoisonError::into_inner);
        futile.get(answer.url.path()).is_some_and(|at| self.http.now().saturating_sub(*at) < FUTILE)
    }

    fn note_futile(&self, answer: &Answer) {
        let now = self.http.now();
        let mut futile = self.futile.lock().unwrap_or_else(PoisonError::into_inner);
        futile.retain(|_, at| now.saturating_sub(*at) < FUTILE);
        futile.entry(answer.url.path().to_owned()).or_insert(now);
    }
}

fn forbidden(answer: &Answer, what: &str) -> Error {
    let host = answer.url.host_str().unwrap_or("Amazon");
    Error::new(code::FORBIDDEN, format!("{host} {what} ({}).", answer.url.path()))
        .with_status(answer.status)
}
