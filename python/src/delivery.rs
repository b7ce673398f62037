//! How outcomes get from the threads of the runtime onto the thread of an event loop.
//!
//! No thread of the runtime waits for the interpreter's lock to hand over an outcome: it puts what is
//! to be done into the mailbox of the loop and wakes the loop by a byte through a pair of sockets,
//! which the loop watches. The loop then does all that is in the mailbox in one go. A loop that
//! cannot watch sockets (Windows' own one) is told by `call_soon_threadsafe` instead, which takes the
//! lock.

#[cfg(unix)]
use std::io::{Read, Write};
#[cfg(unix)]
use std::os::fd::AsRawFd;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(unix)]
use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyAny;

/// The mailboxes by loop, which they do not keep alive.
static MAILBOXES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// What is to be done on the thread of the loop.
type Errand = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

/// The mailbox of one event loop.
#[pyclass(frozen)]
pub(crate) struct Mailbox {
    errands: Mutex<Errands>,
    bell: Bell,
}

#[derive(Default)]
struct Errands {
    waiting: Vec<Errand>,
    /// The loop is gone: what comes now is dropped.
    closed: bool,
}

enum Bell {
    /// Read by the loop, written by whoever has something for it.
    #[cfg(unix)]
    Sockets(UnixStream, UnixStream),
    /// The loop, for `call_soon_threadsafe`: a weak reference, so that nothing keeps it alive.
    Threadsafe(Py<PyAny>),
}

impl Mailbox {
    /// The mailbox of a loop, made on first use.
    pub(crate) fn of(event_loop: &Bound<'_, PyAny>) -> PyResult<Py<Self>> {
        let py = event_loop.py();
        let mailboxes = MAILBOXES
            .get_or_try_init(py, || {
                let kind = py.import("weakref")?.getattr("WeakKeyDictionary")?;
                kind.call0().map(Bound::unbind)
            })?
            .bind(py);
        let known = mailboxes.call_method1("get", (event_loop,))?;
        if !known.is_none() {
            return Ok(known.cast_into::<Self>()?.unbind());
        }
        forget_closed(mailboxes)?;
        let mailbox = match Self::watched(event_loop)? {
            Some(mailbox) => mailbox,
            None => {
                let loop_reference = py.import("weakref")?.call_method1("ref", (event_loop,))?;
                Self::with(py, Bell::Threadsafe(loop_reference.unbind()))?
            }
        };
        mailboxes.set_item(event_loop, &mailbox)?;
        Ok(mailbox.unbind())
    }

    fn with(py: Python<'_>, bell: Bell) -> PyResult<Bound<'_, Self>> {
        Bound::new(py, Self { errands: Mutex::default(), bell })
    }

    /// A mailbox that the loop watches; `None` where it cannot.
    #[cfg(unix)]
    fn watched<'py>(event_loop: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, Self>>> {
        let py = event_loop.py();
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        theirs.set_nonblocking(true)?;
        let descriptor = ours.as_raw_fd();
        let mailbox = Self::with(py, Bell::Sockets(ours, theirs))?;
        // In a context of its own: that of whoever calls first would live as long as the loop.
        let context = py.import("contextvars")?.getattr("Context")?.call0()?;
        let add_reader = event_loop.getattr("add_reader")?;
        match context.call_method1("run", (add_reader, descriptor, &mailbox)) {
            Ok(_) => Ok(Some(mailbox)),
            Err(error) if error.is_instance_of::<PyNotImplementedError>(py) => Ok(None),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(unix))]
    fn watched<'py>(_: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, Self>>> {
        Ok(None)
    }

    /// Has something done on the thread of the loop, from any other thread.
    pub(crate) fn put(
        this: &Py<Self>,
        errand: impl FnOnce(Python<'_>) -> PyResult<()> + Send + 'static,
    ) {
        let mailbox = this.get();
        let is_first = {
            let mut errands = mailbox.lock();
            if errands.closed {
                return;
            }
            errands.waiting.push(Box::new(errand));
            errands.waiting.len() == 1
        };
        if is_first {
            mailbox.ring(this);
        }
    }

    fn ring(&self, this: &Py<Self>) {
        match &self.bell {
            #[cfg(unix)]
            Bell::Sockets(_, theirs) => {
                // Full of bytes that were not read yet, it rings anyway.
                let _ = (&*theirs).write(&[1]);
            }
            Bell::Threadsafe(event_loop) => {
                let _ = Python::try_attach(|py| {
                    let event_loop = event_loop.call0(py)?;
                    // A loop that is gone is None here, and a closed one raises: nobody waits.
                    event_loop.call_method1(py, "call_soon_threadsafe", (this.clone_ref(py),))
                });
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Errands> {
        self.errands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Mailbox {
    /// Called by the loop.
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        #[cfg(unix)]
        if let Bell::Sockets(ours, _) = &self.bell {
            // Read before the mailbox is emptied: what comes in between rings once more.
            let mut bytes = [0; 64];
            while (&*ours).read(&mut bytes).is_ok_and(|read| read == bytes.len()) {}
        }
        let waiting = std::mem::take(&mut self.lock().waiting);
        // Each of them, whatever becomes of another: somebody waits for it. What is raised meanwhile,
        // such as by Ctrl-C, is for the loop.
        let mut outcome = Ok(());
        for errand in waiting {
            outcome = outcome.and(errand(py));
        }
        outcome
    }
}

/// Empties the mailboxes of loops that were closed. What was left in them keeps its loop alive, and
/// no collector of garbage sees that.
fn forget_closed(mailboxes: &Bound<'_, PyAny>) -> PyResult<()> {
    // References in one go: other threads add their loops meanwhile, which a plain walk does not bear.
    for reference in mailboxes.call_method0("keyrefs")?.try_iter()? {
        let event_loop = reference?.call0()?;
        if event_loop.is_none() || !event_loop.call_method0("is_closed")?.is_truthy()? {
            continue;
        }
        let mailbox = mailboxes.call_method1("get", (&event_loop,))?;
        if let Ok(mailbox) = mailbox.cast_into::<Mailbox>() {
            let left = {
                let mut errands = mailbox.get().lock();
                errands.closed = true;
                std::mem::take(&mut errands.waiting)
            };
            drop(left);
        }
    }
    Ok(())
}
