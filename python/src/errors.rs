//! Errors of the core as the classes of `mass_alexa.errors`.

use mass_alexa::{Error, ErrorKind, Result};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyAny;

static FROM_NATIVE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Name of a kind on the Python side. No wildcard: a new kind does not compile until it is here.
fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::SignInRequired => "SignInRequired",
        ErrorKind::ChallengeRequired => "ChallengeRequired",
        ErrorKind::CredentialsRejected => "CredentialsRejected",
        ErrorKind::Throttled => "Throttled",
        ErrorKind::NotControllable => "NotControllable",
        ErrorKind::DeviceOffline => "DeviceOffline",
        ErrorKind::NotFound => "NotFound",
        ErrorKind::Forbidden => "Forbidden",
        ErrorKind::AmazonUnavailable => "AmazonUnavailable",
        ErrorKind::Network => "Network",
        ErrorKind::Timeout => "Timeout",
        ErrorKind::UnexpectedPage => "UnexpectedPage",
        ErrorKind::UnexpectedAnswer => "UnexpectedAnswer",
        ErrorKind::StoreCorrupt => "StoreCorrupt",
        ErrorKind::KeyUnavailable => "KeyUnavailable",
        ErrorKind::InvalidInput => "InvalidInput",
        ErrorKind::Closed => "Closed",
    }
}

/// The Python exception of an error.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    let make = || {
        FROM_NATIVE.import(py, "mass_alexa.errors", "from_native")?.call1((
            name(error.kind()),
            error.code().id(),
            error.message(),
            error.next_step(),
            error.status(),
            error.retry_after().map(|wait| wait.as_secs_f64()),
            error.causes(),
        ))
    };
    match make() {
        Ok(exception) => PyErr::from_value(exception),
        Err(problem) => problem,
    }
}

/// A result of the core as one of Python.
pub(crate) fn checked<T>(py: Python<'_>, result: Result<T>) -> PyResult<T> {
    result.map_err(|error| to_python(py, &error))
}
