//! Alexa skills: the cloud that knows them, and the Echos that play what they say.
//!
//! What a skill may answer, the events of the audio player and the forms of requests as
//! *documented*; what Echos do in between from field reports, and where there are none the choice
//! is said. Everything an Echo does follows the simulated clock; only bytes on the network take
//! real time.

pub(crate) mod carrier;
pub(crate) mod certificates;
pub(crate) mod cloud;
mod echo;
pub(crate) mod engine;
mod envelope;
mod exchange;
mod mpeg;
mod outbox;
mod player;
mod reply;
mod shown;
mod stream;
pub(crate) mod trust;
pub(crate) mod views;
mod voice;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::skill::carrier::Job;
use crate::skill::certificates::{Notary, SignOrder, SigningChain};
use crate::skill::cloud::Cloud;
use crate::skill::echo::Echo;
use crate::skill::trust::Trust;

/// All that belongs to skills.
#[derive(Debug, Default)]
pub(crate) struct Realm {
    pub(crate) cloud: Cloud,
    pub(crate) echos: BTreeMap<String, Echo>,
    pub(crate) notary: Option<Arc<Notary>>,
    pub(crate) trust: Option<Trust>,
    /// Where the simulator itself listens.
    pub(crate) here: Option<SocketAddr>,
    pub(crate) jobs: Option<UnboundedSender<Job>>,
}

impl Realm {
    /// Hands something to the network.
    fn job(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // At the end of the simulator nobody takes it any more.
            let _ = jobs.send(job);
        }
    }

    fn signed(&self, body: &[u8], chain: SigningChain) -> Vec<(String, String)> {
        let order = SignOrder { chain, ..SignOrder::default() };
        self.notary.as_ref().map(|notary| notary.sign(body, &order)).unwrap_or_default()
    }
}
