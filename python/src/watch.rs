//! `_native.Watch`: what changes, as an asynchronous iterator.
//!
//! A change is taken only on the thread of the loop that waits for it, so a cancelled wait loses
//! none, and each takes one turn of the loop, so many of them at once do not block it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::FutureExt;
use mass_alexa as core;
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::prelude::*;
use pyo3::types::PyAny;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::bridge;
use crate::delivery::Mailbox;
use crate::logging;
use crate::models::{Device, Links, List, PlayerState, to_dict};

/// See `mass_alexa.Watch`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Watch(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// `None` once it is closed: then nobody is told any more.
    watch: Mutex<Option<Arc<core::Watch>>>,
    /// Fetched on another thread, `None` for the end, and not given out yet.
    fetched: Mutex<VecDeque<Option<core::Change>>>,
    /// Who waits. Only locked by who holds the interpreter's lock, and never across Python code.
    waiting: Mutex<Option<Waiting>>,
}

/// A wait under way.
struct Waiting {
    future: Py<PyAny>,
    given_up: CancellationToken,
}

impl Watch {
    pub(crate) fn new(watch: core::Watch) -> Self {
        let watch = Mutex::new(Some(Arc::new(watch)));
        Self(Arc::new(Inner { watch, ..Inner::default() }))
    }
}

#[pymethods]
impl Watch {
    fn __aiter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        logging::look(py);
        let event_loop = bridge::running_loop(py)?;
        // Whatever can fail comes before anybody is noted as waiting.
        let (runtime, mailbox) = (bridge::handle(py)?, Mailbox::of(&event_loop)?);
        let before = locked(&self.0.waiting).take();
        if let Some(before) = before {
            if !before.future.bind(py).call_method0("done")?.is_truthy()? {
                *locked(&self.0.waiting) = Some(before);
                return Err(PyRuntimeError::new_err("Somebody waits for the next change already."));
            }
            before.given_up.cancel();
        }
        let future = event_loop.call_method0("create_future")?;
        let given_up = CancellationToken::new();
        let callback = bridge::Cancel(given_up.clone());
        future.call_method1("add_done_callback", (callback,))?;
        let waiting = Waiting { future: future.clone().unbind(), given_up: given_up.clone() };
        *locked(&self.0.waiting) = Some(waiting);
        let give = Give(Arc::clone(&self.0));
        if py.detach(|| self.0.is_ready()) {
            event_loop.call_method1("call_soon", (give,))?;
            return Ok(future);
        }
        let inner = Arc::clone(&self.0);
        runtime.spawn(async move {
            tokio::select! {
                biased;
                () = given_up.cancelled() => {}
                () = inner.fetch() => Mailbox::put(&mailbox, move |py| give.give(py)),
            }
        });
        Ok(future)
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            if let Some(watch) = locked(&self.0.watch).take() {
                watch.close();
                // What was fetched before is of no interest any more, but who waits for it is.
                *locked(&self.0.fetched) = VecDeque::from([None]);
            }
        });
    }
}

impl Inner {
    /// Whether there is something to give out; it then is in `fetched`.
    fn is_ready(&self) -> bool {
        self.fetch().now_or_never().is_some()
    }

    /// Waits until there is something to give out.
    async fn fetch(&self) {
        let watch = locked(&self.watch).clone();
        let next = async {
            match &watch {
                Some(watch) => watch.next().await,
                None => None,
            }
        };
        let mut next = pin!(next);
        poll_fn(|context| {
            // Taken and put under one lock: where two fetch, the order stays.
            let mut fetched = locked(&self.fetched);
            if !fetched.is_empty() {
                return Poll::Ready(());
            }
            next.as_mut().poll(context).map(|change| fetched.push_back(change))
        })
        .await;
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs on the loop's own thread and gives what there is to whoever waits, if anybody still does.
#[pyclass(frozen)]
struct Give(Arc<Inner>);

#[pymethods]
impl Give {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        self.give(py)
    }
}

impl Give {
    fn give(&self, py: Python<'_>) -> PyResult<()> {
        let Some(waiting) = locked(&self.0.waiting).take() else { return Ok(()) };
        let future = waiting.future.bind(py);
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        let change = locked(&self.0.fetched).pop_front();
        match change {
            Some(Some(change)) => {
                future.call_method1("set_result", (Change(change),))?;
            }
            Some(None) => {
                let end = PyStopAsyncIteration::new_err(());
                future.call_method1("set_exception", (end.into_value(py),))?;
            }
            // Somebody else got it.
            None => *locked(&self.0.waiting) = Some(waiting),
        }
        Ok(())
    }
}

/// See `mass_alexa.Change`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Change(core::Change);

#[pymethods]
impl Change {
    #[getter]
    fn kind(&self) -> &'static str {
        match self.0 {
            core::Change::Player(_) => "player",
            core::Change::Devices(_) => "devices",
            core::Change::Links(_) => "links",
        }
    }

    #[getter]
    fn player(&self) -> Option<PlayerState> {
        match &self.0 {
            core::Change::Player(state) => Some(PlayerState(state.clone())),
            _ => None,
        }
    }

    #[getter]
    fn devices(&self) -> Option<List<Arc<core::Device>, Device>> {
        match &self.0 {
            core::Change::Devices(devices) => Some(List(devices.clone(), Device)),
            _ => None,
        }
    }

    #[getter]
    fn links(&self) -> Option<Links> {
        match &self.0 {
            core::Change::Links(links) => Some(Links(links.clone())),
            _ => None,
        }
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let kind = self.kind();
        match &self.0 {
            core::Change::Player(state) => to_dict(py, &json!({ "kind": kind, kind: state })),
            core::Change::Devices(list) => to_dict(py, &json!({ "kind": kind, kind: list })),
            core::Change::Links(links) => to_dict(py, &json!({ "kind": kind, kind: links })),
        }
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
