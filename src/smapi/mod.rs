//! The owner's own skill at Amazon: what it consists of, and bringing it there.
//!
//! Unlike the rest this uses an interface that Amazon offers to the public, the Alexa Skill
//! Management API, with the developer account of the owner. [`package`] describes the skill,
//! [`lwa`] gets the consent of the developer, [`deploy()`] brings the one to the other.

pub mod client;
pub mod deploy;
pub mod landing;
pub mod lwa;
pub mod package;
pub mod state;

pub use self::client::Client;
pub use self::deploy::{Deployed, Step, Target, deploy};
pub use self::landing::Landing;
pub use self::lwa::{Consent, Profile, RETURN_URL};
pub use self::package::{Certificate, Package};
pub use self::state::{Progress, SkillState};
