//! Skill requests; see `bodies/envelopes.rs`.
#![no_main]

#[path = "../bodies/envelopes.rs"]
mod envelopes;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = envelopes::run(data);
});
