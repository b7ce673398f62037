//! What makes an installation signed in, and how it is kept: cookies, tokens, the sealed file.
//!
//! [`live::Live`] is the session in use. It is written to disk through [`seal`] and [`store`] after
//! enrolment and after each refresh, and is never written anywhere in the clear.

pub mod backup;
pub mod call;
mod csrf;
pub mod data;
mod declaration;
mod ending;
pub mod flight;
mod futility;
pub mod jar;
pub mod kept;
pub mod key;
mod key_ladder;
mod keyring;
pub mod live;
pub mod outlook;
pub mod records;
pub mod renewal;
pub mod seal;
pub mod store;
mod store_developer;
mod store_folder;
mod store_keys;
mod upkeep;

pub use call::Call;
pub use data::SessionData;
pub use jar::Jar;
pub use live::Live;
pub use records::Records;
pub use store::Store;
pub use store_keys::rotate_key;
