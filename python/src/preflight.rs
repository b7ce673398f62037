//! The check of the whole way from an Echo to the gateway.

use std::net::SocketAddr;
use std::path::PathBuf;

use mass_alexa::Error;
use mass_alexa::error::code;
use mass_alexa::gateway::preflight::{self, Alone, Verdict};
use pyo3::prelude::*;
use pyo3::types::PyAny;

use crate::account::Account;
use crate::bridge::{awaitable, running_loop};
use crate::delivery::Mailbox;
use crate::errors;
use crate::models::{List, to_dict};
use crate::settings::Settings;

/// See `mass_alexa.preflight.Step`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Step(pub(crate) preflight::Step);

#[pymethods]
impl Step {
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name.name()
    }

    #[getter]
    fn title(&self) -> &'static str {
        self.0.name.title()
    }

    #[getter]
    fn verdict(&self) -> &'static str {
        self.0.verdict.name()
    }

    #[getter]
    fn is_broken(&self) -> bool {
        self.0.verdict == Verdict::Failed
    }

    #[getter]
    fn sentence(&self) -> &str {
        &self.0.sentence
    }

    #[getter]
    fn next_step(&self) -> Option<&str> {
        Some(self.0.next_step.as_str()).filter(|text| !text.is_empty())
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_dict(py, &self.0)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Tells steps to something callable, on the thread of the running loop.
pub(crate) fn teller(
    py: Python<'_>,
    on_step: Option<Py<PyAny>>,
) -> PyResult<impl Fn(&preflight::Step) + Send + Sync + use<>> {
    let told = match on_step {
        Some(on_step) => Some((Mailbox::of(&running_loop(py)?)?, std::sync::Arc::new(on_step))),
        None => None,
    };
    Ok(move |step: &preflight::Step| {
        if let Some((mailbox, on_step)) = &told {
            let (on_step, step) = (std::sync::Arc::clone(on_step), Step(step.clone()));
            Mailbox::put(mailbox, move |py| on_step.call1(py, (step,)).map(drop));
        }
    })
}

/// Steps on their way out.
pub(crate) fn steps(steps: Vec<preflight::Step>) -> List<preflight::Step, Step> {
    List(steps, Step)
}

/// What is known about a gateway: public address, where its name leads, id of the skill, name that
/// opens it.
type Known = (String, Option<String>, Option<String>, String);

/// Checks what can be seen without the running gateway.
#[pyfunction]
#[pyo3(signature = (known, store, settings, account=None, serial=None, on_step=None))]
pub(crate) fn check_skill<'py>(
    py: Python<'py>,
    known: Known,
    store: PathBuf,
    settings: Settings,
    account: Option<PyRef<'_, Account>>,
    serial: Option<String>,
    on_step: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (public_url, public_at, skill_id, invocation_name) = known;
    let public_at = match public_at {
        None => None,
        Some(text) => {
            let refused = || {
                let message = format!(
                    "{text} is no address with a port, such as 192.168.1.5:443 or [fd00::5]:443."
                );
                Error::new(code::BAD_SETTING, message)
            };
            let parsed = text.parse::<SocketAddr>().map_err(|_| refused());
            Some(errors::checked(py, parsed)?)
        }
    };
    let alone = Alone { public_url, public_at, skill_id, invocation_name };
    let account = account.map(|account| account.0.clone());
    let tell = teller(py, on_step)?;
    awaitable(py, async move {
        let echo = account.as_ref().zip(serial.as_deref());
        let found = preflight::check_alone(&alone, echo, &store, &settings.0, tell).await?;
        Ok(steps(found))
    })
}
