//! The end of a session, told apart from calls that fail while it lives.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use http::Method;

use super::live::Live;
use crate::api::customer::USERS_ME;
use crate::error::{Error, code};
use crate::net::http::address;
use crate::net::{Answer, Expect, Lane, Request, Verdict, verdict};

/// Asked where [`USERS_ME`] itself is the call in question.
const OTHER_PROBE: &str = "/api/devices-v2/device";

/// How near the end a session is. It only moves towards it; opening it anew starts over.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// The token service is believed to refuse the session for good. Cookies from before may work.
    is_refused: AtomicBool,
    is_over: AtomicBool,
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
    /// Whether an answer means that the cookies, which nobody renews any more, are dead. A call of
    /// another kind must want a sign-in too, or two of them must fare no better: Amazon answers dead
    /// cookies in several ways, and single features as well.
    pub(super) async fn is_signed_out(&self, answer: &Answer, is_said: bool) -> bool {
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

/// The error of a session that is over.
pub(super) fn ended() -> Error {
    Error::new(code::SESSION_ENDED, "Amazon has ended this session.")
}
