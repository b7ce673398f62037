//! One request as the handlers see it: read whole, with the lookups they need.

use axum::body::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::sites::{Role, Site};

/// A request with its body.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) host: String,
    pub(crate) role: Role,
    pub(crate) site: &'static Site,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The text of a header, if it is there once or more and readable.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// A cookie's value without surrounding quotes: some clients quote values, some do not.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies().into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// Every cookie in the order sent, over all `Cookie` headers (HTTP/2 may split them).
    pub(crate) fn cookies(&self) -> Vec<(String, String)> {
        self.headers
            .get_all(http::header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| {
                let value: String = value.chars().filter(|c| !matches!(c, '"' | '\\')).collect();
                (name.to_owned(), value)
            })
            .collect()
    }

    /// The bearer token of the `Authorization` header. The bare token counts too: one client
    /// sends it so.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let text = self.header("authorization")?;
        Some(text.strip_prefix("Bearer ").unwrap_or(text).trim())
    }

    /// The form fields of a urlencoded body.
    pub(crate) fn form(&self) -> Fields {
        Fields::parse(&self.body)
    }

    /// The query parameters.
    pub(crate) fn query(&self) -> Fields {
        Fields::parse(self.query.as_bytes())
    }

    /// The JSON body; `Null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The path's segments.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.trim_matches('/').split('/').collect()
    }
}

/// Decoded name and value pairs of a query or form.
#[derive(Debug, Default, Clone)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse(bytes: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The pairs of a query.
    pub(crate) fn of_query(query: &str) -> Self {
        Self::parse(query.as_bytes())
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first value of a name, empty when missing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

/// Text at a JSON pointer; empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
