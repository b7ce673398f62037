//! Functions on the folder of an account: backups and the key.

use std::path::PathBuf;

use mass_alexa::error::{Error, Result, code};
use mass_alexa::session::{backup, rotate_key as rotate};
use mass_alexa::{Account as Core, Secret, Settings};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes};

use crate::bridge::awaitable;
use crate::models::AccountInfo;

/// A copy of the session of a store, sealed with a passphrase.
#[pyfunction]
pub(crate) fn export_session(
    py: Python<'_>,
    store: PathBuf,
    passphrase: String,
) -> PyResult<Bound<'_, PyAny>> {
    let passphrase = Secret::new(passphrase);
    awaitable(
        py,
        async move { blocking(move || backup::export(&store, &passphrase)).await.map(Bytes) },
    )
}

/// Puts such a copy into a store, and tells whose it is.
#[pyfunction]
pub(crate) fn import_session<'py>(
    py: Python<'py>,
    store: PathBuf,
    data: Vec<u8>,
    passphrase: String,
    replace: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let passphrase = Secret::new(passphrase);
    awaitable(py, async move {
        let folder = store.clone();
        blocking(move || backup::import(&folder, &data, &passphrase, replace)).await?;
        Core::open(&store, &Settings::default()).await.map(|account| AccountInfo(account.info()))
    })
}

/// Seals the session of a store with a new key; where that key is now.
#[pyfunction]
pub(crate) fn rotate_key(py: Python<'_>, store: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    awaitable(py, async move { blocking(move || rotate(&store)).await.map(|source| source.name()) })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Error::new(code::STORE_WRITE, "The work on the store was cut off.").with_source(error)
    })?
}

struct Bytes(Vec<u8>);

impl<'py> IntoPyObject<'py> for Bytes {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        PyBytes::new(py, &self.0).into_bound_py_any(py)
    }
}
