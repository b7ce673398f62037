//! What happens on the devices, told by Amazon.

pub mod event;
pub mod frames;
pub mod home;
pub mod stream;
