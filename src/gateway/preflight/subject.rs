//! What is checked, and whom a check may ask.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;

use crate::api::Device;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::gateway::GatewaySettings;

/// What is checked. What is missing is not asked, and its steps say so.
#[derive(Clone)]
pub struct Subject<'a> {
    /// The gateway.
    pub settings: &'a GatewaySettings,
    /// A PEM file with authorities to trust besides the public ones.
    pub extra_ca: Option<&'a Path>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Who asks DNS; [`super::SystemResolver`] outside of tests.
    pub resolver: &'a dyn Resolver,
    /// The Echo that should play.
    pub echo: Option<&'a Device>,
    /// The developer's side of Amazon.
    pub console: Option<&'a dyn Console>,
    /// The running gateway.
    pub probe: Option<&'a dyn Probe>,
}

/// Who knows where names lead.
pub trait Resolver: Send + Sync {
    /// All addresses of a name.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The developer's side of Amazon, for somebody who is signed in there.
pub trait Console: Send + Sync {
    /// What it knows about a skill; `None` when it has no such skill. The words that open it are
    /// needed for this locale only.
    fn skill<'a>(
        &'a self,
        id: &'a str,
        locale: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<SkillFacts>>>;
}

/// A skill as its developer sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkillFacts {
    /// Version of this program that made it, if one did.
    pub version: Option<String>,
    /// Where its requests go.
    pub endpoint: Option<String>,
    /// Its locales.
    pub locales: BTreeMap<String, LocaleFacts>,
    /// Whether it can be tested, which enables it for the developer's own account.
    pub is_testing: Option<bool>,
}

/// One locale of a skill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocaleFacts {
    /// The words that open it, where they are known.
    pub invocation_name: Option<String>,
    /// Whether its model was built, where that is known.
    pub is_built: Option<bool>,
}

/// A running gateway that can try things out with a real Echo.
pub trait Probe: Send + Sync {
    /// When a request came last that Amazon had signed for this skill.
    fn heard_at(&self) -> Option<SystemTime>;
    /// Opens the skill on an Echo, without playing anything, and waits for its request.
    fn launch<'a>(&'a self, serial: &'a str) -> BoxFuture<'a, Launch>;
    /// Plays a short sound on an Echo and counts what it fetches of it.
    fn play<'a>(&'a self, serial: &'a str) -> BoxFuture<'a, Sound>;
}

/// What became of a launch.
#[derive(Debug)]
pub enum Launch {
    /// Its request came.
    Answered,
    /// No request came.
    Unanswered,
    /// The Echo said something else instead.
    Refused {
        /// What it said.
        said: String,
    },
    /// A request came and was not taken, such as one of another skill.
    Rejected {
        /// Why: a name as in [`crate::gateway::skill::verify::Tally::refused`].
        reason: &'static str,
    },
    /// It could not be tried.
    Failed(Error),
}

/// What became of a sound.
#[derive(Debug)]
pub enum Sound {
    /// The Echo fetched so many bytes.
    Fetched(u64),
    /// The Echo did not come for it.
    NotFetched,
    /// The Echo came and said why it could not play it.
    Refused {
        /// What it said.
        reason: String,
    },
    /// It could not be tried.
    Failed(Error),
}
