//! Events about players; see `bodies/events.rs`.
#![no_main]

#[allow(dead_code, reason = "every target uses another part")]
#[path = "../bodies/board.rs"]
mod board;
#[path = "../bodies/events.rs"]
mod events;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = events::run(data);
});
