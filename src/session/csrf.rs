//! The csrf value that calls which change something must carry, with an age of its own.

use http::Method;
use http::header::HeaderName;
use url::Url;

use super::live::Live;
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::manners::{CSRF_AGE, CSRF_REST};
use crate::net::{Expect, Lane, Request, Verdict, verdict};

/// Pages that set the csrf cookie, in the order in which they are tried (*observed*).
const PAGES: &[&str] = &[
    "/api/language",
    "/spa/index.html",
    "/api/devices-v2/device?cached=false",
    "/templates/oobe/d-device-pick.handlebars",
    "/api/strings",
];
/// Name of both the cookie and the header.
pub(super) const CSRF: HeaderName = HeaderName::from_static("csrf");

impl Live {
    /// Sees to it that there is a csrf value for `url` that is not too old. Without one the call is
    /// made all the same: it is Amazon that decides.
    pub(super) async fn provide_csrf(&self, url: &Url) {
        let seen = self.csrf.number();
        let learned = if !self.has_csrf(url) {
            self.csrf.once_in_a_while(seen, self.http.now(), self.fetch_csrf(url)).await
        } else if self.has_old_csrf() {
            // It has a rest of its own, which must not keep a refused value from being replaced.
            self.csrf.once(seen, self.fetch_csrf(url)).await
        } else {
            return;
        };
        if let Err(error) = learned {
            tracing::debug!(%error, "no csrf value");
        }
    }

    /// Drops a value that was refused.
    pub(super) fn forget_csrf(&self, url: &Url) {
        self.kept.jar.forget(url, CSRF.as_str());
        self.kept.with(|data| data.learned.csrf_at = None);
    }

    fn has_csrf(&self, url: &Url) -> bool {
        self.kept.jar.value(url, CSRF.as_str()).is_some()
    }

    /// A value of unknown age came along with another answer: its time begins now.
    fn has_old_csrf(&self) -> bool {
        let now = self.http.now();
        let at = self.kept.with(|data| *data.learned.csrf_at.get_or_insert(now));
        now.checked_sub(at).is_none_or(|age| age >= CSRF_AGE)
    }

    /// Fetches pages until one has set a value, or has left the one there is as it is.
    async fn fetch_csrf(&self, url: &Url) -> Result<()> {
        let fetched = self.visit_pages(url).await;
        if fetched.is_err() && self.has_csrf(url) {
            // It is good until it is refused, so it is left as it is for a while.
            let at = self.http.now().saturating_sub(CSRF_AGE - CSRF_REST);
            self.kept.with(|data| data.learned.csrf_at = Some(at));
        }
        self.tally.note(|records| match &fetched {
            Ok(true) => records.refreshes.csrf += 1,
            Ok(false) => {}
            Err(_) => records.refresh_failures.csrf += 1,
        });
        fetched.map(drop)
    }

    async fn visit_pages(&self, url: &Url) -> Result<bool> {
        let mut wanted = 0;
        for page in PAGES {
            let address = address(&self.site.alexa(), page)?;
            let answer = self.send(Request::new(Method::GET, address, Lane::Read)).await?;
            if matches!(answer.status, 200..=299) && self.has_csrf(url) {
                let now = self.http.now();
                self.kept.with(|data| data.learned.csrf_at = Some(now));
                return Ok(true);
            }
            match verdict::judge(&answer, Expect::Anything) {
                Verdict::Throttled(pause, error) => {
                    // A value that is only old is no reason to keep the call waiting.
                    if self.has_csrf(url) {
                        self.tally.note(|records| records.throttles += 1);
                    } else {
                        self.hold(&answer, pause);
                    }
                    return Err(error);
                }
                // One page alone can want it. When two do, the call itself finds out what to do.
                Verdict::SignInWanted if wanted > 0 => return Ok(false),
                Verdict::SignInWanted => wanted += 1,
                _ => {}
            }
        }
        Err(Error::new(code::UNEXPECTED_ANSWER, "No page of Amazon set a csrf value."))
    }
}
