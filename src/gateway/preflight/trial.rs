//! Trying things out with a real Echo through the running gateway: one short silence as an
//! announcement shows whether the skill is opened and whether sound is fetched, and what played
//! before goes on.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;

use super::silence::{LENGTH, Silence};
use super::subject::{Launch, Probe, Sound};
use crate::error::{Error, Result, code};
use crate::gateway::Gateway;
use crate::gateway::item::Item;

/// How often the counters are looked at (*chosen*).
const GLANCE: Duration = Duration::from_millis(100);

/// One trial with one gateway.
pub(in crate::gateway) struct Trial<'a> {
    gateway: &'a Gateway,
    under_way: Mutex<Option<UnderWay>>,
}

struct UnderWay {
    work: JoinHandle<Result<()>>,
    bytes_before: u64,
    /// Served as long as it plays.
    silence: Silence,
}

impl<'a> Trial<'a> {
    pub(in crate::gateway) fn new(gateway: &'a Gateway) -> Self {
        Self { gateway, under_way: Mutex::default() }
    }

    async fn open(&self, serial: &str) -> Launch {
        let silence = match Silence::serve().await {
            Ok(silence) => silence,
            Err(error) => {
                let sentence = "Nothing could be served inside this machine to be played.";
                return Launch::Failed(Error::new(code::PORT_TAKEN, sentence).with_source(error));
            }
        };
        let before = self.gateway.tally();
        let bytes_before = self.gateway.traffic(serial).bytes;
        let item = Item {
            id: "mass-alexa-check".to_owned(),
            url: silence.url.clone(),
            title: "Check of streaming".to_owned(),
            artist: None,
            album: None,
            image: None,
            duration: Some(LENGTH),
        };
        let (gateway, of) = (self.gateway.clone(), serial.to_owned());
        let work = tokio::spawn(async move { gateway.announce(&of, item).await });
        while !work.is_finished() && self.gateway.tally().accepted == before.accepted {
            self.gateway.clock().sleep(GLANCE).await;
        }
        let now = self.gateway.tally();
        if now.accepted > before.accepted {
            *self.under_way.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(UnderWay { work, bytes_before, silence });
            return Launch::Answered;
        }
        let error = match work.await {
            Ok(Err(error)) => error,
            // It plays without a request: somebody else's answer was in time.
            Ok(Ok(())) => return Launch::Answered,
            Err(error) => {
                return Launch::Failed(
                    Error::new(code::CLOSED, "The trial was cut off.").with_source(error),
                );
            }
        };
        if error.code() != code::LAUNCH_UNANSWERED {
            return Launch::Failed(error);
        }
        match refused_since(&before.refused, &now.refused) {
            Some(reason) => Launch::Rejected { reason },
            None => Launch::Unanswered,
        }
    }

    async fn listen(&self, serial: &str) -> Sound {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(UnderWay { work, bytes_before, silence }) = under_way else {
            return Sound::NotFetched;
        };
        let outcome = work.await;
        drop(silence);
        let bytes = self.gateway.traffic(serial).bytes.saturating_sub(bytes_before);
        match outcome {
            _ if bytes == 0 => Sound::NotFetched,
            Ok(Err(error)) => Sound::Refused { reason: error.message().to_owned() },
            Ok(Ok(())) | Err(_) => Sound::Fetched(bytes),
        }
    }
}

impl Probe for Trial<'_> {
    fn heard_at(&self) -> Option<SystemTime> {
        self.gateway.heard_at()
    }

    fn launch<'a>(&'a self, serial: &'a str) -> BoxFuture<'a, Launch> {
        self.open(serial).boxed()
    }

    fn play<'a>(&'a self, serial: &'a str) -> BoxFuture<'a, Sound> {
        self.listen(serial).boxed()
    }
}

/// Why requests were refused meanwhile; those that only Amazon could have sent go first, because
/// anybody can send the others.
fn refused_since(
    before: &BTreeMap<&'static str, u64>,
    now: &BTreeMap<&'static str, u64>,
) -> Option<&'static str> {
    const SIGNED: [&str; 4] = ["other-skill", "too-old", "expired", "no-chain"];
    let has_grown = |name: &str| now.get(name) > before.get(name);
    let signed = SIGNED.into_iter().find(|name| has_grown(name));
    signed.or_else(|| now.keys().copied().find(|name| has_grown(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_amazon_can_have_sent_goes_first() {
        let before = BTreeMap::from([("no-signature", 3), ("too-old", 1)]);
        assert_eq!(refused_since(&before, &before), None);
        let noise = BTreeMap::from([("no-signature", 4), ("too-old", 1)]);
        assert_eq!(refused_since(&before, &noise), Some("no-signature"));
        let late = BTreeMap::from([("no-signature", 4), ("too-old", 2)]);
        assert_eq!(refused_since(&before, &late), Some("too-old"));
    }
}
