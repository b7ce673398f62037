//! A page that waits for an approval elsewhere, and what it says of it.

use url::Url;

use super::Form;
use crate::auth::authorize::LANDING_PATH;

/// The state of an approval that was given (*observed*); others are not known.
const GIVEN: &str = "TransactionCompleted";
/// Words in states that look like an end without approval (*chosen*).
const REFUSED: &[&str] = &["denied", "reject", "expired", "cancel", "fail"];
/// The field with the address to go to afterwards (*observed*).
const RETURN_TO: &str = "openid.return_to";

/// A wait for an approval elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The form that asks how it stands; without it the page itself is asked for again.
    pub form: Option<Form>,
    /// What Amazon says about where to approve, in the language of the page.
    pub text: String,
    /// Whether the page takes a code besides.
    pub takes_text: bool,
    /// The form for a code that stands for the approval, where there is one.
    pub by_code: Option<Form>,
}

impl Approval {
    /// The address that says how the approval stands.
    pub fn poll(&self) -> Option<Url> {
        let form = self.form.as_ref()?;
        let mut url = form.action.clone()?;
        url.query_pairs_mut().clear().extend_pairs(&form.hidden);
        Some(url)
    }

    /// Where to go when the wait is over: with the approval on, without it to what Amazon says.
    /// `page` is the address of the page that waits.
    pub fn back(&self, page: &Url) -> Url {
        // The end of all sign-ins, but without a code: the page that waits leads there with one.
        let is_end = |url: &Url| url.path() == LANDING_PATH && url.query().is_none();
        let field = self.form.as_ref().and_then(|form| form.hidden(RETURN_TO));
        field
            .and_then(|address| page.join(address.trim()).ok())
            .filter(|url| !is_end(url))
            .unwrap_or_else(|| page.clone())
    }
}

/// How an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was given.
    Given,
    /// It will not be given any more.
    Refused,
    /// Neither yet.
    Open,
}

impl Standing {
    /// Reads Amazon's word for it.
    pub fn of(state: &str) -> Self {
        let lower = state.to_lowercase();
        if state == GIVEN {
            Self::Given
        } else if REFUSED.iter().any(|word| lower.contains(word)) {
            Self::Refused
        } else {
            Self::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::auth::pages::{Page, read};

    use super::*;

    fn approval(inner: &str) -> (Approval, Url) {
        let url = Url::parse("https://www.amazon.de/ap/cvf/approval?arb=1").unwrap();
        let html = format!(
            "<form id=pollingForm method=get action='/ap/cvf/approval/poll?old'>\
             <input type=hidden name=arb value='1&amp;2'>{inner}<input type=hidden id=nameless></form>"
        );
        let Page::Approval(approval) = read(&html, &url).page else { panic!() };
        (approval, url)
    }

    #[test]
    fn asks_with_the_fields_of_the_form_and_goes_where_it_says() {
        let field =
            "<input type=hidden name=openid.return_to value='https:&#x2F;&#x2F;www.amazon.de/x?a'>";
        let (approval, page) = approval(field);
        assert_eq!(
            approval.poll().unwrap().as_str(),
            "https://www.amazon.de/ap/cvf/approval/poll?arb=1%262\
             &openid.return_to=https%3A%2F%2Fwww.amazon.de%2Fx%3Fa"
        );
        assert_eq!(approval.back(&page).as_str(), "https://www.amazon.de/x?a");
        assert!(!approval.takes_text);
    }

    #[test]
    fn the_landing_page_without_a_code_is_reached_through_the_page_that_waits() {
        for field in [
            "<input type=hidden name=openid.return_to value='https://www.amazon.com/ap/maplanding'>",
            "",
        ] {
            let (approval, page) = approval(field);
            assert_eq!(approval.back(&page), page);
        }
        assert!(approval("<input name=code>").0.takes_text);
    }

    #[test]
    fn only_known_words_end_the_wait() {
        for (state, expected) in [
            ("TransactionCompleted", Standing::Given),
            ("TransactionPending", Standing::Open),
            ("", Standing::Open),
            ("TransactionDenied", Standing::Refused),
            ("TransactionExpired", Standing::Refused),
        ] {
            assert_eq!(Standing::of(state), expected, "{state}");
        }
    }
}
