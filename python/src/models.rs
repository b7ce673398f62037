//! What the core tells, as Python objects that read it in place.

use std::sync::Arc;

use mass_alexa as core;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes};

/// A plain dictionary of anything the core can serialise.
pub(crate) fn to_dict<'py>(
    py: Python<'py>,
    value: &impl serde::Serialize,
) -> PyResult<Bound<'py, PyAny>> {
    let text =
        serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}

/// Anything the core can serialise, as a plain dictionary.
pub(crate) struct Dict<T>(T);

impl<'py, T: serde::Serialize> IntoPyObject<'py> for Dict<T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        to_dict(py, &self.0)
    }
}

/// Declares a frozen class around a core value, with getters and `to_dict`.
macro_rules! view {
    ($name:ident($inner:ty) { $($field:ident: $kind:ty = $read:expr;)* }) => {
        #[doc = concat!("See `mass_alexa.", stringify!($name), "`.")]
        #[pyclass(frozen, module = "mass_alexa._native")]
        pub(crate) struct $name(pub(crate) $inner);

        #[pymethods]
        impl $name {
            $(
                #[getter]
                fn $field(&self) -> $kind {
                    let read: fn(&$inner) -> $kind = $read;
                    read(&self.0)
                }
            )*

            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                to_dict(py, &self.0)
            }

            fn __repr__(&self) -> String {
                format!("{:?}", self.0)
            }
        }
    };
}

pub(crate) use view;

view!(Device(Arc<core::Device>) {
    serial: String = |d| d.serial.clone();
    device_type: String = |d| d.device_type.clone();
    name: String = |d| d.name.clone();
    family: String = |d| d.family.clone();
    kind: &'static str = |d| d.kind.name();
    model: Option<String> = |d| d.model.clone();
    manufacturer: Option<String> = |d| d.manufacturer.clone();
    firmware: Option<String> = |d| d.firmware.clone();
    online: bool = |d| d.online;
    members: Vec<String> = |d| d.members.clone();
    parents: Vec<String> = |d| d.parents.clone();
    capabilities: Vec<String> = |d| d.capabilities.iter().cloned().collect();
    locale: Option<String> = |d| d.locale.clone();
    is_player: bool = |d| d.is_player;
    reason: Option<&'static str> = |d| d.reason;
    features: Vec<&'static str> = |d| d.features.iter().map(|feature| feature.name()).collect();
});

view!(PlayerState(core::PlayerState) {
    serial: String = |s| s.serial.clone();
    online: bool = |s| s.online;
    reason: Option<String> = |s| s.reason.clone();
    playback: &'static str = |s| s.playback.name();
    volume: Option<u8> = |s| s.volume;
    volume_at: Option<f64> = |s| s.volume_at;
    muted: Option<bool> = |s| s.muted;
    title: Option<String> = |s| s.title.clone();
    artist: Option<String> = |s| s.artist.clone();
    album: Option<String> = |s| s.album.clone();
    image_url: Option<String> = |s| s.image_url.clone();
    provider: Option<String> = |s| s.provider.clone();
    position: Option<f64> = |s| s.position;
    duration: Option<f64> = |s| s.duration;
    shuffle: Option<bool> = |s| s.shuffle;
    repeat: Option<bool> = |s| s.repeat;
    controls: Vec<&'static str> = |s| s.controls.iter().map(|control| control.name()).collect();
    do_not_disturb: Option<bool> = |s| s.do_not_disturb;
    group: Option<String> = |s| s.group.clone();
    content_id: Option<String> = |s| s.content_id.clone();
    updated_at: f64 = |s| s.updated_at;
});

view!(AccountInfo(core::AccountInfo) {
    customer_id: String = |i| i.customer_id.clone();
    name: Option<String> = |i| i.name.clone();
    email: Option<String> = |i| i.email.clone();
    site: String = |i| i.site.clone();
    device_name: Option<String> = |i| i.device_name.clone();
    serial: String = |i| i.serial.clone();
});

view!(SessionStatus(core::SessionStatus) {
    signed_in: Option<bool> = |s| s.signed_in;
    site: String = |s| s.site.clone();
    store: String = |s| s.store.clone();
    key_source: &'static str = |s| s.key_source;
    enrolled_at: u64 = |s| s.enrolled_at;
    access_token_expires_at: Option<u64> = |s| s.access_token_expires_at;
    cookies_at: u64 = |s| s.cookies_at;
    clock_skew: Option<i64> = |s| s.clock_skew;
    ends_at: Option<u64> = |s| s.ends_at;
    warning: Option<String> = |s| s.warning.clone();
    records: Dict<core::session::Records> = |s| Dict(s.records.clone());
});

view!(Links(core::Links) {
    session: Link = |l| Link(l.session.clone());
    devices: Link = |l| Link(l.devices.clone());
    state: Link = |l| Link(l.state.clone());
    push: Link = |l| Link(l.push.clone());
});

view!(Link(core::Link) {
    ok: Option<bool> = |l| l.ok;
    since: u64 = |l| l.since;
    code: Option<&'static str> = |l| l.code;
    text: Option<String> = |l| l.text.clone();
});

view!(CommandReport(core::CommandReport) {
    done: Vec<String> = |r| r.done.clone();
    skipped: Vec<(String, String)> = |r| r.skipped.clone();
    note: Option<String> = |r| r.note.clone();
    confirmed: Option<bool> = |r| r.confirmed;
});

/// See `mass_alexa.Question`.
#[pyclass(frozen, module = "mass_alexa._native")]
pub(crate) struct Question(pub(crate) core::auth::Question);

#[pymethods]
impl Question {
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.name()
    }

    #[getter]
    fn prompt(&self) -> &str {
        &self.0.prompt
    }

    /// Whether the answer should not be seen while it is typed: a code is over in seconds.
    #[getter]
    fn secret(&self) -> bool {
        false
    }

    #[getter]
    fn choices(&self) -> Vec<(String, String)> {
        let pair = |choice: &core::auth::Choice| (choice.value.clone(), choice.label.clone());
        self.0.choices.iter().map(pair).collect()
    }

    #[getter]
    fn image<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.image.as_ref().map(|image| PyBytes::new(py, &image.bytes))
    }

    #[getter]
    fn image_type(&self) -> Option<&str> {
        self.0.image.as_ref().map(|image| image.media_type.as_str())
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Turns a list of core values into Python objects on the way out.
pub(crate) struct List<T, V>(pub(crate) Vec<T>, pub(crate) fn(T) -> V);

impl<'py, T, V> IntoPyObject<'py> for List<T, V>
where
    V: IntoPyObject<'py>,
{
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let items: PyResult<Vec<_>> =
            self.0.into_iter().map(|item| (self.1)(item).into_bound_py_any(py)).collect();
        items?.into_bound_py_any(py)
    }
}
