//! Volumes: wished for by many, sent by one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::super::Account;
use super::look::List;
use super::mixer::{Ended, Level, Mixer, Outcome, Step};
use super::{not_confirmed, serials};
use crate::api::commands::CommandReport;
use crate::api::devices::{Device, Feature};
use crate::error::{Error, Result, code};

/// The wishes of an account, and who waits for what becomes of them.
#[derive(Debug, Default)]
pub(super) struct Volumes {
    inner: Mutex<Inner>,
    /// There is something new to do.
    poked: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    mixer: Mixer,
    waiting: HashMap<u64, oneshot::Sender<Outcome>>,
    /// The number of whoever sends, if anybody does.
    running: Option<u64>,
    /// The number of the last one.
    last: u64,
}

impl Inner {
    /// The number of who is to send from now on, unless somebody does.
    fn start(&mut self) -> Option<u64> {
        if self.running.is_some() {
            return None;
        }
        self.last += 1;
        self.running = Some(self.last);
        self.running
    }

    fn end(&mut self, ended: Ended) {
        for (number, outcome) in ended {
            if let Some(waiting) = self.waiting.remove(&number) {
                // Whoever asked may have gone: the volume is set all the same.
                let _ = waiting.send(outcome);
            }
        }
    }
}

impl Volumes {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The volume that is wanted of a device and was not seen yet.
    pub(super) fn wanted(&self, serial: &str) -> Option<u8> {
        self.lock().mixer.wanted(serial)
    }

    /// Nothing is wanted of these devices any more.
    pub(super) fn drop_wishes(&self, serials: &[String]) {
        let mut inner = self.lock();
        let ended = inner.mixer.drop_wishes(serials);
        inner.end(ended);
    }

    /// Whoever sent is gone. Another one may have begun after it had nothing left to do.
    fn leave(&self, number: u64) {
        let mut inner = self.lock();
        if inner.running == Some(number) {
            inner.running = None;
            inner.waiting.clear();
        }
    }
}

/// Whoever sends ends with whoever runs it; those who wait are told.
struct Running {
    account: Account,
    number: u64,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.account.inner.control.volumes.leave(self.number);
    }
}

impl Account {
    /// Sets the volume, 0 to 100, on each member of a group. Of several wishes for a device that
    /// come quickly the last one counts; the others succeed without being seen.
    ///
    /// # Errors
    /// `bad-volume`, `no-such-device`, `not-supported`, `device-offline`, `not-confirmed` and those
    /// of the session.
    pub async fn set_volume(&self, serial: &str, level: u8) -> Result<CommandReport> {
        self.open_for(async {
            if level > 100 {
                return Err(Error::new(code::BAD_VOLUME, format!("{level} is no volume.")));
            }
            let at = self.reach(serial, Feature::Volume).await?;
            let (online, skipped) = self.split(&at.device.name, at.speakers())?;
            self.forget_restores(&serials(&online));
            let levels: Vec<_> = online.into_iter().map(|device| (device, level)).collect();
            let report = self.set_levels(&at.device.name, &levels, skipped).await?;
            self.forget_mutes(&report.done);
            Ok(report)
        })
        .await
    }

    /// Sets a volume of its own on each of several devices; `whole` is the name of them all.
    pub(super) async fn set_levels(
        &self,
        whole: &str,
        levels: &[(Arc<Device>, u8)],
        mut skipped: Vec<(String, String)>,
    ) -> Result<CommandReport> {
        let waiting = self.want_levels(levels);
        let mut done = Vec::new();
        let mut refused = None;
        let mut is_seen = true;
        for ((device, _), outcome) in levels.iter().zip(waiting) {
            let mut leave_out = |why: String| skipped.push((device.serial.clone(), why));
            match outcome.await.unwrap_or_else(|_| Outcome::Refused(closed())) {
                Outcome::Disobeyed => {
                    leave_out(format!("{} did not take the volume.", device.name));
                    continue;
                }
                Outcome::Refused(error) => {
                    leave_out(format!("{}: {}", device.name, error.message()));
                    refused = refused.or(Some(error));
                    continue;
                }
                Outcome::Unseen | Outcome::Replaced => is_seen = false,
                Outcome::Seen => {}
            }
            done.push(device.serial.clone());
        }
        if done.is_empty() {
            return Err(refused.unwrap_or_else(|| not_confirmed(whole, "did not take the volume")));
        }
        Ok(CommandReport { done, skipped, confirmed: is_seen.then_some(true), note: None })
    }

    /// Wishes, without waiting for them.
    pub(super) fn want_levels(
        &self,
        levels: &[(Arc<Device>, u8)],
    ) -> Vec<oneshot::Receiver<Outcome>> {
        let now = self.seconds();
        let volumes = &self.inner.control.volumes;
        let mut inner = volumes.lock();
        let mut receivers = Vec::new();
        for (device, level) in levels {
            let (number, ended) = inner.mixer.want(device, *level, now);
            inner.end(ended);
            let (sender, receiver) = oneshot::channel();
            inner.waiting.insert(number, sender);
            receivers.push(receiver);
        }
        let starts = inner.start();
        drop(inner);
        volumes.poked.notify_one();
        if let Some(number) = starts {
            // On a task of its own: the last wish counts, even if whoever had it goes away.
            tokio::spawn(mix(Running { account: self.clone(), number }));
        }
        receivers
    }

    async fn send_levels(&self, levels: &[Level]) -> Result<()> {
        let commander = self.commander();
        let nodes =
            levels.iter().map(|one| commander.target(&one.device).volume(one.level)).collect();
        commander.run(nodes, false).await
    }
}

async fn mix(running: Running) {
    let account = &running.account;
    let volumes = &account.inner.control.volumes;
    let board = account.board();
    let mut changes = board.changes();
    loop {
        changes.mark_unchanged();
        let known = |serial: &str| {
            let state = board.state(serial)?;
            Some((state.volume?, state.volume_at?))
        };
        let step = {
            let is_live = board.is_live();
            let mut inner = volumes.lock();
            if is_live {
                let ended = inner.mixer.heard(known);
                inner.end(ended);
            }
            let step = inner.mixer.next(account.seconds(), is_live);
            if matches!(step, Step::Rest) {
                // Under the lock: a wish that comes now starts another one.
                inner.running = None;
            }
            step
        };
        match step {
            Step::Rest => return,
            Step::Send(levels) => {
                let sent = Box::pin(account.open_for(account.send_levels(&levels))).await;
                let now = account.seconds();
                let mut inner = volumes.lock();
                match sent {
                    Ok(()) => inner.mixer.sent(&levels, now),
                    Err(error) => {
                        let ended = inner.mixer.refused(&levels, &error, now);
                        inner.end(ended);
                    }
                }
            }
            Step::Look => {
                let read = Box::pin(account.read_list(List::Volumes)).await;
                let mut inner = volumes.lock();
                if read.is_ok() {
                    let ended = inner.mixer.heard(known);
                    inner.end(ended);
                }
                let ended = inner.mixer.looked(read.is_ok(), account.seconds(), board.is_live());
                inner.end(ended);
            }
            Step::Until(at) => {
                let wait = Duration::try_from_secs_f64(at - account.seconds()).unwrap_or_default();
                tokio::select! {
                    () = account.live().http().clock().sleep(wait) => {}
                    () = volumes.poked.notified() => {}
                    _ = changes.changed() => {}
                    () = account.inner.closed.cancelled() => {
                        let mut inner = volumes.lock();
                        let ended = inner.mixer.give_up(&closed());
                        inner.end(ended);
                    }
                }
            }
        }
    }
}

fn closed() -> Error {
    Error::new(code::CLOSED, "The account was closed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_late_leaves_those_alone_who_wait_for_the_next_one() {
        let volumes = Volumes::default();
        let first = volumes.lock().start().unwrap();
        assert!(volumes.lock().start().is_none());
        volumes.lock().running = None;
        let second = volumes.lock().start().unwrap();
        let (sender, mut receiver) = oneshot::channel();
        volumes.lock().waiting.insert(1, sender);
        volumes.leave(first);
        assert!(matches!(receiver.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
        assert!(volumes.lock().start().is_none(), "one at a time");
        volumes.leave(second);
        assert!(volumes.lock().start().is_some());
        assert!(matches!(receiver.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
    }
}
