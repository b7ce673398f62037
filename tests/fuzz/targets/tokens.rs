//! Answers of the token service and of the account's endpoints; see `bodies/tokens.rs`.
#![no_main]

#[allow(dead_code, reason = "every target uses another part")]
#[path = "../bodies/hosts.rs"]
mod hosts;
#[path = "../bodies/tokens.rs"]
mod tokens;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = tokens::run(data);
});
