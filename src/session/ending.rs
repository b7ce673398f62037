//! The end of a session, told apart from calls that fail while it lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use http::Method;

use super::live::Live;
use super::store::blocking;
use crate::api::customer::USERS_ME;
use crate::error::{Error, code};
use crate::net::http::address;
use crate::net::{Answer, Expect, Lane, Request, Verdict, verdict};

/// Asked where [`USERS_ME`] itself is the call in question.
const OTHER_PROBE: &str = "/api/devices-v2/device";

/// Seconds between two looks for a newer session (*chosen*).
const LOOK_AGAIN: u64 = 5;

/// How near the end a session is. It only moves towards it; opening it anew starts over.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// The token service is believed to refuse the session for good. Cookies from before may work.
    is_refused: AtomicBool,
    is_over: AtomicBool,
    /// Another sign-in took the place of the session.
    is_replaced: AtomicBool,
    /// When that was looked for last, in Unix seconds.
    looked_at: AtomicU64,
}

impl Ending {
    /// The token service refused twice: nothing is renewed any more.
    pub(super) fn note_refusal(&self) {
        self.is_refused.store(true, Relaxed);
    }

    /// Whether the token service need not be asked again.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused.load(Relaxed)
    }

    /// Whether no call needs to be sent any more.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Relaxed)
    }
}

impl Live {
    /// Whether another sign-in took the place of this session, as when somebody signs in again while
    /// a program uses the old one. Looks into the folder, but not all the time.
    pub(super) async fn is_replaced(&self) -> bool {
        let (ending, now) = (&self.ending, self.http.now());
        if ending.is_replaced.load(Relaxed) {
            return true;
        }
        let passed = now.checked_sub(ending.looked_at.swap(now, Relaxed));
        if passed.is_some_and(|passed| passed < LOOK_AGAIN) {
            return false;
        }
        let kept = Arc::clone(&self.kept);
        let looking = blocking(move || {
            let enrolment = kept.with(|data| data.enrolment.clone());
            Ok(kept.store().holds_another(&enrolment))
        });
        let is_replaced = looking.await.unwrap_or(false);
        if is_replaced {
            tracing::info!("another sign-in took the place of this session");
            for flag in [&ending.is_replaced, &ending.is_refused, &ending.is_over] {
                flag.store(true, Relaxed);
            }
        }
        is_replaced
    }

    /// The error of a session that is over: `session-replaced` when there is a newer one.
    pub(super) async fn over(&self) -> Error {
        self.is_replaced().await;
        self.ended()
    }

    /// The same, as far as it is known.
    pub(super) fn ended(&self) -> Error {
        if self.ending.is_replaced.load(Relaxed) {
            return Error::new(
                code::SESSION_REPLACED,
                "A newer sign-in took the place of this session.",
            );
        }
        Error::new(code::SESSION_ENDED, "Amazon has ended this session.")
    }

    /// Whether an answer means that the cookies, which nobody renews any more, are dead. A call of
    /// another kind must want a sign-in too, or two of them must fare no better: Amazon answers dead
    /// cookies in several ways, and single features as well.
    pub(super) async fn is_signed_out(&self, answer: &Answer, is_said: bool) -> bool {
        if self.ending.is_over() {
            return true;
        }
        for path in probes(answer) {
            match self.probe(path).await {
                Some(Verdict::SignInWanted) if is_said => break,
                Some(Verdict::SignInWanted | Verdict::Forbidden | Verdict::WebPage(_)) => {}
                _ => return false,
            }
        }
        self.ending.is_over.store(true, Relaxed);
        true
    }

    /// Whether a call of another kind fares no better than one that wants a sign-in; `None` when
    /// that cannot be found out now.
    pub(super) async fn asks_too(&self, answer: &Answer) -> Option<bool> {
        match self.probe(probes(answer).next()?).await? {
            Verdict::Fine => Some(false),
            Verdict::SignInWanted | Verdict::Forbidden | Verdict::WebPage(_) => Some(true),
            _ => None,
        }
    }

    async fn probe(&self, path: &str) -> Option<Verdict> {
        let url = address(&self.site.alexa(), path).ok()?;
        let answer = self.send(Request::new(Method::GET, url, Lane::Read)).await.ok()?;
        Some(verdict::judge(&answer, Expect::Json))
    }
}

/// Calls of another kind than that which was answered.
fn probes(answer: &Answer) -> impl Iterator<Item = &'static str> {
    let path = answer.url.path();
    [USERS_ME, OTHER_PROBE].into_iter().filter(move |probe| !probe.starts_with(path))
}
