//! What happens on the devices, told by Amazon. So far: where to ask for it.

pub mod home;
