//! A form of a sign-in page.

use std::collections::BTreeSet;
use std::fmt;

use scraper::{ElementRef, Selector};
use url::Url;

/// A form as the page offers it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// Where it is sent, resolved against the page; `None` when it cannot be resolved.
    pub action: Option<Url>,
    /// Hidden inputs in document order; they go back unchanged.
    pub hidden: Vec<(String, String)>,
    /// Names of the inputs a person could fill or press.
    pub fields: BTreeSet<String>,
}

impl Form {
    /// Reads a form element of a page that was served from `url`.
    pub(super) fn of(element: ElementRef<'_>, url: &Url) -> Self {
        let mut form = Self {
            action: url.join(element.value().attr("action").unwrap_or_default()).ok(),
            ..Self::default()
        };
        let Ok(inputs) = Selector::parse("input[name], button[name]") else {
            return form;
        };
        for input in element.select(&inputs) {
            let value = input.value();
            let name = value.attr("name").unwrap_or_default().to_owned();
            if value.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden")) {
                form.hidden.push((name, value.attr("value").unwrap_or_default().to_owned()));
            } else if !is_hidden(input) {
                form.fields.insert(name);
            }
        }
        form
    }

    /// Whether a person could fill this field.
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains(name)
    }

    /// Whether the form has an input of that name, hidden or not.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.has(name) || self.hidden(name).is_some()
    }

    /// Value of a hidden input.
    pub fn hidden(&self, name: &str) -> Option<&str> {
        self.hidden.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Whether the style keeps an element from sight. Amazon's page for the e-mail address has such an
/// input for the password, and the one for the password such an input for the e-mail address, both
/// for password managers (*observed*): nobody types there, so nothing is to be sent from there.
pub(super) fn is_hidden(element: ElementRef<'_>) -> bool {
    let value = element.value();
    let style = value.attr("style").unwrap_or_default().to_ascii_lowercase();
    value.attr("hidden").is_some()
        || value.classes().any(|class| matches!(class, "aok-hidden" | "hide" | "hidden"))
        || style
            .split(';')
            .any(|rule| rule.split_whitespace().collect::<String>() == "display:none")
}

impl fmt::Debug for Form {
    /// Hidden inputs hold tokens, so only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden: Vec<_> = self.hidden.iter().map(|(name, _)| name).collect();
        f.debug_struct("Form").field("hidden", &hidden).field("fields", &self.fields).finish()
    }
}
