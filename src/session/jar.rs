//! Cookies, each with its domain: none ever goes to a host it does not belong to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cookie::Cookie as RawCookie;
use cookie::time::OffsetDateTime;
use cookie_store::{CookieDomain, CookieExpiration, CookieStore};
use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::secret::Secret;
use crate::site::is_amazon_host;

/// One cookie as it is kept in the session file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieRecord {
    /// Its name.
    pub name: String,
    /// Its value, without the quotes that Amazon wraps some in.
    pub value: Secret,
    /// Domain, with a leading dot unless only that very host gets it.
    pub domain: String,
    /// Path below which it is sent.
    pub path: String,
    /// Whether it is sent over TLS only.
    pub secure: bool,
    /// Unix seconds of its end; `None` while the session lasts.
    pub expires: Option<i64>,
}

impl CookieRecord {
    /// A cookie for a whole domain such as `.amazon.de`.
    pub fn new(name: &str, value: &str, domain: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: Secret::new(unquoted(value)),
            domain: domain.to_owned(),
            path: "/".to_owned(),
            secure: true,
            expires: None,
        }
    }

    /// Reads the objects of register and exchange answers: `Name`, `Value` and, at times, `Path`.
    /// They are sent over TLS only, whatever `Secure` says. Their `Expires` lies decades ahead (*observed*) and says nothing about how
    /// long Amazon honours the cookie, so it is not kept.
    pub fn of_amazon(cookie: &Value, domain: &str) -> Option<Self> {
        let text = |name: &str| cookie.get(name).and_then(Value::as_str);
        let name = text("Name").filter(|name| !name.is_empty())?;
        let mut record = Self::new(name, text("Value")?, domain);
        if let Some(path) = text("Path").filter(|path| path.starts_with('/')) {
            record.path = path.to_owned();
        }
        Some(record)
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}

/// The cookies of one session. Shared by reference; locks are held for moments only.
#[derive(Default)]
pub struct Jar(Mutex<CookieStore>);

impl std::fmt::Debug for Jar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jar({} cookies)", self.lock().iter_any().count())
    }
}

impl Jar {
    /// A jar with these cookies.
    pub fn from_records(records: &[CookieRecord]) -> Self {
        let jar = Self::default();
        for record in records {
            jar.put(record);
        }
        jar
    }

    /// Adds or replaces one cookie. Cookies of hosts that are not Amazon's are dropped.
    pub fn put(&self, record: &CookieRecord) {
        let host = record.domain.trim_start_matches('.');
        if !is_amazon_host(host) {
            return;
        }
        let Ok(url) = Url::parse(&format!("https://{host}{}", record.path)) else {
            return;
        };
        let mut raw = RawCookie::build((record.name.clone(), record.value.expose().to_owned()))
            .path(record.path.clone())
            .secure(record.secure)
            .build();
        if record.domain.starts_with('.') {
            raw.set_domain(host.to_owned());
        }
        if let Some(end) =
            record.expires.and_then(|end| OffsetDateTime::from_unix_timestamp(end).ok())
        {
            raw.set_expires(end);
        }
        // A cookie that the store refuses is one that could never be sent.
        let _ = self.lock().insert_raw(&raw, &url);
    }

    /// Takes over the `Set-Cookie` headers of an answer. One odd cookie never drops the rest.
    pub fn learn(&self, url: &Url, headers: &HeaderMap) {
        let mut store = self.lock();
        for header in headers.get_all(SET_COOKIE) {
            let Ok(text) = std::str::from_utf8(header.as_bytes()) else {
                continue;
            };
            let Ok(mut cookie) = RawCookie::parse(text) else {
                continue;
            };
            let value = unquoted(cookie.value()).to_owned();
            cookie.set_value(value);
            if cookie.domain().is_none_or(|domain| is_amazon_host(domain.trim_start_matches('.'))) {
                let _ = store.insert_raw(&cookie, url);
            }
        }
    }

    /// The `Cookie` header for a request, marked so that no library prints it.
    pub fn header(&self, url: &Url) -> Option<HeaderValue> {
        let store = self.lock();
        // A value that cannot stand in a header must not cost the others.
        let pairs: Vec<_> = store
            .get_request_values(url)
            .map(|(name, value)| format!("{name}={value}"))
            .filter(|pair| HeaderValue::from_str(pair).is_ok())
            .collect();
        let mut header = HeaderValue::from_str(&pairs.join("; ")).ok()?;
        header.set_sensitive(true);
        (!pairs.is_empty()).then_some(header)
    }

    /// The value of a cookie that would be sent to `url`.
    pub fn value(&self, url: &Url, name: &str) -> Option<Secret> {
        let store = self.lock();
        store.get_request_values(url).find(|(other, _)| *other == name).map(|(_, v)| Secret::new(v))
    }

    /// Drops a cookie wherever it would be sent to `url`.
    pub fn forget(&self, url: &Url, name: &str) {
        let mut store = self.lock();
        let keys: Vec<_> = store
            .matches(url)
            .into_iter()
            .filter(|cookie| cookie.name() == name)
            .map(|cookie| (String::from(&cookie.domain), String::from(&cookie.path)))
            .collect();
        for (domain, path) in keys {
            store.remove(&domain, &path, name);
        }
    }

    /// All cookies that have not expired, for the session file.
    pub fn records(&self) -> Vec<CookieRecord> {
        let store = self.lock();
        store
            .iter_unexpired()
            .filter_map(|cookie| {
                let domain = match &cookie.domain {
                    CookieDomain::Suffix(domain) => format!(".{domain}"),
                    CookieDomain::HostOnly(host) => host.clone(),
                    CookieDomain::NotPresent | CookieDomain::Empty => return None,
                };
                Some(CookieRecord {
                    name: cookie.name().to_owned(),
                    value: Secret::new(cookie.value()),
                    domain,
                    path: String::from(&cookie.path),
                    secure: cookie.secure().unwrap_or_default(),
                    expires: match &cookie.expires {
                        CookieExpiration::AtUtc(end) => Some(end.unix_timestamp()),
                        CookieExpiration::SessionEnd => None,
                    },
                })
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, CookieStore> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "jar_tests.rs"]
mod tests;
