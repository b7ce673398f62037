//! The skill: requests of Alexa and the answers to them.

pub mod sentences;
pub mod verify;
