//! The simulator seen through its sockets: a small client signs in by hand and uses it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod command_faults;
mod commands;
mod devices;
mod pages;
mod program;
mod push;
mod regions;
mod service;
mod sessions;
mod sign_in;
mod skill;
mod skill_app;
mod skill_double;
mod skill_faults;
mod skill_long;
mod skill_voice;
mod smapi;
mod smart_home;
mod state_faults;
mod support;
mod tokens;
mod wire;
