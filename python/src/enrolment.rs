//! `_native.Enrolment`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex as Lock, PoisonError};

use mass_alexa::auth::{Progress, Stage, Trail};
use mass_alexa::error::{Error, code};
use mass_alexa::{Secret, Site, auth};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyAny;
use tokio::sync::{Mutex, TryLockError};
use tokio_util::sync::CancellationToken;

use crate::account::Account;
use crate::bridge::awaitable;
use crate::errors;
use crate::models::Question;
use crate::settings::Settings;

/// See `mass_alexa.Account.enrol`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Enrolment {
    /// `None` once it is over.
    inner: Arc<Mutex<Option<auth::Enrolment>>>,
    stage: Stage,
    trail: Trail,
    warning: Arc<Lock<Option<String>>>,
    abandoned: CancellationToken,
}

#[pymethods]
impl Enrolment {
    #[staticmethod]
    #[pyo3(signature = (store, site, email, password, otp, settings))]
    fn begin(
        py: Python<'_>,
        store: PathBuf,
        site: &str,
        email: String,
        password: String,
        otp: Option<String>,
        settings: Settings,
    ) -> PyResult<Self> {
        let otp = otp.map(Secret::new);
        let begin = || {
            let site = Site::parse(site)?;
            auth::Enrolment::new(
                &store,
                site,
                Secret::new(email),
                Secret::new(password),
                otp.as_ref(),
                &settings.0,
            )
        };
        let enrolment = errors::checked(py, begin())?;
        Ok(Self {
            stage: enrolment.stage(),
            trail: enrolment.trail(),
            warning: Arc::default(),
            inner: Arc::new(Mutex::new(Some(enrolment))),
            abandoned: CancellationToken::new(),
        })
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

    #[getter]
    fn warning(&self, py: Python<'_>) -> Option<String> {
        py.detach(|| self.warning.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    #[pyo3(signature = (answer=None))]
    fn advance<'py>(&self, py: Python<'py>, answer: Option<String>) -> PyResult<Bound<'py, PyAny>> {
        let (inner, warning) = (Arc::clone(&self.inner), Arc::clone(&self.warning));
        let abandoned = self.abandoned.clone();
        let answer = answer.map(Secret::new);
        awaitable(py, async move {
            let mut inner = inner.try_lock_owned().map_err(busy)?;
            // Taken out, so that an attempt that fails or is cancelled cannot be gone on with.
            let mut enrolment = inner.take().ok_or_else(over)?;
            let progress = tokio::select! {
                biased;
                () = abandoned.cancelled() => return Err(over()),
                progress = enrolment.advance(answer) => progress,
            };
            *warning.lock().unwrap_or_else(PoisonError::into_inner) = enrolment.warning();
            let progress = progress?;
            if matches!(progress, Progress::Question(_)) {
                *inner = Some(enrolment);
            }
            Ok(Advanced(progress))
        })
    }

    fn abandon<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let inner = Arc::clone(&self.inner);
        self.abandoned.cancel();
        awaitable(py, async move {
            inner.lock().await.take();
            Ok(())
        })
    }
}

/// For a step that begins while another one goes on.
pub(crate) fn busy(_: TryLockError) -> Error {
    Error::new(code::SIGN_IN_BUSY, "This sign-in is under way already.")
}

/// For a step that comes after the end.
pub(crate) fn over() -> Error {
    Error::new(code::CLOSED, "This sign-in is over.").with_next_step("Begin a new one.")
}

struct Advanced(Progress);

impl<'py> IntoPyObject<'py> for Advanced {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        match self.0 {
            Progress::Question(question) => Question(question).into_bound_py_any(py),
            Progress::Done(account) => Account(account).into_bound_py_any(py),
        }
    }
}
