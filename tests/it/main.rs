//! The core against the simulated Amazon, over real TLS sockets with Amazon's host names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup;
mod browser;
mod canary;
mod commands;
mod concert;
mod corpus;
mod crash;
mod csrf;
mod day;
mod declaration;
mod depot;
mod devices;
mod discovery;
mod ear;
mod endpoints;
mod enrolment;
mod front;
mod groups;
mod keys;
mod ladder;
mod leaping;
mod lifetime;
mod links;
mod listener;
mod manners;
mod pacing;
mod preflight;
mod push;
mod refusals;
mod regions;
mod scale;
mod session;
mod sign_in_page;
mod sign_in_scenarios;
mod sign_in_traces;
#[cfg(target_os = "linux")]
mod soak;
mod speech;
mod stage;
mod support;
mod upstream;
mod verify;
mod volume;
mod watch;
mod window;
