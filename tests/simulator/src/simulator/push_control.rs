//! Control of the push streams.

use axum::body::Bytes;
use serde_json::Value;

use crate::Simulator;
use crate::push::events;
use crate::push::hub::{self, PushDrop};
use crate::state::lock;

impl Simulator {
    /// Sends any event to all push streams, with the time of the simulated clock.
    pub fn push(&self, command: &str, payload: Value) {
        events::send(&mut lock(&self.world), command, &payload);
    }

    /// Sends any event to all push streams, with a time stamp in milliseconds since 1970.
    pub fn push_at(&self, command: &str, payload: Value, time_stamp: i64) {
        events::send_at(&mut lock(&self.world), command, &payload, time_stamp);
    }

    /// Writes bytes on all push streams as they are.
    pub fn push_raw(&self, bytes: impl Into<Vec<u8>>) {
        hub::raw(&lock(&self.world), &Bytes::from(bytes.into()));
    }

    /// Ends all open push streams, or what is left of them; returns how many there were.
    pub fn drop_push_streams(&self, how: PushDrop) -> usize {
        hub::drop_streams(&mut lock(&self.world), how)
    }

    /// Closes the connections that [`PushDrop::Hang`] left half open, which otherwise stay for as
    /// long as the simulator does; returns how many there were.
    pub fn let_go(&self) -> usize {
        hub::let_go(&mut lock(&self.world))
    }
}
