//! What can be asked of Amazon once signed in: devices, state, commands.

pub mod catalogue;
pub mod commands;
pub mod customer;
pub mod devices;
pub mod household;
pub mod media;
pub mod readings;
pub mod sequence;
pub mod state;
mod wire;

pub use commands::{CommandReport, Speech, SpeechKind, Transport};
pub use customer::Customer;
pub use devices::{Device, DeviceKind, Feature};
pub use household::Household;
pub use media::{Control, Media};
pub use state::{Playback, PlayerState};
