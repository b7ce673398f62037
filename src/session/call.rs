//! One call of the API, described.

use http::Method;

use crate::net::{Body, Expect, Lane};

/// One call of the API.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) method: Method,
    /// Where to, if not to the host of the API.
    pub(super) host: Option<String>,
    pub(super) path: String,
    pub(super) body: Body,
    pub(super) expect: Expect,
    pub(super) is_repeatable: bool,
    pub(super) lane: Lane,
}

impl Call {
    /// A read that expects JSON.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            host: None,
            path: path.into(),
            body: Body::Empty,
            expect: Expect::Json,
            is_repeatable: true,
            lane: Lane::Read,
        }
    }

    /// A read that needs a body and expects JSON.
    pub fn query(path: impl Into<String>, body: Body) -> Self {
        Self { method: Method::POST, body, ..Self::get(path) }
    }

    /// A command: any answer will do, and it is sent once.
    pub fn command(method: Method, path: impl Into<String>, body: Body) -> Self {
        Self {
            method,
            host: None,
            path: path.into(),
            body,
            expect: Expect::Anything,
            is_repeatable: false,
            lane: Lane::Command,
        }
    }

    /// Sends it to another host of Amazon.
    #[must_use]
    pub fn at(mut self, host: String) -> Self {
        self.host = Some(host);
        self
    }

    /// Says that doing it twice is the same as doing it once.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }
}
