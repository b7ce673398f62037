//! Log records of the core in Python's `logging`, below the logger `mass_alexa`.
//!
//! Only the core's own records are forwarded: libraries underneath do not know what is secret.
//! Levels can be changed at any time. That of the logger `mass_alexa` counts from the next call on,
//! those of the loggers below it after a second at the most: asking Python for each record would
//! cost more than most records are worth, above all those that nobody wants.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use log::{LevelFilter, Log, Metadata, Record};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use pyo3_log::{Caching, Logger};

/// For so many milliseconds it is believed which levels are wanted.
const BELIEVED_MS: u64 = 1_000;

static INSTALLED: PyOnceLock<Levels> = PyOnceLock::new();
static WANTED: Wanted = Wanted { level: AtomicUsize::new(0), until_ms: AtomicU64::new(0) };
static STARTED: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

/// Starts forwarding; a second interpreter of the process keeps the first one's.
pub(crate) fn install(py: Python<'_>) -> PyResult<()> {
    let levels = INSTALLED.get_or_try_init(py, || {
        if let Ok(logger) = Logger::new(py, Caching::Loggers) {
            let logger = logger
                .filter(LevelFilter::Off)
                .filter_target("mass_alexa".to_owned(), LevelFilter::Trace);
            // Another logger is installed only if this module was loaded twice.
            let _ = log::set_boxed_logger(Box::new(Forward(logger)));
        }
        Levels::new(py)
    })?;
    // Levels never decide over an import; without an answer the next call asks again.
    let _ = levels.look(py);
    Ok(())
}

/// Takes note of a level that was changed, on a thread that has the interpreter's lock anyway.
pub(crate) fn look(py: Python<'_>) {
    if let Some(levels) = INSTALLED.get(py) {
        let own = levels.own(py).unwrap_or_default();
        if own != levels.seen.load(Ordering::Relaxed) || WANTED.is_old() {
            // Without an answer everything stays as it was.
            let _ = levels.look(py);
        }
    }
}

/// The most that any logger wants, and until when that is believed.
struct Wanted {
    level: AtomicUsize,
    until_ms: AtomicU64,
}

impl Wanted {
    fn is_old(&self) -> bool {
        now_ms() >= self.until_ms.load(Ordering::Relaxed)
    }

    fn set(&self, level: LevelFilter) {
        self.level.store(level as usize, Ordering::Relaxed);
        self.until_ms.store(now_ms() + BELIEVED_MS, Ordering::Relaxed);
        // Libraries trace a lot. What asks for levels again is a record of ours at debug level.
        log::set_max_level(level.max(LevelFilter::Debug));
    }
}

fn now_ms() -> u64 {
    u64::try_from(STARTED.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Python's loggers.
struct Levels {
    logger: Py<PyAny>,
    manager: Py<PyAny>,
    /// Level of the logger of the package when it was looked at last.
    seen: AtomicUsize,
}

impl Levels {
    fn new(py: Python<'_>) -> PyResult<Self> {
        let logger = py.import("logging")?.call_method1("getLogger", ("mass_alexa",))?;
        let manager = logger.getattr("manager")?.unbind();
        Ok(Self { logger: logger.unbind(), manager, seen: AtomicUsize::new(0) })
    }

    /// Level of the logger of the package.
    fn own(&self, py: Python<'_>) -> PyResult<usize> {
        self.effective(self.logger.bind(py))
    }

    /// The least that a logger lets through.
    fn effective(&self, logger: &Bound<'_, PyAny>) -> PyResult<usize> {
        let level = number(&logger.call_method0("getEffectiveLevel")?)?;
        // Up to this level nothing is let through at all.
        let disabled = number(&self.manager.bind(logger.py()).getattr("disable")?)?;
        Ok(if disabled > 0 { level.max(disabled.saturating_add(1)) } else { level })
    }

    /// Looks at the package's logger and all below it.
    fn look(&self, py: Python<'_>) -> PyResult<()> {
        let own = self.own(py)?;
        let mut lowest = own;
        let loggers = self.manager.bind(py).getattr("loggerDict")?.cast_into::<PyDict>()?;
        for entry in loggers.items() {
            let (name, logger): (String, Bound<'_, PyAny>) = entry.extract()?;
            if name.starts_with("mass_alexa.") && logger.hasattr("getEffectiveLevel")? {
                lowest = lowest.min(self.effective(&logger)?);
            }
        }
        self.seen.store(own, Ordering::Relaxed);
        WANTED.set(filter(lowest));
        Ok(())
    }
}

/// A level, of which those below 0 are as good as 0.
fn number(level: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(usize::try_from(level.extract::<i64>()?).unwrap_or_default())
}

/// What a level of Python's lets through.
fn filter(level: usize) -> LevelFilter {
    match level {
        0..=5 => LevelFilter::Trace,
        6..=10 => LevelFilter::Debug,
        11..=20 => LevelFilter::Info,
        21..=30 => LevelFilter::Warn,
        31..=40 => LevelFilter::Error,
        _ => LevelFilter::Off,
    }
}

/// Forwards what somebody wants.
struct Forward(Logger);

impl Log for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if !metadata.target().starts_with("mass_alexa") {
            return false;
        }
        if WANTED.is_old() {
            Python::try_attach(|py| INSTALLED.get(py).map(|levels| levels.look(py)));
        }
        metadata.level() as usize <= WANTED.level.load(Ordering::Relaxed)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.log(record);
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_between_those_with_names_let_through_what_is_above_them() {
        assert_eq!(filter(0), LevelFilter::Trace);
        assert_eq!(filter(5), LevelFilter::Trace);
        assert_eq!(filter(7), LevelFilter::Debug);
        assert_eq!(filter(10), LevelFilter::Debug);
        assert_eq!(filter(25), LevelFilter::Warn);
        assert_eq!(filter(40), LevelFilter::Error);
        assert_eq!(filter(50), LevelFilter::Off);
    }
}
