//! The one way out to Amazon: throttle, send, judge.
//!
//! [`Http`] sends a single request and never follows redirects; who follows them decides about each
//! hop. [`Streaming`] is an answer without an end. [`manners`] holds every number of politeness;
//! [`gate`] and [`circuit`] keep to them. `chains` fetches the certificates of
//! skill requests. [`verdict`] tells what an answer means. Repeating and
//! renewing is the session's business.

pub(crate) mod chains;
pub mod circuit;
pub mod endpoint;
pub mod gate;
mod hold;
pub mod http;
pub mod manners;
pub mod request;
pub mod streaming;
pub(crate) mod tls;
pub mod verdict;

pub use endpoint::EndpointClass;
pub use gate::Gate;
pub use http::{Answer, Http, RawAnswer};
pub use request::{Body, Lane, RawBody, Request};
pub use streaming::Streaming;
pub use verdict::{Expect, Verdict};
