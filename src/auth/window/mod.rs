//! The guided window: Amazon's own sign-in pages, shown through one-time routes of somebody else's
//! web server.
//!
//! `https://<host>/<path>?<query>` is shown at `<page path>/window/<host>/<path>?<query>`. The page
//! path cannot be guessed; the sign-in page hands over requests of the browser it is bound to, for
//! ten minutes, and nothing else.
//!
//! - **Amazon only.** https, the usual port, Amazon's hosts; anything else is refused and never
//!   asked. Every path and method passes.
//! - **No script runs.** It would run in the origin of the server whose route this is, and could
//!   read what the browser keeps for it. Scripts, handlers and `javascript:` are taken out of pages
//!   and forbidden by a policy of our own besides. Amazon's pages for e-mail, password, codes,
//!   choices and picture captchas do without; the approval is asked for by reloading; a page that
//!   needs scripts or a passkey ends the window, and another way has to be taken.
//! - **Cookies stay here.** They live in the jar of the attempt. What the browser sends for its own
//!   server never reaches Amazon, and Amazon's never reach the browser. Two windows have two
//!   attempts and do not mix.
//! - **One identity.** User agent and language are those of all other requests of the attempt. The
//!   browser contributes what it accepts, the type of its forms and, in Amazon's terms, the page it
//!   comes from.
//! - **Nothing is typed twice or kept.** Forms pass through; no page is filled in, no body logged.
//!
//! The address that ends the sign-in is never shown: its code goes to the attempt.

mod address;
mod approval;
mod charref;
mod markup;
mod notice;
mod text;

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Method;
use http::header::{
    ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, ORIGIN, REFERER, REFRESH, RETRY_AFTER,
    UPGRADE_INSECURE_REQUESTS,
};
use url::Url;
use zeroize::Zeroizing;

use self::address::{Addresses, Asked, Place};
use self::approval::Waiting;
use self::markup::View;
use super::attempt::Attempt;
use super::authorize::Landing;
use super::browser::{PageRequest, PageResponse};
use super::pages::{self, Page, Standing};
use crate::error::{Error, Result, code};
use crate::net::http::essence;
use crate::net::{Body, Lane, RawAnswer, RawBody, Request};
use crate::secret::Secret;
use crate::site::is_amazon;

/// Largest form that is passed on (*chosen*; a sign-in form with Amazon's fingerprint has 10 KiB).
const LARGEST_BODY: usize = 64 * 1024;
/// Longest list of accepted types that is passed on.
const LONGEST_ACCEPT: usize = 500;
const STAGE: &str = "In the guided window";

/// The window of one sign-in.
pub(super) struct Window {
    attempt: Attempt,
    addresses: Addresses,
    /// The page that waits for an approval, if one was met.
    waiting: Mutex<Option<Waiting>>,
}

/// What came of a request.
pub(super) enum Relayed {
    /// Send this back.
    Response(PageResponse),
    /// The sign-in is done; the code settles it. The browser has not been answered.
    Landed(Secret),
    /// The window cannot go on, for this reason. The browser has not been answered.
    Stopped(Error),
}

impl Window {
    /// A window below the path of a sign-in page. Nothing is sent yet.
    pub(super) fn new(attempt: Attempt, page_path: &str) -> Self {
        let addresses = Addresses::new(page_path);
        Self { attempt, addresses, waiting: Mutex::default() }
    }

    /// The first page, as a relative address seen from the sign-in page.
    ///
    /// # Errors
    /// None in practice; the hosts come from the site table.
    pub(super) fn first(&self) -> Result<String> {
        Ok(self.addresses.seen_from_page(&self.attempt.sign_in_url()?))
    }

    /// The attempt, for its stage and report, and to settle it.
    pub(super) fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Answers one request of the browser this window belongs to.
    pub(super) async fn relay(&self, request: &PageRequest) -> Relayed {
        self.attempt.stage.set(STAGE);
        let place = self.addresses.place(&request.path);
        let result = match self.addresses.asked(&request.path, &request.query) {
            Asked::First => self.attempt.sign_in_url().map(|url| {
                notice::see(self.addresses.seen_from_window(&request.path, &url)).into()
            }),
            Asked::Page(url) => self.page(request, url, place).await,
            Asked::Foreign => Ok(notice::foreign(&place.to_first()).into()),
            Asked::Nothing => {
                Ok(nothing(404, "Not found", "There is nothing at this address.", place))
            }
        };
        result.unwrap_or_else(Relayed::Stopped)
    }

    /// Asks Amazon for a page.
    async fn page(&self, request: &PageRequest, url: Url, place: Place) -> Result<Relayed> {
        if let Landing::Code(code) = self.attempt.landing(&url)? {
            return Ok(Relayed::Landed(code));
        }
        if request.body.len() > LARGEST_BODY {
            let text = "The form is larger than those of a sign-in.";
            return Ok(nothing(413, "Too large", text, place));
        }
        let method = Method::from_bytes(request.method.as_bytes())
            .ok()
            .filter(|method| !matches!(*method, Method::CONNECT | Method::TRACE));
        let Some(method) = method else {
            let text = "This is not how pages are asked for.";
            return Ok(nothing(405, "Not allowed", text, place));
        };
        let referer = request.header("referer").and_then(|r| self.addresses.referer_back(r));
        let asked = self.translate(request, method.clone(), url.clone(), referer.as_ref());
        let language = self.attempt.entrance.locale();
        match self.attempt.http.fetch(asked, &self.attempt.jar, &language).await {
            Ok(answer) => {
                self.note(&method, &answer);
                self.answer(&method, &answer, place)
            }
            Err(error) => {
                tracing::info!(code = error.code().id(), "the guided window got no answer");
                Ok(self.no_answer(&error, &method, &url, referer.as_ref(), place))
            }
        }
    }

    /// A request in Amazon's terms.
    fn translate(
        &self,
        request: &PageRequest,
        method: Method,
        url: Url,
        referer: Option<&Url>,
    ) -> Request {
        let accept = request
            .header("accept")
            .filter(|accept| accept.len() <= LONGEST_ACCEPT)
            .unwrap_or("*/*");
        let mut asked = Request::new(method.clone(), url, Lane::SignIn).with_header(ACCEPT, accept);
        if accept.contains("text/html") {
            asked = asked.with_header(UPGRADE_INSECURE_REQUESTS, "1");
        }
        if let Some(referer) = referer {
            let origin = referer.origin().ascii_serialization();
            let is_same = referer.host_str() == asked.url.host_str();
            let shown = if is_same { referer.to_string() } else { format!("{origin}/") };
            asked = asked.with_header(REFERER, &shown);
            if !matches!(method, Method::GET | Method::HEAD) {
                asked = asked.with_header(ORIGIN, &origin);
            }
        }
        if request.body.is_empty() {
            return asked;
        }
        let kind = request.header("content-type");
        if let Some(kind) = kind {
            asked = asked.with_header(CONTENT_TYPE, kind);
        }
        let is_form = kind.map(essence).as_deref() == Some("application/x-www-form-urlencoded");
        let body = match std::str::from_utf8(&request.body) {
            Ok(form) if is_form => {
                Zeroizing::new(self.addresses.query_back(form).into_owned().into_bytes())
            }
            _ => request.body.clone(),
        };
        asked.with_body(Body::Raw(RawBody(body)))
    }

    /// Notes an answer. Of the many that say how an approval stands, the first is enough: all of
    /// them would leave no room for what follows.
    fn note(&self, method: &Method, answer: &RawAnswer) {
        let is_repeated = self
            .waiting()
            .as_mut()
            .filter(|waiting| waiting.is_poll(&answer.url))
            .is_some_and(|waiting| std::mem::replace(&mut waiting.is_noted, true));
        if !is_repeated {
            self.attempt.trail.note(method.as_str(), &answer.url, answer.status);
        }
    }

    /// Turns an answer of Amazon's into ours.
    fn answer(&self, method: &Method, answer: &RawAnswer, place: Place) -> Result<Relayed> {
        if let Some(target) = answer.location() {
            return self.lead(answer.status, &target, place);
        }
        let mut response =
            PageResponse { status: answer.status, headers: notice::headers(), body: Vec::new() };
        let mut add = |name: &HeaderName, value: String| {
            response.headers.push((name.to_string(), value));
        };
        if let Some(refresh) = text_of(&answer.headers, &REFRESH)
            .and_then(|refresh| markup::refresh(refresh, &answer.url, place))
        {
            add(&REFRESH, refresh);
        }
        if let Some(wait) = text_of(&answer.headers, &RETRY_AFTER) {
            add(&RETRY_AFTER, wait.to_owned());
        }
        if matches!(answer.status, 429 | 500..=599)
            && let Some(waiting) = self.waiting().as_ref()
            && waiting.is_poll(&answer.url)
        {
            // Amazon is busy for a moment; the wait goes on.
            return self.wait_on(waiting, &answer.url, response, place);
        }
        let kind = text_of(&answer.headers, &CONTENT_TYPE);
        if is_packed(&answer.headers) {
            let text = "Amazon packed its answer in a way that cannot be read.";
            return Ok(nothing(502, "Not readable", text, place));
        }
        if text::is_page(kind, &answer.body) {
            response.headers.push(notice::content_type());
            if answer.body.is_empty() || *method == Method::HEAD {
                return Ok(response.into());
            }
            return self.html(answer, kind, response, place);
        }
        if !answer.body.is_empty() {
            add(&CONTENT_TYPE, text::shown_type(kind).to_owned());
        }
        response.body.clone_from(&answer.body);
        Ok(response.into())
    }

    /// Sends the browser on as Amazon wants it.
    fn lead(&self, status: u16, target: &Url, place: Place) -> Result<Relayed> {
        let mut target = target.clone();
        if target.scheme() == "http" && target.set_scheme("https").is_err() {
            return Ok(notice::foreign(&place.to_first()).into());
        }
        if !is_amazon(&target) {
            return Ok(notice::foreign(&place.to_first()).into());
        }
        if let Landing::Code(code) = self.attempt.landing(&target)? {
            return Ok(Relayed::Landed(code));
        }
        // 307 and 308 would have the browser send the form again, to wherever it is led.
        let status = if matches!(status, 307 | 308) { 303 } else { status };
        let response = notice::see(place.to(&target));
        Ok(PageResponse { status, ..response }.into())
    }

    /// Shows a page.
    fn html(
        &self,
        answer: &RawAnswer,
        kind: Option<&str>,
        mut response: PageResponse,
        place: Place,
    ) -> Result<Relayed> {
        let text::Text { html, charset } = text::decode(kind, &answer.body);
        let reading = pages::read(&html, &answer.url);
        self.attempt.trail.name(&reading.shown());
        match reading.page {
            Page::BrowserCheck => {
                return Err(Error::new(
                    code::BROWSER_CHECK,
                    "Amazon wants a check that only a browser on its own page can pass.",
                ));
            }
            Page::Passkey => {
                return Err(Error::new(code::PASSKEY, "Amazon wants a passkey for this account."));
            }
            Page::ApprovalState(state) => {
                if let Some(waiting) = self.waiting().as_ref() {
                    if Standing::of(&state) == Standing::Open {
                        return self.wait_on(waiting, &answer.url, response, place);
                    }
                    return self.lead(303, &waiting.back(), place);
                }
            }
            Page::Approval(approval) => {
                // Without a form that asks, the page itself is asked for again.
                let again = approval.poll().unwrap_or_else(|| answer.url.clone());
                let url = answer.url.clone();
                let waiting = Waiting { url, html, charset, approval, is_noted: false };
                let relayed = self.wait_on(&waiting, &again, response, place);
                *self.waiting() = Some(waiting);
                return relayed;
            }
            _ => {}
        }
        response.body = shown(&html, &View { url: &answer.url, place, charset })?;
        Ok(response.into())
    }

    /// Shows the page that waits, and has the browser ask again at `again`.
    fn wait_on(
        &self,
        waiting: &Waiting,
        again: &Url,
        mut response: PageResponse,
        place: Place,
    ) -> Result<Relayed> {
        response.headers.retain(|(name, _)| {
            !name.eq_ignore_ascii_case("refresh") && !name.eq_ignore_ascii_case("content-type")
        });
        response.headers.push(notice::content_type());
        response.headers.push(refresh_header(waiting.pace(), &place.to(again)));
        let view = View { url: &waiting.url, place, charset: waiting.charset };
        response.body = shown(&waiting.html, &view)?;
        Ok(response.into())
    }

    /// What to say when Amazon could not be asked: a page that waits goes on by itself, a form has
    /// to be sent again from its own page.
    fn no_answer(
        &self,
        error: &Error,
        method: &Method,
        url: &Url,
        referer: Option<&Url>,
        place: Place,
    ) -> Relayed {
        let again = match (method, referer) {
            (&Method::GET | &Method::HEAD, _) => place.to(url),
            (_, Some(referer)) => place.to(referer),
            (_, None) => place.to_first(),
        };
        let mut response = notice::unreachable(error, &again);
        let waiting = self.waiting();
        if let Some(waiting) = waiting.as_ref().filter(|w| w.is_poll(url)) {
            response.headers.push(refresh_header(waiting.pace(), &again));
        }
        response.into()
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<PageResponse> for Relayed {
    fn from(response: PageResponse) -> Self {
        Self::Response(response)
    }
}

fn shown(html: &str, view: &View<'_>) -> Result<Vec<u8>> {
    let html = markup::rewrite(html, view).map_err(|error| {
        Error::new(
            code::UNKNOWN_PAGE,
            "Amazon's page is built in a way that cannot be shown safely.",
        )
        .with_source(error)
    })?;
    Ok(html.into_bytes())
}

fn nothing(status: u16, title: &str, text: &str, place: Place) -> Relayed {
    notice::page(status, title, &[text], ("Back to the first page", &place.to_first())).into()
}

fn refresh_header(seconds: u32, address: &str) -> (String, String) {
    (REFRESH.to_string(), format!("{seconds}; url={address}"))
}

fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a body is still compressed: the client unpacks what it knows and drops the header.
fn is_packed(headers: &HeaderMap) -> bool {
    text_of(headers, &http::header::CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
