//! Sign-in pages of any kind, in any order; see `bodies/pages.rs`.
#![no_main]

#[allow(dead_code, reason = "every target uses another part")]
#[path = "../bodies/hosts.rs"]
mod hosts;
#[path = "../bodies/pages.rs"]
mod pages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = pages::run(data);
});
