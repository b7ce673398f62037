//! How the session of an account stands.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Account;
use crate::api::customer::{self, Customer};
use crate::error::{ErrorKind, Result};
use crate::session::data::AccessToken;
use crate::session::{Call, Records};

/// How the session stands. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SessionStatus {
    /// Whether Amazon recognised the session; `None` when it was not asked or did not say.
    pub signed_in: Option<bool>,
    /// The account's own site.
    pub site: String,
    /// Folder of the session file.
    pub store: String,
    /// Where the key of that file comes from.
    pub key_source: &'static str,
    /// When this installation was registered.
    pub enrolled_at: u64,
    /// When the current access token ends.
    pub access_token_expires_at: Option<u64>,
    /// When the cookies were last renewed.
    pub cookies_at: u64,
    /// Amazon's clock minus ours in seconds, once Amazon has answered.
    pub clock_skew: Option<i64>,
    /// When the session is expected to end; only while it cannot be renewed.
    pub ends_at: Option<u64>,
    /// What a person should know and do about that end, from three days before it.
    pub warning: Option<String>,
    /// What is not sent for now, with the seconds that are left: kinds of calls that failed too
    /// often in a row, and those that Amazon asked to wait, by the names of the counters.
    pub resting: BTreeMap<String, f64>,
    /// What was counted for this folder.
    pub records: Records,
}

impl Account {
    /// How the session stands, without asking Amazon. Blocks for moments: the counters of other
    /// handles are in a file.
    pub fn status(&self) -> SessionStatus {
        let kept = self.inner.live.kept();
        let outlook = self.inner.live.outlook();
        let records = self.inner.live.records();
        let resting = self.inner.live.resting();
        // Not under the lock of the data: the key can be in a file or further away.
        let key_source = kept.key_source().unwrap_or(self.inner.key_source).name();
        kept.with(|data| SessionStatus {
            signed_in: None,
            site: data.site.clone(),
            store: kept.store().folder().display().to_string(),
            key_source,
            enrolled_at: data.enrolled_at,
            access_token_expires_at: data.access.as_ref().map(AccessToken::expires_at),
            cookies_at: data.cookies_at,
            clock_skew: self.inner.live.http().skew(),
            ends_at: outlook.ends_at,
            warning: outlook.warning,
            resting,
            records,
        })
    }

    /// Asks Amazon whether it recognises the session.
    ///
    /// # Errors
    /// Those that say nothing about the session: network, Amazon down, throttled, closed.
    pub async fn check(&self) -> Result<SessionStatus> {
        let answer = self.open_for(self.inner.live.call(Call::get(customer::USERS_ME))).await;
        let signed_in = match answer {
            Ok(answer) => {
                let customer =
                    answer.json().map(|json| Customer::of_users_me(&json)).unwrap_or_default();
                customer.id.is_some().then_some(true)
            }
            Err(error) if error.kind() == ErrorKind::SignInRequired => Some(false),
            // A dead probe is no proof of being signed out.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::UnexpectedAnswer
                ) =>
            {
                None
            }
            Err(error) => return Err(error),
        };
        Ok(SessionStatus { signed_in, ..self.status() })
    }
}
