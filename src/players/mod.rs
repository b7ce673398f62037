//! The players as they are: what lists and events say, put together in one place, and told to
//! whoever watches.
//!
//! `book` holds what is known and derives what is shown; `board` shares it between tasks;
//! `feed` tells changes; `attendance` knows who is there; `conductor` decides when a list is read
//! again; `watcher` runs it all.

mod attendance;
pub mod board;
mod book;
mod conductor;
pub mod feed;
pub mod links;
mod sessions;
pub(crate) mod watcher;

pub use board::Board;
pub use book::Effects;
pub use feed::{Change, Watch};
pub use links::{Link, Links};
