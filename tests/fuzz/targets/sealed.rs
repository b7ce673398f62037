//! Session files with any content; see `bodies/sealed.rs`.
#![no_main]

#[allow(dead_code, reason = "every target uses another part")]
#[path = "../bodies/hosts.rs"]
mod hosts;
#[path = "../bodies/sealed.rs"]
mod sealed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = sealed::run(data);
});
