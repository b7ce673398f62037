//! Amazon Echo devices as players: sign-in, a session that lasts, devices and commands.
//!
//! [`Account`] is the facade: cheap to clone, asynchronous, and the only thing that bindings and
//! gateways see. [`auth::Enrolment`] makes one by signing in; [`Account::open`] brings one back
//! from its sealed file without asking anything.
//!
//! Nothing here is an official interface of Amazon. Protocol facts are noted where they are used,
//! with how sure they are: *documented*, *observed* (seen in public clients) or *chosen* (ours).

/// Version of the app that this client takes after (*observed*, 2026-08), for building constants.
macro_rules! app_version {
    () => {
        "2.2.663733.0"
    };
}

pub mod account;
pub mod api;
pub mod auth;
pub mod clock;
pub mod error;
pub mod gateway;
pub mod net;
pub mod players;
pub mod push;
pub mod secret;
pub mod session;
pub mod settings;
pub mod site;
pub mod smapi;

pub use account::{Account, AccountInfo, SessionStatus};
pub use api::{
    CommandReport, Control, Device, DeviceKind, Feature, Playback, PlayerState, Speech, SpeechKind,
    Transport,
};
pub use error::{Error, ErrorKind, Result};
pub use players::{Change, Link, Links, Watch};
pub use secret::Secret;
pub use settings::Settings;
pub use site::Site;
