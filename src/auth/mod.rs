//! Enrolment: signing in with what a person knows and registering as a device.
//!
//! [`flow`] is the machine: pages and answers go in, requests and questions come out; it does no
//! I/O. [`enrolment`] drives it over the network and ends with a registered, sealed session.
//! [`browser`] offers the same as web pages on a one-time route of somebody else's server.

mod attempt;
pub mod authorize;
pub mod browser;
pub mod capabilities;
pub mod enrolment;
pub mod entrance;
pub mod flow;
pub mod identity;
pub mod pages;
pub mod register;
mod settlement;
mod stage;
pub mod totp;
mod trail;

pub use browser::{PageRequest, PageResponse, SignInPage};
pub use enrolment::{Enrolment, Progress};
pub use flow::Question;
pub use stage::Stage;
