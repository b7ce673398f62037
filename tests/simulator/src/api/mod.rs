//! The web API on `alexa.D` and the regional hosts.

pub(crate) mod behaviors;
pub(crate) mod capabilities;
pub(crate) mod comms;
mod devices;
mod endpoints;
mod identity;
pub(crate) mod lists;
pub(crate) mod now_playing;
mod player;
mod player_command;
mod settings;
mod smart_home;
mod volumes;

use http::{Method, StatusCode};

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::pages;
use crate::state::State;

/// Answers a call of somebody who is signed in.
pub(crate) fn route(state: &mut State, call: &Call) -> Answer {
    let segments = call.segments();
    match segments.as_slice() {
        [""] => answer::redirect(&format!("https://alexa.{}/spa/index.html", call.site.domain)),
        ["spa", "index.html"] | ["templates", ..] => identity::web_page(state, call),
        ["nexus", "v1", "graphql"] => endpoints::graphql(state, call),
        ["v1", "alexa", "device", "reboot", ..] => answer::empty(StatusCode::OK),
        ["api", rest @ ..] => api(state, call, rest),
        _ => pages::not_found(),
    }
}

fn api(state: &mut State, call: &Call, rest: &[&str]) -> Answer {
    match rest {
        [
            "users" | "welcome" | "customer-status" | "endpoints" | "language" | "strings" | "ping"
            | "household",
            ..,
        ] => identity::route(state, call, rest),
        ["devices-v2" | "wholeHomeAudio", ..] => devices::route(state, call, rest),
        ["devices", "device", serial] if call.method == Method::DELETE => {
            devices::delete(state, serial)
        }
        ["devices", ..] => volumes::route(state, call, rest),
        ["np", "command"] => player_command::command(state, call),
        ["np", "control-media-session"] => player_command::control_session(state, call),
        ["np", ..] => player::route(state, call, rest),
        ["media", "state"] => player::media_state(state, call),
        ["phoenix", "state"] if call.method == Method::POST => smart_home::states(state, call),
        ["behaviors", ..] => behaviors::route(state, call, rest),
        _ => settings::route(state, call, rest),
    }
}

/// The two query parameters that name a device.
pub(crate) fn asked_serial(call: &Call) -> String {
    call.query().text("deviceSerialNumber").to_owned()
}

/// An answer that plants the csrf cookie, as several pages and lists do (observed with three
/// clients). A value that is still good stays.
pub(crate) fn with_csrf(state: &mut State, call: &Call, answer: Answer) -> Answer {
    let good = call.cookie("csrf").is_some_and(|have| state.sessions.csrf.contains(&have));
    if good {
        return answer;
    }
    let value = state.issue_csrf();
    let cookie = format!("csrf={value}; Domain=.{}; Path=/; Secure", call.site.domain);
    answer::with_cookie(answer, &cookie)
}
