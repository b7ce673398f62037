//! Answers without an end, each over a connection of its own.
//!
//! A connection that broke without a word would otherwise be used again by the next attempt. No
//! deadline is set on such an answer: whoever reads it watches the time.

use std::time::Duration;

use ::http::HeaderMap;

use super::http::{Http, build, checked_host, explain, shown_path};
use super::request::Request;
use crate::error::Result;
use crate::session::Jar;
use crate::site::is_push_host;

/// An answer under way. Dropping it, and its [`Line`], closes the connection.
#[derive(Debug)]
pub struct Streaming {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    response: reqwest::Response,
    line: Line,
}

/// The connection of a [`Streaming`].
#[derive(Debug, Clone)]
pub struct Line {
    client: reqwest::Client,
    host: String,
    timeout: Duration,
}

impl Http {
    /// Sends a request to a push host and gives its answer as soon as its headers are there. Past
    /// the gate: there is one stream, and it has a rhythm of its own.
    ///
    /// # Errors
    /// `foreign-host` before anything is sent, else `unreachable`, `tls` or `timeout`. HTTP errors are
    /// answers, not errors.
    pub async fn open(&self, request: Request, jar: &Jar) -> Result<Streaming> {
        let host = checked_host(&request, is_push_host)?;
        let line = Line { client: self.patient_client()?, host, timeout: self.timeout() };
        let path = shown_path(&request.url);
        let started = self.clock().now();
        let response = line.send(request, jar).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.compare_clocks(&headers, started);
        tracing::debug!(host = line.host, path, status, "stream");
        Ok(Streaming { status, headers, response, line })
    }
}

impl Streaming {
    /// The next bytes; `None` when Amazon ended the answer.
    ///
    /// # Errors
    /// `unreachable` when the connection broke.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        let chunk = self.response.chunk().await.map_err(|error| self.line.explain(error))?;
        Ok(chunk.map(|bytes| bytes.to_vec()))
    }

    /// The connection, for questions along the way.
    pub fn line(&self) -> Line {
        self.line.clone()
    }
}

impl Line {
    /// Sends a request without cookies over the connection and gives the status of the answer.
    ///
    /// # Errors
    /// As [`Http::open`].
    pub async fn ask(&self, request: Request) -> Result<u16> {
        checked_host(&request, is_push_host)?;
        let path = shown_path(&request.url);
        let status = self.send(request, &Jar::default()).await?.status().as_u16();
        tracing::debug!(host = self.host, path, status, "request along a stream");
        Ok(status)
    }

    async fn send(&self, request: Request, jar: &Jar) -> Result<reqwest::Response> {
        // No client names a language here: nothing comes back that has one.
        let (_, built) = build(&self.client, request, jar, None);
        built.send().await.map_err(|error| self.explain(error))
    }

    fn explain(&self, error: reqwest::Error) -> crate::Error {
        explain(error, &self.host, self.timeout)
    }
}
