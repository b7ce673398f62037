//! The skill: requests of Alexa and the answers to them.

pub mod envelope;
pub mod reply;
pub mod sentences;
pub mod verify;
