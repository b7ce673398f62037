//! What goes into the sign-in machine and what comes out of it.

use std::time::Duration;

use url::Url;

use crate::auth::pages::Form;
use crate::auth::question::Question;
use crate::error::{Error, Result, code};
use crate::secret::Secret;
use crate::site::is_amazon;

/// What goes into the machine. Not printable: pages and landing addresses hold secrets.
pub enum Input<'a> {
    /// A page was served.
    Page {
        /// The address it came from, after redirects.
        url: &'a Url,
        /// Its HTML.
        body: &'a str,
    },
    /// The sign-in landed with this authorization code.
    Landed(Secret),
    /// The person answered the last question.
    Answer(Secret),
    /// The wait that was asked for is over.
    Waited,
}

/// What comes out.
#[derive(Debug)]
pub enum Step {
    /// Send this form and feed what comes back.
    Submit(Submission),
    /// Open this address of Amazon's and feed the page.
    Visit(Url),
    /// Ask this and feed the answer. The address is that of a picture to show with it.
    Ask(Question, Option<Url>),
    /// Wait for the next code and say so.
    Wait(Duration),
    /// Wait for an approval: open the address after a pause and feed the page.
    Poll(Poll),
    /// Start over at another entrance if there is one, or fail with this error.
    Restart(Restart, Error),
    /// Signed in: register with this authorization code.
    Done(Secret),
}

/// A question to Amazon how an approval stands.
#[derive(Debug)]
pub struct Poll {
    /// Where to ask.
    pub url: Url,
    /// The pause before.
    pub pause: Duration,
    /// What the person has to do, as a sentence without a full stop.
    pub text: String,
    /// When the machine gives up, in Amazon's seconds.
    pub until: u64,
}

/// Why another entrance is worth a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// The first page is Amazon's error page: the name of the application does not fit the portal.
    ErrorPage,
    /// A browser check before anything secret was sent: accounts of Japan are spared it in Japanese.
    BrowserCheck,
}

/// A form, filled.
#[derive(Debug)]
pub struct Submission {
    /// Where to send it: always https and Amazon.
    pub url: Url,
    /// The page it was on.
    pub referer: Url,
    /// Names and values in order.
    pub fields: Vec<(String, Secret)>,
    /// What is being done, for the person waiting.
    pub stage: &'static str,
}

impl Submission {
    /// Fills a form: every hidden input as it is, then those of `own` that must be on it, then the
    /// button that a browser would have pressed.
    ///
    /// # Errors
    /// `foreign-host` for a form that is not sent to Amazon, `unknown-page` for one without a field.
    pub(super) fn fill(
        form: &Form,
        page: &Url,
        own: Vec<(&str, Secret)>,
        stage: &'static str,
    ) -> Result<Self> {
        let url = amazon(form.action.as_ref())?;
        let mut fields: Vec<(String, Secret)> =
            form.hidden.iter().map(|(name, value)| (name.clone(), Secret::new(value))).collect();
        for (name, value) in own {
            if !form.has(name) {
                let message = format!("Amazon's page has no field {name} to fill.");
                return Err(Error::new(code::UNKNOWN_PAGE, message));
            }
            fields.retain(|(other, _)| other != name);
            fields.push((name.to_owned(), value));
        }
        if form.has("mfaSubmit") {
            fields.push(("mfaSubmit".to_owned(), Secret::new("Submit")));
        }
        Ok(Self { url, referer: page.clone(), fields, stage })
    }
}

/// An address that may be opened or sent to: https, Amazon's, at the usual port.
///
/// # Errors
/// `foreign-host`.
pub(super) fn amazon(url: Option<&Url>) -> Result<Url> {
    url.filter(|url| is_amazon(url)).cloned().ok_or_else(|| {
        let host = url.and_then(Url::host_str).unwrap_or("nowhere");
        Error::new(
            code::FOREIGN_HOST,
            format!("A sign-in page leads to \u{201c}{host}\u{201d}, which is not Amazon."),
        )
    })
}
