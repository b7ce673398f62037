//! The devices of the account: what they are, what they do and what was done to them.

mod changes;
pub(crate) mod defaults;
pub(crate) mod later;
pub(crate) mod media;
pub(crate) mod model;
pub(crate) mod operation;
pub(crate) mod sequence;
pub(crate) mod speech;
pub(crate) mod transport;
pub(crate) mod views;
