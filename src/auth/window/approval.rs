//! The page that waits for an approval elsewhere.
//!
//! Amazon's page asks by script, again and again, how the approval stands. Without scripts the
//! window lets the browser ask: the page comes with a `Refresh` to the address that Amazon's form
//! asks, and the answer to that shows the page again, until it says that the approval was given;
//! then it leads on to where Amazon's script would go (*observed*: two public clients).

use url::Url;
use zeroize::Zeroizing;

use crate::auth::pages::Approval;

/// Seconds between two questions (*chosen*).
const PACE: u32 = 3;
/// The same while a person may be typing a code on that page, which every reload would empty
/// (*chosen*).
const SLOW_PACE: u32 = 30;

/// A page that waits, kept to be shown again.
pub(super) struct Waiting {
    pub(super) url: Url,
    pub(super) html: Zeroizing<String>,
    pub(super) charset: Option<&'static str>,
    pub(super) approval: Approval,
    /// Whether the report knows already that it was asked how the approval stands.
    pub(super) is_noted: bool,
}

impl Waiting {
    /// Whether this is the address that says how the approval stands.
    pub(super) fn is_poll(&self, url: &Url) -> bool {
        self.approval.poll().as_ref() == Some(url)
    }

    /// Where to go when the wait is over.
    pub(super) fn back(&self) -> Url {
        self.approval.back(&self.url)
    }

    /// Seconds until the browser asks again.
    pub(super) fn pace(&self) -> u32 {
        if self.approval.takes_text { SLOW_PACE } else { PACE }
    }
}
