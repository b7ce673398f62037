//! What happens on the devices, told by Amazon.

pub mod backoff;
mod connection;
mod directive;
pub mod event;
pub mod frames;
pub mod health;
pub mod home;
pub mod rhythm;
pub mod stream;
pub mod watchdog;
