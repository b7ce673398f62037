//! The gateway: what the world outside may reach. It answers the Alexa skill and hands out sound and
//! pictures by signed addresses; nothing else of the house can be reached through it.

pub mod event;
pub mod item;
pub mod listener;
pub mod media;
pub mod preflight;
mod service;
pub mod settings;
pub mod signer;
pub mod skill;
pub(crate) mod stage;

pub use self::event::{Ask, GatewayEvent, SkillDevice, Stage, StagePlayback, Trouble, Wish};
pub use self::item::Item;
pub use self::service::Gateway;
pub use self::settings::{GatewaySettings, TlsFiles};
pub use self::stage::{GatewayData, GatewayWatch};
