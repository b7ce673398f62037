//! What is sent.

use ::http::Method;
use ::http::header::{HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// What is sent with a request.
#[derive(Debug, Clone)]
pub enum Body {
    /// Nothing, and no content type: Amazon answers 500 otherwise (*observed*).
    Empty,
    /// A form.
    Form(Vec<(String, Secret)>),
    /// A JSON document, which may hold secrets.
    Json(Secret),
    /// Bytes that are passed on; their type is among the headers of the request.
    Raw(RawBody),
}

/// A body as somebody's browser sent it. Not printable.
#[derive(Clone)]
pub struct RawBody(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for RawBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawBody({} bytes)", self.0.len())
    }
}

impl Body {
    /// A JSON body.
    pub fn json(value: &Value) -> Self {
        Self::Json(Secret::new(value.to_string()))
    }
}

/// Which rules of politeness a request falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Sign-in pages and tokens: few, in the pace of a person, not to be starved by others.
    SignIn,
    /// Reads of the API: through the bucket of the account, and worth waiting for.
    Read,
    /// Commands: through the same bucket, but better refused than late.
    Command,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Address: https and Amazon, nothing else is sent.
    pub url: Url,
    /// Headers besides the usual ones.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Body.
    pub body: Body,
    /// Rules of politeness.
    pub lane: Lane,
}

impl Request {
    /// A request without body.
    pub fn new(method: Method, url: Url, lane: Lane) -> Self {
        Self { method, url, headers: Vec::new(), body: Body::Empty, lane }
    }

    /// Adds a body.
    #[must_use]
    pub fn with_body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Adds a header; a value that cannot be one is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// Adds a header that no library may print.
    #[must_use]
    pub fn with_secret_header(mut self, name: HeaderName, value: &Secret, prefix: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(&format!("{prefix}{}", value.expose())) {
            value.set_sensitive(true);
            self.headers.push((name, value));
        }
        self
    }
}

pub(super) fn encode(fields: &[(String, Secret)]) -> String {
    let mut encoder = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        encoder.append_pair(name, value.expose());
    }
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded_and_bodies_cannot_be_printed() {
        let fields =
            vec![("a b".to_owned(), Secret::new("c&d=e")), ("f".to_owned(), Secret::new("\u{e4}"))];
        assert_eq!(encode(&fields), "a+b=c%26d%3De&f=%C3%A4");
        let shown = format!(
            "{:?} {:?}",
            Body::Form(fields),
            Body::json(&serde_json::json!({"t": "canary"}))
        );
        assert!(!shown.contains("c&d") && !shown.contains("canary"));
        let raw = Body::Raw(RawBody(Zeroizing::new(b"canary".to_vec())));
        assert_eq!(format!("{raw:?}"), "Raw(RawBody(6 bytes))");
    }
}
