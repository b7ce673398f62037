//! Volumes that come back after a speech, unless somebody turned the knob meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::super::Account;
use super::numbers::VOLUME_TOLERANCE;
use crate::api::devices::Device;
use crate::session::data::Restore;

/// After a failure to look it is tried again so often, this many seconds apart (*chosen*).
const TRIES: u32 = 3;
const APART: Duration = Duration::from_secs(5);
/// What was to be restored longer ago than this has been settled by somebody else (*chosen*).
const LATEST: u64 = 600;

/// Counts the restores that are under way. What is to be restored is kept with the session, so that
/// it is made up for after a restart.
#[derive(Debug, Default)]
pub(super) struct Restores {
    under_way: watch::Sender<usize>,
}

/// One that is under way.
struct UnderWay(Account);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.inner.control.restores.under_way.send_modify(|count| *count -= 1);
    }
}

impl Account {
    /// Waits until the volumes that were changed for a speech are as they were before. A program
    /// that ends after speaking waits for this, or leaves it to the next one.
    pub async fn settle(&self) {
        let mut under_way = self.inner.control.restores.under_way.subscribe();
        tokio::select! {
            _ = under_way.wait_for(|count| *count == 0) => {}
            () = self.inner.closed.cancelled() => {}
        }
    }

    /// Notes what the volume of a device is for a while, and what it is to be afterwards. Of several
    /// speeches on top of each other the first one knows that.
    pub(super) fn note_restore(&self, device: &Device, was: u8, set: u8, due: u64) {
        self.live().kept().with(|data| {
            let before = data.learned.restores.get(&device.serial).map(|before| before.was);
            let restore = Restore { was: before.unwrap_or(was), set, due };
            data.learned.restores.insert(device.serial.clone(), restore);
        });
    }

    /// The volume that a device is to have, if it is another one for a while only.
    pub(super) fn noted_restore(&self, serial: &str) -> Option<u8> {
        self.live().kept().with(|data| data.learned.restores.get(serial).map(|one| one.was))
    }

    /// Somebody wants something else of these devices.
    pub(super) fn forget_restores(&self, serials: &[String]) {
        self.live()
            .kept()
            .with(|data| data.learned.restores.retain(|serial, _| !serials.contains(serial)));
    }

    /// Restores what is noted when it is due. Needs a tokio runtime.
    pub(crate) fn restore_later(&self) {
        let Some(due) = self.next_restore() else { return };
        self.inner.control.restores.under_way.send_modify(|count| *count += 1);
        let account = UnderWay(self.clone());
        tokio::spawn(async move {
            let account = &account.0;
            // In case this program ends before it is due.
            Box::pin(account.live().save_changes()).await;
            let wait = Duration::from_secs(due.saturating_sub(account.whole_seconds()));
            tokio::select! {
                () = account.live().http().clock().sleep(wait) => {}
                // It stays noted.
                () = account.inner.closed.cancelled() => return,
            }
            Box::pin(account.restore()).await;
        });
    }

    fn next_restore(&self) -> Option<u64> {
        self.live().kept().with(|data| data.learned.restores.values().map(|one| one.due).max())
    }

    async fn restore(&self) {
        for _ in 0..TRIES {
            let known = async {
                self.any_household().await?;
                self.know_volumes().await
            };
            match self.open_for(known).await {
                Ok(()) => break,
                Err(error) => tracing::debug!(%error, "a volume cannot be restored yet"),
            }
            tokio::select! {
                () = self.live().http().clock().sleep(APART) => {}
                () = self.inner.closed.cancelled() => return,
            }
        }
        let levels = self.take_restores();
        if levels.is_empty() {
            return;
        }
        for outcome in self.want_levels(&levels) {
            // Whether it worked is told to nobody; the mixer insists as for anybody else.
            let _ = outcome.await;
        }
    }

    /// What is due and not changed by anybody.
    fn take_restores(&self) -> Vec<(Arc<Device>, u8)> {
        let now = self.whole_seconds();
        let due: BTreeMap<String, Restore> = self.live().kept().with(|data| {
            let all = std::mem::take(&mut data.learned.restores);
            let (due, later) = all.into_iter().partition(|(_, one): &(_, Restore)| one.due <= now);
            data.learned.restores = later;
            due
        });
        let household = self.board().household().unwrap_or_default();
        due.into_iter()
            .filter(|(_, one)| now - one.due <= LATEST)
            .filter_map(|(serial, one)| {
                let shown = self.board().state(&serial)?.volume?;
                let is = |level: u8| shown.abs_diff(level) <= VOLUME_TOLERANCE;
                // The list may still show the volume from before the speech.
                let is_ours = is(one.set) || is(one.was) && !self.board().is_live();
                if !is_ours {
                    tracing::debug!(serial, "the volume was changed meanwhile and stays");
                }
                let device = household.get(&serial).filter(|_| is_ours)?;
                Some((Arc::clone(device), one.was))
            })
            .collect()
    }
}
