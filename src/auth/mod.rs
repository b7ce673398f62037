//! Enrolment: signing in with what a person knows and registering as a device.
//!
//! [`flow`] is the machine: pages and answers go in, requests and questions come out; it does no
//! I/O. [`enrolment`] drives it over the network and ends with a registered, sealed session.
//! [`browser`] offers the same as web pages on a one-time route of somebody else's server.

mod attempt;
pub mod authorize;
pub mod browser;
pub mod capabilities;
mod captchas;
pub mod enrolment;
pub mod entrance;
pub mod flow;
pub mod identity;
mod link;
pub mod pages;
mod question;
pub mod register;
mod settlement;
mod stage;
pub mod totp;
mod trail;
mod window;

pub use browser::{PageRequest, PageResponse, SignInPage};
pub use enrolment::{Enrolment, Progress};
pub use link::LinkSignIn;
pub use pages::Choice;
pub use question::{Picture, Question, QuestionKind};
pub use stage::Stage;
pub use trail::Trail;
