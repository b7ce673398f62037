//! Watching an account.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use super::Account;
use crate::players::watcher::Watcher;
use crate::players::{Links, Watch};

/// Who watches an account, and whether anything runs for them.
#[derive(Debug, Default)]
pub(super) struct Watchers {
    state: Mutex<State>,
    /// Nobody watches any more.
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    count: usize,
    is_running: bool,
}

impl Watchers {
    /// One more; whether something has to be started for them.
    fn join(&self) -> bool {
        let mut state = self.lock();
        state.count += 1;
        !std::mem::replace(&mut state.is_running, true)
    }

    fn leave(&self) {
        let mut state = self.lock();
        state.count -= 1;
        if state.count == 0 {
            self.left.notify_waiters();
        }
    }

    /// Whether nobody is left; then nothing runs any more.
    fn may_end(&self) -> bool {
        let mut state = self.lock();
        state.is_running = state.count > 0;
        !state.is_running
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    /// Tells what changes from now on, beginning with how everything is. As long as anybody watches,
    /// events are listened to and lists are read when it is time. Needs a tokio runtime.
    pub fn watch(&self) -> Watch {
        let mut watch = self.board().join();
        if self.inner.closed.is_cancelled() {
            watch.close();
            return watch;
        }
        if self.inner.watchers.join() {
            tokio::spawn(keep_watch(self.clone()));
        }
        // Not a whole account: a watch alone does not keep one open.
        let inner = Arc::downgrade(&self.inner);
        watch.on_drop(move || {
            if let Some(inner) = inner.upgrade() {
                inner.watchers.leave();
            }
        });
        watch
    }

    /// What the account hangs on, and how that stands.
    pub fn links(&self) -> Links {
        self.board().links()
    }
}

async fn keep_watch(account: Account) {
    let watchers = &account.inner.watchers;
    loop {
        let left = watchers.left.notified();
        tokio::pin!(left);
        left.as_mut().enable();
        if !watchers.may_end() {
            let running: BoxFuture<'_, ()> = Box::pin(Watcher::new(account.clone()).run());
            // Once the session is over there is nothing left to do but to wait for the end.
            let watching = running.then(|()| std::future::pending::<()>());
            tokio::select! {
                () = watching => {}
                () = account.inner.closed.cancelled() => {}
                () = left => {}
            }
        } else {
            return;
        }
        account.board().forget_push(account.whole_seconds());
        if account.inner.closed.is_cancelled() {
            account.board().close();
            return;
        }
    }
}
