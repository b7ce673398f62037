//! What happens on the devices, told by Amazon.

pub mod backoff;
pub mod event;
pub mod frames;
pub mod home;
pub mod rhythm;
pub mod stream;
pub mod watchdog;
