//! `_native.Account`.

use std::path::PathBuf;
use std::time::Duration;

use mass_alexa as core;
use mass_alexa::{Speech, SpeechKind, Transport};
use pyo3::prelude::*;
use pyo3::types::PyAny;

use crate::bridge::{self, awaitable};
use crate::errors;
use crate::models::{AccountInfo, CommandReport, Device, Links, List, PlayerState, SessionStatus};
use crate::settings::Settings;
use crate::watch::Watch;

/// See `mass_alexa.Account`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Account(pub(crate) core::Account);

type Awaitable<'py> = PyResult<Bound<'py, PyAny>>;

#[pymethods]
impl Account {
    #[staticmethod]
    fn open(py: Python<'_>, store: PathBuf, settings: Settings) -> Awaitable<'_> {
        awaitable(py, async move { core::Account::open(&store, &settings.0).await.map(Account) })
    }

    #[getter]
    fn info(&self, py: Python<'_>) -> AccountInfo {
        AccountInfo(py.detach(|| self.0.info()))
    }

    fn status(&self, py: Python<'_>) -> SessionStatus {
        SessionStatus(py.detach(|| self.0.status()))
    }

    fn check<'py>(&self, py: Python<'py>) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.check().await.map(SessionStatus) })
    }

    #[pyo3(signature = (refresh=false, extras=true))]
    fn devices<'py>(&self, py: Python<'py>, refresh: bool, extras: bool) -> Awaitable<'py> {
        let account = self.0.clone();
        if !extras {
            return awaitable(py, async move { Ok(List(account.outline(refresh).await?, Device)) });
        }
        awaitable(py, async move { Ok(List(account.devices(refresh).await?, Device)) })
    }

    #[pyo3(signature = (max_age=0.0, do_not_disturb=false))]
    fn states<'py>(&self, py: Python<'py>, max_age: f64, do_not_disturb: bool) -> Awaitable<'py> {
        let account = self.0.clone();
        let max_age = Duration::try_from_secs_f64(max_age.max(0.0)).unwrap_or(Duration::MAX);
        awaitable(py, async move {
            if do_not_disturb {
                account.refresh_do_not_disturb().await?;
            }
            Ok(List(account.states(max_age).await?, PlayerState))
        })
    }

    fn watch(&self, py: Python<'_>) -> PyResult<Watch> {
        let runtime = bridge::handle(py)?;
        Ok(py.detach(|| {
            let _inside = runtime.enter();
            Watch::new(self.0.watch())
        }))
    }

    fn links(&self, py: Python<'_>) -> Links {
        Links(py.detach(|| self.0.links()))
    }

    fn play<'py>(&self, py: Python<'py>, serial: String) -> Awaitable<'py> {
        self.transport(py, serial, Transport::Play)
    }

    fn pause<'py>(&self, py: Python<'py>, serial: String) -> Awaitable<'py> {
        self.transport(py, serial, Transport::Pause)
    }

    fn next<'py>(&self, py: Python<'py>, serial: String) -> Awaitable<'py> {
        self.transport(py, serial, Transport::Next)
    }

    fn previous<'py>(&self, py: Python<'py>, serial: String) -> Awaitable<'py> {
        self.transport(py, serial, Transport::Previous)
    }

    fn stop<'py>(&self, py: Python<'py>, serial: String) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.stop(&serial).await.map(CommandReport) })
    }

    fn set_volume<'py>(&self, py: Python<'py>, serial: String, level: i64) -> Awaitable<'py> {
        let account = self.0.clone();
        let level = errors::checked(py, core::api::commands::volume_of(level))?;
        awaitable(py, async move { account.set_volume(&serial, level).await.map(CommandReport) })
    }

    fn set_mute<'py>(&self, py: Python<'py>, serial: String, muted: bool) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.set_mute(&serial, muted).await.map(CommandReport) })
    }

    fn seek<'py>(&self, py: Python<'py>, serial: String, seconds: f64) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.seek(&serial, seconds).await.map(CommandReport) })
    }

    fn set_shuffle<'py>(&self, py: Python<'py>, serial: String, shuffle: bool) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.set_shuffle(&serial, shuffle).await.map(CommandReport) })
    }

    fn set_repeat<'py>(&self, py: Python<'py>, serial: String, repeat: bool) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.set_repeat(&serial, repeat).await.map(CommandReport) })
    }

    fn set_do_not_disturb<'py>(
        &self,
        py: Python<'py>,
        serial: String,
        enabled: bool,
    ) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move {
            account.set_do_not_disturb(&serial, enabled).await.map(CommandReport)
        })
    }

    #[pyo3(signature = (serials, text, ssml=false, volume=None))]
    fn speak<'py>(
        &self,
        py: Python<'py>,
        serials: Vec<String>,
        text: String,
        ssml: bool,
        volume: Option<i64>,
    ) -> Awaitable<'py> {
        let volume = level(py, volume)?;
        self.say(py, serials, Speech { text, ssml, volume, ..Speech::default() })
    }

    #[allow(clippy::too_many_arguments, reason = "a signature of Python's, where all have names")]
    #[pyo3(signature = (
        serials, text, title=None, ssml=false, volume=None, respect_do_not_disturb=false
    ))]
    fn announce<'py>(
        &self,
        py: Python<'py>,
        serials: Vec<String>,
        text: String,
        title: Option<String>,
        ssml: bool,
        volume: Option<i64>,
        respect_do_not_disturb: bool,
    ) -> Awaitable<'py> {
        let (volume, title) = (level(py, volume)?, title.unwrap_or_default());
        let kind = SpeechKind::Announce;
        self.say(py, serials, Speech { text, ssml, title, volume, kind, respect_do_not_disturb })
    }

    #[pyo3(signature = (serials, url, volume=None))]
    fn play_audio<'py>(
        &self,
        py: Python<'py>,
        serials: Vec<String>,
        url: String,
        volume: Option<i64>,
    ) -> Awaitable<'py> {
        let (volume, kind) = (level(py, volume)?, SpeechKind::Audio);
        self.say(py, serials, Speech { text: url, volume, kind, ..Speech::default() })
    }

    fn settle<'py>(&self, py: Python<'py>) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move {
            account.settle().await;
            Ok(())
        })
    }

    fn text_command<'py>(&self, py: Python<'py>, serial: String, text: String) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.text_command(&serial, &text).await.map(CommandReport) })
    }

    fn play_sound<'py>(&self, py: Python<'py>, serial: String, sound: String) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.play_sound(&serial, &sound).await.map(CommandReport) })
    }

    fn sign_out<'py>(&self, py: Python<'py>) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.sign_out().await })
    }

    fn close<'py>(&self, py: Python<'py>) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move {
            account.close().await;
            Ok(())
        })
    }
}

impl Account {
    fn transport<'py>(&self, py: Python<'py>, serial: String, button: Transport) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.transport(&serial, button).await.map(CommandReport) })
    }

    fn say<'py>(&self, py: Python<'py>, serials: Vec<String>, speech: Speech) -> Awaitable<'py> {
        let account = self.0.clone();
        awaitable(py, async move { account.speak_with(&serials, &speech).await.map(CommandReport) })
    }
}

/// A volume, if one was given.
fn level(py: Python<'_>, level: Option<i64>) -> PyResult<Option<u8>> {
    level.map(|level| errors::checked(py, core::api::commands::volume_of(level))).transpose()
}
