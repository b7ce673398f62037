//! Lists of an account; see `bodies/answers.rs`.
#![no_main]

#[allow(dead_code, reason = "every target uses another part")]
#[path = "../bodies/board.rs"]
mod board;
#[path = "../bodies/answers.rs"]
mod answers;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = answers::run(data);
});
