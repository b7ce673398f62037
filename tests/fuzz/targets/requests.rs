//! Skill requests; see `bodies/requests.rs`.
#![no_main]

#[path = "../bodies/requests.rs"]
mod requests;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = requests::run(data);
});
