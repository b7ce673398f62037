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
            } else {
                form.fields.insert(name);
            }
        }
        form
    }

    /// Whether a person could fill this field.
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains(name)
    }

    /// Value of a hidden input.
    pub fn hidden(&self, name: &str) -> Option<&str> {
        self.hidden.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Form {
    /// Hidden inputs hold tokens, so only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden: Vec<_> = self.hidden.iter().map(|(name, _)| name).collect();
        f.debug_struct("Form").field("hidden", &hidden).field("fields", &self.fields).finish()
    }
}
