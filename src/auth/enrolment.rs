//! Driving one enrolment by e-mail and password over the network: pages and questions, up to the
//! authorization code. What follows is the settlement.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{ACCEPT, ORIGIN, REFERER};
use url::Url;

use super::attempt::Attempt;
use super::authorize::Landing;
use super::captchas;
use super::entrance::Entrance;
use super::flow::{Flow, Input, Poll, Restart, Step, Submission};
use super::question::{Picture, Question, QuestionKind};
use super::stage::Stage;
use super::totp::OneTime;
use super::trail::Trail;
use crate::account::Account;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result, code};
use crate::net::{Answer, Body, Lane, Request, verdict};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::site::Site;

/// Redirects followed after one request (*chosen*; a sign-in shows up to four).
const MOST_HOPS: usize = 10;
/// What a browser says it takes.
const ACCEPT_PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// How far an enrolment is.
#[derive(Debug)]
pub enum Progress {
    /// This must be answered.
    Question(Question),
    /// Signed in.
    Done(Account),
}

/// Where the pages lead: to a question, or to the authorization code.
enum Stop {
    Question(Question),
    Code(Secret),
}

/// One enrolment by e-mail, password and one-time code.
#[derive(Debug)]
pub struct Enrolment {
    attempt: Attempt,
    flow: Flow,
    is_started: bool,
    /// Whether it is counted that this attempt met a captcha.
    met_captcha: bool,
}

impl Enrolment {
    /// Prepares an enrolment; nothing is sent or written yet.
    ///
    /// # Errors
    /// `bad-credentials`, `bad-seed`, `bad-setting` also for a folder that holds other things.
    pub fn new(
        folder: &Path,
        site: Site,
        email: Secret,
        password: Secret,
        one_time: Option<&Secret>,
        settings: &Settings,
    ) -> Result<Self> {
        Self::with_clock(folder, site, email, password, one_time, settings, Arc::new(SystemClock))
    }

    /// [`Enrolment::new`] with another clock.
    ///
    /// # Errors
    /// As [`Enrolment::new`].
    pub fn with_clock(
        folder: &Path,
        site: Site,
        email: Secret,
        password: Secret,
        one_time: Option<&Secret>,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let given = one_time.filter(|text| !text.expose().trim().is_empty());
        let one_time = given.map(|text| OneTime::parse(text.expose())).transpose()?;
        Ok(Self {
            attempt: Attempt::new(folder, site, settings, clock)?,
            flow: Flow::new(email, password, one_time)?,
            is_started: false,
            met_captcha: false,
        })
    }

    /// What is being done.
    pub fn stage(&self) -> Stage {
        self.attempt.stage.clone()
    }

    /// The pages that were met, for a report that can be shown to anybody.
    pub fn trail(&self) -> Trail {
        self.attempt.trail.clone()
    }

    /// What the person should know although the sign-in goes on: a clock that is off.
    pub fn warning(&self) -> Option<String> {
        self.attempt.warning()
    }

    /// Goes on until there is a question or the end. The answer belongs to the last question.
    ///
    /// # Errors
    /// The named reason for which the attempt is over; begin a new one. `captcha-wait` before
    /// anything is sent, for an attempt that comes too early after captchas.
    pub async fn advance(&mut self, answer: Option<Secret>) -> Result<Progress> {
        if !self.is_started {
            captchas::check(&self.attempt.store, self.attempt.http.now()).await?;
        }
        match self.drive(answer).await {
            Ok(Stop::Question(question)) => {
                if question.kind == QuestionKind::Captcha {
                    self.note_captcha().await;
                }
                Ok(Progress::Question(question))
            }
            Ok(Stop::Code(code)) => self.attempt.settle(code).await.map(Progress::Done),
            Err(error) => {
                if error.code() == code::CAPTCHA {
                    self.note_captcha().await;
                }
                self.attempt.note_outcome(error.code().id()).await;
                Err(error)
            }
        }
    }

    /// Once for each attempt, however many pictures it shows.
    async fn note_captcha(&mut self) {
        if !std::mem::replace(&mut self.met_captcha, true) {
            captchas::note(&self.attempt.store, self.attempt.http.now()).await;
        }
    }

    async fn drive(&mut self, answer: Option<Secret>) -> Result<Stop> {
        let mut step = if self.is_started {
            let answer = answer.unwrap_or_default();
            self.flow.step(Input::Answer(answer), self.attempt.http.amazon_now())?
        } else {
            self.is_started = true;
            self.open().await?
        };
        loop {
            step = match step {
                Step::Ask(question, picture) => {
                    return self.illustrated(question, picture).await.map(Stop::Question);
                }
                Step::Done(code) => return Ok(Stop::Code(code)),
                Step::Wait(wait) => self.wait(wait).await?,
                Step::Submit(submission) => {
                    self.attempt.stage.set(submission.stage);
                    self.follow(form_request(submission)).await?
                }
                Step::Visit(url) => self.follow(page_request(Method::GET, url)).await?,
                Step::Poll(poll) => self.poll(poll).await?,
                Step::Restart(why, error) => self.restart(why, error).await?,
            };
        }
    }

    async fn open(&mut self) -> Result<Step> {
        self.attempt.stage.set("Opening Amazon's sign-in page");
        let url = self.attempt.sign_in_url()?;
        self.follow(page_request(Method::GET, url)).await
    }

    async fn wait(&mut self, wait: Duration) -> Result<Step> {
        let until = self.attempt.http.now().saturating_add(wait.as_secs());
        self.attempt.stage.wait("Waiting for the next one-time code", Some(until));
        self.attempt.http.clock().sleep(wait).await;
        self.flow.step(Input::Waited, self.attempt.http.amazon_now())
    }

    async fn poll(&mut self, poll: Poll) -> Result<Step> {
        let left = poll.until.saturating_sub(self.attempt.http.amazon_now());
        let until = self.attempt.http.now().saturating_add(left);
        self.attempt.stage.wait(poll.text, Some(until));
        loop {
            self.attempt.http.clock().sleep(poll.pause).await;
            match self.follow(page_request(Method::GET, poll.url.clone())).await {
                // The person may be approving right now; nothing was lost by not hearing of it.
                Err(error) if error.is_transient() && self.attempt.http.now() < until => {
                    tracing::debug!(code = error.code().id(), "asking for the approval again");
                }
                outcome => return outcome,
            }
        }
    }

    /// Starts over where it may go better, once.
    async fn restart(&mut self, why: Restart, error: Error) -> Result<Step> {
        let entrance = match why {
            Restart::ErrorPage => Entrance::fallback(self.attempt.site),
            Restart::BrowserCheck => self.attempt.entrance.in_japanese(),
        };
        let Some(entrance) = entrance else { return Err(error) };
        tracing::info!(?why, portal = %entrance.portal, "sign-in starts at another entrance");
        self.flow.restart();
        self.attempt.restart(entrance);
        self.open().await
    }

    /// Fetches the picture of a question; without it the question makes no sense.
    async fn illustrated(&self, question: Question, picture: Option<Url>) -> Result<Question> {
        let Some(url) = picture else { return Ok(question) };
        let locale = self.attempt.entrance.locale();
        let answer = self.attempt.http.fetch_picture(url, &self.attempt.jar, &locale).await?;
        self.attempt.trail.note("GET", &answer.url, answer.status);
        let media_type = answer.media_type().filter(|kind| kind.starts_with("image/"));
        match (answer.status, media_type) {
            (200, Some(media_type)) => {
                let image = Picture { media_type, bytes: answer.body.to_vec() };
                Ok(Question { image: Some(image), ..question })
            }
            (status, _) => Err(Error::new(
                code::CAPTCHA,
                "Amazon wants the letters of a picture, but the picture cannot be had.",
            )
            .with_status(status)),
        }
    }

    /// Sends a request and follows redirects as a browser does: with GET, and without the form.
    async fn follow(&mut self, mut request: Request) -> Result<Step> {
        let language = self.attempt.entrance.locale();
        for _ in 0..MOST_HOPS {
            let method = request.method.clone();
            let answer = self.attempt.http.send(request, &self.attempt.jar, &language).await?;
            self.attempt.trail.note(method.as_str(), &answer.url, answer.status);
            let Some(next) = answer.location() else {
                return self.read(&answer);
            };
            match self.attempt.landing(&next)? {
                Landing::Code(code) => {
                    return self.flow.step(Input::Landed(code), self.attempt.http.amazon_now());
                }
                Landing::Elsewhere => {}
            }
            request = with_referer(page_request(Method::GET, next), &answer.url);
        }
        Err(Error::new(code::TOO_MANY_PAGES, "Amazon redirected the sign-in in circles."))
    }

    fn read(&mut self, answer: &Answer) -> Result<Step> {
        if matches!(answer.status, 429 | 500..=599)
            && let Some(error) = verdict::passing_trouble(answer)
        {
            return Err(error);
        }
        let page = Input::Page { url: &answer.url, body: &answer.body };
        let step = self.flow.step(page, self.attempt.http.amazon_now());
        self.attempt.trail.name(self.flow.last_page());
        step
    }
}

fn page_request(method: Method, url: Url) -> Request {
    Request::new(method, url, Lane::SignIn)
        .with_header(ACCEPT, ACCEPT_PAGE)
        .with_header(http::header::UPGRADE_INSECURE_REQUESTS, "1")
}

/// Another host gets to know where one comes from, but not the parameters of the page.
fn with_referer(request: Request, page: &Url) -> Request {
    let whole = page.host_str() == request.url.host_str();
    let origin = format!("{}/", page.origin().ascii_serialization());
    request.with_header(REFERER, if whole { page.as_str() } else { &origin })
}

fn form_request(submission: Submission) -> Request {
    let origin = submission.referer.origin().ascii_serialization();
    with_referer(page_request(Method::POST, submission.url), &submission.referer)
        .with_header(ORIGIN, &origin)
        .with_body(Body::Form(submission.fields))
}
