//! Log records of the core in Python's `logging`, below the logger `mass_alexa`.
//!
//! Only the core's own records are forwarded: libraries underneath do not know what is secret.
//! Levels are asked of Python for every record, so that they can be changed at any time.

use log::LevelFilter;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3_log::{Caching, Logger};

static INSTALLED: PyOnceLock<()> = PyOnceLock::new();

/// Starts forwarding; a second interpreter of the process keeps the first one's.
pub(crate) fn install(py: Python<'_>) {
    INSTALLED.get_or_init(py, || {
        if let Ok(logger) = Logger::new(py, Caching::Loggers) {
            let logger = logger
                .filter(LevelFilter::Off)
                .filter_target("mass_alexa".to_owned(), LevelFilter::Trace);
            // Another logger is installed only if this module was loaded twice.
            let _ = logger.install();
        }
    });
}
