//! What happens on the devices, told by Amazon. So far: where to ask for it.

pub mod event;
pub mod home;
pub mod stream;
