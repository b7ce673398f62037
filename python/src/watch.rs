//! `_native.Watch`: what changes, as an asynchronous iterator.

use std::sync::Arc;

use mass_alexa as core;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyAny;
use serde_json::json;

use crate::following::{Following, Source};
use crate::models::{Device, Links, List, PlayerState, to_dict};

/// See `mass_alexa.Watch`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Watch(Arc<Following<core::Watch>>);

impl Watch {
    pub(crate) fn new(watch: core::Watch) -> Self {
        Self(Following::new(watch))
    }
}

#[pymethods]
impl Watch {
    fn __aiter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.wait(py)
    }

    fn close(&self, py: Python<'_>) {
        self.0.close(py);
    }
}

impl Source for core::Watch {
    type News = core::Change;

    async fn next(&self) -> Option<core::Change> {
        core::Watch::next(self).await
    }

    fn close(&self) {
        core::Watch::close(self);
    }

    fn show(py: Python<'_>, news: core::Change) -> PyResult<Bound<'_, PyAny>> {
        Change(news).into_bound_py_any(py)
    }
}

/// See `mass_alexa.Change`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Change(core::Change);

#[pymethods]
impl Change {
    #[getter]
    fn kind(&self) -> &'static str {
        match self.0 {
            core::Change::Player(_) => "player",
            core::Change::Devices(_) => "devices",
            core::Change::Links(_) => "links",
        }
    }

    #[getter]
    fn player(&self) -> Option<PlayerState> {
        match &self.0 {
            core::Change::Player(state) => Some(PlayerState(state.clone())),
            _ => None,
        }
    }

    #[getter]
    fn devices(&self) -> Option<List<Arc<core::Device>, Device>> {
        match &self.0 {
            core::Change::Devices(devices) => Some(List(devices.clone(), Device)),
            _ => None,
        }
    }

    #[getter]
    fn links(&self) -> Option<Links> {
        match &self.0 {
            core::Change::Links(links) => Some(Links(links.clone())),
            _ => None,
        }
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let kind = self.kind();
        match &self.0 {
            core::Change::Player(state) => to_dict(py, &json!({ "kind": kind, kind: state })),
            core::Change::Devices(list) => to_dict(py, &json!({ "kind": kind, kind: list })),
            core::Change::Links(links) => to_dict(py, &json!({ "kind": kind, kind: links })),
        }
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
