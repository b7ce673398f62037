//! The owner's skill at Amazon: `mass_alexa.skill`.

use std::path::PathBuf;

use mass_alexa::error::{Error, Result, code};
use mass_alexa::smapi::package::{self, Certificate, Package, export};
use pyo3::prelude::*;
use pyo3::types::PyAny;

use crate::bridge::awaitable;
use crate::errors;

/// What is asked of a skill, as Python hands it over: address, name, certificate, locales.
pub(crate) type Wanted = (String, String, String, Vec<String>);

pub(crate) fn packed((public_url, name, certificate, locales): &Wanted) -> Result<Package> {
    let package = Package::in_locales(public_url, name, locales)?;
    Ok(package.with_certificate(Certificate::parse(certificate)?))
}

/// What an export did.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct SkillExport(export::Export);

#[pymethods]
impl SkillExport {
    #[getter]
    fn written(&self) -> Vec<String> {
        self.0.written.clone()
    }

    #[getter]
    fn unchanged(&self) -> Vec<String> {
        self.0.unchanged.clone()
    }

    #[getter]
    fn removed(&self) -> Vec<String> {
        self.0.removed.clone()
    }
}

/// Writes the files of a skill.
#[pyfunction]
pub(crate) fn export_skill(
    py: Python<'_>,
    folder: PathBuf,
    wanted: Wanted,
    force: bool,
) -> PyResult<Bound<'_, PyAny>> {
    awaitable(py, async move {
        let work = move || packed(&wanted)?.export(&folder, force);
        let done = tokio::task::spawn_blocking(work).await.map_err(|error| {
            Error::new(code::EXPORT_FAILED, "The export was cut off.").with_source(error)
        })?;
        done.map(SkillExport)
    })
}

/// Every locale that a skill can have.
#[pyfunction]
pub(crate) fn skill_locales() -> Vec<&'static str> {
    package::LOCALES.to_vec()
}

/// What is said to open a skill by its name.
#[pyfunction]
pub(crate) fn open_phrase(py: Python<'_>, locale: &str, name: &str) -> PyResult<String> {
    let known = errors::checked(py, package::locale(locale))?;
    Ok(package::open_phrase(known, name))
}
