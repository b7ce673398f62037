//! `_native.SignInPage`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mass_alexa::{Site, auth};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes};

use crate::account::Account;
use crate::bridge::awaitable;
use crate::errors;
use crate::settings::Settings;

/// See `mass_alexa.SignInPage`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct SignInPage(Arc<auth::SignInPage>);

#[pymethods]
impl SignInPage {
    #[new]
    fn new(
        py: Python<'_>,
        store: PathBuf,
        site: &str,
        base_path: &str,
        settings: Settings,
    ) -> PyResult<Self> {
        let make = || auth::SignInPage::new(store, Site::parse(site)?, base_path, settings.0);
        Ok(Self(Arc::new(errors::checked(py, make())?)))
    }

    #[getter]
    fn path(&self) -> &str {
        self.0.path()
    }

    #[getter]
    fn stage(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.stage())
    }

    #[getter]
    fn until(&self, py: Python<'_>) -> Option<u64> {
        py.detach(|| self.0.until())
    }

    #[getter]
    fn report(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.report())
    }

    fn handle<'py>(
        &self,
        py: Python<'py>,
        method: String,
        path: String,
        query: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let page = Arc::clone(&self.0);
        let request = auth::PageRequest { method, path, query, headers, body: body.into() };
        awaitable(py, async move { Ok(PageResponse(page.handle(&request).await)) })
    }

    fn wait<'py>(&self, py: Python<'py>, timeout: f64) -> PyResult<Bound<'py, PyAny>> {
        let page = Arc::clone(&self.0);
        let limit = Duration::try_from_secs_f64(timeout.max(0.0)).unwrap_or(Duration::MAX);
        awaitable(py, async move { page.wait(limit).await.map(Account) })
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}

/// See `mass_alexa.PageResponse`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct PageResponse(auth::PageResponse);

#[pymethods]
impl PageResponse {
    #[getter]
    fn status(&self) -> u16 {
        self.0.status
    }

    #[getter]
    fn headers(&self) -> Vec<(String, String)> {
        self.0.headers.clone()
    }

    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.body)
    }
}
