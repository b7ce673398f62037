//! A stand-in for the parts of Amazon that a client of Echo devices talks to.
//!
//! One loopback TLS port answers for every Amazon host by name, over HTTP/1.1 and HTTP/2, below a
//! throw-away certificate authority. A second, plain HTTP port is the control interface. The same
//! control is offered to Rust tests by the methods of [`Simulator`].
//!
//! The behaviour is written from what public clients of this unofficial interface send and accept;
//! each module says where its facts come from and how sure they are. Nothing in here was checked
//! against the live service.

mod account;
mod answer;
mod api;
mod auth;
mod call;
mod clock;
mod coding;
mod control;
mod cookies;
mod faults;
mod household;
mod journal;
mod knobs;
mod options;
mod pages;
mod push;
mod router;
mod server;
mod simulator;
mod sites;
mod skill;
mod smapi;
pub mod sound;
mod state;
mod tls;

pub use account::identity::AccountView;
pub use account::sessions::RegistrationView;
pub use control::{CodeView, PlayRequest, ProviderKind};
pub use faults::{Fault, FaultKind};
pub use household::defaults::{EMAIL, OTP_SEED, PASSWORD};
pub use household::views::{
    Bluetooth, DevicePatch, DeviceSeed, DeviceView, Heard, HeardKind, Playback, TrackView,
};
pub use journal::{JournalEntry, Requests};
pub use knobs::{
    ApprovalRefusal, Encoding, Knobs, KnobsPatch, MarketplaceShape, MemberState, NextPage,
    ProblemBox, PushBoundary, PushFraming, PushRegion, RateLimit, SessionsShape, SessionsUnit,
    Throttle,
};
pub use options::Options;
pub use push::hub::PushDrop;
pub use simulator::Simulator;
pub use skill::certificates::{
    CertificateOrder, IssuedCertificate, Issuer, SignOrder, SigningChain,
};
pub use skill::cloud::{
    BuildStatus, EndpointCertificate, Skill, SkillLocale, SkillPatch, SkillSeed,
};
pub use skill::trust::SkillTls;
pub use skill::views::{Activity, Audible, Button, EchoView, PictureView, SentEvent};
pub use smapi::{CLIENT_ID, DeveloperPatch, DeveloperView, RETURN_URL, VENDOR, Vendor};
pub use state::{Counters, Expire};
