//! What Amazon remembers of signed-in clients: registrations, tokens, cookies, codes.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::sites::Site;
use crate::state::State;

/// A device that a client registered for itself.
#[derive(Debug, Clone, Serialize)]
pub struct RegistrationView {
    /// Serial number the client chose.
    pub serial: String,
    /// Application name of the registration.
    pub app_name: String,
    /// Name after Amazon filled in the template.
    pub device_name: String,
    /// False after deregistration.
    pub registered: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) view: RegistrationView,
    pub(crate) refresh_token: String,
}

#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) serial: String,
    /// From a registration, and so from an interactive sign-in; not from a refresh.
    pub(crate) fresh: bool,
    pub(crate) expires_s: u64,
}

/// A website session; its key is the value of the `at-` cookie.
#[derive(Debug, Clone)]
pub(crate) struct WebSession {
    pub(crate) domain: &'static str,
    pub(crate) serial: Option<String>,
    pub(crate) expires_s: u64,
}

/// An authorization code from the end of a sign-in.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationCode {
    pub(crate) client_id: String,
    pub(crate) challenge: String,
    pub(crate) expires_s: u64,
}

/// Everything that proves a sign-in.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    pub(crate) registrations: Vec<Registration>,
    pub(crate) access_tokens: HashMap<String, AccessToken>,
    pub(crate) web: HashMap<String, WebSession>,
    pub(crate) codes: HashMap<String, AuthorizationCode>,
    pub(crate) csrf: Vec<String>,
    /// Serials of the registrations that declared their capabilities.
    pub(crate) capable: HashSet<String>,
}

impl Sessions {
    /// The live registration of a refresh token.
    pub(crate) fn by_refresh_token(&self, token: &str) -> Option<&Registration> {
        self.registrations.iter().find(|r| r.view.registered && r.refresh_token == token)
    }

    /// Ends a registration. Refresh token and cookies die at once, access tokens live on until
    /// they expire (field report of another client of the same service).
    pub(crate) fn deregister(&mut self, serial: &str) {
        for registration in &mut self.registrations {
            if registration.view.serial == serial {
                registration.view.registered = false;
            }
        }
        self.web.retain(|_, session| session.serial.as_deref() != Some(serial));
        self.capable.remove(serial);
    }
}

/// A website cookie as register and exchange answers carry it.
#[derive(Debug, Clone)]
pub(crate) struct WebCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) http_only: bool,
}

impl State {
    /// A new access token of a registration.
    pub(crate) fn issue_access_token(&mut self, serial: &str, fresh: bool) -> String {
        let token = self.mint("Atna|");
        let expires_s = self.clock.now_s() + self.knobs.access_token_seconds;
        let entry = AccessToken { serial: serial.to_owned(), fresh, expires_s };
        self.sessions.access_tokens.insert(token.clone(), entry);
        token
    }

    /// The serial of a valid access token.
    pub(crate) fn token_serial(&self, token: Option<&str>) -> Option<String> {
        let entry = self.sessions.access_tokens.get(token?)?;
        (entry.expires_s > self.clock.now_s()).then(|| entry.serial.clone())
    }

    /// A new website session: the cookies seen in field reports, some with quoted values.
    pub(crate) fn issue_web_cookies(
        &mut self,
        site: &'static Site,
        serial: Option<&str>,
    ) -> Vec<WebCookie> {
        let at = self.mint("Atza|");
        let session = WebSession {
            domain: site.domain,
            serial: serial.map(str::to_owned),
            expires_s: self.clock.now_s() + self.knobs.cookie_seconds,
        };
        self.sessions.web.insert(at.clone(), session);
        let suffix = site.suffix;
        let session_id = self.mint("260-");
        let ubid = self.mint("258-");
        let quoted = |text: String| format!("\"{text}\"");
        let session_token = quoted(self.mint("st/"));
        let x = quoted(self.mint("x@"));
        let sess_at = quoted(self.mint("sat+"));
        let cookie =
            |name: String, value: String, http_only: bool| WebCookie { name, value, http_only };
        vec![
            cookie("session-id".to_owned(), session_id, false),
            cookie(format!("ubid-{suffix}"), ubid, false),
            cookie("session-token".to_owned(), session_token, false),
            cookie(format!("x-{suffix}"), x, false),
            cookie(format!("at-{suffix}"), at, true),
            cookie(format!("sess-at-{suffix}"), sess_at, true),
        ]
    }

    /// Whether an `at-` cookie value is a live session of a site; of any site when `site` is none.
    pub(crate) fn web_session_valid(&self, at: &str, site: Option<&'static Site>) -> bool {
        self.sessions.web.get(at).is_some_and(|session| {
            session.expires_s > self.clock.now_s()
                && site.is_none_or(|site| site.domain == session.domain)
        })
    }

    /// A csrf value: a signed integer as text (observed with three clients).
    pub(crate) fn issue_csrf(&mut self) -> String {
        let number = self.random_number() % 1_900_000_000 + 100_000_000;
        let value = format!("-{number}");
        self.sessions.csrf.push(value.clone());
        self.secrets.push(value.clone());
        value
    }
}
