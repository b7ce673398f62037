//! The pages below `/ap/` and other web pages of the shop.

pub(crate) mod flow;
mod markup;
mod obstacles;
pub(crate) mod privacy;
pub(crate) mod sign_in;

use http::{Method, StatusCode};

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::state::State;

/// Answers everything below `/ap/` except the cookie exchange.
pub(crate) fn route(state: &mut State, call: &Call) -> Answer {
    match (&call.method, call.path.trim_end_matches('/')) {
        (&Method::GET, "/ap/signin" | "/ap/register") => flow::open(state, call),
        (&Method::POST, "/ap/signin" | "/ap/register") => flow::submit(state, call),
        (_, "/ap/maplanding") => answer::html(StatusCode::NOT_FOUND, &markup::map_landing()),
        (&Method::GET, "/ap/cvf/approval" | "/ap/cvf/approval/poll") => {
            flow::poll_approval(state, call)
        }
        (&Method::POST, "/ap/cvf/verify" | "/ap/verify" | "/ap/mfa/new-otp") => {
            flow::submit(state, call)
        }
        _ => answer::html(StatusCode::NOT_FOUND, &markup::not_found()),
    }
}

/// The page for what does not exist.
pub(crate) fn not_found() -> Answer {
    answer::html(StatusCode::NOT_FOUND, &markup::not_found())
}
