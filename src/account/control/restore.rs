//! Volumes that come back after a speech, unless somebody turned the knob meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::super::Account;
use super::mixer::Outcome;
use super::numbers::VOLUME_TOLERANCE;
use crate::api::devices::Device;
use crate::session::data::Restore;

/// After a failure to look it is tried again so often, this many seconds apart (*chosen*).
const TRIES: u32 = 3;
const APART: Duration = Duration::from_secs(5);
/// After a failure to set the volume it is tried again so much later (*chosen*).
const AGAIN: Duration = Duration::from_secs(30);
/// A speech waits no longer than this until Amazon takes it, in seconds (*chosen*).
const SENDING: u64 = 120;
/// What was to be restored longer ago than this has been settled by somebody else (*chosen*).
const LATEST: u64 = 600;

/// Counts the restores that are under way. What is to be restored is kept with the session, so that
/// it is made up for after a restart.
#[derive(Debug, Default)]
pub(super) struct Restores {
    under_way: watch::Sender<usize>,
}

/// A speech on its way. However it ends, its volumes come back when it is over: also when its caller
/// went away, and it is not known whether Amazon took it.
pub(super) struct Louder<'a> {
    pub(super) account: &'a Account,
    pub(super) serials: Vec<String>,
    /// How long it takes, in seconds.
    pub(super) length: u64,
}

impl Drop for Louder<'_> {
    fn drop(&mut self) {
        let due = self.account.whole_seconds() + self.length;
        self.account.live().kept().with(|data| {
            for serial in &self.serials {
                if let Some(one) = data.learned.restores.get_mut(serial) {
                    one.due = due;
                }
            }
        });
        if !self.serials.is_empty() {
            self.account.restore_at(due);
        }
    }
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
    /// speeches on top of each other the first one knows that. When it is due is known when the
    /// speech was sent: nobody else must take it for due before.
    pub(super) fn note_restore(&self, device: &Device, was: u8, set: u8) {
        let due = self.whole_seconds() + SENDING;
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

    /// Restores what was noted by an earlier program when it is due. Needs a tokio runtime.
    pub(crate) fn restore_later(&self) {
        let due =
            self.live().kept().with(|data| data.learned.restores.values().map(|one| one.due).max());
        if let Some(due) = due {
            self.restore_at(due);
        }
    }

    fn restore_at(&self, due: u64) {
        // Whoever drops a speech that is on its way may do so without a runtime.
        let Ok(runtime) = Handle::try_current() else { return };
        self.inner.control.restores.under_way.send_modify(|count| *count += 1);
        let under_way = UnderWay(self.clone());
        runtime.spawn(async move {
            let account = under_way.0.clone();
            // In case this program ends before it is due.
            Box::pin(account.live().save_changes()).await;
            let mut wait = Duration::from_secs(due.saturating_sub(account.whole_seconds()));
            let mut under_way = Some(under_way);
            loop {
                tokio::select! {
                    () = account.live().http().clock().sleep(wait) => {}
                    // It stays noted.
                    () = account.inner.closed.cancelled() => return,
                }
                if !Box::pin(account.restore()).await {
                    return;
                }
                // Nobody waits for what may take minutes.
                under_way.take();
                wait = AGAIN;
            }
        });
    }

    /// Restores what is due. True when something is left that Amazon did not take.
    async fn restore(&self) -> bool {
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
                () = self.inner.closed.cancelled() => return false,
            }
        }
        let taken = self.take_restores();
        if taken.is_empty() {
            return false;
        }
        let levels: Vec<_> =
            taken.iter().map(|(device, one)| (Arc::clone(device), one.was)).collect();
        let outcomes = self.want_levels(&levels);
        let mut is_left = false;
        for ((device, one), outcome) in taken.into_iter().zip(outcomes) {
            // Whether it worked is told to nobody; the mixer insists as for anybody else.
            if matches!(outcome.await, Ok(Outcome::Refused(_)) | Err(_)) {
                is_left |= self.put_back(&device, one);
            }
        }
        is_left
    }

    /// Notes once more what Amazon did not take. False where something else is wanted by now.
    fn put_back(&self, device: &Device, one: Restore) -> bool {
        let wanted = self.inner.control.volumes.wanted(&device.serial);
        self.live().kept().with(|data| {
            let restores = &mut data.learned.restores;
            if wanted.is_some() || restores.contains_key(&device.serial) {
                return false;
            }
            restores.insert(device.serial.clone(), one);
            true
        })
    }

    /// What is due and not changed by anybody.
    fn take_restores(&self) -> Vec<(Arc<Device>, Restore)> {
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
                // The list may still show the volume from before the speech, or an event was lost.
                let is_ours = is(one.set) || is(one.was);
                if !is_ours {
                    tracing::debug!(serial, "the volume was changed meanwhile and stays");
                }
                let device = household.get(&serial).filter(|_| is_ours)?;
                Some((Arc::clone(device), one))
            })
            .collect()
    }
}
