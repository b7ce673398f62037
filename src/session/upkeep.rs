//! Keeping a session alive: tokens and cookies made anew, the file written, the device removed.

use std::sync::Arc;

use http::Method;

use super::data::AccessToken;
use super::jar::Jar;
use super::kept::Kept;
use super::live::Live;
use super::outlook::{Outlook, outlook};
use super::records::Refreshes;
use super::renewal::{self, Renewed};
use super::store::blocking;
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::manners::{COOKIE_AGE, REFUSALS_APART};
use crate::net::{Body, Expect, Lane, Request, Verdict, verdict};
use crate::secret::Secret;

impl Live {
    /// An access token with time left, made anew when due.
    ///
    /// # Errors
    /// `token-refused`, `session-ended`, or that the token service cannot be used now.
    pub async fn access_token(&self) -> Result<Secret> {
        if self.ending.is_over() {
            return Err(Box::pin(self.over()).await);
        }
        let seen = self.token.number();
        if self.usable_token().is_none() {
            if self.ending.is_refused() {
                return Err(Box::pin(self.over()).await);
            }
            let minting = async {
                self.may_ask()?;
                self.counted(self.mint_token().await, |refreshes| &mut refreshes.access_token)
            };
            self.token.once_in_a_while(seen, self.http.now(), minting).await?;
        }
        self.usable_token().ok_or_else(|| {
            Error::new(code::AMAZON_DOWN, "Amazon gave a token that is over already.")
        })
    }

    /// Drops an access token that was refused, unless there is a newer one.
    pub(crate) fn forget_token(&self, refused: &Secret) {
        self.kept.with(|data| {
            data.access.take_if(|token| token.value == *refused);
        });
    }

    fn usable_token(&self) -> Option<Secret> {
        let now = self.http.now();
        self.kept.with(|data| {
            data.access.as_ref().filter(|token| !token.is_due(now)).map(|token| token.value.clone())
        })
    }

    async fn mint_token(&self) -> Result<()> {
        let url = address(&self.portal.api(), "/auth/token")?;
        let refresh = self.kept.with(|data| data.refresh_token.clone());
        let form = Body::Form(renewal::access_token_form(&refresh));
        let answer =
            self.send(Request::new(Method::POST, url, Lane::SignIn).with_body(form)).await?;
        let (value, life) = self.believed(renewal::access_token(&answer)?).await?;
        let made_at = self.http.now();
        self.kept.with(|data| data.access = Some(AccessToken { value, made_at, life }));
        self.save().await;
        Ok(())
    }

    /// Whether the cookies are due; a time in the future comes from a clock that was wrong.
    pub(super) fn has_old_cookies(&self) -> bool {
        let age = self.http.now().checked_sub(self.kept.with(|data| data.cookies_at));
        age.is_none_or(|age| age >= COOKIE_AGE) && !self.ending.is_refused()
    }

    /// Exchanges old cookies. A failure is no reason not to try the call with what there is.
    pub(super) async fn renew_old_cookies(&self) {
        let seen = self.cookies.number();
        // Somebody else may have done it just before that number was taken.
        if self.has_old_cookies()
            && let Err(error) = self.renew_cookies(seen).await
        {
            tracing::warn!(%error, "cookies could not be renewed");
        }
    }

    /// Exchanges the cookies of the account's site, unless that was done since `seen`.
    ///
    /// # Errors
    /// As [`Live::access_token`].
    pub async fn renew_cookies(&self, seen: u64) -> Result<()> {
        let exchanging = async {
            self.may_ask()?;
            let exchanged = self.exchange_or_doubt().await;
            let now = self.http.now();
            let is_new = self.kept.with(|data| match &exchanged {
                Ok(()) => true,
                Err(_) => {
                    let is_first = data.learned.failing_since.is_none();
                    data.learned.failing_since.get_or_insert(now);
                    is_first
                }
            });
            let exchanged = self.counted(exchanged, |refreshes| &mut refreshes.cookies);
            if is_new {
                self.save().await;
            }
            exchanged
        };
        self.cookies.once_in_a_while(seen, self.http.now(), exchanging).await
    }

    /// Exchanges the cookies. Once that was refused, the token service is asked before it is tried
    /// again: a refusal that only the shop of one site gives says nothing about the session.
    async fn exchange_or_doubt(&self) -> Result<()> {
        let was_refused = self.kept.with(|data| data.refused_at.is_some());
        if was_refused {
            let minting = async {
                self.counted(self.mint_token().await, |refreshes| &mut refreshes.access_token)
            };
            self.token.once(self.token.number(), minting).await?;
        }
        match self.exchange_cookies().await {
            Err(error) if was_refused && error.code() == code::TOKEN_REFUSED => {
                self.kept.with(|data| data.refused_at = None);
                Err(Error::new(
                    code::AMAZON_DOWN,
                    "Amazon renews the session but gives no cookies for it.",
                ))
            }
            exchanged => exchanged,
        }
    }

    /// Counts a renewal by its outcome.
    fn counted(&self, outcome: Result<()>, counter: fn(&mut Refreshes) -> &mut u64) -> Result<()> {
        self.tally.note(|records| {
            let refreshes = match &outcome {
                Ok(()) => &mut records.refreshes,
                Err(_) => &mut records.refresh_failures,
            };
            *counter(refreshes) += 1;
            if outcome.as_ref().is_err_and(|error| error.code() == code::THROTTLED) {
                records.throttles += 1;
            }
        });
        outcome
    }

    /// Whether the token service is worth asking. A refusal counts for tokens and cookies alike,
    /// also when it was given to another run of this program.
    fn may_ask(&self) -> Result<()> {
        if self.ending.is_refused() {
            return Err(self.ended());
        }
        let refused_at = self.kept.with(|data| data.refused_at);
        let since = refused_at.and_then(|at| self.http.now().checked_sub(at));
        match since {
            Some(since) if since < REFUSALS_APART => Err(refused()),
            _ => Ok(()),
        }
    }

    /// Exchanges the cookies of the account's site, without saving them.
    ///
    /// # Errors
    /// As [`Live::access_token`].
    pub async fn exchange_cookies(&self) -> Result<()> {
        let url = address(&self.site.www(), "/ap/exchangetoken/cookies")?;
        let refresh = self.kept.with(|data| data.refresh_token.clone());
        let form = Body::Form(renewal::cookies_form(&refresh, self.site));
        let request = Request::new(Method::POST, url, Lane::SignIn).with_body(form);
        // Old cookies have no business in the exchange; an empty jar is what public clients send.
        let answer = self.http.send(request, &Jar::default(), &self.site.locale()).await?;
        let records = self.believed(renewal::cookies(&answer, self.site)?).await?;
        for record in &records {
            self.kept.jar.put(record);
        }
        let now = self.http.now();
        self.kept.with(|data| {
            data.cookies_at = now;
            data.learned.failing_since = None;
        });
        tracing::info!(site = %self.site, cookies = records.len(), "cookies renewed");
        Ok(())
    }

    /// Believes a refusal only when it comes a second time, minutes later.
    async fn believed<T>(&self, renewed: Renewed<T>) -> Result<T> {
        let now = self.http.now();
        match renewed {
            Renewed::Fresh(value) => {
                self.kept.with(|data| data.refused_at = None);
                Ok(value)
            }
            // The newer sign-in made Amazon forget this one.
            Renewed::Refused if Box::pin(self.is_replaced()).await => Err(self.ended()),
            Renewed::Refused => {
                let first = self.kept.with(|data| {
                    // A time in the future comes from a clock that was wrong.
                    let first = data.refused_at.filter(|first| *first <= now).unwrap_or(now);
                    *data.refused_at.insert(first)
                });
                let is_believed = now - first >= REFUSALS_APART;
                if is_believed {
                    self.ending.note_refusal();
                }
                self.save().await;
                Err(if is_believed { self.ended() } else { refused() })
            }
        }
    }

    /// Removes the device at Amazon with a freshly minted token: one that is kept may have been
    /// revoked.
    ///
    /// # Errors
    /// As [`Live::access_token`], or that Amazon did not confirm.
    pub async fn deregister(&self) -> Result<()> {
        self.kept.with(|data| data.access = None);
        // Whoever signs out is asked for once more: a device must not stay for a refusal of before.
        self.token.once(self.token.number(), self.mint_token()).await?;
        let token = self.access_token().await?;
        let request = renewal::deregistration(self.portal, &token)?;
        let answer = self.send(request).await?;
        if let Some(error) = verdict::passing_trouble(&answer) {
            return Err(error);
        }
        match verdict::judge(&answer, Expect::Anything) {
            Verdict::Fine => Ok(()),
            _ => Err(Error::new(code::AMAZON_DOWN, "Amazon did not remove the device.")
                .with_status(answer.status)),
        }
    }

    /// Writes the session file and what was counted. A failure is logged: the session in memory is
    /// still good.
    pub async fn save(&self) {
        if let Err(error) = self.on_disk(Kept::save).await {
            tracing::error!(%error, "session not saved");
        }
        self.save_records().await;
    }

    /// [`Live::save`], without writing a session that did not change.
    pub async fn save_changes(&self) {
        if let Err(error) = self.on_disk(Kept::save_changes).await {
            tracing::error!(%error, "session not saved");
        }
        self.save_records().await;
    }

    async fn save_records(&self) {
        let (tally, kept) = (Arc::clone(&self.tally), Arc::clone(&self.kept));
        let flushed = blocking(move || {
            tally.flush(kept.store());
            Ok(())
        });
        if let Err(error) = flushed.await {
            tracing::warn!(%error, "records not saved");
        }
    }

    /// Writes the session file of a new enrolment, whatever was there.
    ///
    /// # Errors
    /// `store-write`.
    pub async fn establish(&self) -> Result<()> {
        self.on_disk(Kept::replace).await
    }

    /// Removes the session file for good.
    ///
    /// # Errors
    /// `store-write`.
    pub async fn wipe(&self) -> Result<()> {
        self.save_records().await;
        self.on_disk(Kept::wipe).await
    }

    /// What is to be expected of the session.
    pub fn outlook(&self) -> Outlook {
        self.kept.with(|data| outlook(data, self.http.now()))
    }

    async fn on_disk(&self, work: fn(&Kept) -> Result<()>) -> Result<()> {
        let kept = Arc::clone(&self.kept);
        blocking(move || work(&kept)).await
    }
}

fn refused() -> Error {
    Error::new(code::TOKEN_REFUSED, "Amazon refused to renew the session.")
}
