//! Waiting until the person has approved the sign-in elsewhere.

use std::time::Duration;

use url::Url;

use super::step::amazon;
use super::{Flow, Poll, Step};
use crate::auth::pages::{Approval, Standing};
use crate::error::{Error, Result, code};

/// Between two questions how an approval stands (*chosen*).
const POLL_PAUSE: Duration = Duration::from_secs(3);
/// How long an approval is waited for, in seconds (*chosen*).
const PATIENCE: u64 = 300;
/// A wait for an approval that has begun.
#[derive(Debug)]
pub(super) struct Patience {
    approval: Approval,
    page: Url,
    until: u64,
}

impl Flow {
    /// Begins to wait, or goes on with it.
    pub(super) fn await_approval(
        &mut self,
        approval: Approval,
        page: &Url,
        unix: u64,
    ) -> Result<Step> {
        // A page that comes anew may ask at another address; the person's time goes on.
        let until = self.approval.as_ref().map_or(unix + PATIENCE, |patience| patience.until);
        self.approval = Some(Patience { approval, page: page.clone(), until });
        self.poll(unix)
    }

    fn poll(&self, unix: u64) -> Result<Step> {
        let Some(Patience { approval, page, until }) = &self.approval else {
            return Err(Error::new(code::UNKNOWN_PAGE, "There is no approval to wait for."));
        };
        if unix >= *until {
            return Err(Error::new(code::APPROVAL, "Nobody approved the sign-in in time."));
        }
        let url = amazon(Some(&approval.poll().unwrap_or_else(|| page.clone())))?;
        let text = if approval.text.is_empty() {
            "Waiting for you to approve the sign-in in an app or mail of Amazon's".to_owned()
        } else {
            format!("Waiting for you to approve the sign-in. Amazon says: {}", approval.text)
        };
        Ok(Step::Poll(Poll { url, pause: POLL_PAUSE, text, until: *until }))
    }

    pub(super) fn approval_state(&self, state: &str, unix: u64) -> Result<Step> {
        match (Standing::of(state), &self.approval) {
            (Standing::Given, Some(Patience { approval, page, .. })) => {
                amazon(Some(&approval.back(page))).map(Step::Visit)
            }
            (Standing::Refused, _) => {
                Err(Error::new(code::APPROVAL, "The sign-in was not approved."))
            }
            _ => self.poll(unix),
        }
    }
}
