//! What a gateway tells, as Python sees it.

use mass_alexa::gateway as core;
use mass_alexa::gateway::{StagePlayback, Wish};
use pyo3::prelude::*;
use pyo3::types::PyAny;

use crate::errors;
use crate::models::{List, to_dict, view};

view!(Stage(core::Stage) {
    serial: String = |s| s.serial.clone();
    playback: &'static str = |s| playback(s.playback);
    item: Option<String> = |s| s.item.clone();
    position: Option<f64> = |s| s.position;
    updated_at: f64 = |s| s.updated_at;
    reason: Option<String> = |s| s.reason.clone();
});

view!(SkillDevice(core::SkillDevice) {
    id: String = |d| d.id.clone();
    serial: Option<String> = |d| d.serial.clone();
    is_confirmed: bool = |d| d.is_confirmed;
    seen_at: u64 = |d| d.seen_at;
});

view!(Ask(core::Ask) {
    id: u64 = |a| a.id;
    serial: String = |a| a.serial.clone();
    wish: &'static str = |a| wish(&a.wish);
    on: Option<bool> = |a| match a.wish {
        Wish::Shuffle { on } | Wish::Repeat { on } => Some(on),
        _ => None,
    };
    item: Option<String> = |a| match &a.wish {
        Wish::Source { item } => Some(item.clone()),
        _ => None,
    };
});

/// A public address as it is used, or why it cannot be one.
#[pyfunction]
pub(crate) fn public_address(py: Python<'_>, text: &str) -> PyResult<String> {
    let address = errors::checked(py, core::settings::public_address(text))?;
    Ok(address.as_str().trim_end_matches('/').to_owned())
}

fn playback(playback: StagePlayback) -> &'static str {
    match playback {
        StagePlayback::Idle => "idle",
        StagePlayback::Starting => "starting",
        StagePlayback::Playing => "playing",
        StagePlayback::Paused => "paused",
    }
}

fn wish(wish: &Wish) -> &'static str {
    match wish {
        Wish::Resume => "resume",
        Wish::Next => "next",
        Wish::Previous => "previous",
        Wish::StartOver => "start_over",
        Wish::Stop => "stop",
        Wish::Shuffle { .. } => "shuffle",
        Wish::Repeat { .. } => "repeat",
        Wish::Source { .. } => "source",
    }
}

/// See `mass_alexa.gateway.Trouble`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Trouble(core::Trouble);

#[pymethods]
impl Trouble {
    #[getter]
    fn serial(&self) -> Option<String> {
        self.0.serial.clone()
    }

    /// The error as the class that it is raised as elsewhere.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        errors::to_python(py, &self.0.error).into_value(py).into_bound(py).into_any()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// See `mass_alexa.gateway.GatewayEvent`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct GatewayEvent(pub(crate) core::GatewayEvent);

#[pymethods]
impl GatewayEvent {
    #[getter]
    fn kind(&self) -> &'static str {
        match self.0 {
            core::GatewayEvent::Stage(_) => "stage",
            core::GatewayEvent::Ask(_) => "ask",
            core::GatewayEvent::Pairings(_) => "pairings",
            core::GatewayEvent::Trouble(_) => "trouble",
        }
    }

    #[getter]
    fn stage(&self) -> Option<Stage> {
        match &self.0 {
            core::GatewayEvent::Stage(stage) => Some(Stage(stage.clone())),
            _ => None,
        }
    }

    #[getter]
    fn ask(&self) -> Option<Ask> {
        match &self.0 {
            core::GatewayEvent::Ask(ask) => Some(Ask(ask.clone())),
            _ => None,
        }
    }

    #[getter]
    fn pairings(&self) -> Option<List<core::SkillDevice, SkillDevice>> {
        match &self.0 {
            core::GatewayEvent::Pairings(devices) => Some(List(devices.clone(), SkillDevice)),
            _ => None,
        }
    }

    #[getter]
    fn trouble(&self) -> Option<Trouble> {
        match &self.0 {
            core::GatewayEvent::Trouble(trouble) => Some(Trouble(trouble.clone())),
            _ => None,
        }
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
