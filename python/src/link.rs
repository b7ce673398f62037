//! `_native.LinkSignIn`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex as Lock, PoisonError};

use mass_alexa::auth::{self, Stage, Trail};
use mass_alexa::{Secret, Site};
use pyo3::prelude::*;
use pyo3::types::PyAny;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::account::Account;
use crate::bridge::awaitable;
use crate::enrolment::{busy, over};
use crate::errors;
use crate::settings::Settings;

/// See `mass_alexa.Account.sign_in_by_link`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct LinkSignIn {
    inner: Arc<Mutex<auth::LinkSignIn>>,
    /// The link of now, readable while an address is being used.
    url: Arc<Lock<String>>,
    stage: Stage,
    trail: Trail,
    abandoned: CancellationToken,
}

#[pymethods]
impl LinkSignIn {
    #[staticmethod]
    fn begin(py: Python<'_>, store: PathBuf, site: &str, settings: Settings) -> PyResult<Self> {
        let begin = || auth::LinkSignIn::new(&store, Site::parse(site)?, &settings.0);
        let link = errors::checked(py, begin())?;
        Ok(Self {
            url: Arc::new(Lock::new(link.url().to_owned())),
            stage: link.stage(),
            trail: link.trail(),
            inner: Arc::new(Mutex::new(link)),
            abandoned: CancellationToken::new(),
        })
    }

    #[getter]
    fn url(&self, py: Python<'_>) -> String {
        py.detach(|| self.url.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    #[getter]
    fn stage(&self, py: Python<'_>) -> String {
        py.detach(|| self.stage.get())
    }

    #[getter]
    fn until(&self, py: Python<'_>) -> Option<u64> {
        py.detach(|| self.stage.until())
    }

    #[getter]
    fn report(&self, py: Python<'_>) -> String {
        py.detach(|| self.trail.report())
    }

    fn finish<'py>(&self, py: Python<'py>, address: String) -> PyResult<Bound<'py, PyAny>> {
        let (inner, url) = (Arc::clone(&self.inner), Arc::clone(&self.url));
        let abandoned = self.abandoned.clone();
        let address = Secret::new(address);
        awaitable(py, async move {
            let mut link = inner.try_lock_owned().map_err(busy)?;
            let result = tokio::select! {
                biased;
                () = abandoned.cancelled() => Err(over()),
                result = link.finish(&address) => result,
            };
            link.url().clone_into(&mut url.lock().unwrap_or_else(PoisonError::into_inner));
            result.map(Account)
        })
    }

    fn abandon<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let inner = Arc::clone(&self.inner);
        self.abandoned.cancel();
        awaitable(py, async move {
            // Whatever was under way has ended when the lock is free.
            drop(inner.lock().await);
            Ok(())
        })
    }
}
