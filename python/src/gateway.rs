//! `_native.Gateway`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mass_alexa::error::{Error, code};
use mass_alexa::gateway as core;
use mass_alexa::gateway::TlsFiles;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyAny;

use crate::account::Account;
use crate::bridge::{self, awaitable};
use crate::errors;
use crate::following::{Following, Source};
use crate::gateway_events::{GatewayEvent, SkillDevice, Stage};
use crate::models::{List, to_dict};
use crate::preflight;
use crate::settings::Settings;

/// See `mass_alexa.gateway.Gateway`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Gateway(core::Gateway);

type Awaitable<'py> = PyResult<Bound<'py, PyAny>>;

#[pymethods]
impl Gateway {
    #[staticmethod]
    fn start<'py>(
        py: Python<'py>,
        account: &Account,
        settings: GatewaySettings,
        reach: Settings,
    ) -> Awaitable<'py> {
        let account = account.0.clone();
        awaitable(py, async move {
            core::Gateway::start(&account, settings.0, &reach.0).await.map(Gateway)
        })
    }

    #[getter]
    fn address(&self) -> String {
        self.0.address().to_string()
    }

    fn watch(&self, py: Python<'_>) -> PyResult<GatewayWatch> {
        self.inside(py, |gateway| GatewayWatch(Following::new(gateway.watch())))
    }

    fn play<'py>(&self, py: Python<'py>, serial: String, item: Item) -> Awaitable<'py> {
        let gateway = self.0.clone();
        awaitable(py, async move { gateway.play(&serial, item.0).await })
    }

    fn enqueue(&self, py: Python<'_>, serial: &str, item: Option<Item>) -> PyResult<()> {
        self.inside(py, |gateway| gateway.enqueue(serial, item.map(|item| item.0)))
    }

    fn pause<'py>(&self, py: Python<'py>, serial: String) -> Awaitable<'py> {
        let gateway = self.0.clone();
        awaitable(py, async move { gateway.pause(&serial).await })
    }

    fn resume<'py>(&self, py: Python<'py>, serial: String) -> Awaitable<'py> {
        let gateway = self.0.clone();
        awaitable(py, async move { gateway.resume(&serial).await })
    }

    fn stop<'py>(&self, py: Python<'py>, serial: String) -> Awaitable<'py> {
        let gateway = self.0.clone();
        awaitable(py, async move { gateway.stop(&serial).await })
    }

    fn announce<'py>(&self, py: Python<'py>, serial: String, item: Item) -> Awaitable<'py> {
        let gateway = self.0.clone();
        awaitable(py, async move { gateway.announce(&serial, item.0).await })
    }

    #[pyo3(signature = (ask_id, problem=None))]
    fn answer(&self, py: Python<'_>, ask_id: u64, problem: Option<String>) -> PyResult<()> {
        self.inside(py, |gateway| gateway.answer(ask_id, problem))
    }

    fn provide(&self, py: Python<'_>, ask_id: u64, item: Option<Item>) -> PyResult<()> {
        self.inside(py, |gateway| gateway.provide(ask_id, item.map(|item| item.0)))
    }

    fn stage(&self, py: Python<'_>, serial: &str) -> Option<Stage> {
        py.detach(|| self.0.stage(serial)).map(Stage)
    }

    fn stages(&self, py: Python<'_>) -> List<core::Stage, Stage> {
        List(py.detach(|| self.0.stages()), Stage)
    }

    fn pairings(&self, py: Python<'_>) -> List<core::SkillDevice, SkillDevice> {
        List(py.detach(|| self.0.pairings()), SkillDevice)
    }

    fn pair(&self, py: Python<'_>, device_id: &str, serial: Option<&str>) -> PyResult<bool> {
        self.inside(py, |gateway| gateway.pair(device_id, serial))
    }

    fn facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_dict(py, &py.detach(|| self.0.facts()))
    }

    #[pyo3(signature = (serial=None, on_step=None))]
    fn check<'py>(
        &self,
        py: Python<'py>,
        serial: Option<String>,
        on_step: Option<Py<PyAny>>,
    ) -> Awaitable<'py> {
        let gateway = self.0.clone();
        let tell = preflight::teller(py, on_step)?;
        awaitable(
            py,
            async move { gateway.check(serial.as_deref(), tell).await.map(preflight::steps) },
        )
    }

    fn close<'py>(&self, py: Python<'py>) -> Awaitable<'py> {
        let gateway = self.0.clone();
        awaitable(py, async move {
            gateway.close().await;
            Ok(())
        })
    }
}

impl Gateway {
    /// Calls something that may begin work in the background.
    fn inside<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&core::Gateway) -> T + Send,
    ) -> PyResult<T> {
        let runtime = bridge::handle(py)?;
        Ok(py.detach(|| {
            let _inside = runtime.enter();
            call(&self.0)
        }))
    }
}

/// See `mass_alexa.gateway.GatewayWatch`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct GatewayWatch(Arc<Following<core::GatewayWatch>>);

#[pymethods]
impl GatewayWatch {
    fn __aiter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __anext__<'py>(&self, py: Python<'py>) -> Awaitable<'py> {
        self.0.wait(py)
    }

    fn close(&self, py: Python<'_>) {
        self.0.close(py);
    }
}

impl Source for core::GatewayWatch {
    type News = core::GatewayEvent;

    async fn next(&self) -> Option<core::GatewayEvent> {
        core::GatewayWatch::next(self).await
    }

    fn close(&self) {
        core::GatewayWatch::close(self);
    }

    fn show(py: Python<'_>, news: core::GatewayEvent) -> PyResult<Bound<'_, PyAny>> {
        GatewayEvent(news).into_bound_py_any(py)
    }
}

/// The settings of a Python dataclass.
pub(crate) struct GatewaySettings(core::GatewaySettings);

impl<'a, 'py> FromPyObject<'a, 'py> for GatewaySettings {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let py = given.py();
        let refuse = |text: String| errors::to_python(py, &Error::new(code::BAD_SETTING, text));
        let public_url: String = given.getattr("public_url")?.extract()?;
        let mut settings = errors::checked(py, core::GatewaySettings::new(&public_url))?;
        let bind: String = given.getattr("bind")?.extract()?;
        let address: IpAddr = bind.parse().map_err(|_| {
            refuse(format!("The setting bind must be an address such as 0.0.0.0, not {bind}."))
        })?;
        let number: i64 = given.getattr("port")?.extract()?;
        let port = u16::try_from(number)
            .map_err(|_| refuse(format!("The setting port cannot be {number}.")))?;
        settings.listen = SocketAddr::new(address, port);
        let at: Option<String> = given.getattr("public_at")?.extract()?;
        settings.public_at = at
            .map(|text| {
                text.parse().map_err(|_| {
                    refuse(format!("The setting public_at must be an address and a port such as 192.168.1.5:443, not {text}."))
                })
            })
            .transpose()?;
        let certificates: Option<PathBuf> = given.getattr("certificates")?.extract()?;
        let key: Option<PathBuf> = given.getattr("key")?.extract()?;
        settings.tls = match (certificates, key) {
            (Some(certificates), Some(key)) => Some(TlsFiles { certificates, key }),
            (None, None) => None,
            _ => {
                let text =
                    "The settings certificates and key belong together: give both or neither.";
                return Err(refuse(text.to_owned()));
            }
        };
        let proxies: Vec<String> = given.getattr("trusted_proxies")?.extract()?;
        settings.trusted_proxies = proxies
            .into_iter()
            .map(|text| {
                let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(Into::into));
                network.map_err(|_| {
                    refuse(format!("The setting trusted_proxies must hold networks such as 172.30.32.0/23, not {text}."))
                })
            })
            .collect::<PyResult<_>>()?;
        settings.skill_id = given.getattr("skill_id")?.extract()?;
        settings.invocation_name = given.getattr("invocation_name")?.extract()?;
        Ok(Self(settings))
    }
}

/// An item of a Python dataclass.
pub(crate) struct Item(core::Item);

impl<'a, 'py> FromPyObject<'a, 'py> for Item {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let py = given.py();
        let refuse = |text: &str| {
            let text = format!("The item cannot be played: {text}.");
            errors::to_python(py, &Error::new(code::BAD_SETTING, text))
        };
        let url: String = given.getattr("url")?.extract()?;
        let image: Option<String> = given.getattr("image")?.extract()?;
        let seconds: Option<f64> = given.getattr("duration")?.extract()?;
        Ok(Self(core::Item {
            id: given.getattr("id")?.extract()?,
            url: url.parse().map_err(|_| refuse("the address of its sound is none"))?,
            title: given.getattr("title")?.extract()?,
            artist: given.getattr("artist")?.extract()?,
            album: given.getattr("album")?.extract()?,
            // A picture is worth no failure.
            image: image.and_then(|image| image.parse().ok()),
            duration: seconds
                .map(Duration::try_from_secs_f64)
                .transpose()
                .map_err(|_| refuse("its length is no number of seconds"))?,
        }))
    }
}
