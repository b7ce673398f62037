//! Telling Amazon anew what the virtual device can do: without that no push events come.

use super::live::Live;
use crate::auth::capabilities;
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::{Answer, verdict};
use crate::secret::Secret;
use crate::session::Jar;

impl Live {
    /// Whether Amazon has accepted the capabilities of the device, at the sign-in or later.
    pub fn has_capabilities(&self) -> bool {
        self.kept.with(|data| data.capabilities_at.is_some())
    }

    /// Declares the capabilities of the device and remembers when. Who asks while that is under way
    /// gets its outcome, and after a failure it is not tried again for one to fifteen minutes.
    ///
    /// # Errors
    /// Those of the access token, `throttled`, `amazon-down`, `forbidden` for a refusal with a new
    /// token too, `unexpected-answer`.
    pub async fn declare_capabilities(&self) -> Result<()> {
        if self.ending.is_over() {
            return Err(Box::pin(self.over()).await);
        }
        let seen = self.capabilities.number();
        let declaring = Box::pin(async {
            self.declare().await?;
            let now = self.http.now();
            self.kept.with(|data| data.capabilities_at = Some(now));
            self.save().await;
            tracing::info!("capabilities declared");
            Ok(())
        });
        self.capabilities.once_in_a_while(seen, self.http.now(), declaring).await
    }

    async fn declare(&self) -> Result<()> {
        let token = self.access_token().await?;
        let mut answer = self.send_capabilities(&token).await?;
        if matches!(answer.status, 401 | 403) {
            // A token can end before its time, and is refused in both ways (observed).
            self.forget_token(&token);
            answer = self.send_capabilities(&self.access_token().await?).await?;
        }
        if let Some(error) = verdict::passing_trouble(&answer) {
            return Err(error);
        }
        match answer.status {
            200 | 204 => Ok(()),
            status @ (401 | 403) => {
                Err(Error::new(code::FORBIDDEN, "Amazon takes no capabilities of this device.")
                    .with_status(status))
            }
            status => Err(Error::new(
                code::UNEXPECTED_ANSWER,
                format!("Amazon did not accept the capabilities of this device (status {status})."),
            )
            .with_status(status)),
        }
    }

    async fn send_capabilities(&self, token: &Secret) -> Result<Answer> {
        let url = address(capabilities::HOST, capabilities::PATH)?;
        // The token alone says which device it is; cookies of the shop have no business there.
        let request = capabilities::request(url, token);
        self.http.send(request, &Jar::default(), &self.site.locale()).await
    }
}
