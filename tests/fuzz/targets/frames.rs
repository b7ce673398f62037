//! The push stream; see `bodies/frames.rs`.
#![no_main]

#[path = "../bodies/frames.rs"]
mod frames;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = frames::run(data);
});
