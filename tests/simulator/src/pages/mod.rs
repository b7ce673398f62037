//! The pages below `/ap/` and other web pages of the shop.

mod challenges;
pub(crate) mod flow;
mod markup;
mod obstacles;
pub(crate) mod privacy;
mod scripts;
pub(crate) mod sign_in;
mod steps;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};

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
        (&Method::GET, "/ap/cvf/request" | "/ap/cvf/hop" | "/ap/cvf/back") => {
            flow::request(state, call)
        }
        (
            &Method::POST,
            "/ap/cvf/verify"
            | "/ap/verify"
            | "/ap/mfa/new-otp"
            | "/ap/cvf/approval/verifyOtp"
            | "/ap/accountfixup",
        ) => flow::submit(state, call),
        _ => answer::html(StatusCode::NOT_FOUND, &markup::not_found()),
    }
}

/// Answers the hosts of pictures, styles and scripts.
pub(crate) fn asset(call: &Call) -> Answer {
    // What a page hides it hides by this class.
    let (kind, body) = match call.path.rsplit('.').next() {
        Some("jpg" | "jpeg" | "png") => {
            let mut answer = Answer::new(challenges::PICTURE.into());
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
            return answer;
        }
        Some("css") => ("text/css", ".aok-hidden { display: none; }"),
        Some("js") => ("text/javascript", ""),
        _ => return not_found(),
    };
    answer::with_header(Answer::new(body.into()), CONTENT_TYPE, kind)
}

/// The page for what does not exist.
pub(crate) fn not_found() -> Answer {
    answer::html(StatusCode::NOT_FOUND, &markup::not_found())
}
