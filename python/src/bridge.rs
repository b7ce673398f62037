//! Rust futures as asyncio futures, and the runtime they run on. The only module that spawns
//! anything; outcomes travel by [`crate::delivery`].
//!
//! Written here rather than taken from pyo3-async-runtimes, whose version 0.30 prints tracebacks
//! when a loop closes with work pending, loses the text of a panic, and keeps its threads alive
//! into the end of the interpreter, which CPython up to 3.13 answers with an abort. Here cancelling
//! drops the Rust future, a loop that is gone is left in peace, and all threads have ended before
//! the interpreter does.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use mass_alexa::Result;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyAny;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::CancellationToken;

use crate::delivery::Mailbox;
use crate::errors;
use crate::logging;

/// How long the end of the interpreter waits for work that cannot be dropped, such as a save.
const PATIENCE: Duration = Duration::from_secs(5);

static RUNTIME: Mutex<State> = Mutex::new(State::Fresh);
static GET_RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

enum State {
    Fresh,
    Running { runtime: Runtime, process: u32 },
    Ended,
}

/// The runtime that everything runs on, started on first use.
pub(crate) fn handle(py: Python<'_>) -> PyResult<Handle> {
    let mut state = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(*state, State::Fresh) {
        // One is enough for what waits for the network nearly all the time, and has no other thread
        // to wake for every little thing. What takes long runs on threads of its own.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("mass-alexa")
            .enable_all()
            .build()
            .map_err(|error| {
                PyRuntimeError::new_err(format!("No threads could be started: {error}"))
            })?;
        py.import("atexit")?.call_method1("register", (wrap_pyfunction!(end, py)?,))?;
        *state = State::Running { runtime, process: std::process::id() };
    }
    match &*state {
        State::Running { runtime, process } if *process == std::process::id() => {
            Ok(runtime.handle().clone())
        }
        State::Running { .. } => Err(PyRuntimeError::new_err(
            "mass_alexa was used before this process was forked and cannot be used in it: start the \
             process anew, for example with the spawn method of multiprocessing.",
        )),
        State::Fresh | State::Ended => Err(PyRuntimeError::new_err("The interpreter is ending.")),
    }
}

/// Ends the runtime and waits for its threads, which may need the interpreter's lock for it.
#[pyfunction]
fn end(py: Python<'_>) {
    let state = std::mem::replace(
        &mut *RUNTIME.lock().unwrap_or_else(PoisonError::into_inner),
        State::Ended,
    );
    if let State::Running { runtime, process } = state {
        if process == std::process::id() {
            py.detach(|| runtime.shutdown_timeout(PATIENCE));
        } else {
            // The threads stayed behind in the process that was forked.
            std::mem::forget(runtime);
        }
    }
}

/// The event loop of this thread.
pub(crate) fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    GET_RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0()
}

/// Runs a future and gives an asyncio future of the running loop for it.
pub(crate) fn awaitable<'py, F, T>(py: Python<'py>, future: F) -> PyResult<Bound<'py, PyAny>>
where
    F: Future<Output = Result<T>> + Send + 'static,
    T: for<'any> IntoPyObject<'any> + Send + 'static,
{
    let runtime = handle(py)?;
    logging::look(py);
    let event_loop = running_loop(py)?;
    let waiting = event_loop.call_method0("create_future")?;
    let mailbox = Mailbox::of(&event_loop)?;
    let cancelled = CancellationToken::new();
    waiting.call_method1("add_done_callback", (Cancel(cancelled.clone()),))?;
    let waiting_handle = waiting.clone().unbind();
    runtime.spawn(async move {
        let outcome = tokio::select! {
            biased;
            () = cancelled.cancelled() => return,
            outcome = AssertUnwindSafe(future).catch_unwind() => outcome,
        };
        Mailbox::put(&mailbox, move |py| settle(waiting_handle.bind(py), outcome));
    });
    Ok(waiting)
}

type Outcome<T> = std::result::Result<Result<T>, Box<dyn Any + Send>>;

/// Sets the outcome, on the thread of the loop, unless the future was cancelled meanwhile.
///
/// # Errors
/// What is raised while that is done, which is not the outcome's fault.
fn settle<T>(waiting: &Bound<'_, PyAny>, outcome: Outcome<T>) -> PyResult<()>
where
    T: for<'any> IntoPyObject<'any>,
{
    let py = waiting.py();
    if waiting.call_method0("done")?.is_truthy()? {
        return Ok(());
    }
    let result = match outcome {
        Ok(Ok(value)) => value.into_py_any(py),
        Ok(Err(error)) => Err(errors::to_python(py, &error)),
        Err(panic) => {
            Err(PyRuntimeError::new_err(format!("mass_alexa failed inside: {}", text_of(&*panic))))
        }
    };
    let (method, value) = match result {
        Ok(value) => ("set_result", value),
        Err(error) => ("set_exception", error.into_value(py).into_any()),
    };
    waiting.call_method1(method, (value,)).map(drop)
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown cause")
}

/// Done-callback of the asyncio future: cancelling it drops the Rust future.
#[pyclass(frozen)]
pub(crate) struct Cancel(pub(crate) CancellationToken);

#[pymethods]
impl Cancel {
    fn __call__(&self, _waiting: &Bound<'_, PyAny>) {
        self.0.cancel();
    }
}
