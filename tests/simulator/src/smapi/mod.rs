//! The side for developers: Login with Amazon and the Alexa Skill Management API.
//!
//! Paths and shapes as *documented* in Amazon's published models (2023-08); what was *observed* in
//! use is said where it matters: creations succeed at once and are judged later, a manifest that is
//! being checked cannot be changed. The times of checks and builds are chosen and can be set.

mod checks;
mod consent;
mod drafts;
mod routes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::consent::{Code, Token};
pub(crate) use self::consent::{ask, tokens};
use self::drafts::Draft;
pub(crate) use self::routes::route;
use crate::state::{State, random_hex};

/// Client id of the one security profile.
pub const CLIENT_ID: &str = "amzn1.application-oa2-client.5f0d3a7c1e2b4968a1b2c3d4e5f60718";
/// The return URL that is allowed at first.
pub const RETURN_URL: &str = "http://127.0.0.1:9090/cb";
/// The one developer organisation there is at first.
pub const VENDOR: &str = "M1SIMULATED0";

/// A developer organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The developer as a test sees it.
#[derive(Debug, Clone, Serialize)]
pub struct DeveloperView {
    /// Client id of the security profile.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Return URLs it allows.
    pub return_urls: Vec<String>,
    /// Organisations of the developer.
    pub vendors: Vec<Vendor>,
    /// Whether the owner gives the consent.
    pub consents: bool,
    /// Seconds that the check of a manifest takes.
    pub check_seconds: u64,
    /// Seconds that the build of a model takes.
    pub build_seconds: u64,
    /// What is refused, by `manifest` or locale, with the words for it.
    pub refusals: BTreeMap<String, String>,
    /// Manifests and models sent since the start, by skill id: `manifest` or locale each time.
    pub sent: BTreeMap<String, Vec<String>>,
    /// Skills made since the start.
    pub made: u32,
}

/// A change of the developer; what is missing stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeveloperPatch {
    /// See [`DeveloperView::return_urls`].
    pub return_urls: Option<Vec<String>>,
    /// See [`DeveloperView::vendors`].
    pub vendors: Option<Vec<Vendor>>,
    /// See [`DeveloperView::consents`].
    pub consents: Option<bool>,
    /// See [`DeveloperView::check_seconds`].
    pub check_seconds: Option<u64>,
    /// See [`DeveloperView::build_seconds`].
    pub build_seconds: Option<u64>,
    /// See [`DeveloperView::refusals`].
    pub refusals: Option<BTreeMap<String, String>>,
    /// Takes every consent back.
    pub revoked: bool,
    /// Ends every access token.
    pub expired: bool,
}

/// Everything about developers.
#[derive(Debug)]
pub(crate) struct Desk {
    client_secret: String,
    return_urls: Vec<String>,
    vendors: Vec<Vendor>,
    consents: bool,
    check_ms: i64,
    build_ms: i64,
    refusals: BTreeMap<String, String>,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Token>,
    /// Scopes by refresh token.
    refresh: BTreeMap<String, String>,
    drafts: BTreeMap<String, Draft>,
    sent: BTreeMap<String, Vec<String>>,
    made: u32,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            client_secret: format!("amzn1.oa2-cs.v1.canary-{}", random_hex()),
            return_urls: vec![RETURN_URL.to_owned()],
            vendors: vec![Vendor { id: VENDOR.to_owned(), name: "Garden Software".to_owned() }],
            consents: true,
            check_ms: 2_000,
            build_ms: 20_000,
            refusals: BTreeMap::new(),
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            drafts: BTreeMap::new(),
            sent: BTreeMap::new(),
            made: 0,
        }
    }

    /// What must not be in any log.
    pub(crate) fn client_secret(&self) -> &str {
        &self.client_secret
    }

    pub(crate) fn view(&self) -> DeveloperView {
        let seconds = |ms: i64| u64::try_from(ms / 1_000).unwrap_or(0);
        DeveloperView {
            client_id: CLIENT_ID.to_owned(),
            client_secret: self.client_secret.clone(),
            return_urls: self.return_urls.clone(),
            vendors: self.vendors.clone(),
            consents: self.consents,
            check_seconds: seconds(self.check_ms),
            build_seconds: seconds(self.build_ms),
            refusals: self.refusals.clone(),
            sent: self.sent.clone(),
            made: self.made,
        }
    }
}

impl State {
    /// Changes what a test can change about the developer.
    pub(crate) fn patch_developer(&mut self, patch: DeveloperPatch) {
        let desk = &mut self.smapi;
        let ms = |seconds: u64| i64::try_from(seconds).unwrap_or(0).saturating_mul(1_000);
        desk.return_urls = patch.return_urls.unwrap_or_else(|| desk.return_urls.clone());
        desk.vendors = patch.vendors.unwrap_or_else(|| desk.vendors.clone());
        desk.refusals = patch.refusals.unwrap_or_else(|| desk.refusals.clone());
        desk.consents = patch.consents.unwrap_or(desk.consents);
        desk.check_ms = patch.check_seconds.map_or(desk.check_ms, ms);
        desk.build_ms = patch.build_seconds.map_or(desk.build_ms, ms);
        if patch.revoked {
            desk.refresh.clear();
        }
        if patch.revoked || patch.expired {
            desk.access.clear();
        }
    }
}
