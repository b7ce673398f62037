//! Cookies as any host may set them; see `bodies/cookies.rs`.
#![no_main]

#[path = "../bodies/cookies.rs"]
mod cookies;
#[allow(dead_code, reason = "every target uses another part")]
#[path = "../bodies/hosts.rs"]
mod hosts;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = cookies::run(data);
});
