//! The owner's own skill at Amazon: what it consists of, and bringing it there.
//!
//! Unlike the rest this uses an interface that Amazon offers to the public, the Alexa Skill
//! Management API, with the developer account of the owner.

pub mod package;

pub use self::package::{Certificate, Package};
