//! Keeping a session alive: tokens and cookies made anew, the file written, the device removed.

use std::sync::Arc;

use http::Method;

use super::data::AccessToken;
use super::jar::Jar;
use super::kept::Kept;
use super::live::Live;
use super::renewal::{self, Renewed};
use super::store::blocking;
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::{Body, Lane, Request};
use crate::secret::Secret;

/// Cookies are exchanged anew after this time (*observed*: they live 14 days).
const COOKIE_AGE: u64 = 5 * 24 * 3_600;
/// Two refusals of the token service must lie this far apart to be believed (*chosen*).
const REFUSALS_APART: u64 = 180;

impl Live {
    /// An access token with time left, made anew when due.
    ///
    /// # Errors
    /// `token-refused`, `session-ended`, or that the token service cannot be used now.
    pub async fn access_token(&self) -> Result<Secret> {
        let seen = self.token.number();
        if self.usable_token().is_none() {
            self.token.once_in_a_while(seen, self.http.now(), self.mint_token()).await?;
        }
        self.usable_token().ok_or_else(|| {
            Error::new(code::AMAZON_DOWN, "Amazon gave a token that is over already.")
        })
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
        age.is_none_or(|age| age > COOKIE_AGE)
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
        self.cookies
            .once_in_a_while(seen, self.http.now(), async {
                self.exchange_cookies().await?;
                self.save().await;
                Ok(())
            })
            .await
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
        self.kept.with(|data| data.cookies_at = now);
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
            Renewed::Refused => {
                let first = self.kept.with(|data| *data.refused_at.get_or_insert(now));
                self.save().await;
                if now.saturating_sub(first) >= REFUSALS_APART {
                    Err(Error::new(code::SESSION_ENDED, "Amazon has ended this session."))
                } else {
                    Err(Error::new(code::TOKEN_REFUSED, "Amazon refused to renew the session."))
                }
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
        let token = self.access_token().await?;
        let request = renewal::deregistration(self.portal, &token)?;
        let answer = self.send(request).await?;
        match answer.status {
            200..=299 => Ok(()),
            status => Err(Error::new(code::AMAZON_DOWN, "Amazon did not remove the device.")
                .with_status(status)),
        }
    }

    /// Writes the session file. A failure is logged: the session in memory is still good.
    pub async fn save(&self) {
        if let Err(error) = self.on_disk(Kept::save).await {
            tracing::error!(%error, "session not saved");
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
        self.on_disk(Kept::wipe).await
    }

    async fn on_disk(&self, work: fn(&Kept) -> Result<()>) -> Result<()> {
        let kept = Arc::clone(&self.kept);
        blocking(move || work(&kept)).await
    }
}
