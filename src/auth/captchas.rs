//! Patience after captchas: who keeps knocking gets more of them, and in the end a locked account.
//! Only signing in by password is held back; Amazon's own page never is.

use std::time::Duration;

use crate::error::{Error, Result, code};
use crate::session::records::Records;
use crate::session::store::{Store, blocking};

/// Refuses an attempt that comes too early after captchas.
///
/// # Errors
/// `captcha-wait` with the time that is left.
pub(super) async fn check(store: &Store, now: u64) -> Result<()> {
    let reader = store.clone();
    let captchas = blocking(move || Ok(reader.records().captchas)).await?;
    match captchas.rest(now) {
        0 => Ok(()),
        rest => Err(held(captchas.in_a_row, rest)),
    }
}

/// Counts a captcha. That it cannot be counted is no reason to fail a sign-in.
pub(super) async fn note(store: &Store, now: u64) {
    let store = store.clone();
    let mut counted = Records::default();
    counted.add_captcha(now);
    if let Err(error) = blocking(move || store.add_records(&counted)).await {
        tracing::warn!(%error, "captcha not counted");
    }
}

fn held(times: u64, rest: u64) -> Error {
    let times = match times {
        1 => "a picture at the last sign-in here".to_owned(),
        times => format!("a picture at the last {times} sign-ins here"),
    };
    let minutes = match rest.div_ceil(60) {
        1 => "another minute".to_owned(),
        minutes => format!("{minutes} more minutes"),
    };
    let message =
        format!("Amazon wanted the letters of {times}; the next one by password waits {minutes}.");
    Error::new(code::CAPTCHA_WAIT, message).with_retry_after(Duration::from_secs(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_often_and_how_long() {
        let error = held(1, 60);
        assert!(error.message().contains("the last sign-in here"), "{error}");
        assert!(error.message().ends_with("waits another minute."), "{error}");
        let error = held(3, 880);
        assert!(error.message().contains("the last 3 sign-ins"), "{error}");
        assert!(error.message().ends_with("waits 15 more minutes."), "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(880)));
    }
}
