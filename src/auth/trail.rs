//! Which pages a sign-in met, for a report that can be shown to anybody.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::Url;

use crate::net::http::shown_path;

/// Pages that are remembered; a sign-in that meets more is stopped long before.
const MOST_STOPS: usize = 60;

/// The pages of one attempt, in order. Cheap to clone. Holds no query, no form and no text that a
/// person typed.
#[derive(Debug, Clone, Default)]
pub struct Trail(Arc<Mutex<Vec<Stop>>>);

#[derive(Debug)]
struct Stop {
    method: String,
    host: String,
    path: String,
    status: u16,
    page: Option<String>,
}

impl Trail {
    /// Notes an answer.
    pub(super) fn note(&self, method: &str, url: &Url, status: u16) {
        let mut stops = self.lock();
        if stops.len() < MOST_STOPS {
            stops.push(Stop {
                method: method.to_owned(),
                host: url.host_str().unwrap_or_default().to_owned(),
                path: shown_path(url),
                status,
                page: None,
            });
        }
    }

    /// Names the page of the last answer.
    pub(super) fn name(&self, page: &str) {
        if let Some(stop) = self.lock().last_mut() {
            stop.page = Some(page.to_owned());
        }
    }

    /// The report: a line for each page, or nothing.
    pub fn report(&self) -> String {
        let mut text = String::new();
        for (number, stop) in self.lock().iter().enumerate() {
            let Stop { method, host, path, status, page } = stop;
            let page = page.as_deref().map(|page| format!(" {page}")).unwrap_or_default();
            let _ = writeln!(text, "{}. {method} {host}{path} {status}{page}", number + 1);
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Stop>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_pages_and_hides_queries() {
        let trail = Trail::default();
        let url = |text: &str| Url::parse(text).unwrap();
        trail.note("GET", &url("https://www.amazon.com/ap/signin?openid.secret=x"), 200);
        trail.name("e-mail page");
        trail.note("POST", &url("https://www.amazon.com/ap/signin/262-session-id"), 302);
        assert_eq!(
            trail.report(),
            "1. GET www.amazon.com/ap/signin 200 e-mail page\n2. POST www.amazon.com/ap/signin 302\n"
        );
    }
}
