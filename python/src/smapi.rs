//! The owner's skill at Amazon: `mass_alexa.skill`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use mass_alexa::clock::SystemClock;
use mass_alexa::error::{Error, Result, code};
use mass_alexa::smapi::package::{self, Certificate, Package, export};
use mass_alexa::smapi::{self, Client, Consent, Landing, Profile, Progress, Step, Target};
use mass_alexa::{Secret, Settings as CoreSettings};
use pyo3::prelude::*;
use pyo3::types::PyAny;

use crate::bridge::awaitable;
use crate::errors;
use crate::settings::Settings;

/// What is asked of a skill, as Python hands it over: address, name, certificate, locales.
pub(crate) type Wanted = (String, String, String, Vec<String>);

fn packed((public_url, name, certificate, locales): &Wanted) -> Result<Package> {
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

/// The consent of a developer that is being asked for.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct SkillConsent {
    consent: Arc<Consent>,
    store: PathBuf,
    settings: CoreSettings,
}

#[pymethods]
impl SkillConsent {
    /// Begins with a security profile.
    #[staticmethod]
    fn begin(
        py: Python<'_>,
        store: PathBuf,
        client_id: &str,
        client_secret: String,
        return_url: &str,
        settings: Settings,
    ) -> PyResult<Self> {
        let profile = Profile::new(client_id, &Secret::new(client_secret));
        let consent = profile.and_then(|profile| Consent::new(profile, return_url));
        let consent = Arc::new(errors::checked(py, consent)?);
        Ok(Self { consent, store, settings: settings.0 })
    }

    #[getter]
    fn url(&self, py: Python<'_>) -> PyResult<String> {
        errors::checked(py, self.consent.url()).map(String::from)
    }

    /// Waits at the return URL, where that is on this machine, and gives the address.
    fn landed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let consent = Arc::clone(&self.consent);
        awaitable(py, async move {
            let landing = Landing::open(consent.return_url()).await?;
            landing.arrival().await.map(|address| address.expose().to_owned())
        })
    }

    /// Takes the address that the browser was sent to.
    fn finish<'py>(&self, py: Python<'py>, address: String) -> PyResult<Bound<'py, PyAny>> {
        let consent = Arc::clone(&self.consent);
        let (store, settings) = (self.store.clone(), self.settings.clone());
        let address = Secret::new(address);
        awaitable(py, async move {
            let clock = Arc::new(SystemClock);
            let client = Client::sign_in(&store, &settings, clock, &consent, &address).await?;
            Ok(SkillDeveloper::of(client))
        })
    }
}

/// The developer account of the owner.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct SkillDeveloper {
    client: Arc<Client>,
    /// What goes on: the name of the step and a sentence.
    told: Arc<Mutex<(&'static str, String)>>,
}

impl SkillDeveloper {
    fn of(client: Client) -> Self {
        Self { client: Arc::new(client), told: Arc::default() }
    }
}

#[pymethods]
impl SkillDeveloper {
    /// The developer whose consent was kept.
    #[staticmethod]
    fn open(py: Python<'_>, store: PathBuf, settings: Settings) -> PyResult<Bound<'_, PyAny>> {
        awaitable(py, async move {
            let client = Client::open(&store, &settings.0, Arc::new(SystemClock)).await?;
            Ok(Self::of(client))
        })
    }

    #[getter]
    fn skill_id(&self) -> Option<String> {
        self.client.skill_id()
    }

    #[getter]
    fn progress(&self, py: Python<'_>) -> (&'static str, String) {
        py.detach(|| self.told.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Brings a skill to Amazon.
    fn deploy<'py>(
        &self,
        py: Python<'py>,
        wanted: Wanted,
        vendor: Option<String>,
        skill_id: Option<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (client, told) = (Arc::clone(&self.client), Arc::clone(&self.told));
        awaitable(py, async move {
            let package = packed(&wanted)?;
            let tell = move |step: Step, text: String| {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = (step.name(), text);
            };
            let target = Target { vendor, skill_id };
            smapi::deploy(&client, &package, &target, &tell).await.map(SkillDeployment)
        })
    }

    /// What Amazon has of a skill.
    fn state<'py>(&self, py: Python<'py>, skill_id: String) -> PyResult<Bound<'py, PyAny>> {
        let client = Arc::clone(&self.client);
        awaitable(py, async move { Ok(client.state(&skill_id).await?.map(SkillState)) })
    }
}

/// What a deployment did.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct SkillDeployment(smapi::Deployed);

#[pymethods]
impl SkillDeployment {
    #[getter]
    fn skill_id(&self) -> String {
        self.0.skill_id.clone()
    }

    #[getter]
    fn vendor(&self) -> String {
        self.0.vendor.clone()
    }

    #[getter]
    fn is_new(&self) -> bool {
        self.0.is_new
    }

    #[getter]
    fn has_new_manifest(&self) -> bool {
        self.0.has_new_manifest
    }

    #[getter]
    fn new_models(&self) -> Vec<String> {
        self.0.new_models.clone()
    }

    #[getter]
    fn is_newly_enabled(&self) -> bool {
        self.0.is_newly_enabled
    }

    #[getter]
    fn is_unchanged(&self) -> bool {
        self.0.is_unchanged()
    }
}

/// A skill as Amazon has it.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct SkillState(smapi::SkillState);

/// The name of a progress, and Amazon's words where there are any.
fn shown(progress: &Progress) -> (&'static str, Option<String>) {
    let words = match progress {
        Progress::Refused(words) => Some(words.clone()),
        Progress::UnderWay | Progress::Done => None,
    };
    (progress.name(), words)
}

#[pymethods]
impl SkillState {
    #[getter]
    fn skill_id(&self) -> String {
        self.0.id.clone()
    }

    #[getter]
    fn endpoint(&self) -> Option<String> {
        self.0.endpoint.clone()
    }

    #[getter]
    fn version(&self) -> Option<String> {
        self.0.version.clone()
    }

    #[getter]
    fn manifest(&self) -> (&'static str, Option<String>) {
        shown(&self.0.manifest)
    }

    #[getter]
    fn locales(&self) -> BTreeMap<String, (&'static str, Option<String>)> {
        self.0.locales.iter().map(|(locale, one)| (locale.clone(), shown(one))).collect()
    }

    #[getter]
    fn is_enabled(&self) -> bool {
        self.0.is_enabled
    }
}
