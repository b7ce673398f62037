//! Reading `mass_alexa.settings.Settings`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use mass_alexa::error::{Error, code};
use pyo3::prelude::*;

use crate::errors;

/// The settings of a Python dataclass.
pub(crate) struct Settings(pub(crate) mass_alexa::Settings);

impl<'a, 'py> FromPyObject<'a, 'py> for Settings {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let py = given.py();
        let refuse = |text: String| errors::to_python(py, &Error::new(code::BAD_SETTING, text));
        let address: Option<String> = given.getattr("connect_to")?.extract()?;
        let connect_to = address
            .map(|text| {
                text.parse::<SocketAddr>().map_err(|_| {
                    refuse(format!("The setting connect_to must be an address and a port such as 127.0.0.1:4431, not {text}."))
                })
            })
            .transpose()?;
        let seconds: f64 = given.getattr("timeout")?.extract()?;
        let timeout = Duration::try_from_secs_f64(seconds).map_err(|_| {
            refuse("The setting timeout must be a number of seconds above 0.".to_owned())
        })?;
        let count = |name: &str| {
            let number: i64 = given.getattr(name)?.extract()?;
            u32::try_from(number)
                .map_err(|_| refuse(format!("The setting {name} cannot be {number}.")))
        };
        let extra_ca: Option<PathBuf> = given.getattr("extra_ca")?.extract()?;
        Ok(Self(mass_alexa::Settings {
            connect_to,
            extra_ca,
            timeout,
            requests_per_second: given.getattr("requests_per_second")?.extract()?,
            burst: count("burst")?,
            in_flight: count("in_flight")? as usize,
        }))
    }
}
