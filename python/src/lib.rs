//! Python binding of mass-alexa: handles, conversions and the bridge to asyncio. Decides nothing.

mod account;
mod backup;
mod bridge;
mod delivery;
mod enrolment;
mod errors;
mod following;
mod gateway;
mod gateway_events;
mod link;
mod logging;
mod models;
mod page;
mod preflight;
mod settings;
mod smapi;
mod watch;

use std::time::{SystemTime, UNIX_EPOCH};

use mass_alexa::auth::totp::Seed;
use mass_alexa::site::Site;
use pyo3::prelude::*;

/// Code of an authenticator seed at a time in Unix seconds (default: now), and the seconds left.
#[pyfunction]
#[pyo3(signature = (seed, at=None))]
fn totp(py: Python<'_>, seed: &str, at: Option<f64>) -> PyResult<(String, f64)> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let at = at.unwrap_or_else(now).max(0.0);
    let code = errors::checked(py, Seed::parse(seed))?.code_at(at as u64);
    Ok((code.digits.expose().to_owned(), code.left.as_secs_f64() - at.fract()))
}

/// Domains of all Amazon sites.
#[pyfunction]
fn sites() -> Vec<&'static str> {
    Site::all().map(Site::domain).collect()
}

/// The domain of a site as people type it.
#[pyfunction]
fn normalise_site(py: Python<'_>, text: &str) -> PyResult<&'static str> {
    errors::checked(py, Site::parse(text).map(Site::domain))
}

/// Version of the package.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    logging::install(module.py())?;
    module.add_class::<account::Account>()?;
    module.add_class::<enrolment::Enrolment>()?;
    module.add_class::<link::LinkSignIn>()?;
    module.add_class::<page::SignInPage>()?;
    module.add_class::<page::PageResponse>()?;
    module.add_class::<models::AccountInfo>()?;
    module.add_class::<models::CommandReport>()?;
    module.add_class::<models::Device>()?;
    module.add_class::<models::Link>()?;
    module.add_class::<models::Links>()?;
    module.add_class::<models::PlayerState>()?;
    module.add_class::<models::Question>()?;
    module.add_class::<models::SessionStatus>()?;
    module.add_class::<smapi::SkillConsent>()?;
    module.add_class::<smapi::SkillDeployment>()?;
    module.add_class::<smapi::SkillDeveloper>()?;
    module.add_class::<smapi::SkillExport>()?;
    module.add_class::<smapi::SkillState>()?;
    module.add_class::<gateway_events::Ask>()?;
    module.add_class::<gateway::Gateway>()?;
    module.add_class::<gateway::GatewayWatch>()?;
    module.add_class::<gateway_events::GatewayEvent>()?;
    module.add_class::<gateway_events::SkillDevice>()?;
    module.add_class::<gateway_events::Stage>()?;
    module.add_class::<gateway_events::Trouble>()?;
    module.add_class::<watch::Change>()?;
    module.add_class::<watch::Watch>()?;
    module.add_function(wrap_pyfunction!(backup::export_session, module)?)?;
    module.add_function(wrap_pyfunction!(backup::import_session, module)?)?;
    module.add_function(wrap_pyfunction!(backup::rotate_key, module)?)?;
    module.add_function(wrap_pyfunction!(smapi::export_skill, module)?)?;
    module.add_function(wrap_pyfunction!(smapi::open_phrase, module)?)?;
    module.add_function(wrap_pyfunction!(smapi::skill_locales, module)?)?;
    module.add_function(wrap_pyfunction!(gateway_events::public_address, module)?)?;
    module.add_class::<preflight::Step>()?;
    module.add_function(wrap_pyfunction!(preflight::check_skill, module)?)?;
    module.add_function(wrap_pyfunction!(totp, module)?)?;
    module.add_function(wrap_pyfunction!(sites, module)?)?;
    module.add_function(wrap_pyfunction!(normalise_site, module)?)?;
    module.add_function(wrap_pyfunction!(version, module)?)?;
    Ok(())
}
