//! Looking whether a command had its effect.

use std::time::Duration;

use super::super::Account;
use super::wishes::Wish;
use crate::players::Board;

/// What was seen of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is there.
    Yes,
    /// It is not.
    No,
    /// Something newer is wanted.
    Replaced,
    /// Nobody could look.
    Unknown,
}

/// The list that shows an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Sessions,
    Volumes,
}

impl Account {
    /// Waits until the board shows an effect. While events arrive they are waited for, and the list
    /// is read once at the end, in case one was lost; else it is read at each of `looks`, given in
    /// seconds. What the board knew before is not believed then.
    pub(super) async fn look(
        &self,
        wish: &Wish,
        list: List,
        looks: &[f64],
        fits: &(dyn Fn(&Board) -> bool + Send + Sync),
    ) -> Seen {
        let board = self.board();
        let mut changes = board.changes();
        let mut before = 0.0;
        for (number, look) in looks.iter().enumerate() {
            let wait = Duration::try_from_secs_f64(look - before).unwrap_or_default();
            before = *look;
            let mut sleep = self.live().http().clock().sleep(wait);
            loop {
                changes.mark_unchanged();
                if !wish.stands() {
                    return Seen::Replaced;
                }
                if board.is_live() && fits(board) {
                    return Seen::Yes;
                }
                tokio::select! {
                    () = &mut sleep => break,
                    () = wish.replaced() => {}
                    // The board lives as long as the account.
                    _ = changes.changed() => {}
                }
            }
            let is_last = number + 1 == looks.len();
            if board.is_live() && !is_last {
                continue;
            }
            let read = tokio::select! {
                read = self.read_list(list) => read,
                () = wish.replaced() => return Seen::Replaced,
            };
            match read {
                Ok(_) if fits(board) => return Seen::Yes,
                Err(error) if is_last => {
                    tracing::debug!(%error, "nobody could look whether a command had its effect");
                    return Seen::Unknown;
                }
                _ => {}
            }
        }
        Seen::No
    }

    pub(super) async fn read_list(&self, list: List) -> crate::error::Result<()> {
        match list {
            List::Sessions => Box::pin(self.read_sessions(Duration::ZERO)).await.map(drop),
            List::Volumes => Box::pin(self.read_volumes(Duration::ZERO)).await.map(drop),
        }
    }
}
