//! What an Echo fetches: what a cue is, is decided when it is fetched, not when it is announced.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::Stages;
use super::cue::Cue;
use super::numbers::SOURCE;
use crate::gateway::event::{Ask, GatewayEvent, Wish};
use crate::gateway::item::Item;
use crate::gateway::media::{CueRef, FetchKind, FetchReport, NoSource, Source, Sources};

impl Sources for Stages {
    fn source(&self, cue: CueRef) -> BoxFuture<'_, Result<Source, NoSource>> {
        async move {
            let known = self.lock().deck(&cue.serial).cue_of(cue.sequence).cloned();
            let found = known.ok_or(NoSource::Gone)?;
            if !found.is_stale {
                return Ok(source_of(&found));
            }
            let item = self.ask_source(&cue.serial, &found.item.id).await?;
            let fresh = self.change(&cue.serial, |deck, _| {
                let cue = deck.cue_mut(cue.sequence)?;
                cue.item.url = item.url;
                cue.is_stale = false;
                Some(source_of(cue))
            });
            fresh.ok_or(NoSource::Gone)
        }
        .boxed()
    }

    fn fetched(&self, cue: &CueRef, report: &FetchReport) {
        match &report.kind {
            FetchKind::Begun => {}
            FetchKind::UpstreamFailed(why) => {
                tracing::warn!(serial = cue.serial, why, "the source of a sound failed");
                self.lock().source_failures.insert(cue.serial.clone(), why.clone());
                return;
            }
            _ => return,
        }
        self.change(&cue.serial, |deck, _| {
            if let Some(cue) = deck.cue_mut(cue.sequence) {
                cue.fetched_at.get_or_insert(report.at);
            }
        });
    }
}

fn source_of(cue: &Cue) -> Source {
    let duration = cue.item.duration;
    Source { url: cue.item.url.clone(), start: cue.base, duration, live: duration.is_none() }
}

impl Stages {
    /// Asks the host where the sound of an item is.
    async fn ask_source(&self, serial: &str, item: &str) -> Result<Item, NoSource> {
        let (answer, found) = oneshot::channel();
        let id = {
            let mut state = self.lock();
            state.asked += 1;
            let id = state.asked;
            state.sources.insert(id, answer);
            id
        };
        let wish = Wish::Source { item: item.to_owned() };
        let is_heard =
            self.feed.tell(&GatewayEvent::Ask(Ask { id, serial: serial.to_owned(), wish }));
        let found = tokio::select! {
            found = found => found.ok(),
            () = self.clock.sleep(SOURCE) => None,
        };
        self.lock().sources.remove(&id);
        match found {
            Some(Some(item)) => Ok(item),
            Some(None) => Err(NoSource::Gone),
            None if is_heard => Err(NoSource::Busy),
            // Nobody is there yet: the host is just starting.
            None => Err(NoSource::Busy),
        }
    }

    /// The host's answer to a question for the sound of an item; `None` if there is none any more.
    pub(crate) fn provide(&self, ask: u64, item: Option<Item>) {
        let answer = self.lock().sources.remove(&ask);
        if let Some(answer) = answer {
            let _ = answer.send(item);
        }
    }
}
