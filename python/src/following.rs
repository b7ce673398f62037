//! Following something of the core, as an asynchronous iterator of Python.
//!
//! News are taken only on the thread of the loop that waits for them, so a cancelled wait loses none,
//! and each takes one turn of the loop, so many of them at once do not block it.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::FutureExt;
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::prelude::*;
use pyo3::types::PyAny;
use tokio_util::sync::CancellationToken;

use crate::bridge;
use crate::delivery::Mailbox;
use crate::logging;

/// What can be followed.
pub(crate) trait Source: Send + Sync + 'static {
    /// One piece of news.
    type News: Send + 'static;

    /// The next one, `None` at the end. Dropping the future loses none.
    fn next(&self) -> impl Future<Output = Option<Self::News>> + Send;

    /// Ends it.
    fn close(&self);

    /// A piece of news as Python sees it.
    ///
    /// # Errors
    /// What is raised while it is made.
    fn show(py: Python<'_>, news: Self::News) -> PyResult<Bound<'_, PyAny>>;
}

/// One reader of a source.
pub(crate) struct Following<S: Source> {
    /// `None` once it is closed: then nobody is told any more.
    source: Mutex<Option<Arc<S>>>,
    /// Fetched on another thread, `None` for the end, and not given out yet.
    fetched: Mutex<VecDeque<Option<S::News>>>,
    /// Who waits. Only locked by who holds the interpreter's lock, and never across Python code.
    waiting: Mutex<Option<Waiting>>,
}

/// A wait under way.
struct Waiting {
    future: Py<PyAny>,
    given_up: CancellationToken,
}

impl<S: Source> Following<S> {
    pub(crate) fn new(source: S) -> Arc<Self> {
        Arc::new(Self {
            source: Mutex::new(Some(Arc::new(source))),
            fetched: Mutex::default(),
            waiting: Mutex::default(),
        })
    }

    /// The awaitable of `__anext__`.
    pub(crate) fn wait<'py>(self: &Arc<Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        logging::look(py);
        let event_loop = bridge::running_loop(py)?;
        // Whatever can fail comes before anybody is noted as waiting.
        let (runtime, mailbox) = (bridge::handle(py)?, Mailbox::of(&event_loop)?);
        let before = locked(&self.waiting).take();
        if let Some(before) = before {
            if !before.future.bind(py).call_method0("done")?.is_truthy()? {
                *locked(&self.waiting) = Some(before);
                return Err(PyRuntimeError::new_err("Somebody waits for the next change already."));
            }
            before.given_up.cancel();
        }
        let future = event_loop.call_method0("create_future")?;
        let given_up = CancellationToken::new();
        let callback = bridge::Cancel(given_up.clone());
        future.call_method1("add_done_callback", (callback,))?;
        let waiting = Waiting { future: future.clone().unbind(), given_up: given_up.clone() };
        *locked(&self.waiting) = Some(waiting);
        if py.detach(|| self.is_ready()) {
            event_loop.call_method1("call_soon", (Give(Arc::clone(self) as Arc<dyn Giving>),))?;
            return Ok(future);
        }
        let this = Arc::clone(self);
        runtime.spawn(async move {
            tokio::select! {
                biased;
                () = given_up.cancelled() => {}
                () = this.fetch() => Mailbox::put(&mailbox, move |py| this.give(py)),
            }
        });
        Ok(future)
    }

    /// Ends it; who waits is told.
    pub(crate) fn close(&self, py: Python<'_>) {
        py.detach(|| {
            if let Some(source) = locked(&self.source).take() {
                source.close();
                // What was fetched before is of no interest any more, but who waits for it is.
                *locked(&self.fetched) = VecDeque::from([None]);
            }
        });
    }

    /// Whether there is something to give out; it then is in `fetched`.
    fn is_ready(&self) -> bool {
        self.fetch().now_or_never().is_some()
    }

    /// Waits until there is something to give out.
    async fn fetch(&self) {
        let source = locked(&self.source).clone();
        let next = async {
            match &source {
                Some(source) => source.next().await,
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
            next.as_mut().poll(context).map(|news| fetched.push_back(news))
        })
        .await;
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives what there is to whoever waits, whatever is followed.
trait Giving: Send + Sync {
    fn give(&self, py: Python<'_>) -> PyResult<()>;
}

/// Runs on the loop's own thread.
#[pyclass(frozen)]
struct Give(Arc<dyn Giving>);

#[pymethods]
impl Give {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        self.0.give(py)
    }
}

impl<S: Source> Giving for Following<S> {
    fn give(&self, py: Python<'_>) -> PyResult<()> {
        let Some(waiting) = locked(&self.waiting).take() else { return Ok(()) };
        let future = waiting.future.bind(py);
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        let news = locked(&self.fetched).pop_front();
        match news {
            Some(Some(news)) => {
                future.call_method1("set_result", (S::show(py, news)?,))?;
            }
            Some(None) => {
                let end = PyStopAsyncIteration::new_err(());
                future.call_method1("set_exception", (end.into_value(py),))?;
            }
            // Somebody else got it.
            None => *locked(&self.waiting) = Some(waiting),
        }
        Ok(())
    }
}
