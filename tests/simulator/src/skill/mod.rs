//! Alexa skills: the cloud that knows them, and the Echos that play what they say.

pub(crate) mod certificates;
pub(crate) mod cloud;
pub(crate) mod views;
