//! What all ways to sign in share: one virtual device, one jar, and the end of it all.

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use url::Url;

use super::authorize::{self, Landing};
use super::entrance::Entrance;
use super::identity::{Fresh, Installation};
use super::settlement::Settlement;
use super::stage::Stage;
use super::trail::Trail;
use crate::account::Account;
use crate::clock::Clock;
use crate::error::{Error, Result, code};
use crate::net::Http;
use crate::secret::Secret;
use crate::session::jar::CookieRecord;
use crate::session::{Jar, Store, records};
use crate::settings::Settings;
use crate::site::Site;

/// Seconds that our clock may be off without a word: a code is good for 30 (*chosen*).
const TOLERATED_SKEW: u64 = 20;

/// One attempt to sign in. Nothing is sent or written by making one.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) http: Arc<Http>,
    /// The cookies of this attempt; no other sees them.
    pub(super) jar: Arc<Jar>,
    pub(super) store: Store,
    /// The site that was chosen; Amazon may know better.
    pub(super) site: Site,
    pub(super) entrance: Entrance,
    pub(super) installation: Installation,
    pub(super) fresh: Fresh,
    pub(super) stage: Stage,
    pub(super) trail: Trail,
}

impl Attempt {
    /// Prepares an attempt for the account of `folder`.
    ///
    /// # Errors
    /// `bad-setting`, also for a folder that holds other things.
    pub(super) fn new(
        folder: &Path,
        site: Site,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let store = Store::new(folder);
        store.check_folder()?;
        let attempt = Self {
            http: Arc::new(Http::new(settings, clock)?),
            jar: Arc::default(),
            installation: store.installation(),
            store,
            site,
            entrance: Entrance::of(site),
            fresh: Fresh::generate(),
            stage: Stage::default(),
            trail: Trail::default(),
        };
        attempt.put_cookies();
        Ok(attempt)
    }

    /// Starts over somewhere else, or with a new verifier at the same place. The jar is emptied:
    /// what one portal set does not belong to the next.
    pub(super) fn restart(&mut self, entrance: Entrance) {
        self.entrance = entrance;
        self.fresh = Fresh::generate();
        self.jar = Arc::default();
        self.put_cookies();
    }

    /// The address of the first page.
    ///
    /// # Errors
    /// None in practice; the hosts come from the site table.
    pub(super) fn sign_in_url(&self) -> Result<Url> {
        authorize::sign_in_url(&self.entrance, &self.installation, &self.fresh)
    }

    /// What an address that Amazon redirects to means.
    ///
    /// # Errors
    /// As [`authorize::landing`].
    pub(super) fn landing(&self, url: &Url) -> Result<Landing> {
        authorize::landing(url, &self.entrance)
    }

    /// What the person should know although the sign-in goes on: a clock that is off.
    pub(super) fn warning(&self) -> Option<String> {
        let skew = self.http.skew().filter(|skew| skew.unsigned_abs() >= TOLERATED_SKEW)?;
        let side = if skew > 0 { "behind" } else { "ahead of" };
        Some(format!(
            "The clock of this machine is {} seconds {side} Amazon's. Codes are made by Amazon's \
             time, so the sign-in works, but set the clock.",
            skew.unsigned_abs()
        ))
    }

    /// Registers and settles on a task of its own: a caller that goes away must not leave half a
    /// registration.
    ///
    /// # Errors
    /// Those of the registration and of saving; `closed` when it was cut off.
    pub(super) async fn settle(&self, code: Secret) -> Result<Account> {
        let abandoned = CancellationToken::new();
        let guard = abandoned.clone().drop_guard();
        let settlement = Settlement {
            http: Arc::clone(&self.http),
            jar: Arc::clone(&self.jar),
            store: self.store.clone(),
            site: self.site,
            portal: self.entrance.portal,
            installation: self.installation.clone(),
            fresh: self.fresh.clone(),
            stage: self.stage.clone(),
            trail: self.trail.clone(),
            abandoned,
        };
        let account = tokio::spawn(settlement.run(code)).await.map_err(|error| {
            Error::new(code::CLOSED, "The sign-in was cut off.").with_source(error)
        })?;
        guard.disarm();
        account
    }

    /// Counts how an attempt ended that got no code: with the code of the error.
    pub(super) async fn note_outcome(&self, outcome: &'static str) {
        records::note(&self.store, outcome, self.http.now()).await;
    }

    /// Public clients found that these spare most captchas.
    fn put_cookies(&self) {
        let domain = format!(".{}", self.entrance.portal.domain());
        for (name, value) in [
            ("amzn-app-id", "MAPiOSLib/6.0/ToHideRetailLink"),
            ("frc", self.fresh.frc.expose()),
            ("map-md", &self.fresh.map_md),
        ] {
            self.jar.put(&CookieRecord::new(name, value, &domain));
        }
    }
}
