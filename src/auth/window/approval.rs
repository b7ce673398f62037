//! The page that waits for an approval elsewhere.
//!
//! Amazon's page asks by script, again and again, how the approval stands. Without scripts the
//! window lets the browser ask: the page comes with a `Refresh` to the address that Amazon's form
//! asks, and the answer to that shows the page again, until it says that the approval was given;
//! then it leads on to where Amazon's script would go (*observed*: two public clients).

use std::cell::RefCell;

use lol_html::{RewriteStrSettings, element, rewrite_str};
use url::Url;
use zeroize::Zeroizing;

use super::charref;
use crate::auth::authorize::LANDING_PATH;

/// What Amazon says when the approval was given (*observed*).
const APPROVED: &str = "TransactionCompleted";
/// Words in states that look like an end without approval (*chosen*: no other state is known).
const NOT_APPROVED: &[&str] = &["denied", "reject", "expired", "cancel", "fail"];
/// Where Amazon wants to be led afterwards.
const RETURN_TO: &str = "openid.return_to";
/// Seconds between two questions (*chosen*).
const PACE: u32 = 3;
/// The same while a person may be typing a code on that page, which every reload would empty
/// (*chosen*).
const SLOW_PACE: u32 = 30;

/// What a page has to do with approvals.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// The address that says how the approval stands.
    pub(super) poll: Option<Url>,
    /// Where to go when it is over.
    pub(super) back: Option<Url>,
    /// Whether the page says how it stands.
    pub(super) is_state: bool,
    /// Whether that is the end of the wait, either way.
    pub(super) is_over: bool,
    /// Whether a person can type something.
    takes_text: bool,
}

/// A page that waits, kept to be shown again.
pub(super) struct Waiting {
    pub(super) url: Url,
    pub(super) html: Zeroizing<String>,
    pub(super) charset: Option<&'static str>,
    pub(super) signs: Signs,
    /// Whether the report knows already that it was asked how the approval stands.
    pub(super) is_noted: bool,
}

impl Waiting {
    /// Where to go when the wait is over: with the approval on, without it to what Amazon says.
    pub(super) fn back(&self) -> &Url {
        // The end of all sign-ins, but without a code: the page that waits leads there with one.
        let is_end = |url: &&Url| url.path() == LANDING_PATH && url.query().is_none();
        self.signs.back.as_ref().filter(|url| !is_end(url)).unwrap_or(&self.url)
    }

    /// Seconds until the browser asks again.
    pub(super) fn pace(&self) -> u32 {
        if self.signs.takes_text { SLOW_PACE } else { PACE }
    }
}

fn is_over(state: &str) -> bool {
    let lower = state.to_lowercase();
    state == APPROVED || NOT_APPROVED.iter().any(|word| lower.contains(word))
}

/// Looks for what a page says of approvals.
pub(super) fn signs(html: &str, url: &Url) -> Signs {
    let mut signs = Signs::default();
    // Cheap, because most pages are others.
    if !["pollingForm", "updatedChannelDetails", "transactionApprovalStatus"]
        .iter()
        .any(|mark| html.contains(mark))
    {
        return signs;
    }
    let found = RefCell::new((None, Vec::new(), &mut signs));
    let text = |value: Option<String>| charref::resolve(&value.unwrap_or_default());
    let settings = RewriteStrSettings {
        element_content_handlers: vec![
            element!("#pollingForm", |element| {
                let action = text(element.get_attribute("action"));
                found.borrow_mut().0 = url.join(action.trim()).ok();
                Ok(())
            }),
            element!("#pollingForm input[name]", |element| {
                let pair = ["name", "value"].map(|name| text(element.get_attribute(name)));
                found.borrow_mut().1.push(pair);
                Ok(())
            }),
            element!("#updatedChannelDetails", |_| {
                found.borrow_mut().2.is_state = true;
                Ok(())
            }),
            element!("#transactionApprovalStatus", |element| {
                let mut found = found.borrow_mut();
                found.2.is_state = true;
                found.2.is_over = is_over(text(element.get_attribute("value")).trim());
                Ok(())
            }),
            element!("input", |element| {
                let kind = text(element.get_attribute("type")).to_ascii_lowercase();
                if matches!(kind.as_str(), "" | "text" | "tel" | "number" | "password") {
                    found.borrow_mut().2.takes_text = true;
                }
                Ok(())
            }),
        ],
        ..RewriteStrSettings::new()
    };
    // Only what was found counts; the page itself is judged when it is shown.
    let _ = rewrite_str(html, settings);
    let (poll, fields, _) = found.into_inner();
    signs.back = fields
        .iter()
        .find(|[name, _]| name == RETURN_TO)
        .and_then(|[_, address]| url.join(address.trim()).ok());
    signs.poll = poll.map(|mut poll| {
        poll.query_pairs_mut().clear().extend_pairs(fields.iter().map(|[name, v]| (name, v)));
        poll
    });
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_form_that_asks_and_its_fields() {
        let url = Url::parse("https://www.amazon.de/ap/cvf/approval?arb=1").unwrap();
        let html = "<form id=pollingForm method=get action='/ap/cvf/approval/poll?old'>\
            <input type=hidden name=arb value='1&amp;2'>\
            <input type=hidden name=openid.return_to value='https:&#x2F;&#x2F;www.amazon.de/x?a'>\
            <input type=hidden id=nameless></form>";
        let found = signs(html, &url);
        assert_eq!(
            found.poll.unwrap().as_str(),
            "https://www.amazon.de/ap/cvf/approval/poll?arb=1%262\
             &openid.return_to=https%3A%2F%2Fwww.amazon.de%2Fx%3Fa"
        );
        assert_eq!(found.back.unwrap().as_str(), "https://www.amazon.de/x?a");
        assert!(!found.is_state && !found.takes_text);
    }

    #[test]
    fn reads_states() {
        let url = Url::parse("https://www.amazon.de/ap/cvf/approval/poll").unwrap();
        for (state, is_over) in [
            ("TransactionPending", false),
            ("TransactionCompleted", true),
            ("TransactionDenied", true),
            ("", false),
        ] {
            let html = format!(
                "<div id='updatedChannelDetails'></div>\
                 <input type='hidden' id='transactionApprovalStatus' value='{state}'>"
            );
            let found = signs(&html, &url);
            assert_eq!((found.is_state, found.is_over), (true, is_over), "{state}");
        }
        assert_eq!(signs("<form id=other><input name=code></form>", &url), Signs::default());
    }

    #[test]
    fn a_page_that_takes_a_code_is_reloaded_rarely() {
        let url = Url::parse("https://www.amazon.de/ap/cvf/approval").unwrap();
        let pace = |html: &str| {
            let signs = signs(html, &url);
            let html = Zeroizing::default();
            Waiting { url: url.clone(), html, charset: None, signs, is_noted: false }.pace()
        };
        let form = "<form id=pollingForm action=poll></form>";
        assert_eq!(pace(form), PACE);
        assert_eq!(pace(&format!("{form}<form><input name=code></form>")), SLOW_PACE);
    }
}
